//! Who pays for what a function uses. Instances keep it beyond their pool: the threads of a version that is gone may run on for a while.

use std::sync::Arc;

use flock_jvm::Effort;

use crate::{
    model::{Action, EntityName},
    observe::ledger::Row,
    supervise,
};

use super::{Bill, Pool};

/// See the head of this file.
pub(super) struct Payer {
    action: Arc<Action>,
    bill: Arc<dyn Bill>,
    row: Arc<Row>,
}

impl Payer {
    pub(super) fn new(action: Arc<Action>, bill: Arc<dyn Bill>, row: Arc<Row>) -> Arc<Self> {
        Arc::new(Self { action, bill, row })
    }

    /// Charges the share of the namespace.
    pub(super) fn charge(&self, cpu_nanos: u64) {
        self.bill.cpu(&self.action, cpu_nanos);
    }

    /// Writes down what was used between calls.
    pub(super) fn background(&self, effort: Effort) {
        self.row.background(effort.cpu_nanos / 1000, effort.allocated_bytes);
    }
}

impl supervise::Payer for Payer {
    fn settle(&self, effort: Effort) {
        if effort != Effort::default() {
            self.charge(effort.cpu_nanos);
            self.background(effort);
        }
    }
}

impl Pool {
    /// Where the use of a call is written down that this namespace pays.
    pub fn row(&self, payer: &EntityName) -> Arc<Row> {
        if payer == self.action().tenant() {
            return Arc::clone(&self.payer.row);
        }
        self.settings.ledger.row(payer.as_str(), &self.payer.row.action)
    }

    /// CPU was used by a call.
    pub(super) fn charge(&self, cpu_nanos: u64) {
        self.payer.charge(cpu_nanos);
    }

    /// Threads of the function used this between calls.
    pub(super) fn background(&self, effort: Effort) {
        self.payer.background(effort);
    }
}
