//! Calls that functions make from Java: `flock.Flock`.

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of},
    support::{Options, jar_exec, source, source_exec},
};

/// The deepest that these tests let calls go.
const DEPTH_MAX: usize = 6;

/// More may be in flight than one call may begin.
fn street() -> Street {
    let options = Options::default()
        .set("limits.direct-depth-max", DEPTH_MAX)
        .set("limits.namespace.concurrent-invocations", 5000);
    let street = Street::start_with(&options);
    street.put("calling", "hostile-calling", "hostile.calling.Calling", &json!({}));
    street
}

fn sums(street: &Street, count: usize) -> Vec<String> {
    let names: Vec<String> = (1..=count).map(|at| format!("sum{at}")).collect();
    names.iter().for_each(|name| street.put(name, "array-sum", "arraysum.ArraySum", &json!({})));
    names
}

#[test]
fn an_action_calls_another_and_both_leave_records() {
    let street = street();
    let record =
        street.host.invoke("calling", &json!({"payload": {"a": [1, {"b": null}]}})).expect(200).json();
    assert_eq!(record["response"]["result"]["answer"], json!({"a": [1, {"b": null}]}));
    let called = called(&street, "echo");
    assert_eq!(called["cause"], record["activationId"], "{called}");
    assert_eq!(called["response"]["result"], json!({"a": [1, {"b": null}]}));
    assert_eq!(annotation(&called, "causedBy"), "action");
    assert_eq!(annotation(&record, "causedBy"), &Value::Null);
    // The parameters of the called action stand under the payload.
    street.told("mild", "echo", "Echo", &json!({"x": 1, "y": 1}));
    let merged = street.host.result("calling", &json!({"action": "/_/mild", "payload": {"y": 2}}));
    assert_eq!(merged["answer"], json!({"x": 1, "y": 2}));
    let class = street.host.result("calling", &json!({"how": "class"}));
    assert_eq!(class, json!({"loaderIsNull": true, "ofParent": true}));
}

fn called(street: &Street, name: &str) -> Value {
    let list = street
        .host
        .send("GET", &format!("/api/v1/namespaces/_/activations?name={name}&limit=1"), None)
        .expect(200)
        .json();
    street.host.record(list[0]["activationId"].as_str().unwrap())
}

#[test]
fn a_failure_is_an_exception_and_harms_nobody_else() {
    let street = street();
    street.put("slow", "hostile-spin", "hostile.spin.Spin", &json!({"timeout": 300}));
    let fails = |action: &str, payload: Value| {
        let asked = json!({"how": "catch", "action": action, "payload": payload});
        let result = street.beside("calling", &asked).expect(200).json()["response"]["result"].clone();
        (result["failed"].as_str().unwrap_or_else(|| panic!("{action}: {result}")).to_owned(), result)
    };
    let (why, result) = fails("echo", json!({"error": "no"}));
    assert_eq!((why.as_str(), &result["response"]), ("no", &json!({"error": "no"})));
    assert!(fails("slow", json!({"millis": 0})).0.contains("exceeded its time limits of 300"));
    assert!(fails("exit", json!({})).0.contains("System.exit"));
    assert!(fails("throws", json!({})).0.contains("An error has occurred"));
    assert!(fails("nobody", json!({})).0.contains("does not exist"));
    assert!(fails("a/b/c/d", json!({})).0.contains("a/b/c/d"));
    street.sequence("row", &["echo"]);
    assert!(fails("row", json!({})).0.contains("is a sequence"));
    // What is not caught is the caller's own failure.
    let record = street.host.invoke("calling", &json!({"action": "nobody"})).expect(502).json();
    assert!(error_of(&record).contains("does not exist"), "{record}");
}

#[test]
fn calls_side_by_side_come_back_in_their_own_futures() {
    let street = street();
    street.put("rest", "hostile-sleep", "hostile.sleep.Sleep", &json!({}));
    let result = street.host.result("calling", &json!({"how": "async", "count": 20}));
    let places: Vec<u64> =
        result["answers"].as_array().unwrap().iter().map(|answer| answer["at"].as_u64().unwrap()).collect();
    assert_eq!(places, (0..20).collect::<Vec<_>>());
    let timed = json!({"how": "timed", "millis": 20, "action": "rest", "payload": {"millis": 600}});
    assert_eq!(street.host.result("calling", &timed), json!({"over": true}));
    let mutated = street.host.result("calling", &json!({"how": "mutate"}));
    assert_eq!(mutated["answer"], json!({}), "what the caller changes later reaches nobody");
}

/// What waits to be taken up is the host's memory: a payload is no longer than a client's, and refused before it is copied.
#[test]
fn a_payload_from_java_has_the_limit_of_a_clients() {
    let street = street();
    street
        .host
        .put("quiet", &json!({ "exec": source_exec(&source("return new JsonObject();")) }))
        .expect(200);
    let most = (1 << 20) - r#"{"text":""}"#.len();
    let asked = |length: usize| json!({"how": "catch", "action": "quiet", "length": length});
    assert_eq!(street.host.result("calling", &asked(most))["answer"], json!({}));
    let refused = street.host.result("calling", &asked(most + 1));
    assert_eq!(refused["failed"], "the payload is larger than allowed: 1048577 > 1048576 bytes");
}

