//! An instance: one loaded copy of a function with its own statics.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use flock_jvm::{Funclet, JvmError, Lane, Work};

use crate::supervise::Watchdog;

/// See the head of this file.
pub(super) struct Instance {
    funclet: Option<Funclet>,
    watchdog: Watchdog,
    /// Lanes that were started and have not ended.
    pub(super) lanes: AtomicUsize,
    condemned: AtomicBool,
}

impl Instance {
    pub(super) fn new(funclet: Funclet, watchdog: Watchdog) -> Self {
        Self {
            funclet: Some(funclet),
            watchdog,
            lanes: AtomicUsize::new(0),
            condemned: AtomicBool::new(false),
        }
    }

    /// It takes no more calls.
    pub(super) fn condemn(&self) {
        self.condemned.store(true, Ordering::Release);
    }

    pub(super) fn is_condemned(&self) -> bool {
        self.condemned.load(Ordering::Acquire)
    }

    pub(super) fn start_lane(&self, work: Arc<dyn Work>) -> Result<Option<Lane>, JvmError> {
        self.funclet.as_ref().map(|funclet| funclet.start_lane(work)).transpose()
    }
}

impl Drop for Instance {
    /// The last to let go may be a thread of the JVM that is just ending; closing needs an up-call, so the watchdog
    /// does it.
    fn drop(&mut self) {
        let funclet = self.funclet.take();
        self.watchdog.run(Box::new(move || drop(funclet)));
    }
}
