//! `flockctl`, the command line client of Flock.
//!
//! It speaks OpenWhisk's API over HTTP and shares no code with the server, so it also works
//! against any other OpenWhisk host. One file a group of commands; around them: `settings` (which
//! host, which key), `client` (requests), `output` (text and JSON), `failure` (exit codes).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod actions;
mod activations;
mod chain;
mod classfile;
mod cli;
mod client;
mod completions;
mod deploy;
mod entities;
mod entrypoint;
mod failure;
mod figures;
mod follow;
mod funclets;
mod host;
mod invoke;
mod javasource;
mod json_text;
mod logs;
mod moment;
mod names;
mod output;
mod package;
mod params;
mod records;
mod route;
mod rule;
mod sequence;
mod settings;
mod stream;
mod table;
mod top;
mod trace;
mod trigger;
mod upload;
mod usage;
mod versions;
mod wskprops;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, Global};
use crate::client::{Client, Trust};
use crate::failure::Failure;
use crate::output::{Output, Reader};
use crate::settings::Settings;
use crate::upload::Progress;

/// What a command works with.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) output: Output,
    /// The namespace of names that do not say one.
    pub(crate) namespace: String,
}

impl Session {
    fn open(global: &Global) -> Result<Session, Failure> {
        let settings = Settings::from_process(global)?;
        let trust = match global.insecure {
            true => Trust::AnyCertificate,
            false => Trust::CertificatesChecked,
        };
        let progress = match std::io::stderr().is_terminal() {
            true => Progress::Shown,
            false => Progress::Hidden,
        };
        let trace = global.verbose.then(|| Output::new(Reader::Program));
        Ok(Session {
            client: Client::new(&settings, trust, trace, progress),
            output: Output::new(global.reader()),
            namespace: settings.namespace,
        })
    }
}

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    match run(&global, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let code = failure.kind.exit_code();
            if code != 0 {
                Output::new(global.reader()).failure(&failure);
            }
            ExitCode::from(code)
        }
    }
}

fn run(global: &Global, command: Command) -> Result<(), Failure> {
    if let Command::Completions(args) = command {
        return completions::run(&Output::new(global.reader()), &args);
    }
    let session = Session::open(global)?;
    match command {
        Command::Deploy(args) => deploy::run(&session, &args),
        Command::Invoke(args) => invoke::run(&session, &args),
        Command::List(args) => actions::list(&session, &args),
        Command::Versions(args) => versions::list(&session, &args),
        Command::Rollback(args) => versions::rollback(&session, &args),
        Command::Traffic(args) => versions::traffic(&session, &args),
        Command::Get(args) => actions::get(&session, &args),
        Command::Delete(args) => actions::delete(&session, &args),
        Command::Sequence(args) => sequence::run(&session, &args),
        Command::Chain(args) => chain::run(&session, &args),
        Command::Package(args) => package::run(&session, &args),
        Command::Trigger(args) => trigger::run(&session, &args),
        Command::Rule(args) => rule::run(&session, &args),
        Command::Route(args) => route::run(&session, &args),
        Command::Activations(args) => activations::run(&session, &args),
        Command::Logs(args) => logs::run(&session, &args),
        Command::Top(args) => top::run(&session, &args),
        Command::Usage(args) => usage::run(&session, &args),
        Command::Trace(args) => trace::run(&session, &args),
        Command::Funclets(args) => funclets::run(&session, &args),
        Command::Leaks => host::leaks(&session),
        Command::Namespace => host::namespace(&session),
        Command::Limits => host::limits(&session),
        Command::Ping => host::ping(&session),
        Command::Completions(_) => Ok(()),
    }
}
