//! A lane: a Java thread that belongs to one funclet for its whole life and runs one call at a time.
//!
//! The Java thread asks for work by one native call that also gives back the last answer (`natives::swap`). The call
//! that runs is kept in the lane under a lock, and *whoever takes it out owns the answer*: the lane when the function
//! returns, or the watchdog when the deadline has passed. So an answer is given once, and an Error that arrives late
//! can never hit the next call: a lane whose call was taken does not go on.
//!
//! When the Java thread is gone, however it ended, its `Seat` (thread-local) is dropped and tells the [`Work`].

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use jni::{objects::JThread, refs::Global};

use crate::{boot::Vm, funclet::Inner as FuncletInner, stop, wire::Status};

/// What a function is told about a call besides its payload.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// 32 hex digits.
    pub activation_id: [u8; 32],
    /// When the call must have ended, milliseconds since 1970.
    pub deadline_epoch_millis: u64,
    /// Bytes of the result beyond this are not kept.
    pub result_limit_bytes: u32,
    /// The transaction id of the request.
    pub transaction_id: &'a str,
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
}

/// Where a log line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// `System.out`.
    Stdout,
    /// `System.err`.
    Stderr,
}

/// One call of a function. It is answered once, by [`Call::done`], or dropped unanswered when its lane died.
pub trait Call: Send {
    /// The facts of the call.
    fn head(&self) -> Head<'_>;
    /// The JSON payload.
    fn payload(&self) -> &[u8];
    /// A lane has taken the call; the function runs next.
    fn begin(&mut self);
    /// A line of output.
    fn line(&mut self, stream: Stream, text: &str);
    /// The end.
    fn done(self: Box<Self>, answer: Answer<'_>);
    /// The end for a call that was taken from its lane because its time was over.
    fn expired(self: Box<Self>, while_initialising: bool);
    /// The call does not happen: nothing is to be answered or recorded.
    fn withdrawn(self: Box<Self>);
}

/// Where a lane gets its calls from.
pub trait Work: Send + Sync + 'static {
    /// Blocks until there is a call; none: the lane ends.
    fn next(&self) -> Option<Box<dyn Call>>;
    /// The lane has given an answer with this status; called before the client gets it.
    fn answered(&self, status: Status);
    /// The lane's thread is gone. `unanswered` is the call that it ran, if nobody took it.
    fn ended(&self, lane: u64, unanswered: Option<Box<dyn Call>>);
}

/// The lanes that were made but whose Java thread has not yet sat down.
static ARRIVING: Mutex<Option<HashMap<u64, Arc<Inner>>>> = Mutex::new(None);
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The lane that this thread is, if it is one.
    pub(crate) static SEAT: RefCell<Option<Seat>> = const { RefCell::new(None) };
}

/// The shared part of a lane.
pub(crate) struct Inner {
    pub(crate) id: u64,
    pub(crate) funclet: Arc<FuncletInner>,
    pub(crate) work: Arc<dyn Work>,
    pub(crate) current: Mutex<Option<Box<dyn Call>>>,
    /// Milliseconds since 1970 at which the running call began; 0 while there is none.
    pub(crate) began_epoch_millis: AtomicU64,
    pub(crate) initialising: AtomicBool,
    pub(crate) gone: AtomicBool,
    thread: OnceLock<Global<JThread<'static>>>,
}

/// Locks without caring for a panic elsewhere: the data is a plain option or list, whole at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the Java thread of a lane has: the lane and the buffer that it shares with Java.
pub(crate) struct Seat {
    pub(crate) lane: Arc<Inner>,
    pub(crate) buffer: Vec<u8>,
    /// A request that did not fit the buffer; `grow` puts it there.
    pub(crate) waiting: Vec<u8>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lane.began_epoch_millis.store(0, Ordering::Release);
        let unanswered = lock(&self.lane.current).take();
        self.lane.gone.store(true, Ordering::Release);
        self.lane.work.ended(self.lane.id, unanswered);
    }
}

/// A handle of a lane, for whoever supervises it.
#[derive(Clone)]
pub struct Lane {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lane({} of funclet {})", self.inner.id, self.inner.funclet.id)
    }
}

impl Lane {
    pub(crate) fn announce(funclet: Arc<FuncletInner>, work: Arc<dyn Work>) -> Self {
        let inner = Arc::new(Inner {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            funclet,
            work,
            current: Mutex::new(None),
            began_epoch_millis: AtomicU64::new(0),
            initialising: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        lock(&ARRIVING).get_or_insert_default().insert(inner.id, Arc::clone(&inner));
        Self { inner }
    }

    /// The Java thread was not made after all.
    pub(crate) fn withdraw(&self) {
        take_arriving(self.inner.id);
        self.inner.gone.store(true, Ordering::Release);
    }

    pub(crate) fn set_thread(&self, thread: Global<JThread<'static>>) {
        // Set once, by the one that made the thread.
        let _ = self.inner.thread.set(thread);
    }

    /// Its number, unique in the process.
    pub fn id(&self) -> u64 {
        self.inner.id
    }

    /// Milliseconds since 1970 at which the running call began, if there is one.
    pub fn began_epoch_millis(&self) -> Option<u64> {
        match self.inner.began_epoch_millis.load(Ordering::Acquire) {
            0 => None,
            millis => Some(millis),
        }
    }

    /// Has the Java thread ended?
    pub fn is_gone(&self) -> bool {
        self.inner.gone.load(Ordering::Acquire)
    }

    /// Is the running call still loading and initialising the function?
    pub fn is_initialising(&self) -> bool {
        self.inner.initialising.load(Ordering::Acquire)
    }

    /// Takes the running call away if it began at this time; from then on the caller owes the answer and the lane is
    /// doomed: it must be ended with [`Lane::stop`].
    pub fn take_call_begun_at(&self, epoch_millis: u64) -> Option<Box<dyn Call>> {
        let mut current = lock(&self.inner.current);
        if self.inner.began_epoch_millis.load(Ordering::Acquire) != epoch_millis {
            return None;
        }
        self.inner.began_epoch_millis.store(0, Ordering::Release);
        current.take()
    }

    /// Does nobody else hold this lane? Only then may a handle of a lane that is gone be dropped: its thread, which is
    /// just ending, must not be the one that frees Java references.
    pub fn is_sole(&self) -> bool {
        Arc::strong_count(&self.inner) == 1
    }

    /// Throws the stop Error in the lane's thread. To be repeated until [`Lane::is_gone`].
    pub fn stop(&self, vm: &Vm) -> bool {
        let Some(thread) = self.inner.thread.get() else {
            return false;
        };
        vm.attached(|env, shim| Ok(stop::throw_in(env, thread, &shim.stop_error))).unwrap_or(false)
    }
}

/// The lane that was announced under this number, for the thread that now sits down.
pub(crate) fn take_arriving(id: u64) -> Option<Arc<Inner>> {
    lock(&ARRIVING).as_mut()?.remove(&id)
}

impl Lane {
    pub(crate) fn downgrade(&self) -> std::sync::Weak<Inner> {
        Arc::downgrade(&self.inner)
    }
}
