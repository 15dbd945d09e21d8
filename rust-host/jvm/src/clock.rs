//! The CPU clocks of threads.
//!
//! A thread's own clock costs a system call (185 to 405 ns, by machine). A lane that runs short calls one after the other
//! needs it so often that it is estimated between two readings where the machine allows that (see `undisturbed`).

#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
mod undisturbed;

/// Elsewhere the clock is read.
#[cfg(not(all(target_arch = "x86_64", target_env = "gnu")))]
mod undisturbed {
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Counter;
    impl Counter {
        pub(super) fn find() -> Option<Self> {
            None
        }
        pub(super) fn mark(&self) {}
        pub(super) fn take_mark(&self) -> bool {
            false
        }
        pub(super) fn nanos(&self, ticks: u64) -> u64 {
            ticks
        }
    }
    pub(super) fn now() -> u64 {
        0
    }
}

use std::{cell::Cell, sync::OnceLock, time::Duration};

use undisturbed::Counter;

static COUNTER: OnceLock<Option<Counter>> = OnceLock::new();

thread_local! {
    /// The thread's clock as it was last known, and the counter at that moment; 0: never.
    static KNOWN: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Finds out how this machine counts. Called once, before the first lane.
pub(crate) fn learn() {
    // Set once.
    let _ = COUNTER.set(Counter::find());
}

/// CPU that the calling thread has used, as exact as the last switch is recent: without one since the last question it
/// is the time that went by. To be asked on lanes only, often.
pub(crate) fn lane_cpu_nanos() -> u64 {
    let Some(Some(counter)) = COUNTER.get() else { return own_cpu_nanos() };
    let (clock, ticks) = KNOWN.get();
    let was_undisturbed = counter.take_mark();
    let clock = if was_undisturbed && clock != 0 {
        let now = undisturbed::now();
        KNOWN.set((clock, ticks));
        clock + counter.nanos(now.saturating_sub(ticks))
    } else {
        let clock = own_cpu_nanos().max(clock);
        KNOWN.set((clock, undisturbed::now()));
        clock
    };
    counter.mark();
    clock
}

/// A thread of this process as the kernel knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OsThread(libc::pid_t);

impl OsThread {
    /// The calling thread.
    pub(crate) fn current() -> Self {
        // SAFETY: gettid has no arguments and cannot fail.
        Self(unsafe { libc::gettid() })
    }

    pub(crate) fn id(self) -> libc::pid_t {
        self.0
    }

    /// CPU that the thread has used; none: it has ended.
    pub(crate) fn cpu_nanos(self) -> Option<u64> {
        // The kernel's numbering of per-thread clocks: inverted id, then "per thread" (4) and "scheduler" (2).
        read((!self.0 << 3) | 4 | 2)
    }
}

/// Milliseconds since 1970 as the kernel noted them at its last tick, some milliseconds ago: a quarter of the price of the
/// exact time, for what is only compared with seconds.
pub fn rough_epoch_millis() -> u64 {
    read(libc::CLOCK_REALTIME_COARSE).map_or(0, |nanos| nanos / 1_000_000)
}

/// CPU that the calling thread has used.
pub(crate) fn own_cpu_nanos() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID).unwrap_or(0)
}

fn read(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime writes one timespec, which is ours; a clock that does not exist gives an error.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if failed != 0 {
        return None;
    }
    let time = Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?);
    u64::try_from(time.as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a busy machine another guest may have the processor without a switch here: then the estimate is ahead by that
    /// time, until the next switch. So it is held against both clocks: never behind the thread's own, never faster than
    /// the time that went by, and right after a switch.
    #[test]
    fn the_estimate_follows_the_clock() {
        const TOLERANCE: u64 = 500_000;
        learn();
        let (began, first) = (std::time::Instant::now(), lane_cpu_nanos());
        for round in 0..20 {
            let until = std::time::Instant::now() + Duration::from_millis(5);
            while std::time::Instant::now() < until {
                std::hint::spin_loop();
            }
            let has_switched = round % 5 == 4;
            if has_switched {
                std::thread::sleep(Duration::from_millis(2));
            }
            let (before, estimate, after) = (own_cpu_nanos(), lane_cpu_nanos(), own_cpu_nanos());
            let elapsed = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
            assert!(estimate + TOLERANCE >= before, "round {round}: {estimate} behind {before}");
            assert!(
                estimate - first <= elapsed + TOLERANCE,
                "round {round}: {estimate} from {first} in {elapsed}"
            );
            if has_switched {
                assert!(estimate <= after, "round {round}: {estimate} ahead of {after} after a switch");
            }
        }
    }

    #[test]
    fn another_thread_sees_the_same_clock() -> Result<(), Box<dyn std::error::Error>> {
        let thread = OsThread::current();
        let own = own_cpu_nanos();
        let seen = std::thread::scope(|scope| scope.spawn(|| thread.cpu_nanos()).join());
        let seen = seen.map_err(|_| "panicked")?.ok_or("no clock")?;
        assert!(seen >= own && seen < own + 1_000_000_000, "{own} {seen}");
        Ok(())
    }
}
