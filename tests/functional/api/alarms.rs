//! `/whisk.system`: what comes with the host. The feeds of `alarms`, driven as wsk and the npm client drive them, and the
//! functions of `utils`.

use serde_json::{Value, json};

use super::{NOT_FOUND, actions, activation_id, annotation, expect_error, names};
use crate::support::{Answer, Flockd, eventually};

const SYSTEM: &str = "/api/v1/namespaces/whisk.system";

fn triggers(rest: &str) -> String {
    format!("/api/v1/namespaces/_/triggers{rest}")
}

fn feed(host: &Flockd, kind: &str, event: &str, trigger: &str, parameters: &Value) -> Answer {
    let mut body =
        json!({"lifecycleEvent": event, "triggerName": format!("/_/{trigger}"), "authKey": host.auth});
    for (key, value) in parameters.as_object().unwrap() {
        body[key] = value.clone();
    }
    host.send("POST", &format!("{SYSTEM}/actions/alarms/{kind}?blocking=true&result=true"), Some(&body))
}

/// A trigger with a rule that runs `echo`.
fn trigger(host: &Flockd, name: &str) {
    host.send("PUT", &triggers(&format!("/{name}")), None).expect(200);
    let rule = json!({"trigger": format!("/_/{name}"), "action": "/_/echo"});
    host.send("PUT", &format!("/api/v1/namespaces/_/rules/{name}-rule"), Some(&rule)).expect(200);
}

