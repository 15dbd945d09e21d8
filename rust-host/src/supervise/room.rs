//! Gives memory back; `ebb` says when.
//!
//! A full collection leaves much of the heap free, and pages of it that were used once stay with the process. So there are
//! two: the first one leaves nothing free, so that these pages go back to the kernel; the second one makes the heap as large
//! again as full collections leave it, and the kernel gives new pages when they are used. What comes next finds as much
//! room as before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flock_jvm::{JvmError, Vm, memory::FreeHeap};

use super::heap;

/// How long the watch over the heap may take until it has had its collection, and how often that is looked for.
const COLLECTED_MAX: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);
/// The JVM gives pages back a moment after the collection; a heap that grows sooner would keep them.
const GIVEN_BACK: Duration = Duration::from_secs(1);

/// One at a time.
#[derive(Clone, Default)]
pub(super) struct Room {
    is_busy: Arc<AtomicBool>,
    made: Arc<AtomicU64>,
}

impl Room {
    /// Begins, on a thread of its own.
    pub(super) fn make(&self, vm: &Vm) {
        if self.is_busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let (vm, is_busy, count) = (vm.clone(), Arc::clone(&self.is_busy), Arc::clone(&self.made));
        let started = thread::Builder::new().name("room".to_owned()).spawn(move || {
            let made = shrink_and_grow(&vm);
            let usual = vm.keep_free(FreeHeap::Usual);
            match made.and(usual) {
                Ok(()) => _ = count.fetch_add(1, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the heap could not be made smaller"),
            }
            is_busy.store(false, Ordering::Release);
        });
        if let Err(error) = started {
            tracing::warn!(%error, "no thread that gives memory back could be made");
            self.is_busy.store(false, Ordering::Release);
        }
    }

    /// How often it was done.
    pub(super) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// Has the JDK's classes for it initialised before any function may be stopped while it does that, which would leave them
/// dead for all.
pub(super) fn prepare(vm: &Vm) {
    if let Err(error) = vm.keep_free(FreeHeap::Usual) {
        tracing::warn!(%error, "memory will not be given back");
    }
}

fn shrink_and_grow(vm: &Vm) -> Result<(), JvmError> {
    vm.keep_free(FreeHeap::None)?;
    let (before, began) = (heap::forced_collections(), Instant::now());
    heap::give_back();
    while heap::forced_collections() == before && began.elapsed() < COLLECTED_MAX {
        thread::sleep(STEP);
    }
    thread::sleep(GIVEN_BACK);
    vm.keep_free(FreeHeap::Most)?;
    vm.collect_unjudged()
}
