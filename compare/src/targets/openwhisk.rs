//! A real OpenWhisk that runs already, by URL and key: called in the same way as Flock.
//!
//! It says its own limits, and they are looked at before anything is measured: calls that are answered 429 would fail case after case.
//! Not here when nothing answers at the URL, or when a limit is too low: the reason is told.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Found, whisk::Whisk};
use crate::{
    client::Place,
    function::Function,
    target::{About, Missing, Setting, Shape, Target},
};

const NAME: &str = "openwhisk";
/// The length of a sequence that it allows if nobody changed it.
const HOPS_MAX: u64 = 50;
/// What the work needs: loops of some seconds at the rate of the fastest host, and the asynchronous calls all at once.
const PER_MINUTE_MIN: u64 = 1_000_000;
const CONCURRENT_MIN: u64 = 15_000;
/// It starts a container for each call that it has at a time: with less, a loop over 32 connections would measure 32 cold starts.
const SCALE_UP: u32 = 8;

/// See the head of this file.
pub(crate) struct OpenWhisk {
    url: String,
    key: String,
    host: Host,
    api: Option<Whisk>,
}

/// What a host says of itself.
#[derive(Debug, PartialEq, Eq)]
struct Host {
    version: String,
    limits: String,
    hops_max: usize,
}

impl OpenWhisk {
    pub(crate) fn find(setting: &Setting) -> Found {
        let missing = |how: String| Missing { name: NAME.to_owned(), how };
        let Some((url, key)) = setting.openwhisk.clone() else {
            return Err(missing(format!(
                "start one (its standalone server is enough) with limits-actions-invokes-perMinute of at least {PER_MINUTE_MIN}, \
                 limits-actions-invokes-concurrent of at least {CONCURRENT_MIN} and a container-pool.user-memory for 50 containers and more, \
                 and give --openwhisk-url and --openwhisk-key"
            )));
        };
        let host = look(&url, &key).map_err(|error| missing(format!("{error:#}")))?;
        Ok(Box::new(Self { url, key, host, api: None }))
    }

    fn api(&self) -> Result<&Whisk> {
        self.api.as_ref().context("it was not started")
    }
}

impl Target for OpenWhisk {
    fn name(&self) -> &str {
        NAME
    }

    fn about(&self) -> About {
        let includes = "HTTP, authentication, controller, invoker, container, records";
        let what = "Apache OpenWhisk, by its API; no memory: its processes are not the harness's to look for or start anew";
        let flags = format!("{}: {}", self.url, self.host.limits);
        About {
            hops_max: self.host.hops_max,
            own_processes: false,
            scale_up: SCALE_UP,
            whisk: true,
            ..About::new(what, &self.host.version, flags, includes, Shape::Host)
        }
    }

    fn start(&mut self) -> Result<()> {
        self.api = Some(Whisk::new(&self.url, &self.key)?);
        Ok(())
    }

    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place> {
        self.api()?.deploy(name, function, &json!({}))
    }

    fn remove(&mut self, name: &str) -> Result<()> {
        self.api()?.delete(name)
    }

    fn processes(&self) -> Vec<u32> {
        Vec::new()
    }

    fn stop(&mut self) {
        if let Some(api) = self.api.take() {
            api.clear();
        }
    }

    fn whisk(&self) -> Option<&Whisk> {
        self.api.as_ref()
    }
}

/// Asks a host for what it is, with the key, so that a wrong one is told before anything is measured.
fn look(url: &str, key: &str) -> Result<Host> {
    let api = Whisk::new(url, key)?;
    let reply =
        api.get("/api/v1/namespaces/_/limits").with_context(|| format!("nothing answers at {url}"))?;
    if reply.status != 200 {
        bail!("{url} answers {} to its key: {:.200}", reply.status, reply.text());
    }
    let about = |path: &str| -> Value {
        api.get(path).ok().and_then(|reply| serde_json::from_slice(&reply.body).ok()).unwrap_or_default()
    };
    read(url, &about("/"), &about("/api/v1"))
}

/// Reads the host's description of itself and of its API; what it does not say is not held against it.
fn read(url: &str, root: &Value, api: &Value) -> Result<Host> {
    let limits = &root["limits"];
    let number = |name: &str| limits[name].as_u64().or_else(|| limits[name].as_str()?.parse().ok());
    for (name, setting, least) in [
        ("actions_per_minute", "limits-actions-invokes-perMinute", PER_MINUTE_MIN),
        ("concurrent_actions", "limits-actions-invokes-concurrent", CONCURRENT_MIN),
    ] {
        if let Some(allowed) = number(name).filter(|allowed| *allowed < least) {
            bail!(
                "{url} allows {name} {allowed}, the work needs {least}: raise {setting} of its whisk.config"
            );
        }
    }
    let hops = number("sequence_length").unwrap_or(HOPS_MAX);
    let said: Vec<String> = ["actions_per_minute", "concurrent_actions", "sequence_length"]
        .iter()
        .filter_map(|name| Some(format!("{name} {}", number(name)?)))
        .collect();
    let text = |name: &str| api[name].as_str().unwrap_or("unknown").to_owned();
    Ok(Host {
        version: format!("API {}, build {}", text("api_version"), text("buildno")),
        limits: said.join(", "),
        hops_max: usize::try_from(hops)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;

    #[test]
    fn a_host_with_low_limits_is_refused_with_the_setting_to_raise() {
        let api = json!({"api_version": "1.0.0", "buildno": "standalone"});
        let root = |minute: u64, length: u64| json!({"limits": {"actions_per_minute": minute, "concurrent_actions": 20_000, "sequence_length": length}});
        let error = read("http://a", &root(60, 50), &api).unwrap_err().to_string();
        assert!(error.contains("60") && error.contains("limits-actions-invokes-perMinute"), "{error}");
        let host = read("http://a", &root(100_000_000, 30), &api).unwrap();
        assert_eq!((host.version.as_str(), host.hops_max), ("API 1.0.0, build standalone", 30));
        assert!(host.limits.contains("concurrent_actions 20000"), "{}", host.limits);
    }

    #[test]
    fn a_host_that_does_not_say_its_limits_is_taken() {
        assert_eq!(read("http://a", &Value::Null, &Value::Null).unwrap().hops_max, 50);
    }

    #[test]
    fn a_url_where_nothing_answers_is_told() {
        // Bound, but nobody listens: a free port of this machine.
        let address = crate::process::free_address().unwrap();
        let error = format!("{:#}", look(&format!("http://{address}"), "a:b").unwrap_err());
        assert!(error.contains("nothing answers"), "{error}");
    }
}
