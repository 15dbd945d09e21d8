//! Initialising the functions of a chain's next hops while a hop before them runs.
//!
//! It is a preparation (`prepare`) that takes a place like a hop and runs on another lane of the namespace's chains, so it
//! is counted, charged, limited and stopped like one. It is done for a function that is cold, and for no other; when it
//! fails the hop initialises the function itself and tells what goes wrong. What is made stays, whether the chain comes
//! to its hop or not.
//!
//! Nothing is done ahead when the heap is tight, when chains wait for a lane, for an action that may have one call at a time
//! only, for a function that may use the key of its caller (its initialiser could read it), and for one that once could
//! not be made ready. One whose initialiser calls other actions cannot: nobody's call runs that could call them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU8, Ordering},
        mpsc::Receiver,
    },
};

use flock_jvm::{Caller, Told};

use crate::model::Parameters;

use super::{Funclets, Hop, Pool, Run, growth::Growth, guest::Guest, instance::Instance};

/// Most of these at a time, in the host and of one namespace.
const OF_HOST_MAX: usize = 8;
const OF_NAMESPACE_MAX: usize = 4;

/// It waits for a lane.
const WAITS: u8 = 0;
/// A lane has it.
const BEGUN: u8 = 1;
/// It has a place in the pool.
const ABOARD: u8 = 2;
/// The hop itself came first.
const OVERTAKEN: u8 = 3;

/// How many are on their way, by namespace.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<String, usize>>);

impl Counts {
    fn take(&self, namespace: &str) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.get(namespace).copied().unwrap_or(0);
        let takes = own < OF_NAMESPACE_MAX && counts.values().sum::<usize>() < OF_HOST_MAX;
        if takes {
            counts.insert(namespace.to_owned(), own + 1);
        }
        takes
    }

    fn give_back(&self, namespace: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = counts.get_mut(namespace) {
            *own -= 1;
            if *own == 0 {
                counts.remove(namespace);
            }
        }
    }
}

/// A function that is made ready. It is over when nobody holds this any more.
#[derive(Debug)]
pub struct Ahead {
    pool: Arc<Pool>,
    payer: String,
    counts: Arc<Counts>,
    state: AtomicU8,
}

impl Ahead {
    /// Is it for this function?
    pub fn is_of(&self, pool: &Arc<Pool>) -> bool {
        Arc::ptr_eq(&self.pool, pool)
    }

    /// The hop has come: what has not begun does not.
    pub fn overtake(&self) {
        self.goes_on(WAITS, OVERTAKEN);
    }

    fn goes_on(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.counts.give_back(&self.payer);
        if self.state.load(Ordering::Acquire) == ABOARD {
            self.pool.is_no_more_ahead();
        }
    }
}

/// What a lane of chains takes.
struct Order(Option<Arc<Ahead>>);

impl Run for Order {
    fn next(&mut self) -> Option<Hop> {
        // The call has it from here on: a lane that is lost must not keep it.
        let ahead = self.0.take()?;
        if !ahead.goes_on(WAITS, BEGUN) {
            return None;
        }
        let guest = ahead.pool.board_ahead()?;
        ahead.goes_on(BEGUN, ABOARD);
        let pool = Arc::clone(&ahead.pool);
        let caller =
            Arc::new(NoCaller { pool: Arc::clone(&pool), instance: Arc::downgrade(guest.instance()) });
        let told = move |end: Result<(), String>| {
            if let Err(why) = end {
                ahead.pool.is_unfit_because(&why);
                // The hop itself will say it to its client.
                tracing::debug!(action = %ahead.pool.action().path, why, "a function was not made ready ahead");
            }
        };
        let call = pool.initialisation(guest.meter(), caller, Box::new(told));
        Some(Hop { guest, call })
    }
}

/// Hears the initialiser of a function ask for another action. What it makes of the refusal stays in its statics, so the instance
/// serves nobody, and the hop initialises one in its turn.
struct NoCaller {
    pool: Arc<Pool>,
    instance: Weak<Instance>,
}

impl Caller for NoCaller {
    fn payload_max_bytes(&self) -> usize {
        usize::MAX
    }

    fn call(&self, _action: &str, _payload: Vec<u8>) -> Result<Receiver<Told>, String> {
        let why = "no call runs that could call another action: the function is made ready ahead of one";
        self.pool.is_unfit_because(why);
        if let Some(instance) = self.instance.upgrade() {
            instance.close();
        }
        Err(why.to_owned())
    }
}

impl Funclets {
    /// Has a function made ready that the next hop of a chain of this namespace needs, if that is worth it. Whoever asks
    /// keeps no more than a weak reference.
    pub fn look_ahead(&self, namespace: &str, pool: &Arc<Pool>) -> Option<Arc<Ahead>> {
        let payer = pool.action().tenant().as_str();
        if !pool.is_worth_preparing(&pool.instances()) || self.watchdog.is_crowded(payer) {
            return None;
        }
        let lanes = self.chain_lanes(namespace);
        if !lanes.has_lane_to_spare() || !self.aheads.take(payer) {
            return None;
        }
        let ahead = Arc::new(Ahead {
            pool: Arc::clone(pool),
            payer: payer.to_owned(),
            counts: Arc::clone(&self.aheads),
            state: AtomicU8::new(WAITS),
        });
        let order = Box::new(Order(Some(Arc::clone(&ahead))));
        // Not on this thread, which may be a lane: a lane that is added is the host's. Later, because a hop that is over in
        // a moment is not worth a second thread.
        self.watchdog.run_later(Box::new(move || drop(lanes.submit(order))));
        Some(ahead)
    }
}

impl Pool {
    /// Is an instance of it initialised?
    pub fn is_ready(&self) -> bool {
        self.instances().iter().any(|instance| !instance.is_closed() && instance.is_ready())
    }

    /// Is it cold, and may an instance be made ready ahead?
    fn is_worth_preparing(&self, instances: &[Arc<Instance>]) -> bool {
        let is_used = |instance: &Arc<Instance>| {
            !instance.is_closed() && (instance.is_ready() || instance.lanes.load(Ordering::Acquire) > 0)
        };
        !instances.iter().any(is_used)
            // A place stays for the hop itself: a thread that does not end when it is stopped keeps its own.
            && self.lanes.load(Ordering::Acquire) + 1 < self.lanes_max()
            && !self.is_ahead.load(Ordering::Acquire)
            && self.unfit.get().is_none()
            && !self.retired.load(Ordering::Acquire)
            && !Parameters::is_truthy(&self.action().annotations, "provide-api-key")
    }

    /// Takes a place for the preparation. From now on hops wait for its end.
    fn board_ahead(self: &Arc<Self>) -> Option<Guest> {
        let mut instances = self.instances();
        if !self.is_worth_preparing(&instances) {
            return None;
        }
        let loaded = instances.iter().find(|instance| !instance.is_closed()).cloned();
        let instance = loaded.map_or_else(|| self.new_instance(&mut instances), Ok).ok()?;
        self.is_ahead.store(true, Ordering::Release);
        Some(self.guest(instance))
    }

    /// Has a hop to wait, because what it needs is just being made ready?
    pub(super) fn is_awaited(&self, instances: &[Arc<Instance>]) -> bool {
        self.is_ahead.load(Ordering::Acquire) && !self.has_ready_place(instances)
    }

    fn is_no_more_ahead(&self) {
        let instances = self.instances();
        self.is_ahead.store(false, Ordering::Release);
        drop(instances);
        self.room.notify_all();
    }
}
