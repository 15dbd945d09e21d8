//! Counters in Prometheus' text form, at `/metrics`.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::model::Outcome;

/// Labels of an ended activation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    outcome: &'static str,
    start: &'static str,
}

/// The host's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    activations: Family<EndLabels, Counter>,
    duration: Histogram,
    in_flight: Gauge,
    lanes: Gauge,
    loaded: Gauge,
    lost_lanes: Gauge,
    stopped: Gauge<u64, AtomicU64>,
    dropped: Gauge<u64, AtomicU64>,
}

/// What is read anew for each scrape.
#[derive(Debug, Clone, Copy, Default)]
pub struct Snapshot {
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
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("flock");
        let metrics = Self {
            activations: Family::default(),
            // 16 buckets from 100 us to 3.3 s.
            duration: Histogram::new((0..16).map(|power| 0.000_1 * f64::from(1 << power))),
            in_flight: Gauge::default(),
            lanes: Gauge::default(),
            loaded: Gauge::default(),
            lost_lanes: Gauge::default(),
            stopped: Gauge::default(),
            dropped: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("activations", "Ended activations", metrics.activations.clone());
        registry.register("activation_seconds", "Time that activations ran", metrics.duration.clone());
        registry.register("in_flight", "Invocations in flight", metrics.in_flight.clone());
        registry.register("lanes", "Living lanes (threads of functions)", metrics.lanes.clone());
        registry.register("loaded", "Loaded functions", metrics.loaded.clone());
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
        Self { registry, ..metrics }
    }

    /// Counts an end.
    pub fn ended(&self, outcome: Outcome, is_cold: bool, ran: Duration) {
        let labels = EndLabels { outcome: outcome.name(), start: if is_cold { "cold" } else { "warm" } };
        self.activations.get_or_create(&labels).inc();
        self.duration.observe(ran.as_secs_f64());
    }

    /// The text for a scrape.
    pub fn text(&self, now: &Snapshot) -> Result<String, std::fmt::Error> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.in_flight.set(signed(now.in_flight));
        self.lanes.set(signed(now.lanes as u64));
        self.loaded.set(signed(now.loaded as u64));
        self.lost_lanes.set(signed(now.lost_lanes));
        self.stopped.inner().store(now.stopped, Ordering::Relaxed);
        self.dropped.inner().store(now.dropped_records, Ordering::Relaxed);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
