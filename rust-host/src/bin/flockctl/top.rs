//! `top`: what the loaded functions do at the moment, again and again, as a table that is drawn anew.
//!
//! The host gives counters; calls a second and CPU are differences between two of its answers, so they are of the last
//! interval, and 100 % is one core. Percentiles are the host's, of the last seconds. A host that is not Flock has no
//! `/flock/v1/top` and answers 404.

use std::{collections::HashMap, io::IsTerminal, time::Duration};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::Session;
use crate::failure::Failure;
use crate::figures::{micros_text, outcomes_text, size_text, three_digits};
use crate::table::{Cell, Table};

const EXAMPLES: &str = "\
Examples:
  flockctl top                                 by CPU, every two seconds, until Ctrl-C
  flockctl top --sort heap --interval-millis 500
  flockctl top --once --json                   one object: rows of the next second
  flockctl --auth UUID:KEY top                 with the key of `flockd keys operator`: all namespaces

100 % CPU is one core. HEAP, THREADS, LANES and QUEUED are of all instances of an action.";

/// Clears the screen and goes to its first line.
const CLEAR: &str = "\x1b[H\x1b[2J";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TopArgs {
    /// Column to sort by
    #[arg(long, value_enum, default_value_t = Sort::Cpu)]
    sort: Sort,
    /// Milliseconds between two tables
    #[arg(long, value_name = "MS", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(100..=3_600_000))]
    interval_millis: u64,
    /// At most this many rows
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    rows: u64,
    /// One table, of the next interval, then end
    #[arg(long)]
    once: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    Action,
    Calls,
    P50,
    P99,
    Cpu,
    Heap,
    Threads,
    Lanes,
    Queued,
}

/// An answer of the host.
struct Sample {
    epoch_millis: u64,
    rows: Vec<Value>,
    lost_threads: u64,
}

pub(crate) fn run(session: &Session, args: &TopArgs) -> Result<(), Failure> {
    let interval = Duration::from_millis(args.interval_millis);
    let redraws = std::io::stdout().is_terminal() && !args.once && !session.output.for_program();
    let mut before = fetch(session)?;
    loop {
        std::thread::sleep(interval);
        let now = fetch(session)?;
        let rows = rows(&before, &now, args);
        if session.output.for_program() {
            let value = json!({
                "epochMillis": now.epoch_millis,
                "lostThreads": now.lost_threads,
                "rows": rows,
            });
            session.output.json(&value)?;
        } else {
            let clear = if redraws { CLEAR } else { "" };
            let table = table(&rows, now.lost_threads).render(&session.output);
            session.output.styled(&format!("{clear}{table}"))?;
        }
        if args.once {
            return Ok(());
        }
        before = now;
    }
}

