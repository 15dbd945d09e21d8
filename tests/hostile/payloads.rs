//! Payloads and texts that break careless code.

use serde_json::{Value, json};

use super::{
    neighbour::Street,
    support::{jar_exec, source},
};

const TEXTS: [&str; 7] = [
    "Grüße aus Köln",
    "😀👨‍👩‍👧 𝄞",
    "日本語 العربية עברית",
    "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}\u{ffff}",
    "\"\\/</script>'",
    "\u{202e}שלום",
    "",
];

#[test]
fn text_comes_back_as_it_was() {
    let street = Street::start();
    street.deploy("hostile-unicode", "hostile.unicode.Unicode");
    for text in TEXTS {
        let record = street.host.invoke("hostile-unicode", &json!({ "text": text })).expect(200).json();
        let result = &record["response"]["result"];
        assert_eq!(result["text"], text);
        assert_eq!(result["chars"], text.encode_utf16().count());
        assert_eq!(result["codePoints"], text.chars().count());
        assert_eq!(result["german"], "Grüße");
        assert_eq!(result["emoji"], "😀👨‍👩‍👧");
        assert_eq!(result["ключ 🔑"], "key");
        assert_eq!(result[""], "empty key");
        let id = record["activationId"].as_str().unwrap();
        assert_eq!(street.host.record(id)["response"]["result"], *result, "the stored record");
        let lines = street.log_of(&record);
        assert!(lines[0].starts_with("stdout: Grüße 😀 "), "{lines:?}");
        assert!(lines.last().unwrap().contains("日本語"), "{lines:?}");
    }
}

/// A lone surrogate is no text in UTF-8: whatever becomes of it, the body stays JSON.
#[test]
fn lone_surrogates_leave_json_behind() {
    let street = Street::start();
    street.deploy("hostile-unicode", "hostile.unicode.Unicode");
    let answer = street.beside(|| street.host.invoke("hostile-unicode", &json!({ "surrogate": 1 })));
    assert!([200, 502].contains(&answer.status), "{}", answer.text());
    assert!(std::str::from_utf8(&answer.body).is_ok());
    answer.json();
    let raw = br#"{"text":"a\ud800b"}"#;
    let path = "/api/v1/namespaces/_/actions/hostile-unicode?blocking=true";
    let headers = [authorization(&street), ("content-type", "application/json".to_owned())];
    let answer = street.host.send_raw("POST", path, &headers, raw);
    assert!([200, 400, 502].contains(&answer.status), "{}", answer.text());
    answer.json();
}

#[test]
fn unicode_in_names_parameters_and_source() {
    let street = Street::start();
    let put = json!({
        "exec": jar_exec("hostile-unicode", "hostile.unicode.Unicode#größe"),
        "parameters": [{ "key": "größe", "value": "😀" }],
        "annotations": [{ "key": "Erklärung", "value": "日本語" }],
    });
    let made = street.host.put("unicode", &put).expect(200).json();
    assert_eq!(made["exec"]["main"], "hostile.unicode.Unicode#größe");
    assert_eq!(street.host.result("unicode", &json!({}))["method"], "größe");
    let got =
        street.host.send("GET", "/api/v1/namespaces/_/actions/unicode?code=false", None).expect(200).json();
    assert_eq!(got["parameters"][0], json!({ "key": "größe", "value": "😀" }));

    let text = source(
        "    args.addProperty(\"gruß\", \"Grüße 😀 日本語\");\n    System.out.println(\"ж 😀\");\n    return args;",
    );
    street.deploy_source("source", &text, 10_000);
    let record = street.host.invoke("source", &json!({})).expect(200).json();
    assert_eq!(record["response"]["result"]["gruß"], "Grüße 😀 日本語");
    assert_eq!(street.log_of(&record), ["stdout: ж 😀"]);
    let got = street.host.send("GET", "/api/v1/namespaces/_/actions/source", None).expect(200).json();
    assert_eq!(got["exec"]["code"], Value::from(text));
}

