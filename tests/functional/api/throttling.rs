//! The limits of a namespace: invocations a minute and in flight. One namespace's limits are not another's.

use serde_json::{Value, json};

use super::{actions, activation_id, deploy_as, expect_error, put_sequence, tenants::create_key};
use crate::support::{Flockd, Options, eventually, flockd};

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

/// `flockd limits` beside a running host: for one namespace, at once, and after a restart.
#[test]
fn the_operator_sets_limits_of_one_namespace_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let other = create_key(folder.path(), "other");
    let operate = |words: &[&str]| {
        let output = flockd().arg("limits").args(words).arg("--data").arg(folder.path()).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.success(), text)
    };
    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    host.send_as(Some(&other), "PUT", &actions("/hello"), Some(&super::hello())).expect(200);
    let limits = |host: &Flockd, auth: &str| -> Value {
        host.send_as(Some(auth), "GET", "/api/v1/namespaces/_/limits", None).expect(200).json()
    };
    let usual = limits(&host, &other);
    let set = ["set", "guest", "--concurrent-invocations", "0", "--fires-per-minute", "1"];
    let (done, text) = operate(&set);
    assert!(
        done && text
            .contains("guest\tconcurrent-invocations=0\tinvocations-per-minute=-\tfires-per-minute=1"),
        "{text}"
    );

    // OpenWhisk's text, for the one namespace.
    let refused = "Too many concurrent requests in flight (count: 1, allowed: 0).";
    eventually("the limit holds", || host.invoke("hello", &json!({})).status == 429);
    expect_error(&host.invoke("hello", &json!({})), 429, refused);
    let now = limits(&host, &host.auth);
    assert_eq!((&now["concurrentInvocations"], &now["firesPerMinute"]), (&json!(0), &json!(1)));
    assert_eq!(now["invocationsPerMinute"], usual["invocationsPerMinute"]);
    host.send_as(Some(&other), "POST", &actions("/hello?blocking=true"), None).expect(200);
    assert_eq!(limits(&host, &other), usual);
    let trigger = "/api/v1/namespaces/_/triggers/t";
    host.send("PUT", trigger, Some(&json!({}))).expect(200);
    // A new minute may begin between two fires, but not twice among three.
    let fired: Vec<_> = (0..3).map(|_| host.send("POST", trigger, Some(&json!({})))).collect();
    let over = fired.iter().find(|answer| answer.status == 429).expect("one is over the rate");
    expect_error(over, 429, "Too many requests in the last minute (count: 2, allowed: 1).");

    // What is set further stays beside what was; both outlive the host.
    assert!(operate(&["set", "guest", "--invocations-per-minute", "5"]).0);
    drop(host);
    let host = Flockd::start_on(folder.path(), &Options::default());
    let now = limits(&host, &host.auth);
    assert_eq!((&now["concurrentInvocations"], &now["invocationsPerMinute"]), (&json!(0), &json!(5)));
    expect_error(&host.invoke("hello", &json!({})), 429, refused);
    assert!(operate(&["list"]).1.starts_with("guest\tconcurrent-invocations=0\tinvocations-per-minute=5\t"));
    assert!(operate(&["clear", "guest"]).0);
    eventually("the configuration holds again", || host.invoke("hello", &json!({})).status == 200);
    assert_eq!(limits(&host, &host.auth), usual);

    // What cannot be done says why.
    for (words, said) in [
        (&["set", "nobody", "--fires-per-minute", "1"][..], "there is no namespace `nobody`"),
        (&["set", "guest"], "--concurrent-invocations"),
        (&["set", "guest", "--fires-per-minute", "-1"], "-1"),
        (&["set", "guest", "--fires-per-minute", "4294967296"], "4294967296"),
        (&["set", "a/b", "--fires-per-minute", "1"], "`a/b` is no valid name"),
        (&["clear", "guest"], "`guest` has no limits of its own"),
    ] {
        let (done, text) = operate(words);
        assert!(!done && text.contains(said), "{words:?}: {text}");
    }
}
