//! Results that are none, that JSON cannot say, that are too deep or too large.

use serde_json::{Value, json};

use super::{neighbour::Street, support::Options};

#[test]
fn null_is_no_result() {
    let street = Street::start();
    street.deploy("hostile-null-result", "hostile.nullresult.NullResult");
    let error = street.fails_with("hostile-null-result", &json!({}), "null");
    assert_eq!(error, "The action returned null");
}

#[test]
fn numbers_that_json_cannot_say_are_errors() {
    let street = Street::start();
    street.deploy("hostile-nan-result", "hostile.nanresult.NanResult");
    for (how, text) in [
        ("nan", "NaN"),
        ("infinity", "Infinity"),
        ("minus-infinity", "-Infinity"),
        ("float-nan", "NaN"),
        ("nested", "NaN"),
        ("forged", "no JSON number"),
        ("null-text", "no text"),
        ("throwing", "toString throws"),
    ] {
        street.fails_with("hostile-nan-result", &json!({ "how": how }), text);
    }
}

#[test]
fn results_that_are_too_deep_are_errors() {
    let mut street = Street::start();
    street.deploy("hostile-deep-result", "hostile.deepresult.DeepResult");
    for how in ["object", "array"] {
        for depth in [600, 100_000] {
            street.fails_with(
                "hostile-deep-result",
                &json!({ "how": how, "depth": depth }),
                "nested deeper than 512",
            );
        }
        let shallow = street.host.result("hostile-deep-result", &json!({ "how": how, "depth": 100 }));
        assert!(shallow["deep"].is_object() || shallow["deep"].is_array());
    }
    street.fails_with("hostile-deep-result", &json!({ "how": "cycle" }), "nested deeper than 512");
    assert!(street.host.is_alive());
}

/// 2^64 values have no length that could be counted: the time limit ends the writing.
#[test]
fn a_result_without_end_is_ended() {
    let street = Street::start();
    street.deploy_with_timeout("laughs", "hostile-deep-result", "hostile.deepresult.DeepResult", 500);
    let (status, error) = street.attack("laughs", &json!({ "how": "laughs" }));
    assert_eq!(status, 502, "{error}");
    let is_known =
        error.contains("exceeded its time limits") || error.contains("exceeded the allowed length");
    assert!(is_known, "{error}");
}

/// A thread changes the result while it is written: an error or an answer, never a body that is no JSON.
#[test]
fn a_result_that_changes_while_it_is_written_stays_json() {
    let street = Street::start();
    street.deploy("hostile-deep-result", "hostile.deepresult.DeepResult");
    street.beside(|| {
        for _ in 0..10 {
            let answer = street.host.invoke("hostile-deep-result", &json!({ "how": "racing" }));
            assert!([200, 502].contains(&answer.status), "{}", answer.text());
            answer.json();
        }
    });
}

#[test]
fn a_result_over_the_limit_is_an_application_error_with_its_size() {
    let street = Street::start_with(&Options::default().set("limits.result-max-bytes", 100_000));
    street.deploy("hostile-big-result", "hostile.bigresult.BigResult");
    let invoke = |payload: Value| street.beside(|| street.host.invoke("hostile-big-result", &payload));
    for how in ["text", "unicode", "wide"] {
        let answer = invoke(json!({ "how": how, "bytes": 300_000 })).expect(502);
        assert!(answer.body.len() < 200_000, "{how}: {}", answer.body.len());
        let record = answer.json();
        assert_eq!(record["response"]["status"], "application error", "{how}");
        let error = record["response"]["result"]["error"].as_str().unwrap();
        assert!(
            error.starts_with("The action produced a response that exceeded the allowed length: "),
            "{error:.120}"
        );
        assert!(error.contains(" > 100000 bytes. The truncated response was: {"), "{error:.120}");
        assert!(!error.contains('\u{fffd}'), "{how}: cut within a character");
    }
    let exact = invoke(json!({ "bytes": 300_000 })).json();
    let error = exact["response"]["result"]["error"].as_str().unwrap().to_owned();
    // {"text":"..."} is 11 bytes around the text.
    assert!(error.contains("300011 > 100000 bytes"), "{error:.120}");
    // The limit itself is allowed, one byte more is not.
    assert_eq!(invoke(json!({ "bytes": 100_000 - 11 })).status, 200);
    assert_eq!(invoke(json!({ "bytes": 100_000 - 10 })).status, 502);
}

#[test]
fn the_default_limit_is_openwhisks() {
    let street = Street::start();
    street.deploy("hostile-big-result", "hostile.bigresult.BigResult");
    street.fails_with("hostile-big-result", &json!({}), "2097163 > 1048576 bytes");
    street.host.invoke("hostile-big-result", &json!({ "bytes": 1_048_576 - 11 })).expect(200);
}
