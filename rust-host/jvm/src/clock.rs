//! The CPU clocks of threads.

use std::time::Duration;

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
