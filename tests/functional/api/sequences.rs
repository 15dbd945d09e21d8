//! Sequences: how they are made, what is refused, how they run, and the records that they leave.

use serde_json::{Value, json};

use super::{NOT_FOUND, actions, activation_id, annotation, deploy_as, expect_error, hello, put_sequence};
use crate::support::{Flockd, Options, jar_exec};

/// The ids that a sequence's record has as its logs.
fn hops(record: &Value) -> Vec<String> {
    record["logs"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_sequence_that_was_updated_takes_no_code_along_when_it_is_deleted() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    let code = host.send("GET", &actions("/hello"), None).expect(200).json()["exec"].clone();
    put_sequence(&host, "two", &json!(["/_/hello"])).expect(200);
    put_sequence(&host, "two", &json!(["/_/hello", "/_/hello"])).expect(200);
    host.send("DELETE", &actions("/two"), None).expect(200);
    assert_eq!(host.send("GET", &actions("/hello"), None).expect(200).json()["exec"], code);
    assert_eq!(host.result("hello", &json!({"name": "Ada"}))["greeting"], "Hello, Ada!");
}

#[test]
fn a_sequence_is_an_action_with_components() {
    let host = Flockd::start_with(&Options::default().set("limits.sequence-length-max", 4));
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    let made = put_sequence(&host, "two", &json!(["/_/echo", "/guest/hello"])).expect(200).json();
    let components = json!(["/guest/echo", "/guest/hello"]);
    assert_eq!(made["exec"], json!({"kind": "sequence", "components": components}));
    assert_eq!((annotation(&made, "exec"), &made["version"]), (&json!("sequence"), &json!("0.0.1")));
    assert_eq!(made["parameters"], json!([{"key": "_actions", "value": components}]));
    for query in ["", "?code=true", "?code=false"] {
        let path = actions(&format!("/two{query}"));
        assert_eq!(host.send("GET", &path, None).expect(200).json(), made);
    }
    let listed = host.send("GET", &actions("?limit=1"), None).expect(200).json();
    assert_eq!((&listed[0]["name"], annotation(&listed[0], "exec")), (&json!("two"), &json!("sequence")));
    let again = host.send("PUT", &actions("/two"), Some(&json!({"exec": made["exec"]})));
    expect_error(&again, 409, "resource already exists");

    let malformed = "The request content was malformed:";
    let itself = "Sequence may not refer to itself.";
    let too_long = "Too many actions in the sequence.";
    let echoes = |count: usize| json!(vec!["/_/echo"; count]);
    put_sequence(&host, "four", &echoes(4)).expect(200);
    host.send("PUT", "/api/v1/namespaces/_/packages/full", None).expect(200);
    put_sequence(&host, "outer", &json!(["/_/two", "/_/hello"])).expect(200);
    for (name, components, status, text) in [
        ("bad", json!([]), 400, "No component specified for the sequence."),
        ("bad", json!(["/_/echo", "/_/absent"]), 400, "Sequence component does not exist."),
        ("bad", json!(["/_/pkg/echo"]), 404, NOT_FOUND),
        ("bad", json!(["/_/full/absent"]), 400, "Sequence component does not exist."),
        ("bad", json!(["/_/bad"]), 400, itself),
        ("two", json!(["/_/echo", "/guest/two"]), 400, itself),
        ("two", json!(["/_/outer"]), 400, itself),
        ("bad", echoes(5), 400, too_long),
        ("bad", json!(["/_/four", "/_/echo"]), 400, too_long),
        ("bad", json!("/_/echo"), 400, malformed),
        ("bad", json!([1]), 400, malformed),
        (
            "bad",
            json!(["echo"]),
            400,
            "requirement failed: The fully qualified name of the entity must contain",
        ),
        ("bad", json!(["/_/a/b/c"]), 400, malformed),
        ("bad", json!(["/_/a?b"]), 400, malformed),
        ("bad", json!(["/other/echo"]), 403, "not authorized to access 'other/echo'"),
    ] {
        expect_error(&put_sequence(&host, name, &components), status, text);
    }
    expect_error(&host.put("bad", &json!({"exec": {"kind": "sequence"}})), 400, malformed);
    expect_error(&host.send("GET", &actions("/bad"), None), 404, NOT_FOUND);
    assert_eq!(host.send("GET", &actions("/two"), None).expect(200).json(), made);
    // Of its limits, a nested sequence counts with what is in it: two and one are three.
    put_sequence(&host, "outer", &json!(["/_/two", "/_/hello", "/_/echo"])).expect(200);
    expect_error(&put_sequence(&host, "outer", &json!(["/_/two", "/_/two", "/_/echo"])), 400, too_long);

    let changed = put_sequence(&host, "two", &json!(["/_/hello"])).expect(200).json();
    assert_eq!(changed["version"], "0.0.2");
    assert_eq!(host.result("two", &json!({})), json!({"greeting": "Hello, stranger!"}));
    assert_eq!(host.send("DELETE", &actions("/two"), None).expect(200).json(), changed);
    // The name may become an action of another kind.
    put_sequence(&host, "two", &json!(["/_/echo"])).expect(200);
    assert_eq!(host.put("two", &hello()).expect(200).json()["parameters"], json!([]));
    assert_eq!(host.result("two", &json!({"name": "Ada"})), json!({"greeting": "Hello, Ada!"}));
}

#[test]
fn a_run_hands_results_on_and_leaves_records() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    let named = json!([{"key": "name", "value": "Default"}, {"key": "extra", "value": 1}]);
    let exec = jar_exec("echo", "Echo");
    host.put("echo", &json!({"exec": exec, "parameters": named, "limits": {"memory": 512}})).expect(200);
    deploy_as(&host, "sleep", "hostile-sleep", "hostile.sleep.Sleep");
    put_sequence(&host, "greet", &json!(["/_/echo", "/_/hello"])).expect(200);

    let answer = host.invoke("greet", &json!({"name": "Ada"})).expect(200);
    let record = answer.json();
    assert_eq!(record["activationId"], json!(activation_id(&answer)));
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, Ada!"}));
    assert_eq!((&record["response"]["success"], &record["statusCode"]), (&json!(true), &json!(0)));
    assert_eq!(
        (annotation(&record, "kind"), annotation(&record, "path")),
        (&json!("sequence"), &json!("guest/greet"))
    );
    assert_eq!(
        (annotation(&record, "topmost"), annotation(&record, "causedBy")),
        (&json!(true), &Value::Null)
    );
    assert_eq!(annotation(&record, "limits")["memory"], 512, "the most that a hop may use");
    assert_eq!((&record["cause"], annotation(&record, "initTime")), (&Value::Null, &Value::Null));
    assert_eq!(host.record(&activation_id(&answer)), record);

    let parts: Vec<Value> = hops(&record).iter().map(|id| host.record(id)).collect();
    assert_eq!((&parts[0]["name"], &parts[1]["name"], parts.len()), (&json!("echo"), &json!("hello"), 2));
    for part in &parts {
        assert_eq!(part["cause"], record["activationId"]);
        assert_eq!(annotation(part, "causedBy"), "sequence");
        assert_eq!((annotation(part, "topmost"), annotation(part, "kind")), (&Value::Null, &json!("java:8")));
    }
    // An action's own parameters stand under what is handed to it.
    assert_eq!(parts[0]["response"]["result"], json!({"name": "Ada", "extra": 1}));
    assert_eq!(host.result("greet", &json!({})), json!({"greeting": "Hello, Default!"}));
    let bare = host.send("POST", &actions("/greet?blocking=true&result=true"), Some(&json!({"name": "Bo"})));
    assert_eq!(bare.expect(200).json(), json!({"greeting": "Hello, Bo!"}));

    // The duration is the sum of its parts.
    put_sequence(&host, "nap", &json!(["/_/sleep", "/_/echo", "/_/sleep"])).expect(200);
    let record = host.invoke("nap", &json!({"millis": 30})).expect(200).json();
    let sum: u64 = hops(&record).iter().map(|id| host.record(id)["duration"].as_u64().unwrap()).sum();
    assert_eq!(record["duration"], sum);
    assert!(sum >= 30, "{record}");
    assert!(record["end"].as_u64().unwrap() - record["start"].as_u64().unwrap() >= 30, "{record}");

    // Not waiting, or not long enough.
    let later = host.send("POST", &actions("/greet"), Some(&json!({"name": "Cy"}))).expect(202);
    let id = activation_id(&later);
    assert_eq!(later.json(), json!({"activationId": id}));
    assert_eq!(host.record(&id)["response"]["result"], json!({"greeting": "Hello, Cy!"}));
    let path = actions("/nap?blocking=true&timeout=20");
    let later = host.send("POST", &path, Some(&json!({"millis": 500}))).expect(202);
    let record = host.record(&activation_id(&later));
    assert_eq!((&record["statusCode"], hops(&record).len()), (&json!(0), 3));
}

