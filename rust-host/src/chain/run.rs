//! One run of a sequence.
//!
//! The lane asks for the next hop ([`Run::next`]); the end of a hop, on whichever thread it comes (the lane's, or that of
//! the chores when the hop was stopped), says how the run goes on. A hop that fails ends the run there and then, so a run
//! is answered also when its lane is lost. The lock is never held while a hop begins or a function runs.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use crossbeam_channel::bounded;
use flock_jvm::Wishes;
use tokio::sync::oneshot;

use crate::{
    funclets::{self, Hop, Pool},
    invoke::{Invocation, Invoker, admission::InFlight, call::HopTerms, payload::Payload},
    model::{Action, Activation, ActivationId, EntityName, Keep, KeepRules, Outcome},
};

use super::{BadSequence, Chains, Frame, Step, plan};

/// Who waits for a run, and its place among the calls in flight.
pub(super) struct Ticket {
    is_accepted: AtomicBool,
    open: Mutex<Option<(InFlight, oneshot::Sender<Arc<Activation>>)>>,
}

impl Ticket {
    pub(super) fn new(
        guard: InFlight,
        reply: oneshot::Sender<Arc<Activation>>,
        is_accepted: bool,
    ) -> Arc<Self> {
        Arc::new(Self { is_accepted: is_accepted.into(), open: Mutex::new(Some((guard, reply))) })
    }

    /// The client was told that the run goes on: its record must not be dropped.
    pub(super) fn mark_accepted(&self) {
        self.is_accepted.store(true, Ordering::Release);
    }
}

/// See the head of this file.
pub(super) struct Chain {
    invoker: Arc<Invoker>,
    keep: Arc<KeepRules>,
    length_max: usize,
    invocation: Invocation,
    steps: Vec<Step>,
    ticket: Arc<Ticket>,
    state: Mutex<State>,
}

struct State {
    /// The step that comes next, or whose hop runs.
    at: usize,
    /// Actions that have run.
    count: usize,
    /// Open sequences, the topmost first. None left: the run is over.
    frames: Vec<Frame>,
    value: Value,
    /// A hop runs, whose end says how it goes on.
    is_running: bool,
}

/// What the next hop gets.
enum Value {
    Text(Payload),
    /// It is on the lane; this is its text where a record wanted it.
    Carried(Bytes),
}

/// What a hop is, taken out of the lock.
struct Next<'a> {
    action: &'a Arc<Action>,
    pool: Option<&'a Arc<Pool>>,
    cause: ActivationId,
    payload: Payload,
    is_carried: bool,
    former: Bytes,
    keep: Keep,
}

/// The lane's hold of a run.
struct OnLane(Arc<Chain>);

impl funclets::Run for OnLane {
    fn next(&mut self) -> Option<Hop> {
        Chain::next(&self.0)
    }
}

impl Drop for OnLane {
    /// A lane that is lost between two hops, or that could not be had.
    fn drop(&mut self) {
        let mut state = self.0.state();
        if !state.is_running && !state.frames.is_empty() {
            self.0.fail(&mut state, Outcome::HostError, "The host has no lane for the sequence.");
        }
    }
}

impl Chain {
    pub(super) fn new(
        chains: &Chains,
        invocation: Invocation,
        id: ActivationId,
        steps: Vec<Step>,
        ticket: Arc<Ticket>,
    ) -> Arc<Self> {
        let frame = Frame::new(Arc::clone(&invocation.action), id, invocation.cause);
        let value = Value::Text(invocation.payload.clone());
        Arc::new(Self {
            invoker: Arc::clone(&chains.invoker),
            keep: Arc::clone(&chains.keep),
            length_max: chains.length_max,
            invocation,
            steps,
            ticket,
            state: Mutex::new(State { at: 0, count: 0, frames: vec![frame], value, is_running: false }),
        })
    }

