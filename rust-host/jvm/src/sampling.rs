//! How often the JVM shows an allocation: more rarely while functions allocate very fast.
//!
//! A sample costs its thread about a microsecond, which a loop that does nothing but allocate feels when there is one for
//! each 128 KiB. Whoever allocates that fast has so many samples that a quarter of them still tells what it holds. What is allocated
//! at a usual rate, or in one short burst, is always seen finely.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use crate::{agent, boot::Vm};

/// The mean distance of two samples.
pub(crate) const FINE_BYTES: u32 = 128 << 10;
/// The same while functions allocate fast.
const COARSE_BYTES: u32 = FINE_BYTES * 4;
/// Faster than this is fast, all threads together; slower than a half of it is not.
const FAST_BYTES_PER_SECOND: u64 = 1 << 30;
/// So many looks in turn have to say the same.
const LOOKS: u32 = 2;

/// Samples since the start.
static SAMPLES: AtomicU64 = AtomicU64::new(0);
/// The mean distance of samples that are drawn now.
static INTERVAL_BYTES: AtomicU32 = AtomicU32::new(FINE_BYTES);

thread_local! {
    /// The mean distance with which the next sample of this thread was drawn; 0: not known.
    static DRAWN_BYTES: Cell<u32> = const { Cell::new(0) };
}

/// The calling thread has a sample, and the next one is drawn. Gives the mean distance with which this one was.
pub(crate) fn draw() -> u32 {
    SAMPLES.fetch_add(1, Ordering::Relaxed);
    let next = INTERVAL_BYTES.load(Ordering::Relaxed);
    // The thread may be at its very end, when its thread-locals are gone.
    match DRAWN_BYTES.try_with(|drawn| drawn.replace(next)) {
        Ok(0) | Err(_) => next,
        Ok(drawn) => drawn,
    }
}

/// What one sample stands for: an object of this size is shown with the probability that it holds a sample point.
pub(crate) fn weigh(size_bytes: i64, interval_bytes: u32) -> u64 {
    let size = size_bytes as f64;
    (size / -(-size / f64::from(interval_bytes)).exp_m1()) as u64
}

/// Sets the distance of the samples by how many there were.
#[derive(Debug, Default)]
pub struct Sampling {
    samples_before: u64,
    is_coarse: bool,
    /// Looks in turn that spoke for a change.
    looks: u32,
}

impl Sampling {
    /// To be called about every so many milliseconds, on a thread that is attached.
    pub fn look(&mut self, vm: &Vm, since_millis: u64) {
        if agent::is_counting() && self.changes(SAMPLES.load(Ordering::Relaxed), since_millis) {
            let bytes = self.interval_bytes();
            if vm.attached(|env, _| Ok(agent::sample_every(env, bytes))).is_ok_and(|is_set| is_set) {
                INTERVAL_BYTES.store(bytes, Ordering::Relaxed);
            } else {
                self.is_coarse = !self.is_coarse;
            }
        }
    }

    fn interval_bytes(&self) -> u32 {
        if self.is_coarse { COARSE_BYTES } else { FINE_BYTES }
    }

    fn changes(&mut self, samples: u64, since_millis: u64) -> bool {
        let bytes = (samples - self.samples_before) * u64::from(self.interval_bytes());
        self.samples_before = samples;
        let fast = FAST_BYTES_PER_SECOND / 1000 * since_millis;
        let speaks_for_it = if self.is_coarse { bytes < fast / 2 } else { bytes > fast };
        self.looks = if speaks_for_it { self.looks + 1 } else { 0 };
        let changes = self.looks >= LOOKS;
        if changes {
            self.looks = 0;
            self.is_coarse = !self.is_coarse;
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lasts_changes_the_distance() {
        let mut sampling = Sampling::default();
        let mut samples = 0;
        let mut changes_after = |more: u64| {
            samples += more;
            sampling.changes(samples, 50)
        };
        // 50 MiB in 50 ms are 410 samples of 128 KiB.
        let looks = [500, 0, 500, 500, 500, 60, 40, 60, 40, 40, 500];
        let changed: Vec<bool> = looks.into_iter().map(&mut changes_after).collect();
        let at: Vec<usize> = (0..looks.len()).filter(|at| changed[*at]).collect();
        assert_eq!(at, [3, 9]);
    }

    #[test]
    fn weights_are_right_on_average() {
        assert_eq!(weigh(100 << 20, FINE_BYTES), 100 << 20);
        for interval in [FINE_BYTES, FINE_BYTES * 4] {
            let small = weigh(16, interval);
            assert!((small as i64 - i64::from(interval)).abs() < 64, "{small}");
        }
    }
}
