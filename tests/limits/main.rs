//! Functions that go over their budget, and the neighbour that must not notice: one after another, all at once, and by the thousand.
//!
//! An attack is a row of `attacks/`; `strike.rs` runs one and checks all that must hold after it. `FLOCK_TEST_ATTACK=TEXT` runs only
//! the rows that contain the text, `FLOCK_TEST_MIX_SECONDS` and `FLOCK_TEST_SOAK_KILLS` set how long the mix and the soak go on,
//! `FLOCK_TEST_SEED` their order.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "../support/mod.rs"]
mod support;

mod attack;
mod attacks;
mod between;
mod complete;
mod honest;
mod limit_table;
mod mix;
mod namespaces;
mod one_by_one;
mod process;
mod shared;
mod soak;
mod strike;
mod unstoppable;
mod watch;
