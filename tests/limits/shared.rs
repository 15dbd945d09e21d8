//! What a hostile function does to others by what they share: locks of the JDK, a class that is being initialised, CPU after its call, and the end of the host.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    attack::{Ends, attack},
    process,
    strike::{Street, delete, options, usage},
};

/// Whoever needs the lock meanwhile waits, and goes on when the holder was stopped.
#[test]
fn a_lock_of_the_jdk_is_free_again_after_the_stop() {
    let street = Street::start();
    for what in ["string-class", "integer-class", "interned", "boxed", "locale"] {
        street.deploy("holder", &attack("jdk-lock", "{}")).unwrap();
        street.deploy("victim", &attack("jdk-lock", "{}").within(128)).unwrap();
        let client = street.host.client();
        std::thread::scope(|scope| {
            let hold =
                scope.spawn(|| client.invoke("holder", &json!({ "what": what, "how": "hold", "millis": 0 })));
            std::thread::sleep(Duration::from_millis(100));
            let victim = street.host.result("victim", &json!({ "what": what, "how": "knock" }));
            assert!(victim["millis"].as_u64().unwrap() < 3_000, "{what}: {victim}");
            assert_eq!(hold.join().unwrap().unwrap().status, 502, "{what}");
        });
        delete(&street.host, "holder");
        delete(&street.host, "victim");
        street.check_returned().unwrap();
        street.watch.judge().unwrap();
    }
}

/// Within its own limit of classes: who has the most of them is stopped, and there is room again.
#[test]
fn the_memory_for_classes_is_freed_by_its_largest_user() {
    let street = Street::start_with(&options().set("jvm.class-memory-max-mebibytes", 96));
    street.deploy("bomb", &attack("class-bomb", "{}").ends(Ends::Classes)).unwrap();
    let stopped = street.host.invoke("bomb", &json!({ "how": "wide", "count": 1_000_000 }));
    assert_eq!(stopped.status, 502, "{:.500}", stopped.text());
    assert!(stopped.text().contains("the memory of the host for classes was full"), "{}", stopped.text());
    // Once what was stopped is gone. A call that comes before is refused room, and may be made again.
    let deadline = Instant::now() + Duration::from_secs(15);
    while street.host.invoke("bomb", &json!({ "count": 1 })).status != 200 {
        assert!(Instant::now() < deadline, "there is no room again");
        std::thread::sleep(Duration::from_millis(100));
    }
    delete(&street.host, "bomb");
    street.check_returned().unwrap();
    street.watch.judge().unwrap();
}

/// With a time limit that none of these calls should meet.
fn deploy_for_long(street: &Street, name: &str) {
    let mut action = attack("jdk-lock", "{}").action();
    action["limits"]["timeout"] = 60_000.into();
    street.host.put(name, &action).expect(200);
}

/// A thread that holds on to a lock of all when its call is over is stopped as soon as somebody waits for it.
#[test]
fn a_lock_held_between_calls_is_free_again() {
    let street = Street::start();
    for what in ["string-class", "interned"] {
        deploy_for_long(&street, "holder");
        deploy_for_long(&street, "victim");
        street.host.result("holder", &json!({ "what": what, "how": "thread", "millis": 0 }));
        let victim = street.host.result("victim", &json!({ "what": what, "how": "knock" }));
        let waited = victim["millis"].as_u64().unwrap();
        assert!((200..30_000).contains(&waited), "{what}: half of its time limit at most: {victim}");
        // The holder's instance is gone with its thread; another one answers.
        street.host.result("holder", &json!({ "what": what, "how": "knock" }));
        delete(&street.host, "holder");
        delete(&street.host, "victim");
        street.check_returned().unwrap();
        street.watch.judge().unwrap();
    }
}

