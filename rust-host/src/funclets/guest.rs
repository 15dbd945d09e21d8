//! Hops of chains in the instances of a pool.
//!
//! A hop brings its own thread, so it needs no lane of the pool, but it counts as one: an instance never runs more calls
//! than the action's `concurrency` says, whoever's thread they are on. When all places are taken the hop waits on its own
//! thread; an idle lane is sent away for it, and a busy one leaves when its call is over. So is an idle lane whose instance
//! is ready before a further instance is made.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use flock_jvm::{Effort, Funclet, JvmError, Limit, Meter, Status, rough_epoch_millis};

use crate::{
    model::time::now_epoch_millis,
    supervise::{Budget, Keeper},
};

use super::{Busy, growth::Growth, instance::Instance, pool::Pool};

/// How long a hop waits before it looks again by itself.
const LOOK: Duration = Duration::from_millis(20);
/// How often it looks whether a lane that was sent away has left.
const LOOKS_MAX: u32 = 5;

/// Why a hop cannot run.
#[derive(Debug, thiserror::Error)]
pub enum NoRoom {
    /// Too many wait already.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// No instance can be made.
    #[error(transparent)]
    Jvm(#[from] JvmError),
    /// No place came free in time.
    #[error("the deadline of the sequence has passed")]
    Late,
}

/// The place of a hop in an instance. Dropping it gives the place back.
pub struct Guest {
    pool: Arc<Pool>,
    instance: Arc<Instance>,
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guest({:?})", self.pool)
    }
}

impl Pool {
    /// Takes a place for a hop; waits for one on the calling thread, until the deadline if there is one.
    pub fn board(self: Arc<Self>, until: Option<Instant>) -> Result<Guest, NoRoom> {
        self.last_used_epoch_millis.store(rough_epoch_millis(), Ordering::Relaxed);
        let is_late = || until.is_some_and(|until| Instant::now() >= until);
        let mut instances = self.instances();
        if self.is_awaited(&instances) {
            let before = self.awaiting.fetch_add(1, Ordering::AcqRel);
            // Only as many as will find a place there.
            while before < self.limits().concurrency as usize && self.is_awaited(&instances) && !is_late() {
                instances = self.room.wait_timeout(instances, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            }
            self.awaiting.fetch_sub(1, Ordering::AcqRel);
            if is_late() {
                return Err(NoRoom::Late);
            }
        }
        if self.is_full() {
            let waiting = self.guests_waiting.fetch_add(1, Ordering::AcqRel);
            let limit = self.settings.queue_max_calls;
            while waiting < limit && !is_late() && self.is_full() {
                self.queue.dismiss();
                instances = self.room.wait_timeout(instances, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            }
            self.guests_waiting.fetch_sub(1, Ordering::AcqRel);
            if waiting >= limit {
                return Err(Busy { waiting, limit }.into());
            }
            if is_late() {
                return Err(NoRoom::Late);
            }
        }
        if !self.has_ready_place(&instances)
            && instances.iter().any(|instance| instance.is_ready())
            && (self.queue.dismiss() || self.queue.is_expecting())
        {
            // A lane that has just answered sees this when it asks for a call.
            self.guests_waiting.fetch_add(1, Ordering::AcqRel);
            let mut looks = 0;
            // Another hop may be quicker, so this ends in any case.
            while looks < LOOKS_MAX && !self.has_ready_place(&instances) {
                instances = self.room.wait_timeout(instances, LOOK).unwrap_or_else(PoisonError::into_inner).0;
                if !self.has_ready_place(&instances) {
                    // It may have asked just before.
                    self.queue.dismiss();
                }
                looks += 1;
            }
            self.guests_waiting.fetch_sub(1, Ordering::AcqRel);
            if is_late() {
                return Err(NoRoom::Late);
            }
        }
        let instance = self.instance_with_room(&mut instances)?;
        self.take_place(&instance);
        drop(instances);
        Ok(Guest { pool: self, instance })
    }

    /// Is there no place for a hop?
    fn is_full(&self) -> bool {
        self.owed.load(Ordering::Acquire) || self.lanes.load(Ordering::Acquire) >= self.lanes_max()
    }

    /// Is there an instance that is initialised and has a place free?
    pub(super) fn has_ready_place(&self, instances: &[Arc<Instance>]) -> bool {
        let concurrency = self.limits().concurrency as usize;
        instances.iter().any(|instance| {
            !instance.is_closed()
                && instance.is_ready()
                && instance.lanes.load(Ordering::Acquire) < concurrency
        })
    }

    /// A place in this instance, whose list is locked.
    pub(super) fn guest(self: &Arc<Self>, instance: Arc<Instance>) -> Guest {
        self.take_place(&instance);
        Guest { pool: Arc::clone(self), instance }
    }

    fn take_place(&self, instance: &Instance) {
        instance.lanes.fetch_add(1, Ordering::AcqRel);
        self.lanes.fetch_add(1, Ordering::AcqRel);
        instance.begin();
    }

    /// Makes the first instance ahead of its first call, if there is none. Runs no code of the function.
    pub fn preload(self: &Arc<Self>) {
        let mut instances = self.instances();
        if instances.is_empty()
            && !self.retired.load(Ordering::Acquire)
            && let Err(error) = self.instance_with_room(&mut instances)
        {
            // The hop itself will say it to its client.
            tracing::debug!(action = %self.action().path, %error, "a function was not loaded ahead");
        }
    }

    /// Has it no instance yet?
    pub fn is_cold(&self) -> bool {
        self.instances().is_empty()
    }

    /// Lets instances go that only hops have used, and not for as long as an idle lane is kept. One stays, or as many as are wanted ready.
    pub(super) fn sweep(&self) {
        let before = now_epoch_millis().saturating_sub(self.settings.lane_idle_millis());
        let mut instances = self.instances();
        let mut left = instances.len();
        let mut gone = Vec::new();
        instances.retain(|instance| {
            let is_idle = instance.lanes.load(Ordering::Acquire) == 0
                && instance.left_epoch_millis.load(Ordering::Relaxed) <= before;
            let goes = is_idle && left > self.kept();
            if goes {
                left -= 1;
                gone.push(Arc::clone(instance));
            }
            !goes
        });
    }
}

impl Guest {
    /// Shows the function.
    pub(super) fn show(&self, show: &mut dyn FnMut(&Funclet)) {
        if let Some(funclet) = self.instance.funclet() {
            show(funclet);
        }
    }

    pub(super) fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    pub(super) fn meter(&self) -> Meter {
        self.instance.meter().clone()
    }

    pub(super) fn budget(&self) -> Budget {
        self.pool.budget()
    }

    pub(super) fn charge(&self, cpu_nanos: u64) {
        self.pool.charge(cpu_nanos);
    }

    pub(super) fn background(&self, effort: Effort) {
        self.pool.background(effort);
    }

    /// The hop was answered so.
    pub(super) fn answered(&self, status: Status, broken: Option<Limit>) {
        self.instance.answered(status, broken);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let pool = &self.pool;
        let owes = pool.owes_place();
        self.instance.left_epoch_millis.store(rough_epoch_millis(), Ordering::Relaxed);
        self.instance.end();
        pool.lanes.fetch_sub(1, Ordering::SeqCst);
        let is_last = self.instance.lanes.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last && (self.instance.is_closed() || pool.retired.load(Ordering::Acquire)) {
            pool.instances().retain(|instance| !Arc::ptr_eq(instance, &self.instance));
        }
        if owes {
            let pool = Arc::clone(pool);
            self.pool.watchdog().run(Box::new(move || pool.add_lane()));
        }
        pool.has_room();
    }
}
