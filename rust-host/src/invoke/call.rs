//! One call on its way through a lane, and the record that it leaves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use flock_jvm::{Answer, Call, Caller, Head, Limit, Status, Stopped, Stream, Used, Wishes};

use crate::{
    model::{
        Action, Activation, ActivationId, Keep, Outcome, Parameters, ResolvedLimits, Usage,
        json::error_object,
        time::{Moment, now_epoch_millis},
    },
    observe::{calls::Calls, ledger::Row},
    store::namespaces::{Identity, Loan},
};

use super::{
    Invocation, Invoker, admission::InFlight, breach::Breach, direct::Callers, logs::Logs, payload::Payload,
};

/// What is known of a call before it runs.
#[derive(Debug)]
pub struct Facts {
    /// The activation's id.
    pub id: ActivationId,
    pub(super) action: Arc<Action>,
    pub(super) identity: Arc<Identity>,
    pub(super) transaction_id: Arc<str>,
    cause: Option<ActivationId>,
    pub(super) callers: Option<Arc<Callers>>,
    received: Moment,
    is_accepted: AtomicBool,
}

impl Facts {
    /// Of an invocation that came at this time, and its payload.
    pub(super) fn of(invocation: Invocation, received: Moment) -> (Arc<Self>, Payload) {
        let Invocation { action, identity, payload, transaction_id, cause, callers, .. } = invocation;
        let facts = Self {
            id: ActivationId::at(received.epoch_micros),
            action,
            identity,
            transaction_id,
            cause,
            callers,
            received,
            is_accepted: AtomicBool::new(false),
        };
        (Arc::new(facts), payload)
    }

    /// The client was, or will be, told that it runs: its record must not be dropped.
    pub(super) fn mark_accepted(&self) {
        self.is_accepted.store(true, Ordering::Release);
    }

    /// The record of an activation of which nothing else is known.
    pub(super) fn lost(&self, why: &str) -> Activation {
        let now = now_epoch_millis();
        let mut record = self.record(Outcome::HostError, error_object(why).into());
        record.start_epoch_millis = self.received.epoch_millis();
        record.end_epoch_millis = now;
        record
    }

    fn record(&self, outcome: Outcome, result: Bytes) -> Activation {
        Activation {
            id: self.id,
            origin: self.action.origin(&self.identity.namespace),
            limits: self.action.limits,
            start_epoch_millis: 0,
            end_epoch_millis: 0,
            duration_millis: 0,
            wait_millis: 0,
            init_millis: None,
            cause: self.cause,
            topmost: None,
            is_called: self.callers.is_some(),
            is_composition: false,
            outcome,
            result_total_bytes: result.len(),
            result,
            usage: Usage::default(),
            logs: Vec::new(),
            keep: Keep::Full,
        }
    }
}

/// Who is told of the end, and when it was.
pub type Ended = Box<dyn FnOnce(Arc<Activation>, Moment) + Send>;

/// When a sequence must have ended.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// The time.
    pub at: Instant,
    /// From its begin.
    pub millis: u32,
}

/// What is special about a call that is a hop of a chain.
#[derive(Debug)]
pub struct HopTerms {
    /// How much is kept of it.
    pub keep: Keep,
    /// What the lane is to do with payload and result.
    pub wishes: Wishes,
    /// The text of the hop before: where this one's is the same, both records share it.
    pub former: Bytes,
    /// The deadline of the chain.
    pub within: Option<Deadline>,
    /// Since when it waits: the end of the hop before it.
    pub since: Moment,
}

/// A call that has not ended.
pub(super) struct PendingCall {
    facts: Arc<Facts>,
    limits: ResolvedLimits,
    row: Arc<Row>,
    calls: Arc<Calls>,
    payload: Bytes,
    /// When a lane took it.
    begin: Option<Moment>,
    /// When a call that was stopped was over.
    over: Option<Instant>,
    /// The key that the function may use until the call ends.
    key: Option<Loan>,
    logs: Logs,
    invoker: Arc<Invoker>,
    guard: Option<InFlight>,
    hop: Option<HopTerms>,
    /// Taken when the call ends.
    reply: Option<Ended>,
}

impl PendingCall {
    pub(super) fn new(
        facts: Arc<Facts>,
        (limits, row, calls): (ResolvedLimits, Arc<Row>, Arc<Calls>),
        payload: Bytes,
        invoker: &Arc<Invoker>,
        guard: Option<InFlight>,
        hop: Option<HopTerms>,
        reply: Ended,
    ) -> Self {
        let logs = Logs::new(facts.action.limits.logs_mebibytes as usize * (1 << 20));
        Self {
            facts,
            limits,
            row,
            calls,
            payload,
            begin: None,
            over: None,
            key: None,
            logs,
            invoker: Arc::clone(invoker),
            guard,
            hop,
            reply: Some(reply),
        }
    }

