//! Chains: sequences, where each hop's result is the next hop's input; sequences with a flow, where branches, choices,
//! handlers and loops say what runs; and conductors, whose results say it.
//!
//! All actions that a sequence names are looked up before the first hop runs, so a run is of fixed versions. A hop that
//! ends with anything but success ends the sequence with its result; an `error` in the first payload does not. The
//! sequence's record lists the ids of its hops as logs, in the order in which they ended, and sums their durations, as in
//! OpenWhisk; its wall time is in `usage`.
//!
//! | file | what is there |
//! |---|---|
//! | `plan` | what a run does, as a tree |
//! | `strand` | one line of a run: its tasks, its value, its open sequences |
//! | `run` | what each task does, and what a failure ends |
//! | `conduct` | the same for a conductor and what it names |
//! | `fork` | branches side by side, and where they come together |
//! | `worker` | a lane at work on a line |
//! | `frame` | the record of a sequence while it runs |
//! | `text` | JSON text that is looked into and put together |
//! | `ticket` | who waits for a run |
//!
//! Hops of a line in the chain's own namespace run on one lane, and the value stays there. A hop of another namespace
//! gets its text and runs on a lane of its own function; the chain's lane waits for it. Each branch has a line of its own,
//! and gets the value as text: no two share an object.

mod conduct;
mod fork;
mod frame;
mod plan;
mod run;
mod strand;
mod text;
mod ticket;
mod worker;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    invoke::{Invocation, InvokeError, Invoker, LOST_BY_RESTART, Reply},
    model::{
        ActionPath, Activation, ActivationId, Exec, Flow, Keep, KeepRules, Outcome, flow::FLOW_ANNOTATION,
        json::error_object,
    },
    store::Store,
};

use frame::{End, Frame};
use plan::{Node, Planner};
use run::Run;
use ticket::Ticket;
use worker::Worker;

/// Deepest nesting of sequences and steps. Creation refuses cycles, but a later update may make one.
const NESTING_MAX: usize = 50;

/// Runs sequences.
#[derive(Debug, Clone)]
pub struct Chains {
    invoker: Arc<Invoker>,
    runtime: Handle,
    length_max: usize,
    hops_max: usize,
    keep: Arc<KeepRules>,
}

/// How far chains go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most actions of a sequence.
    pub length_max: usize,
    /// Most actions that one run runs.
    pub hops_max: usize,
}

/// Why a sequence cannot be made. The texts are OpenWhisk's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// Its flow is wrong, or does not fit the components.
    #[error("{0}")]
    Flow(String),
}

/// Checks the components of a sequence that is about to be stored at `path`, and its flow if it has one.
pub fn check(
    store: &Store,
    path: &ActionPath,
    (components, flow): (&[ActionPath], Option<&Value>),
    length_max: usize,
) -> Result<(), BadSequence> {
    if components.is_empty() {
        return Err(BadSequence::Empty);
    }
    let mut left: Vec<ActionPath> = match flow {
        None => components.to_vec(),
        Some(flow) => actions_of(flow, path, components)?,
    };
    if left.len() > length_max {
        return Err(BadSequence::TooLong);
    }
    let mut count = 0;
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

/// The actions that a flow names, each as often as it does: the components and no others.
fn actions_of(
    flow: &Value,
    path: &ActionPath,
    components: &[ActionPath],
) -> Result<Vec<ActionPath>, BadSequence> {
    let flow = Flow::parse(flow, &path.namespace).map_err(BadSequence::Flow)?;
    let named: Vec<ActionPath> = flow.actions().into_iter().cloned().collect();
    let (of_flow, of_sequence): (BTreeSet<_>, BTreeSet<_>) =
        (named.iter().collect(), components.iter().collect());
    if let Some(other) = of_flow.difference(&of_sequence).next() {
        return Err(BadSequence::Flow(format!(
            "{FLOW_ANNOTATION}: /{other} is none of the components of the sequence"
        )));
    }
    if let Some(idle) = of_sequence.difference(&of_flow).next() {
        return Err(BadSequence::Flow(format!(
            "{FLOW_ANNOTATION}: no step runs the component /{idle}; change the annotation, or set it to null"
        )));
    }
    Ok(named)
}

impl Chains {
    /// Over this invoker. Code that is not known before a run is loaded on the runtime.
    pub fn new(invoker: Arc<Invoker>, runtime: Handle, limits: Limits, keep: KeepRules) -> Self {
        let Limits { length_max, hops_max } = limits;
        Self { invoker, runtime, length_max, hops_max, keep: Arc::new(keep) }
    }

    /// Runs a sequence for a client: to its end, for at most `wait`, or, with no wait, durably in the background.
    pub async fn invoke(&self, invocation: Invocation, wait: Option<Duration>) -> Result<Reply, InvokeError> {
        let guard = self.invoker.admission.admit_in_turn(&invocation.identity.namespace).await?;
        let id = ActivationId::new();
        let if_lost = Self::lost_record(id, &invocation);
        let (reply, ended) = oneshot::channel();
        let ticket = Ticket::new(guard, reply, wait.is_none());
        let Some(wait) = wait else {
            let chains = self.clone();
            let start = async move { chains.start(invocation, id, ticket).await };
            self.invoker.store.accept_and(if_lost, start).await?;
            return Ok(Reply::Accepted(id));
        };
        self.start(invocation, id, Arc::clone(&ticket)).await?;
        match tokio::time::timeout(wait, ended).await {
            Ok(Ok(record)) => Ok(Reply::Ended(record)),
            Ok(Err(_)) => Ok(Reply::Ended(Arc::new(if_lost))),
            Err(_) => {
                // Before it is written: a run that ends meanwhile then takes it out again.
                ticket.mark_accepted();
                self.invoker.store.accept(if_lost).await?;
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
        let root = self.ready(&invocation).await;
        let run = Run::new(self, invocation, ticket);
        let home = run.home();
        let line = run.line(id, root);
        self.invoker.funclets.run_chain(&home, Worker::of(run, line)).map_err(InvokeError::Busy)
    }

    /// What is to be done, with the pools of its functions. What is not loaded is loaded while the hops before it run.
    async fn ready(&self, invocation: &Invocation) -> Node {
        let root = Planner::new(&self.invoker.store, &invocation.identity.namespace).root(&invocation.action);
        let mut hops = Vec::new();
        root.hops(&mut hops);
        let mut is_first = true;
        for hop in hops {
            let pool = match self.invoker.funclets.pool(&hop.action, &invocation.identity).await {
                Ok(pool) => {
                    if !is_first && pool.is_cold() {
                        let pool = Arc::clone(&pool);
                        self.invoker.funclets.watchdog().run(Box::new(move || pool.preload()));
                    }
                    Some(pool)
                }
                Err(error) => {
                    tracing::warn!(%error, action = %hop.action.path, "a hop of a sequence cannot be loaded");
                    None
                }
            };
            // Nobody has set it before.
            let _ = hop.pool.set(pool);
            is_first = false;
        }
        root
    }

    fn lost_record(id: ActivationId, invocation: &Invocation) -> Activation {
        let result = error_object(LOST_BY_RESTART).into();
        let end = End { outcome: Outcome::HostError, result, keep: Keep::Full };
        Frame::new(Arc::clone(&invocation.action), id, None).into_record(&invocation.identity, end)
    }
}
