//! The pool of one action version: a queue of calls, the lanes that serve it, the instances that the lanes belong to.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use flock_jvm::{Call, Funclet, FuncletSpec, Image, JvmError, Status, Vm, Work};

use crate::{
    model::{Action, time::now_epoch_millis},
    supervise::{Ward, Watchdog},
};

use super::{Busy, Settings, instance::Instance, queue::Queue};

/// See the head of this file.
pub struct Pool {
    action: Arc<Action>,
    vm: Vm,
    image: Arc<Image>,
    spec: FuncletSpec,
    settings: Settings,
    watchdog: Watchdog,
    queue: Queue,
    /// Lanes that live.
    lanes: AtomicUsize,
    instances: Mutex<Vec<Arc<Instance>>>,
    retired: AtomicBool,
    /// A chore that adds lanes is on its way.
    growing: AtomicBool,
    pub(super) last_used_epoch_millis: AtomicU64,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} {})", self.action.path, self.action.version)
    }
}

impl Pool {
    pub(super) fn new(
        action: Arc<Action>,
        vm: Vm,
        image: Arc<Image>,
        spec: FuncletSpec,
        settings: Settings,
        watchdog: Watchdog,
    ) -> Arc<Self> {
        let queue = Queue::new(settings.queue_max_calls);
        Arc::new(Self {
            action,
            vm,
            image,
            spec,
            settings,
            watchdog,
            queue,
            lanes: AtomicUsize::new(0),
            instances: Mutex::default(),
            retired: AtomicBool::new(false),
            growing: AtomicBool::new(false),
            last_used_epoch_millis: AtomicU64::new(now_epoch_millis()),
        })
    }

    /// The version that this pool runs.
    pub fn action(&self) -> &Arc<Action> {
        &self.action
    }

    pub(super) fn serves(&self, action: &Arc<Action>) -> bool {
        Arc::ptr_eq(&self.action, action)
    }

    /// Gives a call to a lane, or queues it and sees to it that one comes.
    pub fn submit(self: &Arc<Self>, call: Box<dyn Call>) -> Result<(), (Busy, Box<dyn Call>)> {
        self.queue.push(call)?;
        self.last_used_epoch_millis.store(now_epoch_millis(), Ordering::Relaxed);
        if self.queue.is_short_of_lanes() {
            if self.lanes.load(Ordering::Acquire) < self.settings.eager_lanes {
                self.add_lane();
            } else {
                self.grow_later();
            }
        }
        Ok(())
    }

    /// No new version of it is called any more: the lanes end what is queued, then themselves.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.instances().retain(|instance| instance.lanes.load(Ordering::Acquire) > 0);
        self.queue.close();
    }

    pub(super) fn is_idle(&self) -> bool {
        let (idle, is_empty) = self.queue.idle_lanes();
        is_empty && idle >= self.lanes.load(Ordering::Acquire)
    }

    fn instances(&self) -> MutexGuard<'_, Vec<Arc<Instance>>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the watchdog to look at its next tick whether the calls that wait now still do.
    fn grow_later(self: &Arc<Self>) {
        if !self.growing.swap(true, Ordering::AcqRel) {
            let pool = Arc::clone(self);
            let due = self.queue.due();
            self.watchdog.run_later(Box::new(move || pool.grow(due)));
        }
    }

    /// Adds lanes, half as many as there are, if the call that was to be the `due`th has still not been taken: a queue
    /// that is never empty but moves needs no further threads. Looks again while calls wait.
    fn grow(self: Arc<Self>, due: u64) {
        self.growing.store(false, Ordering::Release);
        let lanes = self.lanes.load(Ordering::Acquire);
        if !self.queue.is_short_of_lanes() || lanes >= self.lanes_max() {
            return;
        }
        if lanes == 0 || self.queue.taken() < due {
            for _ in 0..=lanes / 2 {
                self.add_lane();
            }
        }
        self.grow_later();
    }

    fn lanes_max(&self) -> usize {
        lanes_max(&self.action, &self.settings)
    }

    /// Adds a lane: of an instance that has room, or of a new one.
    fn add_lane(self: &Arc<Self>) {
        let mut instances = self.instances();
        if self.lanes.load(Ordering::Acquire) >= self.lanes_max() || !self.queue.is_short_of_lanes() {
            return;
        }
        let instance = self.instance_with_room(&mut instances);
        drop(instances);
        if let Err(error) = instance.and_then(|instance| self.start_lane(&instance)) {
            tracing::error!(action = %self.action.path, %error, "no lane could be started");
            if self.lanes.load(Ordering::Acquire) == 0 {
                // Nobody will come: dropping the calls answers them as failures of the host.
                drop(self.queue.clear());
            }
        }
    }

    /// An instance for one more lane, which is counted here.
    fn instance_with_room(&self, instances: &mut Vec<Arc<Instance>>) -> Result<Arc<Instance>, JvmError> {
        instances.retain(|instance| !instance.is_condemned());
        let concurrency = self.action.limits.concurrency as usize;
        let roomy = instances.iter().find(|instance| instance.lanes.load(Ordering::Acquire) < concurrency);
        if let Some(instance) = roomy {
            return Ok(self.count_lane(instance));
        }
        let funclet = Funclet::load(&self.vm, &self.image, &self.spec)?;
        let instance = Arc::new(Instance::new(funclet, self.watchdog.clone()));
        instances.push(Arc::clone(&instance));
        Ok(self.count_lane(&instance))
    }

    fn count_lane(&self, instance: &Arc<Instance>) -> Arc<Instance> {
        instance.lanes.fetch_add(1, Ordering::AcqRel);
        self.lanes.fetch_add(1, Ordering::AcqRel);
        self.queue.expect_lane();
        Arc::clone(instance)
    }

    fn start_lane(self: &Arc<Self>, instance: &Arc<Instance>) -> Result<(), JvmError> {
        let seat = Arc::new(Seat {
            pool: Arc::clone(self),
            instance: Arc::clone(instance),
            is_expected: AtomicBool::new(true),
        });
        let started = instance.start_lane(Arc::clone(&seat) as Arc<dyn Work>);
        match started {
            Ok(Some(lane)) => {
                self.watchdog.watch(lane, seat);
                Ok(())
            }
            Ok(None) | Err(_) => {
                self.queue.arrived();
                seat.leave();
                started.map(|_| ())
            }
        }
    }
}

