//! `kill -9` at any moment, again and again: what was acknowledged is there after the next start.
//!
//! In each cycle several clients write at once, each to actions of its own, and note what was acknowledged. A write that
//! was on its way when the host died may be there or not; one that was answered must be. `FLOCK_TEST_CRASH_CYCLES` sets the
//! number of cycles.

use std::{
    collections::HashMap,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    jars::jar_with,
    support::{Client, Dice, Flockd, Options, jar_bytes},
};

const CYCLES: usize = 60;
const CLIENTS: usize = 4;
const NAMES: usize = 3;
/// The host is killed within so much time of the first write.
const WRITE_MILLIS_MAX: u64 = 120;

/// What one client knows.
#[derive(Debug, Default)]
struct Known {
    /// By name: the mark of the last acknowledged version, none after a delete.
    actions: HashMap<String, Option<u64>>,
    /// Names with a write that was not answered: the mark that it would have set, none for a delete.
    open: HashMap<String, Vec<Option<u64>>>,
    /// Accepted asynchronous invocations.
    accepted: Vec<String>,
    /// Everything that was acknowledged.
    acknowledged: u64,
}

/// A version of an action: its code, its parameter and so its answer carry the mark.
fn body(jar: &[u8], mark: u64) -> Value {
    let code = STANDARD.encode(jar_with(jar, "mark.txt", mark.to_string().as_bytes()));
    json!({
        "exec": { "kind": "java:default", "code": code, "main": "hello.Hello" },
        "parameters": [{ "key": "name", "value": mark.to_string() }],
    })
}

/// Writes until the host is gone.
fn write(client: &Client, own: usize, known: &mut Known, dice: &mut Dice, jar: &[u8], marks: &AtomicU64) {
    loop {
        let name = format!("action{own}-{}", dice.roll(NAMES as u64));
        let exists = known.actions.get(&name).is_some_and(Option::is_some);
        match dice.roll(6) {
            0 | 1 => {
                let mark = marks.fetch_add(1, Ordering::Relaxed);
                match client.put(&name, &body(jar, mark)) {
                    Ok(answer) if answer.status == 200 => known.settle(name, Some(mark)),
                    Ok(answer) => panic!("PUT {name}: {} {}", answer.status, answer.text()),
                    Err(_) => return known.open.entry(name).or_default().push(Some(mark)),
                }
            }
            2 if exists => match client.send("DELETE", &format!("actions/{name}"), None) {
                Ok(answer) if answer.status == 200 => known.settle(name, None),
                Ok(answer) => panic!("DELETE {name}: {} {}", answer.status, answer.text()),
                Err(_) => return known.open.entry(name).or_default().push(None),
            },
            3 | 4 if exists => match client.invoke_later(&name, &json!({})) {
                Ok(answer) => {
                    assert_eq!(answer.status, 202, "{}", answer.text());
                    known.accepted.push(answer.json()["activationId"].as_str().unwrap().to_owned());
                    known.acknowledged += 1;
                }
                Err(_) => return,
            },
            _ if exists => match client.invoke(&name, &json!({})) {
                Ok(answer) => {
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    known.check(&name, &answer.json());
                }
                Err(_) => return,
            },
            _ => {}
        }
    }
}

impl Known {
    fn settle(&mut self, name: String, mark: Option<u64>) {
        self.open.remove(&name);
        self.actions.insert(name, mark);
        self.acknowledged += 1;
    }

    /// A blocking call gives the mark of the version that was acknowledged last.
    fn check(&self, name: &str, record: &Value) {
        let mark = self.actions[name].unwrap();
        assert_eq!(record["response"]["result"]["greeting"], format!("Hello, {mark}!"), "{name}");
    }

