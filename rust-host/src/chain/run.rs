//! One run, from what a client asked for to its record: what each task of a line does, and what a failure ends.
//!
//! A lane drives a line (`worker`). Here nothing waits: a task either is done at once or says what it needs.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;
use flock_jvm::Wishes;
use tokio::runtime::Handle;

use crate::{
    funclets::{Ahead, Pool},
    invoke::{Invocation, Invoker, payload::Payload},
    model::{Action, Activation, ActivationId, Keep, KeepRules, Outcome},
};

use super::{
    BadSequence, Chains, NESTING_MAX,
    conduct::COMPOSITION_TOO_LONG,
    fork::{Join, Parts, called_off},
    frame::{End, Frame},
    plan::{HopStep, Node, Sequence},
    strand::{Bounds, Composition, Counts, Failure, Strand, Task, Value, count},
    text::{self, VALUE},
    ticket::Ticket,
};

/// So many functions are made ready ahead of a run's hops at a time.
const AHEAD_MAX: usize = 4;

/// See the head of this file.
pub(super) struct Run {
    pub(super) invoker: Arc<Invoker>,
    keep: Arc<KeepRules>,
    runtime: Handle,
    pub(super) length_max: usize,
    hops_max: usize,
    pub(super) invocation: Invocation,
    ticket: Arc<Ticket>,
    /// Functions that have run, on all lines.
    hops: AtomicUsize,
    /// The functions that are made ready while a hop runs, for those after it.
    ahead: Mutex<Vec<Weak<Ahead>>>,
    /// There may be some.
    looks_ahead: AtomicBool,
}

/// What a line needs to go on.
pub(super) enum Need {
    /// A function runs.
    Hop(Next),
    /// Branches run.
    Fork(Parts),
    /// Nothing: it is over.
    Nothing,
}

/// A hop, and what it gets.
pub(super) struct Next {
    pub(super) action: Arc<Action>,
    pub(super) pool: Option<Arc<Pool>>,
    /// Where the hops after it will run, as far as that is known, at home and cold.
    pub(super) after: Vec<Arc<Pool>>,
    pub(super) payload: Payload,
    pub(super) is_carried: bool,
    pub(super) former: Bytes,
    pub(super) cause: ActivationId,
    pub(super) keep: Keep,
    pub(super) wishes: Wishes,
}

impl Run {
    pub(super) fn new(chains: &Chains, invocation: Invocation, ticket: Arc<Ticket>) -> Arc<Self> {
        Arc::new(Self {
            invoker: Arc::clone(&chains.invoker),
            keep: Arc::clone(&chains.keep),
            runtime: chains.runtime.clone(),
            length_max: chains.length_max,
            hops_max: chains.hops_max,
            invocation,
            ticket,
            hops: AtomicUsize::new(0),
            ahead: Mutex::default(),
            looks_ahead: AtomicBool::new(false),
        })
    }

    /// The first line of the run.
    pub(super) fn line(&self, id: ActivationId, root: Node) -> Box<Strand> {
        let frame = Frame::new(Arc::clone(&self.invocation.action), id, self.invocation.cause);
        let around = Bounds { count: 0, deadline: None };
        let mut bounds = around.clone();
        let mut tasks = vec![Task::Close(around)];
        match root {
            Node::Inner(Sequence { body, timeout_millis, .. }) => {
                bounds.tighten(timeout_millis);
                tasks.push(Task::Node(body));
            }
            Node::Compose(hop) => {
                tasks.push(Task::Conduct(Composition::new(hop, Arc::new(Counts::default()))))
            }
            other => tasks.push(Task::Node(Arc::new(other))),
        }
        // Else each part would be freed where the lane goes past it.
        let plan = match tasks.last() {
            Some(Task::Node(node)) => Some(Arc::clone(node)),
            _ => None,
        };
        let value = Value::Text(self.invocation.payload.clone());
        Box::new(Strand { tasks, value, frames: vec![frame], bounds, branch: None, _plan: plan })
    }

