//! Does what the plan says, writes each result at once, and keeps to the time that was allowed.
//!
//! SIGINT and SIGTERM end it after the measurement that runs, a second one at once. Whatever is missing in the end is named.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use crate::{
    machine,
    plan::{Cell, Scale},
    process,
    store::{Line, Record, Store, TargetLine},
    target::Running,
    work::{Context, Metric, Unit},
};

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

/// Listens for the signals on a thread of its own.
pub(crate) fn listen_for_signals() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return;
            };
            loop {
                tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
                if SIGNALS.fetch_add(1, Ordering::Relaxed) > 0 {
                    process::end_all();
                    std::process::exit(130);
                }
                eprintln!("stopping after this measurement; the same command goes on from there");
            }
        });
    })?;
    Ok(())
}

/// What became of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What has no result, with the reason.
    pub(crate) missing: Vec<String>,
    pub(crate) stopped: bool,
}

/// See the head of this file.
pub(crate) fn run(
    cells: &[Cell],
    targets: &mut [Running],
    scale: &Scale,
    minutes: u64,
    root: &PathBuf,
    store: &mut Store,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let until = Instant::now() + Duration::from_secs(minutes * 60);
    for (at, cell) in cells.iter().enumerate() {
        if store.records().any(|record| cell.is(record)) {
            continue;
        }
        outcome.stopped = outcome.stopped || SIGNALS.load(Ordering::Relaxed) > 0;
        if outcome.stopped || Instant::now() > until {
            let why = if outcome.stopped { "stopped before it" } else { "the time was over" };
            outcome.missing.push(format!("{}: {why}", cell.title()));
            continue;
        }
        eprint!("[{}/{}] {}: ", at + 1, cells.len(), cell.title());
        let running = targets.get_mut(cell.target).context("no such target")?;
        let began = Instant::now();
        match measure(cell, running, scale, root, began, store) {
            Ok(text) => eprintln!("{text}"),
            Err(error) => {
                eprintln!("failed: {error:#}");
                outcome.missing.push(format!("{}: {error:#}", cell.title()));
                // What is wrong with it may be wrong with the next measurement too.
                running.stop();
            }
        }
    }
    Ok(outcome)
}

fn measure(
    cell: &Cell,
    running: &mut Running,
    scale: &Scale,
    root: &PathBuf,
    began: Instant,
    store: &mut Store,
) -> Result<String> {
    let about = running.target.about();
    let known = |line: &Line| matches!(line, Line::Target(target) if target.name == cell.target_name);
    if !store.lines.iter().any(known) {
        store.add(Line::Target(TargetLine {
            name: cell.target_name.clone(),
            what: about.what,
            version: about.version,
            flags: about.flags,
            includes: about.includes.to_owned(),
        }))?;
    }
    running.ready()?;
    let context = Context { root, scale, round: cell.round };
    let measured = (cell.work.run)(&context, running, &cell.case)?;
    let record = Record {
        work: cell.work.name.to_owned(),
        case: cell.case.name.clone(),
        target: cell.target_name.clone(),
        round: cell.round,
        date: machine::date(),
        took_seconds: (began.elapsed().as_secs_f64() * 1_000.0).round() / 1_000.0,
        load_average: machine::load_average(),
        values: measured.values,
        summaries: measured.summaries,
    };
    let figures: Vec<String> =
        cell.work.metrics.iter().filter_map(|metric| figure(metric, &record)).collect();
    store.add(Line::Result(record))?;
    Ok(figures.join(", "))
}

fn figure(metric: &Metric, record: &Record) -> Option<String> {
    Some(format!("{} {}", metric.title, show(record.figure(metric.key)?, metric.unit)))
}

/// A figure with its unit, to three digits.
pub(crate) fn show(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Micros if value >= 999_500.0 => format!("{} s", digits(value / 1_000_000.0)),
        Unit::Micros if value >= 999.5 => format!("{} ms", digits(value / 1_000.0)),
        Unit::Micros => format!("{} us", digits(value)),
        Unit::PerSecond if value >= 999.5 => format!("{} k/s", digits(value / 1_000.0)),
        Unit::PerSecond => format!("{} /s", digits(value)),
        Unit::Bytes if value >= 1_023.5 * 1_048_576.0 => format!("{} GiB", digits(value / 1_073_741_824.0)),
        Unit::Bytes if value >= 1_023.5 * 1_024.0 => format!("{} MiB", digits(value / 1_048_576.0)),
        Unit::Bytes => format!("{} KiB", digits(value / 1_024.0)),
        Unit::Count => digits(value),
    }
}

/// Three significant digits, and no more than are needed.
pub(crate) fn digits(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        assert_eq!(show(81.23, Unit::Micros), "81.2 us");
        assert_eq!(show(243_456.0, Unit::Micros), "243 ms");
        assert_eq!(show(2_049_000.0, Unit::Micros), "2.05 s");
        assert_eq!(show(155_234.0, Unit::PerSecond), "155 k/s");
        assert_eq!(show(644.6, Unit::PerSecond), "645 /s");
        assert_eq!(show(29.0 * 1_048_576.0, Unit::Bytes), "29.0 MiB");
        assert_eq!(show(14.0 * 1_024.0, Unit::Bytes), "14.0 KiB");
        assert_eq!(show(999.96, Unit::Micros), "1.00 ms");
    }
}
