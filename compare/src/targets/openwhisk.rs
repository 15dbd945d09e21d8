//! A real OpenWhisk that runs already, by URL and key: called in the same way as Flock.
//!
//! Its own limits hold: raise `invocationsPerMinute` and `concurrentInvocations` before, or calls are answered 429 and the case fails.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Found, whisk::Whisk};
use crate::{
    client::Place,
    function::Function,
    target::{About, Missing, Setting, Shape, Target},
};

const NAME: &str = "openwhisk";
/// The length of a sequence that it allows if nobody changed it.
const HOPS_MAX: usize = 50;

/// See the head of this file.
pub(crate) struct OpenWhisk {
    url: String,
    key: String,
    api: Option<Whisk>,
}

impl OpenWhisk {
    pub(crate) fn find(setting: &Setting) -> Found {
        let Some((url, key)) = setting.openwhisk.clone() else {
            let how = "start one (OpenWhisk's standalone jar is enough) with its limits of calls a minute and at a time raised, and give \
                       --openwhisk-url and --openwhisk-key"
                .to_owned();
            return Err(Missing { name: NAME.to_owned(), how });
        };
        Ok(Box::new(Self { url, key, api: None }))
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
        About {
            hops_max: HOPS_MAX,
            own_processes: false,
            whisk: true,
            ..About::new(
                "Apache OpenWhisk, by its API",
                "as it is there",
                self.url.clone(),
                includes,
                Shape::Host,
            )
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