    /// Makes the record, hands it to the store and to whoever waits. The first end counts.
    fn end(
        &mut self,
        outcome: Outcome,
        result: Bytes,
        total_bytes: usize,
        init_micros: Option<u64>,
        used: &Used,
    ) {
        let Some(reply) = self.reply.take() else { return };
        drop(self.key.take());
        let now = self.over.unwrap_or_else(Instant::now);
        let received = self.facts.received;
        let begin = self.begin.unwrap_or_else(|| received.later(now));
        let ran = now.saturating_duration_since(begin.at);
        let ran_millis = u64::try_from(ran.as_millis()).unwrap_or(u64::MAX);
        let mut record = self.facts.record(outcome, result);
        record.result_total_bytes = total_bytes;
        record.start_epoch_millis = begin.epoch_millis();
        record.end_epoch_millis = begin.epoch_millis() + ran_millis;
        record.duration_millis = ran_millis;
        let wait_micros = received.micros_to(begin.at);
        record.wait_millis = wait_micros / 1000;
        record.init_millis = init_micros.map(|micros| micros.div_ceil(1000));
        record.usage = Usage {
            cpu_micros: used.effort.cpu_nanos.div_ceil(1000),
            wall_micros: begin.micros_to(now),
            wait_micros,
            init_micros: init_micros.unwrap_or(0),
            allocated_bytes: used.effort.allocated_bytes,
            live_heap_bytes: used.live_heap_bytes,
            peak_heap_bytes: used.peak_heap_bytes,
            threads: used.threads.into(),
            classes: used.classes.into(),
            metaspace_bytes: used.metaspace_bytes,
            log_bytes: self.logs.written_bytes(),
            temp_bytes: used.temp_bytes,
            sockets: used.sockets.into(),
        };
        record.logs = self.logs.take();
        record.keep = self.hop.as_ref().map_or(Keep::Full, |hop| hop.keep);
        let record = Arc::new(record);
        self.invoker.metrics.ended(outcome, init_micros.is_some(), ran);
        self.row.ended(&record);
        self.calls.note(&record);
        if record.keep != Keep::Errors || outcome != Outcome::Success {
            self.invoker.store.record(Arc::clone(&record), self.facts.is_accepted.load(Ordering::Acquire));
        }
        drop(self.guard.take());
        reply(record, begin.later(now));
    }

    fn end_with_error(&mut self, outcome: Outcome, message: &str, init_micros: Option<u64>, used: &Used) {
        let result = Bytes::from(error_object(message));
        let length = result.len();
        self.end(outcome, result, length, init_micros, used);
    }

    fn deadline(&self) -> Option<&Deadline> {
        self.hop.as_ref()?.within.as_ref()
    }

    /// A function that failed after something was refused to it failed by that limit.
    fn outcome_of_failure(outcome: Outcome, used: &Used) -> Outcome {
        match used.refused {
            Some(Limit::Threads) => Outcome::Threads,
            Some(Limit::Sockets) => Outcome::Sockets,
            _ if used.met_full_heap => Outcome::HostMemory,
            _ => outcome,
        }
    }
}

impl Call for PendingCall {
    fn head(&self) -> Head<'_> {
        let begin = self.begin.map_or_else(now_epoch_millis, Moment::epoch_millis);
        let mut millis = u64::from(self.facts.action.limits.timeout_millis);
        if let Some(within) = self.deadline() {
            let left = within.at.saturating_duration_since(Instant::now());
            millis = millis.min(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        }
        Head {
            activation_id: self.facts.id.to_ascii(),
            deadline_epoch_millis: begin + millis,
            result_limit_bytes: self.invoker.result_max_bytes,
            transaction_id: &self.facts.transaction_id,
            api_key: self.key.as_ref().map_or("", Loan::pair),
        }
    }

    fn payload(&self) -> &[u8] {
        &self.payload
    }

    fn begin(&mut self, at: Instant) {
        self.begin = Some(self.facts.received.later(at));
        if Parameters::is_truthy(&self.facts.action.annotations, "provide-api-key") {
            self.key = Some(self.invoker.store.lend(&self.facts.identity));
        }
    }

    fn line(&mut self, stream: Stream, text: &str) {
        self.logs.add(stream, text);
    }

