//! The record of a sequence while it runs.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;

use crate::{
    model::{
        Action, Activation, ActivationId, Keep, Outcome, Usage, json::error_object, time::now_epoch_millis,
    },
    store::namespaces::Identity,
};

/// A sequence that has begun.
pub(super) struct Frame {
    pub(super) action: Arc<Action>,
    pub(super) id: ActivationId,
    cause: Option<ActivationId>,
    start_epoch_millis: u64,
    began: Instant,
    hops: Vec<String>,
    duration_millis: u64,
    memory_max_mebibytes: Option<u32>,
    usage: Usage,
    outcome: Outcome,
    result: Bytes,
    keep: Keep,
}

impl Frame {
    pub(super) fn new(action: Arc<Action>, id: ActivationId, cause: Option<ActivationId>) -> Self {
        Self {
            action,
            id,
            cause,
            start_epoch_millis: now_epoch_millis(),
            began: Instant::now(),
            hops: Vec::new(),
            duration_millis: 0,
            memory_max_mebibytes: None,
            usage: Usage::default(),
            outcome: Outcome::Success,
            result: Bytes::from_static(b"{}"),
            keep: Keep::Full,
        }
    }

    /// A hop has ended.
    pub(super) fn take(&mut self, record: &Activation) {
        self.hops.push(record.id.to_string());
        self.duration_millis += record.duration_millis;
        self.memory_max_mebibytes = self.memory_max_mebibytes.max(Some(record.limits.memory_mebibytes));
        self.usage.add_hop(&record.usage);
        self.outcome = record.outcome;
        self.result = record.result.clone();
    }

    /// It is an inner one, of which so much is kept: the value of its last hop may not be known.
    pub(super) fn keep(&mut self, keep: Keep) {
        self.keep = keep;
    }

    /// It cannot go on.
    pub(super) fn fail(&mut self, outcome: Outcome, message: &str) {
        self.outcome = outcome;
        self.result = error_object(message).into();
    }

    /// The record.
    pub(super) fn into_record(self, identity: &Identity) -> Activation {
        let action = &self.action;
        let mut limits = action.limits;
        limits.memory_mebibytes = self.memory_max_mebibytes.unwrap_or(limits.memory_mebibytes);
        Activation {
            id: self.id,
            namespace: identity.namespace.to_string(),
            name: action.path.name.to_string(),
            version: action.version.to_string(),
            subject: identity.namespace.to_string(),
            path: action.path.to_string(),
            kind: action.exec.kind().to_owned(),
            limits,
            start_epoch_millis: self.start_epoch_millis,
            end_epoch_millis: now_epoch_millis(),
            duration_millis: self.duration_millis,
            wait_millis: 0,
            init_millis: None,
            cause: self.cause,
            binding: action.binding_name(),
            topmost: Some(self.cause.is_none()),
            is_called: false,
            usage: Usage {
                wall_micros: u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
                ..self.usage
            },
            outcome: self.outcome,
            result_total_bytes: self.result.len(),
            result: self.result,
            logs: self.hops,
            keep: self.keep,
        }
    }
}
