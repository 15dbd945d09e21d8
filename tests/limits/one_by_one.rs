//! Each attack by itself, one after another on one host, with the neighbour watched. All rows of a kind run, then all that failed are told.

use super::{attack::Attack, attacks, strike::Street};

fn run(kind: &str) {
    let rows = attacks::ALL.iter().find(|(name, _)| *name == kind).unwrap().1;
    let only = std::env::var("FLOCK_TEST_ATTACK").unwrap_or_default();
    let mut failures = Vec::new();
    let mut street: Option<Street> = None;
    for attack in rows.iter().filter(|attack| attack.title().contains(&only)) {
        let on = street.get_or_insert_with(Street::start);
        if on.java < attack.java_min {
            continue;
        }
        match on.strike(attack) {
            Ok(line) => println!("{}: {line}", attack.title()),
            Err(error) => {
                let error = error + &on.last_words();
                println!("FAILED {}: {error}", attack.title());
                failures.push(format!("{}: {error}", attack.title()));
                // What it left behind must not be blamed on the next one.
                street = None;
            }
        }
    }
    if let Some(street) = street {
        println!("{kind}: the neighbour on the calm host: {:?}", street.watch.calm());
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), names(rows), failures.join("\n"));
}

fn names(rows: &[Attack]) -> String {
    format!("{} attacks failed", rows.len())
}

#[test]
fn running_without_end() {
    run("running");
}

#[test]
fn waiting_without_end() {
    run("blocking");
}

#[test]
fn having_errands_done() {
    run("errands");
}

#[test]
fn swallowing_the_stop() {
    run("swallowing");
}

#[test]
fn holding_memory() {
    run("memory");
}

#[test]
fn starting_threads() {
    run("threads");
}

#[test]
fn defining_classes() {
    run("classes");
}

#[test]
fn taking_what_is_the_hosts() {
    run("resources");
}
