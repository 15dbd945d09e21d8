//! All attacks at once, in no order, for `FLOCK_TEST_MIX_SECONDS` (20 if not given), with the neighbour watched. `FLOCK_TEST_SEED` gives
//! another order.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{
    attack::Attack,
    attacks,
    strike::{Street, annotation, delete},
    support::Dice,
};

const CALLERS: u64 = 4;

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[test]
fn all_attacks_at_once() {
    let seconds = number("FLOCK_TEST_MIX_SECONDS", 20);
    let street = Street::start();
    let rows: Vec<&Attack> = attacks::ALL
        .iter()
        .flat_map(|(_, rows)| *rows)
        .filter(|row| row.java_min <= street.java && !reaches_for_others(row))
        .collect();
    for (at, row) in rows.iter().enumerate() {
        let mut action = row.action();
        // Where many fight for two cores the time limit may come first, so let it come soon.
        action["limits"]["timeout"] = row.limits.timeout_millis.min(3_000).into();
        street.host.put(&format!("attack-{at}"), &action).expect(200);
    }
    street.watch.look().unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    let counts = Mutex::new(BTreeMap::<String, usize>::new());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (street, rows, counts, wrong) = (&street, &rows, &counts, &wrong);
            scope.spawn(move || {
                let client = street.host.client();
                let mut dice = Dice::new(number("FLOCK_TEST_SEED", 1) + caller);
                while Instant::now() < end {
                    let at = dice.roll(rows.len() as u64) as usize;
                    let record = client
                        .invoke(&format!("attack-{at}"), &rows[at].payload())
                        .map(|answer| answer.json());
                    let outcome =
                        record.clone().and_then(|record| Ok(annotation(&record, "outcome")?.to_string()));
                    let name = outcome.unwrap_or_else(|error| error).replace('"', "");
                    if !is_right(rows[at], &name) {
                        let told = record.map(|record| format!("{} {}", record["response"], record["logs"]));
                        wrong.lock().unwrap().push(format!("{}: {name}: {told:?}", rows[at].title()));
                    }
                    *counts.lock().unwrap().entry(name).or_default() += 1;
                }
            });
        }
    });
    let seen = street.watch.judge();
    println!("{:?}\ncalm {:?}\nmixed {seen:?}", counts.into_inner().unwrap(), street.watch.calm());
    for at in 0..rows.len() {
        delete(&street.host, &format!("attack-{at}"));
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} calls ended wrongly:\n{}", wrong.len(), wrong.join("\n"));
    if let Err(error) = seen {
        let log = street.host.log();
        let said: Vec<&str> =
            log.lines().filter(|line| line.contains("neighbour") || line.contains("ERROR")).collect();
        panic!("{error}; the host said:\n{}", said.join("\n"));
    }
    street.check_returned().unwrap();
}

/// What interrupts or stops all threads it can see changes how other attacks end; by itself it is judged by the neighbour.
fn reaches_for_others(row: &Attack) -> bool {
    ["thread-group", "forged-stop"].contains(&row.folder)
        && ["interrupt", "stop-lane"].iter().any(|how| row.payload()["how"] == *how)
}

/// In the crowd the time limit may come first, memory that others hold may be what a hog meets first, and what leaves threads
/// behind may meet its own of the call before.
fn is_right(row: &Attack, outcome: &str) -> bool {
    let is_left_over = row.leaves_threads && outcome == "threads";
    row.ends.outcomes().contains(&outcome) || outcome == "timeout" || outcome == "host_memory" || is_left_over
}