fn lanes_max(action: &Action, settings: &Settings) -> usize {
    let instances = action.limits.instances.unwrap_or(settings.instances_max);
    instances as usize * action.limits.concurrency as usize
}

/// What a lane works for: a pool and an instance.
struct Seat {
    pool: Arc<Pool>,
    instance: Arc<Instance>,
    /// The lane is on its way to ask for a call, and the queue knows.
    is_expected: AtomicBool,
}

impl Seat {
    /// The counts of a lane that is no more.
    fn leave(&self) {
        self.pool.lanes.fetch_sub(1, Ordering::AcqRel);
        if self.instance.lanes.fetch_sub(1, Ordering::AcqRel) == 1 {
            // The last lane of an instance: one instance without lanes is kept for the next call, more are not.
            let mut instances = self.pool.instances();
            let keep = !self.instance.is_condemned()
                && !self.pool.retired.load(Ordering::Acquire)
                && instances.len() == 1;
            if !keep {
                instances.retain(|instance| !Arc::ptr_eq(instance, &self.instance));
            }
        }
    }
}

impl Work for Seat {
    fn next(&self) -> Option<Box<dyn Call>> {
        let pool = &self.pool;
        if self.is_expected.swap(false, Ordering::AcqRel) {
            pool.queue.arrived();
        }
        if self.instance.is_condemned() {
            if pool.queue.is_short_of_lanes() {
                pool.grow_later();
            }
            return None;
        }
        let call = pool.queue.pop(pool.settings.lane_idle)?;
        if self.instance.is_condemned() {
            pool.queue.push_front(call);
            pool.grow_later();
            return None;
        }
        Some(call)
    }

    fn answered(&self, status: Status) {
        // What stopped half way leaves statics that nobody should build on.
        if matches!(status, Status::InitError | Status::Exit) {
            self.instance.condemn();
            return;
        }
        // The client may call again before this lane waits: it needs no other lane for that.
        if !self.instance.is_condemned() {
            self.is_expected.store(true, Ordering::Release);
            self.pool.queue.expect_lane();
        }
    }

    fn ended(&self, _lane: u64, unanswered: Option<Box<dyn Call>>) {
        if let Some(call) = unanswered {
            // The thread died under its call, so nobody knows what it left; the call is answered by its own drop.
            self.instance.condemn();
            drop(call);
        }
        if self.is_expected.swap(false, Ordering::AcqRel) {
            self.pool.queue.arrived();
        }
        self.leave();
        if self.pool.queue.is_short_of_lanes() {
            self.pool.grow_later();
        }
    }
}

impl Ward for Seat {
    fn limit_millis(&self) -> u64 {
        u64::from(self.pool.action.limits.timeout_millis)
    }

    fn condemn(&self) {
        self.instance.condemn();
        self.pool.instances().retain(|instance| !Arc::ptr_eq(instance, &self.instance));
        if self.pool.queue.is_short_of_lanes() {
            self.pool.grow_later();
        }
    }
}
