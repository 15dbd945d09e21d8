//! What an instance allocates in a second. The window is the instance's: calls that come and go do not begin it anew.

use std::time::{Duration, Instant};

/// Allocation is averaged over this time.
const WINDOW: Duration = Duration::from_secs(1);

/// Allocation since the begin of the window.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    since: Option<Instant>,
    taken_bytes: u64,
}

impl Rate {
    /// Has more than a second's worth been taken within the window? To be asked often.
    pub(crate) fn exceeds(&mut self, now: Instant, taken_bytes: u64, limit_bytes_per_second: u64) -> bool {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= WINDOW) {
            *self = Self { since: Some(now), taken_bytes };
            return false;
        }
        taken_bytes.saturating_sub(self.taken_bytes) > limit_bytes_per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_worth_of_allocation_is_the_most_in_a_second() {
        let (mut rate, began) = (Rate::default(), Instant::now());
        let at = |millis| began + Duration::from_millis(millis);
        assert!(!rate.exceeds(at(0), 500, 100), "the window begins");
        assert!(!rate.exceeds(at(300), 600, 100));
        assert!(rate.exceeds(at(999), 601, 100));
        assert!(!rate.exceeds(at(1000), 10_000, 100), "another window");
        assert!(rate.exceeds(at(1001), 10_101, 100));
    }
}
