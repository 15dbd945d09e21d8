//! More functions than the heap holds, called in turn: idle ones are let go, and nobody fails for want of memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::support::{Flockd, Options, jar_exec};

const FUNCTIONS: usize = 16;
/// All together are more than the heap.
const EACH_MEBIBYTES: usize = 24;
const HEAP_MEBIBYTES: usize = 256;

#[test]
fn idle_functions_are_let_go_before_the_heap_is_full() {
    const { assert!(FUNCTIONS * EACH_MEBIBYTES > HEAP_MEBIBYTES) };
    let options =
        Options::default().set("jvm.heap-max-mebibytes", HEAP_MEBIBYTES).set("jvm.heap-young-mebibytes", 16);
    let host = Flockd::start_with(&options);
    for number in 0..FUNCTIONS {
        let put = json!({ "exec": jar_exec("hostile-hoard", "hostile.hoard.Hoard") });
        host.put(&format!("hoard{number}"), &put).expect(200);
    }
    host.deploy("hello", "hello.Hello");
    for _ in 0..2 {
        for number in 0..FUNCTIONS {
            let payload = json!({ "how": "list", "mebibytes": EACH_MEBIBYTES });
            let run = host.invoke(&format!("hoard{number}"), &payload).expect(200).json();
            // Let go and loaded again it holds nothing of the first time: it never has more than two loads.
            let kept = run["response"]["result"]["kept"].as_u64().unwrap();
            assert!([1, 2].contains(&(kept as usize / (EACH_MEBIBYTES * 16))), "{run}");
            host.result("hello", &json!({}));
            // Slower than the look at the heap, as calls of many functions are.
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
    }
    assert!(host.metric("flock_evicted") >= 1.0);
    // The one that is called all the time stays.
    let list = host.send("GET", "/flock/v1/funclets", None).expect(200).json();
    let rows = list["rows"].as_array().unwrap();
    let hello = rows.iter().find(|row| row["action"] == "guest/hello").unwrap();
    assert_eq!(hello["calls"], 2 * FUNCTIONS as u64, "it was never let go: {hello}");
}

/// Functions of a storm, each called twice: the heap is for a third of them.
const STORM: usize = 150;
const STORM_EACH_MEBIBYTES: usize = 4;
const STORM_HEAP_MEBIBYTES: usize = STORM * STORM_EACH_MEBIBYTES / 3 + 64;
const CALLERS: usize = 4;
/// So many calls in a hundred may meet a full heap, on a machine that is slow to let go what was.
const TRIED_AGAIN_PERCENT: usize = 5;

#[test]
fn a_storm_of_cold_calls_finds_room() {
    let options = Options::default()
        .set("jvm.heap-max-mebibytes", STORM_HEAP_MEBIBYTES)
        .set("jvm.heap-young-mebibytes", 16);
    let host = Flockd::start_with(&options);
    let put = json!({ "exec": jar_exec("hostile-hoard", "hostile.hoard.Hoard") });
    for number in 0..STORM {
        host.put(&format!("hoard{number}"), &put).expect(200);
    }
    let tried_again = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (client, tried_again) = (host.client(), &tried_again);
            scope.spawn(move || {
                // All in turn, twice, with no pause.
                for number in (0..STORM).chain(0..STORM).skip(caller).step_by(CALLERS) {
                    let (name, payload) = (
                        format!("hoard{number}"),
                        json!({ "how": "list", "mebibytes": STORM_EACH_MEBIBYTES }),
                    );
                    let run = client.invoke(&name, &payload).unwrap();
                    if run.status == 200 {
                        continue;
                    }
                    let outcome = run.header("x-flock-outcome").unwrap_or_default().to_owned();
                    assert_eq!(outcome, "host_memory", "{}", run.text());
                    tried_again.fetch_add(1, Ordering::Relaxed);
                    client.invoke(&name, &payload).unwrap().expect(200);
                }
            });
        }
    });
    let tried_again = tried_again.into_inner();
    println!("{tried_again} of {} calls met a full heap", 2 * STORM);
    assert!(tried_again <= 2 * STORM * TRIED_AGAIN_PERCENT / 100, "{tried_again} calls met a full heap");
    assert!(host.metric("flock_evicted") >= STORM as f64, "each had to go once, or nearly");
}

/// Functions that hold much while they run: none of them can be let go.
const RUNNING: usize = 8;
const RUNNING_EACH_MEBIBYTES: usize = 64;

#[test]
fn running_functions_that_fill_the_heap_leave_a_host_that_works() {
    const { assert!(RUNNING * RUNNING_EACH_MEBIBYTES > HEAP_MEBIBYTES) };
    let options =
        Options::default().set("jvm.heap-max-mebibytes", HEAP_MEBIBYTES).set("jvm.heap-young-mebibytes", 16);
    let host = Flockd::start_with(&options);
    host.deploy("hello", "hello.Hello");
    let put = json!({ "exec": jar_exec("hostile-hoard", "hostile.hoard.Hoard") });
    for number in 0..RUNNING {
        host.put(&format!("hoard{number}"), &put).expect(200);
    }
    std::thread::scope(|scope| {
        for number in 0..RUNNING {
            let client = host.client();
            scope.spawn(move || {
                let payload =
                    json!({ "how": "list", "mebibytes": RUNNING_EACH_MEBIBYTES, "pauseMicros": 300 });
                for _ in 0..3 {
                    let run = client.invoke(&format!("hoard{number}"), &payload).unwrap();
                    let outcome = run.header("x-flock-outcome").unwrap_or_default().to_owned();
                    // The largest is stopped for it; others may have met it.
                    let expected = ["success", "memory", "host_memory"];
                    assert!(expected.contains(&outcome.as_str()), "{outcome}: {}", run.text());
                }
            });
        }
    });
    // Whatever was left of them goes when there is need of it.
    for number in 0..RUNNING {
        host.result(&format!("hoard{number}"), &json!({ "how": "list", "mebibytes": 16 }));
        host.result("hello", &json!({}));
    }
    assert_eq!(host.metric("flock_lost_lanes"), 0.0);
}

/// A function holds most of the heap's size outside of it, within its own limit.
#[test]
fn memory_outside_of_the_heap_crowds_nobody() {
    const OUTSIDE_MEBIBYTES: usize = HEAP_MEBIBYTES / 10 * 8;
    let options =
        Options::default().set("jvm.heap-max-mebibytes", HEAP_MEBIBYTES).set("jvm.heap-young-mebibytes", 16);
    let host = Flockd::start_with(&options);
    let hoard = json!({ "exec": jar_exec("hostile-hoard", "hostile.hoard.Hoard") });
    host.put("first", &hoard).expect(200);
    host.put("second", &hoard).expect(200);
    let limits = json!({ "memory": 2 * HEAP_MEBIBYTES });
    let direct = json!({ "exec": jar_exec("hostile-direct", "hostile.direct.Direct"), "limits": limits });
    host.put("outside", &direct).expect(200);
    let list = json!({ "how": "list", "mebibytes": 8 });
    host.invoke("first", &list).expect(200);
    host.invoke("outside", &json!({ "how": "many", "mebibytes": OUTSIDE_MEBIBYTES })).expect(200);
    // Each fills the young generation, so what survives is looked at in between.
    for round in 1..=4 {
        let kept = host.result("second", &json!({ "how": "list", "mebibytes": 20 }))["kept"].clone();
        assert_eq!(kept, round * 20 * 16, "it was let go in between");
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    assert_eq!(host.result("first", &list)["kept"], 2 * 8 * 16);
    assert_eq!(host.metric("flock_evicted"), 0.0);
}
