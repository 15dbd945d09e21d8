//! A mix of calls with the JVM's own checks of JNI switched on: it must have nothing to say.

use serde_json::json;

use super::{
    neighbour::Street,
    support::{Options, jar_exec},
};

#[test]
fn the_jvm_finds_nothing_wrong_with_our_jni() {
    let mut street = Street::start_with(&Options::default().set("jvm.options", "-Xcheck:jni"));
    let deploy = |name: &str, jar: &str, main: &str| {
        let put = json!({ "exec": jar_exec(jar, main), "limits": { "timeout": 1_000 } });
        street.host.put(name, &put).expect(200);
    };
    deploy("echo", "echo", "Echo");
    deploy("exit", "hostile-exit", "hostile.exit.Exit");
    deploy("throws", "hostile-throws", "hostile.throwing.Throws");
    deploy("chatty", "hostile-chatty", "hostile.chatty.Chatty");
    deploy("spin", "hostile-spin", "hostile.spin.Spin");
    deploy("sleep", "hostile-sleep", "hostile.sleep.Sleep");
    deploy("big", "hostile-big-result", "hostile.bigresult.BigResult");
    deploy("unicode", "hostile-unicode", "hostile.unicode.Unicode");
    deploy("stack", "hostile-stack-overflow", "hostile.stackoverflow.StackOverflow");
    deploy("init", "hostile-static-init-throws", "hostile.staticinit.StaticInit");
    deploy("bad", "hostile-bad-main", "hostile.badmain.NotStatic");
    deploy("peek", "hostile-peek", "hostile.peek.Peek");
    let big = json!({ "text": "x".repeat(500_000) });
    for (name, payload, status) in [
        ("echo", json!({ "a": [1, "ü😀"] }), 200),
        ("echo", big, 200),
        ("exit", json!({ "how": "exit" }), 502),
        ("exit", json!({ "how": "thread" }), 502),
        ("throws", json!({ "how": "message" }), 502),
        ("throws", json!({ "how": "huge-message" }), 502),
        ("chatty", json!({ "how": "both", "lines": 100 }), 200),
        ("chatty", json!({ "how": "thread", "lines": 100 }), 200),
        ("chatty", json!({ "how": "late" }), 200),
        ("spin", json!({ "how": "loop" }), 502),
        ("sleep", json!({ "millis": 10_000 }), 502),
        ("big", json!({ "bytes": 2_000_000 }), 502),
        ("unicode", json!({ "text": "日本語", "surrogate": 1 }), 200),
        ("stack", json!({ "how": "plain" }), 502),
        ("stack", json!({ "how": "thread" }), 200),
        ("init", json!({}), 502),
        ("bad", json!({}), 502),
        ("peek", json!({}), 200),
    ] {
        let answer = street.beside(|| street.host.invoke(name, &payload));
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
    for name in ["echo", "exit", "spin"] {
        street.host.send("DELETE", &format!("/api/v1/namespaces/_/actions/{name}"), None).expect(200);
    }
    street.host.signal("TERM");
    assert_eq!(street.host.wait().code(), Some(0));
    let said = street.host.stdout().join("\n") + &street.host.log();
    for word in
        ["WARNING in native", "WARNING: JNI", "FATAL ERROR in native", "ReleasePrimitive", "JNI call made"]
    {
        assert!(!said.contains(word), "{said}");
    }
}
