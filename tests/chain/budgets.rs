//! Limits, logs and usage are each hop's own: one that goes too far is stopped, and the records of the others stay true.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of, loaded},
    support::{Options, eventually, source, source_exec},
};

/// A hop in the middle that spins, sleeps, hoards or floods is stopped by its own limit, for all ways of records.
#[test]
fn a_hop_over_its_limit_ends_the_chain_and_nothing_else() {
    let street = Street::start();
    let limits = json!({"timeout": 300, "memory": 128, "cpu": 10_000});
    street.put("spins", "hostile-spin", "hostile.spin.Spin", &limits);
    street.put("busy", "hostile-spin", "hostile.spin.Spin", &json!({"timeout": 10_000, "cpu": 200}));
    street.put("rests", "hostile-sleep", "hostile.sleep.Sleep", &limits);
    street.put("hoards", "hostile-hoard", "hostile.hoard.Hoard", &json!({"timeout": 60_000, "memory": 128}));
    street.put("catches", "hostile-catch-all", "hostile.catchall.CatchAll", &limits);
    // On a machine that is busy otherwise it may come while the function is loaded, which the text then says.
    let timeout = "The action exceeded its time limits of 300 milliseconds";
    for records in ["full", "summary"] {
        for (hop, payload, outcome, text) in [
            ("spins", json!({"how": "loop"}), "timeout", timeout),
            ("spins", json!({"how": "regex"}), "timeout", timeout),
            ("busy", json!({"how": "loop"}), "cpu", "CPU limit of 200 milliseconds"),
            ("rests", json!({"millis": 600_000}), "timeout", timeout),
            ("catches", json!({"how": "spin", "millis": 0}), "timeout", timeout),
            ("hoards", json!({"how": "map", "mebibytes": 0}), "memory", "its limit is 128 MB"),
        ] {
            let annotations = json!([{"key": "records", "value": records}]);
            street.sequence_with("attack", &["echo", "echo", hop, "echo"], &annotations);
            let record = street.beside("attack", &payload).expect(502).json();
            assert!(error_of(&record).contains(text), "{hop} {payload}: {record}");
            assert_eq!(annotation(&record, "outcome"), outcome, "{record}");
            assert_eq!(record["response"]["status"], "action developer error");
            let hops = street.hops(&record);
            let names: Vec<&str> = hops.iter().map(|hop| hop["name"].as_str().unwrap()).collect();
            assert_eq!(names, ["echo", "echo", hop], "{record}");
            for hop in &hops[..2] {
                assert_eq!(
                    (&hop["statusCode"], annotation(hop, "outcome")),
                    (&json!(0), &json!("success")),
                    "{hop}"
                );
                assert!(annotation(hop, "usage")["cpuMicros"].as_u64().unwrap() < 200_000, "{hop}");
            }
            assert_eq!(hops[2]["response"]["result"], record["response"]["result"]);
            // What was stopped is made anew, and the rest goes on.
            street.sequence("after", &["echo", "hello"]);
            assert_eq!(
                street.host.result("after", &json!({"name": "Ada"})),
                json!({"greeting": "Hello, Ada!"})
            );
        }
    }
    eventually("no thread is lost", || street.host.metric("flock_lost_lanes") == 0.0);
}

/// CPU, logs and environment of each hop are in its own record, those of the whole in the sequence's.
#[test]
fn usage_and_logs_are_each_hops_own() {
    let street = Street::start();
    let says = |text: &str| {
        json!({"exec": source_exec(&super::support::source(&format!(
            "System.out.println(\"{text}\"); System.err.print(\"no end\"); return args;"
        )))})
    };
    street.host.put("says-a", &says("a")).expect(200);
    street.host.put("says-b", &says("b")).expect(200);
    street.told("works", "hostile-spin", "hostile.spin.Spin", &json!({"how": "loop", "millis": 300}));
    street.sequence("used", &["says-a", "works", "says-b", "echo"]);
    let record = street.host.invoke("used", &json!({})).expect(200).json();
    let hops = street.hops(&record);
    let cpu = |record: &Value| annotation(record, "usage")["cpuMicros"].as_u64().unwrap();
    let wall = |record: &Value| annotation(record, "usage")["wallMicros"].as_u64().unwrap();
    assert!(wall(&hops[1]) >= 300_000, "{}", hops[1]);
    for light in [&hops[2], &hops[3]] {
        assert!(cpu(light) * 2 < cpu(&hops[1]), "{light}");
    }
    assert_eq!(cpu(&record), hops.iter().map(cpu).sum::<u64>());
    assert!(wall(&record) >= hops.iter().map(wall).sum::<u64>(), "{record}");
    let lines = |record: &Value| {
        let lines = record["logs"].as_array().unwrap().clone();
        lines.iter().map(|line| line.as_str().unwrap()[31..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&hops[0]), ["stdout: a", "stderr: no end"]);
    assert_eq!(lines(&hops[1]), Vec::<String>::new());
    assert_eq!(lines(&hops[2]), ["stdout: b", "stderr: no end"]);
}

/// A hop that runs to its exit, throws, or fails to load ends the chain with its own outcome.
#[test]
fn a_hop_that_ends_badly_gives_the_chain_its_outcome() {
    let street = Street::start();
    street.put("broken", "echo", "no.such.Class", &json!({}));
    for (hop, payload, outcome, text) in [
        ("exit", json!({"how": "exit"}), "exit", "System.exit(0)"),
        ("exit", json!({"how": "swallowed"}), "exit", "System.exit(0)"),
        ("exit", json!({"how": "thread"}), "exit", "System.exit(0)"),
        ("throws", json!({"message": "boom"}), "developer_error", "boom"),
        ("broken", json!({}), "init_error", "no.such.Class"),
    ] {
        street.sequence("bad", &["echo", hop, "echo"]);
        for _ in 0..2 {
            let record = street.beside("bad", &payload).expect(502).json();
            assert_eq!(annotation(&record, "outcome"), outcome, "{hop} {payload}: {record}");
            assert!(error_of(&record).contains(text), "{hop} {payload}: {record}");
            let hops = street.hops(&record);
            assert_eq!((hops.len(), &hops[0]["statusCode"]), (2, &json!(0)), "{record}");
            assert_eq!(annotation(&hops[1], "outcome"), outcome);
        }
    }
}

/// An action that runs one call at a time runs one at a time, whether a client or a chain calls.
#[test]
fn hops_and_calls_share_the_places_of_an_action() {
    let street = Street::start();
    let one = json!({"concurrency": 1, "instances": 1});
    street.put("counts", "counter", "counter.Counter", &one);
    street.put("slow", "hostile-sleep", "hostile.sleep.Sleep", &one);
    street.sequence("counting", &["echo", "counts"]);
    let count = |name: &str| street.host.result(name, &json!({}))["count"].as_u64().unwrap();
    // One instance: the statics are the same on both ways.
    for expected in [1, 3, 5] {
        assert_eq!(count("counts"), expected);
        assert_eq!(count("counting"), expected + 1);
    }
    street.sequence("slowly", &["slow"]);
    let client = street.host.client();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let calls: Vec<_> = ["slow", "slowly", "slow", "slowly"]
            .map(|name| scope.spawn(|| client.invoke(name, &json!({"millis": 100})).unwrap().status))
            .into_iter()
            .collect();
        assert!(calls.into_iter().all(|call| call.join().unwrap() == 200));
    });
    assert!(began.elapsed() >= Duration::from_millis(400), "they ran side by side: {:?}", began.elapsed());
}