#[test]
fn sequences_in_sequences_and_arrays_between_hops() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    put_sequence(&host, "inner", &json!(["/_/echo", "/_/hello"])).expect(200);
    put_sequence(&host, "outer", &json!(["/_/inner", "/_/echo"])).expect(200);
    let record = host.invoke("outer", &json!({"name": "Ada"})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, Ada!"}));
    let outer_hops = hops(&record);
    let inner = host.record(&outer_hops[0]);
    assert_eq!((&inner["name"], &inner["cause"]), (&json!("inner"), &record["activationId"]));
    assert_eq!(
        (annotation(&inner, "topmost"), annotation(&inner, "causedBy")),
        (&json!(false), &json!("sequence"))
    );
    assert_eq!(annotation(&inner, "kind"), "sequence");
    let inner_hops: Vec<Value> = hops(&inner).iter().map(|id| host.record(id)).collect();
    assert!(inner_hops.iter().all(|hop| hop["cause"] == inner["activationId"]), "{inner_hops:?}");
    assert_eq!((inner_hops.len(), outer_hops.len()), (2, 2));
    assert_eq!(host.record(&outer_hops[1])["cause"], record["activationId"]);

    deploy_as(&host, "keys", "hostile-array", "hostile.array.Array#toArray");
    deploy_as(&host, "reverse", "hostile-array", "hostile.array.Array");
    deploy_as(&host, "number", "hostile-array", "hostile.array.Array#toObject");
    put_sequence(&host, "arrays", &json!(["/_/keys", "/_/reverse", "/_/echo", "/_/number"])).expect(200);
    let record = host.invoke("arrays", &json!({"a": 1, "b": 2, "c": 3})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"0": "c", "1": "b", "2": "a"}));
    assert_eq!(host.record(&hops(&record)[1])["response"]["result"], json!(["c", "b", "a"]));
    put_sequence(&host, "array", &json!(["/_/keys", "/_/reverse"])).expect(200);
    let answer = host.invoke("array", &json!({"a": 1, "b": 2})).expect(200);
    assert_eq!(answer.json(), json!(["b", "a"]), "an array stands alone");
    assert_eq!(hops(&host.record(&activation_id(&answer))).len(), 2);
}

