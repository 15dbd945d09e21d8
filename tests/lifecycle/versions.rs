//! Former versions of an action: kept, brought back, given a part of the calls; and a version that is loaded before it counts.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::support::{Flockd, Options, eventually, jar_exec, source, source_exec};

/// A function that answers with this text.
fn saying(text: &str) -> Value {
    json!({ "exec": source_exec(&source(&format!(
        "JsonObject result = new JsonObject(); result.addProperty(\"says\", \"{text}\"); return result;"
    ))) })
}

fn says(host: &Flockd) -> String {
    host.result("greet", &json!({}))["says"].as_str().unwrap().to_owned()
}

fn versions(host: &Flockd) -> Vec<(String, u64)> {
    let list = host.send("GET", "/flock/v1/versions/greet", None).expect(200).json();
    let rows = list["versions"].as_array().unwrap().iter();
    rows.map(|row| (row["version"].as_str().unwrap().to_owned(), row["percent"].as_u64().unwrap())).collect()
}

fn of(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    list.iter().map(|(version, percent)| ((*version).to_owned(), *percent)).collect()
}

#[test]
fn a_former_version_comes_back_as_a_new_one_and_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default();
    let host = Flockd::start_on(folder.path(), &options);
    for text in ["one", "two", "three"] {
        host.put("greet", &saying(text)).expect(200);
        assert_eq!(says(&host), text);
    }
    assert_eq!(versions(&host), of(&[("0.0.3", 100), ("0.0.2", 0), ("0.0.1", 0)]));
    let back = json!({ "version": "0.0.1" });
    let action = host.send("POST", "/flock/v1/versions/greet", Some(&back)).expect(200).json();
    assert_eq!(action["version"], "0.0.4");
    assert_eq!(says(&host), "one");
    drop(host);
    let host = Flockd::start_on(folder.path(), &options);
    assert_eq!(says(&host), "one");
    assert_eq!(versions(&host), of(&[("0.0.4", 100), ("0.0.3", 0), ("0.0.2", 0), ("0.0.1", 0)]));
    // Without a version it is the last one before.
    let action = host.send("POST", "/flock/v1/versions/greet", Some(&json!({}))).expect(200).json();
    assert_eq!((action["version"].as_str(), says(&host).as_str()), (Some("0.0.5"), "three"));
}

#[test]
fn calls_are_split_by_the_percent_and_an_update_ends_the_split() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default();
    let host = Flockd::start_on(folder.path(), &options);
    host.put("greet", &saying("old")).expect(200);
    let new = saying("new");
    host.send("PUT", "/api/v1/namespaces/_/actions/greet?overwrite=true&canary=20", Some(&new)).expect(200);
    let split = |host: &Flockd| (0..100).filter(|_| says(host) == "new").count();
    assert_eq!(versions(&host), of(&[("0.0.2", 20), ("0.0.1", 80)]));
    assert_eq!(split(&host), 20);
    drop(host);
    let host = Flockd::start_on(folder.path(), &options);
    assert_eq!(split(&host), 20);
    let counted = host.send("GET", "/flock/v1/versions/greet", None).expect(200).json();
    let calls = |at: usize| counted["versions"][at]["callsSinceLoad"].as_u64().unwrap();
    assert_eq!((calls(0), calls(1)), (20, 80));
    // So do the metrics, by version.
    for (version, calls) in [("0.0.2", 20.0), ("0.0.1", 80.0)] {
        let labels = format!("{{namespace=\"guest\",action=\"guest/greet\",version=\"{version}\"}}");
        assert_eq!(host.metric(&format!("flock_version_activations_total{labels}")), calls);
        assert_eq!(host.metric(&format!("flock_version_failures_total{labels}")), 0.0);
    }
    // The instances of both are there, once each: a split does not load a function for each call.
    let list = host.send("GET", "/flock/v1/funclets", None).expect(200).json();
    let colds: Vec<u64> =
        list["rows"].as_array().unwrap().iter().map(|row| row["cold"].as_u64().unwrap()).collect();
    assert_eq!(colds, [1, 1], "{list}");
    let half = json!({ "traffic": { "0.0.1": 50 } });
    host.send("PUT", "/flock/v1/versions/greet", Some(&half)).expect(200);
    assert_eq!(split(&host), 50);
    host.send("PUT", "/flock/v1/versions/greet", Some(&json!({ "traffic": {} }))).expect(200);
    assert_eq!(split(&host), 100);
    host.send("PUT", "/flock/v1/versions/greet", Some(&half)).expect(200);
    host.put("greet", &saying("newest")).expect(200);
    eventually("no version has series of its own", || {
        !host.send_as(None, "GET", "/metrics", None).expect(200).text().contains("version=\"0.0")
    });
    assert_eq!(versions(&host), of(&[("0.0.3", 100), ("0.0.2", 0), ("0.0.1", 0)]));
    assert_eq!(says(&host), "newest");
}

