//! A thousand distinct actions of one class each, all loaded at once.

use std::io::{Cursor, Read, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::support::{Flockd, jar_bytes};

/// Generous: a host with a thousand loaded functions, on any JDK, in any profile.
const RESIDENT_MAX_KIB: u64 = 1536 * 1024;

/// A jar with one entry more.
pub(crate) fn jar_with(jar: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(jar)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        writer.raw_copy_file(archive.by_index_raw(at).unwrap()).unwrap();
    }
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

/// The jar of `hello` with other constants in its class: the greetings' first word, by one of the same length.
fn jar_that_says(word: &str) -> Vec<u8> {
    const WAS: &[u8] = b"Hello";
    assert_eq!(word.len(), WAS.len());
    let mut class = Vec::new();
    let mut archive = ZipArchive::new(Cursor::new(jar_bytes("hello"))).unwrap();
    archive.by_name("hello/Hello.class").unwrap().read_to_end(&mut class).unwrap();
    // A comma follows it in the greetings, a slash or a dot in the names of the class.
    let places: Vec<usize> = (0..class.len() - WAS.len() - 1)
        .filter(|at| class[*at..].starts_with(WAS) && class[*at + WAS.len()] == b',')
        .collect();
    assert!(!places.is_empty(), "hello's class has no greeting");
    for at in places {
        class[at..at + WAS.len()].copy_from_slice(word.as_bytes());
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("hello/Hello.class", SimpleFileOptions::default()).unwrap();
    writer.write_all(&class).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_thousand_distinct_actions_answer() {
    const ACTIONS: usize = 1000;
    const CLIENTS: usize = 4;
    let host = Flockd::start();
    let before_kib = host.resident_kib();
    let word = |number: usize| format!("W{number:04}");
    let each = |work: &(dyn Fn(&super::support::Client, usize) + Sync)| {
        std::thread::scope(|scope| {
            for part in 0..CLIENTS {
                let client = host.client();
                scope
                    .spawn(move || (part..ACTIONS).step_by(CLIENTS).for_each(|number| work(&client, number)));
            }
        });
    };
    each(&|client, number| {
        let exec = json!({
            "kind": "java:default",
            "code": STANDARD.encode(jar_that_says(&word(number))),
            "main": "hello.Hello",
        });
        client.put(&format!("action{number}"), &json!({ "exec": exec })).unwrap().expect(200);
    });
    for _ in 0..2 {
        each(&|client, number| {
            let answer =
                client.invoke(&format!("action{number}"), &json!({ "name": "Ada" })).unwrap().expect(200);
            assert_eq!(answer.json()["response"]["result"]["greeting"], format!("{}, Ada!", word(number)));
        });
    }
    assert_eq!(host.metric("flock_loaded"), ACTIONS as f64);
    let after_kib = host.resident_kib();
    println!(
        "resident: {} MiB before, {} MiB with {ACTIONS} loaded actions and {} lanes: {} KiB each",
        before_kib / 1024,
        after_kib / 1024,
        host.metric("flock_lanes"),
        after_kib.saturating_sub(before_kib) / ACTIONS as u64
    );
    assert!(after_kib < RESIDENT_MAX_KIB, "{after_kib} KiB");
}
