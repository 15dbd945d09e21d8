//! Latencies in buckets whose width grows with the value: eight to each doubling, so a percentile is right within 7 %.
//!
//! Values below 8 have a bucket each. The last bucket takes all from 2^37 microseconds (38 hours) on, which no time limit
//! allows. Counts are 32 bits wide: what is read is always a difference of two states, and those wrap rightly.

use std::sync::atomic::{AtomicU32, Ordering};

const PER_DOUBLING_BITS: u32 = 3;
const PER_DOUBLING: usize = 1 << PER_DOUBLING_BITS;
const DOUBLINGS: usize = 35;

/// How many buckets there are.
pub const BUCKETS: usize = PER_DOUBLING * DOUBLINGS;

/// Counts that many threads add to.
#[derive(Debug)]
pub struct Histogram([AtomicU32; BUCKETS]);

/// Counts at a moment, or between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts(Box<[u32; BUCKETS]>);

impl Default for Histogram {
    fn default() -> Self {
        Self([const { AtomicU32::new(0) }; BUCKETS])
    }
}

impl Histogram {
    /// Counts a value.
    pub fn add(&self, micros: u64) {
        if let Some(bucket) = self.0.get(bucket_of(micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        Counts(Box::new(std::array::from_fn(|at| {
            self.0.get(at).map_or(0, |count| count.load(Ordering::Relaxed))
        })))
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self(Box::new([0; BUCKETS]))
    }
}

impl Counts {
    /// What was added since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut counts = self.clone();
        counts.0.iter_mut().zip(earlier.0.iter()).for_each(|(now, then)| *now = now.wrapping_sub(*then));
        counts
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(all, more)| *all = all.saturating_add(*more));
    }

    /// The value below which this part (0 to 1) of all values is: the middle of its bucket. None: there are no values.
    pub fn quantile_micros(&self, part: f64) -> Option<u64> {
        let total = self.count();
        let rank = ((total as f64 * part).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0;
        let bucket = self.0.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        Some((lowest_of(bucket) + lowest_of(bucket + 1)) / 2)
    }

    /// How many values are below 2^`power` microseconds; exact from 2^3 on, where buckets end.
    pub fn below_power(&self, power: u32) -> u64 {
        let first = bucket_of(1_u64.checked_shl(power).unwrap_or(u64::MAX));
        self.0.iter().take(first).map(|count| u64::from(*count)).sum()
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// The buckets that are not empty, as `bucket:count` with spaces between: short, because most are empty.
    pub fn to_text(&self) -> String {
        let filled = self.0.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(bucket, count)| format!("{bucket}:{count}")).collect::<Vec<_>>().join(" ")
    }

    /// From [`Self::to_text`]. What cannot be read is left out: a percentile is no reason to refuse a bill.
    pub fn from_text(text: &str) -> Self {
        let mut counts = Self::default();
        for (bucket, count) in text.split(' ').filter_map(|pair| pair.split_once(':')) {
            if let (Ok(bucket), Ok(count)) = (bucket.parse::<usize>(), count.parse())
                && let Some(slot) = counts.0.get_mut(bucket)
            {
                *slot = count;
            }
        }
        counts
    }
}

fn bucket_of(micros: u64) -> usize {
    let Some(power) = micros.checked_ilog2().filter(|power| *power >= PER_DOUBLING_BITS) else {
        return usize::try_from(micros).unwrap_or(0);
    };
    let shift = power - PER_DOUBLING_BITS;
    let within = usize::try_from(micros >> shift).unwrap_or(0) - PER_DOUBLING;
    let bucket = (shift as usize + 1) * PER_DOUBLING + within;
    bucket.min(BUCKETS - 1)
}

fn lowest_of(bucket: usize) -> u64 {
    match bucket / PER_DOUBLING {
        0 => bucket as u64,
        doubling => ((PER_DOUBLING + bucket % PER_DOUBLING) as u64) << (doubling - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_without_a_gap() {
        for bucket in 0..BUCKETS - 1 {
            assert_eq!(bucket_of(lowest_of(bucket)), bucket);
            assert_eq!(bucket_of(lowest_of(bucket + 1) - 1), bucket);
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_near() {
        let histogram = Histogram::default();
        assert_eq!(histogram.counts().quantile_micros(0.5), None);
        for micros in 1..=10_000 {
            histogram.add(micros);
        }
        let counts = histogram.counts();
        for (part, truth) in [(0.5, 5_000.0), (0.99, 9_900.0), (0.01, 100.0)] {
            let found = counts.quantile_micros(part).map_or(0.0, |micros| micros as f64);
            assert!((found / truth - 1.0).abs() <= 0.07, "{part}: {found}");
        }
    }

    #[test]
    fn a_difference_and_a_sum_and_the_text_of_both() {
        let histogram = Histogram::default();
        histogram.add(5);
        let earlier = histogram.counts();
        histogram.add(5);
        histogram.add(1_000_000);
        let since = histogram.counts().since(&earlier);
        assert_eq!(since.quantile_micros(0.5), Some(5));
        assert_eq!(Counts::from_text(&since.to_text()), since);
        let mut sum = earlier.clone();
        sum.add(&since);
        assert_eq!(sum, histogram.counts());
        assert_eq!((sum.below_power(3), sum.below_power(19), sum.below_power(20)), (2, 2, 3));
        assert_eq!(Counts::from_text("x 1: 9999999:1"), Counts::default());
    }
}