    /// Compares what is known with what a new host has, and learns from it what became of open writes.
    fn compare(&mut self, client: &Client, open: &HashMap<String, Vec<Option<u64>>>) {
        for (name, expected) in &mut self.actions {
            let answer = client.invoke(name, &json!({})).unwrap();
            let found = match answer.status {
                404 => None,
                200 => {
                    let record = answer.json();
                    let greeting = record["response"]["result"]["greeting"].as_str().unwrap().to_owned();
                    Some(greeting.trim_start_matches("Hello, ").trim_end_matches('!').parse::<u64>().unwrap())
                }
                // Code that cannot be loaded would be a 500.
                status => panic!("{name}: {status} {}", answer.text()),
            };
            let may_be = open.get(name).is_some_and(|open| open.contains(&found));
            assert!(
                found == *expected || may_be,
                "{name} is {found:?}, acknowledged was {expected:?}, open {open:?}"
            );
            *expected = found;
        }
        for id in self.accepted.drain(..) {
            let deadline = Instant::now() + Duration::from_secs(10);
            let record = loop {
                let answer = client.send("GET", &format!("activations/{id}"), None).unwrap();
                if answer.status == 200 {
                    break answer.json();
                }
                assert!(
                    Instant::now() < deadline,
                    "accepted invocation {id} has no record: {}",
                    answer.text()
                );
                std::thread::sleep(Duration::from_millis(5));
            };
            let ended = record["response"]["success"] == true;
            let error = record["response"]["result"]["error"].as_str().unwrap_or_default();
            assert!(ended || error.contains("restarted"), "{record}");
        }
    }
}

/// One start, writes, kill. Gives what was acknowledged in all.
fn cycle(folder: &Path, all: &mut [Known], dice: &mut Dice, jar: &[u8], marks: &AtomicU64) -> u64 {
    let mut host = Flockd::start_on(folder, &Options::default());
    let client = host.client();
    for known in all.iter_mut() {
        // Names that were never acknowledged but may be there now.
        let open = std::mem::take(&mut known.open);
        for name in open.keys() {
            known.actions.entry(name.clone()).or_insert(None);
        }
        known.compare(&client, &open);
    }
    let kill_after = Duration::from_millis(dice.roll(WRITE_MILLIS_MAX));
    std::thread::scope(|scope| {
        let writers: Vec<_> = all
            .iter_mut()
            .enumerate()
            .map(|(own, known)| {
                let client = host.client();
                let mut dice = Dice::new(dice.roll(u64::MAX));
                scope.spawn(move || write(&client, own, known, &mut dice, jar, marks))
            })
            .collect();
        std::thread::sleep(kill_after);
        host.kill();
        for writer in writers {
            writer.join().unwrap();
        }
    });
    all.iter().map(|known| known.acknowledged).sum()
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    let cycles =
        std::env::var("FLOCK_TEST_CRASH_CYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(CYCLES);
    let folder = tempfile::tempdir().unwrap();
    let jar = jar_bytes("hello");
    let seed = u64::from(std::process::id());
    println!("seed {seed}, {cycles} cycles");
    let mut dice = Dice::new(seed);
    let marks = AtomicU64::new(1);
    let mut all: Vec<Known> = (0..CLIENTS).map(|_| Known::default()).collect();
    let began = Instant::now();
    let mut acknowledged = 0;
    for _ in 0..cycles {
        acknowledged = cycle(folder.path(), &mut all, &mut dice, &jar, &marks);
    }
    println!(
        "{acknowledged} acknowledged writes, {:?} for a cycle",
        began.elapsed() / u32::try_from(cycles.max(1)).unwrap()
    );
    assert!(acknowledged > cycles as u64, "{acknowledged}");
    // Nothing that no version of an action uses stays in the code folder.
    let host = Flockd::start_on(folder.path(), &Options::default());
    let actions = host.send("GET", "/api/v1/namespaces/_/actions?limit=200", None).expect(200).json();
    let actions = actions.as_array().unwrap();
    let versions: usize = actions
        .iter()
        .map(|action| {
            let path = format!("/flock/v1/versions/{}", action["name"].as_str().unwrap());
            host.send("GET", &path, None).expect(200).json()["versions"].as_array().unwrap().len()
        })
        .sum();
    let files = std::fs::read_dir(folder.path().join("code")).unwrap().count();
    // The jar of /whisk.system/utils is there as well.
    assert!(files <= 2 * versions + 1, "{files} files for {versions} versions of {actions:?}");
}