/// An answer that says which version it is, and how often its instance was called.
fn counting(text: &str) -> Value {
    json!({ "exec": source_exec(&format!(
        "import com.google.gson.JsonObject; public class Main {{ static int calls; \
         public static JsonObject main(JsonObject args) {{ JsonObject result = new JsonObject(); \
         result.addProperty(\"says\", \"{text}\"); result.addProperty(\"calls\", ++calls); return result; }} }}"
    )) })
}

/// Of a hundred calls, those that each version answers, and the most that an instance of it had.
fn hundred(host: &Flockd) -> BTreeMap<String, (usize, u64)> {
    let mut seen: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for _ in 0..100 {
        let result = host.result("greet", &json!({}));
        let row = seen.entry(result["says"].as_str().unwrap().to_owned()).or_default();
        *row = (row.0 + 1, row.1.max(result["calls"].as_u64().unwrap()));
    }
    seen
}

/// Deploys a canary while there is one: each version keeps its part of what is left, and what is loaded stays loaded.
#[test]
fn a_canary_takes_its_part_from_all_and_instances_live_on() {
    let host = Flockd::start();
    let deploy = |query: &str, body: &Value| {
        let path = format!("/api/v1/namespaces/_/actions/greet?overwrite=true{query}");
        host.send("PUT", &path, Some(body)).expect(200);
    };
    deploy("", &counting("one"));
    assert_eq!(hundred(&host), BTreeMap::from([("one".to_owned(), (100, 100))]));
    deploy("&canary=10", &counting("two"));
    let seen = hundred(&host);
    assert_eq!(seen["one"], (90, 190), "the one that was there has the same instance");
    assert_eq!(seen["two"], (10, 10));
    deploy("&canary=10", &counting("three"));
    assert_eq!(versions(&host), of(&[("0.0.3", 10), ("0.0.2", 9), ("0.0.1", 81)]));
    let seen = hundred(&host);
    assert_eq!((seen["one"], seen["two"], seen["three"]), ((81, 271), (9, 19), (10, 10)));
    // A change of something else than the code keeps the parts.
    deploy("", &json!({ "parameters": [{ "key": "a", "value": 1 }] }));
    assert_eq!(versions(&host), of(&[("0.0.4", 10), ("0.0.3", 0), ("0.0.2", 9), ("0.0.1", 81)]));
    host.send("PUT", "/flock/v1/versions/greet", Some(&json!({ "traffic": { "0.0.1": 90 } }))).expect(200);
    let seen = hundred(&host);
    assert_eq!((seen["one"], seen["three"]), ((90, 361), (10, 10)));
    // Other code without a word of a canary is for all.
    deploy("", &counting("five"));
    assert_eq!(hundred(&host), BTreeMap::from([("five".to_owned(), (100, 100))]));
}

/// A version that gets calls is kept, however many came after it.
#[test]
fn versions_that_get_calls_are_kept() {
    let host = Flockd::start_with(&Options::default().set("actions.versions-max", 1));
    host.put("greet", &saying("one")).expect(200);
    for percent in [50, 50] {
        let path = format!("/api/v1/namespaces/_/actions/greet?overwrite=true&canary={percent}");
        host.send("PUT", &path, Some(&saying(&percent.to_string()))).expect(200);
    }
    assert_eq!(versions(&host), of(&[("0.0.3", 50), ("0.0.2", 25), ("0.0.1", 25)]));
    host.put("greet", &saying("last")).expect(200);
    assert_eq!(versions(&host), of(&[("0.0.4", 100), ("0.0.3", 0)]));
}

#[test]
fn a_version_comes_back_only_where_the_host_still_allows_it() {
    let host = Flockd::start_with(&Options::default().set("funclets.prewarm-max-instances-by-namespace", 3));
    let ready = |number: u32| json!({ "annotations": [{ "key": "flock-prewarm", "value": number }] });
    let mut first = saying("one");
    first["annotations"] = ready(3)["annotations"].clone();
    host.put("greet", &first).expect(200);
    host.put("greet", &ready(0)).expect(200);
    host.put("other", &saying("other")).expect(200);
    host.put("other", &ready(2)).expect(200);
    let refused = host.send("POST", "/flock/v1/versions/greet", Some(&json!({}))).expect(400).error();
    assert!(refused.contains("together"), "{refused}");
    let most = json!({ "limits": { "instances": 1 }, "annotations": ready(2)["annotations"] });
    let refused = host.put("other", &most).expect(400).error();
    assert!(refused.contains("the limit 'instances' of the action is 1"), "{refused}");
}

