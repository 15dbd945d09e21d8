//! The CPU share of a namespace: a bucket of CPU time that fills by the clock and is emptied by use.
//!
//! Use is charged after the fact, so the level may go below zero; what is below zero has to be waited for. The bucket
//! never holds more than the burst. A call goes on as soon as the level is at or above zero: what it will use is not
//! known before. So the share holds over time, not at each moment; the overshoot is what the admitted calls use before
//! they are charged. Times are passed in, which makes the arithmetic testable.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::model::limits::CpuShare;

/// The bucket of one namespace.
#[derive(Debug)]
pub struct Bucket {
    share: CpuShare,
    level: Mutex<Level>,
    /// Those who wait stand in line here; the first of them watches the level. The lock is fair.
    pub(super) line: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Level {
    nanos: i64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(share: CpuShare, now: Instant) -> Self {
        let full = Level { nanos: nanos(share.burst), at: now };
        Self { share, level: Mutex::new(full), line: tokio::sync::Mutex::default() }
    }

    /// Takes CPU that was used.
    pub fn charge(&self, cpu_micros: u64) {
        if self.share.millicores > 0 && cpu_micros > 0 {
            self.charge_at(cpu_micros, Instant::now());
        }
    }

    fn charge_at(&self, cpu_micros: u64, now: Instant) {
        let mut level = self.filled(now);
        level.nanos = level.nanos.saturating_sub(nanos(Duration::from_micros(cpu_micros)));
    }

    /// How long until the level is at zero, if nothing more is used; zero when it is.
    pub(super) fn wait_at(&self, now: Instant) -> Duration {
        if self.share.millicores == 0 {
            return Duration::ZERO;
        }
        let below = self.filled(now).nanos.min(0).unsigned_abs();
        let wait = u128::from(below) * 1000 / u128::from(self.share.millicores);
        // A wait that is rounded down would end just before the level is there.
        Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX))
            + Duration::from_micros(u64::from(below > 0))
    }

    fn filled(&self, now: Instant) -> MutexGuard<'_, Level> {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at);
        let millicores = u128::from(self.share.millicores);
        let gained = passed.as_nanos() * millicores / 1000;
        if gained > 0 {
            // The clock goes on by what was gained: a part of a nanosecond is kept for the next time.
            let credited = u64::try_from(gained * 1000 / millicores).unwrap_or(u64::MAX);
            let gained = i64::try_from(gained).unwrap_or(i64::MAX);
            level.nanos = level.nanos.saturating_add(gained).min(nanos(self.share.burst));
            level.at += Duration::from_nanos(credited);
        }
        level
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_A_CORE: CpuShare =
        CpuShare { millicores: 500, burst: Duration::from_millis(100), wait_max: Duration::from_secs(1) };

    fn near(is: Duration, expected: Duration) -> bool {
        is.abs_diff(expected) <= Duration::from_micros(10)
    }

    #[test]
    fn what_is_used_beyond_the_burst_is_waited_for() {
        let began = Instant::now();
        let bucket = Bucket::new(HALF_A_CORE, began);
        bucket.charge_at(100_000, began);
        assert_eq!(bucket.wait_at(began), Duration::ZERO);
        bucket.charge_at(50_000, began);
        assert!(near(bucket.wait_at(began), Duration::from_millis(100)), "half a core fills 50 ms in 100 ms");
        let later = began + Duration::from_millis(60);
        assert!(near(bucket.wait_at(later), Duration::from_millis(40)));
        assert_eq!(bucket.wait_at(began + Duration::from_millis(101)), Duration::ZERO);
    }

    #[test]
    fn no_more_than_the_burst_is_saved() {
        let began = Instant::now();
        let bucket = Bucket::new(HALF_A_CORE, began);
        let later = began + Duration::from_secs(3600);
        bucket.charge_at(110_000, later);
        assert!(near(bucket.wait_at(later), Duration::from_millis(20)));
    }

    #[test]
    fn many_looks_lose_nothing() {
        let began = Instant::now();
        let bucket = Bucket::new(CpuShare { millicores: 1, ..HALF_A_CORE }, began);
        bucket.charge_at(101_000, began);
        let mut now = began;
        // 1 ms of CPU at a thousandth of a core is a second; looked at every 700 ns of it.
        while now < began + Duration::from_millis(10) {
            now += Duration::from_nanos(700);
            bucket.wait_at(now);
        }
        assert!(near(bucket.wait_at(now), began + Duration::from_secs(1) - now));
    }

    #[test]
    fn the_share_holds_over_time() {
        let began = Instant::now();
        let bucket = Bucket::new(HALF_A_CORE, began);
        let (mut now, mut used) = (began, Duration::ZERO);
        while now < began + Duration::from_secs(10) {
            // A call uses 7 ms and 7 ms pass; then the next one asks.
            now += Duration::from_millis(7) + bucket.wait_at(now);
            used += Duration::from_millis(7);
            bucket.charge_at(7_000, now);
        }
        let share = used.as_secs_f64() / (now - began).as_secs_f64();
        assert!((0.49..=0.52).contains(&share), "{share}");
    }
}
