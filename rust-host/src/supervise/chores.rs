//! A thread for work that is an up-call into Java or may take a while: adding lanes, answering a call that was stopped;
//! and another of the kind that drops functions.
//!
//! What a function leaves behind may be broken: a lock that a thread of it held when it died, a pool that was stopped half
//! way. A chore that touches such a thing may never end. Then another thread takes the place of the one that is stuck, so
//! nobody waits for it but itself.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use flock_jvm::{Holder, HostThread, Vm, process_micros};

use super::lock;

/// How long a chore for later waits at most.
const LATER: Duration = Duration::from_millis(5);
const IDLE: Duration = Duration::from_secs(60);
/// A chore that takes longer than this is stuck.
const STUCK_MICROS: u64 = 2_000_000;

/// Work for the thread.
pub type Chore = Box<dyn FnOnce() + Send>;

#[derive(Clone)]
pub(super) struct Chores {
    shared: Arc<Shared>,
}

/// One of the threads.
struct Hand {
    busy: Arc<AtomicU64>,
    thread: HostThread,
}

struct Shared {
    name: &'static str,
    vm: Vm,
    queue: Sender<Chore>,
    waiting: Receiver<Chore>,
    later: Mutex<Vec<Chore>>,
    /// Those of them whose time has come. A thread that is stuck in one leaves the rest to the next.
    due: Mutex<VecDeque<Chore>>,
    /// When the chore that is being done began, as its thread says; 0: it does none.
    busy: Mutex<Arc<AtomicU64>>,
    /// Those that live.
    hands: Mutex<Vec<Arc<Hand>>>,
    stuck: AtomicU64,
}

impl Chores {
    pub(super) fn start(name: &'static str, vm: Vm) -> std::io::Result<Self> {
        let (queue, waiting) = unbounded();
        let shared = Arc::new(Shared {
            name,
            vm,
            queue,
            waiting,
            later: Mutex::default(),
            due: Mutex::default(),
            busy: Mutex::default(),
            hands: Mutex::default(),
            stuck: AtomicU64::new(0),
        });
        shared.start_thread()?;
        Ok(Self { shared })
    }

    /// The queue is not bounded, because a chore is a promise; each stands for a lane, a call or a function, whose
    /// numbers are bounded.
    pub(super) fn run(&self, chore: Chore) {
        if self.shared.queue.send(chore).is_err() {
            tracing::error!("the thread for chores has ended");
        }
    }

    pub(super) fn run_later(&self, chore: Chore) {
        let mut later = lock(&self.shared.later);
        let first = later.is_empty();
        later.push(chore);
        drop(later);
        if first {
            self.run(Box::new(|| {}));
        }
    }

    /// Who holds the locks for which threads wait that have been at a chore for so long.
    pub(super) fn held_up_by(&self, long: Duration) -> Vec<Holder> {
        let long = u64::try_from(long.as_micros()).unwrap_or(u64::MAX);
        let is_long = |hand: &&Arc<Hand>| {
            let since = hand.busy.load(Ordering::Acquire);
            since > 0 && process_micros().saturating_sub(since) > long
        };
        let hands: Vec<_> = lock(&self.shared.hands).iter().filter(is_long).cloned().collect();
        hands.iter().filter_map(|hand| hand.thread.held_up_by(&self.shared.vm)).collect()
    }

    /// Threads that are stuck in a chore, or were.
    pub(super) fn stuck_count(&self) -> u64 {
        self.shared.stuck.load(Ordering::Relaxed)
    }

    /// Sees to it that a thread that is stuck is replaced. To be called now and then.
    pub(super) fn look(&self) {
        let busy = Arc::clone(&lock(&self.shared.busy));
        let since = busy.load(Ordering::Acquire);
        if since == 0 || process_micros().saturating_sub(since) < STUCK_MICROS {
            return;
        }
        self.shared.stuck.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            thread = self.shared.name,
            "what a function left behind does not let go of a thread of the host; another takes its place"
        );
        if let Err(error) = self.shared.start_thread() {
            tracing::error!(%error, "no thread for chores could be made");
        }
    }
}

impl Shared {
    fn start_thread(self: &Arc<Self>) -> std::io::Result<()> {
        let busy = Arc::new(AtomicU64::new(0));
        *lock(&self.busy) = Arc::clone(&busy);
        let shared = Arc::clone(self);
        thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            match HostThread::current(&shared.vm) {
                Ok(thread) => lock(&shared.hands).push(Arc::new(Hand { busy: Arc::clone(&busy), thread })),
                Err(error) => tracing::error!(%error, "the chores cannot reach the JVM"),
            }
            shared.work(&busy);
            lock(&shared.hands).retain(|hand| !Arc::ptr_eq(&hand.busy, &busy));
        })?;
        Ok(())
    }

    fn work(&self, busy: &Arc<AtomicU64>) {
        let mut looked = Instant::now();
        // Once replaced, it leaves when it is free again.
        while Arc::ptr_eq(&lock(&self.busy), busy) {
            let due = lock(&self.due).pop_front();
            if let Some(chore) = due {
                busily(busy, chore);
                continue;
            }
            let wait =
                if lock(&self.later).is_empty() { IDLE } else { LATER.saturating_sub(looked.elapsed()) };
            match self.waiting.recv_timeout(wait) {
                Ok(chore) => busily(busy, chore),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if looked.elapsed() >= LATER {
                looked = Instant::now();
                let due = std::mem::take(&mut *lock(&self.later));
                lock(&self.due).extend(due);
            }
        }
        self.stuck.fetch_sub(1, Ordering::Relaxed);
    }
}

fn busily(busy: &AtomicU64, chore: Chore) {
    busy.store(process_micros(), Ordering::Release);
    chore();
    busy.store(0, Ordering::Release);
}
