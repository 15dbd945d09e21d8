//! What no single call takes: many short calls together, threads between calls, instances that are kept ready, hops.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    strike::annotation,
    support::{Flockd, Options, eventually, source_exec},
};

/// Writes, allocates or burns by itself or on a thread that outlives the call; counts its calls.
const FUNCTION: &str = r#"
import com.google.gson.*;
import java.nio.file.*;
public class Main {
  static int calls;
  static volatile byte[] last;
  public static JsonObject main(JsonObject args) throws Exception {
    int amount = args.get("amount").getAsInt();
    switch (args.get("how").getAsString()) {
      case "move" -> {
        for (int i = 0; i < 40; i++) {
          new java.io.File("a").mkdir();
          Files.write(Path.of("a/file"), new byte[amount]);
          new java.io.File("a").renameTo(new java.io.File("b" + i));
        }
      }
      case "roundabout" -> {
        new java.io.File("no").mkdir();
        Files.write(Path.of("no/../one"), new byte[amount]);
        try (var out = new java.io.FileOutputStream("no/.././two")) { out.write(new byte[amount]); }
      }
      case "write" -> Files.write(Path.of("file" + calls), new byte[amount]);
      case "write-later" -> new Thread(() -> {
        try {
          for (int i = 0; i < amount; i++) { Files.write(Path.of("later" + i), new byte[50_000]); Thread.sleep(20); }
        } catch (Exception ended) { throw new IllegalStateException(ended); }
      }).start();
      case "allocate" -> last = new byte[amount];
      case "allocate-later" -> new Thread(() -> { for (int i = 0; i < amount; i++) { last = new byte[1 << 20]; pause(); } }).start();
      case "burn" -> burn(amount);
      case "burn-later" -> new Thread(() -> burn(amount)).start();
      default -> {}
    }
    JsonObject result = new JsonObject();
    result.addProperty("calls", ++calls);
    return result;
  }
  static void pause() {
    try { Thread.sleep(5); } catch (InterruptedException ended) { throw new IllegalStateException(ended); }
  }
  static void burn(int millis) {
    long end = System.nanoTime() + millis * 1_000_000L;
    while (System.nanoTime() < end) Thread.onSpinWait();
  }
}
"#;

fn deploy(host: &Flockd, name: &str, limits: &Value) {
    host.put(name, &json!({ "exec": source_exec(FUNCTION), "limits": limits })).expect(200);
}

/// The record of the first of so many calls that did not go well.
fn first_failure(host: &Flockd, payload: &Value, most: usize) -> Option<Value> {
    (0..most).find_map(|_| {
        let answer = host.invoke("short", payload);
        (answer.status != 200).then(|| answer.json())
    })
}

fn calls(host: &Flockd) -> u64 {
    host.result("short", &json!({ "how": "look", "amount": 0 }))["calls"].as_u64().unwrap()
}

#[test]
fn files_of_many_short_calls_count_together_and_the_next_instance_begins_anew() {
    let host = Flockd::start();
    deploy(&host, "short", &json!({ "tempBytes": 200_000 }));
    let record =
        first_failure(&host, &json!({ "how": "write", "amount": 60_000 }), 8).expect("no call was stopped");
    assert_eq!(annotation(&record, "outcome").unwrap(), "temp_bytes", "{record}");
    assert!(record.to_string().contains("limit of 200000 bytes of files"), "{record}");
    for expected in 1..=3 {
        let result = host.result("short", &json!({ "how": "write", "amount": 60_000 }));
        assert_eq!(result["calls"], expected, "the instance that was over its limit is used on");
    }
}

/// Files are found under whatever name their folder has by now.
#[test]
fn moving_folders_does_not_hide_what_is_in_them() {
    let host = Flockd::start();
    deploy(&host, "short", &json!({ "tempBytes": 400_000 }));
    let record = host.invoke("short", &json!({ "how": "move", "amount": 60_000 })).json();
    assert_eq!(annotation(&record, "outcome").unwrap(), "temp_bytes", "{record}");
}

