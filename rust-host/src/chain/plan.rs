//! What a run does, as a tree: sequences with their components or their flow, conductors, functions. All that a sequence
//! names is looked up before its first hop, so a run is of fixed versions; what a conductor names is looked up when it
//! does.

use std::sync::{Arc, OnceLock};

use crate::{
    funclets::Pool,
    model::{
        Action, ActionPath, EntityName, Exec, Flow,
        flow::{self, Field, Step},
    },
    store::{Store, resolve::Unresolved},
};

use super::NESTING_MAX;

/// A part of a run.
#[derive(Debug)]
pub(super) enum Node {
    /// A function runs.
    Hop(HopStep),
    /// An inner sequence.
    Inner(Sequence),
    /// A conductor says what runs.
    Compose(HopStep),
    /// A component that is not there.
    Missing,
    /// A flow that cannot be read, which creation refuses.
    Broken(String),
    /// In their order.
    Row(Vec<Arc<Node>>),
    /// Side by side.
    Parallel { names: Vec<String>, bodies: Vec<Arc<Node>>, concurrency: usize },
    /// One of them.
    Choice { field: Field, cases: Vec<(String, Arc<Node>)>, default: Option<Arc<Node>> },
    /// With a handler for errors.
    Try { body: Arc<Node>, handler: Arc<Node> },
    /// For each element.
    Map { body: Arc<Node>, over: Option<Field>, into: Option<String>, concurrency: usize },
}

/// A sequence and what it does.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    pub(super) action: Arc<Action>,
    pub(super) body: Arc<Node>,
    /// One deadline for all of it.
    pub(super) timeout_millis: Option<u32>,
}

/// A function that runs.
#[derive(Debug, Clone)]
pub(super) struct HopStep {
    /// Its version, fixed for the run.
    pub(super) action: Arc<Action>,
    /// Where it runs, once it is known; none: it cannot be loaded.
    pub(super) pool: OnceLock<Option<Arc<Pool>>>,
}

impl HopStep {
    pub(super) fn new(action: Arc<Action>) -> Self {
        Self { action, pool: OnceLock::new() }
    }
}

/// Looks things up as the caller may.
pub(super) struct Planner<'a> {
    store: &'a Store,
    caller: &'a EntityName,
    nodes: usize,
}

/// No run gets so far: it is over at the limit of its length. It bounds what updates can make of nested sequences.
const NODES_MAX: usize = 10_000;

impl<'a> Planner<'a> {
    pub(super) fn new(store: &'a Store, caller: &'a EntityName) -> Self {
        Self { store, caller, nodes: 0 }
    }

    /// What a client runs, a sequence or a conductor.
    pub(super) fn root(&mut self, action: &Arc<Action>) -> Node {
        self.node(action, 0)
    }

    /// What a conductor names.
    pub(super) fn named(&mut self, path: &ActionPath) -> Result<Node, Unresolved> {
        let action = self.store.resolve_call(path, self.caller)?;
        if matches!(action.exec, Exec::Builtin { .. }) {
            Err(Unresolved::Missing)
        } else {
            Ok(self.node(&action, 0))
        }
    }

    fn node(&mut self, action: &Arc<Action>, depth: usize) -> Node {
        self.nodes += 1;
        match &action.exec {
            Exec::Java { .. } if action.is_conductor() => Node::Compose(HopStep::new(Arc::clone(action))),
            Exec::Java { .. } => Node::Hop(HopStep::new(Arc::clone(action))),
            Exec::Sequence { .. } if depth <= NESTING_MAX && self.nodes < NODES_MAX => {
                Node::Inner(self.sequence(action, depth))
            }
            Exec::Sequence { .. } | Exec::Builtin { .. } => Node::Missing,
        }
    }

    fn path(&mut self, path: &ActionPath, depth: usize) -> Arc<Node> {
        Arc::new(match self.store.resolve_call(path, self.caller) {
            Ok(action) => self.node(&action, depth + 1),
            Err(_) => Node::Missing,
        })
    }

