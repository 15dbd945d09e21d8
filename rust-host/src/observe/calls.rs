//! Counts of the calls of one loaded version of an action, since it was loaded.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::{Activation, Outcome};

/// What the versions of an action did between which calls are split, since each was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionCalls {
    /// Who pays.
    pub namespace: String,
    /// `ns/pkg/name`.
    pub action: String,
    /// The version.
    pub version: String,
    /// Calls that ended.
    pub ended: u64,
    /// Those with any outcome but success.
    pub failed: u64,
    /// Instances that were initialised.
    pub cold: u64,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub struct Calls {
    ended: AtomicU64,
    failed: AtomicU64,
    cold: AtomicU64,
    init_micros: AtomicU64,
}

impl Calls {
    /// A call has ended.
    pub fn note(&self, record: &Activation) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        if record.outcome != Outcome::Success {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if record.init_millis.is_some() {
            self.initialised(record.usage.init_micros);
        }
    }

    /// An instance was initialised in this time.
    pub fn initialised(&self, micros: u64) {
        self.cold.fetch_add(1, Ordering::Relaxed);
        self.init_micros.store(micros, Ordering::Relaxed);
    }

    /// Calls that ended.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// Calls that ended with any outcome but success.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Instances that were initialised.
    pub fn cold(&self) -> u64 {
        self.cold.load(Ordering::Relaxed)
    }

    /// What loading and initialising took the last time.
    pub fn init_micros(&self) -> u64 {
        self.init_micros.load(Ordering::Relaxed)
    }
}
