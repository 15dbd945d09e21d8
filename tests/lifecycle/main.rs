//! Start, stop, crash, restart, and many functions at once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod configuration;
mod crash;
mod density;
mod disk;
mod entities;
mod files;
mod jars;
mod keeping;
mod keys;
mod lost_code;
mod making;
mod manifest;
mod pressure;
mod ready;
mod restart;
mod samples;
mod stopping;
mod updates;
mod versions;
mod words;
mod woven;
