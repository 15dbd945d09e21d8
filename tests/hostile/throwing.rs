//! Functions that throw, or use up their stack.

use serde_json::{Value, json};

use super::neighbour::Street;

const INVOKING: &str = "An error has occurred while invoking the action (see logs for details): ";

#[test]
fn whatever_is_thrown_becomes_a_bounded_text() {
    let mut street = Street::start();
    street.deploy("hostile-throws", "hostile.throwing.Throws");
    let odd = "odd \"quoted\" \\ line\nbreak \0 nul ";
    for (how, text) in [
        ("message", format!("{INVOKING}java.lang.IllegalStateException: {odd}")),
        ("no-message", format!("{INVOKING}java.lang.IllegalStateException")),
        ("huge-message", format!("{INVOKING}java.lang.IllegalStateException: {odd}")),
        ("checked", format!("{INVOKING}java.io.IOException: {odd}")),
        ("error", format!("{INVOKING}java.lang.AssertionError: {odd}")),
        ("to-string", format!("{INVOKING}hostile.throwing.Booby")),
        ("get-message", format!("{INVOKING}hostile.throwing.Booby")),
        ("print", format!("{INVOKING}hostile.throwing.Booby: {odd}")),
        ("no-trace", format!("{INVOKING}hostile.throwing.Booby: {odd}")),
        ("cause-loop", format!("{INVOKING}java.lang.IllegalStateException: {odd}")),
        ("huge-trace", format!("{INVOKING}java.lang.IllegalStateException: {odd}")),
        ("thread-death", format!("{INVOKING}java.lang.ThreadDeath")),
    ] {
        let answer =
            street.beside(|| street.host.invoke("hostile-throws", &json!({ "how": how }))).expect(502);
        assert!(answer.body.len() < 256 * 1024, "{how}: {} bytes", answer.body.len());
        let record = answer.json();
        let error = record["response"]["result"]["error"].as_str().unwrap();
        assert!(error.starts_with(&text), "{how}: {error:?}");
        assert_eq!(record["response"]["status"], "action developer error", "{how}");
        let logs = street.log_of(&record);
        assert_eq!(logs[0], format!("stdout: about to throw: {how}"));
    }
    assert!(street.host.is_alive());
}

#[test]
fn the_stack_is_in_the_log_without_the_hosts_frames() {
    let street = Street::start();
    street.deploy("hostile-throws", "hostile.throwing.Throws");
    let record =
        street.host.invoke("hostile-throws", &json!({ "how": "cause-loop", "message": "plain" })).json();
    let logs = street.log_of(&record).join("\n");
    assert!(logs.contains("stderr: java.lang.IllegalStateException: plain"), "{logs}");
    assert!(logs.contains("\tat hostile.throwing.Throws.main(Throws.java:"), "{logs}");
    assert!(logs.contains("Caused by: java.lang.IllegalArgumentException: second"), "{logs}");
    assert!(!logs.contains("flock."), "{logs}");
}

#[test]
fn a_function_that_throws_keeps_its_statics() {
    let street = Street::start();
    let text = super::support::source(
        "    number++;\n    if (args.has(\"fail\")) throw new Exception(\"no\");\n    args.addProperty(\"number\", number);\n    return args;",
    )
    .replace("Main {", "Main {\n  static int number;");
    street.deploy_source("throws", &text, 10_000);
    street.host.put("throws", &json!({ "limits": { "concurrency": 1, "instances": 1 } })).expect(200);
    assert_eq!(street.host.result("throws", &json!({}))["number"], 1);
    street.fails_with("throws", &json!({ "fail": 1 }), "java.lang.Exception: no");
    assert_eq!(street.host.result("throws", &json!({}))["number"], 3);
}

#[test]
fn a_stack_that_is_used_up_is_an_error_of_the_function() {
    let mut street = Street::start();
    street.deploy("hostile-stack-overflow", "hostile.stackoverflow.StackOverflow");
    let call = |payload: &Value| street.attack("hostile-stack-overflow", payload);
    for _ in 0..3 {
        let (status, error) = call(&json!({ "how": "plain" }));
        assert_eq!((status, error.as_str()), (502, &*format!("{INVOKING}java.lang.StackOverflowError")));
        assert_eq!(call(&json!({ "how": "caught" })).0, 200);
        assert_eq!(call(&json!({ "how": "thread" })).0, 200);
    }
    assert!(street.host.is_alive());
}

/// The initialiser of a JDK class meets the end of a function's stack. Where it dies there, it is dead for all, so what the
/// neighbours need must be initialised before.
#[test]
fn a_stack_overflow_leaves_the_jdk_usable_for_others() {
    let street = Street::start();
    street.deploy("hostile-stack-overflow", "hostile.stackoverflow.StackOverflow");
    let text =
        super::support::source("    Class.forName(args.get(\"victim\").getAsString());\n    return args;");
    street.deploy_source("uses", &text, 10_000);
    for victim in
        ["java.util.regex.Pattern", "java.math.BigInteger", "java.util.concurrent.ConcurrentHashMap"]
    {
        street.attack("hostile-stack-overflow", &json!({ "how": "poison", "victim": victim }));
        street.host.result("uses", &json!({ "victim": victim }));
    }
}
