//! `flock-compare`: measures Flock beside other ways to run Java functions. `--help` says how to use it.
//!
//! | file | what |
//! |---|---|
//! | `plan.rs` | how much is measured, and in which order |
//! | `run.rs` | does it |
//! | `work/` | what is measured: a file each |
//! | `target.rs`, `targets/` | on what: a file each |
//! | `client/` | by which client |
//! | `store.rs`, `stats.rs`, `memory.rs`, `machine.rs` | what is kept of it |
//! | `report/`, `plots.rs` | how it is shown |

#![forbid(unsafe_code)]

mod cli;
mod client;
mod function;
mod machine;
mod memory;
mod plan;
mod plots;
mod process;
mod report;
mod run;
mod stats;
mod store;
mod target;
mod targets;
mod work;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::Parser;

use cli::{Arguments, Hidden};
use store::{Run, Store};
use target::{Missing, Running, Setting};
use work::Work;

const MISSING: u8 = 1;
const WRONG: u8 = 2;
const STOPPED: u8 = 3;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Hidden::Warp) => targets::warp::serve().map(|()| ExitCode::SUCCESS),
        Some(Hidden::RuntimeApi) => targets::runtime_api::serve().map(|()| ExitCode::SUCCESS),
        None => compare(arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(WRONG)
    })
}

fn compare(arguments: Arguments) -> Result<ExitCode> {
    let root = std::env::current_dir()?;
    if !root.join("functions/samples").exists() {
        bail!("run it in the project's folder: functions/samples is not here");
    }
    let jdk = machine::find_jdk(arguments.jdk)?;
    let machine = machine::Machine::look(&jdk)?;
    if arguments.fresh && arguments.out.join(store::FILE).exists() {
        std::fs::remove_file(arguments.out.join(store::FILE))?;
    }
    let setting = Setting {
        root: root.clone(),
        work: root.join(&arguments.out).join("work"),
        jdk_major: machine::jdk_major(&machine.jdk)?,
        jdk,
        openwhisk: arguments.openwhisk_url.zip(arguments.openwhisk_key),
        proxy: arguments.proxy,
    };
    let mut scale = if arguments.quick { plan::QUICK } else { plan::FULL };
    scale.rounds = arguments.rounds.and_then(|rounds| usize::try_from(rounds).ok()).unwrap_or(scale.rounds);
    let (mut targets, missing) = choose(&setting, &arguments.targets, arguments.quick)?;
    let works = choose_work(&arguments.work)?;
    if arguments.list {
        list(&targets, &missing);
        return Ok(ExitCode::SUCCESS);
    }

    std::fs::create_dir_all(&setting.work).with_context(|| setting.work.display().to_string())?;
    let facts = Run {
        scale: format!("{}, rounds: {}", scale.name, scale.rounds),
        flock: machine::commit(&root),
        machine,
        date: machine::date(),
    };
    let mut store = Store::open(&arguments.out, facts)?;
    for missing in &missing {
        eprintln!("not here: {}: {}", missing.name, missing.how);
    }
    run::listen_for_signals()?;
    let cells = plan::cells(&works, &scale, &targets);
    let minutes = arguments.minutes.unwrap_or(scale.minutes_max);
    let outcome = run::run(&cells, &mut targets, &scale, minutes, &root, &mut store)?;
    for running in &mut targets {
        running.stop();
    }
    clean(&setting.work)?;

    plots::draw(&store.lines, &arguments.out)?;
    let text = report::write(&store.lines, work::ALL, &missing, &outcome.missing)?;
    let path = arguments.out.join("RESULTS.md");
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    eprintln!("{}, {} and the plots are written", path.display(), arguments.out.join(store::FILE).display());
    for result in &outcome.missing {
        eprintln!("missing: {result}");
    }
    Ok(match (outcome.stopped, outcome.missing.is_empty()) {
        (true, _) => ExitCode::from(STOPPED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(MISSING),
    })
}

/// The targets of this run, and those that are not here. One that was asked for by name must be here.
fn choose(setting: &Setting, names: &[String], quick: bool) -> Result<(Vec<Running>, Vec<Missing>)> {
    let wanted: Vec<&str> = match (names, quick) {
        ([], true) => targets::QUICK.to_vec(),
        (names, _) => names.iter().map(String::as_str).collect(),
    };
    let (mut here, mut missing) = (Vec::new(), Vec::new());
    for found in targets::all(setting) {
        match found {
            Ok(target) => here.push(Running::new(target)),
            Err(absent) => missing.push(absent),
        }
    }
    for name in &wanted {
        if let Some(absent) = missing.iter().find(|absent| absent.name == *name) {
            bail!("the target {name} is not here: {}", absent.how);
        }
        if !here.iter().any(|running| running.target.name() == *name) {
            bail!("--targets: there is no target {name:?}; --list names all");
        }
    }
    if !wanted.is_empty() {
        here.retain(|running| wanted.contains(&running.target.name()));
        missing.clear();
    }
    Ok((here, missing))
}

fn choose_work(names: &[String]) -> Result<Vec<&'static Work>> {
    if let Some(unknown) = names.iter().find(|name| !work::ALL.iter().any(|work| work.name == name.as_str()))
    {
        bail!("--work: there is no work {unknown:?}; --list names all");
    }
    let chosen =
        work::ALL.iter().filter(|work| names.is_empty() || names.iter().any(|name| name == work.name));
    Ok(chosen.copied().collect())
}

fn list(targets: &[Running], missing: &[Missing]) {
    println!("targets");
    for running in targets {
        println!("  {:16} {}", running.target.name(), running.target.about().what);
    }
    for absent in missing {
        println!("  {:16} not here: {}", absent.name, absent.how);
    }
    println!("work");
    for work in work::ALL {
        println!("  {:16} {}", work.name, work.title);
    }
}

/// Data and archives of targets are of no use later; their logs may be.
fn clean(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            std::fs::remove_dir_all(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "archive") {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}
