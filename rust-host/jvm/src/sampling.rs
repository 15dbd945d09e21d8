//! How often the JVM shows an allocation: more rarely while functions allocate very fast.
//!
//! A sample costs its thread some microseconds, which a loop that does nothing but allocate feels when there is one for each
//! 128 KiB. Whoever allocates that fast has so many samples that a part of them still tells what it holds. What is allocated
//! at a usual rate, or in one short burst, is always seen finely.

use std::{
    cell::Cell,
    cmp::Ordering,
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
};

use crate::{agent, boot::Vm};

/// The mean distance of two samples at a usual rate.
pub(crate) const FINE_BYTES: u32 = 128 << 10;
/// Mean distances, and from how many bytes a second, of all threads together, they are used; below a half of it no more.
const STEPS: [(u32, u64); 3] = [(FINE_BYTES, 0), (FINE_BYTES * 4, 1 << 30), (FINE_BYTES * 16, 3 << 30)];
/// So many looks in turn have to ask for more, or for fewer.
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
    SAMPLES.fetch_add(1, Relaxed);
    let next = INTERVAL_BYTES.load(Relaxed);
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
    /// Of `STEPS`.
    step: usize,
    /// Looks in turn that asked for a change in the same direction.
    looks: u32,
    direction: Option<Ordering>,
}

impl Sampling {
    /// To be called about every so many milliseconds, on a thread that is attached.
    pub fn look(&mut self, vm: &Vm, since_millis: u64) {
        if !agent::is_counting() {
            return;
        }
        let before = self.step;
        if self.changes(SAMPLES.load(Relaxed), since_millis) {
            let bytes = STEPS[self.step].0;
            if vm.attached(|env, _| Ok(agent::sample_every(env, bytes))).is_ok_and(|is_set| is_set) {
                INTERVAL_BYTES.store(bytes, Relaxed);
            } else {
                self.step = before;
            }
        }
    }

    fn changes(&mut self, samples: u64, since_millis: u64) -> bool {
        let bytes = (samples - self.samples_before) * u64::from(STEPS[self.step].0);
        self.samples_before = samples;
        let wanted = self.wanted(bytes * 1000 / since_millis.max(1));
        let direction = Some(wanted.cmp(&self.step)).filter(|direction| direction.is_ne());
        self.looks = match direction {
            None => 0,
            same if same == self.direction => self.looks + 1,
            _ => 1,
        };
        self.direction = direction;
        let changes = self.looks >= LOOKS;
        if changes {
            self.step = wanted;
            self.looks = 0;
        }
        changes
    }

    fn wanted(&self, bytes_per_second: u64) -> usize {
        let of = |rate: u64| STEPS.iter().rposition(|(_, from)| rate >= *from).unwrap_or(0);
        // What is just below the rate of its step stays.
        of(bytes_per_second).max(of(bytes_per_second.saturating_mul(2)).min(self.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps after looks of 50 ms in which so many MiB were allocated.
    fn steps(mebibytes: &[u64]) -> Vec<usize> {
        let mut sampling = Sampling::default();
        let mut samples = 0;
        let mut step_after = |more: u64| {
            samples += (more << 20) / u64::from(STEPS[sampling.step].0);
            sampling.changes(samples, 50);
            sampling.step
        };
        mebibytes.iter().map(|more| step_after(*more)).collect()
    }

    #[test]
    fn only_what_lasts_changes_the_distance() {
        // 1 GiB a second are 51 MiB in 50 ms.
        assert_eq!(steps(&[60, 0, 60, 60, 60, 30, 20, 30, 20, 20, 60]), [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn the_fastest_have_the_fewest_samples() {
        assert_eq!(steps(&[300, 300, 300, 90, 90, 70, 70, 2, 2]), [0, 2, 2, 2, 2, 2, 1, 1, 0]);
        assert_eq!(steps(&[60, 60, 300, 300]), [0, 1, 1, 2]);
    }

    #[test]
    fn weights_are_right_on_average() {
        assert_eq!(weigh(100 << 20, FINE_BYTES), 100 << 20);
        for (interval, _) in STEPS {
            let small = weigh(16, interval);
            assert!((small as i64 - i64::from(interval)).abs() < 64, "{small}");
        }
    }
}