    fn sequence(&mut self, action: &Arc<Action>, depth: usize) -> Sequence {
        let (mut timeout_millis, home) = (None, &action.path.namespace);
        let body =
            match (flow::annotated(&action.annotations).map(|flow| Flow::parse(flow, home)), &action.exec) {
                (Some(Ok(flow)), _) => {
                    timeout_millis = flow.timeout_millis;
                    self.step(&flow.root, depth)
                }
                (Some(Err(why)), _) => Arc::new(Node::Broken(why)),
                (None, Exec::Sequence { components }) => {
                    Arc::new(Node::Row(components.iter().map(|path| self.path(path, depth)).collect()))
                }
                (None, _) => Arc::new(Node::Missing),
            };
        Sequence { action: Arc::clone(action), body, timeout_millis }
    }

    /// Steps count as levels, too: what is built here is walked through on a lane's small stack.
    fn step(&mut self, step: &Step, depth: usize) -> Arc<Node> {
        self.nodes += 1;
        Arc::new(match step {
            Step::Action(path) => return self.path(path, depth),
            Step::Row(steps) => Node::Row(steps.iter().map(|step| self.step(step, depth + 1)).collect()),
            Step::Parallel { branches, concurrency } => Node::Parallel {
                names: branches.iter().map(|(name, _)| name.clone()).collect(),
                bodies: branches.iter().map(|(_, step)| self.step(step, depth + 1)).collect(),
                concurrency: *concurrency,
            },
            Step::Choice { field, cases, default } => Node::Choice {
                field: field.clone(),
                cases: cases
                    .iter()
                    .map(|(value, step)| (value.clone(), self.step(step, depth + 1)))
                    .collect(),
                default: default.as_ref().map(|step| self.step(step, depth + 1)),
            },
            Step::Try { body, handler } => {
                Node::Try { body: self.step(body, depth + 1), handler: self.step(handler, depth + 1) }
            }
            Step::Map { body, over, into, concurrency } => Node::Map {
                body: self.step(body, depth + 1),
                over: over.clone(),
                into: into.clone(),
                concurrency: *concurrency,
            },
        })
    }
}

impl Node {
    /// Every function that may run, in the order in which they are written.
    pub(super) fn hops<'a>(&'a self, hops: &mut Vec<&'a HopStep>) {
        match self {
            Self::Hop(hop) | Self::Compose(hop) => hops.push(hop),
            Self::Inner(sequence) => sequence.body.hops(hops),
            Self::Missing | Self::Broken(_) => {}
            Self::Row(nodes) | Self::Parallel { bodies: nodes, .. } => {
                nodes.iter().for_each(|node| node.hops(hops))
            }
            Self::Choice { cases, default, .. } => {
                cases.iter().map(|(_, node)| node).chain(default).for_each(|node| node.hops(hops));
            }
            Self::Try { body, handler } => {
                body.hops(hops);
                handler.hops(hops);
            }
            Self::Map { body, .. } => body.hops(hops),
        }
    }

    /// The function that runs first, as far as that is known before.
    pub(super) fn first(&self) -> Option<&HopStep> {
        match self {
            Self::Hop(hop) | Self::Compose(hop) => Some(hop),
            Self::Inner(sequence) => sequence.body.first(),
            Self::Row(nodes) | Self::Parallel { bodies: nodes, .. } => nodes.first()?.first(),
            Self::Try { body, .. } | Self::Map { body, .. } => body.first(),
            Self::Missing | Self::Broken(_) | Self::Choice { .. } => None,
        }
    }

    /// Adds the functions that run, as far as that is known before, up to so many. False: what comes after is not.
    pub(super) fn coming<'a>(&'a self, most: usize, hops: &mut Vec<&'a HopStep>) -> bool {
        if hops.len() >= most {
            return false;
        }
        match self {
            Self::Hop(hop) => {
                hops.push(hop);
                true
            }
            Self::Inner(sequence) => sequence.body.coming(most, hops),
            Self::Row(nodes) => nodes.iter().all(|node| node.coming(most, hops)),
            Self::Try { body, .. } => body.coming(most, hops),
            _ => {
                hops.extend(self.first());
                false
            }
        }
    }

    /// The function that takes the value first, when it takes it as it is.
    pub(super) fn taker(&self) -> Option<&HopStep> {
        match self {
            Self::Hop(hop) => Some(hop),
            Self::Inner(sequence) => sequence.body.taker(),
            Self::Row(nodes) => nodes.first()?.taker(),
            Self::Try { body, .. } => body.taker(),
            _ => None,
        }
    }
}
