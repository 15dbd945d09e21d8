//! What the kernel says of the host's process: its threads by name, its descriptors, its CPU.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Threads that the JVM and the runtime start and end as they see fit; no function makes one.
const COMES_AND_GOES: [&str; 10] = [
    "http",
    // Of the JDK, for the timeouts of all virtual threads: VirtualThread-unparker.
    "VirtualThread-u",
    "C1 CompilerThre",
    "C2 CompilerThre",
    "GC Thread#",
    "G1 ",
    "tokio",
    "blocking",
    "Attach Listener",
    // One for all, when somebody draws first.
    "Java2D Disposer",
];

fn folder(pid: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}

/// The threads by name, but for those that come and go by themselves.
pub(crate) fn threads(pid: u32) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    let Ok(tasks) = std::fs::read_dir(folder(pid, "task")) else { return names };
    for task in tasks.flatten() {
        // A thread may end while it is looked at.
        let Ok(name) = std::fs::read_to_string(task.path().join("comm")) else { continue };
        let name = name.trim().to_owned();
        if !COMES_AND_GOES.iter().any(|start| name.starts_with(start)) {
            *names.entry(name).or_insert(0) += 1;
        }
    }
    names
}

/// How many more threads there are than before, and which.
pub(crate) fn more_threads(
    before: &BTreeMap<String, usize>,
    now: &BTreeMap<String, usize>,
) -> (usize, Vec<String>) {
    let count = |names: &BTreeMap<String, usize>| names.values().sum::<usize>();
    let new = now.iter().filter(|(name, count)| before.get(*name).copied().unwrap_or(0) < **count);
    (count(now).saturating_sub(count(before)), new.map(|(name, count)| format!("{count} x {name}")).collect())
}

/// Open file descriptors.
pub(crate) fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(folder(pid, "fd")).map_or(0, Iterator::count)
}

/// CPU of the process so far, all threads that live or lived.
pub(crate) fn cpu(pid: u32) -> Duration {
    let text = std::fs::read_to_string(folder(pid, "stat")).unwrap_or_default();
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks =
        |at: usize| after_name.split(' ').nth(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    // utime and stime, in hundredths of a second on every Linux that runs here.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// What the descriptors of a process lead to, each kind with its number.
pub(crate) fn descriptor_kinds(pid: u32) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        // One that was closed meanwhile.
        let Ok(target) = std::fs::read_link(entry.path()) else { continue };
        let kind = target.to_string_lossy().split(':').next().unwrap_or_default().to_owned();
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}
