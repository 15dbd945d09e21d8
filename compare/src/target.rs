//! What a target is to the harness: something that takes functions and says where they answer. One file a target in `targets/`.
//!
//! A target that cannot be had here is `Missing`, with how to get it; that is told, and is no failure unless it was asked for by name.

use std::{collections::HashMap, path::PathBuf};

use anyhow::{Result, bail};

use crate::{
    client::{
        Place,
        blocking::{Connection, first_answer},
    },
    function::Function,
    targets::whisk::Whisk,
};

/// How a target runs functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Runs none: it echoes.
    Floor,
    /// Many functions in what is running already.
    Host,
    /// A process for each function.
    Process,
}

/// What the report says of a target.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) what: String,
    pub(crate) version: String,
    pub(crate) flags: String,
    pub(crate) includes: &'static str,
    pub(crate) shape: Shape,
    /// More than so many connections at a time it does not serve.
    pub(crate) connections_max: usize,
    /// More than so many functions at a time it does not hold.
    pub(crate) functions_max: usize,
    /// More hops than so many its sequences do not have.
    pub(crate) hops_max: usize,
    /// Whether its processes are the harness's to look at.
    pub(crate) own_processes: bool,
    /// If it starts processes for more calls at a time: they get so many warm-ups of a loop over more than one connection, and more if needed.
    pub(crate) scale_up: u32,
    /// Whether it has OpenWhisk's API.
    pub(crate) whisk: bool,
}

impl About {
    /// What has no bounds of its own.
    pub(crate) fn new(
        what: &str,
        version: &str,
        flags: String,
        includes: &'static str,
        shape: Shape,
    ) -> Self {
        Self {
            what: what.to_owned(),
            version: version.to_owned(),
            flags,
            includes,
            shape,
            connections_max: usize::MAX,
            functions_max: usize::MAX,
            hops_max: usize::MAX,
            own_processes: true,
            scale_up: 0,
            whisk: false,
        }
    }
}

/// Why a target is not here.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub(crate) name: String,
    pub(crate) how: String,
}

/// See the head of this file.
pub(crate) trait Target: Send {
    fn name(&self) -> &str;
    fn about(&self) -> About;
    /// Makes it ready for functions; what was deployed before is gone. One process a function is ready as it is.
    fn start(&mut self) -> Result<()> {
        Ok(())
    }
    /// Puts a function there, in place of a former one of the name. With a process of its own it may still be starting.
    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place>;
    fn remove(&mut self, name: &str) -> Result<()>;
    /// The processes whose memory is the target's; none when they are not the harness's.
    fn processes(&self) -> Vec<u32>;
    fn stop(&mut self);
    /// OpenWhisk's API, where there is one: sequences, asynchronous calls, limits.
    fn whisk(&self) -> Option<&Whisk> {
        None
    }
}

/// A target with what the harness has put there.
pub(crate) struct Running {
    pub(crate) target: Box<dyn Target>,
    places: HashMap<String, Place>,
    started: bool,
}

impl Running {
    pub(crate) fn new(target: Box<dyn Target>) -> Self {
        Self { target, places: HashMap::new(), started: false }
    }

    pub(crate) fn name(&self) -> String {
        self.target.name().to_owned()
    }

    pub(crate) fn shape(&self) -> Shape {
        self.target.about().shape
    }

    /// Starts it unless it runs.
    pub(crate) fn ready(&mut self) -> Result<()> {
        if !self.started {
            self.target.start()?;
            self.started = true;
        }
        Ok(())
    }

    /// Ends it and starts it anew, with nothing in it.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.stop();
        self.ready()
    }

    pub(crate) fn stop(&mut self) {
        self.places.clear();
        self.started = false;
        self.target.stop();
    }

    /// A function that answers, and rightly: deployed at the first call, kept until the target stops.
    pub(crate) fn place(&mut self, function: &Function) -> Result<Place> {
        self.place_as(&function.name, function)
    }

    /// Takes a function away: a process of its own need not stay for what comes next.
    pub(crate) fn forget(&mut self, name: &str) {
        if self.places.remove(name).is_some()
            && let Err(error) = self.target.remove(name)
        {
            eprintln!("{}: {name} stays: {error:#}", self.target.name());
        }
    }

    /// The same under another name.
    pub(crate) fn place_as(&mut self, name: &str, function: &Function) -> Result<Place> {
        self.ready()?;
        if let Some(place) = self.places.get(name) {
            return Ok(place.clone());
        }
        let place = self.target.deploy(name, function)?;
        let answer = if place.spawned.is_some() {
            first_answer(&place, &function.payload)?.0
        } else {
            Connection::open(place.address)?.call(&place.request(&function.payload))?
        };
        if answer.status != 200 {
            bail!("{name}: status {}: {}", answer.status, answer.text());
        }
        if self.shape() != Shape::Floor {
            function.check(&answer.body)?;
        }
        self.places.insert(name.to_owned(), place.clone());
        Ok(place)
    }
}

/// What targets need to be found and started.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The project's folder.
    pub(crate) root: PathBuf,
    /// A folder for logs, data and archives, of this run alone.
    pub(crate) work: PathBuf,
    pub(crate) jdk: PathBuf,
    pub(crate) jdk_major: u32,
    pub(crate) openwhisk: Option<(String, String)>,
    pub(crate) proxy: Option<String>,
}

impl Setting {
    /// The program java.
    pub(crate) fn java(&self) -> PathBuf {
        self.jdk.join("bin/java")
    }

    /// A new file for what a program prints.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.work.join(format!("{name}.log"))
    }
}
