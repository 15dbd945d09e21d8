//! `rule create|enable|disable|list|get|delete`: which action runs when a trigger fires.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::Session;
use crate::client::ANSWER_TIMEOUT;
use crate::entities::{self, PageArgs, plain_name, reference, text};
use crate::failure::Failure;
use crate::names::EntityName;

const EXAMPLES: &str = "\
Examples:
  flockctl rule create resize-uploads upload resize
  flockctl rule create log-uploads upload /whisk.system/utils/echo
  flockctl rule disable log-uploads
  flockctl rule list";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct RuleArgs {
    #[command(subcommand)]
    command: RuleCommand,
}

#[derive(Debug, Subcommand)]
enum RuleCommand {
    /// Create or update a rule; a new one is on
    Create(CreateArgs),
    /// Switch a rule on
    Enable(OneArgs),
    /// Switch a rule off
    Disable(OneArgs),
    /// List rules
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show a rule
    Get(OneArgs),
    /// Delete rules
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Name of the rule
    name: String,
    /// The trigger
    trigger: String,
    /// The action that it runs
    action: String,
    /// Fail with exit code 6 when a rule of this name exists
    #[arg(long)]
    no_overwrite: bool,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// Name of the rule
    name: String,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Names of the rules
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

pub(crate) fn run(session: &Session, args: &RuleArgs) -> Result<(), Failure> {
    match &args.command {
        RuleCommand::Create(args) => {
            let name = plain_name(session, &args.name, "rule")?;
            let trigger = plain_name(session, &args.trigger, "trigger")?;
            let action = EntityName::parse(&args.action, &session.namespace)?;
            let body = json!({ "trigger": trigger.qualified(), "action": action.qualified() });
            entities::put(session, &name, "rules", "rule", &body, args.no_overwrite).map(drop)
        }
        RuleCommand::Enable(args) => switch(session, args, "active"),
        RuleCommand::Disable(args) => switch(session, args, "inactive"),
        RuleCommand::List(args) => {
            let titles = ["NAME", "VERSION", "TRIGGER", "ACTION"];
            entities::list(session, &session.namespace, "rules", &args.page, &titles, |rule| {
                vec![
                    text(rule, "name").to_owned(),
                    text(rule, "version").to_owned(),
                    reference(rule, "trigger"),
                    reference(rule, "action"),
                ]
            })
        }
        RuleCommand::Get(args) => {
            let name = plain_name(session, &args.name, "rule")?;
            entities::get(session, &name, "rules", "rule")
        }
        RuleCommand::Delete(args) => entities::delete(session, &args.names, "rules", "rule", ""),
    }
}

fn switch(session: &Session, args: &OneArgs, status: &str) -> Result<(), Failure> {
    let name = plain_name(session, &args.name, "rule")?;
    let body = format!("{}\n", json!({ "status": status }));
    let answer = session.client.post(&entities::path(&name, "rules"), &body, ANSWER_TIMEOUT)?;
    answer.accepted(&format!("rule {}", name.name))?;
    if session.output.for_program() {
        return session.output.json(&json!({ "name": name.name, "status": status }));
    }
    session.output.text(&format!("rule {} is {status}", name.name))
}
