//! Instances that are kept ready by `flock-prewarm`: there before the first call, after a restart, and again after one ended.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Flockd, Options, eventually, source, source_exec};

/// A function that says how often its instance was called, by a static.
fn counting(annotations: &Value) -> Value {
    let source = "import com.google.gson.JsonObject; public class Main { static int calls; \
         public static JsonObject main(JsonObject args) { JsonObject result = new JsonObject(); \
         if (args.has(\"exit\")) System.exit(1); calls += args.has(\"warm\") ? 1000 : 1; \
         result.addProperty(\"calls\", calls); return result; } }";
    json!({ "exec": source_exec(source), "annotations": annotations })
}

fn row(host: &Flockd) -> Value {
    let list = host.send("GET", "/flock/v1/funclets", None).expect(200).json();
    let rows = list["rows"].as_array().unwrap();
    rows.iter().find(|row| row["action"] == "guest/count").cloned().unwrap_or(Value::Null)
}

#[test]
fn instances_are_ready_before_anybody_calls() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default();
    let host = Flockd::start_on(folder.path(), &options);
    let wanted = json!([
        { "key": "flock-prewarm", "value": 2 },
        { "key": "flock-warm-up", "value": { "warm": true } },
    ]);
    host.put("count", &counting(&wanted)).expect(200);
    let ready = |host: &Flockd| {
        let row = row(host);
        row["instances"] == 2 && row["cold"] == 2 && row["state"] == "ready"
    };
    eventually("two instances are ready", || ready(&host));
    assert_eq!(row(&host)["calls"], 0);
    let run = host.invoke("count", &json!({})).expect(200).json();
    assert_eq!(run["response"]["result"]["calls"], 1001, "the warm-up has run in this instance");
    assert!(run["annotations"].as_array().unwrap().iter().all(|annotation| annotation["key"] != "initTime"));
    // The warm-up leaves no record.
    let records = host.send("GET", "/api/v1/namespaces/_/activations?name=count", None).expect(200).json();
    assert_eq!(records.as_array().unwrap().len(), 1, "{records}");
    // An instance that ends is made again.
    host.invoke("count", &json!({ "exit": true }));
    eventually("the instance that ended is there again", || {
        row(&host)["cold"] == 3 && row(&host)["instances"] == 2
    });
    drop(host);
    let host = Flockd::start_on(folder.path(), &options);
    eventually("they are ready after a restart", || ready(&host));
}

/// Of a former version that keeps a part of the calls, too, also after a restart.
#[test]
fn each_version_that_gets_calls_is_kept_ready() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default();
    let host = Flockd::start_on(folder.path(), &options);
    let wanted = json!([{ "key": "flock-prewarm", "value": 1 }]);
    host.put("count", &counting(&wanted)).expect(200);
    let path = "/api/v1/namespaces/_/actions/count?overwrite=true&canary=10";
    host.send("PUT", path, Some(&counting(&wanted))).expect(200);
    let ready = |host: &Flockd| {
        let list = host.send("GET", "/flock/v1/funclets", None).expect(200).json();
        let rows = list["rows"].as_array().unwrap();
        rows.len() == 2 && rows.iter().all(|row| row["state"] == "ready" && row["instances"] == 1)
    };
    eventually("both versions are ready", || ready(&host));
    drop(host);
    let host = Flockd::start_on(folder.path(), &options);
    eventually("both are ready after a restart", || ready(&host));
}

