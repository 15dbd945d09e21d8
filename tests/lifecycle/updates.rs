//! An action is updated while it is called: every call is answered, by the version before or the one after.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    jars::jar_with,
    support::{Flockd, Options, eventually, jar_bytes},
};

#[test]
fn updates_under_load_lose_no_call() {
    const CALLERS: usize = 4;
    const UPDATES: usize = 60;
    // Without former versions: what they hold would stay.
    let host = Flockd::start_with(&Options::default().set("actions.versions-max", 0));
    let jar = jar_bytes("hello");
    // Each version is code of its own, so that the code of the version before is deleted each time.
    let version = |number: usize| {
        let code = STANDARD.encode(jar_with(&jar, "version.txt", number.to_string().as_bytes()));
        json!({
            "exec": { "kind": "java:default", "code": code, "main": "hello.Hello" },
            "parameters": [{ "key": "name", "value": format!("version {number}") }],
        })
    };
    host.put("hello", &version(0)).expect(200);
    let (over, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            let client = host.client();
            let (over, calls) = (&over, &calls);
            scope.spawn(move || {
                while !over.load(Ordering::Acquire) {
                    let answer = client.invoke("hello", &json!({})).unwrap();
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    let greeting = answer.json()["response"]["result"]["greeting"].clone();
                    assert!(greeting.as_str().unwrap().starts_with("Hello, version "), "{greeting}");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let client = host.client();
        let updates = scope.spawn(|| {
            let _ends = Ends(&over);
            let client = client;
            for number in 1..=UPDATES {
                let updated = client.put("hello", &version(number)).unwrap().expect(200).json();
                assert_eq!(updated["version"], format!("0.0.{}", number + 1));
                // From here on only the new version answers.
                let answer = client.invoke("hello", &json!({})).unwrap().expect(200).json();
                assert_eq!(answer["response"]["result"]["greeting"], format!("Hello, version {number}!"));
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        updates.join().unwrap();
    });
    assert!(calls.load(Ordering::Relaxed) > UPDATES as u64);
    // What the old versions held is given back.
    eventually("the lanes of old versions end", || host.metric("flock_lanes") <= 8.0);
    assert_eq!(host.metric("flock_loaded"), 1.0);
    eventually("the code of old versions is deleted", || {
        // The code and the image of the last version, and the code of whisk.system's functions.
        std::fs::read_dir(host.data().join("code")).unwrap().count() == 3
    });
}

/// Deleting and creating at once: a call is answered, or there is no such action; nothing between.
#[test]
fn deletes_under_load_answer_or_say_that_there_is_none() {
    let host = Flockd::start();
    let put = json!({ "exec": super::support::jar_exec("hello", "hello.Hello") });
    host.put("hello", &put).expect(200);
    let over = AtomicBool::new(false);
    let seen: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..3)
            .map(|_| {
                let (client, over) = (host.client(), &over);
                scope.spawn(move || {
                    let mut bad = Vec::new();
                    while !over.load(Ordering::Acquire) {
                        let answer = client.invoke("hello", &json!({ "name": "Ada" })).unwrap();
                        if ![200, 404].contains(&answer.status) {
                            bad.push(answer.json());
                        }
                    }
                    bad
                })
            })
            .collect();
        let client = host.client();
        let _ends = Ends(&over);
        for _ in 0..60 {
            client.send("DELETE", "actions/hello", None).unwrap().expect(200);
            client.put("hello", &put).unwrap().expect(200);
        }
        over.store(true, Ordering::Release);
        calls.into_iter().flat_map(|calls| calls.join().unwrap()).collect()
    });
    assert!(seen.is_empty(), "{} bad answers, such as {}", seen.len(), seen[0]);
}

/// Ends the callers also when the test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The second action of a sequence is updated, or its code goes, while the first one runs: the sequence ends as it should.
#[test]
fn a_sequence_survives_the_update_of_what_comes_next() {
    let host = Flockd::start();
    let put = json!({ "exec": super::support::jar_exec("hostile-sleep", "hostile.sleep.Sleep") });
    host.put("sleep", &put).expect(200);
    host.put("hello", &json!({ "exec": super::support::jar_exec("hello", "hello.Hello") })).expect(200);
    let sequence = json!({ "exec": { "kind": "sequence", "components": ["/_/sleep", "/_/hello"] } });
    host.put("both", &sequence).expect(200);
    let client = host.client();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.invoke("both", &json!({ "millis": 800 })).unwrap());
        eventually("the first hop runs", || host.metric("flock_in_flight") >= 1.0);
        let code = STANDARD.encode(jar_with(&jar_bytes("hello"), "version.txt", b"2"));
        let next = json!({ "exec": { "kind": "java:default", "code": code, "main": "hello.Hello" } });
        host.put("hello", &next).expect(200);
        let answer = call.join().unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["response"]["result"]["greeting"], "Hello, stranger!");
    });
}

#[test]
fn an_image_is_mapped_once_and_goes_with_its_action() {
    const UPDATES: usize = 8;
    let host = Flockd::start();
    let mapped = || {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", host.pid())).unwrap();
        maps.lines().filter(|line| line.ends_with(".image")).count()
    };
    let jar = jar_with(&jar_bytes("hello"), "filler", &[7; 64 << 10]);
    let exec = json!({ "kind": "java:default", "code": STANDARD.encode(jar), "main": "hello.Hello" });
    host.put("hello", &json!({ "exec": exec })).expect(200);
    for number in 0..UPDATES {
        host.put("hello", &json!({ "parameters": [{ "key": "name", "value": number.to_string() }] }))
            .expect(200);
        assert_eq!(host.result("hello", &json!({}))["greeting"], format!("Hello, {number}!"));
        assert_eq!(mapped(), 1, "after {number} updates");
    }
    host.send("DELETE", "/api/v1/namespaces/_/actions/hello", None).expect(200);
    eventually("it is unmapped", || mapped() == 0);
}
