//! Branches side by side: where they begin, and where they come together.
//!
//! The line that forks is parked here. Its lane takes the first branch, other lanes of the namespace may take others, and
//! whoever ends the last one goes on with the line: no lane ever waits for another. When a branch fails no other begins
//! and none begins a further hop; hops that run are awaited, under their own limits. The first failure is the fork's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::{
    invoke::payload::Payload,
    model::{Outcome, json::check_depth},
};

use super::{
    frame::Frame,
    plan::Node,
    strand::{Bounds, Failure, Once, Strand, Task, Value},
    text,
};

/// Which branch of which fork a line is.
#[derive(Clone)]
pub(super) struct Branch {
    pub(super) fork: Arc<Fork>,
    at: usize,
}

/// How the results come together.
pub(super) enum Join {
    /// In an object, by these names.
    Named(Vec<String>),
    /// In an array.
    Listed,
    /// In an array that is this member of the object that the line had.
    Into(Bytes, String),
}

/// What a fork is made of.
pub(super) struct Parts {
    /// What each branch does: one for all, or one for each.
    pub(super) bodies: Vec<Arc<Node>>,
    /// What each begins with.
    pub(super) inputs: Vec<Payload>,
    pub(super) join: Join,
    pub(super) concurrency: usize,
    /// Largest value that may come of it.
    pub(super) bytes_max: usize,
}

pub(super) struct Fork {
    parts: Parts,
    frame: Option<Arc<Frame>>,
    bounds: Bounds,
    /// Of what the line itself is a branch.
    around: Option<Arc<Fork>>,
    called_off: Once,
    state: Mutex<State>,
}

struct State {
    /// Parked until all is over.
    line: Option<Box<Strand>>,
    next: usize,
    running: usize,
    /// Lanes that may still be asked to help.
    helpers: usize,
    results: Vec<Bytes>,
    bytes: usize,
    /// Functions that ran: of all branches, or of the longest when all do the same.
    count: usize,
    failure: Option<Failure>,
}

/// What is to be done after a branch has ended.
pub(super) enum After {
    /// Another branch.
    Branch(Box<Strand>),
    /// All is over: the line goes on, or fails.
    Line(Box<Strand>, Option<Failure>),
    /// Others see to it.
    Nothing,
}

impl Fork {
    /// Parks the line and gives its first branch; or the line again, when what it is a part of is called off. There is
    /// at least one branch.
    pub(super) fn start(line: Box<Strand>, parts: Parts) -> Result<(Arc<Self>, Box<Strand>), Box<Strand>> {
        let state = State {
            next: 0,
            running: 0,
            helpers: parts.concurrency.min(parts.inputs.len()).saturating_sub(1),
            results: vec![Bytes::new(); parts.inputs.len()],
            bytes: 0,
            count: line.bounds.count,
            failure: None,
            line: None,
        };
        let fork = Arc::new(Self {
            frame: line.frames.last().cloned(),
            bounds: line.bounds.clone(),
            around: line.branch.as_ref().map(|branch| Arc::clone(&branch.fork)),
            called_off: Once::default(),
            parts,
            state: Mutex::new(state),
        });
        let first = fork.branch(&mut fork.state());
        match first {
            Some(first) => {
                fork.state().line = Some(line);
                Ok((fork, first))
            }
            None => Err(line),
        }
    }

