//! The figures of a record against what the function knows of itself, and the sum of all against what the kernel says of the process.

use serde_json::{Value, json};

use super::support::{Flockd, Options, source_exec};

/// Burns, allocates and holds by the amount that it is told, and says how much that was.
const FUNCTION: &str = r#"
import com.google.gson.*;
import java.util.*;
public class Main {
  static final List<byte[]> HELD = new ArrayList<>();
  static volatile long sink;
  static volatile byte[] last;
  public static JsonObject main(JsonObject args) throws Exception {
    long amount = args.get("amount").getAsLong();
    JsonObject result = new JsonObject();
    switch (args.get("how").getAsString()) {
      case "burn" -> result.addProperty("known", burn(amount));
      case "burn-on-threads" -> {
        long[] used = new long[2];
        Thread[] threads = new Thread[2];
        for (int i = 0; i < 2; i++) { int at = i; threads[i] = new Thread(() -> used[at] = burn(amount)); threads[i].start(); }
        for (Thread thread : threads) thread.join();
        result.addProperty("known", used[0] + used[1]);
      }
      case "allocate" -> {
        for (long i = 0; i < amount * 1000; i++) last = new byte[984];
        result.addProperty("known", amount * 1_000_000);
      }
      case "hold" -> {
        for (long i = 0; i < amount * 1000; i++) HELD.add(new byte[984]);
        result.addProperty("known", HELD.size() * 1004L);
      }
    }
    return result;
  }
  static long burn(long millis) {
    com.sun.management.ThreadMXBean clock =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long begin = clock.getCurrentThreadCpuTime();
    long used;
    do {
      for (int i = 0; i < 100_000; i++) sink += i;
      used = clock.getCurrentThreadCpuTime() - begin;
    } while (used < millis * 1_000_000);
    return used / 1000;
  }
}
"#;

fn deploy(host: &Flockd) {
    host.put("known", &json!({ "exec": source_exec(FUNCTION), "limits": { "memory": 512 } })).expect(200);
    // The first call pays for classes and beans.
    host.result("known", &json!({ "how": "burn", "amount": 1 }));
}

/// What the record says, over what the function knows.
fn ratio(host: &Flockd, how: &str, amount: u64, field: &str) -> f64 {
    let record = host.invoke("known", &json!({ "how": how, "amount": amount })).expect(200).json();
    let known = record["response"]["result"]["known"].as_f64().unwrap();
    let notes = record["annotations"].as_array().unwrap();
    let usage: &Value = &notes.iter().find(|note| note["key"] == "usage").unwrap()["value"];
    usage[field].as_f64().unwrap() / known
}

/// The middle one of five: a machine that is busy otherwise may disturb one.
fn middle(mut one: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..5).map(|_| one()).collect();
    all.sort_by(f64::total_cmp);
    all[2]
}

#[test]
fn the_cpu_of_a_burner_is_what_its_own_clock_says() {
    let host = Flockd::start();
    deploy(&host);
    let alone = middle(|| ratio(&host, "burn", 200, "cpuMicros"));
    assert!((0.98..=1.02).contains(&alone), "{alone}");
    let threads = middle(|| ratio(&host, "burn-on-threads", 200, "cpuMicros"));
    assert!((0.98..=1.02).contains(&threads), "{threads}");
}

#[test]
fn allocated_bytes_are_exact() {
    let host = Flockd::start();
    deploy(&host);
    let ratio = middle(|| ratio(&host, "allocate", 50, "allocatedBytes"));
    assert!((0.98..=1.02).contains(&ratio), "{ratio}");
}

#[test]
fn the_live_heap_of_a_holder_is_near_the_truth() {
    let host = Flockd::start();
    deploy(&host);
    // Each call holds 40 MB more.
    let ratio = middle(|| ratio(&host, "hold", 40, "liveHeapBytes"));
    assert!((0.9..=1.1).contains(&ratio), "{ratio}");
}

/// What functions used and what the host used itself make what the kernel charges the process with.
#[test]
fn functions_and_overhead_make_the_process() {
    let host = Flockd::start_with(&Options::default().set("lanes.idle-millis", 100));
    deploy(&host);
    let before = Cpu::read(&host);
    for _ in 0..5 {
        ratio(&host, "burn", 300, "cpuMicros");
        ratio(&host, "burn-on-threads", 100, "cpuMicros");
        ratio(&host, "allocate", 200, "allocatedBytes");
    }
    let after = Cpu::read(&host);
    let functions = after.functions - before.functions;
    let sum = functions + after.overhead - before.overhead;
    let process = after.process - before.process;
    assert!(functions > 2.0, "{functions}");
    assert!(
        (0.97..=1.03).contains(&(sum / process)),
        "functions {functions}, with overhead {sum}, process {process}"
    );
}

/// So they do when lanes serve the connections of those who call.
#[test]
fn what_lanes_do_between_calls_is_the_hosts() {
    let host = Flockd::start();
    deploy(&host);
    let client = host.client();
    let call = |most: usize| {
        (0..most).for_each(|_| {
            client.invoke("known", &json!({ "how": "none", "amount": 0 })).unwrap().expect(200);
        });
    };
    call(3000);
    let before = Cpu::read(&host);
    call(6000);
    let after = Cpu::read(&host);
    let sum = after.functions + after.overhead - before.functions - before.overhead;
    let process = after.process - before.process;
    assert!((0.95..=1.05).contains(&(sum / process)), "{sum} s of {process}");
}

/// Seconds of CPU since the start, as `/metrics` has them.
struct Cpu {
    functions: f64,
    /// Without the threads of functions, which are in the other figure.
    overhead: f64,
    process: f64,
}

impl Cpu {
    fn read(host: &Flockd) -> Self {
        let text = host.send_as(None, "GET", "/metrics", None).expect(200).text();
        let sum = |name: &str| -> f64 {
            text.lines()
                .filter(|line| line.starts_with(name) && !line.contains("part=\"lanes\""))
                .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
                .sum()
        };
        Self {
            functions: sum("flock_functions_cpu_seconds_total"),
            overhead: sum("flock_host_cpu_seconds_total"),
            process: sum("flock_process_cpu_seconds_total"),
        }
    }
}
