//! What the gate costs while functions run: a table for SPECIFICATION.md.
//!
//! Beside the host stands one that was built without a gate, for this alone: nothing that a host can be told to do takes the
//! gate out. `scripts/bench.sh` builds it; `FLOCK_TEST_UNGATED` names its `flockd`. Both take turns, so the ratio is the
//! figure and absolute times are the machine's. `answers`: nanoseconds that a gated method of the JDK takes on a lane of
//! each. `throughput`: warm calls a second. `together`: the same beside a host that does not count either. Without arguments
//! all of them.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on must fail"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use support::{Flockd, Options, source_exec};

const ROUNDS: usize = 9;
const SLICE: Duration = Duration::from_millis(1500);

/// Loops around methods that have a row; the best of several batches is given, in nanoseconds a call.
const ANSWERS: &str = r#"
import com.google.gson.*;
import java.util.*;
public class Main {
  interface Op { Object run(int i); }
  static Object sink;
  static final Map<String, Op> OPS = new LinkedHashMap<>();
  static {
    OPS.put("no gate: HashMap.get", i -> OPS.get("System.getenv"));
    OPS.put("System.getProperty, known", i -> System.getProperty("java.version"));
    OPS.put("System.getProperty, absent", i -> System.getProperty("no.such.property"));
    OPS.put("Locale.getDefault", i -> Locale.getDefault());
    OPS.put("TimeZone.getDefault", i -> TimeZone.getDefault());
    OPS.put("System.getenv", i -> System.getenv("PATH"));
    OPS.put("Security.getProvider", i -> java.security.Security.getProvider("SUN"));
    OPS.put("ProxySelector.getDefault", i -> java.net.ProxySelector.getDefault());
    OPS.put("ClassLoader.getSystemClassLoader", i -> ClassLoader.getSystemClassLoader());
    OPS.put("String.format", i -> String.format("%d", i));
    OPS.put("LocalDate.now", i -> java.time.LocalDate.now());
    OPS.put("UUID.randomUUID", i -> UUID.randomUUID());
    OPS.put("ConcurrentHashMap.put", i -> new java.util.concurrent.ConcurrentHashMap<>(Map.of("k", i)));
  }
  static double time(Op op, int count) {
    long began = System.nanoTime();
    for (int i = 0; i < count; i++) sink = op.run(i);
    return (System.nanoTime() - began) / (double) count;
  }
  public static JsonObject main(JsonObject args) {
    JsonObject result = new JsonObject();
    OPS.forEach((name, op) -> {
      double best = Double.MAX_VALUE;
      for (int batch = 0; batch < 15; batch++) best = Math.min(best, time(op, 4000));
      result.addProperty(name, best);
    });
    return result;
  }
}
"#;

/// What small functions do.
const TYPICAL: &str = r#"
import com.google.gson.*;
import java.util.*;
import java.util.function.*;
public class Main {
  public static JsonObject main(JsonObject args) {
    JsonObject result = new JsonObject();
    Map<String, String> map = new HashMap<>();
    map.put("home", System.getProperty("java.home"));
    map.put("id", UUID.randomUUID().toString());
    map.put("day", java.time.LocalDate.now().toString());
    Function<String, String> shout = text -> text.toUpperCase(Locale.ROOT) + map.size();
    result.addProperty("text", String.format("%s %d %s", shout.apply(map.get("id")), map.size(), map.get("day")));
    return result;
  }
}
"#;

/// The least that a function does.
const HELLO: &str = r#"
import com.google.gson.*;
public class Main {
  public static JsonObject main(JsonObject args) {
    JsonObject result = new JsonObject();
    result.addProperty("greeting", "hello");
    return result;
  }
}
"#;

fn main() {
    let Some(ungated) = std::env::var_os("FLOCK_TEST_UNGATED") else {
        println!(
            "gate: skipped: run `scripts/bench.sh answers`, `throughput` or `together`, which build the host without a gate too"
        );
        return;
    };
    let whole = Options::default();
    let gateless = whole.clone().program(Path::new(&ungated));
    let bare = gateless.clone().set("usage.counting", false);
    let part = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_asked = |name| part.as_deref().is_none_or(|part| part == name);
    if is_asked("answers") {
        answers(&start([&whole, &gateless]));
    }
    if is_asked("throughput") {
        throughput(&start([&whole, &gateless]), ["with the gate", "without"]);
    }
    if is_asked("together") {
        throughput(&start([&whole, &bare]), ["gate and counting", "neither"]);
    }
}

fn start(options: [&Options; 2]) -> [Flockd; 2] {
    let hosts = options.map(Flockd::start_with);
    assert!(hosts[1].log().contains("built without the gate"), "FLOCK_TEST_UNGATED names a host with a gate");
    for host in &hosts {
        for (name, code) in [("answers", ANSWERS), ("typical", TYPICAL), ("hello", HELLO)] {
            let limits = json!({ "timeout": 60_000 });
            host.put(name, &json!({ "exec": source_exec(code), "limits": limits })).expect(200);
        }
    }
    hosts
}

fn answers(hosts: &[Flockd; 2]) {
    let mut all: [Vec<Value>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (host, seen) in hosts.iter().zip(&mut all) {
            seen.push(host.result("answers", &json!({})));
        }
    }
    println!("| on a lane, ns a call, least of {ROUNDS} runs | with the gate | without | difference |");
    println!("|---|---|---|---|");
    for name in all[0][0].as_object().unwrap().keys() {
        let [with, without] = [0, 1].map(|host: usize| {
            all[host].iter().map(|run| run[name].as_f64().unwrap()).fold(f64::MAX, f64::min)
        });
        println!("| {name} | {with:.1} | {without:.1} | {:.1} |", with - without);
    }
}

fn throughput(hosts: &[Flockd; 2], [with, without]: [&str; 2]) {
    println!(
        "| warm calls a second, median of {ROUNDS} turns | {with} | {without} | ratio: median, least to most |"
    );
    println!("|---|---|---|---|");
    for (name, connections) in
        [("hello", 1), ("hello", 8), ("hello", 32), ("typical", 1), ("typical", 8), ("typical", 32)]
    {
        for host in hosts {
            // Warms it up.
            calls(host, name, connections, SLICE);
        }
        let mut rates = [Vec::new(), Vec::new()];
        let mut ratios = Vec::new();
        for round in 0..ROUNDS {
            let mut turn = [0.0; 2];
            for at in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                turn[at] = calls(&hosts[at], name, connections, SLICE);
                rates[at].push(turn[at]);
            }
            ratios.push(turn[0] / turn[1]);
        }
        let [with, without] = rates.map(|rates| middle(rates).1);
        let (least, ratio, most) = middle(ratios);
        println!(
            "| {name}, {connections} connections | {with:.0} | {without:.0} | {ratio:.3}, {least:.3} to {most:.3} |"
        );
    }
}

/// Calls a second over so many connections.
fn calls(host: &Flockd, name: &str, connections: usize, slice: Duration) -> f64 {
    let (count, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            let client = host.client();
            let (count, is_over) = (&count, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    client.invoke(name, &json!({})).unwrap().expect(200);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(slice);
        is_over.store(true, Ordering::Relaxed);
    });
    count.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// Least, median and most.
fn middle(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}
