//! Many contexts in one JVM: an embedded servlet container, a context and a class loader for each function. What a team does today
//! that wants density on the JVM.

use std::{net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, bail};

use super::{Found, need};
use crate::{
    client::{Place, blocking::Connection},
    function::Function,
    process::Program,
    target::{About, Setting, Shape, Target},
};

const START: Duration = Duration::from_secs(60);
/// Threads for requests: a connection needs one while its request runs.
const THREADS: &str = "200";
const FLAGS: [&str; 2] = ["-XX:+UseSerialGC", "-Xmx2g"];

/// A container.
pub(crate) struct Container {
    name: &'static str,
    what: &'static str,
    version: &'static str,
    main: &'static str,
}

pub(crate) const TOMCAT: Container = Container {
    name: "tomcat",
    what: "embedded Tomcat, a context and class loader for each function, gson shared",
    version: "Tomcat 10.1",
    main: "peers.TomcatHost",
};

pub(crate) const JETTY: Container = Container {
    name: "jetty",
    what: "embedded Jetty, a context and class loader for each function, gson shared",
    version: "Jetty 12",
    main: "peers.JettyHost",
};

/// See the head of this file.
pub(crate) struct Contexts {
    setting: Setting,
    container: &'static Container,
    jars: PathBuf,
    running: Option<(Program, SocketAddr)>,
}

impl Contexts {
    pub(crate) fn find(setting: &Setting, container: &'static Container) -> Found {
        let jars = setting.root.join("compare/peers/build/peers").join(container.name);
        need(container.name, &jars, "run gradle :peers:peers (make compare does)")?;
        Ok(Box::new(Self { setting: setting.clone(), container, jars, running: None }))
    }

    fn address(&self) -> Result<SocketAddr> {
        Ok(self.running.as_ref().with_context(|| format!("{} does not run", self.container.name))?.1)
    }
}

impl Target for Contexts {
    fn name(&self) -> &str {
        self.container.name
    }

    fn about(&self) -> About {
        let includes = "HTTP, routing, parsing; no authentication, records, limits or accounting, no isolation but the class loader";
        let flags = format!("{} -cp JARS {} {THREADS}", FLAGS.join(" "), self.container.main);
        About::new(self.container.what, self.container.version, flags, includes, Shape::Host)
    }

    fn start(&mut self) -> Result<()> {
        let mut command = Command::new(self.setting.java());
        command.args(FLAGS).arg("-cp").arg(self.jars.join("*")).args([self.container.main, THREADS]);
        let mut program = Program::start(&mut command, &self.setting.log(self.container.name))?;
        let port: u16 = program.wait_for("port ", START)?.trim().parse().context("port")?;
        self.running = Some((program, SocketAddr::from(([127, 0, 0, 1], port))));
        Ok(())
    }

    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place> {
        let address = self.address()?;
        let lines = format!("{name}\n{}\n{}\n", function.main, function.jar.display());
        let reply = Connection::open(address)?.call(&Place::post(address, "/deploy/").request(&lines))?;
        if reply.status != 200 {
            bail!("deployment of {name}: status {}: {:.300}", reply.status, reply.text());
        }
        Ok(Place::post(address, &format!("/{name}/")))
    }

    fn remove(&mut self, name: &str) -> Result<()> {
        let address = self.address()?;
        let reply = Connection::open(address)?.call(&Place::post(address, "/deploy/").request(name))?;
        if reply.status != 200 {
            bail!("removal of {name}: status {}: {:.300}", reply.status, reply.text());
        }
        Ok(())
    }

    fn processes(&self) -> Vec<u32> {
        self.running.iter().map(|(program, _)| program.id()).collect()
    }

    fn stop(&mut self) {
        self.running = None;
    }
}