    /// Whose code runs on the lanes of the run, and for whom.
    pub(super) fn home(&self) -> String {
        let (code, tenant) = (&self.invocation.action.path.namespace, self.invocation.action.tenant());
        if code == tenant { code.to_string() } else { format!("{code}|{tenant}") }
    }

    /// Does it run there? Functions of others, and the same in the instances of others, have lanes of their own.
    pub(super) fn is_at_home(&self, action: &Action) -> bool {
        let own = &self.invocation.action;
        action.path.namespace == own.path.namespace && action.tenant() == own.tenant()
    }

    /// How much is kept of a hop.
    fn keep_of(&self, hop: &Action, sequence: &Action) -> Keep {
        if self.invocation.keeps_all { Keep::Full } else { self.keep.of(hop, sequence) }
    }

    /// The invocation of a hop.
    pub(super) fn of_hop(&self, next: &Next) -> Invocation {
        Invocation {
            action: Arc::clone(&next.action),
            identity: Arc::clone(&self.invocation.identity),
            payload: Payload::empty(),
            transaction_id: Arc::clone(&self.invocation.transaction_id),
            cause: Some(next.cause),
            callers: None,
            keeps_all: self.invocation.keeps_all,
        }
    }

    /// Goes on until something is needed. An error is a failure that nobody has dealt with: the line is over.
    pub(super) fn go_on(&self, strand: &mut Strand) -> Result<Need, Failure> {
        while let Some(task) = strand.tasks.pop() {
            match self.perform(strand, task) {
                Ok(None) => {}
                Ok(Some(need)) => return Ok(need),
                Err(failure) => self.unwind(strand, failure)?,
            }
        }
        Ok(Need::Nothing)
    }

    /// Ends what is over without anything else to be done.
    pub(super) fn settle(&self, strand: &mut Strand) -> Result<(), Failure> {
        while let Some(Task::Close(_) | Task::Caught(_)) = strand.tasks.last()
            && let Some(task) = strand.tasks.pop()
        {
            if let Err(failure) = self.perform(strand, task) {
                self.unwind(strand, failure)?;
            }
        }
        Ok(())
    }

