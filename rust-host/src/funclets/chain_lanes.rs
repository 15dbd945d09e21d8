//! The lanes that run the chains of one namespace: each runs a chain from its first hop to its last.
//!
//! A chain is queued like a call; the lane that takes it asks it for one hop after the other ([`Run::next`]) and enters
//! the instance that the hop has a place in. Between two hops there is no queue and no other thread. What is charged and
//! what the watchdog sees is the hop's.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use flock_jvm::{Call, Effort, Funclet, JvmError, Lane, Limit, Status, Used, Vm, Waited, Work, thread_ended};

use crate::supervise::{Budget, Keeper, Ward, Watchdog};

use super::{
    Busy, Pools, Settings,
    growth::Growth,
    guest::Guest,
    instance::Instance,
    queue::{Popped, Queue},
};

/// A chain that a lane works off. When it is dropped before its end it must answer by itself.
pub trait Run: Send {
    /// The next hop, on the lane's thread; it may block. None: the chain is over, and answered.
    fn next(&mut self) -> Option<Hop>;
}

/// A hop that is about to begin.
pub struct Hop {
    /// Its place.
    pub guest: Guest,
    /// Its call.
    pub call: Box<dyn Call>,
}

impl std::fmt::Debug for Hop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hop({:?})", self.guest)
    }
}

/// See the head of this file.
pub(super) struct ChainLanes {
    namespace: String,
    vm: Vm,
    settings: Arc<Settings>,
    watchdog: Watchdog,
    queue: Queue<Box<dyn Run>>,
    /// Lanes that live.
    lanes: AtomicUsize,
    /// A chore that adds lanes is on its way.
    growing: AtomicBool,
    pools: Weak<RwLock<Pools>>,
}

impl ChainLanes {
    pub(super) fn new(
        namespace: &str,
        vm: Vm,
        settings: Arc<Settings>,
        watchdog: Watchdog,
        pools: Weak<RwLock<Pools>>,
    ) -> Arc<Self> {
        let queue = Queue::new(settings.queue_max_calls);
        Arc::new(Self {
            namespace: namespace.to_owned(),
            vm,
            settings,
            watchdog,
            queue,
            lanes: AtomicUsize::new(0),
            growing: AtomicBool::new(false),
            pools,
        })
    }

    /// Gives a chain to a lane, or queues it and sees to it that one comes.
    pub(super) fn submit(self: &Arc<Self>, run: Box<dyn Run>) -> Result<(), (Busy, Box<dyn Run>)> {
        self.enqueue(run)
    }

    /// Is there a lane, or may there be one, that no chain waits for?
    pub(super) fn has_lane_to_spare(&self) -> bool {
        let (idle, queued) = self.queue.counts();
        queued == 0 && (idle > 0 || self.lanes.load(Ordering::Acquire) < self.lanes_max())
    }

    /// Starts a lane that is counted already.
    fn start_counted_lane(self: &Arc<Self>) {
        if let Err(error) = self.start_lane() {
            tracing::error!(namespace = self.namespace, %error, "no lane for chains could be started");
            self.queue.arrived();
            if self.lanes.fetch_sub(1, Ordering::AcqRel) == 1 {
                // Nobody will come: dropping the chains answers them as failures of the host.
                drop(self.queue.clear());
            }
        }
    }

    fn start_lane(self: &Arc<Self>) -> Result<(), JvmError> {
        let seat = Arc::new(ChainSeat {
            lanes: Arc::clone(self),
            state: Mutex::default(),
            is_expected: AtomicBool::new(true),
        });
        let lane = Lane::start_for_chains(&self.vm, Arc::clone(&seat) as Arc<dyn Work>)?;
        self.watchdog.watch(lane, seat);
        Ok(())
    }

    /// Instances that only hops have used are let go when the lanes that used them are.
    fn sweep(&self) {
        let Some(pools) = self.pools.upgrade() else { return };
        let pools: Vec<_> = pools.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        pools.iter().for_each(|pool| pool.sweep());
    }
}

impl Growth for ChainLanes {
    type Item = Box<dyn Run>;

    fn queue(&self) -> &Queue<Box<dyn Run>> {
        &self.queue
    }

    fn lanes(&self) -> &AtomicUsize {
        &self.lanes
    }

