//! Who waits for a run, and its place among the calls in flight.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::oneshot;

use crate::{invoke::admission::InFlight, model::Activation};

pub(super) struct Ticket {
    is_accepted: AtomicBool,
    open: Mutex<Option<(InFlight, oneshot::Sender<Arc<Activation>>)>>,
}

impl Ticket {
    pub(super) fn new(
        guard: InFlight,
        reply: oneshot::Sender<Arc<Activation>>,
        is_accepted: bool,
    ) -> Arc<Self> {
        Arc::new(Self { is_accepted: is_accepted.into(), open: Mutex::new(Some((guard, reply))) })
    }

    /// The client was told that the run goes on: its record must not be dropped.
    pub(super) fn mark_accepted(&self) {
        self.is_accepted.store(true, Ordering::Release);
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.is_accepted.load(Ordering::Acquire)
    }

    /// The run is over. The first end counts.
    pub(super) fn end(&self, record: Arc<Activation>) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((guard, reply)) = open {
            drop(guard);
            // The client may have gone.
            let _ = reply.send(record);
        }
    }
}
