//! A lane that sleeps until a call is handed over, and how long it does: less when many sleep.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::queue::lock;

/// So many lanes of the host may wait for as long as they are told to. Each of the others, whose stack is more than all else
/// that an idle function keeps, waits `WAIT_OF_MANY` at most: when thousands of functions are called once, they do not all
/// keep one.
pub(super) const LANES_WAITING: usize = 256;
const WAIT_OF_MANY: Duration = Duration::from_secs(1);

/// Lanes of the host that wait and drive nothing.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// A lane that waits.
pub(super) struct Waiter<T> {
    thread: Thread,
    handed: Mutex<Option<Handed<T>>>,
}

/// What a lane is handed while it waits.
pub(super) enum Handed<T> {
    Call(T),
    /// The queue is closed: the lane ends.
    Leave,
    /// The lane is to look whether its instance is still in use.
    Look,
}

impl<T> Waiter<T> {
    pub(super) fn of_this_thread() -> Self {
        Self { thread: thread::current(), handed: Mutex::new(None) }
    }

    pub(super) fn hand(&self, what: Handed<T>) {
        *lock(&self.handed) = Some(what);
        self.thread.unpark();
    }

    /// Sleeps until something is handed over, or the time is over.
    fn sleep(&self, wait: Duration) -> Option<Handed<T>> {
        let deadline = Instant::now() + wait;
        loop {
            let handed = lock(&self.handed).take();
            let left = deadline.saturating_duration_since(Instant::now());
            if handed.is_some() || left.is_zero() {
                return handed;
            }
            thread::park_timeout(left);
        }
    }

    /// The same, and less of it when many lanes wait.
    pub(super) fn wait(&self, wait: Duration) -> Option<Handed<T>> {
        WAITING.fetch_add(1, Ordering::Relaxed);
        let at_once = wait.min(WAIT_OF_MANY);
        let handed = self.sleep(at_once).or_else(|| {
            (WAITING.load(Ordering::Relaxed) <= LANES_WAITING).then(|| self.sleep(wait - at_once)).flatten()
        });
        WAITING.fetch_sub(1, Ordering::Relaxed);
        handed
    }

    /// Sleeps until what is on its way is there.
    pub(super) fn take(&self) -> Handed<T> {
        loop {
            if let Some(handed) = self.sleep(Duration::from_millis(1)) {
                return handed;
            }
        }
    }
}
