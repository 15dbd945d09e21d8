//! The pool of one action version: a queue of calls, the lanes that serve it, the instances that the lanes belong to.

use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use flock_jvm::{
    Call, Funclet, FuncletSpec, Image, InstanceLimits, JvmError, Limit, Vm, Work, process_micros,
    rough_epoch_millis,
};

use crate::{
    model::{Action, EntityName, ResolvedLimits, time::now_epoch_millis},
    observe::{calls::Calls, gauges::Gauges},
    reactor::{self, Crew, Reactor},
    supervise::{Budget, Keeper, Watchdog},
};

use super::{
    Busy, Settings, growth::Growth, instance::Instance, pace::Pace, payer::Payer, queue::Queue, seat::Seat,
    warm,
};

/// Numbers of pools, for reactors.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// See the head of this file.
pub struct Pool {
    number: u64,
    action: Arc<Action>,
    limits: ResolvedLimits,
    /// Who calls, where that is another one than the tenant.
    caller: Option<EntityName>,
    vm: Vm,
    image: Arc<Image>,
    pub(super) settings: Arc<Settings>,
    watchdog: Watchdog,
    pub(super) queue: Queue<Box<dyn Call>>,
    pub(super) payer: Arc<Payer>,
    calls: Arc<Calls>,
    pub(super) pace: Pace,
    made_epoch_millis: u64,
    /// Instances that are kept ready.
    pub(super) kept_ready: usize,
    /// When an instance was ended that ran no call; 0: none was.
    pub(super) ended_idle_epoch_millis: AtomicU64,
    /// Why one of them could not be made so, or ahead of a hop: it is not tried again.
    pub(super) unfit: OnceLock<Box<str>>,
    /// Lanes that live, and hops of chains that run in its instances.
    pub(super) lanes: AtomicUsize,
    instances: Mutex<Vec<Arc<Instance>>>,
    pub(super) retired: AtomicBool,
    /// Hops that wait for a place, and what tells them of one.
    pub(super) guests_waiting: AtomicUsize,
    pub(super) room: Condvar,
    /// The next place is for a call that is queued: hops, which come back at once, leave it free.
    pub(super) owed: AtomicBool,
    /// An instance is being made ready for the hop of a chain that comes next (`ahead`).
    pub(super) is_ahead: AtomicBool,
    /// Hops that wait for it.
    pub(super) awaiting: AtomicUsize,
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
        caller: &EntityName,
        vm: Vm,
        image: Arc<Image>,
        settings: Arc<Settings>,
        watchdog: Watchdog,
    ) -> Arc<Self> {
        let limits = action.limits.resolved(&settings.limits);
        let caller = (caller != action.tenant()).then(|| caller.clone());
        let queue = Queue::new(settings.queue_max_calls);
        let row = settings.ledger.row(action.tenant().as_str(), &action.path.to_string());
        let payer = Payer::new(Arc::clone(&action), Arc::clone(&settings.bill), row);
        let kept_ready = warm::instances_kept_ready(&action).min(limits.instances as usize);
        Arc::new(Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            action,
            limits,
            caller,
            vm,
            image,
            settings,
            watchdog,
            queue,
            payer,
            calls: Arc::default(),
            pace: Pace::default(),
            made_epoch_millis: now_epoch_millis(),
            kept_ready,
            ended_idle_epoch_millis: AtomicU64::new(0),
            unfit: OnceLock::new(),
            lanes: AtomicUsize::new(0),
            instances: Mutex::default(),
            retired: AtomicBool::new(false),
            guests_waiting: AtomicUsize::new(0),
            room: Condvar::new(),
            owed: AtomicBool::new(false),
            is_ahead: AtomicBool::new(false),
            awaiting: AtomicUsize::new(0),
            growing: AtomicBool::new(false),
            last_used_epoch_millis: AtomicU64::new(now_epoch_millis()),
        })
    }

    /// The version that this pool runs.
    pub fn action(&self) -> &Arc<Action> {
        &self.action
    }

    /// The limits of each call and instance.
    pub fn limits(&self) -> &ResolvedLimits {
        &self.limits
    }

    /// Counts of its calls.
    pub fn calls(&self) -> &Arc<Calls> {
        &self.calls
    }

    /// When it was made, milliseconds since 1970.
    pub fn made_epoch_millis(&self) -> u64 {
        self.made_epoch_millis
    }

    /// When it was last called, milliseconds since 1970.
    pub fn last_used_epoch_millis(&self) -> u64 {
        self.last_used_epoch_millis.load(Ordering::Relaxed)
    }

    /// Calls that run.
    pub fn running(&self) -> u64 {
        self.instances().iter().map(|instance| instance.running()).sum()
    }

    /// What it is worth to keep: what a reload costs, the less the longer nobody has called. More than any other what
    /// its owner wants kept ready.
    pub(super) fn value(&self, now_epoch_millis: u64) -> f64 {
        if self.kept_ready > 0 {
            return f64::INFINITY;
        }
        let idle_millis = now_epoch_millis.saturating_sub(self.last_used_epoch_millis()) + 1;
        (self.calls.init_micros() + 1) as f64 / idle_millis as f64
    }

    /// Instances that stay when none of their lanes lives.
    pub(super) fn kept(&self) -> usize {
        self.kept_ready.max(1)
    }

    /// What its instances hold.
    pub fn gauges(&self) -> Gauges {
        let instances = self.instances().clone();
        let (_, queued) = self.queue.counts();
        let mut sum = Gauges {
            lanes: self.lanes.load(Ordering::Acquire) as u64,
            queued: (queued + self.guests_waiting.load(Ordering::Acquire)) as u64,
            instances: instances.len() as u64,
            ..Gauges::default()
        };
        for instance in instances {
            let meter = instance.meter();
            let heap = meter.heap();
            sum.add(&Gauges {
                live_heap_bytes: heap.live_bytes,
                peak_heap_bytes: heap.live_bytes,
                threads: meter.threads().into(),
                classes: meter.classes().into(),
                metaspace_bytes: meter.metaspace_bytes(),
                sockets: meter.sockets().into(),
                temp_bytes: meter.temp_bytes(),
                blocked_calls: self.watchdog.waiting_for(meter),
                ..Gauges::default()
            });
        }
        sum
    }

    pub(super) fn serves(&self, action: &Arc<Action>) -> bool {
        Arc::ptr_eq(&self.action, action)
    }

    /// Gives a call to a lane, or queues it and sees to it that one comes.
    pub fn submit(self: &Arc<Self>, call: Box<dyn Call>) -> Result<(), (Busy, Box<dyn Call>)> {
        self.last_used_epoch_millis.store(rough_epoch_millis(), Ordering::Relaxed);
        self.settings.reactors.note(self.number);
        self.enqueue(call)
    }

    /// The reactor that the calling lane is to drive while it waits, if any.
    pub(super) fn led(self: &Arc<Self>) -> Option<Arc<Reactor>> {
        let crew = || {
            let weak: Weak<Self> = Arc::downgrade(self);
            weak as Weak<dyn Crew>
        };
        let take = || {
            self.pace.is_short(process_micros()).then(|| self.settings.reactors.lead(self.number, crew))?
        };
        reactor::come_back().or_else(take)
    }

    /// Takes back a call that no lane has taken.
    pub fn take_back(&self, activation_id: &[u8]) -> Option<Box<dyn Call>> {
        self.queue.take_out(|call| call.head().activation_id == activation_id)
    }

    /// No new version of it is called any more: the lanes end what is queued, then themselves.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.instances().retain(|instance| instance.lanes.load(Ordering::Acquire) > 0);
        self.queue.close();
    }

    pub(super) fn is_idle(&self) -> bool {
        let (idle, queued) = self.queue.counts();
        queued == 0 && idle >= self.lanes.load(Ordering::Acquire)
    }

    /// A place may be free: for a hop that waits, else for a call.
    pub(super) fn has_room(self: &Arc<Self>) {
        if self.guests_waiting.load(Ordering::Acquire) > 0 {
            self.room.notify_one();
        }
        if self.queue.is_short_of_lanes() {
            self.grow_later();
        }
    }

    /// A hop is about to give its place back, and calls are queued because all places are taken. True: the place is owed to
    /// them, and `add_lane` is to be called when it is free.
    pub(super) fn owes_place(&self) -> bool {
        self.queue.is_short_of_lanes()
            && self.lanes.load(Ordering::Acquire) >= self.lanes_max()
            && !self.owed.swap(true, Ordering::AcqRel)
    }

    /// It has been given, or nobody needs it.
    fn owes_no_more(&self) {
        if self.owed.swap(false, Ordering::AcqRel) {
            self.room.notify_one();
        }
    }

    /// The limits of a call as the watchdog holds them.
    pub(super) fn budget(&self) -> Budget {
        let limits = &self.limits;
        let millis = |millis: u32| std::time::Duration::from_millis(u64::from(millis));
        Budget { timeout: millis(limits.timeout_millis), cpu: millis(limits.cpu_millis) }
    }

    /// A lane that drove does so no more: calls that were left for it go to others.
    pub(super) fn left_behind(self: &Arc<Self>) {
        self.queue.spread();
        if self.queue.is_short_of_lanes() {
            self.grow_later();
        }
    }

    pub(super) fn instances(&self) -> MutexGuard<'_, Vec<Arc<Instance>>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instance is condemned: its lanes end, others take its place.
    pub(super) fn give_up(self: &Arc<Self>, instance: &Instance, by: Limit) {
        tracing::info!(action = %self.action.path, ?by, "an instance is given up");
        if instance.running() == 0 {
            self.ended_idle_epoch_millis.store(now_epoch_millis(), Ordering::Release);
        }
        self.instances().retain(|other| !std::ptr::eq(Arc::as_ptr(other), instance));
        self.queue.shake();
        if self.queue.is_short_of_lanes() {
            self.grow_later();
        }
    }

    /// An instance for one more hop.
    pub(super) fn instance_with_room(
        self: &Arc<Self>,
        instances: &mut Vec<Arc<Instance>>,
    ) -> Result<Arc<Instance>, JvmError> {
        self.roomy(instances).map_or_else(|| self.new_instance(instances), Ok)
    }

    /// An instance that has room for one more lane or hop.
    fn roomy(&self, instances: &mut Vec<Arc<Instance>>) -> Option<Arc<Instance>> {
        instances.retain(|instance| !instance.is_closed());
        let concurrency = self.limits.concurrency as usize;
        let is_roomy = |instance: &&Arc<Instance>| instance.lanes.load(Ordering::Acquire) < concurrency;
        let ready = instances.iter().filter(is_roomy).find(|instance| instance.is_ready());
        ready.or_else(|| instances.iter().find(is_roomy)).map(Arc::clone)
    }

    /// A further instance for a hop.
    pub(super) fn new_instance(
        self: &Arc<Self>,
        instances: &mut Vec<Arc<Instance>>,
    ) -> Result<Arc<Instance>, JvmError> {
        let funclet = Funclet::load(&self.vm, &self.image, &self.spec())?;
        Ok(self.adopt(funclet, instances))
    }

    /// A further instance that gets a lane at once.
    fn new_instance_for_lane(
        self: &Arc<Self>,
        instances: &mut Vec<Arc<Instance>>,
    ) -> Result<Arc<Instance>, JvmError> {
        let funclet = Funclet::load_for_lane(&self.vm, &self.image, &self.spec())?;
        self.watchdog.keep_spares();
        Ok(self.adopt(funclet, instances))
    }

    fn adopt(self: &Arc<Self>, funclet: Funclet, instances: &mut Vec<Arc<Instance>>) -> Arc<Instance> {
        let (pool, watchdog) = (Arc::downgrade(self), self.watchdog.clone());
        let instance = Arc::new(Instance::new(
            funclet,
            watchdog,
            pool,
            Arc::clone(&self.payer),
            self.limits.concurrency,
        ));
        let keeper: Weak<Instance> = Arc::downgrade(&instance);
        self.watchdog.namespaces().add(self.action.tenant().as_str(), keeper);
        instances.push(Arc::clone(&instance));
        instance
    }

    /// What an instance is loaded with. Made for each: a pool lives as long as its function is loaded, and there are many.
    fn spec(&self) -> FuncletSpec {
        let Self { action, limits, settings, .. } = self;
        let namespace = self.caller.as_ref().unwrap_or_else(|| action.tenant());
        // The host's come last: no parameter takes their place.
        let mut env: Vec<_> = action.parameters.of_init().collect();
        env.extend([
            ("__OW_NAMESPACE".to_owned(), namespace.to_string()),
            ("__OW_ACTION_NAME".to_owned(), format!("/{}", action.path)),
            ("__OW_ACTION_VERSION".to_owned(), action.version.to_string()),
            ("__OW_API_HOST".to_owned(), settings.api_host.clone()),
            ("__FLOCK_MEMORY_MB".to_owned(), limits.memory_mebibytes.to_string()),
        ]);
        FuncletSpec {
            name: format!("{} {} {}", action.tenant(), action.instance_key(), action.version),
            main: action.main().to_owned(),
            env,
            limits: InstanceLimits {
                heap_bytes: u64::from(limits.memory_mebibytes) << 20,
                threads: limits.threads,
                classes: limits.classes,
                sockets: limits.sockets,
                temp_bytes: u64::from(limits.temp_bytes),
                allocation_bytes_per_second: u64::from(limits.allocation_mebibytes_per_second) << 20,
                namespace: self.watchdog.namespaces().threads(action.tenant().as_str()),
            },
            policy: settings.isolation.policy(&action.path.namespace, &action.path.to_string()),
            folders: Some(Arc::clone(&settings.folders)),
        }
    }

    fn count_lane(&self, instance: &Arc<Instance>) -> Arc<Instance> {
        instance.lanes.fetch_add(1, Ordering::AcqRel);
        self.lanes.fetch_add(1, Ordering::AcqRel);
        self.queue.expect_lane();
        Arc::clone(instance)
    }

    /// Starts a lane that is counted already.
    fn start_counted_lane(self: &Arc<Self>, instance: &Arc<Instance>) {
        if let Err(error) = self.seat_lane(instance, None) {
            self.has_no_lane(&error);
        }
    }

    fn has_no_lane(&self, error: &JvmError) {
        tracing::error!(action = %self.action.path, %error, "no lane could be started");
        if self.lanes.load(Ordering::Acquire) == 0 {
            // Nobody will come: dropping the calls answers them as failures of the host.
            drop(self.queue.clear());
        }
    }

    /// Gives a further instance a lane whose first call is this one.
    pub(super) fn start_instance(self: &Arc<Self>, first: Box<dyn Call>) -> Result<(), JvmError> {
        let instance = {
            let mut instances = self.instances();
            let instance = self.new_instance_for_lane(&mut instances)?;
            instance.lanes.fetch_add(1, Ordering::AcqRel);
            self.lanes.fetch_add(1, Ordering::AcqRel);
            instance
        };
        self.seat_lane(&instance, Some(first))
    }

    fn seat_lane(
        self: &Arc<Self>,
        instance: &Arc<Instance>,
        first: Option<Box<dyn Call>>,
    ) -> Result<(), JvmError> {
        let is_expected = first.is_none();
        let seat = Seat::new(self, instance, first);
        let started = instance.start_lane(Arc::clone(&seat) as Arc<dyn Work>);
        match started {
            Ok(Some(lane)) => {
                self.watchdog.watch(lane, seat);
                Ok(())
            }
            Ok(None) | Err(_) => {
                if is_expected {
                    self.queue.arrived();
                }
                seat.leave();
                started.map(|_| ())
            }
        }
    }
}

