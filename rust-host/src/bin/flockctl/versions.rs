//! `versions`, `rollback`, `traffic`: the versions of an action, and which of them runs.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::Session;
use crate::client::DEPLOY_TIMEOUT;
use crate::deploy::{StepArgs, say_deployed};
use crate::failure::Failure;
use crate::moment::iso;
use crate::names::EntityName;
use crate::table::Table;

const LIST_EXAMPLES: &str = "\
Examples:
  flockctl versions hello
  flockctl --json versions tools/app | jq -r '.versions[].version'

CALLS and FAILED are those since the version was loaded last.";

const ROLLBACK_EXAMPLES: &str = "\
Examples:
  flockctl rollback hello              the version before
  flockctl rollback hello 0.0.3        that one
  flockctl rollback hello --check      if it can still be loaded

The old version comes back as a new one, so numbers only grow.";

const TRAFFIC_EXAMPLES: &str = "\
Examples:
  flockctl traffic hello 0.0.3=90      90 of 100 calls go to 0.0.3, the rest to the current version
  flockctl traffic hello               all calls go to the current version";

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct VersionsArgs {
    /// Name of the action
    name: String,
}

#[derive(Debug, Args)]
#[command(after_help = ROLLBACK_EXAMPLES)]
pub(crate) struct RollbackArgs {
    /// Name of the action
    name: String,
    /// The version to go back to [default: the one before the current one]
    version: Option<String>,
    #[command(flatten)]
    step: StepArgs,
}

#[derive(Debug, Args)]
#[command(after_help = TRAFFIC_EXAMPLES)]
pub(crate) struct TrafficArgs {
    /// Name of the action
    name: String,
    /// Parts of former versions in percent, 100 together at most; none: the current version gets all
    #[arg(value_name = "VERSION=PERCENT")]
    parts: Vec<String>,
}

/// A point in time as people read it.
fn time(epoch_millis: u64) -> String {
    i64::try_from(epoch_millis).map(iso).unwrap_or_default()
}

/// The path, for a name in the namespace of the key.
fn path(session: &Session, given: &str) -> Result<(EntityName, String), Failure> {
    let name = EntityName::parse(given, &session.namespace)?;
    let path = name.action_path();
    let local = path.split_once("/actions/").map(|(_, local)| local.to_owned()).unwrap_or_default();
    Ok((name, format!("/flock/v1/versions/{local}")))
}

pub(crate) fn list(session: &Session, args: &VersionsArgs) -> Result<(), Failure> {
    let (name, path) = path(session, &args.name)?;
    let answer = session.client.get(&path)?;
    let versions = answer.value(&format!("action {}", name.short()))?;
    show(session, &versions)
}

fn show(session: &Session, versions: &Value) -> Result<(), Failure> {
    if session.output.for_program() {
        return session.output.json(versions);
    }
    let mut table = Table::with_heading(&["VERSION", "TRAFFIC", "CALLS", "FAILED", "MADE", "REPLACED"]);
    for row in versions["versions"].as_array().into_iter().flatten() {
        let number = |key: &str| row[key].as_u64().unwrap_or(0).to_string();
        let moment = |key: &str| row[key].as_u64().map(time).unwrap_or_default();
        table.row([
            row["version"].as_str().unwrap_or("?").into(),
            format!("{} %", number("percent")).into(),
            number("callsSinceLoad").into(),
            number("failedSinceLoad").into(),
            moment("updated").into(),
            moment("replaced").into(),
        ]);
    }
    session.output.styled(&table.render(&session.output))
}

pub(crate) fn rollback(session: &Session, args: &RollbackArgs) -> Result<(), Failure> {
    let (name, path) = path(session, &args.name)?;
    let body = match &args.version {
        Some(version) => json!({ "version": version }),
        None => json!({}),
    };
    // A query begins with another sign than it goes on with.
    let query = args.step.query().replacen('&', "?", 1);
    let answer = session.client.post(&format!("{path}{query}"), &body.to_string(), DEPLOY_TIMEOUT)?;
    let mut action = answer.value(&format!("action {}", name.short()))?;
    if let Some(exec) = action.get_mut("exec").and_then(Value::as_object_mut) {
        exec.remove("code");
    }
    let of = args.version.as_deref().unwrap_or("the version before");
    say_deployed(session, &name, &action, &format!("a copy of {of}"))
}

pub(crate) fn traffic(session: &Session, args: &TrafficArgs) -> Result<(), Failure> {
    let (name, path) = path(session, &args.name)?;
    let mut parts = Map::new();
    for part in &args.parts {
        let (version, percent) = part
            .split_once('=')
            .and_then(|(version, percent)| {
                Some((version, percent.trim_end_matches('%').parse::<u32>().ok()?))
            })
            .ok_or_else(|| {
                Failure::usage(format!("'{part}' is not VERSION=PERCENT")).advise("write it as in 0.0.3=90")
            })?;
        if parts.insert(version.to_owned(), percent.into()).is_some() {
            return Err(Failure::usage(format!("version {version} stands twice")));
        }
    }
    let answer = session.client.put(&path, &json!({ "traffic": parts }))?;
    let versions = answer.value(&format!("action {}", name.short()))?;
    show(session, &versions)
}
