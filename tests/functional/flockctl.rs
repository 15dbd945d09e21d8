//! `flockctl`, the real program, against a real host: what it prints, what it asks of the host, and its exit codes.
//!
//! It runs in an environment without surprises: its own home folder, no variables but those that a test sets.

mod activations;
mod chain;
mod deploy;
mod entities;
mod events;
mod invoke;
mod process;
mod settings;
mod trace;
mod usage;
mod versions;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Flockd, project};

/// A user of flockctl: a home folder and some variables.
struct User {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run came to.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl User {
    /// With no configuration at all.
    fn new() -> Self {
        let home = tempfile::Builder::new().prefix("flockctl-").tempdir().unwrap();
        Self { home, variables: Vec::new() }
    }

    /// Whose `WSK_CONFIG_FILE` names the file that the host wrote.
    fn of(host: &Flockd) -> Self {
        let props = host.data().join("wskprops");
        Self::new().with("WSK_CONFIG_FILE", props.to_str().unwrap())
    }

    /// With a variable more.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into the home folder.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The command, in the home folder.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flockctl"));
        command
            .args(words)
            .env_clear()
            .env("HOME", self.home.path())
            .envs(self.variables.iter().cloned())
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Ran {
        Ran::from(self.command(words).output().unwrap())
    }

    /// With a text on standard input.
    fn run_with_input(&self, words: &[&str], input: &str) -> Ran {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Success, and nothing on stderr. Gives stdout.
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// Success with these words on stdout.
    #[track_caller]
    fn says(self, parts: &[&str]) -> String {
        let text = self.ok();
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in: {text}");
        }
        text
    }

    /// Success, and one JSON value on stdout.
    #[track_caller]
    fn json(self) -> Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// This exit code and these words on stderr. Gives stdout.
    #[track_caller]
    fn fails(self, code: i32, parts: &[&str]) -> String {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in: {}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stdout
    }
}

/// The path of a built jar.
fn jar(name: &str) -> String {
    path_text(&project().join("functions/build/jars").join(format!("{name}.jar")))
}

fn path_text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
