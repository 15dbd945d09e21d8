//! Where the CPU of the process goes, by the names of its threads.
//!
//! Each thread's own clock is read from `/proc/self/task`; the parts are sums over threads with known names, and every
//! other thread is a function's: a lane, or one that a function started. A function may give its threads any name, so
//! the parts are for an operator's eye and nothing is charged by them. What a thread used after the last look and before
//! its end is in no part; threads of the host and of the JVM live long, so only the part of the functions is short of
//! it, and their true figure comes from the ledger.

use std::{
    collections::HashMap,
    fs, io,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// The parts.
pub const PARTS: [&str; 8] = ["gc", "jit", "vm", "http", "store", "watchdog", "other", "lanes"];

/// The parts that are neither functions nor what runs on their behalf.
const LANES: usize = 7;

/// Beginnings of thread names (the kernel keeps 15 bytes) and the part they belong to.
const NAMES: [(&str, usize); 35] = [
    ("GC Thread#", 0),
    ("G1 ", 0),
    ("ZDriver", 0),
    ("ZWorker", 0),
    ("Shenandoah", 0),
    ("C1 CompilerThre", 1),
    ("C2 CompilerThre", 1),
    ("Sweeper thread", 1),
    ("VM Thread", 2),
    ("VM Periodic Tas", 2),
    ("Reference Handl", 2),
    ("Finalizer", 2),
    ("Signal Dispatch", 2),
    ("Service Thread", 2),
    ("Monitor Deflati", 2),
    ("Notification Th", 2),
    ("Common-Cleaner", 2),
    ("jvm-boot", 2),
    ("http", 3),
    ("tokio", 3),
    ("store", 4),
    ("watchdog", 5),
    ("killer", 5),
    ("heap", 5),
    ("chores", 5),
    ("burials", 5),
    ("files", 5),
    ("locks", 5),
    ("leaks", 5),
    ("room", 5),
    ("image", 6),
    ("debris", 6),
    ("flock-", 6),
    ("flockd", 6),
    ("main", 6),
];

/// Reads the clocks of all threads and remembers those that have ended.
#[derive(Debug, Default)]
pub struct Overhead(Mutex<Threads>);

#[derive(Debug, Default)]
struct Threads {
    /// The part and the clock, by thread id.
    living: HashMap<u64, (usize, u64)>,
    /// What threads that are gone had used when they were last seen.
    gone_nanos: [u64; PARTS.len()],
}

/// CPU since the start of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cpu {
    /// By part, in the order of [`PARTS`].
    pub nanos: [u64; PARTS.len()],
    /// Of the whole process, threads that are gone included.
    pub process_nanos: u64,
}

impl Overhead {
    /// Looks at all threads. To be called now and then, so that little of threads that end is missed.
    pub fn look(&self) -> io::Result<Cpu> {
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut living = HashMap::with_capacity(threads.living.len());
        for entry in fs::read_dir("/proc/self/task")? {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
            // A thread may end while it is looked at.
            if let (Some(id), Some(seen)) = (id, read_thread(&entry.path())) {
                living.insert(id, seen);
            }
        }
        Ok(Cpu { nanos: threads.update(living), process_nanos: process_nanos()? })
    }
}

impl Threads {
    /// Takes over what is there now; gives the sums.
    fn update(&mut self, living: HashMap<u64, (usize, u64)>) -> [u64; PARTS.len()] {
        for (id, (part, nanos)) in &self.living {
            // A clock that went back, or another part, is another thread with the same id, or one that was renamed.
            let goes_on = living.get(id).is_some_and(|(now, clock)| now == part && clock >= nanos);
            if !goes_on && let Some(gone) = self.gone_nanos.get_mut(*part) {
                let renamed = living.get(id).filter(|(_, clock)| clock >= nanos).is_some();
                *gone += if renamed { 0 } else { *nanos };
            }
        }
        self.living = living;
        let mut sums = self.gone_nanos;
        for (part, nanos) in self.living.values() {
            if let Some(sum) = sums.get_mut(*part) {
                *sum += nanos;
            }
        }
        sums
    }
}

fn part_of(name: &str) -> usize {
    NAMES.iter().find(|(start, _)| name.starts_with(start)).map_or(LANES, |(_, part)| *part)
}

fn read_thread(folder: &Path) -> Option<(usize, u64)> {
    let name = fs::read_to_string(folder.join("comm")).ok()?;
    let clock = fs::read_to_string(folder.join("schedstat")).ok()?;
    Some((part_of(name.trim_end()), clock.split(' ').next()?.parse().ok()?))
}

/// User and system time, which the kernel gives in hundredths of a second.
fn process_nanos() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The name may hold anything, so the fields are counted from its end.
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks * 10_000_000)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn threads_are_told_apart_by_their_names() {
        for (name, part) in [
            ("GC Thread#1", "gc"),
            ("G1 Conc#0", "gc"),
            ("C2 CompilerThre", "jit"),
            ("VM Thread", "vm"),
            ("http", "http"),
            ("store", "store"),
            ("killer", "watchdog"),
            ("flockd", "other"),
            ("lane-7", "lanes"),
            ("Thread-0", "lanes"),
        ] {
            assert_eq!(PARTS.get(part_of(name)), Some(&part), "{name}");
        }
    }

    #[test]
    fn threads_that_are_gone_still_count() {
        let mut threads = Threads::default();
        let sums = threads.update(HashMap::from([(1, (0, 100)), (2, (1, 50))]));
        assert_eq!((sums[0], sums[1]), (100, 50));
        // 1 has gone and its id is in use again; 2 goes on.
        let sums = threads.update(HashMap::from([(1, (0, 7)), (2, (1, 60))]));
        assert_eq!((sums[0], sums[1]), (107, 60));
        let sums = threads.update(HashMap::new());
        assert_eq!((sums[0], sums[1]), (107, 60));
    }

    #[test]
    fn a_busy_thread_is_seen_in_its_part() -> io::Result<()> {
        let overhead = Overhead::default();
        let before = overhead.look()?;
        // Of a part that no other test of this process has threads of.
        let busy = std::thread::Builder::new().name("VM Thread".to_owned()).spawn(|| {
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(200) {
                std::hint::spin_loop();
            }
            std::thread::sleep(Duration::from_millis(300));
        })?;
        std::thread::sleep(Duration::from_millis(350));
        let after = overhead.look()?;
        assert!(busy.join().is_ok());
        let millis = (after.nanos[2] - before.nanos[2]) / 1_000_000;
        assert!((20..=250).contains(&millis), "{millis} ms");
        assert!(after.process_nanos > before.process_nanos);
        Ok(())
    }
}
