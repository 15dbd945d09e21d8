//! What wsk sends for packages, triggers, rules and feeds, in its order and with its bodies.

use serde_json::{Value, json};

use super::{
    story::{code, expect_error},
    wire::Run,
};
use crate::support::{Flockd, eventually};

#[test]
fn packages_and_bindings() {
    let host = Flockd::start();
    let wsk = || Run::new(&host);
    let path = "/namespaces/_/packages/p";
    // package create p -p k v; package update p --shared yes
    let body = json!({"namespace": "_", "name": "p", "parameters": [{"key": "k", "value": "v"}]});
    let made = wsk().send("PUT", &format!("{path}?overwrite=false"), Some(&body)).expect(200).json();
    assert_eq!(
        (&made["name"], &made["version"], &made["publish"]),
        (&json!("p"), &json!("0.0.1"), &json!(false))
    );
    expect_error(
        wsk().send("PUT", &format!("{path}?overwrite=false"), Some(&body)),
        409,
        "resource already exists",
    );
    let body = json!({"namespace": "_", "name": "p", "publish": true});
    let shared = wsk().send("PUT", &format!("{path}?overwrite=true"), Some(&body)).expect(200).json();
    assert_eq!((&shared["publish"], &shared["parameters"]), (&json!(true), &made["parameters"]));
    // action create p/hello hello.jar: the slash stands in path and body.
    let body = json!({"namespace": "_", "name": "p/hello", "exec": {"kind": "java:default", "code": code(), "main": "hello.Hello"}});
    let action =
        wsk().send("PUT", "/namespaces/_/actions/p/hello?overwrite=false", Some(&body)).expect(200).json();
    assert_eq!((&action["namespace"], &action["name"]), (&json!("guest/p"), &json!("hello")));
    let rows = wsk().get("/namespaces/_/actions/p/?limit=30&skip=0").expect(200).json();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["name"]), (1, &json!("hello")));
    let answer = wsk().send(
        "POST",
        "/namespaces/_/actions/p/hello?blocking=true&result=true",
        Some(&json!({"name": "Ada"})),
    );
    assert_eq!(answer.expect(200).json(), json!({"greeting": "Hello, Ada!"}));

    // package bind /guest/p b -p name Bob: a body without a name.
    let body = json!({"parameters": [{"key": "name", "value": "Bob"}], "binding": {"namespace": "guest", "name": "p"}});
    let bound = wsk().send("PUT", "/namespaces/_/packages/b?overwrite=false", Some(&body)).expect(200).json();
    assert_eq!(bound["binding"], json!({"namespace": "guest", "name": "p"}));
    let answer =
        wsk().send("POST", "/namespaces/_/actions/b/hello?blocking=true&result=true", Some(&json!({})));
    assert_eq!(answer.expect(200).json(), json!({"greeting": "Hello, Bob!"}));
    // package get prints the actions, package list the sharing and the binding of each.
    let read = wsk().get("/namespaces/_/packages/b").expect(200).json();
    assert_eq!((&read["actions"][0]["name"], &read["feeds"]), (&json!("hello"), &json!([])));
    let rows = wsk().get("/namespaces/_/packages?limit=30&skip=0").expect(200).json();
    for row in rows.as_array().unwrap() {
        assert!(row["publish"].is_boolean() && row["updated"].is_u64() && !row["binding"].is_null(), "{row}");
    }
    let rows = wsk().get("/namespaces/whisk.system/packages?limit=30&skip=0").expect(200).json();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
    // package refresh is not there.
    expect_error(wsk().send("POST", "/namespaces/_/packages/refresh", None), 405, "not allowed");
    expect_error(wsk().send("DELETE", path, None), 409, "Package not empty (contains 1 entity)");
    for rest in ["actions/p/hello", "packages/b", "packages/p"] {
        wsk().send("DELETE", &format!("/namespaces/_/{rest}"), None).expect(200);
    }
}

