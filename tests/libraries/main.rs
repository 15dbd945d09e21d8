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

use std::{sync::Barrier, time::Duration};

use serde_json::{Value, json};

use page::Page;
use shelf::Book;
use support::{Flockd, Options, eventually_within};

/// Calls of each function while all of them run.
const ROUNDS: usize = 3;
const REDEPLOYS: usize = 2;

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
    for book in &all {
        book.deploy(&host);
    }
    for round in 0..=redeploys {
        for book in &all {
            if round > 0 {
                // A new version, and so a new class loader, of the same code.
                let change = json!({ "parameters": [{ "key": "round", "value": round }] });
                host.put(&book.name, &change).expect(200);
            }
            let answer = host.invoke(&book.name, &payload).json();
            if book.refused.is_none() {
                book.assert_works(&answer["response"]["result"]);
            }
        }
    }
    for book in &all {
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
}

/// What a function says when its work was right.
fn works(answer: &Value) -> bool {
    answer["works"] == json!(true)
}
