//! What functions used: the bill, the live table, the operator's key, the header of the outcome.

use serde_json::{Value, json};

use super::{
    NO_PATH, actions, activation_id, deploy_as, expect_error, hello, put_sequence, tenants::create_key,
};
use crate::support::{Flockd, Options, eventually, flockd};

const USAGE: &str = "/flock/v1/usage";
const TOP: &str = "/flock/v1/top";

fn usage(host: &Flockd, auth: &str, query: &str) -> Value {
    host.send_as(Some(auth), "GET", &format!("{USAGE}{query}"), None).expect(200).json()
}

/// The row of an action.
#[track_caller]
fn row<'a>(bill: &'a Value, action: &str) -> &'a Value {
    let rows = bill["rows"].as_array().unwrap();
    rows.iter().find(|row| row["action"] == action).unwrap_or_else(|| panic!("no {action} in {bill}"))
}

/// `flockd keys operator`, beside the host.
fn operator_key(host: &Flockd, flags: &[&str]) -> String {
    let output =
        flockd().args(["keys", "operator"]).args(flags).arg("--data").arg(host.data()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn each_call_is_on_the_bill_as_soon_as_it_is_answered() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    deploy_as(&host, "throws", "hostile-throws", "hostile.throwing.Throws");
    put_sequence(&host, "twice", &json!(["/_/hello", "/_/hello"])).expect(200);
    assert_eq!(usage(&host, &host.auth, "")["total"]["calls"], 0);

    let answer = host.invoke("hello", &json!({})).expect(200);
    assert_eq!(answer.header("x-flock-outcome"), Some("success"));
    let failed = host.invoke("throws", &json!({})).expect(502);
    assert_eq!(failed.header("x-flock-outcome"), Some("developer_error"));
    let chained = host.invoke("twice", &json!({})).expect(200);
    assert_eq!(chained.header("x-flock-outcome"), Some("success"));
    let later = host.send("POST", &actions("/hello"), None).expect(202);
    assert_eq!(later.header("x-flock-outcome"), None, "it has not ended");
    host.record(&activation_id(&later));

    let bill = usage(&host, &host.auth, "?by=action");
    assert_eq!(bill["by"], "action");
    let hello = row(&bill, "guest/hello");
    assert_eq!((&hello["calls"], &hello["outcomes"]), (&json!(4), &json!({"success": 4})));
    assert!(hello["cold"].as_u64().unwrap() >= 1 && hello["initMicros"].as_u64().unwrap() > 0, "{hello}");
    for number in ["cpuMicros", "wallMicros", "allocatedBytes", "p50Micros", "p99Micros"] {
        assert!(hello[number].as_u64().unwrap() > 0, "{number} in {hello}");
    }
    assert!(hello["now"]["instances"].as_u64().unwrap() >= 1, "{hello}");
    assert_eq!(row(&bill, "guest/throws")["outcomes"], json!({"developer_error": 1}));
    // A sequence is a call, but what its hops used is on their rows.
    let twice = row(&bill, "guest/twice");
    assert_eq!((&twice["calls"], &twice["cpuMicros"], &twice["cold"]), (&json!(1), &json!(0), &json!(0)));
    assert!(twice["wallMicros"].as_u64().unwrap() > 0, "{twice}");
    assert_eq!(bill["total"]["calls"], 6);
    assert_eq!(bill["total"]["outcomes"], json!({"success": 5, "developer_error": 1}));

    let whole = usage(&host, &host.auth, "?by=namespace");
    assert_eq!(whole["rows"].as_array().unwrap().len(), 1);
    assert_eq!((&whole["rows"][0]["namespace"], &whole["rows"][0]["calls"]), (&json!("guest"), &json!(6)));
    assert!(whole["rows"][0]["action"].is_null());
    assert_eq!(whole["rows"][0]["cpuMicros"], bill["total"]["cpuMicros"]);

    let single = usage(&host, &host.auth, "?by=activation&limit=2");
    assert_eq!(single["rows"].as_array().unwrap().len(), 2);
    let all = usage(&host, &host.auth, "?by=activation");
    assert_eq!(all["rows"].as_array().unwrap().len(), 6);
    let one =
        all["rows"].as_array().unwrap().iter().find(|row| row["activationId"] == activation_id(&failed));
    let one = one.unwrap();
    assert_eq!((&one["action"], &one["outcome"]), (&json!("guest/throws"), &json!("developer_error")));
    let record = host.record(&activation_id(&failed));
    let annotated = super::annotation(&record, "usage");
    assert_eq!((&one["cpuMicros"], &one["wallMicros"]), (&annotated["cpuMicros"], &annotated["wallMicros"]));
    assert_eq!(usage(&host, &host.auth, "?since=0&upto=1")["total"]["calls"], 0);
}

#[test]
fn a_bill_outlives_the_host_and_the_action() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    for _ in 0..3 {
        host.result("hello", &json!({}));
    }
    let before = usage(&host, &host.auth, "")["total"].clone();
    host.send("DELETE", &actions("/hello"), None).expect(200);
    host.signal("TERM");
    assert!(host.wait().success());
    let mut host = Flockd::start_on(folder.path(), &Options::default());
    let after = usage(&host, &host.auth, "");
    assert_eq!(row(&after, "guest/hello")["calls"], 3);
    assert!(after["total"]["cpuMicros"].as_u64() >= before["cpuMicros"].as_u64(), "{after} {before}");
    assert_eq!(after["total"]["outcomes"], before["outcomes"]);
    // The same row goes on; a host that is killed keeps what it wrote down every few seconds.
    host.put("hello", &hello()).expect(200);
    host.result("hello", &json!({}));
    std::thread::sleep(std::time::Duration::from_secs(7));
    host.kill();
    let host = Flockd::start_on(folder.path(), &Options::default());
    assert_eq!(row(&usage(&host, &host.auth, "?since=1d"), "guest/hello")["calls"], 4);
}

