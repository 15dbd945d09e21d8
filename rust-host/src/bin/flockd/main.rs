//! The server: command line, configuration, exit code.

#![forbid(unsafe_code)]

mod folders;
mod keys;
mod limits;
mod serve;

use std::{
    io::{ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use flock::config::{Config, ConfigError, Resolved, keys::KEYS};

/// Runs Java functions behind OpenWhisk's REST API, thousands of them in one JVM.
#[derive(Debug, Parser)]
#[command(name = "flockd", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the host and serves until SIGTERM or SIGINT.
    ///
    /// Prints `listening on http://ADDR:PORT` on standard output when calls are answered. The first signal lets running
    /// calls end and writes their records; a second one ends the process at once.
    Serve(Settings),
    /// Prints every configuration key with its value, unit, default and source, then exits.
    Config(Settings),
    /// Makes, lists or revokes the keys of namespaces. Works beside a running host, which notices within a second.
    Keys {
        #[command(subcommand)]
        command: keys::Command,
        /// The data directory.
        #[arg(long, value_name = "DIR", global = true)]
        data: Option<PathBuf>,
        /// The configuration file (TOML).
        #[arg(long, value_name = "FILE", env = "FLOCK_CONFIG", global = true)]
        config: Option<PathBuf>,
    },
    /// Sets, lists or clears limits of single namespaces. Works beside a running host, which notices within a second.
    Limits {
        #[command(subcommand)]
        command: limits::Command,
        /// The data directory.
        #[arg(long, value_name = "DIR", global = true)]
        data: Option<PathBuf>,
        /// The configuration file (TOML).
        #[arg(long, value_name = "FILE", env = "FLOCK_CONFIG", global = true)]
        config: Option<PathBuf>,
    },
}

/// Flags override FLOCK_* variables, which override the file. `flockd config` lists all keys.
#[derive(Debug, Args)]
struct Settings {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:3233].
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// The data directory; made if it is missing [default: flock-data].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "FLOCK_CONFIG")]
    config: Option<PathBuf>,
    /// The JDK, 17 to 25 [default: JAVA_HOME, then PATH, then the usual places].
    #[arg(long, value_name = "DIR")]
    jdk: Option<PathBuf>,
    /// Use OpenWhisk standalone's well-known guest key; refuses to listen beyond loopback.
    #[arg(long)]
    dev: bool,
}

impl Settings {
    fn resolve(&self) -> Result<Resolved, ConfigError> {
        let path = |path: &PathBuf| path.display().to_string();
        let mut flags = Vec::new();
        flags.extend(self.listen.clone().map(|value| ("listen", value)));
        flags.extend(self.data.as_ref().map(|value| ("data", path(value))));
        flags.extend(self.jdk.as_ref().map(|value| ("jdk", path(value))));
        flags.extend(self.dev.then(|| ("dev", "true".to_owned())));
        Resolved::new(self.config.as_deref(), std::env::vars(), &flags)
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(settings) => settings
            .resolve()
            .and_then(|resolved| Config::from_resolved(&resolved))
            .map_err(|error| error.to_string())
            .and_then(serve::serve),
        Command::Config(settings) => settings
            .resolve()
            .and_then(|resolved| Config::from_resolved(&resolved).map(|_| resolved))
            .map_err(|error| error.to_string())
            .and_then(|resolved| print_config(&resolved)),
        Command::Keys { command, data, config } => {
            data_folder(data, config).and_then(|folder| keys::run(&command, &folder))
        }
        Command::Limits { command, data, config } => {
            data_folder(data, config).and_then(|folder| limits::run(&command, &folder))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("flockd: {why}");
            ExitCode::FAILURE
        }
    }
}

fn data_folder(data: Option<PathBuf>, config: Option<PathBuf>) -> Result<PathBuf, String> {
    let settings = Settings { listen: None, data, config, jdk: None, dev: false };
    settings.resolve().map(|resolved| resolved.text("data").into()).map_err(|error| error.to_string())
}

fn print_config(resolved: &Resolved) -> Result<(), String> {
    let mut text = Vec::from(
        "# flockd configuration. Sources, later ones win: default, file, FLOCK_* variable, flag.\n",
    );
    for key in KEYS {
        let unit = if key.unit.is_empty() { String::new() } else { format!(" [{}]", key.unit) };
        let (about, default, variable) = (key.about, key.default, key.variable());
        let (name, value, source) = (key.name, resolved.text(key.name), resolved.source(key.name));
        text.extend(format!("\n# {about}{unit}\n# default: {default:?}, variable: {variable}\n").bytes());
        text.extend(format!("{name} = {value:?}  # {source}\n").bytes());
    }
    match std::io::stdout().write_all(&text) {
        // As when `head` has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| error.to_string()),
    }
}