    fn lanes_max(&self) -> usize {
        self.settings.chain_lanes_max
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

    fn add_lane(self: &Arc<Self>) {
        if self.lanes.load(Ordering::SeqCst) >= self.lanes_max() || !self.queue.is_short_of_lanes() {
            return;
        }
        self.lanes.fetch_add(1, Ordering::AcqRel);
        self.queue.expect_lane();
        // This may be the thread that drives connections, and to make a thread the JDK takes locks that a function can hold.
        let this = Arc::clone(self);
        self.watchdog.run(Box::new(move || this.start_counted_lane()));
    }
}

/// What a lane of chains works for.
struct ChainSeat {
    lanes: Arc<ChainLanes>,
    state: Mutex<State>,
    /// The lane is on its way to ask for a chain, and the queue knows.
    is_expected: AtomicBool,
}

#[derive(Default)]
struct State {
    run: Option<Box<dyn Run>>,
    /// The place of the hop that runs.
    guest: Option<Guest>,
    due: Option<Instant>,
    /// Of the hop that began last. It stays when the hop is over: the watchdog may just have taken its call.
    instance: Option<Arc<Instance>>,
}

impl ChainSeat {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next hop of the chain that runs.
    fn take_next(&self) -> Option<Box<dyn Call>> {
        // Not under the lock: it may block, and the watchdog asks meanwhile.
        let mut run = self.state().run.take()?;
        let Hop { guest, call } = run.next()?;
        let mut state = self.state();
        state.instance = Some(Arc::clone(guest.instance()));
        state.guest = Some(guest);
        state.due = call.due();
        state.run = Some(run);
        Some(call)
    }

    fn rest(&self) {
        let rested = std::mem::take(&mut *self.state());
        // An instance may go with it, which is work.
        drop(rested);
    }
}

impl Work for ChainSeat {
    fn aboard(&self, show: &mut dyn FnMut(&Funclet)) {
        if let Some(guest) = &self.state().guest {
            guest.show(show);
        }
    }

    fn go_on(&self) -> Option<Box<dyn Call>> {
        let call = self.take_next();
        if call.is_none() {
            self.rest();
        }
        call
    }

    fn next(&self) -> Option<(Box<dyn Call>, Waited)> {
        if self.is_expected.load(Ordering::Acquire) && self.is_expected.swap(false, Ordering::AcqRel) {
            self.lanes.queue.arrived();
        }
        let mut waited = Waited::No;
        loop {
            if let Some(call) = self.go_on() {
                return Some((call, waited));
            }
            let run = match self.lanes.queue.pop(self.lanes.settings.lane_idle) {
                Popped::Call(run) => run,
                Popped::Awaited(run) => {
                    waited = Waited::Yes;
                    run
                }
                Popped::Nothing => {
                    self.lanes.sweep();
                    return None;
                }
                Popped::Look => {
                    waited = Waited::Yes;
                    continue;
                }
            };
            self.state().run = Some(run);
        }
    }

    fn charge(&self, cpu_nanos: u64) {
        if let Some(guest) = &self.state().guest {
            guest.charge(cpu_nanos);
        }
    }

    fn background(&self, effort: Effort) {
        if let Some(guest) = &self.state().guest {
            guest.background(effort);
        }
    }

    fn answered(&self, status: Status, broken: Option<Limit>) {
        let guest = self.state().guest.take();
        if let Some(guest) = guest {
            guest.answered(status, broken);
        }
    }

    fn ended(&self, _lane: u64, unanswered: Option<Box<dyn Call>>, used: Used) {
        let State { run, guest, instance, .. } = std::mem::take(&mut *self.state());
        match unanswered {
            Some(call) => {
                // The thread died under its call, so nobody knows what it left.
                if let Some(instance) = &instance {
                    instance.close();
                }
                thread_ended(call, used);
            }
            None => {
                if let Some(guest) = &guest {
                    guest.background(used.effort);
                }
            }
        }
        drop(guest);
        // The watchdog may be about to ask for it.
        self.state().instance = instance;
        // A chain whose call was taken ends with that call.
        drop(run);
        if self.is_expected.swap(false, Ordering::AcqRel) {
            self.lanes.queue.arrived();
        }
        self.lanes.lanes.fetch_sub(1, Ordering::SeqCst);
        if self.lanes.queue.is_short_of_lanes() {
            self.lanes.grow_later();
        }
    }
}

impl Ward for ChainSeat {
    fn budget(&self) -> Budget {
        let state = self.state();
        state.guest.as_ref().map_or(Budget::NONE, Guest::budget).due(state.due)
    }

    fn keeper(&self) -> Option<Arc<dyn Keeper>> {
        let instance = self.state().instance.clone()?;
        Some(instance)
    }
}
