//! Invoking an action: how a client waits, what it gets, and what a payload may be.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{NOT_FOUND, actions, activation_id, annotation, deploy_as, expect_error};
use crate::support::{Answer, Flockd, Options, jar_exec};

/// Invokes with this query.
fn post(host: &Flockd, name: &str, query: &str, payload: &Value) -> Answer {
    host.send("POST", &actions(&format!("/{name}{query}")), Some(payload))
}

#[test]
fn a_client_waits_as_it_likes() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    let ada = json!({"name": "Ada"});
    let greeting = json!({"greeting": "Hello, Ada!"});

    let answer = post(&host, "hello", "?blocking=true&result=false", &ada).expect(200);
    let record = answer.json();
    assert_eq!(record["activationId"], json!(activation_id(&answer)));
    assert_eq!(
        record["response"],
        json!({"result": greeting, "size": 26, "status": "success", "success": true})
    );
    assert_eq!((&record["namespace"], &record["subject"]), (&json!("guest"), &json!("guest")));
    assert_eq!((&record["name"], &record["version"]), (&json!("hello"), &json!("0.0.1")));
    assert_eq!((&record["logs"], &record["publish"]), (&json!([]), &json!(false)));
    assert_eq!((&record["statusCode"], &record["cause"]), (&json!(0), &Value::Null));
    let number = |key: &str| record[key].as_u64().unwrap();
    assert_eq!(number("end") - number("start"), number("duration"));
    assert_eq!(
        (annotation(&record, "path"), annotation(&record, "kind")),
        (&json!("guest/hello"), &json!("java:8"))
    );
    assert_eq!(annotation(&record, "timeout"), false);
    assert_eq!(annotation(&record, "limits")["memory"], 256);
    assert!(annotation(&record, "waitTime").is_u64() && annotation(&record, "initTime").is_u64(), "{record}");
    assert_eq!(host.record(record["activationId"].as_str().unwrap()), record);
    // The second call finds the function loaded.
    let warm = post(&host, "hello", "?blocking=true", &ada).expect(200).json();
    assert_eq!(annotation(&warm, "initTime"), &Value::Null);

    let answer = post(&host, "hello", "?blocking=true&result=true", &ada).expect(200);
    assert_eq!(answer.json(), greeting);
    assert_eq!(host.record(&activation_id(&answer))["response"]["result"], greeting);

    for query in ["", "?blocking=false", "?blocking=false&result=true", "?result=true"] {
        let answer = post(&host, "hello", query, &ada).expect(202);
        let id = activation_id(&answer);
        assert_eq!(answer.json(), json!({"activationId": id}), "{query}");
        assert_eq!(host.record(&id)["response"]["result"], greeting, "{query}");
    }

    // No payload is an empty one.
    let auth = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
    let path = actions("/hello?blocking=true&result=true");
    let stranger = json!({"greeting": "Hello, stranger!"});
    assert_eq!(host.send_raw("POST", &path, std::slice::from_ref(&auth), b"").expect(200).json(), stranger);
    let kind = ("content-type", "application/json".to_owned());
    assert_eq!(host.send_raw("POST", &path, &[auth, kind], b" \n").expect(200).json(), stranger);

    expect_error(&post(&host, "absent", "?blocking=true", &ada), 404, NOT_FOUND);
    expect_error(&post(&host, "absent", "", &ada), 404, NOT_FOUND);
    expect_error(&post(&host, "hello", "?blocking=maybe", &ada), 400, "'blocking' was malformed");
    for timeout in ["0", "60001", "-1", "x", ""] {
        let answer = post(&host, "hello", &format!("?blocking=true&timeout={timeout}"), &ada);
        expect_error(&answer, 400, "Timeout must be number of milliseconds up to 60000.");
    }
    post(&host, "hello", "?blocking=true&timeout=60000", &ada).expect(200);
}