/// A call from Java is one of its namespace like any other: in flight, in the minute, and in the metrics of what was refused.
#[test]
fn calls_from_java_count_for_the_limits_of_the_namespace() {
    let street = Street::start_with(&Options::default().set("limits.namespace.concurrent-invocations", 4));
    street.put("calling", "hostile-calling", "hostile.calling.Calling", &json!({}));
    street.put("rest", "hostile-sleep", "hostile.sleep.Sleep", &json!({}));
    let result = street.host.result("calling", &json!({"how": "async", "count": 3}));
    assert_eq!(result["answers"].as_array().unwrap().len(), 3, "{result}");
    let many = json!({"how": "async", "count": 20, "action": "rest", "payload": {"millis": 500}});
    let record = street.host.invoke("calling", &many).expect(502).json();
    assert!(error_of(&record).contains("Too many concurrent requests in flight"), "{record}");
    assert!(street.host.metric("flock_limit_hits_total{limit=\"concurrent_invocations\"}") > 0.0);
}

#[test]
fn the_callers_deadline_holds_while_it_waits() {
    let street = street();
    street.put("short", "hostile-calling", "hostile.calling.Calling", &json!({"timeout": 300}));
    let asked = json!({"action": "sleep", "payload": {"millis": 2000}});
    let record = street.beside("short", &asked).expect(502).json();
    assert!(error_of(&record).contains("exceeded its time limits of 300"), "{record}");
    assert!(record["duration"].as_u64().unwrap() < 1900, "it did not wait for the other: {record}");
    // The next call of it works, and the one that was called ends as if nothing had been.
    street.host.result("short", &json!({}));
    let slept = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let list = street
            .host
            .send("GET", "/api/v1/namespaces/_/activations?name=sleep&limit=1", None)
            .expect(200)
            .json();
        list[0]["statusCode"].as_u64()
    });
    assert_eq!(slept, Some(0));
}

#[test]
fn calls_go_neither_in_circles_nor_too_deep() {
    let street = street();
    let circle = json!({"how": "catch", "action": "calling"});
    let why = street.host.result("calling", &circle)["failed"].as_str().unwrap().to_owned();
    assert!(why.contains("circle"), "{why}");
    let names = sums(&street, DEPTH_MAX + 1);
    let nested = |count: usize| {
        let payload = json!({"array": [1, 2, 3], "next": names[1..count]});
        street.host.invoke("sum1", &payload)
    };
    let deepest = nested(DEPTH_MAX).expect(200).json();
    assert_eq!(deepest["response"]["result"]["steps"], DEPTH_MAX);
    assert_eq!(deepest["response"]["result"]["sum"], 6 * DEPTH_MAX);
    let over = nested(DEPTH_MAX + 1).expect(502).json();
    assert!(error_of(&over).contains("limits.direct-depth-max is 6"), "{over}");
}

#[test]
fn the_long_chain_of_serverlessbench_runs_in_both_shapes() {
    const LENGTH: usize = 100;
    let street = Street::start_with(&Options::default().set("limits.sequence-length-max", LENGTH));
    let names = sums(&street, LENGTH);
    let nested = street.host.result("sum1", &json!({"array": [1, 2, 3], "next": names[1..]}));
    assert_eq!((&nested["steps"], &nested["sum"]), (&json!(LENGTH), &json!(6 * LENGTH)));
    let hops: Vec<&str> = names.iter().map(String::as_str).collect();
    street.sequence("long", &hops);
    let flat = street.host.result("long", &json!({"array": [1, 2, 3]}));
    assert_eq!((&flat["steps"], &flat["sum"]), (&nested["steps"], &nested["sum"]));
}

#[test]
fn what_is_not_the_calls_own_thread_cannot_call() {
    let street = street();
    let said = street.host.result("calling", &json!({"how": "thread"}))["said"].as_str().unwrap().to_owned();
    assert!(said.contains("only the thread that runs a call"), "{said}");
    // A future of an earlier call is of no use.
    street.host.result("calling", &json!({"how": "kept"}));
    let later = street.host.invoke("calling", &json!({"how": "kept"})).json();
    let text = later["response"]["result"].to_string();
    assert!(text.contains("has ended") || text.contains("only the thread that began"), "{text}");
}

#[test]
fn a_flood_of_calls_ends_at_its_limit_and_the_neighbour_answers() {
    let street = street();
    street.put("rest", "hostile-sleep", "hostile.sleep.Sleep", &json!({"timeout": 1000}));
    let flood = json!({"how": "flood", "action": "rest", "payload": {"millis": 500}});
    let result = street.beside("calling", &flood).expect(200).json()["response"]["result"].clone();
    assert!(result["begun"].as_u64().unwrap() <= 2000, "{result}");
    assert!(result["failed"].as_str().unwrap().contains("limit is"), "{result}");
}

#[test]
fn an_action_of_a_sequence_may_call() {
    let street = street();
    street
        .host
        .put(
            "caller",
            &json!({"exec": jar_exec("hostile-calling", "hostile.calling.Calling"),
                "parameters": [{"key": "payload", "value": {"x": 1}}]}),
        )
        .expect(200);
    street.sequence("with", &["echo", "caller", "echo"]);
    let record = street.host.invoke("with", &json!({})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"answer": {"x": 1}}));
    let hops = street.hops(&record);
    let list = street
        .host
        .send("GET", "/api/v1/namespaces/_/activations?name=echo&limit=3", None)
        .expect(200)
        .json();
    let of_caller = list.as_array().unwrap().iter().filter(|row| row["cause"] == hops[1]["activationId"]);
    assert_eq!(of_caller.count(), 1, "{list}");
}

/// Not only jars: source is compiled against the same classes.
#[test]
fn source_may_call_actions() {
    let street = street();
    let calls = source("return flock.Flock.call(\"echo\", args).getAsJsonObject();");
    street.host.put("source", &json!({"exec": source_exec(&calls)})).expect(200);
    assert_eq!(street.host.result("source", &json!({"n": 1})), json!({"n": 1}));
}
