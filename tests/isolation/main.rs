//! What functions of different namespaces share, and cannot use to see, change or block one another: the defaults of the JDK, classes and
//! objects of the host, files, addresses, threads.
//!
//! An attacker in the namespace guest tries; a victim in the namespace `other` is the same jar or a neighbour, and must see what it saw before.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod allowed;
mod commons;
mod dimensions;
mod files;
mod first;
mod globals;
mod honest;
mod kept;
mod leaks;
mod logins;
mod made;
mod network;
mod pools;
mod reach;
mod registries;
mod remembered;
mod secrets;
mod seeds;
mod tenant;
mod threads;
mod watchers;
