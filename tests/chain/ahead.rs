//! While a hop runs, the function of the next one is made ready.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of, loaded},
    support::{Options, eventually, source_exec},
};

/// A function whose class takes `init_millis` to be initialised, and says so, and whose body takes `millis` and counts.
fn slow(init: &str, init_millis: u64, millis: u64) -> Value {
    source_exec(&format!(
        r#"
import com.google.gson.*;
public class Main {{
  static int calls;
  static {{
    System.out.println("initialising");
    rest({init_millis});
    {init}
  }}
  static void rest(long millis) {{
    try {{ Thread.sleep(millis); }} catch (InterruptedException stopped) {{ throw new IllegalStateException(stopped); }}
  }}
  public static JsonObject main(JsonObject args) {{
    rest({millis});
    args.addProperty("n", (args.has("n") ? args.get("n").getAsInt() : 0) + 1);
    args.addProperty("calls", ++calls);
    return args;
  }}
}}
"#
    ))
}

const FAILS: &str = "if (calls == 0) throw new IllegalStateException(\"not today\");";
const SPINS: &str = "while (calls == 0) Thread.onSpinWait();";
const EXITS: &str = "System.exit(3);";
/// Two monitors and two threads: no JVM can undo that.
const STICKS: &str = r#"
    Object one = new Object(), other = new Object();
    new Thread("hostile-holder") {
      @Override public void run() {
        synchronized (one) {
          try { Thread.sleep(150); } catch (InterruptedException ignored) { }
          synchronized (other) { }
        }
      }
    }.start();
    synchronized (other) { rest(100); synchronized (one) { } }
"#;

fn put(street: &Street, name: &str, exec: &Value, limits: &Value) {
    street.host.put(name, &json!({"exec": exec, "limits": limits})).expect(200);
}

/// Did the call itself initialise its function?
fn was_cold(record: &Value) -> bool {
    annotation(record, "initTime").is_u64()
}

fn outcomes(hops: &[Value]) -> Vec<&str> {
    hops.iter().map(|hop| annotation(hop, "outcome").as_str().unwrap_or("success")).collect()
}

#[test]
fn a_chain_of_cold_functions_takes_less_than_its_parts_one_by_one() {
    const LENGTH: usize = 5;
    let street = Street::start();
    let exec = slow("", 400, 400);
    let names = |of: &str| (1..=LENGTH).map(|at| format!("{of}{at}")).collect::<Vec<_>>();
    let (alone, together) = (names("alone"), names("part"));
    alone.iter().chain(&together).for_each(|name| put(&street, name, &exec, &json!({})));
    let hops: Vec<&str> = together.iter().map(String::as_str).collect();
    street.sequence("cold", &hops);
    let began = Instant::now();
    alone.iter().for_each(|name| drop(street.host.invoke(name, &json!({})).expect(200)));
    let one_by_one = began.elapsed();
    let began = Instant::now();
    let record = street.host.invoke("cold", &json!({})).expect(200).json();
    let chained = began.elapsed();
    assert!(chained * 5 < one_by_one * 4, "{chained:?} in a chain, {one_by_one:?} one by one");
    assert_eq!(record["response"]["result"], json!({"n": LENGTH, "calls": 1}));
    for (at, hop) in street.hops(&record).iter().enumerate() {
        assert_eq!(was_cold(hop), at == 0, "{hop}");
        // What its initialiser has written is in its log all the same, and nothing was done twice.
        assert_eq!(hop["logs"].as_array().unwrap().len(), 1, "{hop}");
        let row = loaded(&street, &together[at]);
        assert_eq!(
            (&row["instances"], &row["cold"], &row["calls"]),
            (&json!(1), &json!(1), &json!(1)),
            "{row}"
        );
    }
    let warm = street.host.invoke("cold", &json!({})).expect(200).json();
    assert_eq!(warm["response"]["result"], json!({"n": LENGTH, "calls": 2}));
    assert!(street.hops(&warm).iter().all(|hop| hop["logs"] == json!([])));
}

#[test]
fn several_functions_are_made_ready_side_by_side() {
    const LENGTH: usize = 5;
    let street = Street::start();
    let exec = slow("", 800, 10);
    let names: Vec<_> = (1..=LENGTH).map(|at| format!("part{at}")).collect();
    names.iter().for_each(|name| put(&street, name, &exec, &json!({})));
    put(&street, "alone", &exec, &json!({}));
    street.sequence("cold", &names.iter().map(String::as_str).collect::<Vec<_>>());
    let began = Instant::now();
    street.host.invoke("alone", &json!({})).expect(200);
    let alone = began.elapsed();
    let began = Instant::now();
    let record = street.host.invoke("cold", &json!({})).expect(200).json();
    let chained = began.elapsed();
    assert_eq!(record["response"]["result"], json!({"n": LENGTH, "calls": 1}));
    let cold = street.hops(&record).iter().filter(|hop| was_cold(hop)).count();
    assert_eq!(cold, 1, "{record}");
    assert!(chained < 3 * alone, "{chained:?} for {LENGTH}, {alone:?} for one");
}

