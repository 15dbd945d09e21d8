//! `logs NAME`: what an action wrote, of the last runs or of those to come.

use clap::Args;
use serde_json::json;

use crate::Session;
use crate::failure::Failure;
use crate::follow::{FollowArgs, Follower, fetch};
use crate::moment;
use crate::names::{EntityName, collection_path, query};
use crate::output::Output;
use crate::records::Record;
use crate::stream;

const EXAMPLES: &str = "\
Examples:
  flockctl logs hello                  the last 10 runs
  flockctl logs -f hello               what comes from now on, as it comes, until Ctrl-C
  flockctl logs hello --since 10m --strip

With --json each run is one line: {\"activationId\", \"name\", \"start\", \"logs\"}.
The logs of a sequence are those of its actions.";

/// Sequences nest; a host that lets them nest deeper is not followed for ever.
const MAX_NESTING: usize = 8;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogsArgs {
    /// Name of the action
    name: String,
    /// Go on with the runs to come
    #[arg(short, long)]
    follow: bool,
    /// Only runs that began after this: ms since 1970, 10m (ago), 2026-11-23T19:03:34Z
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    since: Option<i64>,
    /// At most this many of the last runs (without -f)
    #[arg(short, long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Leave out the time and the stream of each line
    #[arg(short, long)]
    strip: bool,
    #[command(flatten)]
    follow_args: FollowArgs,
}

pub(crate) fn run(session: &Session, args: &LogsArgs) -> Result<(), Failure> {
    let name = EntityName::parse(&args.name, &session.namespace)?;
    let print = |record: &Record, _: &str| show(session, &name.namespace, args, record);
    if args.follow {
        // What began before is in no stream, and a stream has the key's own namespace alone.
        let is_own = name.namespace == "_" || name.namespace == session.namespace;
        if args.since.is_none()
            && is_own
            && stream::run(session, &name.short(), args.follow_args.limit(), print)? == stream::End::Time
        {
            return Ok(());
        }
        let short = Some(name.short());
        let follower = Follower::begin(session, &name.namespace, short, args.since)?;
        session.output.hint(&format!("following {}; end with Ctrl-C", name.short()));
        return follower.run(&args.follow_args, print);
    }
    let path = collection_path(&name.namespace, "activations");
    let flags = query(&[
        ("limit", Some(args.limit.to_string())),
        ("skip", Some("0".into())),
        ("since", args.since.map(|millis| millis.to_string())),
        ("name", Some(name.short())),
    ]);
    let rows = session.client.get(&format!("{path}{flags}"))?.value("activations")?;
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        // A misspelt name must not look like a silent action.
        let action = session.client.get(&format!("{}?code=false", name.action_path()))?;
        action.value(&format!("action {}", name.short()))?;
        session.output.hint(&format!("no runs; next: flockctl invoke {}", args.name));
    }
    for id in rows.iter().rev().filter_map(|row| row["activationId"].as_str()) {
        if let Some((record, text)) = fetch(session, &name.namespace, id)? {
            print(&record, &text)?;
        }
    }
    Ok(())
}

fn show(session: &Session, namespace: &str, args: &LogsArgs, record: &Record) -> Result<(), Failure> {
    let lines = lines(session, namespace, record, 0)?;
    print_lines(&session.output, record, &lines, args.strip)
}

fn print_lines(output: &Output, record: &Record, lines: &[String], strip: bool) -> Result<(), Failure> {
    let lines: Vec<&str> = lines.iter().map(|line| if strip { stripped(line) } else { line }).collect();
    if output.for_program() {
        return output.json(&json!({
            "activationId": record.activation_id,
            "name": record.name,
            "start": record.start,
            "logs": lines,
        }));
    }
    if lines.is_empty() {
        return Ok(());
    }
    output.text(&lines.join("\n"))
}

/// The log lines of a run; for a sequence, those of its parts in their order.
fn lines(session: &Session, namespace: &str, record: &Record, depth: usize) -> Result<Vec<String>, Failure> {
    if !record.is_sequence() || depth >= MAX_NESTING {
        return Ok(record.logs.clone());
    }
    let mut all = Vec::new();
    for id in &record.logs {
        if let Some((part, _)) = fetch(session, namespace, id)? {
            all.extend(lines(session, namespace, &part, depth + 1)?);
        }
    }
    Ok(all)
}

/// `2026-11-23T19:03:34.1Z   stdout: text` without all up to the text.
pub(crate) fn stripped(line: &str) -> &str {
    let after_time = line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    let text = ["stdout:", "stderr:"].iter().find_map(|s| after_time.strip_prefix(s));
    text.map_or(line, |text| text.strip_prefix(' ').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::stripped;

    #[test]
    fn time_and_stream_are_cut_where_they_stand() {
        let table = [
            ("2026-11-23T19:03:34.123456789Z stdout: hello", "hello"),
            ("2026-11-23T19:03:34.1Z         stderr:   deep", "  deep"),
            ("2026-11-23T19:03:34.1Z         stdout:", ""),
            ("Logs were truncated because", "Logs were truncated because"),
            ("", ""),
        ];
        for (line, text) in table {
            assert_eq!(stripped(line), text, "{line}");
        }
    }
}
