//! How often the JVM shows an allocation: more rarely while functions allocate very fast.
//!
//! A sample costs about two microseconds, which a loop that does nothing but allocate feels when there is one for each 128
//! KiB. Whoever allocates that fast has so many samples that a quarter of them still tells what it holds. What is allocated
//! at a usual rate, or in one short burst, is always seen finely.

use crate::{account, agent, boot::Vm};

/// The mean distance of two samples while functions allocate fast.
const COARSE_BYTES: u32 = account::SAMPLE_BYTES * 4;
/// Faster than this is fast, all functions together; slower than a half of it is not.
const FAST_BYTES_PER_SECOND: u64 = 1 << 30;
/// So many looks in turn have to say the same.
const LOOKS: u32 = 2;

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
        if agent::is_counting() && self.changes(account::samples(), since_millis) {
            let bytes = self.interval_bytes();
            if vm.attached(|env, _| Ok(agent::sample_every(env, bytes))).is_ok_and(|is_set| is_set) {
                account::draw_every(bytes);
            } else {
                self.is_coarse = !self.is_coarse;
            }
        }
    }

    fn interval_bytes(&self) -> u32 {
        if self.is_coarse { COARSE_BYTES } else { account::SAMPLE_BYTES }
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
    fn only_what_lasts_changes_the_pace() {
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
}
