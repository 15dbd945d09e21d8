//! How honest the counting is and what it costs, how fast a stop, and what a neighbour feels of it: a table for
//! SPECIFICATION.md.
//!
//! Accuracy is a ratio of what the record says to what the function knows of itself. Stops are taken from the lines that a
//! stop leaves in the log of its activation. A neighbour is measured alone and beside, in the same run. What counting
//! costs is the ratio of two hosts, one of which does not count, that take turns.
//! Without arguments everything runs (about four minutes); `accuracy`, `cost`, `stops`, `neighbour` choose a part.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on must fail"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use support::{Flockd, Options, source_exec};

/// One class for all parts: it burns, allocates, holds, spins, and knows what it did.
const FUNCTION: &str = r#"
import com.google.gson.*;
import java.util.*;
public class Main {
  static final List<byte[]> HELD = new ArrayList<>();
  static volatile long sink;
  static volatile byte[] last;
  public static JsonObject main(JsonObject args) {
    long amount = args.get("amount").getAsLong();
    JsonObject result = new JsonObject();
    switch (args.get("how").getAsString()) {
      case "burn" -> {
        com.sun.management.ThreadMXBean clock =
            (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long begin = clock.getCurrentThreadCpuTime();
        long used;
        do {
          for (int i = 0; i < 100_000; i++) sink += i;
          used = clock.getCurrentThreadCpuTime() - begin;
        } while (used < amount * 1_000_000);
        result.addProperty("known", used / 1000);
      }
      case "allocate" -> {
        // An array of 984 bytes takes 1000 with its header on both JDKs.
        long began = System.nanoTime();
        for (long i = 0; i < amount * 1000; i++) last = new byte[984];
        result.addProperty("tookNanos", System.nanoTime() - began);
        result.addProperty("known", amount * 1_000_000);
      }
      case "hold" -> {
        for (long i = 0; i < amount * 1000; i++) HELD.add(new byte[984]);
        result.addProperty("known", HELD.size() * 1000L + HELD.size() * 4L);
      }
      case "garbage" -> {
        for (long i = 0; i < amount * 1000; i++) last = new byte[984];
        result.addProperty("known", HELD.size() * 1000L + HELD.size() * 4L);
      }
      case "spin" -> { for (;;) sink++; }
      case "jdk" -> { java.util.regex.Pattern.matches("(a+)+\\1b", "a".repeat(64)); }
      case "fill" -> { for (;;) HELD.add(new byte[984]); }
      case "idle" -> { }
    }
    return result;
  }
}
"#;

fn main() {
    let parts: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    println!("| what | figure |\n|---|---|");
    if wants("cost") {
        cost();
    }
    let host = Flockd::start();
    if wants("accuracy") {
        accuracy(&host);
    }
    if wants("stops") {
        stops(&host);
    }
    if wants("neighbour") {
        neighbour(&host);
    }
}

fn deploy(host: &Flockd, name: &str, limits: &Value) {
    host.put(name, &json!({ "exec": source_exec(FUNCTION), "limits": limits })).expect(200);
}

fn usage(record: &Value) -> &Value {
    let annotations = record["annotations"].as_array().unwrap();
    &annotations.iter().find(|note| note["key"] == "usage").unwrap()["value"]
}

/// What the record says of what the function knows, least, middle and most of some calls.
fn accuracy(host: &Flockd) {
    deploy(host, "exact", &json!({ "memory": 512 }));
    let ratio = |payload: Value, field: &str| {
        let record = host.invoke("exact", &payload).expect(200).json();
        let known = record["response"]["result"]["known"].as_f64().unwrap();
        usage(&record)[field].as_f64().unwrap() / known
    };
    ratio(json!({ "how": "burn", "amount": 200 }), "cpuMicros");
    let show = |what: &str, mut ratios: Vec<f64>| {
        ratios.sort_by(f64::total_cmp);
        println!(
            "| {what}, recorded / known: least, median, most of {} | {:.3} {:.3} {:.3} |",
            ratios.len(),
            ratios[0],
            ratios[ratios.len() / 2],
            ratios[ratios.len() - 1]
        );
    };
    let burn = || ratio(json!({ "how": "burn", "amount": 100 }), "cpuMicros");
    show("CPU of a burner of 100 ms", (0..15).map(|_| burn()).collect());
    let allocate = || ratio(json!({ "how": "allocate", "amount": 100 }), "allocatedBytes");
    show("bytes of an allocator of 100 MB", (0..15).map(|_| allocate()).collect());
    let held = |round: usize| {
        let name = format!("holder{round}");
        deploy(host, &name, &json!({ "memory": 512 }));
        let call = |how: &str, amount: u64| {
            host.invoke(&name, &json!({ "how": how, "amount": amount })).expect(200).json()
        };
        call("hold", 60);
        // Enough garbage for a collection of the young generation; what is left of it is not yet looked at.
        let record = call("garbage", 200);
        let known = record["response"]["result"]["known"].as_f64().unwrap();
        usage(&record)["liveHeapBytes"].as_f64().unwrap() / known
    };
    show("live heap of a holder of 60 MB, beside garbage", (0..9).map(held).collect());
}

/// What a host that counts reaches of one that does not.
fn cost() {
    const PAIRS: usize = 21;
    let hosts =
        [true, false].map(|counts| Flockd::start_with(&Options::default().set("usage.counting", counts)));
    for host in &hosts {
        deploy(host, "exact", &json!({ "memory": 512, "concurrency": 64 }));
    }
    let show = |what: &str, measure: &dyn Fn(&Flockd) -> f64| {
        for host in &hosts {
            measure(host);
        }
        let mut ratios: Vec<f64> = (0..PAIRS)
            .map(|pair| {
                // Who is first takes turns as well.
                let first = pair % 2;
                let (one, other) = (measure(&hosts[first]), measure(&hosts[1 - first]));
                if first == 0 { one / other } else { other / one }
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "| {what}, counted / not counted: first quartile, median, third of {PAIRS} pairs | {:.3} {:.3} {:.3} |",
            ratios[PAIRS / 4],
            ratios[PAIRS / 2],
            ratios[PAIRS * 3 / 4]
        );
    };
    show("warm calls a second on 8 connections", &calls_in_a_second);
    show("time of a loop that allocates 2 GB", &|host| {
        let record = host.invoke("exact", &json!({ "how": "allocate", "amount": 2000 })).expect(200).json();
        record["response"]["result"]["tookNanos"].as_f64().unwrap()
    });
}

/// Calls that eight clients have answered within a second.
fn calls_in_a_second(host: &Flockd) -> f64 {
    const CLIENTS: usize = 8;
    let end = Instant::now() + Duration::from_secs(1);
    let calls = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let client = host.client();
                while Instant::now() < end {
                    client.invoke("exact", &json!({ "how": "idle", "amount": 0 })).unwrap().expect(200);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    calls.into_inner() as f64
}

/// Time from the deadline to the end of the thread, from the log of the activation.
fn late_millis(record: &Value) -> f64 {
    let logs = record["logs"].as_array().unwrap();
    let line =
        logs.iter().filter_map(Value::as_str).find(|line| line.contains("stopped by the limit")).unwrap();
    let number = |before: &str, after: &str| -> f64 {
        line.split_once(before).unwrap().1.split_once(after).unwrap().0.parse().unwrap()
    };
    let ended = line.split_once("its thread ended ");
    let Some((_, ended)) = ended else { return f64::INFINITY };
    let took: f64 = ended.split_once(" ms").unwrap().0.parse().unwrap();
    number("used ", " ms") - number("allowed ", " ms") + took
}

fn stops(host: &Flockd) {
    const LIMIT_MILLIS: u64 = 150;
    const ROUNDS: usize = 60;
    deploy(host, "victim", &json!({ "timeout": LIMIT_MILLIS }));
    for busy in [1, 10, 50] {
        for how in ["spin", "jdk"] {
            deploy(host, "busy", &json!({ "timeout": 300_000, "concurrency": 64 }));
            let over = AtomicBool::new(false);
            std::thread::scope(|scope| {
                // The lane that is stopped is busy as well.
                for _ in 1..busy {
                    let (client, over) = (host.client(), &over);
                    scope.spawn(move || {
                        while !over.load(Ordering::Acquire) {
                            client.invoke("busy", &json!({ "how": "burn", "amount": 1000 })).unwrap();
                        }
                    });
                }
                std::thread::sleep(Duration::from_millis(300));
                let mut late: Vec<f64> = (0..ROUNDS)
                    .map(|_| {
                        let answer = host.invoke("victim", &json!({ "how": how, "amount": 0 }));
                        late_millis(&answer.expect(502).json())
                    })
                    .collect();
                over.store(true, Ordering::Release);
                late.sort_by(f64::total_cmp);
                println!(
                    "| deadline to the end of a function in {}, {busy} busy lanes: p50, p99 of {ROUNDS} | {:.1} ms, {:.1} ms |",
                    if how == "spin" { "its own loop" } else { "the JDK's code" },
                    late[ROUNDS / 2],
                    late[ROUNDS - 1],
                );
            });
        }
    }
}

/// Times of a neighbour's calls, one after the other, while something runs.
fn beside<T>(host: &Flockd, what: impl FnOnce() -> T) -> (T, Vec<Duration>) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let client = host.client();
            let mut times = Vec::new();
            while !over.load(Ordering::Acquire) {
                let began = Instant::now();
                client.invoke("neighbour", &json!({ "how": "idle", "amount": 0 })).unwrap().expect(200);
                times.push(began.elapsed());
                std::thread::sleep(Duration::from_millis(1));
            }
            times.sort();
            times
        });
        let result = what();
        over.store(true, Ordering::Release);
        (result, calls.join().unwrap())
    })
}

