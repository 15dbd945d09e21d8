//! Finds the functions whose live heap is over their limit, and is sure before it says so.
//!
//! What survived the last collection is a good guess, but some of it may have died since. So a function whose survivors
//! are over its limit makes this thread ask for one full collection (29 to 62 ms for everybody, rate-limited), after
//! which every function's figure is right; who is then still over is stopped. A function that only makes garbage has
//! nothing that survives. Large objects can pass the young generation by, so raw growth beyond the limit and the young
//! generation is a reason to look, too, and so is any growth beyond the limit while the JVM sees no reason to collect anything.
//!
//! The same thread adds up what the instances of a namespace hold, sees to instances that broke a limit while none of
//! their calls ran, and has the classes of dropped funclets unloaded: only a full collection does that, and the JVM asks
//! for one by itself only after ten thousand of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flock_jvm::{Limit, Meter, Sampling, Vm};
use tokio::sync::Notify;

use super::{Keeper, Settings, killer::Killer, namespaces::Namespaces};

const TICK: Duration = Duration::from_millis(5);
/// How often namespaces are added up and idle instances are looked at.
const SLOW_TICK: Duration = Duration::from_millis(50);
/// Between two forced collections at least this, and this many times what the last one took; where somebody seems to be
/// far over its limit, only as long as it took.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_FACTOR: u32 = 4;
/// Without a collection for so long, whoever is over by the raw figure is looked at: it may hold little of the heap, and much beside it.
const STALE_AFTER: Duration = Duration::from_secs(5);
/// So many dropped funclets are worth a collection at once; any number after a time, which is also so many times what
/// the last collection took, up to a bound.
const UNLOAD_FUNCLETS: u64 = 500;
const UNLOAD_AFTER: Duration = Duration::from_secs(10);
const UNLOAD_PAUSE_FACTOR: u32 = 500;
const UNLOAD_AT_LAST: Duration = Duration::from_secs(30);

/// The part of the heap that functions may hold together before idle ones are let go.
const FULL_PERCENT: u64 = 70;
/// The part that they may hold together, those included that have been let go and are not gone yet, before the next one waits
/// until it is loaded.
const TIGHT_PERCENT: u64 = 80;
/// What is let go at a time when the heap was found full.
const EXHAUSTED_PERCENT: u64 = 5;

static FORCED: AtomicU64 = AtomicU64::new(0);
static EXCESS: AtomicU64 = AtomicU64::new(0);
static CROWDED: AtomicBool = AtomicBool::new(false);
static TIGHT: AtomicBool = AtomicBool::new(false);
static QUIET: AtomicBool = AtomicBool::new(false);

/// Has what a burst of calls left given back to the kernel soon: a full collection, and what the C library keeps.
pub(super) fn give_back() {
    QUIET.store(true, Ordering::Release);
}

/// What all functions together hold beyond [`FULL_PERCENT`] of the heap. Whoever takes it lets so much go: it is nothing
/// until the next look.
pub(super) fn take_excess_bytes() -> u64 {
    if EXCESS.load(Ordering::Relaxed) == 0 { 0 } else { EXCESS.swap(0, Ordering::Relaxed) }
}

/// Do functions hold so much of the heap that the next one should wait until it is loaded? It changes within milliseconds.
pub(super) fn is_tight() -> bool {
    TIGHT.load(Ordering::Relaxed)
}

/// Did all functions together hold more than [`FULL_PERCENT`] of the heap at the last look?
pub(super) fn is_crowded() -> bool {
    CROWDED.load(Ordering::Relaxed)
}

/// Do these instances hold more than [`FULL_PERCENT`] of what they may?
pub(super) fn is_nearly_full(keepers: &[Arc<dyn Keeper>], limit_bytes: u64) -> bool {
    survivors(keepers) > limit_bytes / 100 * FULL_PERCENT
}

/// Collections that were asked for since the start.
pub(super) fn forced_collections() -> u64 {
    FORCED.load(Ordering::Relaxed)
}

/// `crowded` is told each time that functions are found to hold too much.
pub(super) fn start(
    vm: Vm,
    settings: Settings,
    namespaces: Arc<Namespaces>,
    killer: Killer,
    crowded: Arc<Notify>,
) -> std::io::Result<()> {
    let watch = Watch {
        vm,
        settings,
        namespaces,
        killer,
        crowded,
        collected: Instant::now(),
        took: Duration::ZERO,
        dropped_before: 0,
        slow: Instant::now(),
        looked_after: 0,
        looked_at: Instant::now(),
        suspects: false,
        sampling: Sampling::default(),
    };
    thread::Builder::new().name("heap".to_owned()).spawn(move || watch.run())?;
    Ok(())
}

