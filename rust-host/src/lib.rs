//! Flock: a function-as-a-service host that runs thousands of Java functions in one JVM.
//!
//! # Where a request goes
//! 1. [`api`]: a connection is accepted, the request's head is read, its namespace is authenticated (`api/auth.rs`).
//! 2. `api/route.rs` finds the collection, `api/actions/invoke.rs` reads the bounded body and checks it.
//! 3. [`invoke`]: admission (`invoke/admission.rs`), then the call is made (`invoke/call.rs`).
//! 4. [`chain`], when the action is a sequence: hop after hop through 3.
//! 5. [`funclets`]: the pool of the action's version, loaded if need be, takes the call into its queue.
//! 6. `flock_jvm`: a lane takes it, Java runs it, the answer comes back.
//! 7. `invoke/call.rs` makes the record; [`store`] writes it behind.
//! 8. `api/error.rs` and `api/actions/invoke.rs` turn the outcome into a status.
//!
//! [`supervise`] watches the lanes all the while; [`observe`] counts; a [`reactor`] is driven by its own thread or by a
//! lane. Rooms know only those above them in this list: `model`, `config` / `observe` / `store` / `reactor`,
//! `supervise`, `funclets`, `invoke`, `chain`, `api`, the binaries.

#![forbid(unsafe_code)]

pub mod api;
pub mod chain;
pub mod config;
pub mod funclets;
pub mod invoke;
pub mod model;
pub mod observe;
pub mod reactor;
pub mod store;
pub mod supervise;
