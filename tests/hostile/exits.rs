//! Functions that end the JVM. The activation ends; the host, the neighbour and the other actions do not.

use serde_json::json;

use super::{neighbour::Street, support::source};

const CALLED: &str = "called from within an action";

#[test]
fn every_way_to_exit_ends_the_activation_only() {
    let mut street = Street::start();
    street.deploy("hostile-exit", "hostile.exit.Exit");
    for (how, status) in [
        ("exit", 0),
        ("exit", 77),
        ("halt", 3),
        ("runtime-exit", 4),
        ("reflection", 5),
        ("swallowed", 6),
        ("thread", 7),
    ] {
        let text = format!("System.exit({status}) {CALLED}");
        street.fails_with("hostile-exit", &json!({ "how": how, "status": status }), &text);
    }
    assert!(street.host.is_alive());
}

#[test]
fn an_exit_is_a_developer_error_with_its_logs() {
    let street = Street::start();
    street.deploy("hostile-exit", "hostile.exit.Exit");
    let answer =
        street.beside(|| street.host.invoke("hostile-exit", &json!({ "how": "swallowed" }))).expect(502);
    let record = answer.json();
    assert_eq!(record["response"]["status"], "action developer error");
    assert_eq!(record["statusCode"], 2);
    let logs = street.log_of(&record);
    assert_eq!(logs[0], "stdout: before swallowed");
    assert!(logs[1].starts_with("stdout: swallowed "), "{logs:?}");
}

#[test]
fn a_shutdown_hook_never_runs_in_the_hosts_name() {
    let street = Street::start();
    street.deploy("hostile-exit", "hostile.exit.Exit");
    // Refused or forgotten: either way the host ends as it should, and at once.
    let (status, error) = street.attack("hostile-exit", &json!({ "how": "hook" }));
    assert!(status == 200 || (status == 502 && !error.is_empty()), "{status} {error}");
    let mut host = street.host;
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
    assert!(!host.stdout().iter().any(|line| line.contains("hook ran")));
}

#[test]
fn the_next_call_after_an_exit_has_fresh_statics() {
    let street = Street::start();
    let body = "    if (args.has(\"exit\")) System.exit(1);\n    Count.number++;\n    JsonObject result = new JsonObject();\n    result.addProperty(\"number\", Count.number);\n    return result;";
    let text = source(body) + "class Count { static int number; }\n";
    street.deploy_source("counts", &text, 10_000);
    let limits = json!({ "limits": { "concurrency": 1, "instances": 1 } });
    street.host.put("counts", &limits).expect(200);
    let number = || street.host.result("counts", &json!({}))["number"].clone();
    assert_eq!(number(), 1);
    assert_eq!(number(), 2);
    street.fails_with("counts", &json!({ "exit": true }), CALLED);
    assert_eq!(number(), 1);
}

#[test]
fn an_exit_while_the_class_is_initialised_is_answered_each_time() {
    let street = Street::start();
    street.deploy("hostile-exit", "hostile.exit.ExitInStaticInit");
    for _ in 0..3 {
        street.fails_with("hostile-exit", &json!({}), &format!("System.exit(3) {CALLED}"));
    }
}
