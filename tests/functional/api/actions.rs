//! Actions: create, update, get, list, delete; versions, annotations, parameters, limits.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{NOT_FOUND, actions, annotation, expect_error, hello, names};
use crate::support::{Flockd, jar_bytes, jar_exec};

#[test]
fn an_action_lives_from_create_to_delete() {
    let host = Flockd::start();
    let one = |method: &str, query: &str, body: Option<&Value>| {
        host.send(method, &actions(&format!("/hello{query}")), body)
    };

    expect_error(&one("GET", "", None), 404, NOT_FOUND);
    // What clients repeat in the body is not what counts.
    let mut body = hello();
    body["namespace"] = "somebody".into();
    body["name"] = "pkg/other".into();
    let made = one("PUT", "", Some(&body)).expect(200).json();
    assert_eq!((&made["namespace"], &made["name"]), (&json!("guest"), &json!("hello")));
    assert_eq!((&made["version"], &made["publish"]), (&json!("0.0.1"), &json!(false)));
    assert_eq!(made["limits"], json!({"concurrency": 1, "logs": 10, "memory": 256, "timeout": 60_000}));
    assert_eq!(made["parameters"], json!([]));
    assert_eq!(annotation(&made, "exec"), "java:8");
    assert_eq!(annotation(&made, "provide-api-key"), false);
    assert_eq!(made["annotations"].as_array().unwrap().len(), 2);
    assert!(made["updated"].as_u64().is_some_and(|millis| millis > 1_700_000_000_000), "{made}");
    let code = STANDARD.encode(jar_bytes("hello"));
    let exec = json!({"kind": "java:8", "main": "hello.Hello", "binary": true, "code": code});
    assert_eq!(made["exec"], exec);

    assert_eq!(one("GET", "", None).expect(200).json(), made);
    assert_eq!(one("GET", "?code=true", None).expect(200).json(), made);
    let mut bare = made.clone();
    bare["exec"].as_object_mut().unwrap().remove("code");
    assert_eq!(one("GET", "?code=false", None).expect(200).json(), bare);
    expect_error(&one("GET", "?code=maybe", None), 400, "'code' was malformed");
    let by_name = host.send("GET", "/api/v1/namespaces/guest/actions/hello", None).expect(200);
    assert_eq!(by_name.json(), made);

    for query in ["", "?overwrite=false"] {
        expect_error(&one("PUT", query, Some(&hello())), 409, "resource already exists");
    }
    expect_error(&one("PUT", "?overwrite=x", Some(&hello())), 400, "'overwrite' was malformed");

    // An update without a word changes the version alone.
    let again = one("PUT", "?overwrite=true", Some(&json!({}))).expect(200).json();
    assert_eq!(again["version"], "0.0.2");
    for member in ["exec", "limits", "annotations", "parameters", "publish"] {
        assert_eq!(again[member], made[member], "{member}");
    }
    let limits = json!({"limits": {"memory": 512, "timeout": 1000, "logs": 0, "concurrency": 3}});
    let changed = one("PUT", "?overwrite=true", Some(&limits)).expect(200).json();
    assert_eq!((&changed["version"], &changed["limits"]), (&json!("0.0.3"), &limits["limits"]));
    let changed = one("PUT", "?overwrite=true", Some(&json!({"limits": {"memory": 128}}))).expect(200).json();
    assert_eq!((&changed["limits"]["memory"], &changed["limits"]["timeout"]), (&json!(128), &json!(1000)));
    assert_eq!(host.result("hello", &json!({"name": "Ada"})), json!({"greeting": "Hello, Ada!"}));

    let shared = one("PUT", "?overwrite=true", Some(&json!({"publish": true, "version": "2.5.0"})));
    let shared = shared.expect(200).json();
    assert_eq!((&shared["publish"], &shared["version"]), (&json!(true), &json!("2.5.0")));
    let next = one("PUT", "?overwrite=true", Some(&json!({}))).expect(200).json();
    assert_eq!((&next["publish"], &next["version"]), (&json!(true), &json!("2.5.1")));

    // New code: the next call runs it, under the same name.
    let echo = json!({"exec": jar_exec("echo", "Echo")});
    let echo = one("PUT", "?overwrite=true", Some(&echo)).expect(200).json();
    assert_eq!((&echo["version"], &echo["exec"]["main"]), (&json!("2.5.2"), &json!("Echo")));
    let run = host.invoke("hello", &json!({"name": "Ada"})).expect(200).json();
    assert_eq!((&run["response"]["result"], &run["version"]), (&json!({"name": "Ada"}), &json!("2.5.2")));

    assert_eq!(one("DELETE", "", None).expect(200).json(), echo);
    for method in ["GET", "DELETE", "POST"] {
        expect_error(&one(method, "", None), 404, NOT_FOUND);
    }
    // A name that is free again begins anew. With overwrite, it need not exist.
    let reborn = one("PUT", "?overwrite=true", Some(&hello())).expect(200).json();
    assert_eq!((&reborn["version"], &reborn["publish"]), (&json!("0.0.1"), &json!(false)));
    assert_eq!(reborn["limits"], made["limits"]);
}