#[test]
fn what_initialising_costs_is_charged_once() {
    let street = Street::start();
    let busy =
        "long x = 1; for (int at = 0; at < 300_000_000; at++) x = x * 31 + at; calls = x == 42 ? 1 : 0;";
    let exec = slow(busy, 0, 0);
    put(&street, "rests", &slow("", 0, 2000), &json!({}));
    put(&street, "busy", &exec, &json!({}));
    put(&street, "twin", &exec, &json!({}));
    let cpu = |record: &Value| annotation(record, "usage")["cpuMicros"].as_u64().unwrap();
    // What it costs in its turn. After that nothing of the host's own is new.
    let alone = cpu(&street.host.invoke("twin", &json!({})).expect(200).json());
    street.sequence("charged", &["rests", "busy"]);
    let record = street.host.invoke("charged", &json!({})).expect(200).json();
    let hops = street.hops(&record);
    assert!(!was_cold(&hops[1]), "{}", hops[1]);
    let usage = street.host.send("GET", "/flock/v1/usage?by=action", None).expect(200).json();
    let rows = usage["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["action"] == "guest/busy").unwrap_or_else(|| panic!("{usage}"));
    let ahead = row["backgroundCpuMicros"].as_u64().unwrap_or_else(|| panic!("{row}"));
    assert!((alone / 3..alone * 2).contains(&ahead), "once: {alone} in its turn, {row}");
    let of_hops: Vec<u64> = hops.iter().map(cpu).collect();
    assert!(of_hops.iter().all(|cpu| *cpu < ahead / 2), "no hop pays for it: {of_hops:?}, {row}");
}

/// However the next function fails to come up: the chain ends as if nobody had tried before, now and the next time.
#[test]
fn a_function_that_cannot_be_made_ready_fails_in_its_turn() {
    let street = Street::start();
    put(&street, "first", &slow("", 0, 700), &json!({}));
    put(&street, "late", &slow("", 0, 0), &json!({}));
    street.host.put("see", &slow_handler()).expect(200);
    for (name, init, outcome, text) in [
        ("fails", FAILS, "init_error", "not today"),
        ("exits", EXITS, "exit", "System.exit"),
        ("spins", SPINS, "timeout", "exceeded its time limits of 500"),
        ("sticks", STICKS, "timeout", "exceeded its time limits of 500"),
    ] {
        let limits = json!({"timeout": 500, "instances": 6, "concurrency": 1});
        put(&street, name, &slow(init, 0, 0), &limits);
        street.sequence("bad", &["first", name, "late"]);
        for run in 1..=2 {
            let record = street.beside("bad", &json!({})).expect(502).json();
            let hops = street.hops(&record);
            assert!(error_of(&record).contains(text), "{name}, run {run}: {record}");
            assert_eq!(outcomes(&hops), ["success", outcome], "{name}, run {run}: {hops:?}");
            let log = hops[1]["logs"].as_array().unwrap();
            assert!(log[0].as_str().unwrap().ends_with("initialising"), "{}", hops[1]);
        }
        let alone = street.host.invoke(name, &json!({})).expect(502).json();
        assert!(error_of(&alone).contains(text), "{alone}");
        // A handler is told as ever.
        let steps = json!([{"try": ["first", name], "catch": "see"}]);
        let components = json!(["/_/first", format!("/_/{name}"), "/_/see"]);
        let flow = json!({"exec": {"kind": "sequence", "components": components},
            "annotations": [{"key": "flock-flow", "value": {"steps": steps}}]});
        street.host.put("caught", &flow).expect(200);
        let seen = street.host.result("caught", &json!({}))["seen"].to_string();
        assert!(seen.contains(text), "{name}: {seen}");
        street.host.send("DELETE", "/api/v1/namespaces/_/actions/caught", None).expect(200);
    }
}

fn slow_handler() -> Value {
    let body = "JsonObject r = new JsonObject(); r.addProperty(\"seen\", String.valueOf(args.get(\"error\"))); return r;";
    json!({"exec": source_exec(&super::support::source(body))})
}

/// Chains of several clients at once: each gets its answer, and as many instances are made as are used.
#[test]
fn chains_side_by_side_share_what_is_made_ahead() {
    const CLIENTS: usize = 4;
    let street = Street::start();
    put(&street, "first", &slow("", 0, 300), &json!({"concurrency": 1}));
    put(&street, "narrow", &slow("", 600, 100), &json!({"concurrency": 1}));
    put(&street, "wide", &slow("", 600, 100), &json!({"concurrency": CLIENTS}));
    // Of an action of which one call may run at a time nothing is made ahead: the hop may need the place.
    put(&street, "single", &slow("", 100, 0), &json!({"concurrency": 1, "instances": 1}));
    street.sequence("many", &["first", "narrow", "wide", "single"]);
    let records: Vec<Value> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| street.host.invoke("many", &json!({})))).collect();
        runs.into_iter().map(|run| run.join().unwrap().expect(200).json()).collect()
    });
    let hops: Vec<Vec<Value>> = records.iter().map(|record| street.hops(record)).collect();
    assert!(hops.iter().all(|hops| outcomes(hops) == ["success"; 4]), "{hops:?}");
    let cold = |at: usize| hops.iter().filter(|hops| was_cold(&hops[at])).count();
    assert!(cold(2) <= 1 && cold(3) == 1, "{hops:?}");
    assert!(cold(1) < CLIENTS, "{hops:?}");
    assert!(loaded(&street, "narrow")["instances"].as_u64().unwrap() <= CLIENTS as u64);
    assert_eq!(loaded(&street, "wide")["instances"], 1);
    assert_eq!(loaded(&street, "single")["instances"], 1);
}

