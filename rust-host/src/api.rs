//! HTTP: OpenWhisk's REST API over warp.
//!
//! One filter takes every request and [`route`] finds the collection, because the paths carry names that may hold
//! anything. The service runs on hyper's connection with time limits of its own: a client that is slow, cut off or
//! malformed costs its own connection, nothing else.
//!
//! | file | what is there |
//! |---|---|
//! | [`server`] | listening, connections, the end of both |
//! | [`route`] | from method and path to a collection |
//! | [`auth`] | who calls |
//! | [`request`] | query parameters and bounded bodies |
//! | [`error`] | the one place that turns an error into a status |
//! | [`respond`] | bodies and headers of answers |
//! | [`accept`] | types that a client does not take |
//! | [`actions`] | `/namespaces/NS/actions` |
//! | [`activations`] | `/namespaces/NS/activations` |
//! | [`system`], [`builtin`], [`alarms`] | `whisk.system`: what comes with the host |
//! | [`run`] | running what a name stands for |
//! | [`collection`] | what packages, triggers and rules have in common |
//! | [`packages`], [`triggers`], [`rules`] | their collections |
//! | [`namespaces`] | `/namespaces`, limits |
//! | [`usage`] | `/flock/v1/usage`, `/flock/v1/top` |
//! | [`versions`] | `/flock/v1/versions` |
//! | [`funclets`] | `/flock/v1/funclets` |
//! | [`leaks`] | `/flock/v1/leaks` |
//! | [`logs`] | `/flock/v1/logs` |
//! | [`web`] | `/api/v1/web`: web actions |
//! | [`gateway`] | `/routes`: API routes |
//! | [`info`] | `/`, `/api/v1`, health, metrics |
//! | [`openapi`], [`docs`] | the document of all this, and as a page |

pub mod accept;
pub mod actions;
pub mod activations;
pub mod alarms;
pub mod auth;
pub mod builtin;
pub mod collection;
pub mod docs;
pub mod error;
pub mod funclets;
pub mod gateway;
pub mod holds;
pub mod info;
pub mod leaks;
pub mod logs;
pub mod namespaces;
pub mod openapi;
pub mod packages;
pub mod progress;
pub mod request;
pub mod respond;
pub mod route;
pub mod rules;
pub mod run;
pub mod server;
pub mod system;
pub mod triggers;
pub mod usage;
pub mod versions;
pub mod web;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use crate::{
    chain::Chains,
    config::Config,
    invoke::{Invoker, admission::rate::Rate},
    model::time::now_epoch_millis,
    observe::metrics::Metrics,
    store::{Store, StoreError, makers::Makers},
};

use holds::Holds;

/// What handlers work with.
#[derive(Debug)]
pub struct Host {
    /// The configuration.
    pub config: Config,
    /// The store.
    pub store: Arc<Store>,
    /// Runs functions.
    pub invoker: Arc<Invoker>,
    /// Runs sequences.
    pub chains: Chains,
    /// Told when an alarm was made or changed.
    pub alarms: tokio::sync::Notify,
    /// How often triggers may fire.
    pub fires: Rate,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Are calls answered?
    pub is_ready: AtomicBool,
    /// Held while actions are written, so that two updates of one action do not cross.
    pub writing: tokio::sync::Mutex<()>,
    /// Held while usage is written down, so that a bill has all that was counted before it.
    pub booking: tokio::sync::Mutex<()>,
    /// What unpacks and compiles code that is deployed.
    pub makers: Makers,
    /// Deployments that are received, wait or are made.
    pub deployments: Holds,
    /// Answers that have the code of an action.
    pub code_answers: Holds,
    /// `java -version` in short.
    pub java_version: String,
}

impl Host {
    /// Looks at the operator's limits of single namespaces.
    pub async fn apply_quotas(&self) -> Result<(), StoreError> {
        let quotas = self.store.quotas().await?;
        let fires = quotas
            .iter()
            .filter_map(|(name, quota)| Some((name.clone(), quota.fires_per_minute?.into())))
            .collect();
        self.fires.set(fires);
        self.invoker.admission.set(quotas);
        Ok(())
    }

    /// Writes down what was counted since the last time. A host that is killed loses what came after; what the database
    /// refuses is lost, too.
    pub async fn book_usage(&self) -> Result<(), StoreError> {
        let _booking = self.booking.lock().await;
        let entries = self.metrics.ledger.take(Instant::now());
        self.store.add_usage(now_epoch_millis() / 60_000, entries).await
    }
}
