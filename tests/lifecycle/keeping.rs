//! How many activation records are kept, and whose: a loud namespace neither fills the disk nor has others' records deleted.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    support::{Flockd, Options, eventually, flockd, source, source_exec},
    words::run,
};

const MEBIBYTE: u64 = 1 << 20;

/// Prints `kib` KiB.
fn put_loud(host: &Flockd) {
    let body = r#"
        String line = "x".repeat(1023);
        for (int i = 0; i < args.get("kib").getAsInt(); i++) System.out.println(line);
        return new JsonObject();"#;
    host.put("loud", &json!({ "exec": source_exec(&source(body)) })).expect(200);
}

/// A key of another namespace.
fn other_key(folder: &Path) -> String {
    let mut command = flockd();
    let said = run(command.args(["keys", "create", "other", "--data"]).arg(folder));
    said.out.trim().to_owned()
}

/// Calls an action of the other namespace and gives the id of its record.
fn call_other(host: &Flockd, auth: &str) -> String {
    let path = "/api/v1/namespaces/_/actions/small";
    let body = json!({ "exec": source_exec(&source("return args;")) });
    let put = || host.send_as(Some(auth), "PUT", &format!("{path}?overwrite=true"), Some(&body));
    eventually("the key is known", || put().status == 200);
    let answer =
        host.send_as(Some(auth), "POST", &format!("{path}?blocking=true"), Some(&json!({}))).expect(200);
    answer.json()["activationId"].as_str().unwrap().to_owned()
}

fn status_of(host: &Flockd, auth: &str, id: &Value) -> u16 {
    let path = format!("/api/v1/namespaces/_/activations/{}", id.as_str().unwrap());
    host.send_as(Some(auth), "GET", &path, None).status
}

fn database_bytes(folder: &Path) -> u64 {
    let length = |name: &str| folder.join(name).metadata().map_or(0, |file| file.len());
    length("flock.db") + length("flock.db-wal")
}

#[test]
fn a_loud_function_stays_within_its_bytes_and_others_keep_their_records() {
    let host = Flockd::start_with(&Options::default().set("records.max-mebibytes", 8));
    let auth = other_key(host.data());
    let small = json!(call_other(&host, &auth));
    put_loud(&host);
    let call = || host.invoke("loud", &json!({ "kib": 1024 })).expect(200).json()["activationId"].clone();
    let first = call();
    let mut last = Value::Null;
    for _ in 0..150 {
        last = call();
        // The bound, what one transaction may add, and as much again in the log.
        assert!(database_bytes(host.data()) < 80 * MEBIBYTE, "{} bytes", database_bytes(host.data()));
    }
    eventually("no more is kept than may be", || {
        host.metric("flock_kept_records_bytes") <= (8 * MEBIBYTE) as f64
    });
    assert_eq!(status_of(&host, &auth, &small), 200);
    assert_eq!(status_of(&host, &host.auth, &first), 404);
    assert_eq!(status_of(&host, &host.auth, &last), 200);
    assert_eq!(host.metric("flock_dropped_records"), 0.0);
}

#[test]
fn of_too_many_records_those_of_who_has_most_go_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let auth = other_key(folder.path());
    let with = |count: u64| Options::default().set("records.max-count", count);
    let host = Flockd::start_on(folder.path(), &with(50));
    let others: Vec<Value> = (0..3).map(|_| json!(call_other(&host, &auth))).collect();
    put_loud(&host);
    for _ in 0..120 {
        host.invoke("loud", &json!({ "kib": 0 })).expect(200);
    }
    let are_kept = |host: &Flockd, count: f64| {
        eventually("the bound holds", || host.metric("flock_kept_records") == count);
        let list = host.send("GET", "/api/v1/namespaces/_/activations?limit=200", None).expect(200).json();
        assert_eq!(list.as_array().unwrap().len() as f64, count - 3.0);
        for id in &others {
            assert_eq!(status_of(host, &auth, id), 200);
        }
    };
    are_kept(&host, 50.0);
    drop(host);
    are_kept(&Flockd::start_on(folder.path(), &with(10)), 10.0);
}
