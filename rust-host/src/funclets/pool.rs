//! The pool of one action version: a queue of calls, the lanes that serve it, the instances that the lanes belong to.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicIsize, AtomicU64, AtomicUsize, Ordering},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use flock_jvm::{Call, Funclet, FuncletSpec, Image, JvmError, Status, Vm, Work};

use crate::{
    model::{Action, time::now_epoch_millis},
    supervise::{Ward, Watchdog},
};

use super::{Settings, instance::Instance};

/// The queue of an action is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} calls of this action wait already; the limit is {limit}")]
pub struct Busy {
    /// Calls that wait.
    pub waiting: usize,
    /// Most that may wait.
    pub limit: usize,
}

/// What goes through the queue.
enum Ticket {
    Call(Box<dyn Call>),
    /// The lane that takes it ends.
    Leave,
}

/// See the head of this file.
pub struct Pool {
    action: Arc<Action>,
    vm: Vm,
    image: Arc<Image>,
    spec: FuncletSpec,
    settings: Settings,
    watchdog: Watchdog,
    queue: Sender<Ticket>,
    tickets: Receiver<Ticket>,
    /// Lanes that wait for a call, those included that are just being made.
    waiting: AtomicIsize,
    /// Lanes that live.
    lanes: AtomicUsize,
    instances: Mutex<Vec<Arc<Instance>>>,
    retired: AtomicBool,
    /// Calls that lanes have taken since the start.
    taken: AtomicU64,
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
        // Room for one Leave for each lane that can be, beside the calls.
        let (queue, tickets) = bounded(settings.queue_max_calls + 1 + lanes_max(&action, &settings));
        Arc::new(Self {
            action,
            vm,
            image,
            spec,
            settings,
            watchdog,
            queue,
            tickets,
            waiting: AtomicIsize::new(0),
            lanes: AtomicUsize::new(0),
            instances: Mutex::default(),
            retired: AtomicBool::new(false),
            taken: AtomicU64::new(0),
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

    /// Queues a call and sees to it that a lane takes it.
    pub fn submit(self: &Arc<Self>, call: Box<dyn Call>) -> Result<(), (Busy, Box<dyn Call>)> {
        let limit = self.settings.queue_max_calls;
        if self.tickets.len() >= limit && self.waiting.load(Ordering::Acquire) <= 0 {
            return Err((Busy { waiting: self.tickets.len(), limit }, call));
        }
        match self.queue.try_send(Ticket::Call(call)) {
            Ok(()) => {}
            Err(TrySendError::Full(Ticket::Call(call)) | TrySendError::Disconnected(Ticket::Call(call))) => {
                return Err((Busy { waiting: self.tickets.len(), limit }, call));
            }
            Err(_) => return Ok(()),
        }
        self.last_used_epoch_millis.store(now_epoch_millis(), Ordering::Relaxed);
        if self.is_short_of_lanes() {
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
        for _ in 0..self.lanes.load(Ordering::Acquire) {
            // Full: the lanes are busy and find the pool retired when they are through.
            if self.queue.try_send(Ticket::Leave).is_err() {
                break;
            }
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.tickets.is_empty()
            && usize::try_from(self.waiting.load(Ordering::Acquire)).unwrap_or(0)
                >= self.lanes.load(Ordering::Acquire)
    }

    fn instances(&self) -> MutexGuard<'_, Vec<Arc<Instance>>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_short_of_lanes(&self) -> bool {
        let waiting = usize::try_from(self.waiting.load(Ordering::Acquire)).unwrap_or(0);
        self.tickets.len() > waiting
    }

    /// Asks the watchdog to look at its next tick whether the calls that wait now still do.
    fn grow_later(self: &Arc<Self>) {
        if !self.growing.swap(true, Ordering::AcqRel) {
            let pool = Arc::clone(self);
            let due = self.taken.load(Ordering::Acquire) + self.tickets.len() as u64;
            self.watchdog.run_later(Box::new(move || pool.grow(due)));
        }
    }

    /// Adds lanes, half as many as there are, if the call that was to be the `due`th has still not been taken: a queue
    /// that is never empty but moves needs no further threads. Looks again while calls wait.
    fn grow(self: Arc<Self>, due: u64) {
        self.growing.store(false, Ordering::Release);
        let lanes = self.lanes.load(Ordering::Acquire);
        if !self.is_short_of_lanes() || lanes >= self.lanes_max() {
            return;
        }
        if lanes == 0 || self.taken.load(Ordering::Acquire) < due {
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
        if self.lanes.load(Ordering::Acquire) >= self.lanes_max() || !self.is_short_of_lanes() {
            return;
        }
        let started = self.instance_with_room(&mut instances).and_then(|instance| self.start_lane(&instance));
        drop(instances);
        if let Err(error) = started {
            tracing::error!(action = %self.action.path, %error, "no lane could be started");
            if self.lanes.load(Ordering::Acquire) == 0 {
                // Nobody will come: dropping the calls answers them as failures of the host.
                while let Ok(ticket) = self.tickets.try_recv() {
                    drop(ticket);
                }
            }
        }
    }

    fn instance_with_room(&self, instances: &mut Vec<Arc<Instance>>) -> Result<Arc<Instance>, JvmError> {
        instances.retain(|instance| !instance.is_condemned());
        let concurrency = self.action.limits.concurrency as usize;
        let roomy = instances.iter().find(|instance| instance.lanes.load(Ordering::Acquire) < concurrency);
        if let Some(instance) = roomy {
            return Ok(Arc::clone(instance));
        }
        let funclet = Funclet::load(&self.vm, &self.image, &self.spec)?;
        let instance = Arc::new(Instance::new(funclet, self.watchdog.clone()));
        instances.push(Arc::clone(&instance));
        Ok(instance)
    }

    fn start_lane(self: &Arc<Self>, instance: &Arc<Instance>) -> Result<(), JvmError> {
        let seat = Arc::new(Seat {
            pool: Arc::clone(self),
            instance: Arc::clone(instance),
            is_new: AtomicBool::new(true),
        });
        self.lanes.fetch_add(1, Ordering::AcqRel);
        self.waiting.fetch_add(1, Ordering::AcqRel);
        instance.lanes.fetch_add(1, Ordering::AcqRel);
        let started = instance.start_lane(Arc::clone(&seat) as Arc<dyn Work>);
        match started {
            Ok(Some(lane)) => {
                self.watchdog.watch(lane, seat);
                Ok(())
            }
            Ok(None) | Err(_) => {
                self.waiting.fetch_sub(1, Ordering::AcqRel);
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
    is_new: AtomicBool,
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

    /// Gives a call back that this lane must not run.
    fn pass_on(&self, call: Box<dyn Call>) {
        // Full means that others wait as well; dropping the call answers it as a failure of the host.
        if self.pool.queue.try_send(Ticket::Call(call)).is_err() {
            tracing::warn!(action = %self.pool.action.path, "a call found its queue full again");
        }
        self.pool.grow_later();
    }
}

impl Work for Seat {
    fn next(&self) -> Option<Box<dyn Call>> {
        let pool = &self.pool;
        if !self.is_new.swap(false, Ordering::AcqRel) {
            pool.waiting.fetch_add(1, Ordering::AcqRel);
        }
        loop {
            if self.instance.is_condemned() {
                pool.waiting.fetch_sub(1, Ordering::AcqRel);
                if pool.is_short_of_lanes() {
                    pool.grow_later();
                }
                return None;
            }
            let ticket = if pool.retired.load(Ordering::Acquire) {
                pool.tickets.try_recv().ok()
            } else {
                pool.tickets.recv_timeout(pool.settings.lane_idle).ok()
            };
            match ticket {
                Some(Ticket::Call(call)) => {
                    pool.waiting.fetch_sub(1, Ordering::AcqRel);
                    pool.taken.fetch_add(1, Ordering::Release);
                    if self.instance.is_condemned() {
                        self.pass_on(call);
                        return None;
                    }
                    return Some(call);
                }
                Some(Ticket::Leave) => {}
                None => {
                    pool.waiting.fetch_sub(1, Ordering::AcqRel);
                    if pool.tickets.is_empty() {
                        return None;
                    }
                    pool.waiting.fetch_add(1, Ordering::AcqRel);
                }
            }
        }
    }

    fn answered(&self, status: Status) {
        // What stopped half way leaves statics that nobody should build on.
        if matches!(status, Status::InitError | Status::Exit) {
            self.instance.condemn();
        }
    }

    fn ended(&self, _lane: u64, unanswered: Option<Box<dyn Call>>) {
        if let Some(call) = unanswered {
            // The thread died under its call, so nobody knows what it left; the call is answered by its own drop.
            self.instance.condemn();
            drop(call);
        }
        self.leave();
        if self.pool.is_short_of_lanes() {
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
        if self.pool.is_short_of_lanes() {
            self.pool.grow_later();
        }
    }
}
