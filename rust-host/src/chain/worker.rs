//! What a lane has of a run: a line, or a fork from which it takes branches.
//!
//! The lane asks for the next hop ([`funclets::Run::next`]); the end of a hop, on whichever thread it comes (the lane's,
//! or that of the chores when the hop was stopped), says how the line goes on. A hop that has failed may have taken its
//! lane with it, so a line that goes on after it does so on another: by a worker of its own, through the queue of the
//! chains. So a run is answered also when a lane is lost. The lock is never held while a hop begins or a function runs.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use crossbeam_channel::{RecvTimeoutError, bounded};
use flock_jvm::Wishes;

use crate::{
    funclets::{self, Busy, Hop, NoRoom, Pool},
    invoke::call::{Deadline, HopTerms},
    model::{Action, Activation, Outcome, time::Moment},
};

use super::{
    fork::{After, Fork, called_off},
    run::{Need, Next, Run},
    strand::{Failure, Strand, Value},
};

/// See the head of this file.
pub(super) struct Worker {
    run: Arc<Run>,
    state: Mutex<State>,
}

struct State {
    line: Option<Box<Strand>>,
    /// Where branches are taken from when there is no line.
    fork: Option<Arc<Fork>>,
    /// A hop of the line runs, whose end says how it goes on.
    is_running: bool,
    /// When the last hop ended; none: no hop has, since the lane asked.
    since: Option<Moment>,
}

/// A lane's hold of a worker.
struct OnLane(Arc<Worker>);

impl funclets::Run for OnLane {
    fn next(&mut self) -> Option<Hop> {
        self.0.next()
    }
}

impl Drop for OnLane {
    /// A lane that is lost between two hops, or that could not be had.
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.fork = None;
        if !state.is_running
            && let Some(line) = state.line.take()
        {
            let failure = Failure::of_run(Outcome::HostError, "The host has no lane for the sequence.");
            drop(state);
            self.0.fail(line, failure);
        }
    }
}

impl Worker {
    /// For a line.
    pub(super) fn of(run: Arc<Run>, line: Box<Strand>) -> Box<dyn funclets::Run> {
        Box::new(OnLane(Arc::new(Self::with(run, Some(line), None))))
    }