/// The deadline of the chain passes while its next function is being made ready: it neither waits for that nor runs it.
#[test]
fn a_deadline_holds_while_a_hop_waits_for_its_function() {
    let street = Street::start();
    put(&street, "first", &slow("", 0, 300), &json!({}));
    put(&street, "long", &slow("", 2500, 0), &json!({}));
    let flow = json!({"exec": {"kind": "sequence", "components": ["/_/first", "/_/long"]},
        "annotations": [{"key": "flock-flow", "value": {"steps": ["first", "long"], "timeout": 900}}]});
    street.host.put("timed", &flow).expect(200);
    let record = street.host.invoke("timed", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "The sequence exceeded its time limit of 900 milliseconds.");
    assert_eq!(outcomes(&street.hops(&record)), ["success"], "{record}");
    // What was begun for it stays: the next call finds it.
    eventually("it is ready", || loaded(&street, "long")["state"] == "ready");
    let later = street.host.invoke("long", &json!({})).expect(200).json();
    assert!(!was_cold(&later), "{later}");
    assert_eq!(later["response"]["result"]["calls"], 1);
}

#[test]
fn what_was_made_ahead_for_a_chain_that_ended_stays() {
    let street = Street::start();
    put(&street, "first", &slow("", 0, 900), &json!({}));
    put(&street, "next", &slow("", 200, 0), &json!({}));
    let stops =
        super::support::source("Thread.sleep(900); args.addProperty(\"error\", \"enough\"); return args;");
    street.host.put("stops", &json!({"exec": source_exec(&stops)})).expect(200);
    street.sequence("short", &["stops", "next"]);
    let record = street.host.invoke("short", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "enough");
    let row = loaded(&street, "next");
    assert_eq!((&row["instances"], &row["calls"]), (&json!(1), &json!(0)), "{row}");
    let call = street.host.invoke("next", &json!({})).expect(200).json();
    assert!(!was_cold(&call), "{call}");
}

/// What a client's call or `flock-prewarm` has made ready serves hops, too.
#[test]
fn a_hop_takes_the_place_of_an_idle_lane_before_an_instance_is_made() {
    let street = Street::start();
    let exec = slow("", 0, 0);
    put(&street, "called", &exec, &json!({"concurrency": 1, "instances": 5}));
    let kept = json!({"exec": exec, "annotations": [{"key": "flock-prewarm", "value": 1}],
        "limits": {"concurrency": 1, "instances": 5}});
    street.host.put("kept", &kept).expect(200);
    eventually("it is ready", || loaded(&street, "kept")["state"] == "ready");
    street.host.result("called", &json!({}));
    street.sequence("both", &["called", "kept", "called"]);
    for run in 1..=3 {
        let record = street.host.invoke("both", &json!({})).expect(200).json();
        assert!(!street.hops(&record).iter().any(was_cold), "{record}");
        assert_eq!(record["response"]["result"]["calls"], 2 * run + 1);
        assert_eq!(loaded(&street, "called")["instances"], 1);
        assert_eq!(loaded(&street, "kept")["instances"], 1);
        // A call of its own in between has its lane again, in the same instance.
        assert_eq!(street.host.result("kept", &json!({"run": run}))["calls"], 2 * run);
    }
}