    fn done(mut self: Box<Self>, answer: Answer<'_>) {
        let init = answer.init_micros;
        let used = &answer.used;
        let text = || String::from_utf8_lossy(answer.body);
        let failed = matches!(answer.status, Status::DeveloperError | Status::InitError);
        // It failed by the limit before the watch could stop it, as by an OutOfMemoryError of its own making; or it is over
        // before the watch looked at its files.
        if let Some(limit) = used.broken.filter(|limit| failed || *limit == Limit::TempBytes) {
            return self.stopped(Stopped {
                limit,
                while_initialising: answer.status == Status::InitError,
                stack: Vec::new(),
                decided: Instant::now(),
                took: Duration::ZERO,
                is_over: true,
                used: Used { init_micros: init, ..*used },
            });
        }
        let outcome = match answer.status {
            Status::Object | Status::Array => Outcome::Success,
            Status::ApplicationError => Outcome::ApplicationError,
            Status::DeveloperError => {
                let outcome = Self::outcome_of_failure(Outcome::DeveloperError, used);
                let message = if outcome == Outcome::HostMemory { HOST_MEMORY.into() } else { text() };
                return self.end_with_error(outcome, &message, init, used);
            }
            Status::InitError => {
                let outcome = Self::outcome_of_failure(Outcome::InitError, used);
                let message = if outcome == Outcome::HostMemory { HOST_MEMORY.into() } else { text() };
                return self.end_with_error(outcome, &message, init, used);
            }
            Status::Exit => return self.end_with_error(Outcome::Exit, &text(), init, used),
        };
        if answer.total_bytes > self.invoker.result_max_bytes as usize {
            let message = too_large(answer.total_bytes, self.invoker.result_max_bytes, &text());
            return self.end_with_error(Outcome::ApplicationError, &message, init, used);
        }
        let result = match &self.hop {
            Some(hop) if !hop.wishes.writes && outcome == Outcome::Success => NO_TEXT,
            Some(hop) if hop.former == answer.body => hop.former.clone(),
            _ => Bytes::copy_from_slice(answer.body),
        };
        self.end(outcome, result, answer.total_bytes, init, used);
    }

    fn caller(&self) -> Option<Arc<dyn Caller>> {
        Some(self.invoker.direct.of(&self.facts))
    }

    fn due(&self) -> Option<Instant> {
        Some(self.deadline()?.at)
    }

    fn wishes(&self) -> Wishes {
        self.hop.as_ref().map_or_else(Wishes::default, |hop| hop.wishes)
    }

    fn stopped(mut self: Box<Self>, stopped: Stopped) {
        let mut breach = Breach::of(&stopped, &self.limits);
        if let Some(within) = self.deadline().filter(|within| Instant::now() >= within.at) {
            breach.by_deadline(within.millis);
        }
        let ran =
            self.begin.map_or(Duration::ZERO, |begin| stopped.decided.saturating_duration_since(begin.at));
        // This thread may have waited for its turn since.
        self.over = Some(stopped.decided + stopped.took);
        self.invoker.metrics.stopped(breach.outcome, stopped.took);
        let used = breach.used(&stopped, ran);
        tracing::warn!(
            action = %self.facts.action.path,
            activation = %self.facts.id,
            limit = breach.name,
            allowed = breach.allowed,
            used,
            stop_micros = u64::try_from(stopped.took.as_micros()).unwrap_or(u64::MAX),
            has_ended = stopped.is_over,
            stack = stopped.stack.join(" < "),
            "a function was stopped"
        );
        for line in breach.log_lines(&stopped, &used) {
            self.logs.note(&line);
        }
        self.end_with_error(breach.outcome, &breach.message, stopped.used.init_micros, &stopped.used);
    }

    fn died(mut self: Box<Self>, used: Used) {
        let outcome = Self::outcome_of_failure(Outcome::DeveloperError, &used);
        let message = "The action did not produce a valid response and exited unexpectedly.";
        self.end_with_error(
            outcome,
            if outcome == Outcome::HostMemory { HOST_MEMORY } else { message },
            used.init_micros,
            &used,
        );
    }

    fn withdrawn(mut self: Box<Self>) {
        self.key = None;
        self.reply = None;
    }
}

impl Drop for PendingCall {
    /// A call that is dropped before its end has ended as well: no lane could be made for it.
    fn drop(&mut self) {
        if self.reply.is_none() {
            return;
        }
        let message = "The action could not be run: the host has no lane for it.";
        self.end_with_error(Outcome::HostError, message, None, &Used::default());
    }
}

/// The result of a hop whose value nobody wants as text.
const NO_TEXT: Bytes = Bytes::from_static(b"{}");

/// What an activation says that met a full heap by the fault of others.
const HOST_MEMORY: &str =
    "The host ran out of memory while the action ran. The action itself was within its limit.";

/// The text for a result over the limit, with the part that was kept.
fn too_large(total_bytes: usize, limit_bytes: u32, kept: &str) -> String {
    const SHOWN_MAX_BYTES: usize = 64 * 1024;
    let cut = (0..=kept.len().min(SHOWN_MAX_BYTES)).rev().find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
    format!(
        "The action produced a response that exceeded the allowed length: {total_bytes} > {limit_bytes} bytes. The truncated response was: {}",
        &kept[..cut]
    )
}
