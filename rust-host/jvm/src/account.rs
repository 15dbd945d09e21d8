//! What each funclet uses of the Java heap, of threads and of classes, counted where it happens.
//!
//! The JVM's events find the account of the thread that they run on by one thread-local number, a slot. Slots are
//! static memory that is never given back: an event that comes late finds a slot of another generation and is dropped,
//! never freed memory. Events add to atomics and set flags; they allocate nothing and take no lock that another thread
//! holds for long.
//!
//! **Live heap** is an estimate: the JVM shows an allocation now and then (`sampling.rs`); such an object is tagged with
//! its slot and its weight, and the event of its end subtracts exactly that again. What a collection has not looked at
//! yet may be garbage, so *survivors* (live, less what was allocated since the last collection began) is what a limit is
//! held against.
//!
//! **Waiting.** A thread whose account is over its limit by more than the young generation can explain waits at its next
//! sample until a collection has told what of it is garbage. So no function takes much more than its limit, however
//! fast it allocates and however busy the machine is; what only makes garbage goes on after a pause.

mod full;
mod tag;

use std::{
    cell::Cell,
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) use full::{class_memory_exhausted, heap_exhausted, take_exhaustion};
use tag::{SLOTS, Tag};

use crate::{lane::lock, limits::Limit, marks, sampling};

/// How long a sample makes its thread wait at most, and how often it looks.
const WAIT_MAX: Duration = Duration::from_millis(500);
const WAIT_STEP: Duration = Duration::from_micros(500);

/// The counters of one account that events reach.
#[derive(Debug)]
pub(crate) struct Slot {
    generation: AtomicU32,
    live_bytes: AtomicI64,
    /// What of it is outside of the heap.
    outside_bytes: AtomicI64,
    /// Sampled allocation since the account was opened.
    taken_bytes: AtomicU64,
    /// `taken_bytes` when the last collection began, if `epoch` is that collection's.
    taken_before_bytes: AtomicU64,
    epoch: AtomicU32,
    heap_limit_bytes: AtomicU64,
    /// Those whose class files are large count as several.
    classes: AtomicU32,
    classes_limit: AtomicU32,
    /// The limit that was broken first, as a number; 0: none.
    breach: AtomicU32,
    /// Size of the array that was refused.
    asked_bytes: AtomicU64,
    /// The heap was full when a thread of it asked for memory.
    met_full_heap: AtomicU32,
}

impl Slot {
    const fn empty() -> Self {
        Self {
            generation: AtomicU32::new(0),
            live_bytes: AtomicI64::new(0),
            outside_bytes: AtomicI64::new(0),
            taken_bytes: AtomicU64::new(0),
            taken_before_bytes: AtomicU64::new(0),
            epoch: AtomicU32::new(0),
            heap_limit_bytes: AtomicU64::new(0),
            classes: AtomicU32::new(0),
            classes_limit: AtomicU32::new(0),
            breach: AtomicU32::new(0),
            asked_bytes: AtomicU64::new(0),
            met_full_heap: AtomicU32::new(0),
        }
    }
}

static TABLE: [Slot; SLOTS] = [const { Slot::empty() }; SLOTS];
static FREE: Mutex<Free> = Mutex::new(Free { returned: Vec::new(), next: 1 });
/// Collections that have begun.
static EPOCH: AtomicU32 = AtomicU32::new(1);
/// Some account went over its heap limit by the raw estimate: it is worth a look.
static SUSPICION: AtomicU32 = AtomicU32::new(0);
static FREED_OBJECTS: AtomicU64 = AtomicU64::new(0);
/// So much of what an account seems to hold may be garbage that no collection has looked at yet.
static GARBAGE_MAX_BYTES: AtomicU64 = AtomicU64::new(u64::MAX);

struct Free {
    returned: Vec<u32>,
    next: u32,
}

thread_local! {
    /// Slot and generation of the account that this thread works for; 0 is none.
    static OWNER: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// The account of one funclet. Its slot is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Account {
    slot: u32,
    generation: u32,
}

/// What is known of the memory of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heap {
    /// Held now, with garbage that no collection has looked at yet.
    pub live_bytes: u64,
    /// What of it is outside of the heap.
    pub outside_bytes: u64,
    /// Held when the last collection began, and still held.
    pub survivor_bytes: u64,
    /// Allocated since the funclet was loaded, by the samples.
    pub taken_bytes: u64,
}

impl Heap {
    /// What of the survivors is in the heap.
    pub fn survivors_inside_bytes(&self) -> u64 {
        self.survivor_bytes.saturating_sub(self.outside_bytes)
    }
}

