//! One line of a run: what it still has to do, the value that it has, the sequences that are open around it. A run has
//! one, and one more for each branch that is on its way.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;

use crate::{
    invoke::{call::Deadline, payload::Payload},
    model::{Activation, Outcome, json::error_object},
};

use super::{
    fork::Branch,
    frame::Frame,
    plan::{HopStep, Node},
};

/// What comes next, the last first.
pub(super) enum Task {
    Node(Arc<Node>),
    /// The innermost sequence is over; what held around it holds again.
    Close(Bounds),
    /// The end of what has a handler for its errors.
    Caught(Arc<Node>),
    /// A conductor runs.
    Conduct(Arc<Composition>),
    /// It has run, and its result says how to go on.
    Decide(Arc<Composition>),
    /// What it named has run. The count is that of before.
    Component(Arc<Composition>, usize),
}

/// What bounds a line.
#[derive(Clone)]
pub(super) struct Bounds {
    /// Functions that have run, for the length of a sequence.
    pub(super) count: usize,
    pub(super) deadline: Option<Arc<Deadline>>,
}

/// A conductor at work.
pub(super) struct Composition {
    pub(super) hop: HopStep,
    /// Shared with the conductors that it runs.
    pub(super) counts: Arc<Counts>,
    /// What the conductor wants to be told the next time.
    pub(super) state: Mutex<Option<Bytes>>,
}

/// How often conductors and what they named have run.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) conductors: AtomicUsize,
    pub(super) components: AtomicUsize,
}

/// The value of a line.
pub(super) enum Value {
    Text(Payload),
    /// It is on the lane; this is its text where a record wanted it.
    Carried(Bytes),
}

/// Why a line cannot go on as it should.
#[derive(Clone)]
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    pub(super) result: Bytes,
    reach: Reach,
}

/// How far a failure goes.
#[derive(Clone)]
enum Reach {
    /// To the next handler, or to a conductor.
    Handler,
    /// To the end of the sequence whose deadline has passed.
    Deadline(Arc<Deadline>),
    /// To the end of the run, or of the branch that is called off.
    All,
}

pub(super) struct Strand {
    pub(super) tasks: Vec<Task>,
    pub(super) value: Value,
    /// Open sequences, the outermost first. Of a branch the first is not its own.
    pub(super) frames: Vec<Arc<Frame>>,
    pub(super) bounds: Bounds,
    /// Of what this is a branch.
    pub(super) branch: Option<Branch>,
    /// Kept until the line is over.
    pub(super) _plan: Option<Arc<Node>>,
}

impl Strand {
    /// A lane has taken the line. The first that does so begins the run.
    pub(super) fn begin(&self) {
        if let Some(outermost) = self.frames.first() {
            outermost.begin();
        }
    }

    /// Has a branch beside it, or beside what it is a part of, failed?
    pub(super) fn is_called_off(&self) -> bool {
        self.branch.as_ref().is_some_and(|branch| branch.fork.is_called_off())
    }

    /// The functions that run next, as far as that is known, up to so many.
    pub(super) fn coming(&self, most: usize) -> Vec<&HopStep> {
        let mut hops = Vec::new();
        for task in self.tasks.iter().rev() {
            let goes_on = match task {
                Task::Node(node) => node.coming(most, &mut hops),
                Task::Close(_) | Task::Caught(_) => true,
                Task::Conduct(_) | Task::Decide(_) | Task::Component(..) => false,
            };
            if !goes_on {
                break;
            }
        }
        hops
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<&HopStep> {
        self.next_node()?.first()
    }

    fn next_node(&self) -> Option<&Node> {
        for task in self.tasks.iter().rev() {
            match task {
                Task::Node(node) => return Some(node),
                Task::Close(_) | Task::Caught(_) => {}
                Task::Conduct(_) | Task::Decide(_) | Task::Component(..) => return None,
            }
        }
        None
    }

    /// The function that takes the value next, when it takes it as it is.
    pub(super) fn taker(&self) -> Option<&HopStep> {
        self.next_node()?.taker()
    }

    /// The value as text. It is there: who takes it as text is known before the hop that makes it runs.
    pub(super) fn take_text(&mut self) -> Result<Payload, Failure> {
        match std::mem::replace(&mut self.value, Value::Text(Payload::empty())) {
            Value::Text(payload) => Ok(payload),
            Value::Carried(_) => {
                Err(Failure::of_run(Outcome::HostError, "The host has lost a value of the sequence."))
            }
        }
    }

    pub(super) fn set_text(&mut self, text: Bytes) {
        self.value = Value::Text(match text.first() {
            Some(b'[') => Payload::Array(text),
            _ => Payload::Object(text),
        });
    }
}

impl Failure {
    /// One that a handler may deal with.
    pub(super) fn new(outcome: Outcome, message: &str) -> Self {
        Self { outcome, result: error_object(message).into(), reach: Reach::Handler }
    }

    /// One that ends the run, or the branch.
    pub(super) fn of_run(outcome: Outcome, message: &str) -> Self {
        Self { reach: Reach::All, ..Self::new(outcome, message) }
    }

    /// A hop has failed.
    pub(super) fn of_hop(record: &Activation) -> Self {
        Self { outcome: record.outcome, result: record.result.clone(), reach: Reach::Handler }
    }

    /// A result with an error where that ends what it is a part of.
    pub(super) fn of_result(result: Bytes) -> Self {
        Self { outcome: Outcome::ApplicationError, result, reach: Reach::Handler }
    }

    /// A deadline has passed.
    pub(super) fn late(deadline: &Arc<Deadline>) -> Self {
        let message = format!("The sequence exceeded its time limit of {} milliseconds.", deadline.millis);
        Self { reach: Reach::Deadline(Arc::clone(deadline)), ..Self::new(Outcome::Timeout, &message) }
    }

    pub(super) fn may_be_handled(&self) -> bool {
        matches!(self.reach, Reach::Handler)
    }

    /// A sequence is over by it. Around it, where another deadline holds or none, it is a failure like any other.
    pub(super) fn leaves(&mut self, bounds: &Bounds) {
        if let Reach::Deadline(passed) = &self.reach
            && bounds.deadline.as_ref().is_none_or(|around| !Arc::ptr_eq(around, passed))
        {
            self.reach = Reach::Handler;
        }
    }
}

impl Bounds {
    /// Within this time as well, from now on.
    pub(super) fn tighten(&mut self, timeout_millis: Option<u32>) {
        let Some(millis) = timeout_millis else { return };
        let at = Instant::now() + std::time::Duration::from_millis(millis.into());
        if self.deadline.as_ref().is_none_or(|around| at < around.at) {
            self.deadline = Some(Arc::new(Deadline { at, millis }));
        }
    }

    pub(super) fn passed(&self) -> Option<&Arc<Deadline>> {
        self.deadline.as_ref().filter(|deadline| Instant::now() >= deadline.at)
    }
}

impl Composition {
    pub(super) fn new(hop: HopStep, counts: Arc<Counts>) -> Arc<Self> {
        Arc::new(Self { hop, counts, state: Mutex::new(None) })
    }
}

/// One of these runs more. Gives how many have before.
pub(super) fn count(counter: &AtomicUsize) -> usize {
    counter.fetch_add(1, Ordering::AcqRel)
}

/// A switch that is turned once.
#[derive(Default)]
pub(super) struct Once(AtomicBool);

impl Once {
    pub(super) fn turn(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_turned(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
