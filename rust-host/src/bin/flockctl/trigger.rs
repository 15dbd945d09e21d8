//! `trigger create|fire|list|get|delete`: names for events, fired by clients or by the clock.
//!
//! A trigger that is made with a feed takes three requests: the trigger, the feed action, and with `--run` a rule. When a
//! later one fails, what was made anew is taken back.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::Session;
use crate::client::ANSWER_TIMEOUT;
use crate::entities::{self, PageArgs, ParameterArgs, plain_name, text, updated};
use crate::failure::{Failure, Kind};
use crate::moment;
use crate::names::EntityName;
use crate::params::{pairs, parse_value, payload};

const EXAMPLES: &str = "\
Examples:
  flockctl trigger create upload                          then: flockctl rule create r upload resize
  flockctl trigger create upload --run resize             the same in one command
  flockctl trigger create nightly --cron '0 3 * * *' --timezone Europe/Berlin --run report
  flockctl trigger create beat --every 5 --run ping -p source clock
  flockctl trigger create later --at 2027-01-01T00:00:00Z --run greet
  flockctl trigger create mine --feed /team/feeds/queue --feed-param topic orders
  flockctl trigger fire upload -p file a.png
  flockctl trigger delete nightly

PATTERN has five fields (minute, hour, day of month, month, day of week) or six (seconds first).";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct TriggerArgs {
    #[command(subcommand)]
    command: TriggerCommand,
}

#[derive(Debug, Subcommand)]
enum TriggerCommand {
    /// Create or update a trigger
    Create(CreateArgs),
    /// Fire a trigger
    Fire(FireArgs),
    /// List triggers
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show a trigger and its rules
    Get(GetArgs),
    /// Delete triggers; their rules stay and are off
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("source").args(["cron", "every", "at", "feed"])))]
struct CreateArgs {
    /// Name of the trigger
    name: String,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Fire when the clock fits this pattern
    #[arg(long, value_name = "PATTERN")]
    cron: Option<String>,
    /// Time zone of the pattern [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "cron")]
    timezone: Option<String>,
    /// Fire every so many minutes
    #[arg(long, value_name = "MINUTES")]
    every: Option<u64>,
    /// Fire once at this time: milliseconds since 1970, or as 2026-11-23T19:03:34Z
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    at: Option<i64>,
    /// Feed action that fires it
    #[arg(long, value_name = "ACTION")]
    feed: Option<String>,
    /// Parameter for the feed action; repeatable
    #[arg(long, num_args = 2, value_names = ["KEY", "VALUE"], requires = "feed", allow_hyphen_values = true)]
    feed_param: Vec<String>,
    /// Make a rule, NAME-ACTION, that runs this action
    #[arg(long, value_name = "ACTION")]
    run: Option<String>,
    /// Fail with exit code 6 when a trigger of this name exists
    #[arg(long)]
    no_overwrite: bool,
}

