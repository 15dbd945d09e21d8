//! The limits of a namespace: invocations a minute and in flight. One namespace's limits are not another's.

use serde_json::json;

use super::{actions, activation_id, deploy_as, expect_error, put_sequence, tenants::create_key};
use crate::support::{Flockd, Options, eventually};

#[test]
fn invocations_a_minute_are_limited_by_namespace() {
    let folder = tempfile::tempdir().unwrap();
    let other = create_key(folder.path(), "other");
    let limit = 6;
    let options = Options::default().set("limits.namespace.invocations-per-minute", limit);
    let host = Flockd::start_on(folder.path(), &options);
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    put_sequence(&host, "three", &json!(["/_/echo", "/_/echo", "/_/hello"])).expect(200);

    // A sequence counts once, however many actions it runs.
    for _ in 0..limit {
        host.invoke("three", &json!({})).expect(200);
    }
    // A new minute may begin between two calls, but not twice among so few.
    let answers: Vec<_> = (0..2 * limit + 1).map(|_| host.invoke("hello", &json!({}))).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(!refused.is_empty());
    for answer in refused {
        expect_error(answer, 429, "Too many requests in the last minute (count: ");
        expect_error(answer, 429, &format!(", allowed: {limit})."));
        assert_eq!(answer.header("x-openwhisk-activation-id"), None, "nothing ran");
    }
    // Reading is not limited, and another namespace has a count of its own.
    host.send("GET", &actions("/hello"), None).expect(200);
    let body = super::hello();
    host.send_as(Some(&other), "PUT", &actions("/hello"), Some(&body)).expect(200);
    host.send_as(Some(&other), "POST", &actions("/hello?blocking=true"), None).expect(200);
}

#[test]
fn invocations_in_flight_are_limited() {
    let options = Options::default().set("limits.namespace.concurrent-invocations", 2);
    let host = Flockd::start_with(&options);
    host.deploy("hello", "hello.Hello");
    deploy_as(&host, "sleep", "hostile-sleep", "hostile.sleep.Sleep");
    put_sequence(&host, "nap", &json!(["/_/sleep", "/_/hello"])).expect(200);
    let long = json!({"millis": 3000});
    let ids: Vec<String> = ["sleep", "nap"]
        .iter()
        .map(|name| activation_id(&host.send("POST", &actions(&format!("/{name}")), Some(&long)).expect(202)))
        .collect();
    for query in ["?blocking=true", ""] {
        for name in ["hello", "nap"] {
            let answer = host.send("POST", &actions(&format!("/{name}{query}")), None);
            expect_error(&answer, 429, "Too many concurrent requests in flight (count: 3, allowed: 2).");
        }
    }
    for id in ids {
        assert_eq!(host.record(&id)["statusCode"], 0);
    }
    eventually("both have made room", || host.invoke("hello", &json!({})).status == 200);
    host.invoke("nap", &json!({"millis": 1})).expect(200);
}
