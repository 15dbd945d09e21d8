//! OpenWhisk's REST API as a client: how Flock and a real OpenWhisk are both driven, by the same requests.
//!
//! All names begin with `PREFIX`, and what was made can be removed: a host may hold actions of others. Plain HTTP only. Fails with
//! the host's answer when a deployment is refused.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    net::{SocketAddr, ToSocketAddrs},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    client::{
        Place,
        blocking::{Connection, PATIENCE, Reply},
    },
    function::Function,
};

const PREFIX: &str = "flock-compare-";
/// The name of OpenWhisk and of Flock for their Java.
const KIND: &str = "java:default";

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Whisk {
    address: SocketAddr,
    authorization: String,
    made: RefCell<BTreeSet<String>>,
}

impl Whisk {
    /// A host at `http://HOST:PORT` with `uuid:key`.
    pub(crate) fn new(url: &str, key: &str) -> Result<Self> {
        let Some(host) = url.strip_prefix("http://") else { bail!("{url}: only http:// URLs are known") };
        let host = host.trim_end_matches('/');
        let named = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let address =
            named.to_socket_addrs().with_context(|| url.to_owned())?.next().context("no address")?;
        let authorization = format!("Basic {}", STANDARD.encode(key));
        Ok(Self { address, authorization, made: RefCell::default() })
    }

    /// Where an action is called, blocking, for its bare result.
    pub(crate) fn place(&self, name: &str) -> Place {
        let path = format!("/api/v1/namespaces/_/actions/{PREFIX}{name}?blocking=true&result=true");
        Place::post(self.address, &path).header("Authorization", &self.authorization)
    }

    /// Where an action is called without waiting.
    pub(crate) fn later(&self, name: &str) -> Place {
        let path = format!("/api/v1/namespaces/_/actions/{PREFIX}{name}");
        Place::post(self.address, &path).header("Authorization", &self.authorization)
    }

    /// Creates or replaces the action of a function.
    pub(crate) fn deploy(&self, name: &str, function: &Function, limits: &Value) -> Result<Place> {
        let jar = std::fs::read(&function.jar).with_context(|| function.jar.display().to_string())?;
        let exec = json!({"kind": KIND, "main": function.main, "code": STANDARD.encode(jar), "binary": true});
        self.put(name, &json!({"exec": exec, "limits": limits}))?;
        Ok(self.place(name))
    }

    /// A sequence of these actions.
    pub(crate) fn sequence(&self, name: &str, parts: &[String]) -> Result<Place> {
        let components: Vec<String> = parts.iter().map(|part| format!("/_/{PREFIX}{part}")).collect();
        self.put(name, &json!({"exec": {"kind": "sequence", "components": components}}))?;
        Ok(self.place(name))
    }

    pub(crate) fn delete(&self, name: &str) -> Result<()> {
        let reply = self.send("DELETE", &format!("actions/{PREFIX}{name}"), "")?;
        accept(&format!("removal of {name}"), &reply)?;
        self.made.borrow_mut().remove(name);
        Ok(())
    }

    /// Removes everything that was made.
    pub(crate) fn clear(&self) {
        let made: Vec<String> = self.made.borrow().iter().cloned().collect();
        for name in made {
            if let Err(error) = self.delete(&name) {
                eprintln!("{PREFIX}{name} stays at {}: {error:#}", self.address);
            }
        }
    }

    /// Waits until the record of an activation is there.
    pub(crate) fn wait_for_record(&self, activation: &str) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            if self.send("GET", &format!("activations/{activation}"), "")?.status == 200 {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("the record of {activation} did not come");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn put(&self, name: &str, action: &Value) -> Result<()> {
        let reply =
            self.send("PUT", &format!("actions/{PREFIX}{name}?overwrite=true"), &action.to_string())?;
        accept(&format!("deployment of {name}"), &reply)?;
        self.made.borrow_mut().insert(name.to_owned());
        Ok(())
    }

    /// What a path of the host says, with the key.
    pub(crate) fn get(&self, path: &str) -> Result<Reply> {
        self.exchange("GET", path, "")
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Result<Reply> {
        self.exchange(method, &format!("/api/v1/namespaces/_/{path}"), body)
    }

    fn exchange(&self, method: &str, path: &str, body: &str) -> Result<Reply> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.authorization,
            body.len()
        );
        Connection::open(self.address)?.call(request.as_bytes())
    }
}

fn accept(what: &str, reply: &Reply) -> Result<()> {
    if reply.status == 200 {
        return Ok(());
    }
    bail!("{what}: status {}: {:.300}", reply.status, reply.text())
}
