//! `usage`: what functions used, as a bill.
//!
//! The host keeps the bill by the minute, so a period begins and ends with whole minutes; the last line sums all rows,
//! those that are not shown included.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::Session;
use crate::failure::Failure;
use crate::figures::{micros_text, size_text};
use crate::moment;
use crate::names::query;
use crate::table::{Cell, Table};

const EXAMPLES: &str = "\
Examples:
  flockctl usage                               by action, the last hour
  flockctl usage --by namespace --since 30d
  flockctl usage --by activation --since 10m --limit 20
  flockctl usage --since 2026-11-01 --upto 2026-11-30T23:59 --json
  flockctl --auth UUID:KEY usage               with the key of `flockd keys operator`: all namespaces

TIME is milliseconds since 1970, a time ago (90s, 10m, 2h, 3d) or 2026-11-23T19:03:34Z.
CPU includes the threads that functions start. ERRORS are all activations but successes.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UsageArgs {
    /// What a row is
    #[arg(long, value_enum, default_value_t = By::Action)]
    by: By,
    /// Begin of the period
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = moment::parse)]
    since: i64,
    /// End of the period [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    upto: Option<i64>,
    /// At most this many rows [default: the host's]
    #[arg(short, long, value_name = "N")]
    limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Namespace,
    Action,
    Activation,
}

impl By {
    fn word(self) -> &'static str {
        match self {
            By::Namespace => "namespace",
            By::Action => "action",
            By::Activation => "activation",
        }
    }
}

pub(crate) fn run(session: &Session, args: &UsageArgs) -> Result<(), Failure> {
    let flags = query(&[
        ("by", Some(args.by.word().to_owned())),
        ("limit", args.limit.map(|limit| limit.to_string())),
        ("since", Some(args.since.to_string())),
        ("upto", args.upto.map(|millis| millis.to_string())),
    ]);
    let answer = session.client.get(&format!("/flock/v1/usage{flags}"))?;
    let bill = answer.value("the usage")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    session.output.styled(&table(&bill, args.by).render(&session.output))?;
    let moment = |key: &str| bill[key].as_i64().map_or("?".to_owned(), moment::iso);
    session.output.hint(&format!("from {} to {}", moment("since"), moment("upto")));
    Ok(())
}

fn table(bill: &Value, by: By) -> Table {
    let names: &[&str] = match by {
        By::Namespace => &["NAMESPACE"],
        By::Action => &["ACTION"],
        By::Activation => &["ACTIVATION", "ACTION", "OUTCOME"],
    };
    let mut titles = names.to_vec();
    if by != By::Activation {
        titles.extend(["CALLS", "ERRORS", "COLD"]);
    }
    titles.extend(["CPU", "RUN", "WAIT", "ALLOCATED", "PEAK HEAP", "LOGS"]);
    if by != By::Activation {
        titles.extend(["P50", "P99"]);
    }
    let mut table = Table::with_heading(&titles);
    let rows = bill["rows"].as_array().into_iter().flatten();
    for row in rows {
        let action = format!("/{}", text(row, "action"));
        let names = match by {
            By::Namespace => vec![text(row, "namespace").to_owned()],
            By::Action => vec![action],
            By::Activation => {
                vec![text(row, "activationId").to_owned(), action, text(row, "outcome").to_owned()]
            }
        };
        table.row(names.into_iter().map(Cell::from).chain(figures(row, by)));
    }
    let blanks = std::iter::repeat_n(String::new(), names.len() - 1);
    let total = std::iter::once("total".to_owned()).chain(blanks).map(Cell::from);
    table.row(total.chain(figures(&bill["total"], by)));
    table
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or("?")
}

fn figures(row: &Value, by: By) -> Vec<Cell> {
    let number = |key: &str| row[key].as_u64().unwrap_or(0);
    let time = |key: &str| Cell::from(row[key].as_u64().map_or("-".to_owned(), micros_text));
    let size = |key: &str| Cell::from(size_text(number(key)));
    let mut cells = Vec::new();
    if by != By::Activation {
        let errors = number("calls").saturating_sub(row["outcomes"]["success"].as_u64().unwrap_or(0));
        let counts = [number("calls"), errors, number("cold")];
        cells.extend(counts.map(|count| Cell::from(count.to_string())));
    }
    cells.extend(["cpuMicros", "wallMicros", "waitMicros"].map(time));
    cells.extend(["allocatedBytes", "peakHeapBytes", "logBytes"].map(size));
    if by != By::Activation {
        cells.extend(["p50Micros", "p99Micros"].map(time));
    }
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::{Output, Reader};

    fn lines(bill: &Value, by: By) -> Vec<Vec<String>> {
        let text = table(bill, by).render(&Output::new(Reader::Person));
        text.lines()
            .map(|line| {
                line.split("  ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
            })
            .collect()
    }

    #[test]
    fn a_bill_has_rows_and_a_total() {
        let figures = json!({"calls": 5, "outcomes": {"success": 3, "cpu": 2}, "cold": 1, "cpuMicros": 1500,
            "wallMicros": 2_000_000, "waitMicros": 10, "allocatedBytes": 2048, "peakHeapBytes": 0,
            "logBytes": 7, "p50Micros": 900});
        let mut row = figures.clone();
        row["namespace"] = "guest".into();
        row["action"] = "guest/a".into();
        let bill = json!({"rows": [row], "total": figures});
        let shown = ["5", "2", "1", "1.50 ms", "2.00 s", "10 us", "2.00 KB", "0 B", "7 B", "900 us", "-"];
        let by_action = lines(&bill, By::Action);
        assert_eq!(
            (by_action[1][0].as_str(), &by_action[1][1..]),
            ("/guest/a", &shown.map(str::to_owned)[..])
        );
        assert_eq!((by_action[2][0].as_str(), &by_action[2][1..]), ("total", &shown.map(str::to_owned)[..]));
        assert_eq!(lines(&bill, By::Namespace)[1][0], "guest");
        let activation =
            json!({"rows": [{"activationId": "a1", "action": "guest/a", "outcome": "cpu", "cpuMicros": 3}]});
        let by_activation = lines(&activation, By::Activation);
        assert_eq!(by_activation[1][..4], ["a1", "/guest/a", "cpu", "3 us"]);
    }
}
