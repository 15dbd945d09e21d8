//! Sequences: each hop's result is the next hop's input.
//!
//! All actions are looked up before the first hop runs, so a run is of fixed versions. A hop that ends with anything but
//! success ends the sequence with its result; an `error` in the first payload does not. The sequence's record lists the
//! ids of its hops as logs and sums their durations, as in OpenWhisk; its wall time is in `usage`.
//!
//! | file | what is there |
//! |---|---|
//! | `plan` | the hops of a sequence, inner sequences laid out flat |
//! | `run` | one run on its lane: which hop is next, what it gets, what its end means |
//! | `frame` | the record of a sequence while it runs |
//!
//! All hops in the sequence's own namespace run on one lane, and the value stays there. A hop of another namespace gets
//! its text and runs on a lane of its own function; the chain's lane waits for it.

mod frame;
mod plan;
mod run;

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{
    invoke::{Invocation, InvokeError, Invoker, LOST_BY_RESTART, Reply},
    model::{ActionPath, Activation, ActivationId, Exec, KeepRules},
    store::Store,
};

use frame::Frame;
use plan::Step;
use run::{Chain, Ticket};

/// Deepest nesting of sequences. Creation refuses cycles, but a later update may make one.
const NESTING_MAX: usize = 50;

/// Runs sequences.
#[derive(Debug, Clone)]
pub struct Chains {
    invoker: Arc<Invoker>,
    length_max: usize,
    keep: Arc<KeepRules>,
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
    pub fn new(invoker: Arc<Invoker>, length_max: usize, keep: KeepRules) -> Self {
        Self { invoker, length_max, keep: Arc::new(keep) }
    }

    /// Runs a sequence for a client: to its end, for at most `wait`, or, with no wait, durably in the background.
    pub async fn invoke(&self, invocation: Invocation, wait: Option<Duration>) -> Result<Reply, InvokeError> {
        let guard = self.invoker.admission.admit_in_turn(&invocation.identity.namespace).await?;
        let id = ActivationId::new();
        let if_lost = Self::lost_record(id, &invocation);
        if wait.is_none() {
            self.invoker.store.accept(if_lost.clone()).await?;
        }
        let (reply, ended) = oneshot::channel();
        let ticket = Ticket::new(guard, reply, wait.is_none());
        let Some(wait) = wait else {
            // A client that goes now must not take the run with it.
            let chains = self.clone();
            let started = tokio::spawn(async move { chains.start(invocation, id, ticket).await }).await;
            if let Ok(Err(error)) = started {
                self.invoker.store.withdraw(id).await?;
                return Err(error);
            }
            return Ok(Reply::Accepted(id));
        };
        self.start(invocation, id, Arc::clone(&ticket)).await?;
        match tokio::time::timeout(wait, ended).await {
            Ok(Ok(record)) => Ok(Reply::Ended(record)),
            Ok(Err(_)) => Ok(Reply::Ended(Arc::new(if_lost))),
            Err(_) => {
                self.invoker.store.accept(if_lost).await?;
                ticket.mark_accepted();
                Ok(Reply::Accepted(id))
            }
        }
    }

    async fn start(
        &self,
        invocation: Invocation,
        id: ActivationId,
        ticket: Arc<Ticket>,
    ) -> Result<(), InvokeError> {
        let steps = self.ready(&invocation).await;
        let home = invocation.action.path.namespace.to_string();
        let chain = Chain::new(self, invocation, id, steps, ticket);
        self.invoker.funclets.run_chain(&home, Chain::on_a_lane(chain)).map_err(InvokeError::Busy)
    }

    /// The hops with their pools. What is not loaded is loaded while the hops before it run.
    async fn ready(&self, invocation: &Invocation) -> Vec<Step> {
        let mut steps = plan::steps(&self.invoker.store, &invocation.action, &invocation.identity.namespace);
        let mut is_first = true;
        for step in &mut steps {
            let Step::Hop(hop) = step else { continue };
            match self.invoker.funclets.pool(&hop.action, &invocation.identity).await {
                Ok(pool) => {
                    if !is_first && pool.is_cold() {
                        let pool = Arc::clone(&pool);
                        self.invoker.funclets.watchdog().run(Box::new(move || pool.preload()));
                    }
                    hop.pool = Some(pool);
                }
                Err(error) => {
                    tracing::warn!(%error, action = %hop.action.path, "a hop of a sequence cannot be loaded");
                }
            }
            is_first = false;
        }
        steps
    }

    fn lost_record(id: ActivationId, invocation: &Invocation) -> Activation {
        let mut frame = Frame::new(Arc::clone(&invocation.action), id, None);
        frame.fail(crate::model::Outcome::HostError, LOST_BY_RESTART);
        frame.into_record(&invocation.identity)
    }
}
