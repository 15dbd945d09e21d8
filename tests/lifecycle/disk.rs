//! A database that takes no writes for a while, as when the disk is full: nothing is lost that fits into memory, and everybody is told.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::support::{Flockd, eventually_within, source, source_exec};

const CALLS: usize = 30;
/// The host waits ten seconds for a lock before it gives a write up.
const GIVEN_UP: Duration = Duration::from_secs(60);

#[test]
fn records_wait_while_nothing_can_be_written_and_everybody_is_told() {
    let host = Flockd::start();
    let body = json!({ "exec": source_exec(&source("return args;")) });
    host.put("echo", &body).expect(200);
    host.result("echo", &json!({}));
    let database = Connection::open(host.data().join("flock.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let call = |number: usize| {
        let record = host.invoke("echo", &json!({ "number": number })).expect(200).json();
        record["activationId"].as_str().unwrap().to_owned()
    };
    let ids: Vec<String> = (0..CALLS).map(call).collect();
    let ready = || host.send_as(None, "GET", "/readyz", None);
    eventually_within(GIVEN_UP, "the host says that it cannot write", || ready().status == 503);
    let said: Value = ready().json();
    assert_eq!(said["ready"], false);
    assert!(said["store"].as_str().unwrap().contains("nothing can be written: "), "{said}");
    let refused = host.put("other", &body).expect(503).error();
    assert!(refused.contains("Nothing was changed; try again later"), "{refused}");
    host.send("GET", "/api/v1/namespaces/_/actions/other", None).expect(404);
    // Calls are answered all the same.
    host.result("echo", &json!({}));
    database.execute_batch("ROLLBACK").unwrap();
    eventually_within(GIVEN_UP, "the host writes again", || ready().status == 200);
    for (number, id) in ids.iter().enumerate() {
        let record =
            host.send("GET", &format!("/api/v1/namespaces/_/activations/{id}"), None).expect(200).json();
        assert_eq!(record["response"]["result"]["number"], number);
    }
    assert_eq!(host.metric("flock_dropped_records"), 0.0);
    host.put("other", &body).expect(200);
}