fn fetch(session: &Session) -> Result<Sample, Failure> {
    let mut value = session.client.get("/flock/v1/top?limit=20000")?.value("the table of functions")?;
    let rows = match value["rows"].take() {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    let number = |key: &str| value[key].as_u64().unwrap_or(0);
    Ok(Sample { epoch_millis: number("epochMillis"), lost_threads: number("lostThreads"), rows })
}

fn key(row: &Value) -> (&str, &str) {
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    (text("namespace"), text("action"))
}

/// The rows with what happened between the two answers, in order.
fn rows(before: &Sample, now: &Sample, args: &TopArgs) -> Vec<Value> {
    let known: HashMap<(&str, &str), &Value> = before.rows.iter().map(|row| (key(row), row)).collect();
    let seconds = now.epoch_millis.saturating_sub(before.epoch_millis).max(1) as f64 / 1000.0;
    let mut rows: Vec<Value> = now
        .rows
        .iter()
        .map(|row| {
            // An action that was not loaded before has done all that it did since then.
            let gained = |name: &str| {
                let earlier = known.get(&key(row)).map_or(0, |row| row[name].as_u64().unwrap_or(0));
                row[name].as_u64().unwrap_or(0).saturating_sub(earlier) as f64
            };
            let mut shown = row.clone();
            shown["callsPerSecond"] = (gained("calls") / seconds).into();
            shown["cpuPercent"] = (gained("cpuMicros") / seconds / 1e4).into();
            shown
        })
        .collect();
    sort(&mut rows, args.sort);
    rows.truncate(usize::try_from(args.rows).unwrap_or(usize::MAX));
    rows
}

fn sort(rows: &mut [Value], by: Sort) {
    let column = match by {
        Sort::Action => "",
        Sort::Calls => "callsPerSecond",
        Sort::P50 => "p50Micros",
        Sort::P99 => "p99Micros",
        Sort::Cpu => "cpuPercent",
        Sort::Heap => "liveHeapBytes",
        Sort::Threads => "threads",
        Sort::Lanes => "lanes",
        Sort::Queued => "queued",
    };
    let number = |row: &Value| row[column].as_f64().unwrap_or(-1.0);
    rows.sort_by(|one, other| number(other).total_cmp(&number(one)).then_with(|| key(one).cmp(&key(other))));
}

fn table(rows: &[Value], lost_threads: u64) -> Table {
    let titles =
        ["ACTION", "CALLS/S", "P50", "P99", "CPU %", "HEAP", "THREADS", "LANES", "QUEUED", "OUTCOMES"];
    let mut table = Table::with_heading(&titles);
    for row in rows {
        let count = |name: &str| Cell::from(row[name].as_u64().unwrap_or(0).to_string());
        let rate = |name: &str| Cell::from(three_digits(row[name].as_f64().unwrap_or(0.0)));
        let time = |name: &str| Cell::from(row[name].as_u64().map_or("-".to_owned(), micros_text));
        table.row([
            format!("/{}", row["action"].as_str().unwrap_or("?")).into(),
            rate("callsPerSecond"),
            time("p50Micros"),
            time("p99Micros"),
            rate("cpuPercent"),
            size_text(row["liveHeapBytes"].as_u64().unwrap_or(0)).into(),
            count("threads"),
            count("lanes"),
            count("queued"),
            outcomes_text(&row["outcomes"]).into(),
        ]);
    }
    if rows.is_empty() {
        table.row([Cell::from("no function is loaded")]);
    }
    for row in rows.iter().filter(|row| row["blockedCalls"].as_u64().unwrap_or(0) > 0) {
        let name = row["action"].as_str().unwrap_or("?");
        table.row([Cell::from(format!(
            "/{name} holds a lock that {} calls of others wait for",
            row["blockedCalls"]
        ))]);
    }
    if lost_threads > 0 {
        table
            .row([Cell::from(format!("{lost_threads} threads could not be stopped; see the log of flockd"))]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Output, Reader};

    fn sample(epoch_millis: u64, rows: Value) -> Sample {
        Sample { epoch_millis, lost_threads: 0, rows: rows.as_array().cloned().unwrap_or_default() }
    }

    fn args(sort: Sort, rows: u64) -> TopArgs {
        TopArgs { sort, interval_millis: 1000, rows, once: true }
    }

    #[test]
    fn rates_are_of_the_interval() {
        let before =
            sample(1000, json!([{"namespace": "n", "action": "n/a", "calls": 10, "cpuMicros": 1_000_000}]));
        let now = sample(
            3000,
            json!([
                {"namespace": "n", "action": "n/a", "calls": 30, "cpuMicros": 2_000_000, "liveHeapBytes": 1},
                {"namespace": "n", "action": "n/new", "calls": 2, "cpuMicros": 10_000, "liveHeapBytes": 9},
            ]),
        );
        let by_cpu = rows(&before, &now, &args(Sort::Cpu, 30));
        assert_eq!((&by_cpu[0]["action"], by_cpu.len()), (&json!("n/a"), 2));
        assert_eq!(by_cpu[0]["callsPerSecond"], 10.0);
        assert_eq!(by_cpu[0]["cpuPercent"], 50.0);
        assert_eq!(by_cpu[1]["callsPerSecond"], 1.0);
        let by_heap = rows(&before, &now, &args(Sort::Heap, 1));
        assert_eq!((&by_heap[0]["action"], by_heap.len()), (&json!("n/new"), 1));
        let by_name = rows(&before, &now, &args(Sort::Action, 30));
        assert_eq!(by_name[1]["action"], "n/new");
    }

    #[test]
    fn the_table_shows_what_is_there() {
        let rows = [json!({"namespace": "n", "action": "n/a", "callsPerSecond": 12.345, "p50Micros": 900,
            "p99Micros": null, "cpuPercent": 0.0, "liveHeapBytes": 2048, "threads": 1, "lanes": 2,
            "queued": 0, "blockedCalls": 2, "outcomes": {"success": 4}})];
        let text = table(&rows, 1).render(&Output::new(Reader::Person));
        let line = text.lines().nth(1).unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let expected =
            ["/n/a", "12.3", "900", "us", "-", "0.00", "2.00", "KB", "1", "2", "0", "success", "4"];
        assert_eq!(words, expected);
        assert!(text.contains("/n/a holds a lock that 2 calls of others wait for"), "{text}");
        assert!(text.contains("1 threads could not be stopped"), "{text}");
        assert!(table(&[], 0).render(&Output::new(Reader::Person)).contains("no function is loaded"));
    }
}
