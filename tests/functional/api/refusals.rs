//! What a PUT may not say: kinds, limits, sizes, JSON that is none. Each error says what is wrong, and the host lives on.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{NOT_FOUND, actions, expect_error, hello};
use crate::support::{Flockd, Options, jar_bytes};

fn exec(members: Value) -> Value {
    json!({ "exec": members })
}

#[test]
fn an_exec_that_cannot_run_is_refused() {
    let host = Flockd::start();
    let jar = STANDARD.encode(jar_bytes("hello"));
    let runtime = |kind: &str| {
        format!("The specified runtime '{kind}' is not supported by this platform. Valid values are: ")
    };
    let main = "'main' must be a string defined in 'exec' for 'java:8' actions";
    let code = "'code' must be a string or attachment object defined in 'exec' for 'java:8' actions";
    let cases = [
        (json!({}), "exec undefined".to_owned()),
        (json!({"exec": null}), "exec undefined".to_owned()),
        (exec(json!({"kind": "nodejs:20", "code": "x"})), runtime("nodejs:20")),
        (exec(json!({"kind": "java:7", "code": jar, "main": "A"})), runtime("java:7")),
        (exec(json!({"kind": "blackbox", "image": "x"})), runtime("blackbox")),
        (exec(json!({"kind": "", "code": jar, "main": "A"})), runtime("")),
        (exec(json!({"kind": 8, "code": jar, "main": "A"})), "'kind' must be a string".to_owned()),
        (
            exec(json!({"code": jar, "main": "A"})),
            "malformed:\n'kind' must be a string defined in 'exec'".to_owned(),
        ),
        (exec(json!("java:8")), "malformed".to_owned()),
        (exec(json!({"kind": "java:8", "code": jar})), main.to_owned()),
        (exec(json!({"kind": "java:8", "code": jar, "main": ""})), main.to_owned()),
        (exec(json!({"kind": "java:8", "code": jar, "main": " "})), main.to_owned()),
        (
            exec(json!({"kind": "java:8", "code": jar, "main": 1})),
            "if defined, 'main' be a string in 'exec' for 'java:8' actions".to_owned(),
        ),
        (exec(json!({"kind": "sequence"})), "'components' must be defined for sequence kind".to_owned()),
        (exec(json!({"kind": "sequence", "components": "/_/a"})), "'components' must be an array".to_owned()),
        (exec(json!({"kind": "java:8", "main": "A"})), code.to_owned()),
        (exec(json!({"kind": "java:8", "code": 5, "main": "A"})), code.to_owned()),
        (exec(json!({"kind": "java:8", "code": ["x"], "main": "A"})), code.to_owned()),
        (exec(json!({"kind": "java:8", "code": "", "main": "A"})), "'code' must not be empty".to_owned()),
        (exec(json!({"kind": "java:8", "code": " \n", "main": "A"})), "'code' must not be empty".to_owned()),
        (
            exec(json!({"kind": "java:8", "code": STANDARD.encode(b"no jar!"), "main": "A"})),
            "not a jar".to_owned(),
        ),
        (
            exec(json!({"kind": "java:8", "code": jar[..(jar.len() / 2) & !3], "main": "A"})),
            "not a jar".to_owned(),
        ),
        (
            exec(json!({"kind": "java:8", "code": "int x = ;", "main": "Main"})),
            "Main.java:1: error".to_owned(),
        ),
    ];
    for (body, text) in cases {
        expect_error(&host.put("bad", &body), 400, &text);
        expect_error(&host.send("GET", &actions("/bad"), None), 404, NOT_FOUND);
    }
    // An update that is refused changes nothing.
    let made = host.put("good", &hello()).expect(200).json();
    expect_error(&host.put("good", &exec(json!({"kind": "java:8", "code": jar}))), 400, main);
    expect_error(&host.put("good", &json!({"limits": {"memory": 1}})), 400, "memory");
    assert_eq!(host.send("GET", &actions("/good"), None).expect(200).json(), made);
}

