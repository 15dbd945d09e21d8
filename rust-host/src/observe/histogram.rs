//! Latencies in buckets whose width grows with the value: eight to each doubling, so a percentile is right within 7 %.
//!
//! Values below 8 have a bucket each. The last bucket takes all from 2^37 microseconds (38 hours) on, which no time limit
//! allows. Counts are 32 bits wide: what is read is always a difference of two states, and those wrap rightly.
//!
//! There is a histogram for each action, and most actions meet few buckets. So the first eight that are met have their
//! counts in the histogram itself; room for all is made when a further one is met. What is read holds filled buckets only.

use std::{
    cmp::Ordering::{Greater, Less},
    sync::{
        OnceLock,
        atomic::{AtomicU16, AtomicU32, Ordering},
    },
};

const PER_DOUBLING_BITS: u32 = 3;
const PER_DOUBLING: usize = 1 << PER_DOUBLING_BITS;
const DOUBLINGS: usize = 35;

/// How many buckets there are.
pub const BUCKETS: usize = PER_DOUBLING * DOUBLINGS;

/// How many buckets have room in the histogram itself.
const FEW: usize = 8;
/// The name of a place that no bucket has taken; a bucket's name is its number and one.
const FREE: u16 = 0;

/// Counts that many threads add to. A bucket that has once been given a place keeps it.
#[derive(Debug, Default)]
pub struct Histogram {
    names: [AtomicU16; FEW],
    few: [AtomicU32; FEW],
    rest: OnceLock<Box<[AtomicU32; BUCKETS]>>,
}

/// Counts at a moment, or between two: the buckets that are not empty, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Box<[(u16, u32)]>);

impl Histogram {
    /// Counts a value.
    pub fn add(&self, micros: u64) {
        self.count_of(bucket_of(micros)).fetch_add(1, Ordering::Relaxed);
    }

    fn count_of(&self, bucket: usize) -> &AtomicU32 {
        let wanted = name_of(bucket);
        for (name, count) in self.names.iter().zip(&self.few) {
            let mut found = name.load(Ordering::Relaxed);
            if found == FREE {
                // Whoever comes second sees the name of the first.
                found = match name.compare_exchange(FREE, wanted, Ordering::Relaxed, Ordering::Relaxed) {
                    Ok(_) => wanted,
                    Err(first) => first,
                };
            }
            if found == wanted {
                return count;
            }
        }
        let rest = self.rest.get_or_init(|| Box::new([const { AtomicU32::new(0) }; BUCKETS]));
        &rest[bucket]
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        let read = |count: &AtomicU32| count.load(Ordering::Relaxed);
        let few = self.names.iter().zip(&self.few).filter_map(|(name, count)| {
            let bucket = name.load(Ordering::Relaxed).checked_sub(1)?;
            Some((bucket, read(count)))
        });
        let rest = self.rest.get().into_iter().flat_map(|all| (0..).zip(all.iter().map(read)));
        let mut filled: Vec<(u16, u32)> = few.chain(rest).filter(|(_, count)| *count > 0).collect();
        filled.sort_unstable();
        Counts(filled.into_boxed_slice())
    }
}

impl Counts {
    /// What was added since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        self.joined(earlier, u32::wrapping_sub)
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        if !other.0.is_empty() {
            *self = self.joined(other, u32::saturating_add);
        }
    }

    /// Both, bucket by bucket; a bucket that one of them lacks has 0 there.
    fn joined(&self, other: &Self, join: fn(u32, u32) -> u32) -> Self {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::with_capacity(self.0.len() + other.0.len());
        loop {
            let order = match (mine.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(_), None) => Less,
                (None, Some(_)) => Greater,
                (Some((one, _)), Some((another, _))) => one.cmp(another),
            };
            let own = if order == Greater { None } else { mine.next() };
            let others = if order == Less { None } else { theirs.next() };
            let count_of = |pair: Option<&(u16, u32)>| pair.map_or(0, |(_, count)| *count);
            let count = join(count_of(own), count_of(others));
            if let Some((bucket, _)) = own.or(others)
                && count > 0
            {
                both.push((*bucket, count));
            }
        }
        Self(both.into_boxed_slice())
    }

    /// The value below which this part (0 to 1) of all values is: the middle of its bucket. None: there are no values.
    pub fn quantile_micros(&self, part: f64) -> Option<u64> {
        let total = self.count();
        let rank = ((total as f64 * part).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0;
        let (bucket, _) = self.0.iter().find(|(_, count)| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        let bucket = usize::from(*bucket);
        Some((lowest_of(bucket) + lowest_of(bucket + 1)) / 2)
    }

    /// How many values are below 2^`power` microseconds; exact from 2^3 on, where buckets end.
    pub fn below_power(&self, power: u32) -> u64 {
        let first = bucket_of(1_u64.checked_shl(power).unwrap_or(u64::MAX));
        let below = self.0.iter().take_while(|(bucket, _)| usize::from(*bucket) < first);
        below.map(|(_, count)| u64::from(*count)).sum()
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// The buckets that are not empty, as `bucket:count` with spaces between: short, because most are empty.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|(bucket, count)| format!("{bucket}:{count}")).collect::<Vec<_>>().join(" ")
    }

    /// From [`Self::to_text`]. What cannot be read is left out: a percentile is no reason to refuse a bill.
    pub fn from_text(text: &str) -> Self {
        let pair = |pair: &str| {
            let (bucket, count) = pair.split_once(':')?;
            Some((bucket.parse::<u16>().ok()?, count.parse::<u32>().ok()?))
        };
        let mut filled: Vec<(u16, u32)> = text
            .split(' ')
            .filter_map(pair)
            .filter(|(bucket, count)| usize::from(*bucket) < BUCKETS && *count > 0)
            .collect();
        filled.sort_by_key(|(bucket, _)| *bucket);
        filled.dedup_by_key(|(bucket, _)| *bucket);
        Self(filled.into_boxed_slice())
    }
}

fn name_of(bucket: usize) -> u16 {
    const { assert!(BUCKETS < u16::MAX as usize) };
    bucket as u16 + 1
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
    fn many_buckets_have_room_and_threads_lose_nothing() {
        const THREADS: usize = 4;
        let histogram = Histogram::default();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let histogram = &histogram;
                // Each begins elsewhere, so they race for the first places with different buckets.
                scope.spawn(move || {
                    for step in 0..BUCKETS {
                        histogram.add(lowest_of((step + thread * 67) % BUCKETS));
                    }
                });
            }
        });
        let all: Vec<(u16, u32)> = (0..BUCKETS as u16).map(|bucket| (bucket, THREADS as u32)).collect();
        assert_eq!(histogram.counts(), Counts(all.into_boxed_slice()));
    }

    #[test]
    fn a_histogram_of_few_buckets_is_small() {
        let histogram = Histogram::default();
        for power in 0..FEW {
            histogram.add(1 << power);
        }
        assert!(histogram.rest.get().is_none());
        histogram.add(1 << FEW);
        assert!(histogram.rest.get().is_some());
        assert_eq!(histogram.counts().count(), FEW as u64 + 1);
    }

    #[test]
    fn counts_that_wrapped_differ_rightly() {
        let (before, after) = (Counts(Box::new([(3, u32::MAX)])), Counts(Box::new([(4, 9)])));
        assert_eq!(after.since(&before), Counts(Box::new([(3, 1), (4, 9)])));
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
