//! `sequence NAME a,b,c`: an action that runs others in order, each with the result of the one
//! before it.

use clap::Args;
use serde_json::json;

use crate::Session;
use crate::deploy::{AnnotationArgs, Overwrite, StepArgs, annotations, put_action, say_deployed};
use crate::failure::Failure;
use crate::names::EntityName;

const EXAMPLES: &str = "\
Examples:
  flockctl sequence shout trim,upper,exclaim
  flockctl sequence report /team/tools/csv,markdown --no-overwrite";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SequenceArgs {
    /// Name of the sequence
    name: String,
    /// Actions in their order, separated by commas
    #[arg(value_name = "ACTION,..", required = true, value_delimiter = ',')]
    actions: Vec<String>,
    #[command(flatten)]
    annotations: AnnotationArgs,
    /// Fail with exit code 6 when an action of this name exists
    #[arg(long)]
    no_overwrite: bool,
}

pub(crate) fn run(session: &Session, args: &SequenceArgs) -> Result<(), Failure> {
    let name = EntityName::parse(&args.name, &session.namespace)?;
    let components = args
        .actions
        .iter()
        .map(|action| EntityName::parse(action.trim(), &session.namespace).map(|name| name.qualified()));
    let components = components.collect::<Result<Vec<_>, _>>()?;
    let overwrite = Overwrite::from_flag(args.no_overwrite);
    let mut body = json!({
        "namespace": name.namespace,
        "name": name.short(),
        "exec": { "kind": "sequence", "components": components },
    });
    if let Some(list) = annotations(session, &name, &args.annotations, overwrite)? {
        body["annotations"] = list;
    }
    let action = put_action(session, &name, &body, overwrite, &StepArgs::default())?;
    say_deployed(session, &name, &action, &components.join(" -> "))
}