/// A path with a way back in it is one way to the same file.
#[test]
fn a_file_counts_once_whatever_the_path_that_it_was_opened_by() {
    let host = Flockd::start();
    deploy(&host, "short", &json!({ "tempBytes": 200_000 }));
    for _ in 0..3 {
        let answer = host.invoke("short", &json!({ "how": "roundabout", "amount": 60_000 }));
        let record = answer.expect(200).json();
        let used = &annotation(&record, "usage").unwrap()["tempBytes"];
        assert!((120_000..160_000).contains(&used.as_u64().unwrap()), "{record}");
    }
}

#[test]
fn files_and_allocation_of_a_thread_between_calls_are_held_to_the_limits() {
    let host = Flockd::start();
    for (number, (how, limits)) in [
        ("write-later", json!({ "tempBytes": 200_000 })),
        ("allocate-later", json!({ "allocationRate": 50, "memory": 256 })),
    ]
    .into_iter()
    .enumerate()
    {
        deploy(&host, "short", &limits);
        host.result("short", &json!({ "how": how, "amount": 400 }));
        eventually(how, || host.log().matches("an instance is given up").count() > number);
        assert_eq!(calls(&host), 1, "{how}: the instance lives on");
        host.send("DELETE", "/api/v1/namespaces/_/actions/short", None).expect(200);
    }
}

#[test]
fn allocation_is_averaged_over_a_second_whatever_calls_begin_in_it() {
    let host = Flockd::start();
    deploy(&host, "short", &json!({ "allocationRate": 20, "memory": 256 }));
    let payload = json!({ "how": "allocate", "amount": 4 << 20 });
    let record = first_failure(&host, &payload, 2000).expect("no call was stopped");
    assert_eq!(annotation(&record, "outcome").unwrap(), "allocation_rate", "{record}");
}

fn capped(millicores: u32) -> Options {
    Options::default()
        .set("limits.namespace.cpu-millicores", millicores)
        .set("limits.namespace.cpu-burst-millis", 200)
        .set("limits.namespace.cpu-wait-max-millis", 100)
        .set("funclets.background-cpu-millis", 200)
}

/// Each call is over at once; what it leaves behind is stopped for the CPU that it uses, and that is the namespace's.
#[test]
fn cpu_of_threads_between_calls_is_taken_from_the_share() {
    let host = Flockd::start_with(&capped(50));
    deploy(&host, "short", &json!({}));
    let payload = json!({ "how": "burn-later", "amount": 10_000 });
    let refused = (0..10).find_map(|_| {
        let answer = host.invoke("short", &payload);
        std::thread::sleep(Duration::from_millis(700));
        (answer.status == 429).then_some(answer)
    });
    assert!(refused.expect("no call was refused").error().contains("50 millicores"));
}

/// However its version ends, and whether or not anybody calls again.
#[test]
fn cpu_of_threads_between_calls_is_written_down_whatever_becomes_of_their_function() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default().set("funclets.background-cpu-millis", 60_000);
    let mut host = Flockd::start_on(folder.path(), &options);
    let left_behind = |host: &Flockd, name: &str, millis: u64| {
        deploy(host, name, &json!({}));
        host.result(name, &json!({ "how": "burn-later", "amount": millis }));
        std::thread::sleep(Duration::from_millis(900));
    };
    let is_paid = |host: &Flockd, name: &str| {
        let usage = host.send("GET", "/flock/v1/usage?by=action&since=1h", None).expect(200).json();
        let rows = usage["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["action"] == format!("guest/{name}"));
        // The thread does not have a core to itself.
        row.is_some_and(|row| row["backgroundCpuMicros"].as_u64().unwrap() > 150_000)
    };
    left_behind(&host, "rests", 1500);
    eventually("nobody calls again", || is_paid(&host, "rests"));
    left_behind(&host, "renewed", 60_000);
    deploy(&host, "renewed", &json!({ "memory": 256 }));
    eventually("it has a new version", || is_paid(&host, "renewed"));
    left_behind(&host, "deleted", 60_000);
    host.send("DELETE", "/api/v1/namespaces/_/actions/deleted", None).expect(200);
    eventually("it is deleted", || is_paid(&host, "deleted"));
    left_behind(&host, "at-the-end", 60_000);
    host.signal("TERM");
    host.wait();
    let host = Flockd::start_on(folder.path(), &options);
    assert!(is_paid(&host, "at-the-end"), "the host was stopped");
}