#[test]
fn a_namespace_sees_itself_and_the_operator_sees_all() {
    let folder = tempfile::tempdir().unwrap();
    let team = create_key(folder.path(), "team");
    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    host.result("hello", &json!({}));
    host.send_as(Some(&team), "PUT", &actions("/theirs"), Some(&hello())).expect(200);
    host.send_as(Some(&team), "POST", &actions("/theirs?blocking=true"), None).expect(200);

    let operator = operator_key(&host, &[]);
    let again = flockd().args(["keys", "operator", "--data"]).arg(host.data()).output().unwrap();
    assert!(!again.status.success() && again.stdout.is_empty(), "it is shown once");
    assert!(String::from_utf8_lossy(&again.stderr).contains("--renew"));
    for path in [USAGE.to_owned(), format!("{USAGE}?by=activation"), TOP.to_owned()] {
        let seen = |auth: &str| -> Vec<String> {
            let rows = host.send_as(Some(auth), "GET", &path, None).expect(200).json()["rows"].clone();
            let rows = rows.as_array().unwrap().iter();
            let mut actions: Vec<String> =
                rows.map(|row| row["action"].as_str().unwrap().to_owned()).collect();
            actions.sort();
            actions
        };
        assert_eq!(seen(&host.auth), ["guest/hello"], "{path}");
        assert_eq!(seen(&team), ["team/theirs"], "{path}");
        assert_eq!(seen(&operator), ["guest/hello", "team/theirs"], "{path}");
    }
    assert_eq!(usage(&host, &operator, "?by=namespace&limit=1")["total"]["calls"], 2, "of all rows");

    // The operator's key does nothing else, and ends when it is renewed.
    host.send_as(Some(&operator), "GET", "/api/v1/namespaces", None).expect(401);
    host.send_as(Some(&operator), "POST", &actions("/hello?blocking=true"), None).expect(401);
    let renewed = operator_key(&host, &["--renew"]);
    assert_ne!(renewed, operator);
    host.send_as(Some(&renewed), "GET", USAGE, None).expect(200);
    for wrong in [Some(operator.as_str()), Some("a:b"), None] {
        host.send_as(wrong, "GET", USAGE, None).expect(401);
        host.send_as(wrong, "GET", TOP, None).expect(401);
    }
}

