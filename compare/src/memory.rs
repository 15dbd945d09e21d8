//! Memory of processes as PSS: pages that several processes share count for each by its part, so sums are right.
//!
//! Fails when the kernel has no smaps_rollup or the process is gone.

use anyhow::{Context, Result};

/// Of all these processes and their children, in bytes.
pub(crate) fn pss(roots: &[u32]) -> Result<u64> {
    let mut sum = 0;
    let mut open = roots.to_vec();
    while let Some(process) = open.pop() {
        sum += one(process)?;
        let threads = std::fs::read_dir(format!("/proc/{process}/task"))?;
        for thread in threads.flatten() {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    Ok(sum)
}

fn one(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .with_context(|| format!("no Pss in {path}"))?;
    let kib: u64 =
        line.trim().trim_end_matches("kB").trim().parse().with_context(|| format!("Pss in {path}"))?;
    Ok(kib << 10)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    #[test]
    fn this_process_has_memory_and_a_missing_one_is_an_error() {
        assert!(super::pss(&[std::process::id()]).unwrap() > 100_000);
        super::pss(&[u32::MAX]).unwrap_err();
    }
}
