//! When a queue gets further lanes: at once as long as there are few, later only when what waited at the last look still
//! waits, so that quick work is not spread over many threads.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use flock_jvm::is_lent;

use crate::supervise::Watchdog;

use super::{Busy, queue::Queue};

/// The lanes that serve a queue.
pub(super) trait Growth: Send + Sync + Sized + 'static {
    /// What is queued.
    type Item: Send;

    fn queue(&self) -> &Queue<Self::Item>;
    /// Lanes that live.
    fn lanes(&self) -> &AtomicUsize;
    fn lanes_max(&self) -> usize;
    /// Up to so many a new one comes at once.
    fn eager_lanes(&self) -> usize;
    /// A chore that adds lanes is on its way.
    fn growing(&self) -> &AtomicBool;
    fn watchdog(&self) -> &Watchdog;
    /// Adds a lane, if one may still be added and something waits.
    fn add_lane(self: &Arc<Self>);

    /// Queues work and sees to it that a lane comes for it.
    fn enqueue(self: &Arc<Self>, item: Self::Item) -> Result<(), (Busy, Self::Item)> {
        self.queue().push(item)?;
        if self.queue().is_short_of_lanes() {
            // In a heap that is nearly full it may take a while, for which the caller has no time.
            if self.lanes().load(Ordering::SeqCst) < self.eager_lanes() && !self.watchdog().is_heap_tight() {
                if is_lent() {
                    let this = Arc::clone(self);
                    self.watchdog().run(Box::new(move || this.add_lane()));
                } else {
                    self.add_lane();
                }
            } else {
                self.grow_later();
            }
        }
        Ok(())
    }

    /// Asks the watchdog to look at its next tick whether what waits now still does.
    fn grow_later(self: &Arc<Self>) {
        if !self.growing().swap(true, Ordering::AcqRel) {
            let this = Arc::clone(self);
            let due = self.queue().due();
            self.watchdog().run_later(Box::new(move || this.grow(due)));
        }
    }

    /// Adds lanes, half as many as there are, if what was to be the `due`th has still not been taken: a queue that is
    /// never empty but moves needs no further threads. Looks again while something waits.
    fn grow(self: Arc<Self>, due: u64) {
        self.growing().store(false, Ordering::Release);
        let lanes = self.lanes().load(Ordering::SeqCst);
        if !self.queue().is_short_of_lanes() || lanes >= self.lanes_max() {
            return;
        }
        if lanes == 0 || self.queue().taken() < due {
            for _ in 0..=lanes / 2 {
                self.add_lane();
            }
        }
        self.grow_later();
    }
}