#[test]
fn the_live_table_shows_what_is_loaded() {
    let host = Flockd::start();
    let top = |query: &str| host.send("GET", &format!("{TOP}{query}"), None).expect(200).json();
    assert_eq!(top("")["rows"], json!([]));
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    assert_eq!(top("")["rows"], json!([]), "what is only deployed holds nothing");
    host.result("echo", &json!({}));
    eventually("calls have a pace", || {
        for _ in 0..20 {
            host.result("hello", &json!({}));
        }
        let rows = top("")["rows"].clone();
        let hello =
            rows.as_array().unwrap().iter().find(|row| row["action"] == "guest/hello").unwrap().clone();
        hello["callsPerSecond"].as_f64().unwrap() > 1.0 && hello["p99Micros"].as_u64().is_some()
    });
    let table = top("");
    assert_eq!((&table["lostThreads"], table["rows"].as_array().unwrap().len()), (&json!(0), 2));
    let hello = table["rows"].as_array().unwrap().iter().find(|row| row["action"] == "guest/hello").unwrap();
    assert!(hello["calls"].as_u64().unwrap() >= 20 && hello["calls"] == hello["outcomes"]["success"]);
    assert!(hello["lanes"].as_u64().unwrap() >= 1 && hello["instances"].as_u64().unwrap() >= 1, "{hello}");
    for number in ["cpuMicros", "liveHeapBytes", "threads", "classes", "sockets", "tempBytes", "queued"] {
        assert!(hello[number].is_u64(), "{number} in {hello}");
    }
    assert_eq!(top("?limit=1")["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn wrong_questions_are_refused_by_name() {
    let host = Flockd::start();
    for (query, name) in [
        ("?by=user", "'by'"),
        ("?since=yesterday", "'since'"),
        ("?since=-1", "'since'"),
        ("?upto=1y", "'upto'"),
        ("?since=1h&upto=2h", "'since'"),
        ("?limit=0", "'limit'"),
        ("?limit=many", "'limit'"),
        ("?by=activation&limit=1001", "'limit'"),
    ] {
        let answer = host.send("GET", &format!("{USAGE}{query}"), None);
        expect_error(&answer, 400, &format!("The query parameter {name} was malformed"));
    }
    expect_error(&host.send("GET", &format!("{TOP}?limit=0"), None), 400, "'limit'");
    expect_error(&host.send("POST", USAGE, None), 405, "not allowed");
    expect_error(&host.send("DELETE", TOP, None), 405, "not allowed");
    expect_error(&host.send("GET", "/flock/v1/nothing", None), 404, NO_PATH);
    // Far times are no error.
    usage(&host, &host.auth, "?since=0&upto=18446744073709551615");
    usage(&host, &host.auth, "?by=activation&since=0&upto=18446744073709551615");
}

#[test]
fn metrics_are_by_namespace_and_action_and_bounded() {
    let options =
        Options::default().set("metrics.series-max", 2).set("limits.namespace.concurrent-invocations", 1);
    let host = Flockd::start_with(&options);
    for name in ["a", "b", "c", "d"] {
        deploy_as(&host, name, "hello", "hello.Hello");
        host.result(name, &json!({}));
    }
    let calls = |action: &str| {
        let labels = format!("{{namespace=\"guest\",action=\"{action}\",outcome=\"success\"}}");
        host.metric(&format!("flock_action_activations_total{labels}"))
    };
    assert_eq!([calls("guest/a"), calls("guest/b"), calls("other")], [1.0, 1.0, 2.0]);
    assert_eq!(host.metric("flock_namespace_latency_seconds_count{namespace=\"guest\"}"), 4.0);
    assert!(host.metric("flock_functions_cpu_seconds_total") > 0.0);
    assert!(
        host.metric("flock_process_cpu_seconds_total") > host.metric("flock_functions_cpu_seconds_total")
    );
    for part in ["gc", "jit", "vm", "http", "store", "watchdog", "other", "lanes"] {
        host.metric(&format!("flock_host_cpu_seconds_total{{part=\"{part}\"}}"));
    }
    assert!(host.metric("flock_host_cpu_seconds_total{part=\"http\"}") > 0.0);
    assert!(host.metric("flock_heap_live_bytes{namespace=\"guest\",action=\"other\"}") >= 0.0);

    deploy_as(&host, "sleep", "hostile-sleep", "hostile.sleep.Sleep");
    let id =
        activation_id(&host.send("POST", &actions("/sleep"), Some(&json!({"millis": 2000}))).expect(202));
    expect_error(&host.invoke("a", &json!({})), 429, "Too many concurrent requests");
    assert_eq!(host.metric("flock_limit_hits_total{limit=\"concurrent_invocations\"}"), 1.0);
    assert_eq!(host.metric("flock_limit_hits_total{limit=\"timeout\"}"), 0.0);
    host.record(&id);
}