#[test]
fn annotations_are_merged_and_parameters_are_replaced() {
    let host = Flockd::start();
    let pair = |key: &str, value: Value| json!({"key": key, "value": value});
    let mut body = json!({"exec": jar_exec("echo", "Echo")});
    body["annotations"] =
        json!([pair("a", json!(1)), pair("b", json!({"x": [1, null]})), pair("a", json!(2))]);
    body["parameters"] = json!([pair("p", json!("old")), pair("q", json!([1.5])), pair("p", json!("new"))]);
    let made = host.put("a", &body).expect(200).json();
    // Of a key that stands twice the last one counts.
    assert_eq!((annotation(&made, "a"), annotation(&made, "b")), (&json!(2), &json!({"x": [1, null]})));
    assert_eq!(made["parameters"], json!([pair("p", json!("new")), pair("q", json!([1.5]))]));

    let update = json!({"annotations": [pair("b", json!("two")), pair("c", json!(true))], "delAnnotations": ["a", "z"]});
    let updated = host.put("a", &update).expect(200).json();
    assert_eq!(annotation(&updated, "a"), &Value::Null);
    assert_eq!((annotation(&updated, "b"), annotation(&updated, "c")), (&json!("two"), &json!(true)));
    assert_eq!(annotation(&updated, "exec"), "java:8");
    assert_eq!(updated["parameters"], made["parameters"]);

    let fewer = host.put("a", &json!({"parameters": [pair("r", json!(3))]})).expect(200).json();
    assert_eq!(fewer["parameters"], json!([pair("r", json!(3))]));
    assert_eq!(annotation(&fewer, "b"), "two");
    assert_eq!(host.result("a", &json!({})), json!({"r": 3}));
    let none = host.put("a", &json!({"parameters": []})).expect(200).json();
    assert_eq!(none["parameters"], json!([]));

    // The host's own annotation follows the kind, whatever a client says.
    let lie = host.put("a", &json!({"annotations": [pair("exec", json!("nodejs:20"))]})).expect(200).json();
    assert_eq!(annotation(&lie, "exec"), "java:8");
    let key = host.put("b", &{
        let mut body = hello();
        body["annotations"] = json!([pair("provide-api-key", json!(true))]);
        body
    });
    assert_eq!(annotation(&key.expect(200).json(), "provide-api-key"), true);
}

#[test]
fn every_java_kind_is_taken() {
    let host = Flockd::start();
    for (given, kept) in [
        ("java:default", "java:8"),
        ("java:8", "java:8"),
        ("java:11", "java:11"),
        ("java:17", "java:17"),
        ("java:21", "java:21"),
        ("java:25", "java:25"),
        (" Java:17 ", "java:17"),
    ] {
        let mut body = hello();
        body["exec"]["kind"] = given.into();
        let made = host.put("kind", &body).expect(200).json();
        assert_eq!(
            (&made["exec"]["kind"], annotation(&made, "exec")),
            (&json!(kept), &json!(kept)),
            "{given}"
        );
        let run = host.invoke("kind", &json!({})).expect(200).json();
        assert_eq!(annotation(&run, "kind"), kept);
    }
}

#[test]
fn lists_are_cut_counted_and_newest_first() {
    let host = Flockd::start();
    let list = |query: &str| host.send("GET", &actions(query), None);
    assert_eq!(list("").expect(200).json(), json!([]));
    assert_eq!(list("?count=true").expect(200).json(), json!({"actions": 0}));
    for number in 0..33 {
        host.put(&format!("a{number:02}"), &hello()).expect(200);
    }
    let all: Vec<String> = (0..33).rev().map(|number| format!("a{number:02}")).collect();
    assert_eq!(names(&list("").expect(200).json()), all[..30], "the default is 30");
    assert_eq!(names(&list("/").expect(200).json()), all[..30]);
    assert_eq!(names(&list("?limit=0&skip=0").expect(200).json()), all, "0 means all there may be");
    assert_eq!(names(&list("?limit=200").expect(200).json()), all);
    assert_eq!(names(&list("?limit=2&skip=3").expect(200).json()), all[3..5]);
    assert_eq!(names(&list("?skip=31").expect(200).json()), all[31..]);
    assert_eq!(list("?skip=33").expect(200).json(), json!([]));
    assert_eq!(list("?count=true").expect(200).json(), json!({"actions": 33}));
    assert_eq!(list("?count=true&skip=30").expect(200).json(), json!({"actions": 3}));

    let mut body = hello();
    body["annotations"] = json!([{"key": "note", "value": "x"}]);
    body["limits"] = json!({"memory": 128});
    body["publish"] = true.into();
    host.put("a00", &body).expect(200);
    let rows = list("?limit=1").expect(200).json();
    let row = &rows[0];
    assert_eq!((&row["name"], &row["version"]), (&json!("a00"), &json!("0.0.2")), "an update is new");
    assert_eq!((&row["namespace"], &row["publish"]), (&json!("guest"), &json!(true)));
    assert_eq!(row["exec"], json!({"binary": true}), "a list carries no code");
    assert_eq!((annotation(row, "note"), annotation(row, "exec")), (&json!("x"), &json!("java:8")));
    assert_eq!(row["limits"]["memory"], 128);
    assert!(row["updated"].is_u64() && row["parameters"].is_null(), "{row}");

    for (query, text) in [
        ("?limit=201", "The value '201' is not in the range of 0 to 200 for actions."),
        ("?limit=-1", "The value '-1' is not in the range of 0 to 200 for actions."),
        ("?limit=x", "The value 'x' is not an integer for actions."),
        ("?limit=", "The value '' is not an integer for actions."),
        ("?skip=-1", "The value '-1' is not greater than or equal to 0 for actions."),
        ("?skip=1.5", "The value '1.5' is not an integer for actions."),
        ("?count=2", "'count' was malformed"),
    ] {
        expect_error(&list(query), 400, text);
    }
}
