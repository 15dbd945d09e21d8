//! Flock itself: target/release/flockd on a free port with a data directory of its own, driven through its REST API.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};
use serde_json::json;

use super::{Found, need, whisk::Whisk};
use crate::{
    client::Place,
    function::Function,
    process::Program,
    target::{About, Setting, Shape, Target},
};

pub(crate) const NAME: &str = "flock";
const START: Duration = Duration::from_secs(60);
/// What differs from the defaults: a chain of 100 and more than 100,000 calls a second must be allowed.
const SETTINGS: [(&str, &str); 2] = [
    ("FLOCK_LIMITS_SEQUENCE_LENGTH_MAX", "100"),
    ("FLOCK_LIMITS_NAMESPACE_INVOCATIONS_PER_MINUTE", "4000000000"),
];

/// See the head of this file.
pub(crate) struct Flock {
    setting: Setting,
    program: PathBuf,
    running: Option<(Program, Whisk)>,
    starts: usize,
}

impl Flock {
    pub(crate) fn find(setting: &Setting) -> Found {
        let program = setting.root.join("target/release/flockd");
        need(NAME, &program, "run make build")?;
        Ok(Box::new(Self { setting: setting.clone(), program, running: None, starts: 0 }))
    }

    fn api(&self) -> Result<&Whisk> {
        Ok(&self.running.as_ref().context("flockd does not run")?.1)
    }
}

impl Target for Flock {
    fn name(&self) -> &str {
        NAME
    }

    fn about(&self) -> About {
        let flags: Vec<String> = SETTINGS.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let what = "Flock: all functions in one JVM, isolated, counted, limited; a record of each call";
        let includes =
            "HTTP, authentication, parsing, admission, limits, accounting, stored records (SQLite)";
        let version = concat!("flockd ", env!("CARGO_PKG_VERSION"));
        About { whisk: true, ..About::new(what, version, flags.join(" "), includes, Shape::Host) }
    }

    fn start(&mut self) -> Result<()> {
        self.starts += 1;
        let name = format!("flock-{}", self.starts);
        let data = self.setting.work.join(&name);
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .arg("--jdk")
            .arg(&self.setting.jdk);
        // flockd refuses settings that it does not know, and these are the harness's own.
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("FLOCK_COMPARE_") {
                command.env_remove(key);
            }
        }
        command.envs(SETTINGS);
        let mut program = Program::start(&mut command, &self.setting.log(&name))?;
        let url = program.wait_for("listening on ", START)?;
        let properties = data.join("wskprops");
        let text = std::fs::read_to_string(&properties).with_context(|| properties.display().to_string())?;
        let key = text.lines().find_map(|line| line.strip_prefix("AUTH=")).context("no AUTH= in wskprops")?;
        let api = Whisk::new(url.trim(), key.trim())?;
        self.running = Some((program, api));
        Ok(())
    }

    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place> {
        self.api()?.deploy(name, function, &json!({}))
    }

    fn remove(&mut self, name: &str) -> Result<()> {
        self.api()?.delete(name)
    }

    fn processes(&self) -> Vec<u32> {
        self.running.iter().map(|(program, _)| program.id()).collect()
    }

    fn stop(&mut self) {
        self.running = None;
    }

    fn whisk(&self) -> Option<&Whisk> {
        self.running.as_ref().map(|(_, api)| api)
    }
}
