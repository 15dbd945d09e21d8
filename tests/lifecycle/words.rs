//! Runs `flockd` for its words: exit code, standard output, standard error.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What a process said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end; one that does not end is killed and fails the test.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Said {
    const PATIENCE: Duration = Duration::from_secs(30);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            panic!("{command:?} does not end: {output:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Said {
    /// It failed, and says each of these.
    #[track_caller]
    pub(crate) fn fails_with(&self, texts: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for text in texts {
            assert!(self.err.contains(text), "{:?} does not say {text:?}", self.err);
        }
    }
}
