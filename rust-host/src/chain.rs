//! Sequences: each hop's result is the next hop's input.
//!
//! All actions are looked up before the first hop runs, so a run is of fixed versions. A hop that ends with anything but
//! success ends the sequence with its result; an `error` in the first payload does not. The sequence's record lists the
//! ids of its hops as logs and sums their durations, as in OpenWhisk.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    invoke::{Invocation, InvokeError, Invoker, LOST_BY_RESTART, Reply, payload::Payload},
    model::{
        Action, ActionPath, Activation, ActivationId, EntityName, Exec, Outcome, Usage, json::error_object,
        time::now_epoch_millis,
    },
    store::{Store, namespaces::Identity},
};

/// Deepest nesting of sequences. Creation refuses cycles, but a later update may make one.
const NESTING_MAX: usize = 50;

/// Runs sequences.
#[derive(Debug, Clone)]
pub struct Chains {
    invoker: Arc<Invoker>,
    length_max: usize,
}

/// A hop, looked up.
#[derive(Debug, Clone)]
enum Step {
    Atomic(Arc<Action>),
    Nested(Arc<Action>, Vec<Step>),
    Missing,
}

/// What came of the hops so far.
struct Progress {
    hops: Vec<String>,
    duration_millis: u64,
    memory_max_mebibytes: Option<u32>,
    began: std::time::Instant,
    usage: Usage,
    outcome: Outcome,
    result: Bytes,
}

/// Why a sequence cannot be made. The texts are OpenWhisk's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSequence {
    /// No component.
    #[error("No component specified for the sequence.")]
    Empty,
    /// Too many, counted through inner sequences.
    #[error("Too many actions in the sequence.")]
    TooLong,
    /// It contains itself.
    #[error("Sequence may not refer to itself.")]
    Cyclic,
    /// A component does not exist.
    #[error("Sequence component does not exist.")]
    Missing,
}

/// Checks the components of a sequence that is about to be stored at `path`.
pub fn check(
    store: &Store,
    path: &ActionPath,
    components: &[ActionPath],
    length_max: usize,
) -> Result<(), BadSequence> {
    if components.is_empty() {
        return Err(BadSequence::Empty);
    }
    if components.len() > length_max {
        return Err(BadSequence::TooLong);
    }
    let mut count = 0;
    let mut left: Vec<ActionPath> = components.to_vec();
    // A cycle that is already stored elsewhere ends at the count of visits.
    let mut visits = 0;
    while let Some(component) = left.pop() {
        visits += 1;
        if component == *path {
            return Err(BadSequence::Cyclic);
        }
        let action = store.resolve_action(&component, &path.namespace).map_err(|_| BadSequence::Missing)?;
        if action.path == *path {
            return Err(BadSequence::Cyclic);
        }
        match &action.exec {
            Exec::Java { .. } => count += 1,
            Exec::Sequence { components } => left.extend(components.iter().cloned()),
            Exec::Builtin { .. } => return Err(BadSequence::Missing),
        }
        if count > length_max || visits > length_max * NESTING_MAX {
            return Err(BadSequence::TooLong);
        }
    }
    Ok(())
}

impl Chains {
    /// Over this invoker.
    pub fn new(invoker: Arc<Invoker>, length_max: usize) -> Self {
        Self { invoker, length_max }
    }

    /// Runs a sequence for a client: to its end, for at most `wait`, or, with no wait, durably in the background.
    pub async fn invoke(&self, invocation: Invocation, wait: Option<Duration>) -> Result<Reply, InvokeError> {
        let guard = self.invoker.admission.admit_in_turn(&invocation.identity.namespace).await?;
        let id = ActivationId::new();
        let steps = self.steps(&invocation.action, &invocation.identity.namespace, 0);
        let if_lost = self.lost_record(id, &invocation);
        if wait.is_none() {
            self.invoker.store.accept(if_lost.clone()).await?;
        }
        let (reply, ended) = oneshot::channel();
        let (chains, is_accepted) = (self.clone(), wait.is_none());
        let accepted_later = Arc::new(std::sync::atomic::AtomicBool::new(is_accepted));
        let accepted = Arc::clone(&accepted_later);
        tokio::spawn(async move {
            let mut count = 0;
            let record = chains.run(&invocation, id, None, steps, &mut count).await;
            let record = Arc::new(record);
            chains.invoker.metrics.ended(
                record.outcome,
                false,
                Duration::from_millis(record.duration_millis),
            );
            chains.invoker.metrics.ledger.ended(&record);
            chains
                .invoker
                .store
                .record(Arc::clone(&record), accepted.load(std::sync::atomic::Ordering::Acquire));
            drop(guard);
            // The client may have gone.
            let _ = reply.send(record);
        });
        let Some(wait) = wait else { return Ok(Reply::Accepted(id)) };
        match tokio::time::timeout(wait, ended).await {
            Ok(Ok(record)) => Ok(Reply::Ended(record)),
            Ok(Err(_)) => Ok(Reply::Ended(Arc::new(if_lost))),
            Err(_) => {
                self.invoker.store.accept(if_lost).await?;
                accepted_later.store(true, std::sync::atomic::Ordering::Release);
                Ok(Reply::Accepted(id))
            }
        }
    }

