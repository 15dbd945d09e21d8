//! What the host counts of itself, in Prometheus' text form, at `/metrics`.
//!
//! Numbers with few labels are counted here as they happen. Those of namespaces and actions are in the ledger and are
//! written by `scrape`, so that a call is counted once and the number of series is bounded in one place.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::{model::Outcome, store::holdings::Held};

use super::{
    calls::VersionCalls, gauges::Gauges, ledger::Ledger, overhead::Overhead, scrape, tally::OUTCOMES,
};

/// Labels of an ended activation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    outcome: &'static str,
    start: &'static str,
}

/// The limits at which a call is refused before it runs.
const REFUSING_LIMITS: [&str; 4] =
    ["invocations_per_minute", "concurrent_invocations", "namespace_cpu", "fires_per_minute"];

/// What came of a fired trigger.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FireLabels {
    result: &'static str,
}

/// The outcome of a call that was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StopLabels {
    outcome: &'static str,
}

/// The host's metrics.
#[derive(Debug)]
pub struct Metrics {
    /// Totals by namespace and action.
    pub ledger: Arc<Ledger>,
    /// Where the CPU of the process goes.
    pub overhead: Overhead,
    registry: Registry,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    fires: Family<FireLabels, Counter>,
    stops: Family<StopLabels, Counter>,
    stop_seconds: Histogram,
    activations: Family<EndLabels, Counter>,
    /// Those that have been needed, by outcome, warm and cold: each call ends here.
    ends: [[OnceLock<Counter>; 2]; OUTCOMES],
    duration: Histogram,
    in_flight: Gauge,
    lanes: Gauge,
    loaded: Gauge,
    lost_lanes: Gauge,
    leaks: Gauge,
    unloading: Gauge,
    stopped: Gauge<u64, AtomicU64>,
    dropped: Gauge<u64, AtomicU64>,
    jvm_classes: Gauge<u64, AtomicU64>,
    heap_used: Gauge<u64, AtomicU64>,
    heap_max: Gauge<u64, AtomicU64>,
    heap_admitted: Gauge<u64, AtomicU64>,
    forced_collections: Gauge<u64, AtomicU64>,
    given_back: Gauge<u64, AtomicU64>,
    evicted: Gauge<u64, AtomicU64>,
    unloaded: Gauge<u64, AtomicU64>,
}

/// What is read anew for each scrape.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// What loaded actions hold, by namespace and action (`ns/pkg/name`).
    pub gauges: Vec<(String, String, Gauges)>,
    /// The versions of actions whose calls are split.
    pub versions: Vec<VersionCalls>,
    /// Pauses of the garbage collector, if they are counted.
    pub pauses: Option<Pauses>,
    /// Invocations in flight.
    pub in_flight: u64,
    /// Living lanes.
    pub lanes: usize,
    /// Loaded functions.
    pub loaded: usize,
    /// Threads that did not end when they were stopped.
    pub lost_lanes: u64,
    /// Calls ended at their time limit.
    pub stopped: u64,
    /// Records that did not fit the queue.
    pub dropped_records: u64,
    /// Records that are kept.
    pub kept_records: Held,
    /// Classes that the JVM has loaded, its own included.
    pub jvm_classes: u64,
    /// Java heap in use, garbage included.
    pub heap_used_bytes: u64,
    /// The largest that the Java heap can be.
    pub heap_max_bytes: u64,
    /// The sum of the memory limits of all instances. More than the heap: it is overcommitted.
    pub heap_admitted_bytes: u64,
    /// Collections that were forced, to see whether a memory limit is broken or to unload classes.
    pub forced_collections: u64,
    /// How often memory that was no longer needed was given back to the kernel.
    pub given_back: u64,
    /// Functions that were let go to make room for others.
    pub evicted: u64,
    /// Instances that were dropped.
    pub unloaded: u64,
}

/// Pauses of the garbage collector since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pauses {
    /// How many.
    pub count: u64,
    /// All together.
    pub total: Duration,
}

