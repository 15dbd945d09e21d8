//! Triggers and rules: how they are made, what a fire does and records, and what happens when a part goes missing.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{NOT_FOUND, actions, activation_id, expect_error, names};
use crate::support::{Answer, Flockd, Options, eventually, jar_exec};

fn triggers(rest: &str) -> String {
    format!("/api/v1/namespaces/_/triggers{rest}")
}

fn rules(rest: &str) -> String {
    format!("/api/v1/namespaces/_/rules{rest}")
}

fn put_rule(host: &Flockd, name: &str, trigger: &str, action: &str) -> Answer {
    let body = json!({ "name": name, "status": "", "trigger": format!("/_/{trigger}"), "action": format!("/_/{action}") });
    host.send("PUT", &rules(&format!("/{name}?overwrite=true")), Some(&body))
}

fn switch(host: &Flockd, name: &str, status: &str) -> Answer {
    let body = json!({ "status": status, "trigger": null, "action": null });
    host.send("POST", &rules(&format!("/{name}")), Some(&body))
}

fn fire(host: &Flockd, name: &str, payload: &Value) -> Answer {
    host.send("POST", &triggers(&format!("/{name}")), Some(payload))
}

/// A result without the headers that an action gets of the request that has fired its trigger.
fn without_headers(result: &Value) -> Value {
    let mut result = result.clone();
    if let Some(members) = result.as_object_mut() {
        members.remove("__ow_headers");
    }
    result
}