/// Who looks can see whose lock others wait for.
#[test]
fn top_names_the_function_whose_lock_others_wait_for() {
    let street = Street::start();
    deploy_for_long(&street, "holder");
    deploy_for_long(&street, "victim");
    let blocked = |name: &str| {
        let top = street.host.send("GET", "/flock/v1/top", None).expect(200).json();
        let row = top["rows"].as_array().unwrap().iter().find(|row| row["action"] == format!("guest/{name}"));
        row.map_or(0, |row| row["blockedCalls"].as_u64().unwrap())
    };
    let (one, other) = (street.host.client(), street.host.client());
    let payload = |how: &str| json!({ "what": "boxed", "how": how, "millis": 6_000 });
    std::thread::scope(|scope| {
        let hold = scope.spawn(|| one.invoke("holder", &payload("hold")));
        std::thread::sleep(Duration::from_millis(300));
        let knock = scope.spawn(|| other.invoke("victim", &payload("knock")));
        let deadline = Instant::now() + Duration::from_secs(20);
        let is_seen = || {
            while !hold.is_finished() && Instant::now() < deadline {
                if blocked("holder") == 1 {
                    return true;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            false
        };
        assert!(is_seen(), "nobody is told who holds the lock");
        assert_eq!(blocked("victim"), 0);
        for call in [hold, knock] {
            call.join().unwrap().unwrap().expect(200);
        }
    });
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(blocked("holder"), 0, "nobody waits any more");
}

/// The generator of random bytes is one for all. Whoever is stopped while it takes some leaves it whole.
#[test]
fn random_bytes_can_be_had_after_many_stops() {
    const STOPS: u64 = 60;
    let street = Street::start();
    let mut taker = attack("libraries", "{}").action();
    street.deploy("victim", &attack("files", "{}").within(128)).unwrap();
    for stop in 0..STOPS {
        // A limit of its own, so that each stop hits another moment.
        taker["limits"]["timeout"] = (20 + stop).into();
        street.host.put("taker", &taker).expect(200);
        let answer = street.host.invoke("taker", &json!({ "how": "random", "millis": 0 }));
        assert_eq!(answer.header("x-flock-outcome"), Some("timeout"), "{}", answer.text());
    }
    // It takes the names of its files from there.
    let made = street.host.result("victim", &json!({ "how": "many", "kibibytes": 400 }));
    assert_eq!(made["files"], 100, "{made}");
    delete(&street.host, "taker");
    delete(&street.host, "victim");
    street.check_returned().unwrap();
    street.watch.judge().unwrap();
}

/// The lanes that wait inside the JVM for a class that another lane initialises end with it.
#[test]
fn lanes_that_wait_for_an_initialiser_end_too() {
    let street = Street::start();
    for how in ["spin", "sleep", "swallow"] {
        let mut action = attack("init-loop", "{}").main("hostile.initloop.Later").action();
        action["limits"]["concurrency"] = 4.into();
        action["limits"]["instances"] = 1.into();
        street.host.put("waits", &action).expect(200);
        let client = street.host.client();
        std::thread::scope(|scope| {
            let call = || client.invoke("waits", &json!({ "how": how, "millis": 0 }));
            let calls: Vec<_> = (0..4).map(|_| scope.spawn(call)).collect();
            for call in calls {
                let answer = call.join().unwrap().unwrap();
                // The first is stopped; those behind it are too, or meet the class that failed, or begin anew and are stopped then.
                assert_eq!(answer.status, 502, "{how}: {}", answer.text());
            }
        });
        street.check_returned().unwrap();
        let result = street.host.result("waits", &json!({ "how": "nothing" }));
        assert_eq!(result["how"], "nothing");
        delete(&street.host, "waits");
        street.watch.judge().unwrap();
    }
}

/// A thread that spins on after its call was answered uses CPU that its action must have: over the limit it is stopped, though nobody calls.
#[test]
fn a_thread_that_outlives_its_call_is_stopped_at_the_cpu_limit() {
    let street = Street::start();
    for how in ["spin", "daemon", "timer", "allocate"] {
        street.deploy("outlives", &attack("outlive", "{}").cpu(300)).unwrap();
        street.host.result("outlives", &json!({ "how": how, "millis": 0 }));
        let deadline = Instant::now() + Duration::from_secs(15);
        let busy = || {
            let before = process::cpu(street.host.pid());
            std::thread::sleep(Duration::from_millis(500));
            process::cpu(street.host.pid()) - before
        };
        loop {
            let used = busy();
            if used < Duration::from_millis(250) {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "{how}: {used:?} of CPU in half a second, and nobody calls it"
            );
        }
        delete(&street.host, "outlives");
        street.check_returned().unwrap();
        street.watch.judge().unwrap();
    }
}

/// The CPU of threads that the function started is on its bill.
#[test]
fn cpu_on_other_threads_is_charged() {
    let street = Street::start();
    for (folder, how) in [
        ("common-pool", "execute"),
        ("common-pool", "completable"),
        ("hydra", "pair"),
        ("uncaught", "thread"),
    ] {
        street.deploy("charged", &attack(folder, "{}").within(128)).unwrap();
        let answer = street.host.invoke("charged", &json!({ "how": how, "millis": 400 })).expect(200);
        let cpu_micros = usage(&answer.json(), "cpuMicros").unwrap();
        // Two cores at most, and one thread at least that spins all the time, but for what others take of the machine.
        assert!(cpu_micros > 40_000, "{folder} {how}: {cpu_micros} us of {}", answer.text());
        delete(&street.host, "charged");
    }
}

/// Whoever waits for the answer can tell how the call ended without reading the record.
#[test]
fn the_header_of_an_answer_names_the_outcome() {
    let street = Street::start();
    for row in [
        attack("spin", r#"{"how":"loop"}"#),
        attack("spin", r#"{"how":"loop"}"#).cpu(100),
        attack("hoard", r#"{"mebibytes":0}"#).memory(64, "{}"),
        attack("throws", r#"{"how":"message"}"#).ends(Ends::Developer("")),
        attack("spin", r#"{"how":"loop","millis":1}"#).ends(Ends::Success("")),
    ] {
        street.deploy("told", &row).unwrap();
        let answer = street.host.invoke("told", &row.payload());
        assert_eq!(answer.header("x-flock-outcome"), Some(row.ends.outcomes()[0]), "{}", answer.text());
        delete(&street.host, "told");
    }
}

/// No hook of a function keeps the host from ending, nor runs.
#[test]
fn hooks_do_not_delay_the_end() {
    let mut street = Street::start();
    for how in ["spin", "sleep", "exit", "many", "deadlock", "delete"] {
        street.deploy("hook", &attack("hook", "{}").within(128)).unwrap();
        street.host.result("hook", &json!({ "how": how, "millis": 0 }));
    }
    let began = Instant::now();
    street.host.signal("TERM");
    let status = street.host.wait();
    assert!(status.success(), "{status}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
