//! More functions than the heap holds, called in turn: idle ones are let go, and nobody fails for want of memory.

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
