//! Threads that no JVM can be made to stop, or only by special means. Their calls are answered all the same, the neighbour answers, and each thread is
//! either gone or counted as lost.

use std::time::{Duration, Instant};

use super::{
    attack::{Attack, attack},
    process,
    strike::{Street, annotation},
};

const PATIENCE: Duration = Duration::from_secs(20);

const ATTACKS: &[Attack] = &[
    attack("blocked", r#"{"how":"deadlock-monitors"}"#),
    attack("stdin", r#"{"how":"descriptor"}"#),
    attack("stdin", r#"{"how":"device"}"#),
    attack("pipe", r#"{"how":"reopened","millis":0}"#),
];

#[test]
fn what_cannot_be_stopped_is_answered_and_counted() {
    for row in ATTACKS {
        let mut street = Street::start();
        let threads = process::threads(street.host.pid());
        street.deploy("stuck", row).unwrap();
        let began = Instant::now();
        let answer = street.host.client().invoke("stuck", &row.payload()).unwrap();
        let took = began.elapsed();
        let record = answer.json();
        let outcome = annotation(&record, "outcome").unwrap();
        // Standard input may be at its end, and the host may refuse to open what the function asks for.
        assert!(
            ["timeout", "success", "developer_error"].iter().any(|right| outcome == right),
            "{}: {record}",
            row.title()
        );
        assert!(took < Duration::from_secs(4), "{}: {took:?}", row.title());
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (more, which) = process::more_threads(&threads, &process::threads(street.host.pid()));
            let lost = street.host.metric("flock_lost_lanes");
            if more as f64 <= lost {
                println!("{}: {outcome}, {lost} lost", row.title());
                break;
            }
            assert!(Instant::now() < deadline, "{}: {which:?} live, {lost} are counted as lost", row.title());
            std::thread::sleep(Duration::from_millis(50));
        }
        street.watch.judge().unwrap();
        assert!(street.host.is_alive());
    }
}
