//! Watches over lanes: time limits, stopping, and the work that must not be done on a dying thread.
//!
//! One native thread. It allocates nothing in the Java heap, so it works when that heap is full. A call over its time is
//! taken from its lane (whoever takes a call owns its answer), answered, and the lane's thread is stopped until it is
//! gone. A thread that does not die within two seconds is counted as lost; nothing waits for it.
//!
//! The same thread runs *chores* that others hand over: dropping a function (a Java up-call) or adding lanes.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use flock_jvm::{Call, Lane, Vm};

use crate::model::time::now_epoch_millis;

/// How often time limits are looked at while there are lanes.
const TICK: Duration = Duration::from_millis(5);
/// The same while there are none.
const TICK_IDLE: Duration = Duration::from_secs(1);
/// How often a thread that does not die is stopped again.
const STOP_AGAIN: Duration = Duration::from_millis(20);
/// A thread that lives longer than this after its first stop is lost.
const LOST_AFTER: Duration = Duration::from_secs(2);

/// What the watchdog must know of a lane.
pub trait Ward: Send + Sync {
    /// The time limit of a call, milliseconds from its begin.
    fn limit_millis(&self) -> u64;
    /// The lane runs a call over its time: it, and the instance that it belongs to, are not to be used any more.
    fn condemn(&self);
}

/// Work for the watchdog's thread.
pub type Chore = Box<dyn FnOnce() + Send>;

struct Watched {
    lane: Lane,
    ward: Arc<dyn Ward>,
    doom: Option<Doom>,
}

struct Doom {
    since: Instant,
    last_stop: Instant,
    is_lost: bool,
}

/// The watchdog.
#[derive(Clone)]
pub struct Watchdog {
    shared: Arc<Shared>,
    chores: Sender<Chore>,
}

struct Shared {
    lanes: Mutex<Vec<Watched>>,
    /// Chores for the next tick.
    later: Mutex<Vec<Chore>>,
    stopped: AtomicU64,
    lost: AtomicU64,
}

impl std::fmt::Debug for Watchdog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watchdog")
    }
}

impl Watchdog {
    /// Starts the thread.
    pub fn start(vm: Vm) -> std::io::Result<Self> {
        let (chores, waiting) = unbounded();
        let shared = Arc::new(Shared {
            lanes: Mutex::new(Vec::new()),
            later: Mutex::new(Vec::new()),
            stopped: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || of_thread.run(&vm, &waiting))?;
        Ok(Self { shared, chores })
    }

    /// Watches a lane until its thread has ended.
    pub fn watch(&self, lane: Lane, ward: Arc<dyn Ward>) {
        let mut lanes = lock(&self.shared.lanes);
        let first = lanes.is_empty();
        lanes.push(Watched { lane, ward, doom: None });
        drop(lanes);
        if first {
            self.run(Box::new(|| {}));
        }
    }

    /// Runs a chore soon. The queue is not bounded, because a chore is a promise; each stands for a lane or a function,
    /// whose number is bounded.
    pub fn run(&self, chore: Chore) {
        if self.chores.send(chore).is_err() {
            tracing::error!("the watchdog has ended");
        }
    }

    /// Runs a chore at the next tick, a few milliseconds from now.
    pub fn run_later(&self, chore: Chore) {
        let mut later = lock(&self.shared.later);
        let first = later.is_empty();
        later.push(chore);
        drop(later);
        if first {
            self.run(Box::new(|| {}));
        }
    }

    /// Lanes whose thread lives.
    pub fn lane_count(&self) -> usize {
        lock(&self.shared.lanes).iter().filter(|watched| !watched.lane.is_gone()).count()
    }

    /// Calls that were ended because their time was over.
    pub fn stopped_count(&self) -> u64 {
        self.shared.stopped.load(Ordering::Relaxed)
    }

    /// Threads that did not die when they were stopped, and live on.
    pub fn lost_count(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn run(&self, vm: &Vm, chores: &Receiver<Chore>) {
        if let Err(error) = vm.attach() {
            tracing::error!(%error, "the watchdog cannot reach the JVM");
        }
        let mut looked = Instant::now();
        loop {
            let is_quiet = lock(&self.lanes).is_empty() && lock(&self.later).is_empty();
            let tick = if is_quiet { TICK_IDLE } else { TICK };
            match chores.recv_timeout(tick.saturating_sub(looked.elapsed())) {
                Ok(chore) => chore(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                self.look(vm);
                let due = std::mem::take(&mut *lock(&self.later));
                due.into_iter().for_each(|chore| chore());
            }
        }
    }

    /// Looks at each lane once.
    fn look(&self, vm: &Vm) {
        let now_millis = now_epoch_millis();
        let mut expired: Vec<(Box<dyn Call>, bool)> = Vec::new();
        let mut ended = Vec::new();
        {
            let mut lanes = lock(&self.lanes);
            for watched in lanes.iter_mut() {
                if let Some(taken) = watched.take_overdue(now_millis) {
                    expired.push(taken);
                    self.stopped.fetch_add(1, Ordering::Relaxed);
                }
                self.pursue(vm, watched);
            }
            let mut at = 0;
            while at < lanes.len() {
                if lanes[at].lane.is_gone() && lanes[at].lane.is_sole() {
                    ended.push(lanes.swap_remove(at));
                } else {
                    at += 1;
                }
            }
        }
        for watched in ended {
            if watched.doom.is_some_and(|doom| doom.is_lost) {
                self.lost.fetch_sub(1, Ordering::Relaxed);
            }
        }
        for (call, while_initialising) in expired {
            call.expired(while_initialising);
        }
    }

    /// Stops the thread of a doomed lane, again and again, until it is gone.
    fn pursue(&self, vm: &Vm, watched: &mut Watched) {
        let Some(doom) = &mut watched.doom else { return };
        if watched.lane.is_gone() {
            return;
        }
        let pause = if doom.is_lost { LOST_AFTER } else { STOP_AGAIN };
        if doom.last_stop.elapsed() >= pause {
            watched.lane.stop(vm);
            doom.last_stop = Instant::now();
        }
        if !doom.is_lost && doom.since.elapsed() > LOST_AFTER {
            doom.is_lost = true;
            self.lost.fetch_add(1, Ordering::Relaxed);
            tracing::error!(lane = ?watched.lane, "a thread does not end although it was stopped; it is lost");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watched {
    fn take_overdue(&mut self, now_millis: u64) -> Option<(Box<dyn Call>, bool)> {
        if self.doom.is_some() {
            return None;
        }
        let began = self.lane.began_epoch_millis()?;
        if now_millis.saturating_sub(began) < self.ward.limit_millis() {
            return None;
        }
        let while_initialising = self.lane.is_initialising();
        let call = self.lane.take_call_begun_at(began)?;
        self.ward.condemn();
        let long_ago = Instant::now().checked_sub(LOST_AFTER).unwrap_or_else(Instant::now);
        self.doom = Some(Doom { since: Instant::now(), last_stop: long_ago, is_lost: false });
        Some((call, while_initialising))
    }
}
