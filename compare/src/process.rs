//! Programs that the harness starts: each ends with its handle, and what it prints goes to a file.
//!
//! Fails, with the end of that file, when a program ends before it says that it is ready.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Those that nobody has waited for yet, so that none of these numbers is another process's.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Ends all of them at once, for an exit that skips their handles.
pub(crate) fn end_all() {
    if let Ok(running) = RUNNING.lock() {
        for id in running.iter().filter_map(|id| pid(*id)) {
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

fn note(change: impl FnOnce(&mut Vec<u32>)) {
    if let Ok(mut running) = RUNNING.lock() {
        change(&mut running);
    }
}

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    log: PathBuf,
    pub(crate) started: Instant,
}

impl Program {
    /// Starts it; what it prints goes to the log.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        let errors = file.try_clone()?;
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        note(|running| running.push(child.id()));
        Ok(Self { child, log: log.to_owned(), started })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that begins so; gives the rest of it.
    pub(crate) fn wait_for(&mut self, beginning: &str, patience: Duration) -> Result<String> {
        let until = Instant::now() + patience;
        loop {
            let lines = BufReader::new(File::open(&self.log)?).lines();
            for line in lines.map_while(std::result::Result::ok) {
                if let Some(rest) = line.strip_prefix(beginning) {
                    return Ok(rest.to_owned());
                }
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended ({status}) before it was ready: {}", self.last_words());
            }
            if Instant::now() > until {
                bail!("it was not ready within {} s: {}", patience.as_secs(), self.last_words());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to end, by SIGTERM, and waits.
    pub(crate) fn finish(self, patience: Duration) -> Result<ExitStatus> {
        if let Some(id) = pid(self.id()) {
            kill_process(id, Signal::TERM)?;
        }
        self.wait(patience)
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(mut self, patience: Duration) -> Result<ExitStatus> {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > until {
                bail!("it did not end within {} s: {}", patience.as_secs(), self.last_words());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The end of what it printed.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(2_000)..]).trim().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let id = self.id();
        note(|running| running.retain(|other| *other != id));
        let _ = self.child.wait();
    }
}

/// An address on this machine that is free now, for programs that cannot choose one themselves.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