    pub(super) fn on_a_lane(chain: Arc<Self>) -> Box<dyn funclets::Run> {
        Box::new(OnLane(chain))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn home(&self) -> &EntityName {
        &self.invocation.action.path.namespace
    }

    fn is_at_home(&self, action: &Action) -> bool {
        action.path.namespace == *self.home()
    }

    /// The next hop for the chain's own lane. Hops of other namespaces run meanwhile, elsewhere.
    fn next(self: &Arc<Self>) -> Option<Hop> {
        loop {
            let next = self.take_next()?;
            let Some(pool) = next.pool else {
                self.fail(&mut self.state(), Outcome::HostError, FAILED);
                return None;
            };
            if !self.is_at_home(next.action) {
                self.run_away(&next, pool);
                continue;
            }
            let wishes = self.wishes(next.keep, next.is_carried);
            let chain = Arc::clone(self);
            let terms = HopTerms { keep: next.keep, wishes, former: next.former.clone() };
            let call = self.invoker.hop(
                &self.hop_invocation(&next),
                pool,
                Self::payload(&next),
                terms,
                Box::new(move |record| chain.hop_ended(&record, wishes.keeps)),
            );
            // From here on the wait for a place is the hop's.
            let guest = match pool.board() {
                Ok(guest) => guest,
                Err(error) => {
                    call.withdrawn();
                    tracing::warn!(%error, action = %next.action.path, "a hop of a sequence could not run");
                    self.fail(&mut self.state(), Outcome::HostError, FAILED);
                    return None;
                }
            };
            self.state().is_running = true;
            return Some(Hop { guest, call });
        }
    }

    /// Looks for the next hop and opens the sequences on the way to it.
    fn take_next(&self) -> Option<Next<'_>> {
        let mut state = self.state();
        loop {
            let frame = state.frames.last()?;
            match self.steps.get(state.at)? {
                Step::Open(action) => {
                    let inner = Frame::new(Arc::clone(action), ActivationId::new(), Some(frame.id));
                    state.frames.push(inner);
                    state.at += 1;
                }
                Step::Close => self.close(&mut state),
                Step::Missing => {
                    self.fail(&mut state, Outcome::ApplicationError, &BadSequence::Missing.to_string());
                }
                Step::Hop(_) if state.count >= self.length_max => {
                    self.fail(&mut state, Outcome::ApplicationError, &BadSequence::TooLong.to_string());
                }
                Step::Hop(hop) => {
                    let (cause, keep) = (frame.id, self.keep.of(&hop.action, &frame.action));
                    state.count += 1;
                    let (payload, is_carried, former) =
                        match std::mem::replace(&mut state.value, Value::Text(Payload::empty())) {
                            Value::Text(payload) => (payload, false, Bytes::new()),
                            Value::Carried(text) => (Payload::empty(), true, text),
                        };
                    let (action, pool) = (&hop.action, hop.pool.as_ref());
                    return Some(Next { action, pool, cause, payload, is_carried, former, keep });
                }
            }
        }
    }

    /// What the lane is to do with the result of the hop that comes now.
    fn wishes(&self, keep: Keep, carried: bool) -> Wishes {
        let at = self.state().at;
        match plan::next_hop(&self.steps, at) {
            None => Wishes { carried, writes: true, keeps: false },
            Some(next) if self.is_at_home(&next.action) => {
                Wishes { carried, writes: keep == Keep::Full, keeps: true }
            }
            Some(_) => Wishes { carried, writes: true, keeps: false },
        }
    }

    fn hop_invocation(&self, next: &Next<'_>) -> Invocation {
        Invocation {
            action: Arc::clone(next.action),
            identity: Arc::clone(&self.invocation.identity),
            payload: Payload::empty(),
            transaction_id: Arc::clone(&self.invocation.transaction_id),
            cause: Some(next.cause),
            callers: None,
        }
    }

    /// The text for a hop: its payload with the action's parameters under it, or those alone under a value that is on
    /// the lane.
    fn payload(next: &Next<'_>) -> Bytes {
        let parameters = &next.action.parameters;
        if next.is_carried && parameters.of_call().next().is_none() {
            return Bytes::new();
        }
        next.payload.merged_over(parameters)
    }

