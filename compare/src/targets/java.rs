//! What targets that are one JVM a function have in common: flags, class path, and the archives that make a JVM start quicker.
//!
//! The tuned set-up is the best that a user of a stock JDK can do: C1 alone, and an archive of the loaded classes made by a training
//! run that calls the function (AppCDS; on 25 the AOT cache, which holds profiles too). Making it is not in the measured time.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{client::Place, function::Function, process::Program, target::Setting};

/// How the JVM is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tuning {
    Default,
    Tuned,
}

/// What both set-ups have: the collector that costs least on two cores and small heaps, and OpenWhisk's 256 MB.
pub(crate) const COMMON: [&str; 2] = ["-XX:+UseSerialGC", "-Xmx256m"];
/// More processes than so many are not started: they would need more memory than a machine of this kind has to spare.
pub(crate) const PROCESSES_MAX: usize = 100;
const TRAINING_CALLS: usize = 200;
const TRAINING: Duration = Duration::from_secs(60);

impl Tuning {
    /// The flags for the report.
    pub(crate) fn flags(self, jdk_major: u32) -> String {
        let common = COMMON.join(" ");
        match self {
            Self::Default => common,
            Self::Tuned if has_aot_cache(jdk_major) => {
                format!("{common} -XX:TieredStopAtLevel=1 -XX:AOTCache=FILE")
            }
            Self::Tuned => format!("{common} -XX:TieredStopAtLevel=1 -XX:SharedArchiveFile=FILE"),
        }
    }
}

/// JDK 25 writes an AOT cache in one step.
fn has_aot_cache(jdk_major: u32) -> bool {
    jdk_major >= 25
}

/// All jars of a folder, in a fixed order, then the function's: an archive is bound to the class path.
pub(crate) fn class_path(folder: &Path, function: &Function) -> Result<String> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut jars: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    jars.retain(|path| path.extension().is_some_and(|extension| extension == "jar"));
    jars.sort();
    jars.push(function.jar.clone());
    Ok(jars.iter().map(|jar| jar.display().to_string()).collect::<Vec<_>>().join(":"))
}

/// A command of java with the flags of the set-up. `train` starts a training run with such a command, and gives where it answers.
pub(crate) fn command(
    setting: &Setting,
    tuning: Tuning,
    archive_name: &str,
    train: &dyn Fn(Command) -> Result<(Program, Place, String)>,
) -> Result<Command> {
    let mut command = Command::new(setting.java());
    command.args(COMMON);
    if tuning == Tuning::Default {
        return Ok(command);
    }
    let (write, read) = if has_aot_cache(setting.jdk_major) {
        ("-XX:AOTCacheOutput=", "-XX:AOTCache=")
    } else {
        ("-XX:ArchiveClassesAtExit=", "-XX:SharedArchiveFile=")
    };
    command.arg("-XX:TieredStopAtLevel=1");
    let archive = setting.work.join(format!("{archive_name}.archive"));
    if !archive.exists() {
        let mut training = Command::new(setting.java());
        training.args(COMMON).arg("-XX:TieredStopAtLevel=1").arg(format!("{write}{}", archive.display()));
        let (program, place, payload) = train(training)?;
        for _ in 0..TRAINING_CALLS {
            crate::client::blocking::first_answer(&place, &payload)?;
        }
        program.finish(TRAINING)?;
        if !archive.exists() {
            bail!("the training run made no {}", archive.display());
        }
    }
    command.arg(format!("{read}{}", archive.display()));
    Ok(command)
}