impl Account {
    /// None: there are as many accounts as there can be.
    pub(crate) fn open(heap_limit_bytes: u64, classes_limit: u32) -> Option<Self> {
        let slot = {
            let mut free = lock(&FREE);
            match free.returned.pop() {
                Some(slot) => slot,
                None if (free.next as usize) < SLOTS => {
                    free.next += 1;
                    free.next - 1
                }
                None => return None,
            }
        };
        let cell = &TABLE[slot as usize];
        cell.live_bytes.store(0, Ordering::Relaxed);
        cell.outside_bytes.store(0, Ordering::Relaxed);
        cell.taken_bytes.store(0, Ordering::Relaxed);
        cell.taken_before_bytes.store(0, Ordering::Relaxed);
        cell.epoch.store(0, Ordering::Relaxed);
        cell.heap_limit_bytes.store(heap_limit_bytes, Ordering::Relaxed);
        cell.classes.store(0, Ordering::Relaxed);
        cell.classes_limit.store(classes_limit, Ordering::Relaxed);
        cell.breach.store(0, Ordering::Relaxed);
        cell.asked_bytes.store(0, Ordering::Relaxed);
        cell.met_full_heap.store(0, Ordering::Relaxed);
        let generation = cell.generation.load(Ordering::Acquire);
        Some(Self { slot, generation })
    }

    fn cell(&self) -> &'static Slot {
        &TABLE[self.slot as usize]
    }

    /// The calling thread works for this account from now on.
    pub(crate) fn own_this_thread(&self) {
        OWNER.set((self.slot, self.generation));
    }

    pub(crate) fn heap(&self) -> Heap {
        heap(self.cell())
    }

    pub(crate) fn heap_limit_bytes(&self) -> u64 {
        self.cell().heap_limit_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn classes(&self) -> u32 {
        self.cell().classes.load(Ordering::Relaxed)
    }

    /// A class is about to be defined that counts as so many more than one.
    pub(crate) fn class_weighs(&self, more: u32) {
        count_classes(self.cell(), more);
    }

    /// Notes that a limit is broken; the first one counts.
    pub(crate) fn breach(&self, limit: Limit) {
        breach(self.cell(), limit);
    }

    /// An array of this size would break the limit of the heap.
    pub(crate) fn refuse_array(&self, bytes: u64) {
        self.cell().asked_bytes.store(bytes, Ordering::Release);
        self.breach(Limit::Memory);
    }

    /// Size of the array that was refused; 0: none was.
    pub(crate) fn asked_bytes(&self) -> u64 {
        self.cell().asked_bytes.load(Ordering::Acquire)
    }

    pub(crate) fn broken(&self) -> Option<Limit> {
        Limit::from_number(self.cell().breach.load(Ordering::Acquire))
    }

    /// Did a thread of it meet a full heap since this was asked last?
    pub(crate) fn take_met_full_heap(&self) -> bool {
        let met = &self.cell().met_full_heap;
        met.load(Ordering::Relaxed) != 0 && met.swap(0, Ordering::AcqRel) != 0
    }

    /// The tag for an object that holds so many bytes outside of the heap, which are added here.
    pub(crate) fn charge_outside(&self, bytes: u64) -> i64 {
        let tag = Tag::new(self.slot, self.generation, bytes, true);
        charge(self.cell(), tag);
        tag.encoded()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // Tags of this generation find nothing from now on.
        self.cell().generation.fetch_add(1, Ordering::AcqRel);
        // What is left is garbage. It must not count for anybody who adds up what is held.
        self.cell().live_bytes.store(0, Ordering::Relaxed);
        self.cell().outside_bytes.store(0, Ordering::Relaxed);
        self.cell().classes.store(0, Ordering::Relaxed);
        lock(&FREE).returned.push(self.slot);
    }
}

/// What all accounts hold in the heap that are open, those of funclets included that are about to be dropped: held when the
/// last collection began, and still held.
pub(crate) fn survivor_bytes() -> u64 {
    cells().iter().map(|cell| heap(cell).survivors_inside_bytes()).sum()
}

/// Those that were ever used.
fn cells() -> &'static [Slot] {
    let used = lock(&FREE).next as usize;
    &TABLE[1..used]
}

/// The calling thread works for nobody any more.
pub(crate) fn disown_this_thread() {
    // The thread may be at its very end, when its thread-locals are gone.
    let _ = OWNER.try_with(|owner| owner.set((0, 0)));
}

/// Does the calling thread work for an account?
pub(crate) fn is_owned() -> bool {
    owner().is_some()
}

fn owner() -> Option<(&'static Slot, u32, u32)> {
    let (slot, generation) = OWNER.try_with(Cell::get).ok()?;
    let cell = &TABLE[slot as usize];
    // A thread may outlive its account.
    (slot != 0 && cell.generation.load(Ordering::Acquire) == generation).then_some((cell, slot, generation))
}

