//! Sums of what activations used, over any time and any number of actions.

use serde_json::{Map, Value, json};

use crate::model::Outcome;

use super::histogram::Counts;

/// How many outcomes there are.
pub const OUTCOMES: usize = Outcome::ALL.len();

/// The sums. Each number has its unit in its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Activations that ended.
    pub calls: u64,
    /// The same by outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [u64; OUTCOMES],
    /// Activations that loaded and initialised their function.
    pub cold: u64,
    /// CPU, with what threads used between calls.
    pub cpu_micros: u64,
    /// The part of `cpu_micros` that was used between calls.
    pub background_cpu_micros: u64,
    /// Time that activations ran.
    pub wall_micros: u64,
    /// Time that they waited for a lane.
    pub wait_micros: u64,
    /// Time for loading and initialising.
    pub init_micros: u64,
    /// Bytes allocated in the Java heap.
    pub allocated_bytes: u64,
    /// Log output.
    pub log_bytes: u64,
    /// Largest live heap of an instance.
    pub peak_heap_bytes: u64,
    /// From the arrival of a request to the end of its activation.
    pub latency: Counts,
}

impl Tally {
    /// Adds another. Peaks are not summed.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.outcomes.iter_mut().zip(other.outcomes).for_each(|(all, more)| *all += more);
        self.cold += other.cold;
        self.cpu_micros += other.cpu_micros;
        self.background_cpu_micros += other.background_cpu_micros;
        self.wall_micros += other.wall_micros;
        self.wait_micros += other.wait_micros;
        self.init_micros += other.init_micros;
        self.allocated_bytes += other.allocated_bytes;
        self.log_bytes += other.log_bytes;
        self.peak_heap_bytes = self.peak_heap_bytes.max(other.peak_heap_bytes);
        self.latency.add(&other.latency);
    }

    /// What came since `earlier`, a former state of the same sums. The peak is that of now.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            calls: self.calls - earlier.calls,
            outcomes: std::array::from_fn(|at| {
                let of = |tally: &Self| tally.outcomes.get(at).copied().unwrap_or(0);
                of(self) - of(earlier)
            }),
            cold: self.cold - earlier.cold,
            cpu_micros: self.cpu_micros - earlier.cpu_micros,
            background_cpu_micros: self.background_cpu_micros - earlier.background_cpu_micros,
            wall_micros: self.wall_micros - earlier.wall_micros,
            wait_micros: self.wait_micros - earlier.wait_micros,
            init_micros: self.init_micros - earlier.init_micros,
            allocated_bytes: self.allocated_bytes - earlier.allocated_bytes,
            log_bytes: self.log_bytes - earlier.log_bytes,
            peak_heap_bytes: self.peak_heap_bytes,
            latency: self.latency.since(&earlier.latency),
        }
    }

    /// Is there nothing to write?
    pub fn is_empty(&self) -> bool {
        self.calls == 0 && self.cpu_micros == 0 && self.allocated_bytes == 0
    }

    /// The outcomes that happened, by name.
    pub fn outcomes_json(&self) -> Value {
        let happened = Outcome::ALL.iter().zip(self.outcomes).filter(|(_, count)| *count > 0);
        happened
            .map(|(outcome, count)| (outcome.name().to_owned(), count.into()))
            .collect::<Map<_, _>>()
            .into()
    }

    /// From [`Self::outcomes_json`]; a name that this version does not know is left out.
    pub fn outcomes_from_json(value: &Value) -> [u64; OUTCOMES] {
        Outcome::ALL.map(|outcome| value[outcome.name()].as_u64().unwrap_or(0))
    }

    /// The members of a row, as clients get them.
    pub fn to_json(&self) -> Value {
        let mut row = json!({
            "calls": self.calls,
            "outcomes": self.outcomes_json(),
            "cold": self.cold,
            "cpuMicros": self.cpu_micros,
            "backgroundCpuMicros": self.background_cpu_micros,
            "wallMicros": self.wall_micros,
            "waitMicros": self.wait_micros,
            "initMicros": self.init_micros,
            "allocatedBytes": self.allocated_bytes,
            "logBytes": self.log_bytes,
            "peakHeapBytes": self.peak_heap_bytes,
        });
        for (name, part) in [("p50Micros", 0.5), ("p99Micros", 0.99)] {
            if let Some(micros) = self.latency.quantile_micros(part) {
                row[name] = micros.into();
            }
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_differences_undo_each_other() {
        let small = Tally { calls: 1, cpu_micros: 5, peak_heap_bytes: 9, ..Tally::default() };
        let mut sum = Tally { calls: 2, cpu_micros: 7, peak_heap_bytes: 3, ..Tally::default() };
        sum.add(&small);
        assert_eq!((sum.calls, sum.cpu_micros, sum.peak_heap_bytes), (3, 12, 9));
        let back = sum.since(&small);
        assert_eq!((back.calls, back.cpu_micros), (2, 7));
        assert!(!back.is_empty() && sum.since(&sum).is_empty());
    }

    #[test]
    fn outcomes_keep_their_names() {
        let outcomes = Outcome::ALL.map(|outcome| u64::from(outcome == Outcome::Threads) * 4);
        let tally = Tally { outcomes, ..Tally::default() };
        let value = tally.outcomes_json();
        assert_eq!(value, json!({ "threads": 4 }));
        assert_eq!(Tally::outcomes_from_json(&value), tally.outcomes);
    }
}
