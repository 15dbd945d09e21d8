//! What a client sees: the API, the clients, functions by OpenWhisk's convention.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod flockctl;
mod wsk_replay;