#[test]
fn only_the_last_versions_are_kept_and_their_code_with_them() {
    let host = Flockd::start_with(&Options::default().set("actions.versions-max", 2));
    for number in 0..5 {
        host.put("greet", &saying(&number.to_string())).expect(200);
        says(&host);
    }
    assert_eq!(versions(&host), of(&[("0.0.5", 100), ("0.0.4", 0), ("0.0.3", 0)]));
    let gone =
        host.send("POST", "/flock/v1/versions/greet", Some(&json!({ "version": "0.0.2" }))).expect(404);
    assert!(gone.error().contains("0.0.2 is not kept"), "{}", gone.error());
    let code = || std::fs::read_dir(host.data().join("code")).unwrap().count();
    // Source and image of three versions, and the code of whisk.system's functions.
    eventually("the code of older versions is deleted", || code() == 3 * 2 + 1);
    host.send("DELETE", "/api/v1/namespaces/_/actions/greet", None).expect(200);
    eventually("the code of former versions is deleted with the action", || code() == 1);
    host.send("GET", "/flock/v1/versions/greet", None).expect(404);
}

#[test]
fn a_version_that_cannot_be_loaded_replaces_none_when_it_is_checked() {
    let host = Flockd::start();
    host.put("greet", &saying("good")).expect(200);
    let bad = json!({ "exec": jar_exec("hostile-static-init-throws", "hostile.staticinit.StaticInit") });
    let path = "/api/v1/namespaces/_/actions/greet?overwrite=true&check=true";
    let refused = host.send("PUT", path, Some(&bad)).expect(400).error();
    for part in ["was not put in place", "cannot be loaded", "hostile.staticinit.StaticInit"] {
        assert!(refused.contains(part), "{part:?} is not in {refused}");
    }
    assert_eq!((says(&host).as_str(), versions(&host)), ("good", of(&[("0.0.1", 100)])));
    // A good one is put in place, and its first call finds it loaded.
    host.send("PUT", path, Some(&saying("better"))).expect(200);
    let run = host.invoke("greet", &json!({})).expect(200).json();
    assert_eq!(run["response"]["result"]["says"], "better");
    let annotations = run["annotations"].as_array().unwrap();
    assert!(annotations.iter().all(|annotation| annotation["key"] != "initTime"), "{annotations:?}");
    // A class that never ends is given up at the time limit.
    let mut slow = json!({ "exec": source_exec(
        "import com.google.gson.JsonObject; public class Main { static { while (Math.random() < 2) { } } \
         public static JsonObject main(JsonObject args) { return args; } }") });
    slow["limits"] = json!({ "timeout": 500 });
    let refused = host.send("PUT", path, Some(&slow)).expect(400).error();
    assert!(refused.contains("stopped"), "{refused}");
    assert_eq!(says(&host), "better");
}

#[test]
fn a_check_counts_as_a_call() {
    let limit = 2;
    let host = Flockd::start_with(&Options::default().set("limits.namespace.invocations-per-minute", limit));
    let path = "/api/v1/namespaces/_/actions/greet?overwrite=true&check=true";
    // A new minute may begin between two checks, but not twice among so few.
    let answers = (0..2 * limit + 1).map(|_| host.send("PUT", path, Some(&saying("one"))));
    let (taken, refused): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.status == 200);
    assert!(!refused.is_empty());
    for answer in refused {
        let error = answer.expect(429).error();
        assert!(error.contains("Too many requests in the last minute"), "{error}");
    }
    // What was refused made no version; without a check it is no call.
    assert_eq!(versions(&host)[0], (format!("0.0.{}", taken.len()), 100));
    host.put("greet", &saying("two")).expect(200);
    assert_eq!(versions(&host)[0], (format!("0.0.{}", taken.len() + 1), 100));
}