/// Nobody waits any more: neither for a run whose client was told to look later, nor for one whose client has gone.
#[test]
fn a_chain_goes_on_without_its_client() {
    let street = Street::start();
    put(&street, "rests", &slow("", 0, 400), &json!({}));
    street.sequence("pair", &["rests", "rests"]);
    let path = "/api/v1/namespaces/_/actions/pair?blocking=true&timeout=100";
    let id = street.host.send("POST", path, Some(&json!({}))).expect(202).json()["activationId"].clone();
    let record = street.host.record(id.as_str().unwrap());
    assert_eq!(record["response"]["result"]["calls"], 2, "{record}");
    let mut stream = TcpStream::connect(street.host.url.strip_prefix("http://").unwrap()).unwrap();
    let authorization = STANDARD.encode(&street.host.auth);
    write!(
        stream,
        "POST /api/v1/namespaces/_/actions/pair?blocking=true HTTP/1.1\r\nHost: flock\r\n\
         Authorization: Basic {authorization}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    eventually("its first hop runs", || loaded(&street, "rests")["running"] == 1);
    drop(stream);
    let list = "/api/v1/namespaces/_/activations?name=pair";
    eventually("the second run has ended", || {
        street.host.send("GET", list, None).expect(200).json().as_array().unwrap().len() == 2
    });
    for row in street.host.send("GET", list, None).json().as_array().unwrap() {
        let record = street.host.record(row["activationId"].as_str().unwrap());
        assert_eq!(outcomes(&street.hops(&record)), ["success"; 2], "{record}");
    }
}

#[test]
fn nothing_is_done_ahead_for_what_may_use_a_key_or_when_the_heap_is_tight() {
    let options = Options::default().set("limits.namespace.heap-mebibytes", 160);
    let street = Street::start_with(&options);
    put(&street, "first", &slow("", 0, 700), &json!({}));
    let exec = slow("", 0, 0);
    let keyed = json!({"exec": exec, "annotations": [{"key": "provide-api-key", "value": true}]});
    street.host.put("keyed", &keyed).expect(200);
    put(&street, "before", &exec, &json!({}));
    put(&street, "after", &exec, &json!({}));
    let second = |name: &str| {
        street.sequence("pair", &["first", name]);
        let record = street.host.invoke("pair", &json!({})).expect(200).json();
        street.hops(&record)[1].clone()
    };
    assert!(was_cold(&second("keyed")));
    assert!(!was_cold(&second("before")));
    let holds = source_exec(
        r#"
import com.google.gson.*;
public class Main {
  static byte[][] held;
  static byte[] garbage;
  public static JsonObject main(JsonObject args) {
    if (held == null) {
      byte[][] parts = new byte[130 * 16][];
      for (int at = 0; at < parts.length; at++) parts[at] = new byte[1 << 16];
      held = parts;
    }
    for (int at = 0; at < 8000; at++) garbage = new byte[1 << 16];
    return args;
  }
}
"#,
    );
    put(&street, "holds", &holds, &json!({"memory": 256}));
    // What survives is known after collections, and looked at some times a second.
    for _ in 0..3 {
        street.host.result("holds", &json!({}));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(was_cold(&second("after")));
}

/// An initialiser that calls another action gets it done by the hop itself, and not a refusal for good.
#[test]
fn a_function_whose_initialiser_calls_others_is_initialised_by_its_hop() {
    let street = Street::start();
    put(&street, "first", &slow("", 0, 700), &json!({}));
    let asks = source_exec(
        r#"
import com.google.gson.*;
public class Main {
  static final String CONFIGURED = configured();
  static String configured() {
    try { return flock.Flock.call("hello", new JsonObject()).getAsJsonObject().get("greeting").getAsString(); }
    catch (Exception refused) { return "by default"; }
  }
  public static JsonObject main(JsonObject args) {
    JsonObject result = new JsonObject();
    result.addProperty("configured", CONFIGURED);
    return result;
  }
}
"#,
    );
    put(&street, "asks", &asks, &json!({}));
    street.sequence("pair", &["first", "asks"]);
    for _ in 0..2 {
        let record = street.host.invoke("pair", &json!({})).expect(200).json();
        assert_eq!(record["response"]["result"], json!({"configured": "Hello, stranger!"}), "{record}");
    }
}
