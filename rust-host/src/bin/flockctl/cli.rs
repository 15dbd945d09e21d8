//! The command line: global options, the list of commands, and the help that documents both.
//!
//! The arguments of a command stand in the command's own file.

use clap::{Args, Parser, Subcommand};

use crate::output::Reader;
use crate::{
    actions, activations, completions, deploy, invoke, logs, package, route, rule, sequence, top, trace,
    trigger, usage,
};

const AFTER_HELP: &str = "\
Host and key, the first that is given:
  --apihost, --auth                    flags
  APIHOST, AUTH                        environment; then __OW_API_HOST, __OW_API_KEY
  ~/.wskprops                          lines APIHOST=.., AUTH=UUID:KEY, NAMESPACE=..;
                                       WSK_CONFIG_FILE names another file
  http://127.0.0.1:3233                when there is no host anywhere
A host without http:// or https:// is asked by http when it is this machine or has a port other
than 443, else by https.

Exit codes:
  0  done
  1  the action ran and ended with an error (HTTP 502)
  2  wrong usage, or a local file that cannot be read or written
  3  cannot connect, or the connection broke
  4  not authorized (HTTP 401, 403), or no key
  5  not found (HTTP 404)
  6  refused for another reason (any other HTTP 4xx)
  7  the host failed, or is not an OpenWhisk host
  8  no answer in time, or the action is still running (HTTP 202 to a blocking invoke)

Examples:
  flockctl deploy hello.jar
  flockctl invoke hello -r -p name Ada
  flockctl logs -f hello
  flockctl --json list | jq -r '.[].name'
  flockctl COMMAND --help              more examples";

/// Deploy and run Java functions on Flock, or on any OpenWhisk host.
#[derive(Debug, Parser)]
#[command(name = "flockctl", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// Host to talk to: HOST, HOST:PORT or a URL with http or https
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(crate) apihost: Option<String>,
    /// Key of the namespace. Other users can see it in the process list: prefer AUTH
    #[arg(long, global = true, value_name = "UUID:KEY", help_heading = "Global options")]
    pub(crate) auth: Option<String>,
    /// Write JSON for programs, errors on stderr too
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Accept any TLS certificate
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) insecure: bool,
    /// Say on stderr what is sent and what comes back
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
}

impl Global {
    pub(crate) fn reader(&self) -> Reader {
        if self.json { Reader::Program } else { Reader::Person }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create or update an action from a jar or a .java file
    Deploy(deploy::DeployArgs),
    /// Run an action
    Invoke(invoke::InvokeArgs),
    /// List actions
    #[command(visible_alias = "ls")]
    List(actions::ListArgs),
    /// Show an action, or save its code
    Get(actions::GetArgs),
    /// Delete actions
    #[command(visible_alias = "rm")]
    Delete(actions::DeleteArgs),
    /// Create or update a sequence: a chain of actions
    Sequence(sequence::SequenceArgs),
    /// Put actions under one name, with parameters that they inherit
    Package(package::PackageArgs),
    /// Name an event, fire it, or have the clock fire it
    Trigger(trigger::TriggerArgs),
    /// Say which action runs when a trigger fires
    Rule(rule::RuleArgs),
    /// Lead HTTP paths of your own to web actions
    Route(route::RouteArgs),
    /// Look at what has run
    Activations(activations::ActivationsArgs),
    /// Show or follow the logs of an action
    Logs(logs::LogsArgs),
    /// Show what the loaded functions do at the moment
    Top(top::TopArgs),
    /// Show what functions used, as a bill
    Usage(usage::UsageArgs),
    /// Draw the hops of an activation as a waterfall: wait, initialisation, run, CPU and bytes of each
    Trace(trace::TraceArgs),
    /// Show the dropped functions whose classes the host cannot unload, and what holds them
    Leaks,
    /// Show the namespace of the key
    Namespace,
    /// Show the limits of the namespace
    Limits,
    /// Ask the host whether it is there
    Ping,
    /// Write a completion script for a shell
    Completions(completions::CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for words in [["flockctl", "--json", "list"], ["flockctl", "list", "--json"]] {
            let cli = Cli::try_parse_from(words).map(|c| c.global.json);
            assert_eq!(cli.ok(), Some(true));
        }
    }

    #[test]
    fn every_command_with_arguments_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let plain = ["namespace", "limits", "leaks", "ping", "help"];
            let help = command.clone().render_long_help().to_string();
            let expected = !plain.contains(&command.get_name());
            assert_eq!(help.contains("Examples:"), expected, "{}", command.get_name());
        }
    }
}