/// The lines of a trigger's record, each an object.
fn lines(record: &Value) -> Vec<Value> {
    record["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| serde_json::from_str(line.as_str().unwrap()).unwrap())
        .collect()
}

#[test]
fn triggers_are_made_changed_listed_and_deleted() {
    let host = Flockd::start();
    let body = json!({"name": "t", "parameters": [{"key": "a", "value": 1}], "annotations": [{"key": "n", "value": "x"}]});
    let path = triggers("/t");
    let made = host.send("PUT", &path, Some(&body)).expect(200).json();
    for (key, value) in [
        ("namespace", json!("guest")),
        ("name", json!("t")),
        ("version", json!("0.0.1")),
        ("publish", json!(false)),
        ("limits", json!({})),
        ("parameters", body["parameters"].clone()),
        ("annotations", body["annotations"].clone()),
        ("rules", Value::Null),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert_eq!(host.send("GET", &path, None).expect(200).json(), made);
    expect_error(&host.send("PUT", &path, Some(&body)), 409, "resource already exists");
    let changed =
        host.send("PUT", &triggers("/t?overwrite=true"), Some(&json!({"parameters": []}))).expect(200).json();
    assert_eq!((&changed["version"], &changed["parameters"]), (&json!("0.0.2"), &json!([])));
    assert_eq!(changed["annotations"], body["annotations"]);
    host.send("PUT", &triggers("/u"), None).expect(200);
    let list = host.send("GET", &triggers(""), None).expect(200).json();
    assert_eq!((names(&list), &list[0]["parameters"]), (vec!["u".to_owned(), "t".to_owned()], &Value::Null));
    assert_eq!(
        host.send("GET", &triggers("?count=true&skip=1"), None).expect(200).json(),
        json!({"triggers": 1})
    );
    assert_eq!(host.send("DELETE", &path, None).expect(200).json(), changed);
    for method in ["GET", "POST", "DELETE"] {
        expect_error(&host.send(method, &path, None), 404, NOT_FOUND);
    }

    let feed = |value: Value| json!({"annotations": [{"key": "feed", "value": value}]});
    for good in ["f", "/guest/f", "/whisk.system/alarms/alarm", "guest/p/f", "/a/b/c/d"] {
        host.send("PUT", &triggers("/v?overwrite=true"), Some(&feed(json!(good)))).expect(200);
        host.send("DELETE", &triggers("/v"), None).expect(200);
    }
    for bad in [json!("/"), json!(""), json!(1), json!("a?b"), json!("/a/b?/c")] {
        expect_error(&host.send("PUT", &triggers("/v"), Some(&feed(bad))), 400, "Feed name is not valid");
    }
    expect_error(&host.send("PUT", &triggers("/v"), Some(&json!([]))), 400, "malformed");
    expect_error(&host.send("PUT", &triggers("/a%2Fb"), None), 400, "illegal characters");
    expect_error(&host.send("PATCH", &triggers("/u"), None), 405, "GET, PUT, POST, DELETE");
    expect_error(&host.send("PUT", &triggers(""), None), 405, "GET");
    let other = "Resource by this name exists but is not in this collection.";
    expect_error(
        &host.send("PUT", &actions("/u"), Some(&json!({"exec": jar_exec("echo", "Echo")}))),
        409,
        other,
    );
    expect_error(&host.send("GET", &rules("/u"), None), 409, other);
    expect_error(
        &host.send("GET", "/api/v1/namespaces/other/triggers", None),
        403,
        "not authorized to access 'other'",
    );
}

#[test]
fn rules_tie_triggers_to_actions() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    host.send("PUT", "/api/v1/namespaces/_/packages/p", None).expect(200);
    host.put("p/echo", &json!({"exec": jar_exec("echo", "Echo")})).expect(200);
    host.send("PUT", &triggers("/t"), None).expect(200);
    host.send("PUT", &triggers("/u"), None).expect(200);
    let made = put_rule(&host, "r", "t", "echo").expect(200).json();
    for (key, value) in [
        ("namespace", json!("guest")),
        ("name", json!("r")),
        ("version", json!("0.0.1")),
        ("status", json!("active")),
        ("publish", json!(false)),
        ("trigger", json!({"path": "guest", "name": "t"})),
        ("action", json!({"path": "guest", "name": "echo"})),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert_eq!(host.send("GET", &rules("/r"), None).expect(200).json(), made);
    let trigger = || host.send("GET", &triggers("/t"), None).expect(200).json();
    let reduced =
        |status: &str| json!({"guest/r": {"action": {"path": "guest", "name": "echo"}, "status": status}});
    assert_eq!(trigger()["rules"], reduced("active"));

    // Off and on, and again; each answer is a 200.
    for (status, _) in [("inactive", 0), ("inactive", 1), ("active", 0), ("active", 1), ("inactive", 0)] {
        switch(&host, "r", status).expect(200);
        assert_eq!(host.send("GET", &rules("/r"), None).expect(200).json()["status"], status);
        assert_eq!(trigger()["rules"], reduced(status));
    }
    // An update keeps the state, and may name other parts, as text or in their parts.
    let body = json!({"action": {"path": "guest/p", "name": "echo"}, "trigger": "/guest/u"});
    let moved = host.send("PUT", &rules("/r?overwrite=true"), Some(&body)).expect(200).json();
    assert_eq!((&moved["version"], &moved["status"]), (&json!("0.0.2"), &json!("inactive")));
    assert_eq!(moved["action"], json!({"path": "guest/p", "name": "echo"}));
    assert_eq!(trigger()["rules"], Value::Null);
    let list = host.send("GET", &rules(""), None).expect(200).json();
    assert_eq!((names(&list), &list[0]["trigger"]["name"]), (vec!["r".to_owned()], &json!("u")));
    assert_eq!(host.send("GET", &rules("?count=true"), None).expect(200).json(), json!({"rules": 1}));

    expect_error(&put_rule(&host, "s", "absent", "echo"), 400, "trigger /guest/absent does not exist");
    expect_error(&put_rule(&host, "s", "t", "absent"), 400, "action /guest/absent does not exist");
    // Of an action in a package, whether that may be read is asked first.
    expect_error(&put_rule(&host, "s", "t", "absent/echo"), 404, NOT_FOUND);
    expect_error(&put_rule(&host, "s", "t", "p/absent"), 400, "action /guest/p/absent does not exist");
    let text = "rule requires a valid trigger and a valid action";
    for body in [json!({}), json!({"trigger": "/_/t"}), json!({"action": "/_/echo"})] {
        expect_error(&host.send("PUT", &rules("/s"), Some(&body)), 400, text);
    }
    let qualified = "The request content was malformed:\nrequirement failed: The fully qualified name of the entity \
                     must contain at least the namespace and the name of the entity.";
    expect_error(
        &host.send("PUT", &rules("/s"), Some(&json!({"trigger": "t", "action": "/_/echo"}))),
        400,
        qualified,
    );
    for bad in [json!(1), json!({"name": "t"}), json!("/_/a/b/c")] {
        let body = json!({"trigger": bad, "action": "/_/echo"});
        expect_error(&host.send("PUT", &rules("/s"), Some(&body)), 400, "malformed");
    }
    let body = json!({"trigger": "/other/t", "action": "/_/echo"});
    expect_error(&host.send("PUT", &rules("/s"), Some(&body)), 403, "'other/t'");
    let body = json!({"trigger": "/_/t", "action": "/other/echo"});
    expect_error(&host.send("PUT", &rules("/s"), Some(&body)), 403, "'other/echo'");
    for (status, text) in [
        (json!({"status": "gone"}), "requirement failed: gone is not a recognized rule state"),
        (json!({"status": " "}), "requirement failed: argument undefined"),
        (json!({"status": 1}), "'status' must be a string"),
        (json!({}), "key not found: status"),
    ] {
        let text = format!("The request content was malformed:\n{text}");
        expect_error(&host.send("POST", &rules("/r"), Some(&status)), 400, &text);
    }
    expect_error(&host.send("POST", &rules("/r"), None), 400, "key not found: status");
    expect_error(&switch(&host, "absent", "active"), 404, NOT_FOUND);
    expect_error(&host.send("GET", &rules("/s"), None), 404, NOT_FOUND);

    assert_eq!(host.send("DELETE", &rules("/r"), None).expect(200).json()["status"], "inactive");
    expect_error(&host.send("DELETE", &rules("/r"), None), 404, NOT_FOUND);
}

#[test]
fn a_fire_invokes_each_active_rule_and_says_what_came_of_it() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    let fixed = json!({
        "exec": jar_exec("echo", "Echo"), "parameters": [{"key": "a", "value": 0}],
        "annotations": [{"key": "final", "value": true}],
    });
    host.put("fixed", &fixed).expect(200);
    host.deploy("hello", "hello.Hello");
    let chain = json!({"exec": {"kind": "sequence", "components": ["/_/echo", "/_/hello"]}});
    host.put("chain", &chain).expect(200);
    let parameters = json!({"parameters": [{"key": "a", "value": 1}, {"key": "b", "value": 1}]});
    host.send("PUT", &triggers("/t"), Some(&parameters)).expect(200);

    // No rule, or none that is active: nothing happens, and there is no record.
    let nothing = |answer: Answer| {
        let answer = answer.expect(204);
        assert!(answer.body.is_empty() && answer.header("x-openwhisk-activation-id").is_none());
    };
    nothing(fire(&host, "t", &json!({})));
    for (rule, action) in [("one", "echo"), ("two", "chain"), ("three", "fixed"), ("four", "echo")] {
        put_rule(&host, rule, "t", action).expect(200);
        switch(&host, rule, "inactive").expect(200);
    }
    nothing(fire(&host, "t", &json!({})));
    for rule in ["one", "two", "three"] {
        switch(&host, rule, "active").expect(200);
    }
    host.put("gone", &json!({"exec": jar_exec("echo", "Echo")})).expect(200);
    put_rule(&host, "five", "t", "gone").expect(200);
    host.send("DELETE", &actions("/gone"), None).expect(200);

    let payload = json!({"b": 2, "name": "Ada"});
    let answer = fire(&host, "t", &payload).expect(202);
    let id = activation_id(&answer);
    assert_eq!(answer.json(), json!({"activationId": id}));
    // The record is there when the answer is.
    let record = host.send("GET", &format!("/api/v1/namespaces/_/activations/{id}"), None).expect(200).json();
    assert_eq!(
        (&record["name"], &record["version"], &record["subject"]),
        (&json!("t"), &json!("0.0.1"), &json!("guest"))
    );
    assert_eq!(
        (&record["end"], &record["duration"], &record["statusCode"]),
        (&Value::Null, &Value::Null, &json!(0))
    );
    assert_eq!((&record["response"]["result"], &record["response"]["success"]), (&payload, &json!(true)));
    let lines = lines(&record);
    let of = |rule: &str| {
        lines
            .iter()
            .find(|line| line["rule"] == format!("guest/{rule}"))
            .unwrap_or_else(|| panic!("{lines:?}"))
    };
    assert_eq!(lines.len(), 5);
    for (rule, action, result) in [
        ("one", "echo", json!({"a": 1, "b": 2, "name": "Ada"})),
        ("two", "chain", json!({"greeting": "Hello, Ada!"})),
    ] {
        let line = of(rule);
        assert_eq!((&line["statusCode"], &line["success"]), (&json!(0), &json!(true)), "{line}");
        assert_eq!(line["action"], format!("guest/{action}"));
        let id = line["activationId"].as_str().unwrap();
        let ran = host.record(id);
        let ended = || without_headers(&host.record(id)["response"]["result"]) == result;
        eventually(&format!("{rule} has ended: {ran}"), ended);
    }
    for (rule, error) in [
        ("three", "Request defines parameters that are not allowed (e.g., reserved properties)."),
        ("four", "Rule 'guest/four' is inactive, action 'guest/echo' was not activated."),
        ("five", "The requested resource does not exist."),
    ] {
        let line = of(rule);
        assert_eq!(
            (&line["statusCode"], &line["success"], &line["error"]),
            (&json!(1), &json!(false), &json!(error)),
            "{line}"
        );
        assert_eq!(line["activationId"], Value::Null);
    }
    let listed = host.send("GET", "/api/v1/namespaces/_/activations?name=t", None).expect(200).json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["activationId"]), (1, &json!(id)));

    for bad in [json!([]), json!("x"), json!(1)] {
        expect_error(
            &fire(&host, "t", &bad),
            400,
            "The request content was malformed:\nJSON object expected",
        );
    }
    // An empty body is an empty payload.
    let id = activation_id(&host.send("POST", &triggers("/t"), None).expect(202));
    assert_eq!(host.record(&id)["response"]["result"], json!({}));
    assert!(host.metric("flock_trigger_fires_total{result=\"fired\"}") >= 2.0);
    assert!(host.metric("flock_trigger_fires_total{result=\"no_rule\"}") >= 2.0);
}