fn breach(cell: &Slot, limit: Limit) {
    // Only the first matters; a failed exchange means that there is one.
    let _ = cell.breach.compare_exchange(0, limit.number(), Ordering::AcqRel, Ordering::Acquire);
}

fn heap(cell: &Slot) -> Heap {
    let read = |bytes: &AtomicI64| u64::try_from(bytes.load(Ordering::Relaxed)).unwrap_or(0);
    let (live_bytes, outside_bytes) = (read(&cell.live_bytes), read(&cell.outside_bytes));
    let taken_bytes = cell.taken_bytes.load(Ordering::Relaxed);
    let since = if cell.epoch.load(Ordering::Acquire) == EPOCH.load(Ordering::Acquire) {
        taken_bytes.saturating_sub(cell.taken_before_bytes.load(Ordering::Relaxed))
    } else {
        0
    };
    Heap { live_bytes, outside_bytes, survivor_bytes: live_bytes.saturating_sub(since), taken_bytes }
}

/// Adds what a tag stands for, which its end will subtract.
fn charge(cell: &Slot, tag: Tag) {
    let bytes = tag.bytes();
    if tag.is_outside {
        cell.outside_bytes.fetch_add(bytes.cast_signed(), Ordering::Relaxed);
    }
    let epoch = EPOCH.load(Ordering::Acquire);
    if cell.epoch.load(Ordering::Relaxed) != epoch {
        cell.taken_before_bytes.store(cell.taken_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
        cell.epoch.store(epoch, Ordering::Release);
    }
    cell.taken_bytes.fetch_add(bytes, Ordering::Relaxed);
    let live = cell.live_bytes.fetch_add(bytes.cast_signed(), Ordering::Relaxed) + bytes.cast_signed();
    if live > cell.heap_limit_bytes.load(Ordering::Relaxed).cast_signed() {
        suspect();
    }
}

/// A sampled allocation on the calling thread. Gives the tag for the object, if the thread works for an account.
pub(crate) fn sampled(size_bytes: i64) -> Option<i64> {
    let interval_bytes = sampling::draw();
    let (cell, slot, generation) = owner()?;
    let tag = Tag::new(slot, generation, sampling::weigh(size_bytes, interval_bytes), false);
    charge(cell, tag);
    Some(tag.encoded())
}

/// A tagged object is gone.
pub(crate) fn freed(number: i64) {
    FREED_OBJECTS.fetch_add(1, Ordering::Relaxed);
    let tag = Tag::decoded(number);
    if tag.slot == 0 {
        return marks::freed(number);
    }
    let cell = &TABLE[tag.slot as usize];
    if tag.is_of(cell.generation.load(Ordering::Acquire)) {
        let bytes = tag.bytes().cast_signed();
        cell.live_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if tag.is_outside {
            cell.outside_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

/// The tag for an object that counts for what both say, the later of memory outside of the heap. One of another account counts
/// for the later alone.
pub(crate) fn joined(before: i64, more: i64) -> i64 {
    let (former, later) = (Tag::decoded(before), Tag::decoded(more));
    let Some(both) = former.joined(later) else {
        freed(before);
        return more;
    };
    if !former.is_outside {
        // What it takes of the heap itself is little, and there is one tag.
        let cell = &TABLE[both.slot as usize];
        cell.outside_bytes.fetch_add(former.bytes().cast_signed(), Ordering::Relaxed);
    }
    both.encoded()
}

/// Tagged objects that are gone since the start. It stands still when the JVM has reported what a collection freed.
pub(crate) fn freed_objects() -> u64 {
    FREED_OBJECTS.load(Ordering::Relaxed)
}

/// A collection begins.
pub(crate) fn collection_begins() {
    EPOCH.fetch_add(1, Ordering::AcqRel);
}

/// The calling thread has defined a class that is not the JDK's.
pub(crate) fn class_defined() {
    if let Some((cell, _, _)) = owner() {
        count_classes(cell, 1);
    }
}

fn count_classes(cell: &Slot, more: u32) {
    if cell.classes.fetch_add(more, Ordering::Relaxed).saturating_add(more)
        > cell.classes_limit.load(Ordering::Relaxed)
    {
        breach(cell, Limit::Classes);
    }
}

/// An account may be over its heap limit: it is worth a look.
pub(crate) fn suspect() {
    SUSPICION.store(1, Ordering::Release);
}

/// Has an account gone over its heap limit, by the raw estimate, since this was asked last?
pub(crate) fn take_suspicion() -> bool {
    SUSPICION.load(Ordering::Relaxed) != 0 && SUSPICION.swap(0, Ordering::AcqRel) != 0
}

/// Sets what may be garbage: the size of the young generation.
pub(crate) fn expect_garbage(max_bytes: u64) {
    GARBAGE_MAX_BYTES.store(max_bytes, Ordering::Relaxed);
}

fn is_far_over(cell: &Slot) -> bool {
    let limit = cell.heap_limit_bytes.load(Ordering::Relaxed);
    let most = limit.saturating_add(GARBAGE_MAX_BYTES.load(Ordering::Relaxed));
    u64::try_from(cell.live_bytes.load(Ordering::Relaxed)).is_ok_and(|live| live > most)
}

/// The calling thread waits while its account is far over its limit, for a collection or the end. It is in native code,
/// so neither has to wait for it.
pub(crate) fn wait_for_collection() {
    let Some((cell, _, _)) = owner() else { return };
    if !is_far_over(cell) {
        return;
    }
    suspect();
    let began = Instant::now();
    while is_far_over(cell) && cell.breach.load(Ordering::Relaxed) == 0 && began.elapsed() < WAIT_MAX {
        thread::sleep(WAIT_STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_freed_is_what_was_charged() -> Result<(), &'static str> {
        let account = Account::open(1 << 20, 10).ok_or("no slot")?;
        account.own_this_thread();
        let tags: Vec<_> = [16, 100, 4096, 1 << 20, 3 << 30].into_iter().filter_map(sampled).collect();
        assert_eq!(tags.len(), 5);
        assert!(account.heap().live_bytes > 3 << 30);
        assert!(take_suspicion());
        tags.into_iter().for_each(freed);
        assert_eq!(account.heap().live_bytes, 0);
        disown_this_thread();
        assert_eq!(sampled(16), None);
        Ok(())
    }

    #[test]
    fn what_one_object_takes_twice_is_freed_once() -> Result<(), &'static str> {
        let account = Account::open(1 << 20, 10).ok_or("no slot")?;
        let both = joined(account.charge_outside(4096), account.charge_outside(100));
        assert_eq!(account.heap().live_bytes, 4096 + 112);
        freed(both);
        assert_eq!(account.heap().live_bytes, 0);
        let other = Account::open(1 << 20, 10).ok_or("no slot")?;
        let later = joined(account.charge_outside(4096), other.charge_outside(160));
        assert_eq!((account.heap().live_bytes, other.heap().live_bytes), (0, 160));
        freed(later);
        assert_eq!(other.heap().live_bytes, 0);
        Ok(())
    }

    #[test]
    fn memory_outside_is_none_of_the_heap() -> Result<(), &'static str> {
        let account = Account::open(1 << 30, 10).ok_or("no slot")?;
        account.own_this_thread();
        let inside = sampled(16).ok_or("no tag")?;
        let held = account.heap().live_bytes;
        let outside = account.charge_outside(1 << 20);
        collection_begins();
        let heap = account.heap();
        assert_eq!((heap.survivor_bytes, heap.survivors_inside_bytes()), (held + (1 << 20), held));
        freed(joined(inside, outside));
        let heap = account.heap();
        assert_eq!((heap.live_bytes, heap.outside_bytes), (0, 0));
        disown_this_thread();
        Ok(())
    }

    #[test]
    fn a_late_free_does_not_hit_the_next_account_of_the_slot() -> Result<(), &'static str> {
        let first = Account::open(1 << 20, 10).ok_or("no slot")?;
        first.own_this_thread();
        let tag = sampled(1 << 20).ok_or("no tag")?;
        let slot = first.slot;
        drop(first);
        let mut others = Vec::new();
        let second = loop {
            let next = Account::open(1 << 20, 10).ok_or("no slot")?;
            if next.slot == slot {
                break next;
            }
            others.push(next);
            if others.len() > 1000 {
                return Err("the slot does not come back");
            }
        };
        second.own_this_thread();
        let _ = sampled(1 << 20);
        let before = second.heap().live_bytes;
        freed(tag);
        assert_eq!(second.heap().live_bytes, before);
        Ok(())
    }

    #[test]
    fn survivors_leave_out_what_came_after_the_collection() -> Result<(), &'static str> {
        let account = Account::open(u64::MAX >> 1, 10).ok_or("no slot")?;
        account.own_this_thread();
        let _ = sampled(10 << 20);
        collection_begins();
        let held = account.heap().live_bytes;
        assert_eq!(account.heap().survivor_bytes, held);
        let _ = sampled(5 << 20);
        assert_eq!(account.heap().survivor_bytes, held);
        assert!(account.heap().live_bytes > held);
        Ok(())
    }
}