#[test]
fn limits_out_of_range_name_the_field_and_the_bound() {
    let host = Flockd::start_with(&Options::default().set("limits.action.concurrency-max", 1));
    for (limits, text) in [
        (
            json!({"timeout": 99}),
            "timeout: duration 99 milliseconds below allowed threshold of 100 milliseconds",
        ),
        (
            json!({"timeout": 300_001}),
            "timeout: duration 300001 milliseconds exceeds allowed threshold of 300000 milliseconds",
        ),
        (json!({"memory": 127}), "memory size 127 MB below allowed threshold of 128 MB"),
        (json!({"memory": 513}), "memory size 513 MB exceeds allowed threshold of 512 MB"),
        (json!({"logs": 11}), "log size 11 MB exceeds allowed threshold of 10 MB"),
        (json!({"concurrency": 2}), "concurrency 2 exceeds allowed threshold of 1"),
        (json!({"concurrency": 0}), "concurrency 0 below allowed threshold of 1"),
        (json!({"instances": 0}), "greater than or equal to 1"),
        (json!({"instances": 1_000_000}), "must not exceed your namespace concurrency of 64"),
        (json!({"timeout": -1}), "duration -1 milliseconds below allowed threshold of 100 milliseconds"),
        (
            json!({"timeout": 5_000_000_000_u64}),
            "duration 5000000000 milliseconds exceeds allowed threshold of 300000",
        ),
        (
            json!({"timeout": 1000.5}),
            "time limit must be whole number: timeout 1000.5 is not a whole number of milliseconds",
        ),
        (json!({"timeout": "1000"}), "time limit malformed: timeout \"1000\" is not a whole number"),
        (json!({"memory": "256"}), "memory limit malformed"),
        (json!({"logs": 1.5}), "log limit must be whole number"),
        (json!({"concurrency": []}), "concurrency limit malformed"),
        (json!({"instances": {}}), "instance concurrency limit malformed"),
        (json!("none"), "malformed"),
        (json!([4]), "an object was expected"),
    ] {
        let mut body = hello();
        body["limits"] = limits;
        expect_error(&host.put("bad", &body), 400, text);
    }
    // The bounds themselves are inside.
    for limits in [
        json!({"timeout": 100, "memory": 128, "logs": 0, "concurrency": 1, "instances": 1}),
        json!({"timeout": 300_000, "memory": 512, "logs": 10, "concurrency": 1, "instances": 64}),
    ] {
        let mut body = hello();
        body["limits"] = limits.clone();
        assert_eq!(host.put("good", &body).expect(200).json()["limits"], limits);
    }
    expect_error(&host.send("GET", &actions("/bad"), None), 404, NOT_FOUND);
}

#[test]
fn what_is_too_large_is_refused_before_it_costs_anything() {
    let options =
        Options::default().set("limits.code-max-bytes", 4096).set("limits.parameters-max-bytes", 2048);
    let host = Flockd::start_with(&options);
    host.put("hello", &hello()).expect(200);

    let source = |bytes: usize| exec(json!({"kind": "java:8", "code": "?".repeat(bytes), "main": "A"}));
    expect_error(&host.put("big", &source(4097)), 413, "exec larger than allowed: 4097 > 4096 bytes.");
    // At the limit it is looked at, and is no Java source.
    expect_error(&host.put("big", &source(4096)), 400, "exec.code");

    let list = |bytes: usize| json!([{"key": "k", "value": "v".repeat(bytes)}]);
    for field in ["parameters", "annotations"] {
        let mut body = hello();
        body[field] = list(2100);
        let refused = host.put("big", &body);
        expect_error(&refused, 413, &format!("{field} larger than allowed: "));
        expect_error(&refused, 413, "> 2048 bytes.");
        body[field] = list(2000);
        host.put("small", &body).expect(200);
        let mut update = json!({});
        update[field] = list(2100);
        expect_error(&host.put("small", &update), 413, "larger than allowed");
    }
    // A body that no code and no parameters could fill is not read to its end.
    let huge = host.put("big", &json!({"unknown": "x".repeat(1 << 20)}));
    expect_error(&huge, 413, "Request larger than allowed: ");
    expect_error(&host.send("GET", &actions("/big"), None), 404, NOT_FOUND);
    assert_eq!(host.result("hello", &json!({})), json!({"greeting": "Hello, stranger!"}));
}

