//! Reports the functions whose class loader does not go after they were dropped, with what holds it.
//!
//! A thread of its own looks after each forced collection. The walk that finds the chain stops everybody for as long as it
//! takes, so there is one a minute at most after the first, one loader a walk, and a loader is walked for once. What was
//! found is kept until the loader goes, the last 100 of them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use flock_jvm::Vm;

use super::{heap, lock};
use crate::model::time::now_epoch_millis;

const TICK: Duration = Duration::from_millis(500);
const BETWEEN_WALKS: Duration = Duration::from_secs(60);
const KEPT_MAX: usize = 100;

/// What is told of a loader that does not go.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its namespace.
    pub namespace: String,
    /// The action and its version.
    pub action: String,
    /// When it was found.
    pub found_epoch_millis: u64,
    /// How long everybody waited for the walk, microseconds.
    pub walk_micros: u64,
    /// From a root to the loader.
    pub chain: Vec<String>,
    funclet: u64,
}

/// The reports, the oldest first.
pub(super) type Reports = Arc<Mutex<VecDeque<Report>>>;

pub(super) fn start(vm: Vm) -> std::io::Result<Reports> {
    let reports = Reports::default();
    let own = Arc::clone(&reports);
    thread::Builder::new().name("leaks".to_owned()).spawn(move || {
        let (mut seen, mut walked): (u64, Option<Instant>) = (0, None);
        loop {
            thread::sleep(TICK);
            let collections = heap::forced_collections();
            if collections != seen {
                seen = collections;
                match vm.count_survivors() {
                    Ok(held) => lock(&own).retain(|report| held.contains(&report.funclet)),
                    Err(error) => tracing::warn!(%error, "dropped functions could not be looked at"),
                }
            }
            if walked.is_none_or(|at| at.elapsed() > BETWEEN_WALKS) && look(&vm, &own) {
                walked = Some(Instant::now());
            }
        }
    })?;
    Ok(reports)
}

/// Walks for one loader. Was there one?
fn look(vm: &Vm, reports: &Reports) -> bool {
    let leak = match vm.find_leak() {
        Ok(Some(leak)) => leak,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(%error, "what holds a dropped function could not be found");
            return true;
        }
    };
    let walk_micros = u64::try_from(leak.took.as_micros()).unwrap_or(u64::MAX);
    let chain = leak.chain.join(" -> ");
    tracing::warn!(function = leak.name, walk_micros, chain, "the classes of a dropped function do not go");
    let (namespace, action) = leak.name.split_once(' ').unwrap_or(("", &leak.name));
    let mut reports = lock(reports);
    if reports.len() == KEPT_MAX {
        reports.pop_front();
    }
    reports.push_back(Report {
        namespace: namespace.to_owned(),
        action: action.to_owned(),
        found_epoch_millis: now_epoch_millis(),
        walk_micros,
        chain: leak.chain,
        funclet: leak.funclet,
    });
    true
}
