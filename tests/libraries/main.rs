//! Real libraries from Maven Central, each in a function that does work with it and checks its own answer: they work as the
//! table of COMPATIBILITY.md says, at the same time and in two versions, and leave nothing behind when they are deployed anew.
//!
//! The jars are built by `gradle :functions:libraryJars`. `FLOCK_TEST_REDEPLOYS` sets how often each is deployed anew, and
//! `FLOCK_TEST_LIBRARIES` which, by folder and with commas; `FLOCK_WRITE_COMPATIBILITY=1` writes the table instead of
//! comparing it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod page;
mod shelf;
mod table;

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use page::Page;
use shelf::Book;
use support::{Flockd, Options, eventually_within};

/// Calls of each function while all of them run.
const ROUNDS: usize = 3;
const REDEPLOYS: usize = 2;
/// Rounds before the baseline. The C library's memory has holes that no longer fill by the second round: after the first
/// one 190 to 240 MiB were resident, after the third 260 to 290, after the ninth 280.
const FIRST_ROUNDS: usize = 2;
const THREADS_SPARE: usize = 12;
const DESCRIPTORS_SPARE: usize = 12;
/// Of the JDK and of what it generates for itself, which stay.
const CLASSES_SPARE: u64 = 400;
/// Of the process: the code that the JVM has compiled, and what the C library cannot give back.
const RESIDENT_SPARE_MEBIBYTES: u64 = 64;

/// A host that lets functions call this machine, for the HTTP client.
fn start() -> (Flockd, Page) {
    let host = Flockd::start_with(&Options::default().set("isolation.net-allow", "guest=127.0.0.0/8"));
    (host, Page::start("three cups"))
}

#[test]
fn each_library_does_as_the_table_says_alone_and_among_all_others() {
    let (host, page) = start();
    let payload = json!({ "url": page.url });
    let mut rows = Vec::new();
    let mut working = Vec::new();
    for book in shelf::all() {
        book.deploy(&host);
        let answer = host.invoke(&book.name, &payload);
        rows.push(table::row(&book, answer.status, &answer.json()["response"]["result"]));
        if book.refused.is_none() {
            working.push(book);
        }
    }
    table::check(&rows);
    assert!(working.len() >= 20, "only {} libraries work", working.len());

    let start = Barrier::new(working.len());
    std::thread::scope(|scope| {
        for book in &working {
            let (client, start, payload) = (host.client(), &start, &payload);
            scope.spawn(move || {
                start.wait();
                for _ in 0..ROUNDS {
                    let answer = client.invoke(&book.name, payload).unwrap().expect(200).json();
                    book.assert_works(&answer["response"]["result"]);
                }
            });
        }
    });
    // One that was refused harms nobody.
    assert_eq!(host.metric("flock_lost_lanes"), 0.0);
}

#[test]
fn libraries_that_are_deployed_anew_leave_nothing_behind() {
    let redeploys = std::env::var("FLOCK_TEST_REDEPLOYS")
        .map_or(REDEPLOYS, |text| text.parse().expect("FLOCK_TEST_REDEPLOYS is a number"));
    let (host, page) = start();
    let payload = json!({ "url": page.url });
    let all: Vec<Book> = shelf::all().into_iter().filter(|book| book.is_asked_for()).collect();
    side_by_side(&all, |book| book.deploy(&host));
    let mut baseline = None;
    for round in 0..FIRST_ROUNDS + redeploys {
        if round == FIRST_ROUNDS {
            // What the first uses of a library leave in the JDK and in the C library's memory is there from now on.
            baseline = Some(take_away(&host, &all));
            side_by_side(&all, |book| book.deploy(&host));
        }
        side_by_side(&all, |book| {
            if round != 0 && round != FIRST_ROUNDS {
                // A new version, and so a new class loader, of the same code.
                let change = json!({ "parameters": [{ "key": "round", "value": round }] });
                host.put(&book.name, &change).expect(200);
            }
            let answer = host.invoke(&book.name, &payload).json();
            if book.refused.is_none() {
                book.assert_works(&answer["response"]["result"]);
            }
        });
    }
    let after = take_away(&host, &all);
    if let Some(before) = baseline {
        let resident = (before.resident_mebibytes, after.resident_mebibytes);
        println!(
            "{redeploys} redeploys of {} libraries, RSS {resident:?} MiB: {before:?}, {after:?}",
            all.len()
        );
        // A thread or a descriptor of the host may come with its work; a leak would be one for each redeployment.
        assert!(after.threads <= before.threads + THREADS_SPARE, "{after:?}");
        assert!(after.descriptors <= before.descriptors + DESCRIPTORS_SPARE, "{after:?}");
        assert!(after.classes <= before.classes + CLASSES_SPARE, "{after:?}");
        // The JDK's code and what it keeps grow with its use; a version that stayed would be megabytes.
        assert!(
            after.resident_mebibytes <= before.resident_mebibytes + RESIDENT_SPARE_MEBIBYTES,
            "{after:?}"
        );
    }
}

/// Does something for each, two at a time: a library's first use is one thread's work.
fn side_by_side(all: &[Book], work: impl Fn(&Book) + Sync) {
    let (next, work) = (AtomicUsize::new(0), &work);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(book) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(book);
                }
            });
        }
    });
}

/// What a host holds when no function is loaded.
#[derive(Debug, Clone, Copy)]
struct Held {
    classes: u64,
    threads: usize,
    descriptors: usize,
    resident_mebibytes: u64,
}

/// Deletes all and waits until their classes are gone and their lanes have ended.
fn take_away(host: &Flockd, all: &[Book]) -> Held {
    let given_back = host.metric("flock_given_back");
    for book in all {
        host.send("DELETE", &format!("/api/v1/namespaces/_/actions/{}", book.name), None).expect(200);
    }
    eventually_within(Duration::from_secs(240), "all classes are gone, or a leak is found", || {
        std::thread::sleep(Duration::from_millis(500));
        host.metric("flock_unloading") == 0.0 || host.metric("flock_leaks") > 0.0
    });
    let leaks = host.send("GET", "/flock/v1/leaks", None).expect(200).json();
    assert_eq!(leaks["rows"], json!([]), "{leaks:#}");
    assert_eq!(host.metric("flock_leaks"), 0.0);
    assert_eq!(host.metric("flock_unloading"), 0.0);
    eventually_within(Duration::from_secs(60), "the lanes end", || host.metric("flock_lanes") == 0.0);
    // What was deployed and called last began before this.
    eventually_within(Duration::from_secs(90), "memory is given back", || {
        host.metric("flock_given_back") > given_back
    });
    // The number of classes is read once a second.
    std::thread::sleep(Duration::from_secs(2));
    let count = |folder: &str| std::fs::read_dir(format!("/proc/{}/{folder}", host.pid())).unwrap().count();
    Held {
        classes: host.metric("flock_jvm_classes") as u64,
        threads: count("task"),
        descriptors: count("fd"),
        resident_mebibytes: host.memory_kib("Rss") >> 10,
    }
}

/// What a function says when its work was right.
fn works(answer: &Value) -> bool {
    answer["works"] == json!(true)
}