    fn with(run: Arc<Run>, line: Option<Box<Strand>>, fork: Option<Arc<Fork>>) -> Self {
        Self { run, state: Mutex::new(State { line, fork, is_running: false, since: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has another lane see to it.
    fn hand_over(run: &Arc<Run>, line: Option<Box<Strand>>, fork: Option<Arc<Fork>>) {
        let watchdog = run.invoker.funclets.watchdog().clone();
        let run = Arc::clone(run);
        // Not on this thread, which may be a lane: a lane that is added is the host's.
        watchdog.run(Box::new(move || {
            let (home, funclets) = (run.home(), Arc::clone(&run.invoker));
            let worker = Box::new(OnLane(Arc::new(Self::with(run, line, fork))));
            if let Err(busy) = funclets.funclets.run_chain(&home, worker) {
                tracing::debug!(%busy, namespace = home, "no lane of chains for a part of a run");
            }
        }));
    }

    /// The next hop for this lane. Hops of other namespaces run meanwhile, elsewhere.
    fn next(self: &Arc<Self>) -> Option<Hop> {
        loop {
            let (mut next, within, since) = self.take_next()?;
            let Some(pool) = next.pool.take() else {
                self.cannot_run(None);
                continue;
            };
            if !self.wait_for_share(&next.action, within) {
                self.late();
                continue;
            }
            self.run.look_ahead(&pool, &next.after);
            let terms = HopTerms {
                keep: next.keep,
                wishes: next.wishes,
                former: std::mem::take(&mut next.former),
                within,
                since,
            };
            if !self.run.is_at_home(&next.action) {
                self.run_away(&next, &pool, terms);
                continue;
            }
            let worker = Arc::clone(self);
            let keeps = next.wishes.keeps;
            let call = self.run.invoker.hop(
                self.run.of_hop(&next),
                &pool,
                payload(&next),
                terms,
                Box::new(move |record, at| worker.hop_ended(&record, keeps, at)),
            );
            // From here on the wait for a place is the hop's.
            let guest = match pool.board(within.map(|deadline| deadline.at)) {
                Ok(guest) => guest,
                Err(error) => {
                    call.withdrawn();
                    tracing::warn!(%error, action = %next.action.path, "a hop of a sequence could not run");
                    match error {
                        NoRoom::Late => self.late(),
                        NoRoom::Busy(busy) => self.cannot_run(Some((&next.action, busy))),
                        NoRoom::Jvm(_) => self.cannot_run(None),
                    }
                    continue;
                }
            };
            return Some(Hop { guest, call });
        }
    }

    /// Goes on until a hop is to run, which counts as running from then on; takes branches when the line is over.
    fn take_next(self: &Arc<Self>) -> Option<(Next, Option<Deadline>, Moment)> {
        let mut state = self.state();
        if let Some(line) = &state.line {
            line.begin();
        }
        let since = state.since.take().unwrap_or_else(Moment::now);
        loop {
            if state.line.is_none() {
                let fork = state.fork.clone()?;
                state.line = fork.take();
                self.call_helper(&fork);
            }
            let line = state.line.as_mut()?;
            match self.run.go_on(line) {
                Ok(Need::Hop(next)) => {
                    let within = line.bounds.deadline.as_deref().copied();
                    state.is_running = true;
                    return Some((next, within, since));
                }
                Ok(Need::Fork(parts)) => {
                    let Some(line) = state.line.take() else { continue };
                    match Fork::start(line, parts) {
                        Ok((fork, first)) => {
                            self.call_helper(&fork);
                            state.line = Some(first);
                            state.fork = Some(fork);
                        }
                        Err(line) => state.line = self.failed(line, called_off()),
                    }
                }
                Ok(Need::Nothing) => self.over(&mut state, None),
                Err(failure) => self.over(&mut state, Some(failure)),
            }
        }
    }

    /// Waits until the namespace is within its share of the CPU again, as a call would. False: the deadline of the chain passes
    /// before that.
    fn wait_for_share(&self, action: &Action, within: Option<Deadline>) -> bool {
        loop {
            let wait = self.run.invoker.admission.cpu_wait(action.tenant());
            if wait.is_zero() {
                return true;
            }
            let left = within.map_or(wait, |deadline| deadline.at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            // Others use of the share meanwhile.
            std::thread::sleep(wait.min(left).min(SHARE_LOOK));
        }
    }

    fn call_helper(&self, fork: &Arc<Fork>) {
        if fork.calls_helper() {
            Self::hand_over(&self.run, None, Some(Arc::clone(fork)));
        }
    }

    /// The line is over: whatever comes of that is the next line.
    fn over(&self, state: &mut State, failure: Option<Failure>) {
        state.line = state.line.take().and_then(|line| self.after(*line, failure));
    }

    /// What goes on when this line is over.
    fn after(&self, mut line: Strand, mut failure: Option<Failure>) -> Option<Box<Strand>> {
        loop {
            let branch = line.branch.clone()?;
            match branch.fork.ended(&branch, line, failure) {
                After::Branch(next) => return Some(next),
                After::Nothing => return None,
                After::Line(mut parked, None) => match self.run.settle(&mut parked) {
                    Ok(()) if parked.tasks.is_empty() => (line, failure) = (*parked, None),
                    Ok(()) => return Some(parked),
                    Err(failed) => (line, failure) = (*parked, Some(failed)),
                },
                After::Line(mut parked, Some(failed)) => match self.run.unwind(&mut parked, failed) {
                    Ok(()) => return Some(parked),
                    Err(failed) => (line, failure) = (*parked, Some(failed)),
                },
            }
        }
    }

    /// A line fails whose lane is lost, or may be.
    fn fail(&self, line: Box<Strand>, failure: Failure) {
        if let Some(line) = self.failed(line, failure) {
            Self::hand_over(&self.run, Some(line), None);
        }
    }

    /// What goes on when this line fails.
    fn failed(&self, mut line: Box<Strand>, failure: Failure) -> Option<Box<Strand>> {
        match self.run.unwind(&mut line, failure) {
            Ok(()) => Some(line),
            Err(failure) => self.after(*line, Some(failure)),
        }
    }

    /// The hop that was to come fails on a lane that is well.
    fn fail_here(&self, failure: Failure) {
        let mut state = self.state();
        state.is_running = false;
        state.line = state.line.take().and_then(|line| self.failed(line, failure));
    }

    /// The same for one that never began. `full`: the queue of its action is.
    fn cannot_run(&self, full: Option<(&Action, Busy)>) {
        let is_composition = self
            .state()
            .line
            .as_ref()
            .and_then(|line| line.frames.last())
            .is_some_and(|frame| frame.action.is_conductor());
        let text = if is_composition { COMPOSITION_FAILED } else { SEQUENCE_FAILED };
        let why = full.map(|(action, busy)| format!(" {}: {busy}.", action.path)).unwrap_or_default();
        self.fail_here(Failure::of_run(Outcome::HostError, &format!("{text}{why}")));
    }

    fn late(&self) {
        let deadline = self.state().line.as_ref().and_then(|line| line.bounds.deadline.clone());
        if let Some(deadline) = deadline {
            self.fail_here(Failure::late(&deadline));
        }
    }

    /// Runs a hop on a lane of its own function, and waits for it. Should no lane have taken it when the deadline of the
    /// chain passes, it does not run.
    fn run_away(self: &Arc<Self>, next: &Next, pool: &Arc<Pool>, terms: HopTerms) {
        let (over, wait) = bounded::<()>(1);
        let worker = Arc::clone(self);
        let due = terms.within.map(|deadline| deadline.at);
        let terms = HopTerms { wishes: AWAY, ..terms };
        let call = self.run.invoker.hop(
            self.run.of_hop(next),
            pool,
            payload(next),
            terms,
            Box::new(move |record, at| {
                worker.hop_ended_elsewhere(&record, at);
                // The lane waits for it, or it is gone.
                let _ = over.send(());
            }),
        );
        let id = call.head().activation_id;
        if let Err((busy, call)) = pool.submit(call) {
            call.withdrawn();
            tracing::warn!(%busy, action = %next.action.path, "a hop of a sequence could not run");
            self.cannot_run(Some((&next.action, busy)));
            return;
        }
        if due.is_some_and(|due| wait.recv_deadline(due) == Err(RecvTimeoutError::Timeout))
            && let Some(call) = pool.take_back(&id)
        {
            call.withdrawn();
            self.late();
            return;
        }
        // A call ends in any case; should it not, its sender is dropped.
        let _ = wait.recv();
    }

    /// A hop has ended. `kept`: if it went well, its value is on the lane.
    fn hop_ended(self: &Arc<Self>, record: &Arc<Activation>, kept: bool, at: Moment) {
        let mut state = self.state();
        let Some(failure) = self.take_end(&mut state, record, kept, at) else { return };
        // Its lane may be lost.
        if let Some(line) = state.line.take() {
            state.fork = None;
            drop(state);
            self.fail(line, failure);
        }
    }

    /// A hop of another namespace has ended; the lane of the chain is well.
    fn hop_ended_elsewhere(&self, record: &Arc<Activation>, at: Moment) {
        let failure = self.take_end(&mut self.state(), record, false, at);
        if let Some(failure) = failure {
            self.fail_here(failure);
        }
    }

    /// Notes the end of the hop. Gives why the line cannot go on as it should.
    fn take_end(
        &self,
        state: &mut State,
        record: &Arc<Activation>,
        kept: bool,
        at: Moment,
    ) -> Option<Failure> {
        state.is_running = false;
        state.since = Some(at);
        let line = state.line.as_mut()?;
        if let Some(frame) = line.frames.last() {
            frame.take(record);
        }
        if record.outcome != Outcome::Success {
            let late = line.bounds.passed().filter(|_| record.outcome == Outcome::Timeout);
            return Some(late.map_or_else(|| Failure::of_hop(record), Failure::late));
        }
        if kept {
            line.value = Value::Carried(record.result.clone());
        } else {
            line.set_text(record.result.clone());
        }
        match self.run.settle(line) {
            Ok(()) if line.tasks.is_empty() => {
                self.over(state, None);
                None
            }
            Ok(()) => None,
            Err(failure) => {
                self.over(state, Some(failure));
                None
            }
        }
    }
}

/// The text for a hop: its payload with the action's parameters under it, or those alone under a value that is on the
/// lane.
fn payload(next: &Next) -> Bytes {
    let parameters = &next.action.parameters;
    if next.is_carried && parameters.of_call().next().is_none() {
        return Bytes::new();
    }
    next.payload.merged_over(parameters)
}

/// Between two looks at a share that is used up.
const SHARE_LOOK: Duration = Duration::from_millis(50);

/// A hop that runs elsewhere gives its result as text.
const AWAY: Wishes = Wishes { carried: false, writes: true, keeps: false };

/// OpenWhisk's words for a hop that could not run.
const SEQUENCE_FAILED: &str = "Sequence failed.";
/// The same in a composition.
const COMPOSITION_FAILED: &str = "Activation failure during composition.";