    /// Ends whatever the failure reaches. An error: nobody has dealt with it.
    pub(super) fn unwind(&self, strand: &mut Strand, mut failure: Failure) -> Result<(), Failure> {
        while let Some(task) = strand.tasks.pop() {
            match task {
                Task::Close(bounds) => {
                    failure.leaves(&bounds);
                    strand.bounds = bounds;
                    let end =
                        End { outcome: failure.outcome, result: failure.result.clone(), keep: Keep::Full };
                    self.close(strand, end);
                }
                Task::Caught(handler) if failure.may_be_handled() => {
                    strand.set_text(failure.result);
                    strand.tasks.push(Task::Node(handler));
                    return Ok(());
                }
                Task::Component(composition, count) if failure.may_be_handled() => {
                    strand.bounds.count = count;
                    strand.set_text(failure.result);
                    strand.tasks.push(Task::Conduct(composition));
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(failure)
    }

    fn perform(&self, strand: &mut Strand, task: Task) -> Result<Option<Need>, Failure> {
        match task {
            Task::Node(node) => self.enter(strand, &node),
            Task::Close(bounds) => self.leave(strand, bounds).map(|()| None),
            Task::Caught(_) => Ok(None),
            Task::Conduct(composition) => self.conduct(strand, composition).map(Some),
            Task::Decide(composition) => self.decide(strand, composition).map(|()| None),
            Task::Component(composition, count) => {
                strand.bounds.count = count;
                strand.tasks.push(Task::Conduct(composition));
                Ok(None)
            }
        }
    }

    fn enter(&self, strand: &mut Strand, node: &Arc<Node>) -> Result<Option<Need>, Failure> {
        match &**node {
            Node::Hop(hop) => {
                self.count_in_sequence(strand)?;
                return self.hop(strand, hop).map(Some);
            }
            Node::Compose(hop) => {
                self.count_in_sequence(strand)?;
                self.open(strand, &hop.action)?;
                strand.tasks.push(Task::Conduct(Composition::new(hop.clone(), Arc::new(Counts::default()))));
            }
            Node::Inner(Sequence { action, body, timeout_millis }) => {
                self.open(strand, action)?;
                strand.bounds.tighten(*timeout_millis);
                strand.tasks.push(Task::Node(Arc::clone(body)));
            }
            Node::Missing => return Err(bad(BadSequence::Missing)),
            Node::Broken(why) => return Err(Failure::new(Outcome::ApplicationError, why)),
            Node::Row(nodes) => {
                strand.tasks.extend(nodes.iter().rev().map(|node| Task::Node(Arc::clone(node))))
            }
            Node::Try { body, handler } => {
                strand.tasks.push(Task::Caught(Arc::clone(handler)));
                strand.tasks.push(Task::Node(Arc::clone(body)));
            }
            Node::Choice { field, cases, default } => {
                let value = strand.take_text()?;
                let found = text::field(&value, field).map(|value| text::plain(&value));
                let case =
                    cases.iter().find(|(value, _)| found.as_ref() == Some(value)).map(|(_, node)| node);
                strand.value = Value::Text(value);
                strand.tasks.extend(case.or(default.as_ref()).map(|node| Task::Node(Arc::clone(node))));
            }
            Node::Parallel { names, bodies, concurrency } => {
                let value = strand.take_text()?;
                return Ok(Some(Need::Fork(Parts {
                    inputs: vec![value; bodies.len()],
                    bodies: bodies.clone(),
                    join: Join::Named(names.clone()),
                    concurrency: *concurrency,
                    bytes_max: self.invoker.result_max_bytes as usize,
                })));
            }
            Node::Map { body, over, into, concurrency } => {
                let value = strand.take_text()?;
                let parts = self.map(&value, body, (over.as_deref(), into.as_deref()), *concurrency)?;
                if !parts.inputs.is_empty() {
                    return Ok(Some(Need::Fork(parts)));
                }
                strand.value = match parts.join {
                    // An empty array stays what it is, where it is.
                    Join::Into(_, name) if matches!(over.as_deref(), Some([only]) if *only == name) => {
                        Value::Text(value)
                    }
                    Join::Into(text, name) => {
                        let member = text::object([(name.as_str(), &b"[]"[..])].into_iter());
                        let text = text::overlaid(&text, &member).map_err(|why| host(&why))?;
                        Value::Text(Payload::Object(text))
                    }
                    _ => Value::Text(Payload::Array(Bytes::from_static(b"[]"))),
                };
            }
        }
        Ok(None)
    }

    /// The parts of a map step over this value.
    fn map(
        &self,
        value: &Payload,
        body: &Arc<Node>,
        (over, into): (Option<&[String]>, Option<&str>),
        concurrency: usize,
    ) -> Result<Parts, Failure> {
        let what = over.map_or("its value".to_owned(), |names| format!("'{}'", names.join(".")));
        let array = match over {
            Some(names) => text::field(value, names),
            None => Some(text::of(value).clone()),
        };
        let elements = array.and_then(|text| text::elements(&text)).ok_or_else(|| {
            Failure::new(Outcome::ApplicationError, &format!("A map step needs an array: {what} is none."))
        })?;
        if elements.len() > self.hops_max {
            let message = format!(
                "A map step is over too many elements: {what} has {}; limits.chain-hops-max is {}.",
                elements.len(),
                self.hops_max
            );
            return Err(Failure::new(Outcome::ApplicationError, &message));
        }
        let join = match into {
            Some(name) => Join::Into(text::of(value).clone(), name.to_owned()),
            None => Join::Listed,
        };
        Ok(Parts {
            bodies: vec![Arc::clone(body)],
            inputs: elements.into_iter().map(|text| text::boxed(text, VALUE)).collect(),
            join,
            concurrency,
            bytes_max: self.invoker.result_max_bytes as usize,
        })
    }

    /// A function of a sequence, or a conductor, which counts as one.
    fn count_in_sequence(&self, strand: &mut Strand) -> Result<(), Failure> {
        if strand.bounds.count >= self.length_max {
            return Err(bad(BadSequence::TooLong));
        }
        strand.bounds.count += 1;
        Ok(())
    }

    /// May another hop begin?
    fn check(&self, strand: &Strand) -> Result<(), Failure> {
        if strand.is_called_off() {
            return Err(called_off());
        }
        if let Some(deadline) = strand.bounds.passed() {
            return Err(Failure::late(deadline));
        }
        if count(&self.hops) >= self.hops_max {
            let message = format!("Too many actions in one run: limits.chain-hops-max is {}.", self.hops_max);
            return Err(Failure::of_run(Outcome::ApplicationError, &message));
        }
        Ok(())
    }

    pub(super) fn hop(&self, strand: &mut Strand, hop: &HopStep) -> Result<Need, Failure> {
        self.check(strand)?;
        let (payload, is_carried, former) =
            match std::mem::replace(&mut strand.value, Value::Text(Payload::empty())) {
                Value::Text(payload) => (payload, false, Bytes::new()),
                Value::Carried(text) => (Payload::empty(), true, text),
            };
        let frame = frame_of(strand)?;
        let (cause, keep) = (frame.id, self.keep_of(&hop.action, &frame.action));
        let stays = strand.taker().is_some_and(|next| self.is_at_home(&next.action));
        let stays = stays && self.is_at_home(&hop.action);
        let wishes = Wishes { carried: is_carried, writes: !stays || keep == Keep::Full, keeps: stays };
        let pool = self.pool(hop);
        let after = self.cold_after(strand);
        Ok(Need::Hop(Next {
            action: Arc::clone(&hop.action),
            pool,
            after,
            payload,
            is_carried,
            former,
            cause,
            keep,
            wishes,
        }))
    }

    /// What the next hops need, the first cold one and those behind it. Nothing when the next one is ready: in a chain that
    /// has run before, no other is looked at.
    fn cold_after(&self, strand: &Strand) -> Vec<Arc<Pool>> {
        let is_ready = |hop: &HopStep| matches!(hop.pool.get(), Some(Some(pool)) if pool.is_ready());
        if strand.first().is_none_or(is_ready) {
            return Vec::new();
        }
        let cold =
            strand.coming(AHEAD_MAX).into_iter().filter(|hop| self.is_at_home(&hop.action) && !is_ready(hop));
        cold.filter_map(|hop| hop.pool.get().cloned().flatten()).collect()
    }

    /// A hop is about to run here, and after it some there: what those need is made ready meanwhile.
    pub(super) fn look_ahead(&self, here: &Arc<Pool>, after: &[Arc<Pool>]) {
        if after.is_empty() && !self.looks_ahead.load(Ordering::Acquire) {
            return;
        }
        let mut aheads = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let mut made: Vec<_> = aheads.iter().filter_map(Weak::upgrade).collect();
        made.extract_if(.., |made| made.is_of(here)).for_each(|come| come.overtake());
        for pool in after {
            if made.len() >= AHEAD_MAX {
                break;
            }
            if !made.iter().any(|made| made.is_of(pool)) {
                made.extend(self.invoker.funclets.look_ahead(&self.home(), pool));
            }
        }
        *aheads = made.iter().map(Arc::downgrade).collect();
        self.looks_ahead.store(!aheads.is_empty(), Ordering::Release);
    }

    /// Where a function runs. What a conductor has named may not be loaded yet; then this waits for it.
    fn pool(&self, hop: &HopStep) -> Option<Arc<Pool>> {
        hop.pool
            .get_or_init(|| {
                let funclets = &self.invoker.funclets;
                if let Some(pool) = funclets.loaded(&hop.action) {
                    return Some(pool);
                }
                let (tell, told) = crossbeam_channel::bounded(1);
                let (invoker, action) = (Arc::clone(&self.invoker), Arc::clone(&hop.action));
                let identity = Arc::clone(&self.invocation.identity);
                // Not on this thread: it is a lane, and loading code is the host's work.
                self.runtime.spawn(async move {
                    let pool = invoker.funclets.pool(&action, &identity).await;
                    // It is received below.
                    let _ = tell.send(pool.inspect_err(|error| {
                        tracing::warn!(%error, action = %action.path, "a hop of a sequence cannot be loaded");
                    }));
                });
                told.recv().ok()?.ok()
            })
            .clone()
    }

    /// A sequence begins, or a composition.
    pub(super) fn open(&self, strand: &mut Strand, action: &Arc<Action>) -> Result<(), Failure> {
        let around = frame_of(strand)?;
        if strand.frames.len() > NESTING_MAX {
            return Err(Failure::new(Outcome::ApplicationError, COMPOSITION_TOO_LONG));
        }
        let frame = Frame::new(Arc::clone(action), ActivationId::new(), Some(around.id));
        strand.frames.push(frame);
        strand.tasks.push(Task::Close(strand.bounds.clone()));
        Ok(())
    }

    /// The innermost sequence is over.
    fn leave(&self, strand: &mut Strand, bounds: Bounds) -> Result<(), Failure> {
        // Functions of an inner sequence count for those around it.
        strand.bounds = Bounds { count: strand.bounds.count, ..bounds };
        let is_composition = strand.frames.last().is_some_and(|frame| frame.action.is_conductor());
        // The value may still be on the lane, where nobody has asked for its text.
        let (Value::Text(Payload::Object(result) | Payload::Array(result)) | Value::Carried(result)) =
            &strand.value;
        let result = result.clone();
        let keep = match strand.frames.as_slice() {
            [.., outer, inner] => self.keep_of(&inner.action, &outer.action),
            _ => Keep::Full,
        };
        let is_inner = strand.frames.len() > 1;
        self.close(strand, End { outcome: Outcome::Success, result: result.clone(), keep });
        // A conductor may end well with an error, which what is around it takes as one.
        if is_composition && is_inner && text::has_error(&result) {
            return Err(Failure::of_result(result));
        }
        Ok(())
    }

    fn close(&self, strand: &mut Strand, end: End) {
        let Some(frame) = strand.frames.pop() else { return };
        let record = Arc::new(frame.into_record(&self.invocation.identity, end));
        match strand.frames.last() {
            Some(outer) => {
                outer.take(&record);
                if record.keep == Keep::Errors && record.outcome == Outcome::Success {
                    self.invoker.metrics.ledger.ended(&record);
                } else {
                    self.book(record, false);
                }
            }
            None => self.finish(record),
        }
    }

    fn book(&self, record: Arc<Activation>, was_accepted: bool) {
        self.invoker.metrics.ledger.ended(&record);
        self.invoker.store.record(record, was_accepted);
    }

    /// The run is over: its record goes to the store and to whoever waits.
    fn finish(&self, record: Arc<Activation>) {
        let ran = std::time::Duration::from_millis(record.duration_millis);
        self.invoker.metrics.ended(record.outcome, false, ran);
        self.book(Arc::clone(&record), self.ticket.is_accepted());
        self.ticket.end(record);
    }
}

fn frame_of(strand: &Strand) -> Result<&Arc<Frame>, Failure> {
    strand.frames.last().ok_or_else(|| host("the sequence is over"))
}

fn bad(why: BadSequence) -> Failure {
    Failure::new(Outcome::ApplicationError, &why.to_string())
}

pub(super) fn host(why: &str) -> Failure {
    Failure::of_run(Outcome::HostError, why)
}
