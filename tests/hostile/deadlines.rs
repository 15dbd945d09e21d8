//! Functions that do not end. Their call is answered at the time limit, the neighbour answers meanwhile, and their thread dies.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    neighbour::Street,
    support::{eventually, source},
};

const LIMIT_MILLIS: u64 = 300;
/// How much later than its time limit a call may be answered, on a machine that is busy otherwise.
const LATE_MAX: Duration = Duration::from_secs(3);

fn text() -> String {
    format!("The action exceeded its time limits of {LIMIT_MILLIS} milliseconds.")
}

/// The call fails in time, with OpenWhisk's words, and after it only the neighbour's lane lives.
fn dies(street: &Street, name: &str, payload: &Value) {
    let began = Instant::now();
    let error = street.fails_with(name, payload, "The action exceeded its time limits");
    assert_eq!(error, text(), "{name} {payload}");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(LIMIT_MILLIS), "{name} {payload}: {took:?}");
    assert!(took < Duration::from_millis(LIMIT_MILLIS) + LATE_MAX, "{name} {payload}: {took:?}");
    eventually(&format!("the lane of {name} {payload} dies"), || street.host.metric("flock_lanes") <= 1.0);
}

#[test]
fn spinning_ends_at_the_limit() {
    let street = Street::start();
    street.deploy_with_timeout("spin", "hostile-spin", "hostile.spin.Spin", LIMIT_MILLIS);
    let before = street.host.metric("flock_expired");
    let hows = ["loop", "regex", "big-integer", "copy", "allocate"];
    for how in hows {
        dies(&street, "spin", &json!({ "how": how }));
    }
    assert_eq!(street.host.metric("flock_expired") - before, hows.len() as f64);
    assert_eq!(street.host.metric("flock_lost_lanes"), 0.0);
    // The action is as good as new.
    street.host.result("spin", &json!({ "millis": 1 }));
}

#[test]
fn sleeping_ends_at_the_limit() {
    let street = Street::start();
    street.deploy_with_timeout("sleep", "hostile-sleep", "hostile.sleep.Sleep", LIMIT_MILLIS);
    for how in ["sleep", "park", "wait"] {
        dies(&street, "sleep", &json!({ "how": how, "millis": 600_000 }));
    }
    assert_eq!(street.host.metric("flock_lost_lanes"), 0.0);
}

/// It cannot be promised yet that such a thread dies at once; it ends by itself here, and harms nobody before.
#[test]
fn swallowing_the_stop_does_not_delay_the_answer() {
    let street = Street::start();
    street.deploy_with_timeout("catch-all", "hostile-catch-all", "hostile.catchall.CatchAll", LIMIT_MILLIS);
    for how in ["spin", "sleep", "finally", "monitor"] {
        dies(&street, "catch-all", &json!({ "how": how, "millis": 1_500 }));
    }
}

#[test]
fn initialisation_and_run_each_have_the_whole_limit() {
    let street = Street::start();
    let text = source("    Thread.sleep(600);\n    return args;")
        .replace("Main {", "Main {\n  static { try { Thread.sleep(600); } catch (InterruptedException e) { throw new IllegalStateException(e); } }");
    street.deploy_source("both", &text, 1_000);
    let record = street.beside(|| street.host.invoke("both", &json!({}))).expect(200).json();
    assert!(record["duration"].as_u64().unwrap() >= 1_200, "{record}");
    let init =
        record["annotations"].as_array().unwrap().iter().find(|note| note["key"] == "initTime").unwrap();
    assert!(init["value"].as_u64().unwrap() >= 600, "{record}");

    let limits = json!({ "limits": { "timeout": 300 } });
    street.host.put("both", &limits).expect(200);
    let error = street.fails_with("both", &json!({}), "during initialization");
    assert_eq!(error, "The action exceeded its time limits of 300 milliseconds during initialization.");
    eventually("the lane dies", || street.host.metric("flock_lanes") <= 1.0);
}

#[test]
fn calls_that_wait_for_an_initialisation_share_it() {
    let street = Street::start();
    let put = json!({
        "exec": super::support::jar_exec("hostile-static-init-throws", "hostile.staticinit.StaticInitSlow"),
        "limits": { "concurrency": 8, "instances": 1 },
    });
    street.host.put("slow", &put).expect(200);
    let client = street.host.client();
    let seen: Vec<Value> = street.beside(|| {
        std::thread::scope(|scope| {
            let call = || client.invoke("slow", &json!({})).unwrap().expect(200).json();
            let calls: Vec<_> = (0..6).map(|_| scope.spawn(call)).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        })
    });
    let first = &seen[0]["response"]["result"]["initialisedNanos"];
    assert!(seen.iter().all(|record| &record["response"]["result"]["initialisedNanos"] == first), "{seen:?}");
}

/// Calls beyond the lanes of an action wait; the time limit counts from when they run.
#[test]
fn a_call_that_waits_in_the_queue_is_not_stopped_for_it() {
    let street = Street::start();
    let put = json!({
        "exec": super::support::jar_exec("hostile-sleep", "hostile.sleep.Sleep"),
        "limits": { "timeout": 500, "concurrency": 1, "instances": 1 },
    });
    street.host.put("queued", &put).expect(200);
    let client = street.host.client();
    street.beside(|| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| client.invoke("queued", &json!({ "millis": 200 })).unwrap().expect(200));
            }
        });
    });
}
