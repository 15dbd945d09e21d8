//! Functions that break the rules, clients that do, and the neighbours that must not notice.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod checked_jni;
mod code;
mod deadlines;
mod deployments;
mod exits;
mod fuzz;
mod host_locks;
mod inits;
mod logs;
mod neighbour;
mod payloads;
mod reactors;
mod results;
mod rubble;
mod sights;
mod slow_clients;
mod slow_readers;
mod throwing;
mod wire;