#[test]
fn triggers_rules_and_feeds() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    let wsk = || Run::new(&host);
    // trigger create t -p k v; trigger update t asks first.
    let body = json!({"name": "t", "parameters": [{"key": "k", "value": "v"}]});
    let made = wsk().send("PUT", "/namespaces/_/triggers/t?overwrite=false", Some(&body)).expect(200).json();
    assert_eq!(
        (&made["name"], &made["namespace"], &made["version"]),
        (&json!("t"), &json!("guest"), &json!("0.0.1"))
    );
    let mut run = wsk();
    run.get("/namespaces/_/triggers/t").expect(200);
    let body = json!({"name": "t", "annotations": [{"key": "a", "value": 1}]});
    let changed = run.send("PUT", "/namespaces/_/triggers/t?overwrite=true", Some(&body)).expect(200).json();
    assert_eq!((&changed["version"], &changed["parameters"]), (&json!("0.0.2"), &made["parameters"]));
    // trigger fire t: no rule yet, so there is no id.
    let answer = wsk().send("POST", "/namespaces/_/triggers/t", Some(&json!({})));
    assert_eq!((answer.status, answer.body.len()), (204, 0));

    // rule create r t echo: with an empty status.
    let rule = json!({"name": "r", "status": "", "trigger": "/_/t", "action": "/_/echo"});
    let made = wsk().send("PUT", "/namespaces/_/rules/r?overwrite=false", Some(&rule)).expect(200).json();
    assert_eq!(
        (&made["trigger"], &made["action"]),
        (&json!({"path": "guest", "name": "t"}), &json!({"path": "guest", "name": "echo"}))
    );
    wsk().send("PUT", "/namespaces/_/rules/r?overwrite=true", Some(&rule)).expect(200);
    for (command, status) in [("disable", "inactive"), ("enable", "active")] {
        let body = json!({"name": "", "status": status, "trigger": null, "action": null});
        wsk().send("POST", "/namespaces/_/rules/r", Some(&body)).expect(200);
        // rule status r
        let read = wsk().get("/namespaces/_/rules/r").expect(200).json();
        assert_eq!(read["status"], status, "rule {command}");
    }
    // rule list: the list, then each.
    let mut run = wsk();
    let rows = run.get("/namespaces/_/rules?limit=30&skip=0").expect(200).json();
    for row in rows.as_array().unwrap() {
        let name = row["name"].as_str().unwrap();
        assert_eq!(run.get(&format!("/namespaces/_/rules/{name}")).expect(200).json()["status"], "active");
    }
    let answer = wsk().send("POST", "/namespaces/_/triggers/t", Some(&json!({"n": 1}))).expect(202);
    let id = answer.json()["activationId"].as_str().unwrap().to_owned();
    // activation logs, which is how a user finds what a rule did; activation list has a row for the trigger.
    let logs = wsk().get(&format!("/namespaces/_/activations/{id}/logs")).expect(200).json();
    let line: Value = serde_json::from_str(logs["logs"][0].as_str().unwrap()).unwrap();
    assert_eq!((&line["rule"], &line["success"]), (&json!("guest/r"), &json!(true)));
    let started = line["activationId"].as_str().unwrap();
    eventually("the action has run", || {
        let result = &host.record(started)["response"]["result"];
        (&result["k"], &result["n"]) == (&json!("v"), &json!(1))
    });
    let rows = wsk().get("/namespaces/_/activations?limit=30&skip=0&name=t").expect(200).json();
    assert!(rows[0]["start"].is_u64() && rows[0]["annotations"].is_array(), "{rows}");

    // trigger create feed --feed /whisk.system/alarms/alarm -p cron ..: the trigger, then the feed action.
    let mut run = wsk();
    let name = "/whisk.system/alarms/alarm";
    let body = json!({"name": "feed", "annotations": [{"key": "feed", "value": name}]});
    run.send("PUT", "/namespaces/_/triggers/feed?overwrite=false", Some(&body)).expect(200);
    let invoke = "/namespaces/whisk.system/actions/alarms/alarm?blocking=true&result=false";
    let call = |event: &str, more: &Value| {
        let mut body = json!({"authKey": host.auth, "lifecycleEvent": event, "triggerName": "/_/feed"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let created =
        run.send("POST", invoke, Some(&call("CREATE", &json!({"cron": "0 0 1 1 *"})))).expect(200).json();
    assert_eq!(
        (&created["response"]["success"], &created["response"]["result"]),
        (&json!(true), &json!({"status": "success"}))
    );
    // trigger get feed reads through the feed; trigger delete feed deletes both.
    let mut run = wsk();
    assert_eq!(run.get("/namespaces/_/triggers/feed").expect(200).json()["annotations"][0]["value"], name);
    let read = run.send("POST", invoke, Some(&call("READ", &json!({})))).expect(200).json();
    assert_eq!(read["response"]["result"]["config"]["cron"], "0 0 1 1 *");
    run.send("POST", invoke, Some(&call("DELETE", &json!({})))).expect(200);
    run.send("DELETE", "/namespaces/_/triggers/feed", None).expect(200);
    // A feed that refuses: wsk takes the trigger back.
    let refused = wsk().send("POST", invoke, Some(&call("CREATE", &json!({"cron": "x"}))));
    assert_eq!(refused.expect(502).json()["response"]["success"], false);

    // rule delete r --disable; trigger delete t
    let off = json!({"name": "", "status": "inactive", "trigger": null, "action": null});
    wsk().send("POST", "/namespaces/_/rules/r", Some(&off)).expect(200);
    wsk().send("DELETE", "/namespaces/_/rules/r", None).expect(200);
    let mut run = wsk();
    run.get("/namespaces/_/triggers/t").expect(200);
    run.send("DELETE", "/namespaces/_/triggers/t", None).expect(200);
    for rest in ["triggers", "rules"] {
        assert_eq!(wsk().get(&format!("/namespaces/_/{rest}?limit=30&skip=0")).expect(200).json(), json!([]));
    }
}
