//! One JVM a function with Google's invoker for Java functions (java-function-invoker 2.0.0 of Maven Central).

use std::{collections::HashMap, net::SocketAddr, path::PathBuf, process::Command};

use anyhow::Result;

use super::{
    Found,
    java::{self, Tuning},
    need,
};
use crate::{
    client::Place,
    function::Function,
    process::{Program, free_address},
    target::{About, Setting, Shape, Target},
};

pub(crate) const NAME: &str = "google";
const NAME_TUNED: &str = "google-tuned";
const JARS: &str = "compare/peers/build/peers/google";

/// See the head of this file.
pub(crate) struct Google {
    setting: Setting,
    tuning: Tuning,
    jars: PathBuf,
    running: HashMap<String, Program>,
}

impl Google {
    pub(crate) fn find(setting: &Setting, tuning: Tuning) -> Found {
        let jars = setting.root.join(JARS);
        let name = if tuning == Tuning::Tuned { NAME_TUNED } else { NAME };
        need(
            name,
            &jars.join("java-function-invoker-2.0.0.jar"),
            "run gradle :peers:peers (make compare does)",
        )?;
        Ok(Box::new(Self { setting: setting.clone(), tuning, jars, running: HashMap::new() }))
    }

    fn spawn(&self, mut command: Command, name: &str, function: &Function) -> Result<(Program, SocketAddr)> {
        let address = free_address()?;
        command
            .arg("-cp")
            .arg(java::class_path(&self.jars, function)?)
            .arg(format!("-Dpeers.main={}", function.main));
        command.args([
            "com.google.cloud.functions.invoker.runner.Invoker",
            "--target",
            "peers.GoogleFunction",
        ]);
        command.arg("--port").arg(address.port().to_string());
        Ok((Program::start(&mut command, &self.setting.log(&format!("{}-{name}", self.name())))?, address))
    }
}

impl Target for Google {
    fn name(&self) -> &str {
        if self.tuning == Tuning::Tuned { NAME_TUNED } else { NAME }
    }

    fn about(&self) -> About {
        let what = match self.tuning {
            Tuning::Default => "one JVM a function, Google's invoker",
            Tuning::Tuned => "the same with C1 and an archive of classes",
        };
        let includes = "HTTP, parsing, a process of its own; no routing between functions, authentication, records or limits";
        let flags = self.tuning.flags(self.setting.jdk_major);
        About {
            functions_max: java::PROCESSES_MAX,
            ..About::new(what, "java-function-invoker 2.0.0", flags, includes, Shape::Process)
        }
    }

    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place> {
        let archive = format!("{}-{}", self.name(), function.name);
        let command = java::command(&self.setting, self.tuning, &archive, &|command| {
            let (program, address) = self.spawn(command, "training", function)?;
            Ok((program, Place::post(address, "/"), function.payload.clone()))
        })?;
        self.running.remove(name);
        let (program, address) = self.spawn(command, name, function)?;
        let place = Place { spawned: Some(program.started), ..Place::post(address, "/") };
        self.running.insert(name.to_owned(), program);
        Ok(place)
    }

    fn remove(&mut self, name: &str) -> Result<()> {
        self.running.remove(name);
        Ok(())
    }

    fn processes(&self) -> Vec<u32> {
        self.running.values().map(Program::id).collect()
    }

    fn stop(&mut self) {
        self.running.clear();
    }
}
