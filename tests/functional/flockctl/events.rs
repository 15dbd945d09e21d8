//! `package`, `trigger`, `rule` and `route`: what a user types, and what comes of it.

use serde_json::{Value, json};

use super::{User, jar};
use crate::support::{Flockd, eventually};

#[test]
fn packages_hold_actions_and_bindings_rename_them() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["package", "create", "tools", "-p", "name", "Grace", "--shared", "yes"])
        .says(&["package tools 0.0.1"]);
    user.run(&["package", "create", "tools", "--no-overwrite"]).fails(6, &["resource already exists"]);
    user.run(&["deploy", &jar("hello"), "--name", "tools/hello"]).says(&["tools/hello"]);
    user.run(&["package", "bind", "/guest/tools", "mine", "-p", "name", "Bob", "-a", "note", "x"])
        .says(&["binding mine 0.0.1"]);
    for (name, greeting) in [("tools/hello", "Hello, Grace!"), ("mine/hello", "Hello, Bob!")] {
        assert_eq!(user.run(&["--json", "invoke", name, "-r"]).json(), json!({"greeting": greeting}));
    }
    user.run(&["list", "tools"]).says(&["/guest/tools/hello"]);
    let list = user.run(&["package", "list"]).says(&["/guest/mine", "/guest/tools"]);
    assert!(list.lines().any(|line| line.contains("/guest/tools") && line.contains("yes")), "{list}");
    user.run(&["package", "list", "/whisk.system"]).says(&["/whisk.system/alarms", "/whisk.system/utils"]);
    user.run(&["package", "get", "mine"]).says(&["\"hello\"", "\"Bob\""]);
    user.run(&["package", "get", "absent"]).fails(5, &["package absent", "does not exist"]);
    user.run(&["package", "create", "a/b"]).fails(2, &["is not the name of a package"]);
    user.run(&["package", "delete", "tools"]).fails(6, &["Package not empty (contains 1 entity)"]);
    user.run(&["package", "delete", "mine", "tools", "--force"])
        .says(&["deleted package mine", "deleted package tools"]);
    assert_eq!(user.run(&["--json", "package", "list"]).json(), json!([]));
}

#[test]
fn triggers_fire_by_hand_and_by_the_clock() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("echo")]).ok();
    user.run(&["trigger", "create", "t", "-p", "k", "v"]).says(&["trigger t 0.0.1"]);
    user.run(&["trigger", "fire", "t"]).says(&["no rule is active"]);
    user.run(&["rule", "create", "r", "t", "echo"]).says(&["rule r 0.0.1"]);
    user.run(&["rule", "list"]).says(&["r", "/guest/t", "/guest/echo"]);
    let id = user.run(&["trigger", "fire", "t", "-p", "n", "1"]).ok().trim().to_owned();
    let line: Value = serde_json::from_str(host.record(&id)["logs"][0].as_str().unwrap()).unwrap();
    let ran = line["activationId"].as_str().unwrap();
    eventually("the action has run", || {
        let result = &host.record(ran)["response"]["result"];
        (&result["k"], &result["n"]) == (&json!("v"), &json!(1))
    });
    user.run(&["rule", "disable", "r"]).says(&["rule r is inactive"]);
    assert_eq!(user.run(&["--json", "trigger", "fire", "t"]).json(), json!({"activationId": null}));
    assert_eq!(user.run(&["--json", "rule", "enable", "r"]).json(), json!({"name": "r", "status": "active"}));
    user.run(&["rule", "create", "bad", "absent", "echo"])
        .fails(6, &["trigger /guest/absent does not exist"]);

    // A schedule in one command; what fails takes its trigger back.
    user.run(&[
        "trigger",
        "create",
        "tick",
        "--cron",
        "* * * * * *",
        "--timezone",
        "Asia/Tokyo",
        "--run",
        "echo",
    ])
    .says(&["trigger tick 0.0.1", "rule tick-echo 0.0.1"]);
    eventually("it has fired", || {
        !host
            .send("GET", "/api/v1/namespaces/_/activations?name=tick", None)
            .json()
            .as_array()
            .unwrap()
            .is_empty()
    });
    user.run(&["trigger", "list"]).says(&["tick", "/whisk.system/alarms/alarm"]);
    user.run(&["trigger", "create", "beat", "--every", "5"]).says(&["trigger beat"]);
    user.run(&["trigger", "create", "later", "--at", "2100-01-01T00:00:00Z"]).says(&["trigger later"]);
    user.run(&["trigger", "create", "bad", "--cron", "x"]).fails(1, &["cron pattern 'x' is not valid"]);
    user.run(&["trigger", "get", "bad"]).fails(5, &["does not exist"]);
    user.run(&["trigger", "create", "bad", "--cron", "* * * * *", "--every", "1"])
        .fails(2, &["cannot be used with"]);
    user.run(&["trigger", "delete", "tick", "beat", "later", "t"])
        .says(&["deleted trigger tick", "deleted trigger t"]);
    user.run(&["rule", "delete", "tick-echo", "r"]).says(&["deleted rule r"]);
    user.run(&["trigger", "delete", "tick"]).fails(5, &["does not exist"]);
}

#[test]
fn routes_lead_to_web_actions() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("echo")]).ok();
    user.run(&["route", "add", "GET", "/books", "echo"])
        .fails(2, &["action echo is no web action", "--web yes"]);
    user.run(&["deploy", &jar("echo"), "--web", "yes"]).ok();
    let url =
        user.run(&["route", "add", "get", "/books/{id}", "echo", "--base", "/club"]).ok().trim().to_owned();
    assert_eq!(url, format!("{}/routes/guest/club/books/{{id}}", host.url));
    let seen = host.send_as(None, "GET", "/routes/guest/club/books/7", None).expect(200).json();
    assert_eq!(seen["id"], "7");
    user.run(&["route", "add", "POST", "/page", "echo", "--response", "http"]).ok();
    let answer = host.send_as(None, "POST", "/routes/guest/page", Some(&json!({"statusCode": 202})));
    assert_eq!(answer.status, 202);
    let list = user.run(&["route", "list"]).says(&["POST", "/routes/guest/page", "/guest/echo"]);
    assert!(list.lines().any(|line| line.starts_with("GET") && line.contains("/club/books/{id}")), "{list}");
    user.run(&["route", "delete", "/none", "--base", "/club"]).fails(6, &["does not exist in the API"]);
    user.run(&["route", "delete", "/page", "POST"]).says(&["deleted route /page"]);
    user.run(&["route", "delete", "--base", "/club"]).says(&["deleted route /club"]);
    assert_eq!(user.run(&["--json", "route", "list"]).json(), json!({"apis": []}));
}