#[test]
fn a_wait_ends_before_the_call_does() {
    let host = Flockd::start_with(&Options::default().set("invoke.blocking-wait-max-millis", 1000));
    deploy_as(&host, "sleep", "hostile-sleep", "hostile.sleep.Sleep");
    let payload = json!({"millis": 2000});
    for query in ["?blocking=true&timeout=50", "?blocking=true&result=true&timeout=50", "?blocking=true"] {
        let answer = post(&host, "sleep", query, &payload).expect(202);
        let id = activation_id(&answer);
        assert_eq!(answer.json(), json!({"activationId": id}), "{query}");
        // The call goes on, and its record comes.
        let record = host.record(&id);
        assert_eq!(record["statusCode"], 0, "{record}");
        assert!(record["response"]["result"]["sleptMillis"].as_u64().unwrap() >= 2000, "{record}");
    }
    let answer = post(&host, "sleep", "?blocking=true&timeout=1001", &payload);
    expect_error(&answer, 400, "Timeout must be number of milliseconds up to 1000.");
    let short = json!({"millis": 1});
    post(&host, "sleep", "?blocking=true", &short).expect(200);
}

#[test]
fn errors_of_functions_are_502_with_their_record() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    deploy_as(&host, "throws", "hostile-throws", "hostile.throwing.Throws");
    deploy_as(&host, "no-method", "hostile-bad-main", "hostile.badmain.NoMethod");
    host.put(
        "slow",
        &json!({"exec": jar_exec("hostile-sleep", "hostile.sleep.Sleep"), "limits": {"timeout": 1000}}),
    )
    .expect(200);
    host.put("big", &json!({"exec": jar_exec("hostile-big-result", "hostile.bigresult.BigResult")}))
        .expect(200);

    let developer = (2, "action developer error");
    let application = (1, "application error");
    let too_long = "The action produced a response that exceeded the allowed length: 2097163 > 1048576 bytes. \
                    The truncated response was: {\"text\":\"xxx";
    let cases = [
        ("hello", json!({"name": 1}), application, "'name' must be a string"),
        ("throws", json!({"how": "message", "message": "boom"}), developer, "boom"),
        ("no-method", json!({}), developer, "NoMethod"),
        (
            "slow",
            json!({"millis": 20_000}),
            developer,
            "The action exceeded its time limits of 1000 milliseconds.",
        ),
        ("big", json!({}), application, too_long),
    ];
    for (name, payload, (code, status), text) in cases {
        let answer = post(&host, name, "?blocking=true", &payload).expect(502);
        let id = activation_id(&answer);
        let record = answer.json();
        assert_eq!((&record["activationId"], &record["statusCode"]), (&json!(id), &json!(code)), "{name}");
        let response = &record["response"];
        assert_eq!((&response["status"], &response["success"]), (&json!(status), &json!(false)), "{name}");
        let error = response["result"]["error"].as_str().unwrap();
        assert!(error.contains(text), "{name}: {}", &error[..error.len().min(300)]);
        assert_eq!(annotation(&record, "timeout"), name == "slow");
        assert_eq!(host.record(&id), record, "{name}");

        let bare = post(&host, name, "?blocking=true&result=true", &payload).expect(502);
        assert!(bare.error().contains(text), "{name}");
        assert_eq!(bare.json().as_object().unwrap().len(), 1, "{name}");
        let id = activation_id(&bare);
        assert_eq!(host.record(&id)["response"]["result"], bare.json(), "{name}");
        // Who does not wait learns it from the record.
        let later = post(&host, name, "", &payload).expect(202);
        let id = activation_id(&later);
        assert_eq!(host.record(&id)["statusCode"], code, "{name}");
    }
    // None of this harms the next call.
    assert_eq!(host.result("hello", &json!({})), json!({"greeting": "Hello, stranger!"}));
    assert_eq!(host.result("slow", &json!({"millis": 1}))["interrupts"], 0);
}

#[test]
fn results_may_be_arrays_but_payloads_may_not() {
    let host = Flockd::start();
    deploy_as(&host, "keys", "hostile-array", "hostile.array.Array#toArray");
    let payload = json!({"a": 1, "b": 2});
    for query in ["?blocking=true", "?blocking=true&result=true", "?blocking=true&result=false"] {
        let answer = post(&host, "keys", query, &payload).expect(200);
        assert_eq!(answer.json(), json!(["a", "b"]), "an array stands alone, {query}");
        let record = host.record(&activation_id(&answer));
        assert_eq!(record["response"]["result"], json!(["a", "b"]));
        assert_eq!(record["response"]["status"], "success");
    }
    expect_error(&post(&host, "keys", "?blocking=true", &json!([1])), 400, "malformed");
}