/// How often a trigger has fired.
fn fires(host: &Flockd, name: &str) -> Vec<Value> {
    let path = format!("/api/v1/namespaces/_/activations?docs=true&limit=0&name={name}");
    host.send("GET", &path, None).expect(200).json().as_array().unwrap().clone()
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

#[test]
fn everybody_has_the_system_packages() {
    let host = Flockd::start();
    let list = host.send("GET", &format!("{SYSTEM}/packages?limit=30&skip=0"), None).expect(200).json();
    let mut found = names(&list);
    found.sort();
    assert_eq!(found, ["alarms", "utils"]);
    let alarms = host.send("GET", &format!("{SYSTEM}/packages/alarms"), None).expect(200).json();
    let mut feeds = names(&alarms["feeds"]);
    feeds.sort();
    assert_eq!(
        (feeds, &alarms["actions"]),
        (vec!["alarm".into(), "interval".into(), "once".into()], &json!([]))
    );
    let alarm =
        host.send("GET", &format!("{SYSTEM}/actions/alarms/alarm?code=false"), None).expect(200).json();
    assert_eq!(
        (&alarm["namespace"], &alarm["exec"]["kind"]),
        (&json!("whisk.system/alarms"), &json!("builtin"))
    );
    assert!(annotation(&alarm, "description").is_string());
    for (method, path) in [
        ("PUT", format!("{SYSTEM}/packages/mine")),
        ("DELETE", format!("{SYSTEM}/packages/utils")),
        ("DELETE", format!("{SYSTEM}/actions/utils/echo")),
        ("GET", format!("{SYSTEM}/actions")),
        ("GET", format!("{SYSTEM}/triggers")),
    ] {
        expect_error(&host.send(method, &path, None), 403, "'whisk.system");
    }

    let run = |name: &str, payload: Value| {
        host.send("POST", &format!("{SYSTEM}/actions/utils/{name}?blocking=true&result=true"), Some(&payload))
    };
    let result = |name: &str, payload: Value| run(name, payload).expect(200).json();
    assert_eq!(result("echo", json!({"a": [1]})), json!({"a": [1]}));
    assert_eq!(
        result("sort", json!({"lines": ["b", "a", "B", 1]})),
        json!({"lines": [1, "B", "a", "b"], "length": 4})
    );
    assert_eq!(result("sort", json!({})), json!({"lines": [], "length": 0}));
    let split = json!({"payload": "a\nb\r\nc", "separator": ""});
    assert_eq!(result("split", split)["lines"], json!(["a", "b", "c"]));
    assert_eq!(result("split", json!({"payload": "a.b.", "separator": "."}))["lines"], json!(["a", "b", ""]));
    let date = result("date", json!({}));
    assert!(date["date"].as_str().unwrap().ends_with('Z'), "{date}");
    assert_eq!(run("sort", json!({"lines": 1})).expect(502).json()["error"], "'lines' must be an array");
    assert_eq!(run("split", json!({})).expect(502).json()["error"], "'payload' must be a string");
    // They go into sequences and bindings like any other, a feed does not.
    let chain = json!({"exec": {"kind": "sequence", "components": ["/whisk.system/utils/split", "/whisk.system/utils/sort"]}});
    host.put("chain", &chain).expect(200);
    assert_eq!(host.result("chain", &json!({"payload": "b\na"}))["lines"], json!(["a", "b"]));
    let bind = json!({"binding": {"namespace": "whisk.system", "name": "utils"}, "parameters": [{"key": "x", "value": 1}]});
    host.send("PUT", "/api/v1/namespaces/_/packages/tools", Some(&bind)).expect(200);
    assert_eq!(host.result("tools/echo", &json!({})), json!({"x": 1}));
    let chain = json!({"exec": {"kind": "sequence", "components": ["/whisk.system/alarms/once"]}});
    expect_error(&host.put("no", &chain), 400, "Sequence component does not exist.");
}

#[test]
fn a_cron_alarm_fires_its_trigger_until_it_is_switched_off() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    trigger(&host, "t");
    let started = now();
    let every_second =
        json!({"cron": "* * * * * *", "trigger_payload": {"from": "alarm"}, "timezone": "Asia/Tokyo"});
    assert_eq!(
        feed(&host, "alarm", "CREATE", "t", &every_second).expect(200).json(),
        json!({"status": "success"})
    );
    eventually("it has fired twice", || fires(&host, "t").len() >= 2);
    let read = feed(&host, "alarm", "READ", "t", &json!({})).expect(200).json();
    for (key, value) in [
        ("name", json!("t")),
        ("namespace", json!("guest")),
        ("payload", json!({"from": "alarm"})),
        ("cron", json!("* * * * * *")),
        ("timezone", json!("Asia/Tokyo")),
    ] {
        assert_eq!(read["config"][key], value, "{read}");
    }
    assert_eq!(read["status"]["active"], true);
    assert!(read["nextFire"].is_u64());
    let seen = fires(&host, "t");
    assert_eq!(seen[0]["response"]["result"], json!({"from": "alarm"}));
    // No tick has fired twice: there were no more seconds.
    let count = fires(&host, "t").len() as u64;
    let seconds = (now() - started) / 1000 + 1;
    assert!(count <= seconds, "{count} fires in {seconds} s");

    feed(&host, "alarm", "PAUSE", "t", &json!({})).expect(200);
    assert_eq!(feed(&host, "alarm", "READ", "t", &json!({})).expect(200).json()["status"]["active"], false);
    // What was on its way when it was switched off may still come; then nothing does.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let paused = fires(&host, "t").len();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(fires(&host, "t").len(), paused);
    feed(&host, "alarm", "UPDATE", "t", &json!({"trigger_payload": "text"})).expect(200);
    feed(&host, "alarm", "UNPAUSE", "t", &json!({})).expect(200);
    eventually("it goes on", || fires(&host, "t").len() > paused);
    assert_eq!(fires(&host, "t")[0]["response"]["result"], json!({"payload": "text"}));
    // The alarm goes with its trigger, also without a DELETE of the feed.
    host.send("DELETE", &triggers("/t"), None).expect(200);
    expect_error_of_feed(&feed(&host, "alarm", "READ", "t", &json!({})), "trigger /guest/t does not exist");
    feed(&host, "alarm", "DELETE", "t", &json!({})).expect(200);
}

