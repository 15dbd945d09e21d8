//! Who deploys much, or what takes a compiler long, waits for itself: no neighbour does, and the host's memory is bounded.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    neighbour::Street,
    support::{Flockd, Options, eventually, flockd, jar_exec, source_exec},
    wire::{End, Wire, request},
};

/// As many compilers as one namespace may have at a time.
const SHARE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(60);

/// Legal source at which the compiler has to collect its heap for long.
fn slow_source(number: usize) -> String {
    format!("public class Main {{ int number = {number}; void f() {{ {} }} }}", "{}".repeat(8 << 20))
}

/// What can be compiled only when a compiler is free.
fn large_source(number: usize, bytes: usize) -> String {
    format!("public class Main {{ int number = {number}; }} // {}", "x".repeat(bytes))
}

fn path(name: &str) -> String {
    format!("/api/v1/namespaces/_/actions/{name}?overwrite=true")
}

/// Sends a deployment of the namespace guest and does not wait for its answer.
fn fire(host: &Flockd, name: &str, source: &str) -> Wire {
    let body = json!({ "exec": source_exec(source) }).to_string();
    let mut wire = Wire::open(host);
    wire.send(&request(host, "PUT", &path(name), body.as_bytes()));
    wire
}

/// Takes every compiler that the namespace guest can have.
fn hold_compilers(host: &Flockd) -> Vec<Wire> {
    let held = (0..SHARE).map(|number| fire(host, &format!("slow{number}"), &slow_source(number))).collect();
    eventually("they are at work", || makers(host) == SHARE);
    held
}

/// Threads that unpack or compile.
fn makers(host: &Flockd) -> usize {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", host.pid())).unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "image").count()
}

/// The key of another namespace.
fn other(host: &Flockd) -> String {
    let made = flockd().args(["keys", "create", "other", "--data"]).arg(host.data()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    eventually("the new key is known", || {
        host.send_as(Some(&key), "GET", "/api/v1/namespaces", None).status == 200
    });
    key
}

fn jar() -> Value {
    json!({ "exec": jar_exec("echo", "Echo") })
}

#[test]
fn sources_of_one_namespace_hold_up_no_deployment_of_another() {
    let street = Street::start();
    let host = &street.host;
    let other = other(host);
    street.beside(|| {
        let mut held = hold_compilers(host);
        held.extend((0..4).map(|number| fire(host, &format!("more{number}"), &slow_source(10 + number))));
        let put = jar();
        host.send_as(Some(&other), "PUT", &path("echo"), Some(&put)).expect(200);
        host.put("echo", &put).expect(200);
        let is_answered = |wire: &mut Wire| wire.read_answer(Duration::from_millis(1)) != End::Hangs;
        assert_eq!(held.iter_mut().filter_map(|wire| is_answered(wire).then_some(())).count(), 0);
        assert_eq!(makers(host), SHARE);
    });
}

#[test]
fn what_waits_is_bounded_in_number_and_ends_with_its_client() {
    let options = Options::default().set("limits.namespace.deployments", 6);
    let street = Street::start_with(&options);
    let host = &street.host;
    let other = other(host);
    street.beside(|| {
        let _held = hold_compilers(host);
        let waiting: Vec<Wire> =
            (0..4).map(|number| fire(host, &format!("waits{number}"), &large_source(number, 100))).collect();
        let put = jar();
        eventually("there is no more room", || host.put("echo", &put).status == 429);
        let refused = host.put("echo", &put).expect(429);
        assert_eq!(
            refused.error(),
            "Too many deployments: namespace guest has 6 at a time, which is the limit (limits.namespace.deployments)."
        );
        assert!(refused.header("retry-after").is_some());
        host.send_as(Some(&other), "PUT", &path("echo"), Some(&put)).expect(200);
        drop(waiting);
        // A sequence needs no maker.
        let sequence = json!({ "exec": { "kind": "sequence", "components": ["/_/neighbour"] } });
        eventually("they have given up", || host.put("steps", &sequence).status == 200);
        for number in 0..4 {
            host.send("GET", &format!("/api/v1/namespaces/_/actions/waits{number}"), None).expect(404);
        }
        assert_eq!(makers(host), SHARE);
    });
}

#[test]
fn what_waits_is_bounded_in_bytes() {
    const MAX: usize = 80 << 20;
    let options = Options::default().set("limits.deployments-max-bytes", MAX);
    let street = Street::start_with(&options);
    let host = &street.host;
    let other = other(host);
    street.beside(|| {
        // One is larger than a namespace's part, and may be so alone.
        let _held = fire(host, "slow", &slow_source(0));
        eventually("it is at work", || makers(host) == 1);
        let large = json!({ "exec": source_exec(&large_source(1, 16 << 20)) });
        let refused = host.put("large", &large).expect(429);
        let part = MAX / 4;
        assert!(refused.error().contains(&format!("may have {part} bytes together")), "{}", refused.error());
        // What is small goes on, and another namespace has its own part.
        host.put("echo", &jar()).expect(200);
        host.send_as(Some(&other), "PUT", &path("large"), Some(&large)).expect(200);
    });
}

/// The host had twice the source of each.
#[test]
fn deployments_whose_clients_are_gone_leave_no_memory_behind() {
    let street = Street::start();
    let host = &street.host;
    street.beside(|| {
        let _held = hold_compilers(host);
        let before = host.memory_kib("Rss");
        for number in 0..10 {
            drop(fire(host, &format!("gone{number}"), &large_source(number, 20 << 20)));
        }
        eventually("it is given back", || host.memory_kib("Rss") < before + (100 << 10));
    });
}

#[test]
fn a_compiler_without_resources_is_told_in_words() {
    let street = Street::start();
    let host = &street.host;
    let nested = format!(
        "public class Main {{ int f() {{ return {}1{}; }} }}",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    for (source, words) in [
        (
            large_source(1, 40 << 20),
            "the compiler needs more than its heap of 256 MiB; make the source smaller",
        ),
        (nested, "it is nested deeper than the stack of the compiler reaches; make the source smaller"),
    ] {
        let body = json!({ "exec": source_exec(&source) }).to_string();
        let mut wire = Wire::open(host);
        wire.send(&request(host, "PUT", &path("large"), body.as_bytes()));
        assert_eq!(wire.read_answer(PATIENCE), End::Answered);
        assert_eq!(wire.status(), Some(400), "{}", wire.text());
        assert!(wire.text().contains(words), "{}", wire.text());
        assert!(!wire.text().contains("jdk.compiler"), "{}", wire.text());
    }
}
