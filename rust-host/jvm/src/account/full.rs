//! Who is to blame when memory that all share is full: the heap, or the memory for classes. Who asked for more and was refused
//! is innocent unless most of it is its own.

use std::{
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::limits::Limit;

use super::{Slot, breach, cells, heap, owner, suspect};

/// The heap was full of what is live when somebody asked for more.
static EXHAUSTED: AtomicU32 = AtomicU32::new(0);

/// Was the heap full of what is live since this was asked last?
pub(crate) fn take_exhaustion() -> bool {
    EXHAUSTED.load(Ordering::Relaxed) != 0 && EXHAUSTED.swap(0, Ordering::AcqRel) != 0
}

/// So many classes are much when the memory for classes is full.
const MANY_CLASSES: u32 = 1000;

/// The calling thread was refused room for a class: the memory for classes is full. Who has most of them is stopped, if that is
/// much, else idle functions are let go; the one that asked is innocent unless it is the one that is stopped.
pub(crate) fn class_memory_exhausted() {
    let asker = owner().map(|(cell, _, _)| cell);
    let classes = |cell: &Slot| cell.classes.load(Ordering::Relaxed);
    if let Some(largest) = cells().iter().max_by_key(|cell| classes(cell))
        && classes(largest) > MANY_CLASSES
    {
        breach(largest, Limit::ClassMemoryFull);
        if asker.is_some_and(|asker| ptr::eq(asker, largest)) {
            return;
        }
    } else {
        EXHAUSTED.store(1, Ordering::Release);
    }
    if let Some(asker) = asker {
        asker.met_full_heap.store(1, Ordering::Release);
    }
}

/// The calling thread has asked for heap that is not there. When it is the host's, or others hold much, it is innocent, and
/// the account that holds the most is to be looked at if it seems to be over its limit, else stopped if the heap is really full.
pub(crate) fn heap_exhausted(heap_max_bytes: u64, heap_used_bytes: u64) {
    if heap_used_bytes > heap_max_bytes / 10 * 9 {
        EXHAUSTED.store(1, Ordering::Release);
    }
    let cells = cells();
    let live = |cell: &Slot| {
        let held = heap(cell);
        held.live_bytes.saturating_sub(held.outside_bytes)
    };
    let sum: u64 = cells.iter().map(live).sum();
    if let Some((asker, _, _)) = owner() {
        let held = live(asker);
        let others = sum - held.min(sum);
        // Else the heap is full of what no account holds any more: of one that was just stopped.
        let asks_much = heap_used_bytes < heap_max_bytes / 2;
        if others < heap_max_bytes / 4 && (asks_much || held > heap_max_bytes / 2) {
            // What it holds and asks for is nearly all: nobody but itself is to blame.
            return breach(asker, Limit::Memory);
        }
        asker.met_full_heap.store(1, Ordering::Release);
    }
    if let Some(largest) = cells.iter().max_by_key(|cell| live(cell)) {
        if heap(largest).live_bytes > largest.heap_limit_bytes.load(Ordering::Relaxed) {
            // Some of it may be garbage whose end has not been reported yet: whoever looks makes sure.
            suspect();
        } else if sum > heap_max_bytes / 4 * 3 {
            breach(largest, Limit::HeapFull);
        }
    }
}
