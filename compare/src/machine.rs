//! The machine that figures come from: what the kernel says of it, and the JDK.
//!
//! Fails when the JDK cannot be started; what the kernel does not tell is "unknown".

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// See the head of this file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_mebibytes: u64,
    pub(crate) kernel: String,
    pub(crate) system: String,
    pub(crate) jdk: String,
    pub(crate) load_average_before: f64,
}

impl Machine {
    /// This one, with the JDK in this folder.
    pub(crate) fn look(jdk: &Path) -> Result<Self> {
        let field = |file: &str, name: &str, separator: char| {
            std::fs::read_to_string(file).ok().and_then(|text| {
                let line = text.lines().find(|line| line.starts_with(name))?;
                Some(line.split_once(separator)?.1.trim().trim_matches('"').to_owned())
            })
        };
        let memory = field("/proc/meminfo", "MemTotal", ':').unwrap_or_default();
        let kib: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let unknown = || "unknown".to_owned();
        Ok(Self {
            cpu: field("/proc/cpuinfo", "model name", ':').unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mebibytes: kib >> 10,
            kernel: kernel.trim().to_owned(),
            system: field("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(unknown),
            jdk: jdk_version(jdk)?,
            load_average_before: load_average(),
        })
    }

    /// Whether figures of both may stand in one table.
    pub(crate) fn same(&self, other: &Self) -> bool {
        (&self.cpu, self.cores, self.memory_mebibytes, &self.jdk)
            == (&other.cpu, other.cores, other.memory_mebibytes, &other.jdk)
    }

    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self {
            cpu: "a CPU".to_owned(),
            cores: 2,
            memory_mebibytes: 1024,
            kernel: "6".to_owned(),
            system: "a system".to_owned(),
            jdk: "17".to_owned(),
            load_average_before: 0.1,
        }
    }
}

/// Of the last minute.
pub(crate) fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// Now, in UTC, to the second.
pub(crate) fn date() -> String {
    let seconds = std::time::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_secs());
    let time = i64::try_from(seconds).ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    time.unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The last commit that changed Flock itself, with a plus when files differ from it; "unknown" where git cannot tell.
pub(crate) fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["log", "-1", "--format=%h", "--abbrev=12", "--", "rust-host", "java-shim"])
    else {
        return "unknown".to_owned();
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", "rust-host", "java-shim"]);
    if changed.is_some_and(|files| files.is_empty()) { commit } else { commit + "+" }
}

/// The JDK that was named, else JAVA_HOME, else that of the program java.
pub(crate) fn find_jdk(named: Option<PathBuf>) -> Result<PathBuf> {
    let home = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        let java =
            std::env::split_paths(&path).map(|folder| folder.join("java")).find(|java| java.exists())?;
        Some(java.canonicalize().ok()?.parent()?.parent()?.to_owned())
    };
    let jdk = named.or(home).or_else(on_path).context("no JDK: name one by --jdk")?;
    if !jdk.join("bin/java").exists() {
        bail!("{} is no JDK: bin/java is missing there", jdk.display());
    }
    Ok(jdk)
}

fn jdk_version(jdk: &Path) -> Result<String> {
    let output = Command::new(jdk.join("bin/java")).arg("-version").output().context("java -version")?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.lines().nth(1).map(|line| line.trim().to_owned()).context("java -version says nothing")
}

/// 17 of `OpenJDK Runtime Environment (build 17.0.15+6)`.
pub(crate) fn jdk_major(version: &str) -> Result<u32> {
    let build = version.split_once("build ").map_or(version, |(_, build)| build);
    let digits: String = build.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("no version of Java in {version:?}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;

    #[test]
    fn versions_of_java() {
        assert_eq!(jdk_major("OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)").unwrap(), 17);
        assert_eq!(
            jdk_major("OpenJDK Runtime Environment Temurin-25.0.3+9 (build 25.0.3+9-LTS)").unwrap(),
            25
        );
        jdk_major("nothing").unwrap_err();
    }
}