#[test]
fn a_payload_must_be_an_object() {
    let street = Street::start();
    street.deploy("echo", "Echo");
    let path = "/api/v1/namespaces/_/actions/echo?blocking=true";
    for bad in ["[1,2]", "1", "\"x\"", "null", "true", "{", "{\"a\":}", "{}{}", "{\"a\":1,}", "\u{feff}{}"] {
        let answer = street.host.send_raw(
            "POST",
            path,
            &[authorization(&street), ("content-type", "application/json".into())],
            bad.as_bytes(),
        );
        assert_eq!(answer.status, 400, "{bad}: {}", answer.text());
        assert!(answer.error().starts_with("The request content was malformed"), "{bad}: {}", answer.text());
    }
    let answer = street.host.send_raw(
        "POST",
        path,
        &[authorization(&street), ("content-type", "text/plain".into())],
        b"{}",
    );
    assert_eq!(answer.status, 415, "{}", answer.text());
    let empty = street.host.send_raw("POST", path, &[authorization(&street)], b"");
    assert_eq!(empty.expect(200).json()["response"]["result"], json!({}));
}

#[test]
fn numbers_and_odd_json_pass_through() {
    let street = Street::start();
    street.deploy("echo", "Echo");
    let path = "/api/v1/namespaces/_/actions/echo?blocking=true&result=true";
    let headers = [authorization(&street), ("content-type", "application/json".to_owned())];
    for text in [
        "{\"a\":1e400}",
        "{\"a\":-0.0}",
        "{\"a\":123456789012345678901234567890123456789012345678901234567890}",
        "{\"a\":1.0000000000000000000000000001}",
        "{\"a\":[[],{},\"\",null,true,false]}",
        "{\"\":{\"\":[]}}",
    ] {
        let answer = street.host.send_raw("POST", path, &headers, text.as_bytes());
        assert_eq!(answer.status, 200, "{text}: {}", answer.text());
        assert_eq!(answer.text(), text);
    }
    let twice = street.host.send_raw("POST", path, &headers, b"{\"a\":1,\"a\":2}");
    assert_eq!(twice.expect(200).text(), "{\"a\":2}");
}

#[test]
fn depth_is_bounded_on_the_way_in() {
    let street = Street::start();
    street.deploy("echo", "Echo");
    let path = "/api/v1/namespaces/_/actions/echo?blocking=true";
    let headers = [authorization(&street), ("content-type", "application/json".to_owned())];
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    street.host.send_raw("POST", path, &headers, nested(400).as_bytes()).expect(200);
    for depth in [513, 10_000, 500_000] {
        let answer = street.host.send_raw("POST", path, &headers, nested(depth).as_bytes());
        assert_eq!(answer.status, 400, "{depth}");
        assert!(answer.error().contains("deeper than 512"), "{}", answer.text());
    }
}

#[test]
fn arrays_are_results_and_pass_through_sequences() {
    let street = Street::start();
    let deploy = |name: &str, main: &str| {
        street.host.put(name, &json!({ "exec": jar_exec("hostile-array", main) })).expect(200);
    };
    deploy("reverse", "hostile.array.Array");
    deploy("to-array", "hostile.array.Array#toArray");
    deploy("to-object", "hostile.array.Array#toObject");
    // OpenWhisk answers an array bare, also without result=true.
    let answer = street.host.invoke("to-array", &json!({ "a": 1, "b": 2 })).expect(200);
    assert_eq!(answer.json(), json!(["a", "b"]));
    let sequence = json!({ "exec": { "kind": "sequence", "components": ["/_/to-array", "/_/reverse", "/_/to-object"] } });
    street.host.put("there-and-back", &sequence).expect(200);
    assert_eq!(
        street.host.result("there-and-back", &json!({ "a": 1, "b": 2 })),
        json!({ "0": "b", "1": "a" })
    );
    // An object for a function that takes arrays only: the error says what was given and what there is.
    let error = street.fails_with("reverse", &json!({ "a": 1 }), "NoSuchMethodException");
    assert!(error.contains("the payload is a JsonObject"), "{error}");
    assert!(error.contains("hostile.array.Array.main(JsonArray)"), "{error}");
}

fn authorization(street: &Street) -> (&'static str, String) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    ("authorization", format!("Basic {}", STANDARD.encode(&street.host.auth)))
}
