//! Wall-clock time as records and logs show it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A time by the clock that nobody sets back, and its date. The dates of what belongs together all come from the first of its
/// times, so they keep their order and cost no further look at the calendar.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// By the clock.
    pub at: Instant,
    /// Microseconds since 1970.
    pub epoch_micros: u64,
}

impl Moment {
    /// This one.
    pub fn now() -> Self {
        Self { epoch_micros: now_epoch_micros(), at: Instant::now() }
    }

    /// A later one.
    pub fn later(self, at: Instant) -> Self {
        Self { at, epoch_micros: self.epoch_micros + self.micros_to(at) }
    }

    /// From this one to that.
    pub fn micros_to(self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.at).as_micros()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since 1970.
    pub fn epoch_millis(self) -> u64 {
        self.epoch_micros / 1000
    }
}

/// Milliseconds since 1970.
pub fn now_epoch_millis() -> u64 {
    now_epoch_micros() / 1000
}

/// Microseconds since 1970.
pub fn now_epoch_micros() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |past| u64::try_from(past.as_micros()).unwrap_or(u64::MAX))
}

/// The time as a log line shows it: `2026-11-23T18:50:32.123456789Z`.
pub fn timestamp(at: SystemTime) -> String {
    let past = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanos) = (past.as_secs(), past.subsec_nanos());
    let (year, month, day) = date(seconds / 86_400);
    let of_day = seconds % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{nanos:09}Z",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn date(day: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    let mut rest = day;
    // Whole cycles of 400 years first, so that the loop below is short.
    year += rest / 146_097 * 400;
    rest %= 146_097;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while rest >= if leap(year) { 366 } else { 365 } {
        rest -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 1;
    for days in [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < days {
            break;
        }
        rest -= days;
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn known_instants() {
        let at = |seconds| timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000000000Z");
        assert_eq!(at(1_709_251_199), "2024-02-29T23:59:59.000000000Z");
        assert_eq!(at(4_102_444_800), "2100-01-01T00:00:00.000000000Z");
    }
}