#[derive(Debug, Args)]
struct FireArgs {
    /// Name of the trigger
    name: String,
    /// Parameter; repeatable
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    param: Vec<String>,
    /// File with the parameters, a JSON object; - is standard input
    #[arg(short = 'P', long, value_name = "FILE")]
    param_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
struct GetArgs {
    /// Name of the trigger
    name: String,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Names of the triggers
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

pub(crate) fn run(session: &Session, args: &TriggerArgs) -> Result<(), Failure> {
    match &args.command {
        TriggerCommand::Create(args) => create(session, args),
        TriggerCommand::Fire(args) => fire(session, args),
        TriggerCommand::List(args) => {
            let titles = ["NAME", "VERSION", "FEED", "UPDATED"];
            entities::list(session, &session.namespace, "triggers", &args.page, &titles, |trigger| {
                vec![
                    text(trigger, "name").to_owned(),
                    text(trigger, "version").to_owned(),
                    feed_of(trigger).unwrap_or("-").to_owned(),
                    updated(trigger),
                ]
            })
        }
        TriggerCommand::Get(args) => {
            let name = plain_name(session, &args.name, "trigger")?;
            entities::get(session, &name, "triggers", "trigger")
        }
        TriggerCommand::Delete(args) => delete(session, args),
    }
}

fn feed_of(trigger: &Value) -> Option<&str> {
    let list = trigger["annotations"].as_array()?;
    list.iter().find(|annotation| annotation["key"] == "feed")?["value"].as_str()
}

/// The feed that the flags ask for, and its parameters.
fn wanted_feed(args: &CreateArgs) -> Option<(String, Map<String, Value>)> {
    let alarm = |kind: &str, parameters: Value| {
        let Value::Object(parameters) = parameters else { return None };
        Some((format!("/whisk.system/alarms/{kind}"), parameters))
    };
    if let Some(pattern) = &args.cron {
        let mut parameters = json!({ "cron": pattern });
        if let Some(zone) = &args.timezone {
            parameters["timezone"] = zone.as_str().into();
        }
        return alarm("alarm", parameters);
    }
    if let Some(minutes) = args.every {
        return alarm("interval", json!({ "minutes": minutes }));
    }
    if let Some(at) = args.at {
        return alarm("once", json!({ "date": at }));
    }
    let feed = args.feed.clone()?;
    let parameters = pairs(&args.feed_param).map(|(key, value)| (key.to_owned(), parse_value(value)));
    Some((feed, parameters.collect()))
}

fn create(session: &Session, args: &CreateArgs) -> Result<(), Failure> {
    let name = plain_name(session, &args.name, "trigger")?;
    let mut body = json!({ "name": name.name });
    args.parameters.put_into(&mut body)?;
    let feed = wanted_feed(args);
    if let Some((feed, _)) = &feed {
        let feed = EntityName::parse(feed, &session.namespace)?.qualified();
        let annotation = json!({ "key": "feed", "value": feed });
        match body["annotations"].as_array_mut() {
            Some(list) => list.push(annotation),
            None => body["annotations"] = json!([annotation]),
        }
    }
    let made = entities::put(session, &name, "triggers", "trigger", &body, args.no_overwrite)?;
    let is_new = text(&made, "version") == "0.0.1";
    let rest = || -> Result<(), Failure> {
        if let Some((feed, parameters)) = &feed {
            invoke_feed(session, feed, &name, "CREATE", parameters)?;
        }
        if let Some(action) = &args.run {
            let action = EntityName::parse(action, &session.namespace)?;
            let rule = EntityName {
                namespace: name.namespace.clone(),
                package: None,
                name: format!("{}-{}", name.name, action.name),
            };
            let body = json!({ "trigger": name.qualified(), "action": action.qualified() });
            entities::put(session, &rule, "rules", "rule", &body, false)?;
        }
        Ok(())
    };
    rest().inspect_err(|_| {
        if is_new {
            // What failed is what the user is told; if this fails too, the trigger stays and can be seen.
            let _ = session.client.delete(&entities::path(&name, "triggers"));
        }
    })
}

fn invoke_feed(
    session: &Session,
    feed: &str,
    trigger: &EntityName,
    event: &str,
    parameters: &Map<String, Value>,
) -> Result<(), Failure> {
    let feed = EntityName::parse(feed, &session.namespace)?;
    let mut body = parameters.clone();
    body.insert("lifecycleEvent".into(), event.into());
    body.insert("triggerName".into(), trigger.qualified().into());
    if let Some(key) = session.client.key_pair() {
        body.insert("authKey".into(), key.into());
    }
    let path = format!("{}?blocking=true&result=true", feed.action_path());
    let answer = session.client.post(&path, &format!("{}\n", Value::Object(body)), 2 * ANSWER_TIMEOUT)?;
    entities::ran(&answer, &format!("feed {}", feed.qualified()), Kind::Action).map(drop)
}

fn fire(session: &Session, args: &FireArgs) -> Result<(), Failure> {
    let name = plain_name(session, &args.name, "trigger")?;
    let body = payload(args.param_file.as_deref(), &args.param)?;
    let answer = session.client.post(&entities::path(&name, "triggers"), &body, ANSWER_TIMEOUT)?;
    let what = format!("trigger {}", name.name);
    if answer.status == 204 {
        if session.output.for_program() {
            return session.output.json(&json!({ "activationId": null }));
        }
        return session.output.text(&format!("{what}: no rule is active, so nothing runs"));
    }
    let value = answer.value(&what)?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    session.output.text(text(&value, "activationId"))?;
    session.output.hint("what its rules did: flockctl activations logs ID");
    Ok(())
}

fn delete(session: &Session, args: &DeleteArgs) -> Result<(), Failure> {
    for text in &args.names {
        let name = plain_name(session, text, "trigger")?;
        let answer = session.client.get(&entities::path(&name, "triggers"))?;
        // Whether it is there is told by the deletion.
        if let Ok(trigger) = answer.value("trigger")
            && let Some(feed) = feed_of(&trigger)
        {
            invoke_feed(session, feed, &name, "DELETE", &Map::new())?;
        }
    }
    entities::delete(session, &args.names, "triggers", "trigger", "")
}
