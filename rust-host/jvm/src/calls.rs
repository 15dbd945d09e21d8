//! What the host and a lane say to each other: a call, how it ended, and where the lane gets the next one.

use std::{
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use crate::{funclet::Funclet, limits::Limit, threads::Effort, used::Used, wire::Status};

/// What a function is told about a call besides its payload.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// 32 hex digits.
    pub activation_id: [u8; 32],
    /// When the call must have ended, milliseconds since 1970.
    pub deadline_epoch_millis: u64,
    /// Bytes of the result beyond this are not kept; 0: the function is loaded and initialised, and not run.
    pub result_limit_bytes: u32,
    /// The transaction id of the request.
    pub transaction_id: &'a str,
    /// `uuid:key` for as long as the activation runs; empty: it gets none.
    pub api_key: &'a str,
}

/// How a call ended.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The kind of end.
    pub status: Status,
    /// JSON, or a message (see [`Status`]).
    pub body: &'a [u8],
    /// Length of the whole result; larger than `body` when it was cut at the limit.
    pub total_bytes: usize,
    /// Time that loading and initialising took, if this call was the one that did it.
    pub init_micros: Option<u64>,
    /// What the call used.
    pub used: Used,
}

/// Why and how a call was stopped.
#[derive(Debug)]
pub struct Stopped {
    /// The limit that was broken.
    pub limit: Limit,
    /// The function was still being loaded and initialised.
    pub while_initialising: bool,
    /// The top of the thread's stack when it was stopped.
    pub stack: Vec<String>,
    /// When that was decided.
    pub decided: Instant,
    /// From then to the end of the thread, or until now if it has not ended.
    pub took: Duration,
    /// Has the thread ended?
    pub is_over: bool,
    /// What the call used.
    pub used: Used,
}

/// Did a lane wait for its call?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The call was there.
    No,
    /// The thread slept.
    Yes,
}

/// Where a log line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// `System.out`.
    Stdout,
    /// `System.err`.
    Stderr,
}

/// How a call ended that a function made from Java.
#[derive(Debug, Clone)]
pub struct Told {
    /// What the body is.
    pub kind: TellKind,
    /// JSON; of a refusal, words.
    pub body: bytes::Bytes,
}

/// The number before the body, as Java reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellKind {
    /// The result.
    Success = 0,
    /// The result of an action that failed.
    Failed = 1,
    /// It was not called.
    Refused = 2,
}

/// What makes calls of other actions for the one that runs.
pub trait Caller: Send + Sync {
    /// Longest payload.
    fn payload_max_bytes(&self) -> usize;
    /// Begins a call of the action of this name with a payload, JSON. The error says why not. It may block.
    fn call(&self, action: &str, payload: Vec<u8>) -> Result<Receiver<Told>, String>;
}

/// One call of a function. It is answered once, by [`Call::done`], [`Call::stopped`] or [`Call::died`], or dropped
/// unanswered when no lane could be had for it.
pub trait Call: Send {
    /// The facts of the call.
    fn head(&self) -> Head<'_>;
    /// The JSON payload.
    fn payload(&self) -> &[u8];
    /// A lane has taken the call at this time; the function runs next.
    fn begin(&mut self, at: Instant);
    /// A line of output.
    fn line(&mut self, stream: Stream, text: &str);
    /// The end.
    fn done(self: Box<Self>, answer: Answer<'_>);
    /// The end for a call that was taken from its lane because a limit was broken.
    fn stopped(self: Box<Self>, stopped: Stopped);
    /// The end for a call whose thread ended without an answer.
    fn died(self: Box<Self>, used: Used);
    /// The call does not happen: nothing is to be answered or recorded.
    fn withdrawn(self: Box<Self>);
    /// What calls other actions for it.
    fn caller(&self) -> Option<Arc<dyn Caller>> {
        None
    }
    /// When it must have ended, whatever its action's own limit says.
    fn due(&self) -> Option<Instant> {
        None
    }
    /// What is wanted of it on a lane of chains.
    fn wishes(&self) -> Wishes {
        Wishes::default()
    }
}

/// Answers a call whose thread ended under it.
pub fn thread_ended(call: Box<dyn Call>, used: Used) {
    match used.broken {
        // It was told to end where it broke the limit, and did.
        Some(limit) => call.stopped(Stopped {
            limit,
            while_initialising: false,
            stack: Vec::new(),
            decided: Instant::now(),
            took: Duration::ZERO,
            is_over: true,
            used,
        }),
        None => call.died(used),
    }
}

/// What a chain wants of one of its hops.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Its payload is the value that the last hop left on the lane; the call's own is parameters under it, or empty.
    pub carried: bool,
    /// Its result is wanted as text.
    pub writes: bool,
    /// Its result is the payload of the next hop on this lane.
    pub keeps: bool,
}

/// Where a lane gets its calls from.
pub trait Work: Send + Sync + 'static {
    /// Shows the funclet of the call that `next` gave last. Only a lane of chains asks.
    fn aboard(&self, _show: &mut dyn FnMut(&Funclet)) {}
    /// The next call of the chain that runs; none: it is over. Only a lane of chains asks, before it waits for another.
    fn go_on(&self) -> Option<Box<dyn Call>> {
        None
    }
    /// Blocks until there is a call; none: the lane ends.
    fn next(&self) -> Option<(Box<dyn Call>, Waited)>;
    /// CPU was used by the call that runs, or between calls; each part is told once.
    fn charge(&self, cpu_nanos: u64);
    /// Threads of the function used this while it ran no call.
    fn background(&self, effort: Effort);
    /// The lane has given an answer with this status, and its instance has broken this limit; called before the client gets it.
    fn answered(&self, status: Status, broken: Option<Limit>);
    /// The lane's thread is gone. `unanswered` is the call that it ran, if nobody took it; `used` is what was not
    /// charged to a call before.
    fn ended(&self, lane: u64, unanswered: Option<Box<dyn Call>>, used: Used);
}