#[test]
fn what_cannot_be_made_ready_is_not_tried_for_ever() {
    let host = Flockd::start();
    let mut put = json!({ "exec": source_exec(
        "import com.google.gson.JsonObject; public class Main { static { if (true) throw new RuntimeException(\"no\"); } \
         public static JsonObject main(JsonObject args) { return args; } }") });
    put["annotations"] = json!([{ "key": "flock-prewarm", "value": 1 }]);
    host.put("count", &put).expect(200);
    let said = || host.log().matches("cannot be kept ready").count();
    eventually("the host says so", || said() == 1);
    std::thread::sleep(std::time::Duration::from_millis(2500));
    assert_eq!(said(), 1);
    // Its owner, who does not see the host's log, finds it where the functions are.
    let found = row(&host);
    let why = found["cannotBeMadeReady"].as_str().unwrap_or_default();
    assert!(why.contains("RuntimeException"), "{found}");
    // Its first call says why.
    let failed = host.invoke("count", &json!({})).expect(502).json();
    assert!(failed["response"]["result"]["error"].as_str().unwrap().contains("initialization"), "{failed}");
}

#[test]
fn what_is_wrong_is_named() {
    let host = Flockd::start_with(&Options::default().set("funclets.prewarm-max-instances", 3));
    for (key, value, part) in [
        ("flock-prewarm", json!(4), "from 0 to 3"),
        ("flock-prewarm", json!("two"), "whole number"),
        ("flock-prewarm", json!(-1), "whole number"),
        ("flock-warm-up", json!([1]), "must be a JSON object"),
        ("records", json!("all"), "records must be one of full, summary, errors"),
        ("records", json!(true), "records must be one of full, summary, errors"),
    ] {
        let put = counting(&json!([{ "key": key, "value": value }]));
        let error = host.put("count", &put).expect(400).error();
        assert!(error.contains(key) && error.contains(part), "{error}");
    }
    let put = json!({ "exec": source_exec(&source("return args;")), "annotations": [{ "key": "flock-prewarm", "value": 0 }] });
    host.put("count", &put).expect(200);
}

/// The actions of a namespace share a bound; whoever wants less than before is never refused.
#[test]
fn a_namespace_has_only_so_many_ready() {
    let key = "funclets.prewarm-max-instances-by-namespace";
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default().set(key, 4));
    let wanting = |number: u32| counting(&json!([{ "key": "flock-prewarm", "value": number }]));
    host.put("first", &wanting(3)).expect(200);
    let error = host.put("count", &wanting(2)).expect(400).error();
    assert!(
        ["flock-prewarm", "asks for 2", "for 3", "have 4", key].iter().all(|part| error.contains(part)),
        "{error}"
    );
    host.put("first", &wanting(2)).expect(200);
    host.put("count", &wanting(2)).expect(200);
    eventually("both are ready", || row(&host)["instances"] == 2);
    drop(host);
    // A lower bound: the first by name are kept ready, and what they want may still be changed downwards.
    let host = Flockd::start_on(folder.path(), &Options::default().set(key, 3));
    eventually("one is ready", || row(&host)["instances"] == 2);
    eventually("the log names the other", || {
        host.log().contains("not kept ready") && host.log().contains("guest/first")
    });
    host.put("first", &wanting(1)).expect(200);
    host.put("first", &wanting(2)).expect(400);
}

/// More than the heap holds is to be ready: who does not fit waits for its first call, instead of taking the place of another.
#[test]
fn what_does_not_fit_does_not_take_turns() {
    const FUNCTIONS: usize = 4;
    let options = Options::default().set("jvm.heap-max-mebibytes", 256).set("jvm.heap-young-mebibytes", 16);
    let host = Flockd::start_with(&options);
    let holds = source("return args;")
        .replace("public class Main {", "public class Main { static final byte[] HELD = new byte[10 << 20];");
    for number in 0..FUNCTIONS {
        let body =
            json!({ "exec": source_exec(&holds), "annotations": [{ "key": "flock-prewarm", "value": 8 }] });
        host.put(&format!("holds{number}"), &body).expect(200);
    }
    let evicted = || host.metric("flock_evicted");
    eventually("some were let go", || evicted() > 0.0);
    // Those that were let go last may still have been made a moment ago.
    std::thread::sleep(Duration::from_secs(3));
    let before = evicted();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(evicted(), before);
    host.invoke("holds0", &json!({})).expect(200);
}