    /// Looks up every action of a sequence.
    fn steps(&self, sequence: &Action, caller: &EntityName, depth: usize) -> Vec<Step> {
        let Exec::Sequence { components } = &sequence.exec else { return Vec::new() };
        components
            .iter()
            .map(|path| match self.invoker.store.resolve_action(path, caller) {
                Err(_) => Step::Missing,
                Ok(action) if matches!(action.exec, Exec::Builtin { .. }) => Step::Missing,
                Ok(action) if matches!(action.exec, Exec::Java { .. }) => Step::Atomic(action),
                Ok(_) if depth >= NESTING_MAX => Step::Missing,
                Ok(action) => {
                    let inner = self.steps(&action, caller, depth + 1);
                    Step::Nested(action, inner)
                }
            })
            .collect()
    }

    /// Runs the hops and makes the sequence's record. `count` is of atomic actions, through all nesting.
    fn run<'a>(
        &'a self,
        invocation: &'a Invocation,
        id: ActivationId,
        cause: Option<ActivationId>,
        steps: Vec<Step>,
        count: &'a mut usize,
    ) -> Pin<Box<dyn Future<Output = Activation> + Send + 'a>> {
        Box::pin(async move {
            let start = now_epoch_millis();
            let mut progress = Progress::new();
            let mut payload = invocation.payload.clone();
            for step in steps {
                let Some(record) = self.hop(invocation, id, step, payload, count, &mut progress).await else {
                    break;
                };
                progress.take(&record);
                if record.outcome != Outcome::Success {
                    break;
                }
                payload = match record.result.first() {
                    Some(b'[') => Payload::Array(record.result.clone()),
                    _ => Payload::Object(record.result.clone()),
                };
            }
            progress.into_record(&invocation.action, &invocation.identity, id, cause, start)
        })
    }

    /// Runs one hop. None: it could not run, and `progress` says why.
    async fn hop(
        &self,
        invocation: &Invocation,
        sequence: ActivationId,
        step: Step,
        payload: Payload,
        count: &mut usize,
        progress: &mut Progress,
    ) -> Option<Arc<Activation>> {
        let hop = |action: Arc<Action>| Invocation {
            action,
            identity: Arc::clone(&invocation.identity),
            payload,
            transaction_id: Arc::clone(&invocation.transaction_id),
            cause: Some(sequence),
        };
        match step {
            Step::Missing => {
                progress.fail(Outcome::ApplicationError, &BadSequence::Missing.to_string());
                None
            }
            Step::Atomic(_) if *count >= self.length_max => {
                progress.fail(Outcome::ApplicationError, &BadSequence::TooLong.to_string());
                None
            }
            Step::Atomic(action) => {
                *count += 1;
                match self.invoker.start_hop(hop(action)).await {
                    Ok(started) => Some(started.ended().await),
                    Err(error) => {
                        tracing::warn!(%error, "a hop of a sequence could not run");
                        progress.fail(Outcome::HostError, "Sequence failed.");
                        None
                    }
                }
            }
            Step::Nested(action, steps) => {
                let inner = hop(action);
                let id = ActivationId::new();
                let record = Arc::new(self.run(&inner, id, Some(sequence), steps, count).await);
                self.invoker.metrics.ledger.ended(&record);
                self.invoker.store.record(Arc::clone(&record), false);
                Some(record)
            }
        }
    }

    fn lost_record(&self, id: ActivationId, invocation: &Invocation) -> Activation {
        let mut progress = Progress::new();
        progress.fail(Outcome::HostError, LOST_BY_RESTART);
        progress.into_record(&invocation.action, &invocation.identity, id, None, now_epoch_millis())
    }
}

impl Progress {
    fn new() -> Self {
        Self {
            hops: Vec::new(),
            duration_millis: 0,
            memory_max_mebibytes: None,
            began: std::time::Instant::now(),
            usage: Usage::default(),
            outcome: Outcome::Success,
            result: Bytes::from_static(b"{}"),
        }
    }

    fn take(&mut self, record: &Activation) {
        self.hops.push(record.id.to_string());
        self.duration_millis += record.duration_millis;
        self.memory_max_mebibytes = self.memory_max_mebibytes.max(Some(record.limits.memory_mebibytes));
        self.usage.add_hop(&record.usage);
        self.outcome = record.outcome;
        self.result = record.result.clone();
    }

    fn fail(&mut self, outcome: Outcome, message: &str) {
        self.outcome = outcome;
        self.result = error_object(message).into();
    }

    fn into_record(
        self,
        action: &Action,
        identity: &Identity,
        id: ActivationId,
        cause: Option<ActivationId>,
        start_epoch_millis: u64,
    ) -> Activation {
        let mut limits = action.limits;
        limits.memory_mebibytes = self.memory_max_mebibytes.unwrap_or(limits.memory_mebibytes);
        Activation {
            id,
            namespace: identity.namespace.to_string(),
            name: action.path.name.to_string(),
            version: action.version.to_string(),
            subject: identity.namespace.to_string(),
            path: action.path.to_string(),
            kind: action.exec.kind().to_owned(),
            limits,
            start_epoch_millis,
            end_epoch_millis: now_epoch_millis(),
            duration_millis: self.duration_millis,
            wait_millis: 0,
            init_millis: None,
            cause,
            binding: action.binding_name(),
            topmost: Some(cause.is_none()),
            usage: Usage {
                wall_micros: u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
                ..self.usage
            },
            outcome: self.outcome,
            result_total_bytes: self.result.len(),
            result: self.result,
            logs: self.hops,
        }
    }
}
