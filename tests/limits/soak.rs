//! Kills of random kinds by the hundred (`FLOCK_TEST_SOAK_KILLS`, 400 if not given; 10,000 by hand). At the end there are as many threads, classes and
//! descriptors as at the beginning.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::{
    attack::{Attack, Ends},
    attacks,
    mix::number,
    process,
    strike::{Street, annotation},
    support::Dice,
};

const CALLERS: u64 = 6;
const KILL_MILLIS: u64 = 40;
/// Classes of the JDK that are loaded late, and lambda forms, come by themselves; a leak of one class a kill is far more.
const CLASSES_MORE_MAX: f64 = 120.0;
const DESCRIPTORS_MORE_MAX: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// The rows whose one end is their time limit, and that are in their loop soon enough for so short a one.
fn rows(java: u64) -> Vec<&'static Attack> {
    let kinds = ["running", "blocking", "swallowing", "threads"];
    let slow = ["deserialise", "gc-storm", "init-loop", "libraries"];
    attacks::ALL
        .iter()
        .filter(|(kind, _)| kinds.contains(kind))
        .flat_map(|(_, rows)| *rows)
        .filter(|row| row.ends == Ends::Timeout && row.java_min <= java && !slow.contains(&row.folder))
        .collect()
}

#[test]
fn many_kills_leave_nothing_behind() {
    let kills = number("FLOCK_TEST_SOAK_KILLS", 400);
    let street = Street::start();
    let rows = rows(street.java);
    for (at, row) in rows.iter().enumerate() {
        let mut action = row.action();
        action["limits"]["timeout"] = KILL_MILLIS.into();
        street.host.put(&format!("kill-{at}"), &action).expect(200);
    }
    // Twice each: what the JDK loads for them stays for good, and a first call may not come far in its time.
    kill_many(&street, &rows, 2 * rows.len() as u64, true);
    street.check_returned().unwrap();
    eventually("what was killed first is unloaded", || match street.host.metric("flock_unloading") {
        0.0 => Ok(()),
        unloading => Err(format!("{unloading} dropped functions are still there")),
    });
    let pid = street.host.pid();
    let classes = street.host.metric("flock_jvm_classes");
    let descriptors = process::descriptors(pid);
    street.watch.judge().unwrap();

    let began = Instant::now();
    kill_many(&street, &rows, kills, false);
    let took = began.elapsed();
    let seen = street.watch.judge();
    println!("{kills} kills in {took:.1?}; calm {:?}, now {seen:?}", street.watch.calm());
    seen.unwrap();
    street.check_returned().unwrap();
    eventually("the classes of the killed are unloaded", || {
        let now = street.host.metric("flock_jvm_classes");
        if now <= classes + CLASSES_MORE_MAX {
            return Ok(());
        }
        let unloading = street.host.metric("flock_unloading");
        let leaks = street.host.send("GET", "/flock/v1/leaks", None).text();
        Err(format!("{classes} before, {now} now, {unloading} dropped functions still there: {leaks:.3000}"))
    });
    eventually("their descriptors are closed", || {
        let now = process::descriptors(pid);
        let most = descriptors + DESCRIPTORS_MORE_MAX;
        if now <= most {
            Ok(())
        } else {
            Err(format!("{descriptors} before, {now} now: {:?}", process::descriptor_kinds(pid)))
        }
    });
}

fn kill_many(street: &Street, rows: &[&Attack], kills: u64, is_in_order: bool) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let next = &next;
            scope.spawn(move || {
                let client = street.host.client();
                let mut dice = Dice::new(number("FLOCK_TEST_SEED", 77) + caller);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= kills {
                        return;
                    }
                    let at = if is_in_order {
                        number as usize % rows.len()
                    } else {
                        dice.roll(rows.len() as u64) as usize
                    };
                    let answer = client.invoke(&format!("kill-{at}"), &rows[at].payload()).unwrap();
                    let record = answer.json();
                    let outcome = annotation(&record, "outcome")
                        .unwrap_or_else(|error| panic!("{}: {error}", rows[at].title()));
                    assert_eq!(outcome, "timeout", "{}: {}", rows[at].title(), record["response"]);
                }
            });
        }
    });
}

fn eventually(what: &str, holds: impl Fn() -> Result<(), String>) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = holds() {
        assert!(Instant::now() < deadline, "not in time: {what}: {error}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