#[test]
fn what_is_wrong_is_named() {
    let host = Flockd::start();
    host.send("GET", "/flock/v1/versions/greet", None).expect(404);
    let canary = host
        .send("PUT", "/api/v1/namespaces/_/actions/greet?canary=20", Some(&saying("one")))
        .expect(400)
        .error();
    assert!(canary.contains("'canary'"), "{canary}");
    host.put("greet", &saying("one")).expect(200);
    host.send("POST", "/flock/v1/versions/greet", Some(&json!({}))).expect(404);
    host.put("greet", &saying("two")).expect(200);
    for (method, body, status, part) in [
        ("POST", json!({ "version": "0.0.2" }), 400, "is the current one"),
        ("POST", json!({ "version": "9.9.9" }), 404, "9.9.9 is not kept"),
        ("POST", json!({ "version": "one" }), 400, "semantic version malformed"),
        ("POST", json!({ "verson": "0.0.1" }), 400, "verson"),
        ("PUT", json!({}), 400, "'traffic' is missing"),
        ("PUT", json!({ "traffic": { "0.0.1": 101 } }), 400, "from 1 to 100"),
        ("PUT", json!({ "traffic": { "0.0.1": -1 } }), 400, "the part of 0.0.1 in 'traffic'"),
        ("PUT", json!({ "traffic": { "0.0.1": "x" } }), 400, "the part of 0.0.1 in 'traffic'"),
        ("PUT", json!({ "traffic": { "one": 1 } }), 400, "'one' in 'traffic'"),
        ("PUT", json!({ "traffic": [1] }), 400, "percent by version in 'traffic'"),
        ("PUT", json!({ "traffic": { "0.0.1": 60, "0.0.0.1": 60 } }), 400, "'0.0.0.1' in 'traffic'"),
        ("PUT", json!({ "traffic": { "0.0.1": 0 } }), 400, "from 1 to 100"),
        ("PUT", json!({ "traffic": { "0.0.2": 10 } }), 400, "is the current one"),
        ("PUT", json!({ "traffic": { "0.0.7": 10 } }), 404, "0.0.7 is not kept"),
    ] {
        let error = host.send(method, "/flock/v1/versions/greet", Some(&body)).expect(status).error();
        assert!(error.contains(part), "{body}: {error}");
    }
    let twice = r#"{"traffic": {"0.0.1": 60, "0.0.1": 30}}"#;
    let headers = [
        ("authorization", format!("Basic {}", STANDARD.encode(&host.auth))),
        ("content-type", "application/json".to_owned()),
    ];
    let error =
        host.send_raw("PUT", "/flock/v1/versions/greet", &headers, twice.as_bytes()).expect(400).error();
    assert!(error.contains("0.0.1 stands twice"), "{error}");
    for query in ["canary=0", "canary=100", "canary=x", "check=perhaps"] {
        let path = format!("/api/v1/namespaces/_/actions/greet?overwrite=true&{query}");
        let error = host.send("PUT", &path, Some(&saying("three"))).expect(400).error();
        assert!(error.contains(query.split('=').next().unwrap()), "{query}: {error}");
    }
    assert_eq!(versions(&host), of(&[("0.0.2", 100), ("0.0.1", 0)]));
    host.send_as(None, "GET", "/flock/v1/versions/greet", None).expect(401);
    host.send("DELETE", "/flock/v1/versions/greet", None).expect(405);
}

/// A client may say the number of a version, as in OpenWhisk; then a later one is never given the number of one that is kept.
#[test]
fn a_number_is_given_once_while_its_version_is_kept() {
    let host = Flockd::start();
    let numbered = |text: &str, version: &str| {
        let mut body = saying(text);
        body["version"] = json!(version);
        body
    };
    host.put("greet", &saying("one")).expect(200);
    host.put("greet", &numbered("seven", "0.0.7")).expect(200);
    host.put("greet", &numbered("two", "0.0.2")).expect(200);
    assert_eq!(versions(&host), of(&[("0.0.2", 100), ("0.0.7", 0), ("0.0.1", 0)]));
    host.put("greet", &saying("eight")).expect(200);
    assert_eq!(versions(&host), of(&[("0.0.8", 100), ("0.0.2", 0), ("0.0.7", 0), ("0.0.1", 0)]));
    // The entity as it was read, with other code: of the one before nothing would be kept to split calls with.
    let path = "/api/v1/namespaces/_/actions/greet?overwrite=true&canary=20";
    let refused = host.send("PUT", path, Some(&numbered("other", "0.0.8"))).expect(400).text();
    assert!(refused.contains("canary") && refused.contains("version"), "{refused}");
    assert_eq!(says(&host), "eight");
}

/// A former sequence may name what names it by now.
#[test]
fn no_sequence_comes_back_that_would_contain_itself() {
    let host = Flockd::start();
    host.put("greet", &saying("hello")).expect(200);
    let of = |components: &[&str]| json!({ "exec": { "kind": "sequence", "components": components } });
    host.put("inner", &of(&["/_/greet"])).expect(200);
    host.put("outer", &of(&["/_/inner"])).expect(200);
    host.put("outer", &of(&["/_/greet"])).expect(200);
    host.put("inner", &of(&["/_/outer"])).expect(200);
    let path = "/flock/v1/versions/outer";
    let refused = host.send("POST", path, Some(&json!({ "version": "0.0.1" }))).expect(400).text();
    assert!(refused.contains("Version 0.0.1 cannot come back"), "{refused}");
    host.send("PUT", path, Some(&json!({ "traffic": { "0.0.1": 10 } }))).expect(400);
    assert_eq!(host.result("inner", &json!({}))["says"], "hello");
}