#[test]
fn an_error_ends_a_run_but_one_in_the_payload_does_not() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    deploy_as(&host, "throws", "hostile-throws", "hostile.throwing.Throws");
    put_sequence(&host, "three", &json!(["/_/echo", "/_/hello", "/_/echo"])).expect(200);
    put_sequence(&host, "nested", &json!(["/_/three", "/_/echo"])).expect(200);
    put_sequence(&host, "thrown", &json!(["/_/echo", "/_/throws", "/_/echo"])).expect(200);
    put_sequence(&host, "direct", &json!(["/_/hello", "/_/echo"])).expect(200);

    // hello takes no number for a name.
    for (name, count) in [("three", 2), ("nested", 1)] {
        let answer = host.invoke(name, &json!({"name": 5})).expect(502);
        let record = answer.json();
        assert_eq!(record["response"]["result"], json!({"error": "'name' must be a string"}));
        assert_eq!(
            (&record["response"]["status"], &record["statusCode"]),
            (&json!("application error"), &json!(1))
        );
        assert_eq!(hops(&record).len(), count, "{record}");
        assert_eq!(host.record(&activation_id(&answer)), record);
    }
    let path = actions("/three?blocking=true&result=true");
    let bare = host.send("POST", &path, Some(&json!({"name": 5}))).expect(502);
    assert_eq!(bare.json(), json!({"error": "'name' must be a string"}));

    let record = host.invoke("thrown", &json!({"message": "boom"})).expect(502).json();
    assert_eq!(
        (&record["response"]["status"], &record["statusCode"]),
        (&json!("action developer error"), &json!(2))
    );
    assert!(record["response"]["result"]["error"].as_str().unwrap().contains("boom"), "{record}");
    assert_eq!(hops(&record).len(), 2);

    // The first payload is not a result: its error is data. echo makes a result of it, which then ends the run.
    let data = json!({"error": "data", "name": "Ada"});
    assert_eq!(host.result("direct", &data), json!({"greeting": "Hello, Ada!"}));
    let record = host.invoke("three", &data).expect(502).json();
    assert_eq!((&record["response"]["result"], hops(&record).len()), (&data, 1));

    // A component that has gone since.
    host.send("DELETE", &actions("/hello"), None).expect(200);
    let record = host.invoke("three", &json!({})).expect(502).json();
    assert_eq!(record["response"]["result"]["error"], "Sequence component does not exist.");
    host.put("hello", &hello()).expect(200);
    assert_eq!(host.result("three", &json!({})), json!({"greeting": "Hello, stranger!"}));
}
