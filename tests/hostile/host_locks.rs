//! Locks that the JDK takes whenever a thread is made. A function that holds one of them stops no thread of the host that
//! serves others, and does not keep it for long once the host needs it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    neighbour::Street,
    support::{eventually, source, source_exec},
};

/// So long the functions want to hold the lock.
const HOLD_MILLIS: u64 = 20_000;
/// Well before they would give it back.
const SOON: Duration = Duration::from_secs(10);

/// Leaves a thread behind that holds the monitor of its group, or sleeps.
const LEAVES_A_HOLDER: &str = "    if (args.has(\"hold\")) {
      long hold = args.get(\"hold\").getAsLong();
      ThreadGroup group = Thread.currentThread().getThreadGroup();
      var held = new java.util.concurrent.CountDownLatch(1);
      new Thread(() -> {
        synchronized (group) {
          held.countDown();
          try { Thread.sleep(hold); } catch (InterruptedException stopped) { }
        }
      }).start();
      held.await();
    }
    if (args.has(\"millis\")) { Thread.sleep(args.get(\"millis\").getAsLong()); }
    return args;";

/// Sleeps while it holds the class of all threads: until JDK 17, the number of each new thread is given out under it.
const HOLDS_THREAD_CLASS: &str = "    if (args.has(\"hold\")) {
      synchronized (Thread.class) { Thread.sleep(args.get(\"hold\").getAsLong()); }
    }
    return args;";

/// The second of two calls needs a further lane, whose thread would be of the group that a thread left behind has locked. Until JDK 18
/// that takes the lock of the group.
#[test]
fn a_thread_left_behind_that_locks_its_group_is_stopped_when_a_lane_is_made() {
    let street = Street::start();
    let limits = json!({ "concurrency": 2, "instances": 1, "timeout": 60_000 });
    let put = json!({ "exec": source_exec(&source(LEAVES_A_HOLDER)), "limits": limits });
    street.host.put("holder", &put).expect(200);
    street.host.result("holder", &json!({ "hold": HOLD_MILLIS }));
    let client = street.host.client();
    let began = Instant::now();
    let (first, second) = street.beside(|| {
        std::thread::scope(|scope| {
            let first = scope.spawn(|| client.invoke("holder", &json!({ "millis": HOLD_MILLIS / 5 })));
            std::thread::sleep(Duration::from_millis(200));
            let second = scope.spawn(|| client.invoke("holder", &json!({})));
            while !(first.is_finished() && second.is_finished()) {
                let asked = Instant::now();
                street.host.metric("flock_in_flight");
                assert!(asked.elapsed() < SOON / 2, "the metrics came after {:?}", asked.elapsed());
                std::thread::sleep(Duration::from_millis(20));
            }
            (first.join().unwrap().unwrap(), second.join().unwrap().unwrap())
        })
    });
    assert!(began.elapsed() < SOON, "the lock was held for {:?}", began.elapsed());
    // Was the lock in the way? Then its holder was stopped, with the call that ran.
    if first.status != 200 {
        assert_eq!(first.status, 502, "{}", first.text());
        assert_eq!(first.header("x-flock-outcome"), Some("timeout"), "{}", first.text());
    }
    // It ended with the instance, or ran in the next one.
    assert!([200, 502].contains(&second.status), "{}", second.text());
    street.host.result("holder", &json!({}));
}

/// A sequence needs the first lane for chains, and so a thread. From JDK 21 on nobody needs that lock for it.
#[test]
fn a_sequence_does_not_wait_for_a_function_that_locks_the_class_of_threads() {
    let street = Street::start();
    street.deploy("echo", "Echo");
    street.deploy_source("holder", &source(HOLDS_THREAD_CLASS), 60_000);
    let sequence = json!({ "exec": { "kind": "sequence", "components": ["/_/echo"] } });
    street.host.put("row", &sequence).expect(200);
    for name in ["echo", "holder"] {
        street.host.result(name, &json!({}));
    }
    let held = street.host.client().invoke_later("holder", &json!({ "hold": HOLD_MILLIS })).unwrap();
    let held = held.expect(202).json()["activationId"].as_str().unwrap().to_owned();
    eventually("it runs", || street.host.metric("flock_in_flight") >= 1.0);
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let answer = street.beside(|| street.host.invoke("row", &json!({ "a": 1 }))).expect(200).json();
    assert!(began.elapsed() < SOON, "the sequence waited {:?}", began.elapsed());
    assert_eq!(answer["response"]["result"], json!({ "a": 1 }));
    // Was it in the way? Then it was stopped.
    let path = format!("/api/v1/namespaces/_/activations/{held}");
    let ended = street.host.send("GET", &path, None);
    if ended.status == 200 {
        assert_eq!(ended.json()["response"]["status"], "action developer error", "{}", ended.text());
    }
}