/// An initialiser that leaves a thread which burns: without a call, and again and again.
#[test]
fn an_instance_that_is_kept_ready_is_not_made_anew_while_it_is_ended_for_what_it_does_between_calls() {
    let host = Flockd::start_with(&capped(0));
    let code = FUNCTION
        .replace("static int calls;", "static int calls; static { new Thread(() -> burn(60_000)).start(); }");
    host.put(
        "short",
        &json!({
            "exec": source_exec(&code),
            "annotations": [{ "key": "flock-prewarm", "value": 1 }],
        }),
    )
    .expect(200);
    let ended = || host.log().matches("an instance is given up").count();
    eventually("the first is ended", || ended() == 1);
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(ended(), 1, "it was made ready again at once");
}

/// The share of a namespace holds for the hops of a sequence as for calls: each waits for it.
#[test]
fn hops_wait_for_the_share_of_their_namespace() {
    let host = Flockd::start_with(&capped(500));
    deploy(&host, "burns", &json!({}));
    let parameters = json!([{ "key": "how", "value": "burn" }, { "key": "amount", "value": 250 }]);
    host.put("burns", &json!({ "exec": source_exec(FUNCTION), "parameters": parameters })).expect(200);
    host.put("row", &json!({ "exec": { "kind": "sequence", "components": vec!["/_/burns"; 5] } }))
        .expect(200);
    let began = Instant::now();
    let record = host.invoke("row", &json!({})).expect(200).json();
    let took = began.elapsed().as_secs_f64() * 1e3;
    let cpu =
        record["annotations"].as_array().unwrap().iter().find(|one| one["key"] == "usage").unwrap()["value"]
            ["cpuMicros"]
            .as_f64()
            .unwrap()
            / 1e3;
    // The last hop is paid for afterwards, and 200 ms were saved up.
    assert!(took >= (cpu - 250.0 - 200.0) / 0.5 - 50.0, "{cpu} ms of CPU in {took} ms");
    // With a deadline the wait is over with it.
    let flow = json!([{ "key": "flock-flow", "value": { "steps": ["burns", "burns", "burns", "burns", "burns", "burns"], "timeout": 900 } }]);
    host.put(
        "late",
        &json!({ "exec": { "kind": "sequence", "components": ["/_/burns"] }, "annotations": flow }),
    )
    .expect(200);
    let answer = eventually_admitted(&host, "late");
    assert!(answer.to_string().contains("900"), "{answer}");
}

fn eventually_admitted(host: &Flockd, name: &str) -> Value {
    let mut answer = Value::Null;
    eventually("the share comes back", || {
        let told = host.invoke(name, &json!({}));
        answer = told.json();
        told.status != 429
    });
    answer
}

/// A call that is stopped after it has initialised its function has done that all the same.
#[test]
fn a_stopped_call_tells_how_long_it_initialised() {
    let host = Flockd::start();
    let code = FUNCTION.replace("static int calls;", "static int calls; static { burn(150); }");
    host.put("short", &json!({ "exec": source_exec(&code), "limits": { "timeout": 400 } })).expect(200);
    let record = host.invoke("short", &json!({ "how": "burn", "amount": 60_000 })).json();
    assert_eq!(annotation(&record, "outcome").unwrap(), "timeout", "{record}");
    let init = record["annotations"].as_array().unwrap().iter().find(|one| one["key"] == "initTime");
    let init = init.unwrap_or_else(|| panic!("no initTime: {record}"))["value"].as_u64().unwrap();
    assert!((150..=record["duration"].as_u64().unwrap()).contains(&init), "{record}");
    let text = host.send_as(None, "GET", "/metrics", None).expect(200).text();
    assert!(text.contains(r#"flock_activations_total{outcome="timeout",start="cold"} 1"#), "{text}");
}