impl Metrics {
    /// All at zero, beside the ledger.
    pub fn new(ledger: Arc<Ledger>) -> Self {
        let mut registry = Registry::with_prefix("flock");
        let metrics = Self {
            ledger,
            overhead: Overhead::default(),
            refused: Mutex::default(),
            fires: Family::default(),
            stops: Family::default(),
            // 16 buckets from 100 us to 3.3 s.
            stop_seconds: Histogram::new((0..16).map(|power| 0.000_1 * f64::from(1 << power))),
            activations: Family::default(),
            ends: [const { [const { OnceLock::new() }; 2] }; OUTCOMES],
            // 16 buckets from 100 us to 3.3 s.
            duration: Histogram::new((0..16).map(|power| 0.000_1 * f64::from(1 << power))),
            in_flight: Gauge::default(),
            lanes: Gauge::default(),
            loaded: Gauge::default(),
            lost_lanes: Gauge::default(),
            leaks: Gauge::default(),
            unloading: Gauge::default(),
            stopped: Gauge::default(),
            dropped: Gauge::default(),
            jvm_classes: Gauge::default(),
            heap_used: Gauge::default(),
            heap_max: Gauge::default(),
            heap_admitted: Gauge::default(),
            forced_collections: Gauge::default(),
            given_back: Gauge::default(),
            evicted: Gauge::default(),
            unloaded: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("activations", "Ended activations", metrics.activations.clone());
        registry.register("activation_seconds", "Time that activations ran", metrics.duration.clone());
        registry.register("in_flight", "Invocations in flight", metrics.in_flight.clone());
        registry.register("lanes", "Living lanes (threads of functions)", metrics.lanes.clone());
        registry.register("loaded", "Loaded functions", metrics.loaded.clone());
        registry.register("leaks", "Dropped functions whose classes do not go", metrics.leaks.clone());
        registry.register(
            "unloading",
            "Dropped functions whose classes are not known to be gone yet",
            metrics.unloading.clone(),
        );
        registry.register("lost_lanes", "Stopped threads that live on", metrics.lost_lanes.clone());
        registry.register(
            "expired",
            "Calls ended at their time limit since the start",
            metrics.stopped.clone(),
        );
        registry.register(
            "dropped_records",
            "Activation records dropped since the start",
            metrics.dropped.clone(),
        );
        registry.register("trigger_fires", "Fired triggers", metrics.fires.clone());
        registry.register(
            "stops",
            "Calls that were stopped at a limit, by the outcome they got",
            metrics.stops.clone(),
        );
        registry.register(
            "stop_seconds",
            "From the decision to stop a call to the end of its thread",
            metrics.stop_seconds.clone(),
        );
        for (name, help, gauge) in [
            ("jvm_classes", "Classes that the JVM has loaded, its own included", &metrics.jvm_classes),
            ("heap_used_bytes", "Java heap in use, garbage included", &metrics.heap_used),
            ("heap_max_bytes", "The largest that the Java heap can be", &metrics.heap_max),
            ("heap_admitted_bytes", "Sum of the memory limits of all instances", &metrics.heap_admitted),
            (
                "forced_collections",
                "Collections that were forced, to see whether a memory limit is broken or to unload classes",
                &metrics.forced_collections,
            ),
            (
                "given_back",
                "Times that memory was given back to the kernel since the start, which takes two collections",
                &metrics.given_back,
            ),
            (
                "evicted",
                "Functions that were let go to make room for others since the start",
                &metrics.evicted,
            ),
            ("unloaded", "Instances of functions that were dropped since the start", &metrics.unloaded),
        ] {
            registry.register(name, help, gauge.clone());
        }
        Self { registry, ..metrics }
    }

    /// Counts a call that was stopped, and how long its thread took to end.
    pub fn stopped(&self, outcome: Outcome, took: Duration) {
        self.stops.get_or_create(&StopLabels { outcome: outcome.name() }).inc();
        self.stop_seconds.observe(took.as_secs_f64());
    }

    /// Counts a trigger that was fired, and what came of it: `fired` or `no_rule`.
    pub fn fired(&self, result: &'static str) {
        self.fires.get_or_create(&FireLabels { result }).inc();
    }

    /// Counts a call, or a wish of one, that a limit refused. Limits that end an activation are counted by its outcome.
    pub fn refused(&self, limit: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(limit).or_default() += 1;
    }

    /// What was refused, by limit.
    pub(super) fn refusals(&self) -> BTreeMap<&'static str, u64> {
        let mut refusals = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for limit in REFUSING_LIMITS {
            refusals.entry(limit).or_default();
        }
        refusals
    }

    /// Counts an end.
    pub fn ended(&self, outcome: Outcome, is_cold: bool, ran: Duration) {
        let labels = EndLabels { outcome: outcome.name(), start: if is_cold { "cold" } else { "warm" } };
        if let Some(ends) = self.ends.get(outcome as usize) {
            ends[usize::from(is_cold)].get_or_init(|| self.activations.get_or_create_owned(&labels)).inc();
        }
        self.duration.observe(ran.as_secs_f64());
    }

    /// The text for a scrape.
    pub fn text(&self, now: &Snapshot) -> Result<String, std::fmt::Error> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.in_flight.set(signed(now.in_flight));
        self.lanes.set(signed(now.lanes as u64));
        self.loaded.set(signed(now.loaded as u64));
        self.lost_lanes.set(signed(now.lost_lanes));
        self.leaks.set(signed(flock_jvm::leaks_held()));
        self.unloading.set(signed(flock_jvm::unloading()));
        self.stopped.inner().store(now.stopped, Ordering::Relaxed);
        self.dropped.inner().store(now.dropped_records, Ordering::Relaxed);
        self.jvm_classes.inner().store(now.jvm_classes, Ordering::Relaxed);
        self.heap_used.inner().store(now.heap_used_bytes, Ordering::Relaxed);
        self.heap_max.inner().store(now.heap_max_bytes, Ordering::Relaxed);
        self.heap_admitted.inner().store(now.heap_admitted_bytes, Ordering::Relaxed);
        self.forced_collections.inner().store(now.forced_collections, Ordering::Relaxed);
        self.given_back.inner().store(now.given_back, Ordering::Relaxed);
        self.evicted.inner().store(now.evicted, Ordering::Relaxed);
        self.unloaded.inner().store(now.unloaded, Ordering::Relaxed);
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        text.push_str(&scrape::text(self, now));
        encode_eof(&mut text)?;
        Ok(text)
    }
}
