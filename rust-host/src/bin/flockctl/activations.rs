//! `activations [list|get|logs|result|poll]`: the records of what has run.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::Session;
use crate::failure::{Failure, Kind};
use crate::follow::{FollowArgs, Follower};
use crate::logs::stripped;
use crate::moment;
use crate::names::{EntityName, collection_path, encode, query};
use crate::records::Record;
use crate::table::Table;

const EXAMPLES: &str = "\
Examples:
  flockctl activations                             the last 30
  flockctl activations list --name hello --since 1h --limit 200
  flockctl activations get --last
  flockctl activations logs 0193a1b2c3d4e5f60718293a4b5c6d7e
  flockctl activations result --last --name hello
  flockctl activations poll                        show runs as they end, until Ctrl-C

TIME is milliseconds since 1970, a time ago (90s, 10m, 2h, 3d) or 2026-11-23T19:03:34Z.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct ActivationsArgs {
    #[command(subcommand)]
    command: Option<ActivationsCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum ActivationsCommand {
    /// List activations, the newest first
    List(ListArgs),
    /// Show a whole record
    Get(OneArgs),
    /// Show the log lines of an activation
    Logs(LogLinesArgs),
    /// Show what an activation returned
    Result(OneArgs),
    /// Show activations as they end
    Poll(PollArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only activations of this action
    #[arg(short, long)]
    name: Option<String>,
    /// At most this many; 0 is as many as the host gives at once
    #[arg(short, long, value_name = "N", default_value_t = 30)]
    limit: u32,
    /// Leave out the newest ones
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    skip: u32,
    /// Only those that began at or after this
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    since: Option<i64>,
    /// Only those that began at or before this
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    upto: Option<i64>,
    /// Whole records with results and logs
    #[arg(short, long)]
    full: bool,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// Id of the activation
    #[arg(value_name = "ID", required_unless_present = "last", conflicts_with = "last")]
    id: Option<String>,
    /// The newest one
    #[arg(long)]
    last: bool,
    /// The newest one of this action (with --last)
    #[arg(short, long, requires = "last")]
    name: Option<String>,
}

#[derive(Debug, Args)]
struct LogLinesArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Leave out the time and the stream of each line
    #[arg(short, long)]
    strip: bool,
}

#[derive(Debug, Args)]
struct PollArgs {
    /// Only activations of this action
    name: Option<String>,
    /// Begin with those that began after this
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    since: Option<i64>,
    #[command(flatten)]
    follow: FollowArgs,
}

pub(crate) fn run(session: &Session, args: &ActivationsArgs) -> Result<(), Failure> {
    match &args.command {
        None => list(session, &args.list),
        Some(ActivationsCommand::List(args)) => list(session, args),
        Some(ActivationsCommand::Get(args)) => get(session, args),
        Some(ActivationsCommand::Logs(args)) => logs(session, args),
        Some(ActivationsCommand::Result(args)) => result(session, args),
        Some(ActivationsCommand::Poll(args)) => poll(session, args),
    }
}

/// The namespace to ask and the value of the `name` filter.
fn scope(session: &Session, name: Option<&str>) -> Result<(String, Option<String>), Failure> {
    match name {
        None => Ok((session.namespace.clone(), None)),
        Some(name) => {
            let name = EntityName::parse(name, &session.namespace)?;
            Ok((name.namespace.clone(), Some(name.short())))
        }
    }
}

fn list(session: &Session, args: &ListArgs) -> Result<(), Failure> {
    let (namespace, name) = scope(session, args.name.as_deref())?;
    let flags = query(&[
        ("docs", args.full.then(|| "true".into())),
        ("limit", Some(args.limit.to_string())),
        ("name", name),
        ("since", args.since.map(|millis| millis.to_string())),
        ("skip", Some(args.skip.to_string())),
        ("upto", args.upto.map(|millis| millis.to_string())),
    ]);
    let path = collection_path(&namespace, "activations");
    let answer = session.client.get(&format!("{path}{flags}"))?;
    let text = answer.accepted("activations")?;
    if session.output.for_program() {
        answer.value("activations")?;
        return session.output.json_text(text);
    }
    let records: Vec<Record> = serde_json::from_str(text).map_err(|e| {
        Failure::new(Kind::Server, format!("the list of activations cannot be read: {e}"))
            .advise("check --apihost: this may not be an OpenWhisk host")
    })?;
    if args.full {
        for (index, record) in records.iter().enumerate() {
            if index > 0 {
                session.output.text("")?;
            }
            record.show(session)?;
        }
        return Ok(());
    }
    let titles = ["START", "ACTIVATION", "ACTION", "DURATION", "BEGAN", "STATUS"];
    let mut table = Table::with_heading(&titles);
    for record in &records {
        table.row([
            moment::iso(record.start).into(),
            record.activation_id.as_str().into(),
            record.short_action().into(),
            record.duration_text().into(),
            record.start_kind().into(),
            record.status_cell(),
        ]);
    }
    session.output.styled(&table.render(&session.output))
}

/// The id that is meant; for the newest one the host is asked.
fn id_of(session: &Session, args: &OneArgs) -> Result<(String, String), Failure> {
    let (namespace, name) = scope(session, args.name.as_deref())?;
    if let Some(id) = &args.id {
        return Ok((namespace, id.clone()));
    }
    let flags = query(&[("limit", Some("1".into())), ("skip", Some("0".into())), ("name", name)]);
    let path = collection_path(&namespace, "activations");
    let rows = session.client.get(&format!("{path}{flags}"))?.value("activations")?;
    let id = rows[0]["activationId"].as_str().ok_or_else(|| {
        Failure::new(Kind::NotFound, "there is no activation yet")
            .advise("run an action with: flockctl invoke NAME")
    })?;
    Ok((namespace, id.to_owned()))
}

/// The text of `/activations/ID` or of a part of it.
fn one(session: &Session, args: &OneArgs, part: &str) -> Result<(String, Value), Failure> {
    let (namespace, id) = id_of(session, args)?;
    let path = collection_path(&namespace, "activations");
    let answer = session.client.get(&format!("{path}/{}{part}", encode(&id)))?;
    let value = answer.value(&format!("activation {id}"))?;
    Ok((answer.text, value))
}

fn get(session: &Session, args: &OneArgs) -> Result<(), Failure> {
    let (text, _) = one(session, args, "")?;
    match Record::parse(&text) {
        Some(record) if !session.output.for_program() => record.show(session),
        _ => session.output.json_text(&text),
    }
}

fn logs(session: &Session, args: &LogLinesArgs) -> Result<(), Failure> {
    let (text, value) = one(session, &args.one, "/logs")?;
    if session.output.for_program() {
        return session.output.json_text(&text);
    }
    let lines = value["logs"].as_array().into_iter().flatten();
    for line in lines.filter_map(Value::as_str) {
        session.output.text(if args.strip { stripped(line) } else { line })?;
    }
    Ok(())
}

/// People want what the action returned; programs get the host's answer with its status.
fn result(session: &Session, args: &OneArgs) -> Result<(), Failure> {
    let (text, _) = one(session, args, "/result")?;
    match Record::result_of(&text) {
        Some(result) if !session.output.for_program() => session.output.json_text(&result),
        _ => session.output.json_text(&text),
    }
}

fn poll(session: &Session, args: &PollArgs) -> Result<(), Failure> {
    let (namespace, name) = scope(session, args.name.as_deref())?;
    let follower = Follower::begin(session, &namespace, name, args.since)?;
    let output = &session.output;
    output.hint("waiting for activations; end with Ctrl-C");
    follower.run(&args.follow, |record, text| {
        if output.for_program() {
            return output.json_text(text);
        }
        let mut line = Table::plain();
        line.row([
            moment::iso(record.start).into(),
            record.activation_id.as_str().into(),
            record.short_action().into(),
            record.duration_text().into(),
            record.start_kind().into(),
            record.status_cell(),
        ]);
        output.styled(&line.render(output))?;
        for text in &record.logs {
            output.text(&format!("  {text}"))?;
        }
        Ok(())
    })
}
