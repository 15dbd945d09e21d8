//! `funclets`: what is loaded, and what it costs to load it again.

use clap::Args;
use serde_json::Value;

use crate::Session;
use crate::deploy::bytes_text;
use crate::failure::Failure;
use crate::moment::iso;
use crate::table::Table;

const EXAMPLES: &str = "\
Examples:
  flockctl funclets
  flockctl --json funclets | jq -r '.rows[] | select(.state == \"ready\") | .action'

METASPACE is an estimate by the number of classes.
STATE: absent (no instance), loaded (not initialised), ready, running.
INIT is what loading and initialising took the last time.
A note below names what could not be made ready before its first call (flock-prewarm, or ahead of a hop), and why.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FuncletsArgs {}

pub(crate) fn run(session: &Session, _args: &FuncletsArgs) -> Result<(), Failure> {
    let answer = session.client.get("/flock/v1/funclets")?;
    let funclets = answer.value("the loaded functions")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let mut table = Table::with_heading(&[
        "ACTION",
        "VERSION",
        "STATE",
        "INSTANCES",
        "LANES",
        "HEAP",
        "CLASSES",
        "METASPACE",
        "CALLS",
        "COLD",
        "INIT",
        "LOADED",
    ]);
    for row in funclets["rows"].as_array().into_iter().flatten() {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| row[key].as_u64().unwrap_or(0);
        let metaspace = usize::try_from(number("metaspaceBytes")).unwrap_or(usize::MAX);
        let heap = usize::try_from(number("liveHeapBytes")).unwrap_or(usize::MAX);
        table.row([
            text("action").into(),
            text("version").into(),
            text("state").into(),
            number("instances").to_string().into(),
            number("lanes").to_string().into(),
            bytes_text(heap).into(),
            number("classes").to_string().into(),
            bytes_text(metaspace).into(),
            number("calls").to_string().into(),
            number("cold").to_string().into(),
            init_text(&row["initMicros"]).into(),
            i64::try_from(number("loadedEpochMillis")).map(iso).unwrap_or_default().into(),
        ]);
    }
    session.output.styled(&table.render(&session.output))?;
    for row in funclets["rows"].as_array().into_iter().flatten() {
        if let (Some(action), Some(why)) = (row["action"].as_str(), row["cannotBeMadeReady"].as_str()) {
            session.output.note(&format!("{action} cannot be made ready before it is called: {why}"));
        }
    }
    Ok(())
}

fn init_text(micros: &Value) -> String {
    match micros.as_u64() {
        None | Some(0) => String::new(),
        Some(micros) => format!("{:.2} ms", micros as f64 / 1000.0),
    }
}