#[test]
fn actions_get_the_headers_of_a_fire_but_not_its_key() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    // Under what the client sends itself, and over the trigger's own.
    let own = json!({"parameters": [{"key": "__ow_headers", "value": "own"}, {"key": "a", "value": 1}]});
    host.send("PUT", &triggers("/t"), Some(&own)).expect(200);
    put_rule(&host, "r", "t", "echo").expect(200);
    let headers = [
        ("authorization", format!("Basic {}", STANDARD.encode(&host.auth))),
        ("proxy-authorization", "Basic secret".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("X-Github-Event", "push".to_owned()),
        ("X-Many", "one".to_owned()),
        ("X-Many", "two".to_owned()),
    ];
    let fired = |body: &[u8]| {
        let id = activation_id(&host.send_raw("POST", &triggers("/t"), &headers, body).expect(202));
        let record = host.record(&id);
        let ran = lines(&record)[0]["activationId"].as_str().unwrap().to_owned();
        eventually("it has ended", || host.record(&ran)["response"]["success"] == true);
        (record["response"]["result"].clone(), host.record(&ran)["response"]["result"].clone())
    };
    let (sent, seen) = fired(b"{\"b\": 2}");
    assert_eq!(sent, json!({"b": 2}), "the trigger's record has what was sent");
    assert_eq!((&seen["a"], &seen["b"]), (&json!(1), &json!(2)));
    let headers = seen["__ow_headers"].as_object().unwrap();
    assert_eq!(
        (&headers["x-github-event"], &headers["x-many"], headers.contains_key("host")),
        (&json!("push"), &json!("one, two"), true)
    );
    for secret in ["authorization", "proxy-authorization"] {
        assert!(!headers.contains_key(secret), "{headers:?}");
    }
    let (_, seen) = fired(b"{\"__ow_headers\": 3}");
    assert_eq!(seen["__ow_headers"], 3);
}

