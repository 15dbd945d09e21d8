//! How long the calls of a function take: only one whose calls are short may have its lane drive connections.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A function whose quicker calls take less than this is short.
const SHORT_MICROS: u32 = 100;
/// No call counts for more.
const MOST_MICROS: u32 = 2_000;
/// What is known moves by such a part of the way to a quicker call, and to a slower one: on a busy machine many calls
/// are slow because their thread has to wait for a core.
const DOWN_PART: u32 = 4;
const UP_PART: u32 = 32;
/// When a call took so long that the reactor had to go on without its lane, the function is barred for a while: so long
/// the first time, twice as long each time after, at most so long.
const BAR_MICROS: u64 = 20_000;
const BAR_MAX_MICROS: u64 = 10_000_000;
/// When the last bar is so many times its own length ago, the next is the first again.
const FORGOTTEN_AFTER: u64 = 10;

/// See the head of this file. Lanes note their calls side by side; a lost update does no harm.
#[derive(Debug)]
pub(super) struct Pace {
    quick_micros: AtomicU32,
    bar_micros: AtomicU64,
    barred_until_micros: AtomicU64,
}

impl Default for Pace {
    /// Of a function of which nothing is known.
    fn default() -> Self {
        Self {
            quick_micros: AtomicU32::new(MOST_MICROS),
            bar_micros: AtomicU64::new(BAR_MICROS),
            barred_until_micros: AtomicU64::new(0),
        }
    }
}

impl Pace {
    /// A call took so long.
    pub(super) fn note(&self, took_micros: u64) {
        let took = u32::try_from(took_micros).unwrap_or(u32::MAX).min(MOST_MICROS);
        let before = self.quick_micros.load(Ordering::Relaxed);
        let after = if took < before {
            before - (before - took).div_ceil(DOWN_PART)
        } else {
            before + (took - before) / UP_PART
        };
        self.quick_micros.store(after, Ordering::Relaxed);
    }

    /// The reactor went on without its lane.
    pub(super) fn bar(&self, now_micros: u64) {
        let last = self.bar_micros.load(Ordering::Relaxed);
        let since = now_micros.saturating_sub(self.barred_until_micros.load(Ordering::Relaxed));
        let next = if since > FORGOTTEN_AFTER * last { BAR_MICROS } else { (last * 2).min(BAR_MAX_MICROS) };
        self.bar_micros.store(next, Ordering::Relaxed);
        self.barred_until_micros.store(now_micros + next, Ordering::Relaxed);
    }

    /// Are its calls short?
    pub(super) fn is_short(&self, now_micros: u64) -> bool {
        self.quick_micros.load(Ordering::Relaxed) < SHORT_MICROS
            && now_micros >= self.barred_until_micros.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long after the start of the process.
    const NOW: u64 = 1 << 40;

    fn of_calls(took_micros: impl Fn(u32) -> u64) -> Pace {
        let pace = Pace::default();
        (0..100).for_each(|at| pace.note(took_micros(at)));
        pace
    }

    #[test]
    fn a_function_is_short_when_its_quicker_calls_are() {
        assert!(!Pace::default().is_short(NOW), "nothing is known of it");
        assert!(of_calls(|_| 10).is_short(NOW));
        assert!(!of_calls(|_| 300).is_short(NOW));
        assert!(
            of_calls(|at| if at % 2 == 0 { 10 } else { 500 }).is_short(NOW),
            "every other waits for a core"
        );
    }

    #[test]
    fn each_time_it_is_barred_for_longer() {
        let pace = of_calls(|_| 10);
        let (mut now, mut bar) = (NOW, BAR_MICROS);
        for _ in 0..3 {
            pace.bar(now);
            assert!(!pace.is_short(now + bar - 1));
            assert!(pace.is_short(now + bar));
            now += bar + 1;
            bar *= 2;
        }
        now += FORGOTTEN_AFTER * bar;
        pace.bar(now);
        assert!(pace.is_short(now + BAR_MICROS), "it is long ago");
    }
}
