//! Threads that no JVM can be made to stop, or only by special means. Their calls are answered all the same, the neighbour answers, and each thread is
//! either gone or counted as lost.

use std::time::{Duration, Instant};

use super::{
    attack::{Attack, attack},
    strike::{Street, annotation},
};

/// The time limit, and some time to answer.
const ANSWER_MAX: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(20);

const ATTACKS: &[Attack] = &[
    attack("blocked", r#"{"how":"deadlock-monitors"}"#),
    attack("blocked", r#"{"how":"deadlock-initialisers"}"#),
    attack("stdin", r#"{"how":"device"}"#),
    attack("pipe", r#"{"how":"reopened","millis":0}"#),
];

#[test]
fn what_cannot_be_stopped_is_answered_and_counted() {
    let failures: Vec<String> = ATTACKS
        .iter()
        .filter_map(|row| strike(row).err().map(|error| format!("{}: {error}", row.title())))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn strike(row: &Attack) -> Result<(), String> {
    let mut street = Street::start();
    street.deploy("stuck", row)?;
    let began = Instant::now();
    let answer = street.host.client().invoke("stuck", &row.payload())?;
    let took = began.elapsed();
    let record = answer.json();
    let outcome = annotation(&record, "outcome")?;
    // Standard input may be at its end, and the host may refuse to open what the function asks for.
    if !["timeout", "success", "developer_error"].iter().any(|right| outcome == right) {
        return Err(format!("the outcome is {outcome}: {record}"));
    }
    if took > ANSWER_MAX {
        return Err(format!("answered only after {took:?}"));
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (more, which) = street.more_threads();
        let lost = street.host.metric("flock_lost_lanes");
        if more as f64 <= lost {
            println!("{}: {outcome}, {lost} lost", row.title());
            break;
        }
        if Instant::now() >= deadline {
            return Err(format!("{which:?} live, {lost} are counted as lost"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    street.watch.judge()?;
    if street.host.is_alive() { Ok(()) } else { Err(street.last_words()) }
}