/// Chains whose hops come back at once leave a place to the call of a client that waits for one.
#[test]
fn a_call_has_its_turn_though_chains_take_every_place_again_and_again() {
    let street = Street::start();
    let one = json!({"concurrency": 1, "instances": 1});
    street.put("wanted", "hostile-sleep", "hostile.sleep.Sleep", &one);
    street.sequence("again", &["wanted"]);
    let payload = json!({"millis": 20});
    street.host.result("wanted", &payload);
    street.host.result("again", &payload);
    let client = street.host.client();
    let over = AtomicBool::new(false);
    let late = std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Acquire) {
                    client.invoke("again", &payload).unwrap().expect(200);
                }
            });
        }
        std::thread::sleep(Duration::from_millis(500));
        let call = |_| {
            let began = Instant::now();
            (client.invoke("wanted", &payload).map(|answer| answer.status), began.elapsed())
        };
        let is_late = |(status, took): &(Result<u16, String>, Duration)| {
            *status != Ok(200) || *took >= Duration::from_secs(5)
        };
        let late = (0..10).map(call).find(is_late);
        over.store(true, Ordering::Release);
        late
    });
    assert!(late.is_none(), "{late:?}");
}

/// Many chains at once, on few and on many lanes, each with its own values.
#[test]
fn many_chains_at_once_do_not_mix() {
    let street = Street::start();
    street.sequence("mixed", &["echo", "identity", "hello"]);
    let client = street.host.client();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                for call in 0..40 {
                    let name = format!("{thread}-{call}");
                    let answer = client.invoke("mixed", &json!({"name": name})).unwrap();
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    let greeting = answer.json()["response"]["result"]["greeting"].clone();
                    assert_eq!(greeting, format!("Hello, {name}!"));
                }
            });
        }
    });
}

/// A direct call, a hop, and a hop of another namespace that find as many waiting as may wait say so; who waits is served.
#[test]
fn a_hop_that_finds_the_queue_full_says_whose_and_how_many_may_wait() {
    let street = Street::start_with(&Options::default().set("lanes.queue-max-calls", 1));
    let host = &street.host;
    let slow = source("    Thread.sleep(args.get(\"millis\").getAsInt()); return args;");
    let limits = json!({"instances": 1, "concurrency": 1});
    host.put("slow", &json!({"exec": source_exec(&slow), "limits": limits})).expect(200);
    street.sequence("chain", &["echo", "slow"]);
    host.result("slow", &json!({"millis": 0}));
    host.result("chain", &json!({"millis": 0}));
    let full = "1 calls of this action wait already; the limit is 1";
    let later = |name: &str, millis: u64| host.client().invoke_later(name, &json!({"millis": millis}));
    // One runs, one hop waits for its place.
    later("slow", 4000).unwrap();
    eventually("it runs", || loaded(&street, "slow")["running"] == 1);
    let waits = later("chain", 0).unwrap().json();
    eventually("the hop waits", || loaded(&street, "slow")["queued"] == 1);
    let refused = street.beside("chain", &json!({"millis": 0})).expect(500).json();
    assert_eq!(error_of(&refused), format!("Sequence failed. guest/slow: {full}."), "{refused}");
    // One call waits, too, and the next does not.
    later("slow", 0).unwrap().expect(202);
    let error = host.invoke("slow", &json!({"millis": 0})).expect(429).error();
    assert!(error.contains("allowed: 1"), "{error}");
    let ended = || host.send("GET", &format!("/api/v1/namespaces/_/activations/{}", id(&waits)), None);
    eventually("the hop that waited has run", || ended().status == 200);
    assert_eq!(ended().json()["response"]["success"], true);
}

fn id(answer: &Value) -> String {
    answer["activationId"].as_str().unwrap().to_owned()
}