    /// Runs a hop on a lane of its own function, and waits for it.
    fn run_away(self: &Arc<Self>, next: &Next<'_>, pool: &Arc<Pool>) {
        let (over, wait) = bounded::<()>(1);
        let chain = Arc::clone(self);
        let terms = HopTerms { keep: next.keep, wishes: AWAY, former: next.former.clone() };
        let call = self.invoker.hop(
            &self.hop_invocation(next),
            pool,
            Self::payload(next),
            terms,
            Box::new(move |record| {
                chain.hop_ended(&record, false);
                // The lane waits for it, or it is gone.
                let _ = over.send(());
            }),
        );
        self.state().is_running = true;
        if let Err((busy, call)) = pool.submit(call) {
            call.withdrawn();
            tracing::warn!(%busy, action = %next.action.path, "a hop of a sequence could not run");
            let mut state = self.state();
            state.is_running = false;
            self.fail(&mut state, Outcome::HostError, FAILED);
            return;
        }
        // A call ends in any case; should it not, its sender is dropped.
        let _ = wait.recv();
    }

    /// A hop has ended. `kept`: if it went well, its value is on the lane.
    fn hop_ended(&self, record: &Arc<Activation>, kept: bool) {
        let mut state = self.state();
        state.is_running = false;
        let Some(frame) = state.frames.last_mut() else { return };
        frame.take(record);
        if record.outcome != Outcome::Success {
            return self.unwind(&mut state);
        }
        state.value = match record.result.first() {
            _ if kept => Value::Carried(record.result.clone()),
            Some(b'[') => Value::Text(Payload::Array(record.result.clone())),
            _ => Value::Text(Payload::Object(record.result.clone())),
        };
        state.at += 1;
        while let (Some(Step::Close), false) = (self.steps.get(state.at), state.frames.is_empty()) {
            self.close(&mut state);
        }
    }

    /// The innermost sequence is over.
    fn close(&self, state: &mut State) {
        state.at += 1;
        let Some(mut frame) = state.frames.pop() else { return };
        let Some(outer) = state.frames.last_mut() else { return self.finish(frame) };
        // The value may still be on the lane, where nobody has asked for its text.
        if matches!(state.value, Value::Carried(_)) {
            frame.keep(self.keep.of(&frame.action, &outer.action));
        }
        let record = Arc::new(frame.into_record(&self.invocation.identity));
        outer.take(&record);
        self.book(record, false);
    }

    /// The innermost sequence cannot go on, and so none can.
    fn fail(&self, state: &mut State, outcome: Outcome, message: &str) {
        if let Some(frame) = state.frames.last_mut() {
            frame.fail(outcome, message);
        }
        self.unwind(state);
    }

    fn unwind(&self, state: &mut State) {
        while let Some(frame) = state.frames.pop() {
            let Some(outer) = state.frames.last_mut() else { return self.finish(frame) };
            let record = Arc::new(frame.into_record(&self.invocation.identity));
            outer.take(&record);
            self.book(record, false);
        }
    }

    fn book(&self, record: Arc<Activation>, was_accepted: bool) {
        self.invoker.metrics.ledger.ended(&record);
        self.invoker.store.record(record, was_accepted);
    }

    /// The run is over: its record goes to the store and to whoever waits.
    fn finish(&self, frame: Frame) {
        let record = Arc::new(frame.into_record(&self.invocation.identity));
        let ran = std::time::Duration::from_millis(record.duration_millis);
        self.invoker.metrics.ended(record.outcome, false, ran);
        self.book(Arc::clone(&record), self.ticket.is_accepted.load(Ordering::Acquire));
        let open = self.ticket.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((guard, reply)) = open {
            drop(guard);
            // The client may have gone.
            let _ = reply.send(record);
        }
    }
}

/// A hop that runs elsewhere gives its result as text.
const AWAY: Wishes = Wishes { carried: false, writes: true, keeps: false };

/// OpenWhisk's words for a hop that could not run.
const FAILED: &str = "Sequence failed.";