#[test]
fn once_and_interval_fire_and_take_with_them_what_they_were_told() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    let rule = |name: &str| host.send("GET", &format!("/api/v1/namespaces/_/rules/{name}-rule"), None).status;
    let there = |name: &str| host.send("GET", &triggers(&format!("/{name}")), None).status;
    for (name, delete) in [("stays", json!("false")), ("goes", json!(true)), ("all", json!("rules"))] {
        trigger(&host, name);
        let once = json!({"date": now() + 400, "deleteAfterFire": delete, "trigger_payload": "{\"n\": 1}"});
        feed(&host, "once", "CREATE", name, &once).expect(200);
    }
    // An interval begins at its first date, and its stop is not a tick any more.
    trigger(&host, "beat");
    let start = now() + 400;
    feed(
        &host,
        "interval",
        "CREATE",
        "beat",
        &json!({"minutes": 1, "startDate": start, "stopDate": start + 50_000}),
    )
    .expect(200);
    for name in ["stays", "goes", "all", "beat"] {
        eventually(&format!("{name} has fired"), || fires(&host, name).len() == 1);
    }
    assert_eq!(fires(&host, "stays")[0]["response"]["result"], json!({"n": 1}));
    eventually("what was to go is gone", || there("goes") == 404 && there("all") == 404);
    assert_eq!((there("stays"), rule("stays"), rule("goes"), rule("all")), (200, 200, 200, 404));
    let beat = feed(&host, "interval", "READ", "beat", &json!({})).expect(200).json();
    assert_eq!((&beat["config"]["minutes"], &beat["nextFire"]), (&json!(1), &Value::Null));
    std::thread::sleep(std::time::Duration::from_millis(1200));
    for name in ["stays", "goes", "all", "beat"] {
        assert_eq!(fires(&host, name).len(), 1, "{name}");
    }
    // Two ticks and no more.
    trigger(&host, "two");
    feed(&host, "alarm", "CREATE", "two", &json!({"cron": "* * * * * *", "maxTriggers": 2})).expect(200);
    eventually("both have come", || fires(&host, "two").len() == 2);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(fires(&host, "two").len(), 2);
}

/// An answer of a feed that says why not.
#[track_caller]
fn expect_error_of_feed(answer: &Answer, text: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (502, text), "{}", answer.text());
}

