//! `trace ID`: an activation and all that it caused, as a waterfall.
//!
//! What an activation caused is found by the `cause` of the records that began since it did. Records give their begin in
//! milliseconds only, so hops of a sequence that follow one another are placed by what those before them took.

use std::collections::HashMap;

use clap::Args;
use serde_json::{Value, json};

use crate::Session;
use crate::failure::{Failure, Kind};
use crate::figures::{micros_text, size_text};
use crate::names::{collection_path, encode, query};
use crate::records::Record;
use crate::table::Table;

/// Records that a host gives at once.
const PAGE: usize = 200;
/// Records that are looked through before giving up.
const LOOKED_THROUGH_MAX: usize = 10_000;
/// Characters of the longest bar.
const BAR_CHARACTERS: u64 = 32;

const EXAMPLES: &str = "\
Examples:
  flockctl trace 0193a1b2c3d4e5f60718293a4b5c6d7e
  flockctl trace 0193a1b2c3d4e5f60718293a4b5c6d7e --json

A bar shows '.' for the wait, '=' for the run. Hops of which no record is kept (records: errors) do not appear.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TraceArgs {
    /// Id of the activation: of a sequence, or of an action that calls others
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// One line of the waterfall, times in microseconds.
struct Line {
    record: Record,
    depth: usize,
    at: u64,
}

pub(crate) fn run(session: &Session, args: &TraceArgs) -> Result<(), Failure> {
    let path = collection_path(&session.namespace, "activations");
    let what = format!("activation {}", args.id);
    let answer = session.client.get(&format!("{path}/{}", encode(&args.id)))?;
    let root: Record = read(answer.accepted(&what)?)?;
    let mut caused = caused_since(session, &path, root.start)?;
    let mut lines = Vec::new();
    lay_out(&mut lines, root, (0, 0), &mut caused);
    if session.output.for_program() {
        return session.output.json(&Value::Array(lines.iter().map(Line::to_json).collect()));
    }
    let end =
        lines.iter().map(|line| line.at + line.record.usage("waitMicros") + line.record.usage("wallMicros"));
    let end = end.max().unwrap_or(0).max(1);
    let mut table = Table::with_heading(&[
        "ACTION",
        "AT",
        "WAIT",
        "INIT",
        "RUN",
        "CPU",
        "ALLOCATED",
        "RESULT",
        "STATUS",
        "",
    ]);
    for line in &lines {
        let record = &line.record;
        table.row([
            format!("{}{}", "  ".repeat(line.depth), record.short_action()).into(),
            micros_text(line.at).into(),
            micros_text(record.usage("waitMicros")).into(),
            micros_text(record.usage("initMicros")).into(),
            micros_text(record.usage("wallMicros")).into(),
            micros_text(record.usage("cpuMicros")).into(),
            size_text(record.usage("allocatedBytes")).into(),
            record.result_bytes().map_or("-".to_owned(), size_text).into(),
            record.status_cell(),
            line.bar(end).into(),
        ]);
    }
    session.output.styled(&table.render(&session.output))
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new(Kind::Server, format!("a record cannot be read: {error}"))
            .advise("check --apihost: this may not be an OpenWhisk host")
    })
}

/// All records with a cause that began since then, by their cause, the oldest first.
fn caused_since(session: &Session, path: &str, since: i64) -> Result<HashMap<String, Vec<Record>>, Failure> {
    let mut caused: HashMap<String, Vec<Record>> = HashMap::new();
    for skip in (0..LOOKED_THROUGH_MAX).step_by(PAGE) {
        let flags = query(&[
            ("docs", Some("true".into())),
            ("limit", Some(PAGE.to_string())),
            ("since", Some(since.to_string())),
            ("skip", Some(skip.to_string())),
        ]);
        let answer = session.client.get(&format!("{path}{flags}"))?;
        let page: Vec<Record> = read(answer.accepted("activations")?)?;
        let is_last = page.len() < PAGE;
        for record in page {
            if let Some(cause) = &record.cause {
                caused.entry(cause.clone()).or_default().push(record);
            }
        }
        if is_last {
            break;
        }
    }
    for records in caused.values_mut() {
        // Ids are ordered by time.
        records.sort_by(|a, b| (a.start, &a.activation_id).cmp(&(b.start, &b.activation_id)));
    }
    Ok(caused)
}

/// Puts a record and what it caused below it. `place`: how deep, and when its wait began.
fn lay_out(
    lines: &mut Vec<Line>,
    record: Record,
    place: (usize, u64),
    caused: &mut HashMap<String, Vec<Record>>,
) {
    let (depth, at) = place;
    let below = caused.remove(&record.activation_id).unwrap_or_default();
    let (start, is_sequence) = (record.start, record.is_sequence());
    let (ran_at, wall) = (at + record.usage("waitMicros"), record.usage("wallMicros"));
    lines.push(Line { record, depth, at });
    let mut next = ran_at;
    let took = |one: &Record| one.usage("waitMicros") + one.usage("wallMicros");
    // Branches of a flow run side by side; then their own begins are all that is known.
    let follows = is_sequence && below.iter().map(took).sum::<u64>() <= wall;
    for one in below {
        if !follows {
            let millis = u64::try_from(one.start.saturating_sub(start)).unwrap_or(0);
            next = ran_at + (millis * 1000).saturating_sub(one.usage("waitMicros"));
        }
        let after = next + took(&one);
        lay_out(lines, one, (depth + 1, next), caused);
        next = after;
    }
}

impl Line {
    fn bar(&self, end: u64) -> String {
        let characters = |micros: u64| usize::try_from(micros * BAR_CHARACTERS / end).unwrap_or(0);
        let (wait, ran) = (self.record.usage("waitMicros"), self.record.usage("wallMicros"));
        let before = characters(self.at);
        let waits = characters(self.at + wait) - before;
        let runs = (characters(self.at + wait + ran) - before - waits).max(1);
        format!("{}{}{}", " ".repeat(before), ".".repeat(waits), "=".repeat(runs))
    }

    fn to_json(&self) -> Value {
        let record = &self.record;
        json!({
            "activationId": record.activation_id,
            "action": record.action(),
            "cause": record.cause,
            "depth": self.depth,
            "atMicros": self.at,
            "waitMicros": record.usage("waitMicros"),
            "initMicros": record.usage("initMicros"),
            "runMicros": record.usage("wallMicros"),
            "cpuMicros": record.usage("cpuMicros"),
            "allocatedBytes": record.usage("allocatedBytes"),
            "resultBytes": record.result_bytes(),
            "statusCode": record.status_code,
        })
    }
}
