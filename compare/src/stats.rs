//! Quantiles of samples that are kept whole: no buckets, no rounding before the last step.

use serde::{Deserialize, Serialize};

/// What is kept of the samples of one measurement, in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) count: usize,
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// The quantiles 0, 1, .. 100 %: the whole distribution, for plots.
    pub(crate) percent: Vec<f64>,
}

impl Summary {
    /// Nothing for no samples. Sorts them.
    pub(crate) fn of(nanos: &mut [u64]) -> Option<Self> {
        if nanos.is_empty() {
            return None;
        }
        nanos.sort_unstable();
        let at = |part: f64| round(quantile(nanos, part) / 1_000.0);
        let sum: f64 = nanos.iter().map(|&sample| sample as f64).sum();
        Some(Self {
            count: nanos.len(),
            mean: round(sum / nanos.len() as f64 / 1_000.0),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            percent: (0..=100).map(|percent| at(f64::from(percent) / 100.0)).collect(),
        })
    }
}

/// Three digits after the point, which are nanoseconds.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// The smallest sample that so large a part of the samples does not exceed (nearest rank).
fn quantile(sorted: &[u64], part: f64) -> f64 {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default() as f64
}

/// The median of values, of an even number the mean of the middle two; nothing for none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples() {
        let mut nanos: Vec<u64> = (1..=1000).rev().map(|micros| micros * 1_000).collect();
        let summary = Summary::of(&mut nanos).unwrap();
        assert_eq!((summary.count, summary.p50, summary.p90), (1000, 500.0, 900.0));
        assert_eq!((summary.p99, summary.p999, summary.mean), (990.0, 999.0, 500.5));
        assert_eq!((summary.percent[0], summary.percent[100], summary.percent.len()), (1.0, 1000.0, 101));
    }

    #[test]
    fn one_sample_is_all_quantiles() {
        let summary = Summary::of(&mut [1_500]).unwrap();
        assert_eq!((summary.p50, summary.p999, summary.percent[0]), (1.5, 1.5, 1.5));
        assert_eq!(Summary::of(&mut []), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
