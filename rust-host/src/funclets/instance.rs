//! An instance: one loaded copy of a function with its own statics.

use std::sync::{
    Arc, Weak,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use flock_jvm::{Effort, Funclet, JvmError, Lane, Limit, Meter, Status, Work};

use crate::{
    model::time::now_epoch_millis,
    supervise::{self, Keeper, Watchdog},
};

use super::{payer::Payer, pool::Pool};

/// See the head of this file.
pub(super) struct Instance {
    funclet: Option<Funclet>,
    meter: Meter,
    watchdog: Watchdog,
    pool: Weak<Pool>,
    payer: Arc<Payer>,
    concurrency: u32,
    /// Lanes that were started and have not ended, and hops of chains that run.
    pub(super) lanes: AtomicUsize,
    /// Lanes that run a call.
    running: AtomicU64,
    condemned: AtomicBool,
    /// Its function is initialised.
    ready: AtomicBool,
    /// What its threads were charged with since its last call began.
    between_nanos: AtomicU64,
    /// When a hop of a chain left it last.
    pub(super) left_epoch_millis: AtomicU64,
}

impl Instance {
    pub(super) fn new(
        funclet: Funclet,
        watchdog: Watchdog,
        pool: Weak<Pool>,
        payer: Arc<Payer>,
        concurrency: u32,
    ) -> Self {
        Self {
            meter: funclet.meter(),
            funclet: Some(funclet),
            watchdog,
            pool,
            payer,
            concurrency,
            lanes: AtomicUsize::new(0),
            running: AtomicU64::new(0),
            condemned: AtomicBool::new(false),
            ready: AtomicBool::new(false),
            between_nanos: AtomicU64::new(0),
            left_epoch_millis: AtomicU64::new(now_epoch_millis()),
        }
    }

    /// It takes no more calls.
    pub(super) fn close(&self) {
        self.condemned.store(true, Ordering::Release);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.condemned.load(Ordering::Acquire)
    }

    /// A call was answered so. What stopped half way leaves statics that nobody should build on, and a broken limit is not to
    /// hit the next call.
    pub(super) fn answered(&self, status: Status, broken: Option<Limit>) {
        if broken.is_some() || matches!(status, Status::InitError | Status::Exit) {
            self.close();
        } else {
            self.ready.store(true, Ordering::Release);
        }
    }

    /// Is its function initialised?
    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// See [`Funclet::has_lane_ahead`].
    pub(super) fn has_lane_ahead(&self) -> bool {
        self.funclet.as_ref().is_some_and(Funclet::has_lane_ahead)
    }

    pub(super) fn start_lane(&self, work: Arc<dyn Work>) -> Result<Option<Lane>, JvmError> {
        self.funclet.as_ref().map(|funclet| funclet.start_lane(work)).transpose()
    }

    /// Calls that it runs.
    pub(super) fn running(&self) -> u64 {
        self.running.load(Ordering::Acquire)
    }

    /// A lane has taken a call.
    pub(super) fn begin(&self) {
        self.running.fetch_add(1, Ordering::AcqRel);
        if self.between_nanos.load(Ordering::Relaxed) > 0 {
            self.between_nanos.store(0, Ordering::Relaxed);
        }
    }

    /// A call has ended. Threads that it leaves behind are watched.
    pub(super) fn end(self: &Arc<Self>) {
        self.running.fetch_sub(1, Ordering::AcqRel);
        if self.meter.may_have_used() {
            let weak: Weak<Self> = Arc::downgrade(self);
            self.watchdog.guard(weak);
        }
    }
}

impl supervise::Payer for Instance {
    fn settle(&self, effort: Effort) {
        self.between_nanos.fetch_add(effort.cpu_nanos, Ordering::Relaxed);
        self.payer.settle(effort);
    }
}

impl Keeper for Instance {
    fn meter(&self) -> &Meter {
        &self.meter
    }

    fn funclet(&self) -> Option<&Funclet> {
        self.funclet.as_ref()
    }

    fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire) > 0
    }

    fn condemn(&self, by: Limit) -> bool {
        let first = !self.condemned.swap(true, Ordering::AcqRel);
        if first && let Some(pool) = self.pool.upgrade() {
            pool.give_up(self, by);
        }
        first
    }

    fn settled_nanos(&self) -> u64 {
        self.between_nanos.load(Ordering::Relaxed)
    }

    fn is_single(&self) -> bool {
        self.concurrency == 1
    }
}

impl Drop for Instance {
    /// The last to let go may be a thread of the JVM that is just ending; closing needs up-calls, and threads that the
    /// function has started must end first.
    fn drop(&mut self) {
        if let Some(funclet) = self.funclet.take() {
            self.watchdog.bury(funclet, Arc::clone(&self.payer) as Arc<dyn supervise::Payer>);
        }
    }
}