fn neighbour(host: &Flockd) {
    const ROUNDS: usize = 10;
    deploy(host, "neighbour", &json!({}));
    deploy(host, "hog", &json!({ "memory": 128 }));
    let ((), alone) = beside(host, || std::thread::sleep(Duration::from_secs(5)));
    let (peaks, crowded) = beside(host, || {
        (0..ROUNDS)
            .map(|_| {
                let record = host.invoke("hog", &json!({ "how": "fill", "amount": 0 })).expect(502).json();
                usage(&record)["peakHeapBytes"].as_f64().unwrap() / f64::from(1 << 20)
            })
            .collect::<Vec<_>>()
    });
    let show = |times: &[Duration]| {
        format!(
            "{:.2} ms, {:.1} ms, {:.0} ms",
            times[times.len() / 2].as_secs_f64() * 1e3,
            times[times.len() * 99 / 100].as_secs_f64() * 1e3,
            times[times.len() - 1].as_secs_f64() * 1e3,
        )
    };
    println!("| a neighbour alone: p50, p99, longest | {} |", show(&alone));
    println!(
        "| a neighbour while a hog fills its limit of 128 MB, {ROUNDS} times: p50, p99, longest | {} |",
        show(&crowded)
    );
    println!(
        "| what the hog held when it was stopped: least, most | {:.0} MB, {:.0} MB |",
        peaks.iter().copied().fold(f64::INFINITY, f64::min),
        peaks.iter().copied().fold(0.0, f64::max)
    );
}
