//! The record of a sequence, or of all that a conductor runs, while it goes on. Branches that run side by side share it.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use bytes::Bytes;

use crate::{
    model::{
        Action, Activation, ActivationId, Keep, Origin, Outcome, Usage, action::SEQUENCE_KIND, time::Moment,
    },
    store::namespaces::Identity,
};

/// One that has begun.
pub(super) struct Frame {
    pub(super) action: Arc<Action>,
    pub(super) id: ActivationId,
    cause: Option<ActivationId>,
    made: Moment,
    /// When a lane came for it, if it had to wait for one.
    began: OnceLock<Moment>,
    sums: Mutex<Sums>,
}

/// What its hops came to so far.
#[derive(Default)]
struct Sums {
    hops: Vec<ActivationId>,
    duration_millis: u64,
    memory_max_mebibytes: Option<u32>,
    usage: Usage,
}

/// How it ended.
pub(super) struct End {
    pub(super) outcome: Outcome,
    pub(super) result: Bytes,
    pub(super) keep: Keep,
}

impl Frame {
    pub(super) fn new(action: Arc<Action>, id: ActivationId, cause: Option<ActivationId>) -> Arc<Self> {
        // A conductor runs itself.
        let memory_max_mebibytes = action.is_conductor().then_some(action.limits.memory_mebibytes);
        Arc::new(Self {
            action,
            id,
            cause,
            made: Moment::now(),
            began: OnceLock::new(),
            sums: Mutex::new(Sums { memory_max_mebibytes, ..Sums::default() }),
        })
    }

    /// Its time begins now, if it has not begun.
    pub(super) fn begin(&self) {
        self.began.get_or_init(Moment::now);
    }

    /// A hop has ended.
    pub(super) fn take(&self, record: &Activation) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.hops.push(record.id);
        sums.duration_millis += record.duration_millis;
        sums.memory_max_mebibytes = sums.memory_max_mebibytes.max(Some(record.limits.memory_mebibytes));
        sums.usage.add_hop(&record.usage);
    }

    /// The record.
    pub(super) fn into_record(self: Arc<Self>, identity: &Identity, end: End) -> Activation {
        let action = &self.action;
        let sums = std::mem::take(&mut *self.sums.lock().unwrap_or_else(PoisonError::into_inner));
        let mut limits = action.limits;
        limits.memory_mebibytes = sums.memory_max_mebibytes.unwrap_or(limits.memory_mebibytes);
        let (began, now) = (self.began.get().copied().unwrap_or(self.made), Instant::now());
        let wait_micros = self.made.micros_to(began.at);
        Activation {
            id: self.id,
            origin: Arc::new(Origin::new(action, &identity.namespace, SEQUENCE_KIND)),
            limits,
            start_epoch_millis: began.epoch_millis(),
            end_epoch_millis: began.later(now).epoch_millis(),
            duration_millis: sums.duration_millis,
            wait_millis: wait_micros / 1000,
            init_millis: None,
            cause: self.cause,
            topmost: Some(self.cause.is_none()),
            is_called: false,
            is_composition: action.is_conductor(),
            usage: Usage { wait_micros, wall_micros: began.micros_to(now), ..sums.usage },
            outcome: end.outcome,
            result_total_bytes: end.result.len(),
            result: end.result,
            logs: sums.hops.iter().map(ActivationId::to_string).collect(),
            keep: end.keep,
        }
    }
}