    /// May one more lane be asked to help? Each that comes asks for the next, so a fork that finds no lanes fills no queue.
    pub(super) fn calls_helper(&self) -> bool {
        let mut state = self.state();
        let calls = state.helpers > 0 && state.next < self.parts.inputs.len() && state.failure.is_none();
        state.helpers -= usize::from(calls);
        calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next branch that has not begun.
    pub(super) fn take(self: &Arc<Self>) -> Option<Box<Strand>> {
        self.branch(&mut self.state())
    }

    fn branch(self: &Arc<Self>, state: &mut State) -> Option<Box<Strand>> {
        let at = state.next;
        let input = self.parts.inputs.get(at)?.clone();
        let body = self.parts.bodies.get(at).or(self.parts.bodies.first())?;
        if state.failure.is_some() || self.is_called_off() {
            return None;
        }
        state.next += 1;
        state.running += 1;
        Some(Box::new(Strand {
            tasks: vec![Task::Node(Arc::clone(body))],
            value: Value::Text(input),
            frames: self.frame.iter().cloned().collect(),
            bounds: self.bounds.clone(),
            branch: Some(Branch { fork: Arc::clone(self), at }),
            // The fork keeps it.
            _plan: None,
        }))
    }

    pub(super) fn is_called_off(&self) -> bool {
        self.called_off.is_turned() || self.around.as_ref().is_some_and(|fork| fork.is_called_off())
    }

    /// A branch is over.
    pub(super) fn ended(
        self: &Arc<Self>,
        branch: &Branch,
        mut strand: Strand,
        failure: Option<Failure>,
    ) -> After {
        let result = match failure {
            Some(failure) => Err(failure),
            None => strand.take_text(),
        };
        let mut state = self.state();
        state.running -= 1;
        match result {
            Ok(payload) => self.keep(&mut state, branch.at, &payload, strand.bounds.count),
            Err(failure) => self.fail(&mut state, failure),
        }
        if let Some(next) = self.branch(&mut state) {
            return After::Branch(next);
        }
        if state.running > 0 {
            return After::Nothing;
        }
        let Some(mut line) = state.line.take() else { return After::Nothing };
        line.bounds.count = state.count;
        let failure = match state.failure.take() {
            Some(failure) => Some(failure),
            // Called off from around before all had begun.
            None if state.next < self.parts.inputs.len() => Some(called_off()),
            None => self.join(&mut line, std::mem::take(&mut state.results)).err(),
        };
        After::Line(line, failure)
    }

    fn fail(&self, state: &mut State, failure: Failure) {
        self.called_off.turn();
        state.failure.get_or_insert(failure);
    }

    fn keep(&self, state: &mut State, at: usize, payload: &Payload, count: usize) {
        let text = text::of(payload);
        state.bytes += text.len();
        if state.bytes > self.parts.bytes_max {
            let failure = self.too_large(state.bytes);
            return self.fail(state, failure);
        }
        let ran = count.saturating_sub(self.bounds.count);
        state.count = match self.parts.join {
            Join::Named(_) => state.count + ran,
            Join::Listed | Join::Into(..) => state.count.max(self.bounds.count + ran),
        };
        state.results[at] = text.clone();
    }

    fn join(&self, line: &mut Strand, results: Vec<Bytes>) -> Result<(), Failure> {
        let text = match &self.parts.join {
            Join::Named(names) => {
                text::object(names.iter().map(String::as_str).zip(results.iter().map(|text| &text[..])))
            }
            Join::Listed => text::list(&results),
            Join::Into(value, name) => {
                let member = text::object([(name.as_str(), &text::list(&results)[..])].into_iter());
                text::overlaid(value, &member).map_err(|why| self.unfit(&why))?
            }
        };
        check_depth(&text).map_err(|why| self.unfit(&why))?;
        if text.len() > self.parts.bytes_max {
            return Err(self.too_large(text.len()));
        }
        line.set_text(text);
        Ok(())
    }

    /// Each result is within the bounds, all together are not.
    fn unfit(&self, why: &str) -> Failure {
        let message = format!("The results of a {} step together are no value: {why}.", self.step());
        Failure::new(Outcome::ApplicationError, &message)
    }

    fn step(&self) -> &'static str {
        match self.parts.join {
            Join::Named(_) => "parallel",
            Join::Listed | Join::Into(..) => "map",
        }
    }

    fn too_large(&self, bytes: usize) -> Failure {
        let message = format!(
            "The results of a {} step exceeded the allowed length together: {bytes} > {} bytes.",
            self.step(),
            self.parts.bytes_max
        );
        Failure::new(Outcome::ApplicationError, &message)
    }
}

/// Why a branch ends that has not failed itself.
pub(super) fn called_off() -> Failure {
    Failure::of_run(
        Outcome::ApplicationError,
        "The branch was called off, because another branch of the sequence failed.",
    )
}
