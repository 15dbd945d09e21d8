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

use std::{
    cell::Cell,
    ptr,
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{lane::lock, limits::Limit, marks, sampling};

const SLOT_BITS: u32 = 20;
const GENERATION_BITS: u32 = 11;
const WEIGHT_BITS: u32 = 32;
const WEIGHT_MASK: u64 = (1 << WEIGHT_BITS) - 1;
/// A tag counts weights in units of this many bytes.
const WEIGHT_UNIT_BYTES: u64 = 16;

/// How long a sample makes its thread wait at most, and how often it looks.
const WAIT_MAX: Duration = Duration::from_millis(500);
const WAIT_STEP: Duration = Duration::from_micros(500);

/// Most accounts at a time.
const SLOTS: usize = 1 << SLOT_BITS;

/// The counters of one account that events reach.
#[derive(Debug)]
pub(crate) struct Slot {
    generation: AtomicU32,
    live_bytes: AtomicI64,
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
/// The heap was full of what is live when somebody asked for more.
static EXHAUSTED: AtomicU32 = AtomicU32::new(0);
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

/// What is known of the heap of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heap {
    /// Held now, with garbage that no collection has looked at yet.
    pub live_bytes: u64,
    /// Held when the last collection began, and still held.
    pub survivor_bytes: u64,
    /// Allocated since the funclet was loaded, by the samples.
    pub taken_bytes: u64,
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
        charge(self.cell(), self.slot, self.generation, bytes)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // Tags of this generation find nothing from now on.
        self.cell().generation.fetch_add(1, Ordering::AcqRel);
        // What is left is garbage. It must not count for anybody who adds up what is held.
        self.cell().live_bytes.store(0, Ordering::Relaxed);
        self.cell().classes.store(0, Ordering::Relaxed);
        lock(&FREE).returned.push(self.slot);
    }
}

/// What all accounts hold that are open, those of funclets included that are about to be dropped: held when the last
/// collection began, and still held.
pub(crate) fn survivor_bytes() -> u64 {
    let used = lock(&FREE).next as usize;
    TABLE[1..used].iter().map(|cell| heap(cell).survivor_bytes).sum()
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
    let unsigned = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
    let live_bytes = unsigned(cell.live_bytes.load(Ordering::Relaxed));
    let taken_bytes = cell.taken_bytes.load(Ordering::Relaxed);
    let since = if cell.epoch.load(Ordering::Acquire) == EPOCH.load(Ordering::Acquire) {
        taken_bytes.saturating_sub(cell.taken_before_bytes.load(Ordering::Relaxed))
    } else {
        0
    };
    Heap { live_bytes, survivor_bytes: live_bytes.saturating_sub(since), taken_bytes }
}

/// Adds a weight and gives the tag that will subtract it.
fn charge(cell: &Slot, slot: u32, generation: u32, bytes: u64) -> i64 {
    let units = bytes.div_ceil(WEIGHT_UNIT_BYTES).min(WEIGHT_MASK);
    let bytes = units * WEIGHT_UNIT_BYTES;
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
    let generation = u64::from(generation) & ((1 << GENERATION_BITS) - 1);
    (u64::from(slot) << (GENERATION_BITS + WEIGHT_BITS) | generation << WEIGHT_BITS | units).cast_signed()
}

/// A sampled allocation on the calling thread. Gives the tag for the object, if the thread works for an account.
pub(crate) fn sampled(size_bytes: i64) -> Option<i64> {
    let interval_bytes = sampling::draw();
    let (cell, slot, generation) = owner()?;
    Some(charge(cell, slot, generation, sampling::weigh(size_bytes, interval_bytes)))
}

/// A tagged object is gone.
pub(crate) fn freed(tag: i64) {
    let tag = tag.cast_unsigned();
    FREED_OBJECTS.fetch_add(1, Ordering::Relaxed);
    let slot = (tag >> (GENERATION_BITS + WEIGHT_BITS)) as usize & (SLOTS - 1);
    if slot == 0 {
        return marks::freed();
    }
    let cell = &TABLE[slot];
    let generation = (tag >> WEIGHT_BITS) & ((1 << GENERATION_BITS) - 1);
    if u64::from(cell.generation.load(Ordering::Acquire)) & ((1 << GENERATION_BITS) - 1) == generation {
        cell.live_bytes.fetch_sub(weight(tag).cast_signed(), Ordering::Relaxed);
    }
}

fn weight(tag: u64) -> u64 {
    (tag & WEIGHT_MASK) * WEIGHT_UNIT_BYTES
}

/// The tag for an object that counts for what both say. One of another account counts for the later alone.
pub(crate) fn joined(before: i64, more: i64) -> i64 {
    let (before_bits, more_bits) = (before.cast_unsigned(), more.cast_unsigned());
    if before_bits & !WEIGHT_MASK != more_bits & !WEIGHT_MASK {
        freed(before);
        return more;
    }
    let units = ((before_bits & WEIGHT_MASK) + (more_bits & WEIGHT_MASK)).min(WEIGHT_MASK);
    (more_bits & !WEIGHT_MASK | units).cast_signed()
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

/// So many classes are much when the memory for classes is full.
const MANY_CLASSES: u32 = 1000;

/// The calling thread was refused room for a class: the memory for classes is full. Who has most of them is stopped, if that is
/// much, else idle functions are let go; the one that asked is innocent unless it is the one that is stopped.
pub(crate) fn class_memory_exhausted() {
    let used = lock(&FREE).next as usize;
    let asker = owner().map(|(cell, _, _)| cell);
    let classes = |cell: &Slot| cell.classes.load(Ordering::Relaxed);
    if let Some(largest) = TABLE[1..used].iter().max_by_key(|cell| classes(cell))
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

/// An account may be over its heap limit: it is worth a look.
pub(crate) fn suspect() {
    SUSPICION.store(1, Ordering::Release);
}

/// Has an account gone over its heap limit, by the raw estimate, since this was asked last?
pub(crate) fn take_suspicion() -> bool {
    SUSPICION.load(Ordering::Relaxed) != 0 && SUSPICION.swap(0, Ordering::AcqRel) != 0
}

/// Was the heap full of what is live since this was asked last?
pub(crate) fn take_exhaustion() -> bool {
    EXHAUSTED.load(Ordering::Relaxed) != 0 && EXHAUSTED.swap(0, Ordering::AcqRel) != 0
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

/// The calling thread has asked for heap that is not there. When it is the host's, or others hold much, it is innocent, and
/// the account that holds the most is to be looked at if it seems to be over its limit, else stopped if the heap is really full.
pub(crate) fn heap_exhausted(heap_max_bytes: u64, heap_used_bytes: u64) {
    if heap_used_bytes > heap_max_bytes / 10 * 9 {
        EXHAUSTED.store(1, Ordering::Release);
    }
    let used = lock(&FREE).next as usize;
    let cells = &TABLE[1..used];
    let live = |cell: &Slot| u64::try_from(cell.live_bytes.load(Ordering::Relaxed)).unwrap_or(0);
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
        if live(largest) > largest.heap_limit_bytes.load(Ordering::Relaxed) {
            // Some of it may be garbage whose end has not been reported yet: whoever looks makes sure.
            suspect();
        } else if sum > heap_max_bytes / 4 * 3 {
            breach(largest, Limit::HeapFull);
        }
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
