//! OpenWhisk's Java action proxy, the program inside its containers, one process a function: /init once, then /run.
//!
//! Twice: with a connection for each call, as OpenWhisk's invoker does it, and with one that is kept. For the latter the command should
//! hold `-Dsun.net.httpserver.nodelay=true`: without it the JDK's server waits 44 ms in Nagle's algorithm, which would be a straw man.

use std::{collections::HashMap, process::Command};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Found, java};
use crate::{
    client::Place,
    function::Function,
    process::{Program, free_address},
    target::{About, Missing, Setting, Shape, Target},
};

const NAME: &str = "proxy";
const NAME_KEPT: &str = "proxy-kept";
const PORT: &str = "{port}";

/// See the head of this file.
pub(crate) struct Proxy {
    setting: Setting,
    command: String,
    keep_alive: bool,
    running: HashMap<String, Program>,
}

impl Proxy {
    pub(crate) fn find(setting: &Setting, keep_alive: bool) -> Found {
        let name = if keep_alive { NAME_KEPT } else { NAME }.to_owned();
        let missing = |how: &str| Missing { name: name.clone(), how: how.to_owned() };
        let Some(command) = setting.proxy.clone() else {
            return Err(missing(
                "build core/java8/proxy of github.com/apache/openwhisk-runtime-java and give --proxy 'java -XX:+UseSerialGC -Xmx256m \
                 -Dsun.net.httpserver.nodelay=true -Djava.security.manager=allow --add-opens java.base/java.util=ALL-UNNAMED -cp \
                 PROXY.jar:compare/peers/build/peers/proxy/launcher-proxy.jar:compare/peers/build/peers/proxy/gson-2.15.0.jar \
                 peers.ProxyHost {port}' with java a JDK 17 (it does not run on 24 and later)",
            ));
        };
        if !command.contains(PORT) {
            return Err(missing("the command of --proxy has no {port}"));
        }
        Ok(Box::new(Self { setting: setting.clone(), command, keep_alive, running: HashMap::new() }))
    }
}

impl Target for Proxy {
    fn name(&self) -> &str {
        if self.keep_alive { NAME_KEPT } else { NAME }
    }

    fn about(&self) -> About {
        let what = if self.keep_alive {
            "OpenWhisk's action proxy, one JVM a function, connections kept"
        } else {
            "OpenWhisk's action proxy, one JVM a function, a connection a call as in OpenWhisk"
        };
        let includes =
            "HTTP, parsing, a process of its own; no controller, authentication, records, container";
        About {
            functions_max: java::PROCESSES_MAX,
            ..About::new(what, "as it is there", self.command.clone(), includes, Shape::Process)
        }
    }

    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place> {
        let address = free_address()?;
        let line = self.command.replace(PORT, &address.port().to_string());
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().context("--proxy is empty")?);
        command.args(words);
        self.running.remove(name);
        let program = Program::start(&mut command, &self.setting.log(&format!("{}-{name}", self.name())))?;
        let jar = std::fs::read(&function.jar)?;
        let value =
            json!({"name": name, "main": function.main, "code": STANDARD.encode(jar), "binary": true});
        let initialise = Place::post(address, "/init").request(&json!({"value": value}).to_string());
        let place = Place {
            keep_alive: self.keep_alive,
            in_value: true,
            initialise: Some(initialise),
            spawned: Some(program.started),
            ..Place::post(address, "/run")
        };
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
