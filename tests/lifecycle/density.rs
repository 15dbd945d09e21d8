//! Many distinct actions of one class each, all loaded at once: what they hold, and what a restart loads.
//!
//! `FLOCK_TEST_ACTIONS` sets how many. The figures are printed.

use std::{collections::HashSet, time::Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    jars::jar_that_says,
    support::{Client, Dice, Flockd, Options, eventually_within},
};

const ACTIONS: usize = 200;
const CLIENTS: usize = 4;
/// Generous, on any JDK and in any profile: a host with its young generation in use, and each idle function.
const HOST_MAX_KIB: u64 = 256 * 1024;
const IDLE_MAX_KIB: u64 = 32;
/// After this time without any less memory there will be no less.
const QUIET: std::time::Duration = std::time::Duration::from_secs(5);

/// What the action of this number greets with.
fn word(number: usize) -> String {
    format!("{number:05}")
}

/// Work on each of these numbers, by several clients.
fn each(host: &Flockd, numbers: &[usize], work: &(dyn Fn(&Client, usize) + Sync)) {
    std::thread::scope(|scope| {
        for part in 0..CLIENTS {
            let client = host.client();
            scope.spawn(move || {
                numbers.iter().skip(part).step_by(CLIENTS).for_each(|number| work(&client, *number));
            });
        }
    });
}

fn call(client: &Client, number: usize) {
    let answer = client.invoke(&format!("action{number}"), &json!({ "name": "Ada" })).unwrap().expect(200);
    assert_eq!(answer.json()["response"]["result"]["greeting"], format!("{}, Ada!", word(number)));
}

/// Proportional memory once all lanes have ended and what a burst took is given back.
fn memory_kib(host: &Flockd, when: &str) -> u64 {
    eventually_within(std::time::Duration::from_secs(60), "idle lanes end", || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        host.metric("flock_lanes") == 0.0
    });
    // What a burst took is given back a few seconds after it.
    let mut least = u64::MAX;
    loop {
        std::thread::sleep(QUIET);
        let resident = host.memory_kib("Rss");
        if resident + resident / 100 >= least {
            break;
        }
        least = resident;
    }
    let loaded = host.metric("flock_loaded");
    let [resident, proportional, anonymous, files] =
        ["Rss", "Pss", "Pss_Anon", "Pss_File"].map(|name| host.memory_kib(name));
    println!(
        "{when}: RSS {} MiB, PSS {} MiB (anonymous {} MiB, files {} MiB), {loaded} loaded",
        resident >> 10,
        proportional >> 10,
        anonymous >> 10,
        files >> 10
    );
    proportional
}

#[test]
fn many_distinct_actions_answer_and_a_restart_loads_what_is_called() {
    let actions = std::env::var("FLOCK_TEST_ACTIONS")
        .map_or(ACTIONS, |text| text.parse().expect("FLOCK_TEST_ACTIONS is a number"));
    assert!(actions <= 100_000, "words have five digits");
    let mut dice = Dice::new(7);
    let mut numbers: Vec<usize> = (0..actions).collect();
    for at in (1..actions).rev() {
        numbers.swap(at, dice.roll(at as u64 + 1) as usize);
    }
    let folder = tempfile::tempdir().unwrap();
    // Idle lanes end soon, so that a short run does not wait for them.
    let options = Options::default().set("lanes.idle-millis", 1000);
    let mut host = Flockd::start_on(folder.path(), &options);

    let began = Instant::now();
    each(&host, &numbers, &|client, number| {
        let exec = json!({
            "kind": "java:default",
            "code": STANDARD.encode(jar_that_says(&word(number))),
            "main": "hello.Hello",
        });
        client.put(&format!("action{number}"), &json!({ "exec": exec })).unwrap().expect(200);
    });
    println!("{actions} deployed in {:?}", began.elapsed());
    let before = memory_kib(&host, "none loaded");
    for round in ["first", "second"] {
        let began = Instant::now();
        each(&host, &numbers, &call);
        println!("{round} calls in {:?}", began.elapsed());
    }
    assert_eq!(host.metric("flock_loaded"), actions as f64);
    let busy = host.memory_kib("Pss");
    let after = memory_kib(&host, "all called and idle");
    let part = after.saturating_sub(before) as f64 / actions as f64;
    println!("{part:.1} KiB for each idle function");
    assert!(after < HOST_MAX_KIB + IDLE_MAX_KIB * actions as u64, "{after} KiB");
    assert!(after < busy, "{busy} KiB when the last call had ended, {after} KiB later");
    let began = Instant::now();
    each(&host, &numbers, &call);
    println!("third calls, after memory was given back, in {:?}", began.elapsed());
    assert_eq!(host.metric("flock_loaded"), actions as f64);

    host.kill();
    let began = Instant::now();
    let host = Flockd::start_on(folder.path(), &options);
    let listens = began.elapsed();
    call(&host.client(), numbers[0]);
    println!("killed and started again: listens after {listens:?}, has answered after {:?}", began.elapsed());
    assert_eq!(host.metric("flock_loaded"), 1.0);
    memory_kib(&host, "started again, one called");
    // Some are called several times, most not at all.
    let drawn: Vec<usize> = (0..actions / 4).map(|_| numbers[dice.roll(actions as u64) as usize]).collect();
    each(&host, &drawn, &call);
    let called: HashSet<usize> = drawn.iter().chain(&numbers[..1]).copied().collect();
    assert_eq!(host.metric("flock_loaded"), called.len() as f64);
    memory_kib(&host, "and some more");
}
