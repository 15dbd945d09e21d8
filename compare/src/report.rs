//! RESULTS.md out of the raw data: what Flock is worse at, ratios, tables, how it was measured, what is missing.
//!
//! Figures are medians over the rounds; the smallest and largest round stand in brackets.

mod fairness;
mod figures;

use std::fmt::Write;

use anyhow::{Context, Result};

use crate::{
    plots,
    run::{digits, show},
    store::{Line, Run, TargetLine},
    target::Missing,
    targets::flock,
    work::{Metric, Unit, Work},
};
use figures::{Figure, Figures};

/// A load average of more than so many a core is not the run's own.
const BUSY: f64 = 1.5;

/// See the head of this file.
pub(crate) fn write(
    lines: &[Line],
    works: &[&'static Work],
    absent: &[Missing],
    missing: &[String],
) -> Result<String> {
    let run = lines.iter().find_map(|line| if let Line::Run(run) = line { Some(run) } else { None });
    let run = run.context("no run in the results")?;
    let figures = Figures::of(lines);
    let mut text = String::new();
    head(&mut text, run, &figures)?;
    if !missing.is_empty() {
        writeln!(text, "\n**Results are missing:**\n")?;
        for result in missing {
            writeln!(text, "- {result}")?;
        }
    }
    behind(&mut text, works, &figures)?;
    ratios(&mut text, works, &figures)?;
    text.push_str("\n## Plots\n\n");
    for plot in plots::of(lines) {
        writeln!(text, "![{}]({})\n", plot.title, plot.file)?;
    }
    for work in works {
        tables(&mut text, work, &figures)?;
    }
    targets(&mut text, lines, absent)?;
    fairness::write(&mut text, run)?;
    Ok(text)
}

fn head(text: &mut String, run: &Run, figures: &Figures<'_>) -> Result<()> {
    let machine = &run.machine;
    let (least, most) = figures.load_averages();
    writeln!(text, "# Results\n")?;
    writeln!(
        text,
        "Made by `make compare` ({}) on {}, Flock at commit {}. {}, {} cores, {} MiB, {}, kernel {}; {}.",
        run.scale,
        run.date,
        run.flock,
        machine.cpu,
        machine.cores,
        machine.memory_mebibytes,
        machine.system,
        machine.kernel,
        machine.jdk
    )?;
    writeln!(
        text,
        "Load average: {} before the run, {least} to {most} in it; client and target alone make up to about {}. Client and targets share \
         the cores, so absolute times are this machine's and only ratios within the run say something.",
        machine.load_average_before, machine.cores
    )?;
    let busy = figures.load_average();
    if busy > BUSY * machine.cores as f64 {
        writeln!(
            text,
            "\n**The machine was busy** (load average {busy} in the middle), with other work or with targets whose work goes on when it is \
             not their turn: times are far above those of an idle machine and move by several times between cases; take small ratios for \
             noise, and measure again where it matters."
        )?;
    }
    Ok(())
}

/// How often better Flock is than another: the larger the better, 1 is the same.
fn ratio(metric: &Metric, ours: f64, theirs: f64) -> Option<f64> {
    let (over, under) = if metric.unit == Unit::PerSecond { (ours, theirs) } else { (theirs, ours) };
    (under > 0.0).then(|| over / under)
}

fn behind(text: &mut String, works: &[&'static Work], figures: &Figures<'_>) -> Result<()> {
    writeln!(text, "\n## What Flock is worse at\n")?;
    let mut rows = Vec::new();
    for work in works {
        for metric in work.metrics.iter().filter(|metric| metric.headline) {
            for case in figures.cases(work.name) {
                let Some(ours) = figures.figure(work, metric, case, flock::NAME) else { continue };
                for target in figures.targets().filter(|target| *target != flock::NAME) {
                    let Some(theirs) = figures.figure(work, metric, case, target) else { continue };
                    let Some(ratio) = ratio(metric, ours.median, theirs.median) else { continue };
                    if ratio < 1.0 {
                        rows.push((ratio, work.title, case, metric, target, ours.median, theirs.median));
                    }
                }
            }
        }
    }
    if rows.is_empty() {
        writeln!(text, "No figure of this run.")?;
        return Ok(());
    }
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    writeln!(
        text,
        "Every ratio of this run in which another target is better, the widest gap first; the floor is among them.\n"
    )?;
    writeln!(text, "| work | case | figure | Flock | better: | | by |\n|---|---|---|---|---|---|---|")?;
    for (ratio, title, case, metric, target, ours, theirs) in rows {
        let (ours, theirs) = (show(ours, metric.unit), show(theirs, metric.unit));
        writeln!(
            text,
            "| {title} | {case} | {} | {ours} | {target} | {theirs} | {} x |",
            metric.title,
            digits(1.0 / ratio)
        )?;
    }
    Ok(())
}

fn ratios(text: &mut String, works: &[&'static Work], figures: &Figures<'_>) -> Result<()> {
    let others: Vec<&str> = figures.targets().filter(|target| *target != flock::NAME).collect();
    writeln!(text, "\n## Ratios\n\nHow many times better Flock is than each; below 1 it is worse.\n")?;
    writeln!(
        text,
        "| work | case | figure | {} |\n|---|---|---|{}",
        others.join(" | "),
        "---|".repeat(others.len())
    )?;
    for work in works {
        for metric in work.metrics.iter().filter(|metric| metric.headline) {
            for case in figures.cases(work.name) {
                let Some(ours) = figures.figure(work, metric, case, flock::NAME) else { continue };
                let cells: Vec<String> = others
                    .iter()
                    .map(|target| {
                        let theirs = figures.figure(work, metric, case, target);
                        let ratio = theirs.and_then(|theirs| ratio(metric, ours.median, theirs.median));
                        ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{} x", digits(ratio)))
                    })
                    .collect();
                if cells.iter().any(|cell| cell != "-") {
                    writeln!(text, "| {} | {case} | {} | {} |", work.title, metric.title, cells.join(" | "))?;
                }
            }
        }
    }
    Ok(())
}

fn tables(text: &mut String, work: &Work, figures: &Figures<'_>) -> Result<()> {
    let cases = figures.cases(work.name);
    if cases.is_empty() {
        return Ok(());
    }
    let targets: Vec<&str> = figures.targets().filter(|target| figures.has(work.name, target)).collect();
    writeln!(text, "\n## {}\n\n{}\n", work.title, work.how)?;
    writeln!(text, "| case | figure | {} |\n|---|---|{}", targets.join(" | "), "---|".repeat(targets.len()))?;
    for case in cases {
        for metric in work.metrics {
            let row: Vec<Option<Figure>> =
                targets.iter().map(|target| figures.figure(work, metric, case, target)).collect();
            if row.iter().any(Option::is_some) {
                let cells: Vec<String> = row
                    .iter()
                    .map(|figure| figure.map_or_else(|| "-".to_owned(), |figure| figure.show(metric.unit)))
                    .collect();
                writeln!(text, "| {case} | {} | {} |", metric.title, cells.join(" | "))?;
            }
        }
    }
    Ok(())
}

fn targets(text: &mut String, lines: &[Line], absent: &[Missing]) -> Result<()> {
    writeln!(
        text,
        "\n## Targets\n\n| target | what | version | set-up | a call includes |\n|---|---|---|---|---|"
    )?;
    for line in lines {
        if let Line::Target(TargetLine { name, what, version, flags, includes }) = line {
            writeln!(text, "| {name} | {what} | {version} | `{flags}` | {includes} |")?;
        }
    }
    if !absent.is_empty() {
        writeln!(text, "\nNot in this run:\n")?;
        for missing in absent {
            writeln!(text, "- {}: {}", missing.name, missing.how)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;
    use crate::{
        store::tests::{record, run},
        work,
    };

    fn lines() -> Vec<Line> {
        let memory = |target: &str, round: usize, mebibytes: f64| {
            Line::Result(record("memory", "10 functions", target, round, ("bytes", mebibytes * 1_048_576.0)))
        };
        vec![
            Line::Run(run("quick")),
            memory("flock", 1, 100.0),
            memory("google", 1, 600.0),
            memory("flock", 2, 120.0),
            memory("google", 2, 500.0),
            memory("tomcat", 1, 55.0),
        ]
    }

    #[test]
    fn the_report_says_first_what_flock_is_worse_at() {
        let text = write(&lines(), work::ALL, &[], &[]).unwrap();
        let worse =
            text.find("| Memory | 10 functions | PSS | 110 MiB | tomcat | 55.0 MiB | 2.00 x |").unwrap();
        let ratios = text.find("| Memory | 10 functions | PSS | 5.00 x | 0.500 x |").unwrap();
        assert!(worse < ratios, "{text}");
        assert!(text.contains("110 MiB (100-120) | 550 MiB (500-600) | 55.0 MiB |"), "{text}");
        assert!(text.contains("0.5 to 0.5 in it"), "{text}");
    }

    #[test]
    fn a_busy_machine_is_said() {
        let mut lines = lines();
        assert!(!write(&lines, work::ALL, &[], &[]).unwrap().contains("busy"));
        for line in &mut lines {
            if let Line::Result(record) = line {
                record.load_average = 7.5;
            }
        }
        let text = write(&lines, work::ALL, &[], &[]).unwrap();
        assert!(text.contains("busy** (load average 7.5 in"), "{text}");
    }

    #[test]
    fn missing_results_and_targets_are_named() {
        let absent = Missing { name: "openwhisk".to_owned(), how: "give --openwhisk-url".to_owned() };
        let text =
            write(&lines(), work::ALL, &[absent], &["memory: 1 function, flock: no".to_owned()]).unwrap();
        assert!(text.contains("- memory: 1 function, flock: no"), "{text}");
        assert!(text.contains("- openwhisk: give --openwhisk-url"), "{text}");
    }

    #[test]
    fn more_is_better_only_for_rates() {
        let rate = Metric::new("x", "x", Unit::PerSecond);
        let time = Metric::new("x", "x", Unit::Micros);
        assert_eq!(ratio(&rate, 10.0, 5.0), Some(2.0));
        assert_eq!(ratio(&time, 10.0, 5.0), Some(0.5));
        assert_eq!(ratio(&time, 0.0, 5.0), None);
    }
}