#[test]
fn payloads_are_bounded_and_go_through_as_they_are() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    let padded = |bytes: usize| {
        let empty = json!({"name": "Ada", "pad": ""}).to_string().len();
        json!({"name": "Ada", "pad": "x".repeat(bytes - empty)})
    };
    let limit = 1_048_576;
    let at_limit = padded(limit);
    assert_eq!(at_limit.to_string().len(), limit);
    assert_eq!(host.result("hello", &at_limit), json!({"greeting": "Hello, Ada!"}));
    for query in ["?blocking=true", ""] {
        let answer = post(&host, "hello", query, &padded(limit + 1));
        expect_error(&answer, 413, "Request larger than allowed: 1048577 > 1048576 bytes.");
        assert_eq!(answer.header("x-openwhisk-activation-id"), None, "nothing ran");
    }
    // A result of the same size is within its limit too.
    let echoed = host.result("echo", &at_limit);
    assert_eq!(echoed, at_limit);

    let odd = json!({
        "unicode": "ä€😀\u{0}\u{1f}\u{2028}\"\\/", "": 1, "deep": [[[[{"a": [null, true, false]}]]]],
        "numbers": [0, -1, 1.5, 1e300, 9_007_199_254_740_993_i64, i64::MAX, i64::MIN], "empty": {}, "list": [],
    });
    assert_eq!(host.result("echo", &odd), odd);
}

#[test]
fn parameters_stand_under_the_payload_and_final_ones_stay() {
    let host = Flockd::start();
    let pair = |key: &str, value: Value| json!({"key": key, "value": value});
    let parameters = json!([pair("a", json!(1)), pair("b", json!({"x": [1]})), pair("c", Value::Null)]);
    let mut body = json!({"exec": jar_exec("echo", "Echo"), "parameters": parameters});
    host.put("echo", &body).expect(200);
    assert_eq!(host.result("echo", &json!({})), json!({"a": 1, "b": {"x": [1]}, "c": null}));
    let over = json!({"b": 2, "c": 3, "d": 4});
    assert_eq!(host.result("echo", &over), json!({"a": 1, "b": 2, "c": 3, "d": 4}));

    body["annotations"] = json!([pair("final", json!(true))]);
    host.put("echo", &body).expect(200);
    for payload in [json!({"a": 1}), json!({"b": null}), json!({"x": 1, "b": 2})] {
        for query in ["?blocking=true", ""] {
            let text = "Request defines parameters that are not allowed (e.g., reserved properties).";
            expect_error(&post(&host, "echo", query, &payload), 400, text);
        }
    }
    // A parameter that is declared without a value, and any other name, may be given.
    let free = json!({"c": 5, "d": 6});
    assert_eq!(host.result("echo", &free), json!({"a": 1, "b": {"x": [1]}, "c": 5, "d": 6}));

    // An init parameter is environment, text, and not part of the call.
    let init = |key: &str, value: Value| json!({"key": key, "value": value, "init": true});
    let parameters =
        json!([init("TEXT", json!("ä b")), init("OBJECT", json!({"n": [1]})), pair("p", json!(7))]);
    let env = json!({"exec": jar_exec("hostile-env", "hostile.env.Env"), "parameters": parameters});
    let made = host.put("env", &env).expect(200).json();
    assert_eq!(made["parameters"], parameters);
    let seen = host.result("env", &json!({}));
    assert_eq!((&seen["env"]["TEXT"], &seen["env"]["OBJECT"]), (&json!("ä b"), &json!("{\"n\":[1]}")));
    assert_eq!(seen["env"]["p"], Value::Null);
    let mut echo = env;
    echo["exec"] = jar_exec("echo", "Echo");
    host.put("args", &echo).expect(200);
    assert_eq!(host.result("args", &json!({})), json!({"p": 7}));
}
