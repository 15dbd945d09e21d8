//! Flock's own limits of an action: in `limits`, in the annotation `flock-limits`, and what is refused.

use serde_json::{Value, json};

use super::{actions, annotation, expect_error, hello};
use crate::support::{Flockd, Options};

/// OpenWhisk's limits with their defaults.
fn plain() -> Value {
    json!({"concurrency": 1, "logs": 10, "memory": 256, "timeout": 60_000})
}

fn with(base: Value, more: &Value) -> Value {
    let mut all = base;
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[test]
fn limits_that_openwhisk_lacks_are_kept_and_shown() {
    let host = Flockd::start();
    let own = json!({"cpu": 500, "threads": 4, "classes": 64, "sockets": 0, "tempBytes": 4_294_967_295_u64,
        "allocationRate": 100});
    let made = host.put("h", &with(hello(), &json!({"limits": own}))).expect(200).json();
    assert_eq!(made["limits"], with(plain(), &own));
    // What an update leaves out keeps its value, as what only OpenWhisk knows does when it is null; null of the others is the
    // host's default again.
    let update = json!({"cpu": 3_600_000, "threads": null, "memory": null});
    let changed = host.put("h", &json!({"limits": update})).expect(200).json();
    let mut expected = with(made["limits"].clone(), &json!({"cpu": 3_600_000}));
    expected.as_object_mut().unwrap().remove("threads");
    assert_eq!(changed["limits"], expected);
    let listed = host.send("GET", &actions(""), None).expect(200).json();
    assert_eq!(listed[0]["limits"], changed["limits"]);
    assert_eq!(host.result("h", &json!({"name": "Ada"}))["greeting"], "Hello, Ada!");
}

#[test]
fn an_annotation_carries_limits_for_clients_that_know_only_openwhisks() {
    let host = Flockd::start();
    let annotations =
        |limits: Value| json!([{"key": "note", "value": 1}, {"key": "flock-limits", "value": limits}]);
    let body = with(
        hello(),
        &json!({"annotations": annotations(json!({"cpu": 500, "memory": 128, "threads": 2})),
        "limits": {"threads": 7, "timeout": 1000}}),
    );
    let made = host.put("h", &body).expect(200).json();
    // `limits` of the same request wins.
    let expected = json!({"cpu": 500, "memory": 128, "threads": 7, "timeout": 1000});
    assert_eq!(made["limits"], with(plain(), &expected));
    assert_eq!((annotation(&made, "flock-limits"), annotation(&made, "note")), (&Value::Null, &json!(1)));
    let changed = host
        .put("h", &json!({"annotations": annotations(json!({"sockets": 3, "cpu": null}))}))
        .expect(200)
        .json();
    let mut expected = with(made["limits"].clone(), &json!({"sockets": 3}));
    expected.as_object_mut().unwrap().remove("cpu");
    assert_eq!(changed["limits"], expected);

    for (value, text) in [
        (json!({"thread": 4}), "the annotation flock-limits has no member 'thread'"),
        (json!("cpu=500"), "the annotation flock-limits must be an object"),
        (json!([]), "the annotation flock-limits must be an object"),
        (json!({"cpu": 9}), "cpu 9 milliseconds below allowed threshold of 10 milliseconds"),
        (json!({"cpu": "1s"}), "cpu \"1s\" is not a whole number of milliseconds"),
    ] {
        expect_error(&host.put("h", &json!({"annotations": annotations(value)})), 400, text);
    }
    let kept = host.send("GET", &actions("/h"), None).expect(200).json();
    assert_eq!((&kept["limits"], &kept["version"]), (&changed["limits"], &json!("0.0.2")));
}

#[test]
fn limits_out_of_range_are_refused_by_name() {
    let options = Options::default()
        .set("limits.action.threads-max", 10)
        .set("limits.action.threads-default", 5)
        .set("limits.namespace.cpu-millicores", 1500)
        .set("limits.namespace.heap-mebibytes", 64);
    let host = Flockd::start_with(&options);
    for (name, unit, value, bound) in [
        ("threads", "", 11_i64, "exceeds allowed threshold of 10"),
        ("cpu", " milliseconds", 3_600_001, "exceeds allowed threshold of 3600000"),
        ("classes", "", 63, "below allowed threshold of 64"),
        ("sockets", "", 4097, "exceeds allowed threshold of 4096"),
        ("tempBytes", " bytes", -1, "below allowed threshold of 0"),
        ("allocationRate", " MiB per second", 0, "below allowed threshold of 1"),
    ] {
        let answer = host.put("h", &with(hello(), &json!({"limits": {name: value}})));
        expect_error(&answer, 400, &format!("{name} {value}{unit} {bound}{unit}"));
    }
    expect_error(
        &host.put("h", &with(hello(), &json!({"limits": {"threads": 1.5}}))),
        400,
        "threads 1.5 is not",
    );
    let limits = host.send("GET", "/api/v1/namespaces/_/limits", None).expect(200).json();
    for (key, value) in [
        ("maxActionThreads", json!(10)),
        ("minActionThreads", json!(0)),
        ("maxActionTempBytes", json!(4_294_967_295_u64)),
        ("minActionCpu", json!(10)),
        ("maxActionAllocationRate", json!(1 << 20)),
        ("namespaceCpuMillicores", json!(1500)),
        ("namespaceHeapMebibytes", json!(64)),
        ("namespaceThreads", json!(1024)),
    ] {
        assert_eq!(limits[key], value, "{key} in {limits}");
    }
}