#[test]
fn json_that_is_none_is_refused() {
    let host = Flockd::start();
    host.put("hello", &hello()).expect(200);
    let headers = [
        ("authorization", format!("Basic {}", STANDARD.encode(&host.auth))),
        ("content-type", "application/json".to_owned()),
    ];
    let nested = |count: usize| format!("{{\"a\":{}{}}}", "[".repeat(count), "]".repeat(count));
    let too_deep = nested(600).into_bytes();
    let far_too_deep = nested(400_000).into_bytes();
    let texts: [&[u8]; 18] = [
        b"{",
        b"}",
        b"nope",
        b"\"text\"",
        b"1",
        b"null",
        b"true",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{}{}",
        b"{\"a\":01}",
        b"{\"a\":NaN}",
        b"{\"a\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\x01\"}",
        &too_deep,
        &far_too_deep,
    ];
    for text in texts {
        for (method, path) in [("PUT", "/hello?overwrite=true"), ("POST", "/hello?blocking=true")] {
            let answer = host.send_raw(method, &actions(path), &headers, text);
            let shown = String::from_utf8_lossy(&text[..text.len().min(20)]).into_owned();
            assert_eq!(answer.status, 400, "{method} {shown}: {}", answer.text());
            expect_error(&answer, 400, "The request content was malformed:");
        }
    }
    for text in ["1", "null", "\"text\"", "[1]"] {
        let answer = host.send_raw("POST", &actions("/absent"), &headers, text.as_bytes());
        expect_error(&answer, 400, "The request content was malformed:\nJSON object expected");
    }
    // An array is JSON, but neither an action nor a payload.
    for (method, path, body) in [
        ("PUT", "/hello?overwrite=true", json!([hello()["exec"]])),
        ("PUT", "/hello?overwrite=true", json!([])),
        ("POST", "/hello?blocking=true", json!([1])),
    ] {
        expect_error(
            &host.send(method, &actions(path), Some(&body)),
            400,
            "The request content was malformed:",
        );
    }
    let list = "parameters malformed!";
    for (body, text) in [
        (json!({"annotations": {"a": 1}}), list),
        (json!({"annotations": [{"key": "a"}]}), list),
        (json!({"parameters": [{"value": 1}]}), list),
        (json!({"parameters": [{"key": 1, "value": 1}]}), list),
        (json!({"parameters": [{"key": "a", "value": 1, "init": "x"}]}), list),
        (json!({"version": "1.x"}), "semantic version malformed"),
        (json!({"version": "0.0.0"}), "semantic version malformed"),
        (json!({"version": 1}), "semantic version malformed"),
        (json!({"publish": "yes"}), ""),
        (json!({"delAnnotations": "a"}), ""),
    ] {
        let answer = host.put("hello", &body);
        expect_error(&answer, 400, &format!("The request content was malformed:\n{text}"));
        assert!(text.is_empty() || answer.error().ends_with(text), "{}", answer.text());
    }
    // What is wrong with a body comes before that the name is taken.
    let taken = |body: &Value| host.send("PUT", &actions("/hello"), Some(body));
    expect_error(&taken(&exec(json!({"code": ""}))), 400, "'kind' must be a string defined in 'exec'");
    expect_error(&taken(&json!({"limits": {"memory": 1}})), 400, "memory size 1 MB below");
    expect_error(&taken(&json!({})), 409, "resource already exists");
    let kept = host.send("GET", &actions("/hello"), None).expect(200).json();
    assert_eq!(kept["version"], "0.0.1");
    assert_eq!(host.result("hello", &json!({})), json!({"greeting": "Hello, stranger!"}));
}
