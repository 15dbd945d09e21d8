//! `invoke NAME`: one POST, and its four ways to end.
//!
//! Done (200, or 202 to a call that does not wait), ended with an error (502 from the action, not
//! from something in front of the host: the activation's id tells them apart), still running (202
//! to a call that waits), refused. What the action returned goes to stdout in the first two.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::Session;
use crate::client::{ANSWER_TIMEOUT, Answer, error_text};
use crate::failure::{Failure, Kind};
use crate::names::{EntityName, query};
use crate::params::payload;
use crate::records::Record;

const EXAMPLES: &str = "\
Examples:
  flockctl invoke hello                        start it and print the activation's id
  flockctl invoke hello -r -p name Ada         wait, print the result only
  flockctl invoke hello -b                     wait, print result, times and logs
  flockctl invoke sum -r -p n 3 -p list '[1,2]'
  echo '{\"name\":\"Ada\"}' | flockctl invoke hello -r -P -

Values of --param are JSON where they read as JSON, else text.";

/// The host waits this long when the call does not say.
const DEFAULT_WAIT_MILLIS: u32 = 60_000;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InvokeArgs {
    /// Name of the action or sequence
    name: String,
    /// Parameter; repeatable
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    param: Vec<String>,
    /// File with the parameters, a JSON object; - is standard input
    #[arg(short = 'P', long, value_name = "FILE")]
    param_file: Option<PathBuf>,
    /// Wait for the end
    #[arg(short, long)]
    blocking: bool,
    /// Wait for the end and print the result only
    #[arg(short, long)]
    result: bool,
    /// How long to wait for the end, in milliseconds (with -b or -r)
    #[arg(short, long, value_name = "MS")]
    timeout: Option<u32>,
}

impl InvokeArgs {
    /// A call that waits for its result.
    pub(crate) fn for_result(
        name: &str,
        param: &[String],
        param_file: Option<&Path>,
        timeout: Option<u32>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            param: param.to_vec(),
            param_file: param_file.map(Path::to_owned),
            blocking: true,
            result: true,
            timeout,
        }
    }

    fn waits(&self) -> bool {
        self.blocking || self.result
    }
}

pub(crate) fn run(session: &Session, args: &InvokeArgs) -> Result<(), Failure> {
    let (name, answer) = call(session, args)?;
    finish(session, args, &name, &answer)
}

/// The call itself.
pub(crate) fn call(session: &Session, args: &InvokeArgs) -> Result<(EntityName, Answer), Failure> {
    if args.timeout.is_some() && !args.waits() {
        return Err(Failure::usage("--timeout says how long to wait, and this call does not wait")
            .advise("add -b or -r"));
    }
    let name = EntityName::parse(&args.name, &session.namespace)?;
    let body = payload(args.param_file.as_deref(), &args.param)?;
    let flags = query(&[
        ("blocking", Some(args.waits().to_string())),
        ("result", Some(args.result.to_string())),
        ("timeout", args.timeout.map(|millis| millis.to_string())),
    ]);
    let wait_millis = args.timeout.unwrap_or(DEFAULT_WAIT_MILLIS);
    let wait = match args.waits() {
        true => ANSWER_TIMEOUT + Duration::from_millis(wait_millis.into()),
        false => ANSWER_TIMEOUT,
    };
    let path = format!("{}{flags}", name.action_path());
    let answer = session.client.post(&path, &body, wait)?;
    Ok((name, answer))
}

/// What its end means, for stdout and the exit code.
pub(crate) fn finish(
    session: &Session,
    args: &InvokeArgs,
    name: &EntityName,
    answer: &Answer,
) -> Result<(), Failure> {
    let what = format!("action {}", name.short());
    match answer.status {
        202 if args.waits() => Err(still_running(session, answer, &what)?),
        202 => started(session, answer, name),
        200..=299 => show(session, args, answer),
        500..=599 if answer.activation.is_some() && is_outcome(answer) => {
            show(session, args, answer)?;
            Err(ended_with_error(answer, &what))
        }
        _ => Err(answer.refusal(&what)),
    }
}

/// Whether a 5xx is the outcome of a run, rather than a host that failed before it.
fn is_outcome(answer: &Answer) -> bool {
    answer.status == 502 || answer.text.contains("\"activationId\"")
}

fn activation_of(answer: &Answer) -> Option<String> {
    let body = || serde_json::from_str::<Value>(&answer.text).ok();
    let in_body = || Some(body()?["activationId"].as_str()?.to_owned());
    answer.activation.clone().or_else(in_body)
}

fn started(session: &Session, answer: &Answer, name: &EntityName) -> Result<(), Failure> {
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let id = activation_of(answer).unwrap_or_default();
    session.output.text(&format!("started {} as activation {id}", name.short()))?;
    session.output.hint(&format!("next: flockctl activations get {id}"));
    Ok(())
}

fn still_running(session: &Session, answer: &Answer, what: &str) -> Result<Failure, Failure> {
    let id = activation_of(answer).unwrap_or_default();
    if session.output.for_program() {
        session.output.json(&json!({ "activationId": id }))?;
    }
    let message = format!("{what}: still running as activation {id}");
    Ok(Failure::new(Kind::StillRunning, message)
        .with_status(answer.status)
        .with_activation(Some(id.clone()))
        .advise(format!("look again with: flockctl activations result {id}")))
}

fn show(session: &Session, args: &InvokeArgs, answer: &Answer) -> Result<(), Failure> {
    match Record::parse(&answer.text) {
        // An array result comes bare, even when the record was asked for.
        Some(record) if !args.result && !session.output.for_program() => record.show(session),
        _ => session.output.json_text(&answer.text),
    }
}

/// The failure of a run whose record or result is already on stdout.
fn ended_with_error(answer: &Answer, what: &str) -> Failure {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let response = &body["response"];
    let error = error_text(&response["result"]["error"]).or_else(|| error_text(&body["error"]));
    let how = response["status"].as_str().unwrap_or("an error");
    let kind = match answer.status {
        502 => Kind::Action,
        _ => Kind::Server,
    };
    let failure = Failure::new(kind, format!("{what} ended with {how}: {}", error.unwrap_or_default()))
        .with_status(answer.status)
        .with_activation(answer.activation.clone());
    match &answer.activation {
        Some(id) => failure.advise(format!("see its logs with: flockctl activations logs {id}")),
        None => failure,
    }
}

#[cfg(test)]
#[path = "invoke_tests.rs"]
mod tests;
