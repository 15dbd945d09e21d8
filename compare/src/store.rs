//! The raw data, results.jsonl: a line for the run, one for each target, one for each measurement. What is there is not measured again.
//!
//! A last line that was cut by a stop is dropped. Fails when the file holds another run's results: figures of two are not mixed.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{machine::Machine, stats::Summary};

/// The file's name in the folder of a run.
pub(crate) const FILE: &str = "results.jsonl";

/// A line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Line {
    Run(Run),
    Target(TargetLine),
    Result(Record),
}

/// What was run where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scale: String,
    pub(crate) flock: String,
    pub(crate) machine: Machine,
    pub(crate) date: String,
}

/// How a target was set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TargetLine {
    pub(crate) name: String,
    pub(crate) what: String,
    pub(crate) version: String,
    pub(crate) flags: String,
    pub(crate) includes: String,
}

/// What one measurement gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) work: String,
    pub(crate) case: String,
    pub(crate) target: String,
    pub(crate) round: usize,
    /// When it ended.
    pub(crate) date: String,
    /// How long it took, with its warm-up.
    pub(crate) took_seconds: f64,
    /// The machine's, of a minute, when it ended.
    pub(crate) load_average: f64,
    pub(crate) values: BTreeMap<String, f64>,
    /// In microseconds.
    pub(crate) summaries: BTreeMap<String, Summary>,
}

impl Record {
    /// `SUMMARY.FIELD`, or the name of a value.
    pub(crate) fn figure(&self, key: &str) -> Option<f64> {
        let Some((summary, field)) = key.split_once('.') else { return self.values.get(key).copied() };
        let summary = self.summaries.get(summary)?;
        match field {
            "mean" => Some(summary.mean),
            "p50" => Some(summary.p50),
            "p90" => Some(summary.p90),
            "p99" => Some(summary.p99),
            "p999" => Some(summary.p999),
            _ => None,
        }
    }
}

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    file: File,
    pub(crate) lines: Vec<Line>,
}

impl Store {
    /// Opens the results of this run, or begins them.
    pub(crate) fn open(folder: &Path, run: Run) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let path = folder.join(FILE);
        // Held as long as the store is; nothing is cut before it is held.
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        if file.try_lock().is_err() {
            bail!("another run writes to {}", path.display());
        }
        let lines = read(&path)?;
        if let Some(Line::Run(former)) = lines.first() {
            let same = (&former.scale, &former.flock) == (&run.scale, &run.flock)
                && former.machine.same(&run.machine);
            if !same {
                bail!(
                    "{} holds another run ({}, flock {}, {}): name another folder, or give --fresh",
                    path.display(),
                    former.scale,
                    former.flock,
                    former.machine.jdk
                );
            }
        } else if !lines.is_empty() {
            bail!("{} does not begin with a run: name another folder, or give --fresh", path.display());
        }
        // Written anew, so that a cut last line does not stay.
        file.set_len(0)?;
        for line in &lines {
            writeln!(file, "{}", serde_json::to_string(line)?)?;
        }
        let mut store = Self { path, file, lines };
        if store.lines.is_empty() {
            store.add(Line::Run(run))?;
        }
        Ok(store)
    }

    /// Adds a line, and has it written before it returns.
    pub(crate) fn add(&mut self, line: Line) -> Result<()> {
        let text = serde_json::to_string(&line)? + "\n";
        self.file.write_all(text.as_bytes()).with_context(|| self.path.display().to_string())?;
        self.lines.push(line);
        Ok(())
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.lines.iter().filter_map(|line| if let Line::Result(record) = line { Some(record) } else { None })
    }
}

/// The lines of a file; none when it is not there.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut lines = Vec::new();
    let all: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    for (at, line) in all.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(line) => lines.push(line),
            Err(_) if at + 1 == all.len() && !text.ends_with('\n') => {}
            Err(error) => return Err(error).with_context(|| format!("{}, line {}", path.display(), at + 1)),
        }
    }
    Ok(lines)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn run(scale: &str) -> Run {
        let date = "2026-01-01T00:00:00Z".to_owned();
        Run { scale: scale.to_owned(), flock: "f".to_owned(), machine: Machine::example(), date }
    }

    pub(crate) fn record(work: &str, case: &str, target: &str, round: usize, value: (&str, f64)) -> Record {
        Record {
            work: work.to_owned(),
            case: case.to_owned(),
            target: target.to_owned(),
            round,
            date: String::new(),
            took_seconds: 1.0,
            load_average: 0.5,
            values: BTreeMap::from([(value.0.to_owned(), value.1)]),
            summaries: BTreeMap::new(),
        }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("flock-compare-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_stopped_run_goes_on_where_it_was() {
        let folder = folder("resume");
        let mut store = Store::open(&folder, run("quick")).unwrap();
        store.add(Line::Result(record("cold", "hello", "flock", 1, ("x", 1.0)))).unwrap();
        store.add(Line::Result(record("cold", "hello", "warp", 1, ("x", 2.0)))).unwrap();
        // The stop came within a line.
        drop(store);
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 20]).unwrap();

        let mut store = Store::open(&folder, run("quick")).unwrap();
        assert_eq!(store.records().map(|record| record.target.as_str()).collect::<Vec<_>>(), ["flock"]);
        store.add(Line::Result(record("cold", "hello", "warp", 1, ("x", 3.0)))).unwrap();
        drop(store);
        let store = Store::open(&folder, run("quick")).unwrap();
        assert_eq!(store.records().map(|record| record.values["x"]).collect::<Vec<_>>(), [1.0, 3.0]);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn two_runs_do_not_write_at_once() {
        let folder = folder("twice");
        let first = Store::open(&folder, run("quick")).unwrap();
        let error = Store::open(&folder, run("quick")).unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
        drop(first);
        Store::open(&folder, run("quick")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn runs_are_not_mixed() {
        let folder = folder("mixed");
        Store::open(&folder, run("quick")).unwrap();
        let error = Store::open(&folder, run("full")).unwrap_err();
        assert!(error.to_string().contains("--fresh"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_damaged_line_is_an_error() {
        let folder = folder("damaged");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(FILE), "{\"kind\":\"nonsense\"}\n{}\n").unwrap();
        Store::open(&folder, run("quick")).unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