struct Watch {
    vm: Vm,
    settings: Settings,
    namespaces: Arc<Namespaces>,
    killer: Killer,
    crowded: Arc<Notify>,
    /// When the last forced collection ended, and what it took.
    collected: Instant,
    took: Duration,
    /// Funclets that were dropped before it.
    dropped_before: u64,
    slow: Instant,
    /// Collections that there had been when it was looked how full the heap is.
    looked_after: u64,
    /// When the last of them was seen.
    looked_at: Instant,
    /// Somebody was over by the raw figure and may still be.
    suspects: bool,
    sampling: Sampling,
}

impl Watch {
    fn run(mut self) {
        if let Err(error) = self.vm.attach() {
            tracing::error!(%error, "the watch over the heap cannot reach the JVM");
        }
        // What it does not see in time, everybody feels.
        flock_jvm::prioritise_killer();
        loop {
            thread::sleep(TICK);
            self.suspects |= self.vm.take_heap_suspicion();
            if self.suspects {
                self.look();
            }
            // What survives grows only with a collection.
            let collections = flock_jvm::collections().count;
            let is_slow = self.slow.elapsed() >= SLOW_TICK;
            if collections != self.looked_after {
                self.looked_at = Instant::now();
            }
            if is_tight() || collections != self.looked_after || is_slow && is_crowded() {
                self.looked_after = collections;
                self.look_how_full();
            }
            if is_slow {
                let since = u64::try_from(self.slow.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.sampling.look(&self.vm, since);
                self.slow = Instant::now();
                self.look_at_namespaces();
                self.unload();
                if QUIET.load(Ordering::Acquire) && self.collect(PAUSE_FACTOR) {
                    QUIET.store(false, Ordering::Release);
                    self.vm.trim();
                }
            }
        }
    }

    fn look_how_full(&self) {
        let percent = self.vm.heap_max_bytes() / 100;
        let held = self.vm.survivor_bytes();
        TIGHT.store(held > percent * TIGHT_PERCENT, Ordering::Relaxed);
        // Whatever the figures say, a heap that was found full has to be made emptier.
        let mut excess = if self.vm.take_heap_exhaustion() { percent * EXHAUSTED_PERCENT } else { 0 };
        CROWDED.store(held > percent * FULL_PERCENT, Ordering::Relaxed);
        if held > percent * FULL_PERCENT {
            let namespaces = self.namespaces.keepers();
            let inside = |keeper: &Arc<dyn Keeper>| keeper.meter().heap().survivors_inside_bytes();
            let in_use: u64 = namespaces.iter().flat_map(|(_, keepers)| keepers).map(inside).sum();
            excess = excess.max(in_use.saturating_sub(percent * FULL_PERCENT));
        }
        EXCESS.store(excess, Ordering::Relaxed);
        if excess > 0 {
            self.crowded.notify_one();
        }
    }

    fn look(&mut self) {
        let keepers: Vec<_> =
            self.namespaces.keepers().into_iter().flat_map(|(_, keepers)| keepers).collect();
        let meters: Vec<&Meter> = keepers
            .iter()
            .map(|keeper| keeper.meter())
            .filter(|meter| meter.heap().live_bytes > meter.heap_limit_bytes() && meter.broken().is_none())
            .collect();
        self.suspects = !meters.is_empty();
        let unsure = self.settings.young_bytes;
        let is_suspect = |meter: &&Meter| {
            let heap = meter.heap();
            let limit = meter.heap_limit_bytes();
            heap.survivor_bytes > limit || heap.live_bytes > limit.saturating_add(unsure)
        };
        let is_urgent = |meter: &&Meter| {
            let limit = meter.heap_limit_bytes();
            meter.heap().survivor_bytes > limit.saturating_add(limit / 2)
        };
        let factor = if meters.iter().any(is_urgent) { 1 } else { PAUSE_FACTOR };
        let is_stale = !meters.is_empty() && self.looked_at.elapsed() > STALE_AFTER;
        if !is_stale && !meters.iter().any(is_suspect) {
            return;
        }
        let taken: Vec<u64> = meters.iter().map(|meter| meter.heap().taken_bytes).collect();
        if !self.collect(factor) {
            return;
        }
        for (meter, taken) in meters.into_iter().zip(taken) {
            if kept(meter, taken) > meter.heap_limit_bytes() {
                meter.breach(Limit::Memory);
            }
        }
    }

    /// One full collection, unless the last one was just now: less than so many times ago what it took. True: there was
    /// one, and all that it freed has been reported.
    fn collect(&mut self, pause_factor: u32) -> bool {
        if self.collected.elapsed() < PAUSE_MIN.max(self.took * pause_factor) {
            return false;
        }
        let dropped = self.vm.dropped_funclets();
        let paused_before = flock_jvm::collections().nanos;
        let is_reported = match self.vm.collect() {
            Ok(is_reported) => is_reported,
            Err(error) => {
                tracing::warn!(%error, "no collection could be had");
                return false;
            }
        };
        FORCED.fetch_add(1, Ordering::Relaxed);
        // Only what everybody waited: the JVM's report may take long on a busy machine.
        self.took = Duration::from_nanos(flock_jvm::collections().nanos - paused_before);
        self.collected = Instant::now();
        self.dropped_before = dropped;
        is_reported
    }

    /// Has the classes of dropped funclets unloaded, and those looked at that did not go, if there are enough of them or time has passed.
    fn unload(&mut self) {
        let dropped = self.vm.dropped_funclets() - self.dropped_before + self.vm.suspected_leaks() as u64;
        let pause = UNLOAD_AFTER.max(self.took * UNLOAD_PAUSE_FACTOR).min(UNLOAD_AT_LAST);
        if dropped >= UNLOAD_FUNCLETS || dropped > 0 && self.collected.elapsed() > pause {
            self.collect(PAUSE_FACTOR);
        }
    }

    fn look_at_namespaces(&mut self) {
        let namespaces = self.namespaces.keepers();
        if let Some(limit) = self.settings.namespace_heap_bytes {
            let most = limit.saturating_add(self.settings.young_bytes);
            let may_be_over =
                |keepers: &Vec<Arc<dyn Keeper>>| survivors(keepers) > limit || live(keepers) > most;
            let taken: Vec<Vec<u64>> = namespaces.iter().map(|(_, keepers)| taken(keepers)).collect();
            if namespaces.iter().any(|(_, keepers)| may_be_over(keepers)) && self.collect(PAUSE_FACTOR) {
                for ((name, keepers), taken) in namespaces.iter().zip(&taken) {
                    let held: u64 =
                        keepers.iter().zip(taken).map(|(keeper, taken)| kept(keeper.meter(), *taken)).sum();
                    if held <= limit {
                        continue;
                    }
                    tracing::warn!(
                        namespace = name,
                        limit_bytes = limit,
                        held_bytes = held,
                        "the functions of a namespace hold more than it may; the largest is stopped"
                    );
                    if let Some(largest) =
                        keepers.iter().max_by_key(|keeper| keeper.meter().heap().survivor_bytes)
                    {
                        largest.meter().breach(Limit::NamespaceMemory);
                    }
                }
            }
        }
        for keeper in namespaces.into_iter().flat_map(|(_, keepers)| keepers) {
            if let Some(limit) = keeper.meter().broken()
                && !keeper.is_running()
            {
                if !keeper.condemn(limit) {
                    continue;
                }
                if keeper.meter().threads() > 0 {
                    self.killer.purge(keeper);
                }
            }
        }
    }
}

fn survivors(keepers: &[Arc<dyn Keeper>]) -> u64 {
    keepers.iter().map(|keeper| keeper.meter().heap().survivor_bytes).sum()
}

fn taken(keepers: &[Arc<dyn Keeper>]) -> Vec<u64> {
    keepers.iter().map(|keeper| keeper.meter().heap().taken_bytes).collect()
}

/// What is held of all that was taken before a moment, when a collection that began after it has been reported. Others
/// may have begun since, which makes the survivors uncertain again.
fn kept(meter: &Meter, taken_before: u64) -> u64 {
    let heap = meter.heap();
    heap.live_bytes.saturating_sub(heap.taken_bytes.saturating_sub(taken_before))
}

fn live(keepers: &[Arc<dyn Keeper>]) -> u64 {
    keepers.iter().map(|keeper| keeper.meter().heap().live_bytes).sum()
}