#[test]
fn feeds_say_what_is_wrong() {
    let host = Flockd::start();
    let (past, future) = (now() - 1000, now() + 3_600_000);
    host.send("PUT", &triggers("/t"), None).expect(200);
    let later = future + 1;
    for (kind, parameters, text) in [
        ("alarm", json!({}), "alarms trigger feed is missing the cron parameter".to_owned()),
        ("alarm", json!({"cron": "* * *"}), "cron pattern '* * *' is not valid".to_owned()),
        ("alarm", json!({"cron": 5}), "cron pattern '5' is not valid".to_owned()),
        ("alarm", json!({"cron": "0 0 30 2 *"}), "cron pattern '0 0 30 2 *' never comes".to_owned()),
        (
            "alarm",
            json!({"cron": "* * * * *", "timezone": "Mars"}),
            "timezone 'Mars' is not known".to_owned(),
        ),
        (
            "alarm",
            json!({"cron": "* * * * *", "startDate": "soon"}),
            "startDate parameter 'soon' is not a valid Date".to_owned(),
        ),
        (
            "alarm",
            json!({"cron": "* * * * *", "startDate": past}),
            format!("startDate parameter '{past}' must be in the future"),
        ),
        (
            "alarm",
            json!({"cron": "* * * * *", "startDate": later, "stopDate": future}),
            format!("stopDate parameter '{future}' must be greater than the startDate parameter '{later}'"),
        ),
        (
            "alarm",
            json!({"cron": "0 0 1 1 *", "stopDate": now() + 2000}),
            "the first scheduled trigger fire is not until after the stop date".to_owned(),
        ),
        (
            "alarm",
            json!({"cron": "* * * * *", "stopDate": future, "maxTriggers": 1}),
            "maxTriggers is not allowed when the stopDate parameter is specified".to_owned(),
        ),
        (
            "alarm",
            json!({"cron": "* * * * *", "trigger_payload": 5}),
            "the trigger_payload parameter must be an object or a string".to_owned(),
        ),
        ("interval", json!({}), "interval trigger feed is missing the minutes parameter".to_owned()),
        ("interval", json!({"minutes": 1.5}), "the minutes parameter must be an integer".to_owned()),
        ("interval", json!({"minutes": "x"}), "the minutes parameter must be an integer".to_owned()),
        (
            "interval",
            json!({"minutes": 0}),
            "the minutes parameter must be an integer greater than zero".to_owned(),
        ),
        (
            "interval",
            json!({"minutes": 1, "maxTriggers": 1}),
            "maxTriggers is not supported for the interval trigger feed".to_owned(),
        ),
        ("once", json!({}), "alarms once trigger feed is missing the date parameter".to_owned()),
        ("once", json!({"date": past}), format!("date parameter '{past}' must be in the future")),
        (
            "once",
            json!({"date": future, "deleteAfterFire": "x"}),
            "deleteAfterFire parameter must be one of [false, true, rules].".to_owned(),
        ),
    ] {
        expect_error_of_feed(&feed(&host, kind, "CREATE", "t", &parameters), &text);
    }
    for (event, trigger, text) in [
        ("CREATE", "absent", "trigger /guest/absent does not exist"),
        ("READ", "t", "trigger /guest/t has no alarm"),
        ("UPDATE", "t", "trigger /guest/t has no alarm"),
        ("EXPLODE", "t", "unsupported lifecycleEvent"),
    ] {
        expect_error_of_feed(&feed(&host, "alarm", event, trigger, &json!({"cron": "* * * * *"})), text);
    }
    feed(&host, "alarm", "CREATE", "t", &json!({"cron": "0 0 1 1 *"})).expect(200);
    expect_error_of_feed(
        &feed(&host, "alarm", "UPDATE", "t", &json!({})),
        "no updatable parameters were specified",
    );
    let post = |body: &Value| {
        host.send("POST", &format!("{SYSTEM}/actions/alarms/alarm?blocking=true&result=true"), Some(body))
    };
    let with = |name: &str, value: Value| {
        post(&json!({"lifecycleEvent": "READ", "triggerName": "/_/t", name: value}))
    };
    expect_error_of_feed(&with("authKey", json!("a:b")), "the authKey parameter is not valid");
    expect_error_of_feed(
        &with("triggerName", json!("/other/t")),
        "The supplied authentication is not authorized to access 'other/t'.",
    );
    expect_error_of_feed(
        &with("triggerName", json!("/_/p/t")),
        "the triggerName parameter '/_/p/t' is not valid",
    );
    expect_error_of_feed(&post(&json!({})), "no trigger name parameter was provided");
    // Without a wait, the record is there when the answer is. An absent feed is not there.
    let answer = host
        .send(
            "POST",
            &format!("{SYSTEM}/actions/alarms/alarm"),
            Some(&json!({"lifecycleEvent": "READ", "triggerName": "t"})),
        )
        .expect(202);
    let path = format!("/api/v1/namespaces/_/activations/{}", activation_id(&answer));
    let record = host.send("GET", &path, None).expect(200).json();
    assert_eq!(
        (annotation(&record, "path"), annotation(&record, "kind")),
        (&json!("whisk.system/alarms/alarm"), &json!("builtin"))
    );
    assert_eq!(record["response"]["result"]["config"]["cron"], "0 0 1 1 *");
    expect_error(&host.send("POST", &format!("{SYSTEM}/actions/alarms/never"), None), 404, NOT_FOUND);
    expect_error(&host.send("GET", &actions("/alarms/alarm"), None), 404, NOT_FOUND);
}
