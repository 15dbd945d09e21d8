//! Chains: what a sequence does on its one lane, what it keeps apart, and the records that it leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod ahead;
mod apart;
mod budgets;
mod conductor;
mod direct;
mod flow;
mod lane;
mod records;
mod semantics;
mod strangers;
mod street;