#[test]
fn a_rule_outlives_its_trigger_and_does_not_follow_a_new_one_by_itself() {
    let host = Flockd::start();
    host.deploy("echo", "Echo");
    host.send("PUT", &triggers("/t"), None).expect(200);
    put_rule(&host, "r", "t", "echo").expect(200);
    let gone = host.send("DELETE", &triggers("/t"), None).expect(200).json();
    assert_eq!(gone["rules"]["guest/r"]["status"], "active");
    assert_eq!(host.send("GET", &rules("/r"), None).expect(200).json()["status"], "inactive");
    expect_error(&switch(&host, "r", "active"), 404, "Only rules with existing triggers can be activated");
    switch(&host, "r", "inactive").expect(200);

    host.send("PUT", &triggers("/t"), None).expect(200);
    assert_eq!(host.send("GET", &triggers("/t"), None).expect(200).json()["rules"], Value::Null);
    fire(&host, "t", &json!({})).expect(204);
    switch(&host, "r", "active").expect(200);
    fire(&host, "t", &json!({})).expect(202);
    // A deleted rule is no longer followed; one whose action comes back works again.
    host.send("DELETE", &actions("/echo"), None).expect(200);
    let id = activation_id(&fire(&host, "t", &json!({})).expect(202));
    assert_eq!(lines(&host.record(&id))[0]["error"], NOT_FOUND);
    host.deploy("echo", "Echo");
    let id = activation_id(&fire(&host, "t", &json!({})).expect(202));
    assert_eq!(lines(&host.record(&id))[0]["success"], true);
    host.send("DELETE", &rules("/r"), None).expect(200);
    fire(&host, "t", &json!({})).expect(204);
}

#[test]
fn fires_a_minute_are_limited_by_namespace() {
    let folder = tempfile::tempdir().unwrap();
    let other = super::tenants::create_key(folder.path(), "other");
    let limit = 3;
    let host =
        Flockd::start_on(folder.path(), &Options::default().set("limits.namespace.fires-per-minute", limit));
    host.send("PUT", &triggers("/t"), None).expect(200);
    // A new minute may begin between two fires, but not twice among so few.
    let answers: Vec<_> = (0..2 * limit + 1).map(|_| fire(&host, "t", &json!({}))).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 204).collect();
    assert!(!refused.is_empty());
    for answer in &refused {
        expect_error(answer, 429, "Too many requests in the last minute (count: ");
        expect_error(answer, 429, &format!(", allowed: {limit})."));
    }
    let counted = host.metric("flock_limit_hits_total{limit=\"fires_per_minute\"}");
    assert_eq!(counted, refused.len() as f64);
    host.send_as(Some(&other), "PUT", &triggers("/t"), None).expect(200);
    host.send_as(Some(&other), "POST", &triggers("/t"), None).expect(204);
}