impl Crew for Pool {
    fn left(self: Arc<Self>) {
        self.pace.bar(process_micros());
        self.left_behind();
    }
}

impl Growth for Pool {
    type Item = Box<dyn Call>;

    fn queue(&self) -> &Queue<Box<dyn Call>> {
        &self.queue
    }

    fn lanes(&self) -> &AtomicUsize {
        &self.lanes
    }

    fn lanes_max(&self) -> usize {
        self.limits.instances as usize * self.limits.concurrency as usize
    }

    fn eager_lanes(&self) -> usize {
        self.settings.eager_lanes
    }

    fn growing(&self) -> &AtomicBool {
        &self.growing
    }

    fn watchdog(&self) -> &Watchdog {
        &self.watchdog
    }

    /// A lane of an instance that has room, or of a new one.
    fn add_lane(self: &Arc<Self>) {
        let mut instances = self.instances();
        if self.lanes.load(Ordering::SeqCst) >= self.lanes_max() || !self.queue.is_short_of_lanes() {
            return self.owes_no_more();
        }
        let roomy = self.roomy(&mut instances);
        let instance = roomy.map_or_else(|| self.new_instance_for_lane(&mut instances), Ok);
        let instance = instance.map(|instance| self.count_lane(&instance));
        self.owes_no_more();
        drop(instances);
        match instance {
            Ok(instance) if instance.has_lane_ahead() => self.start_counted_lane(&instance),
            Ok(instance) => {
                // This may be the thread that drives connections.
                let this = Arc::clone(self);
                self.watchdog.run(Box::new(move || this.start_counted_lane(&instance)));
            }
            Err(error) => self.has_no_lane(&error),
        }
    }
}
