//! Another action, called all the while a hostile one runs. It must not notice.
//!
//! It counts in a static, has one instance with one lane, and is called by nobody else: a count that is not the next
//! one, an answer that is no success, or one that takes too long shows that the hostile action reached beyond itself.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::support::{Client, Flockd, Options, jar_exec};

/// The longest that an answer of the neighbour may take; generous, for a machine that is busy otherwise.
const ANSWER_MAX: Duration = Duration::from_secs(5);
const NAME: &str = "neighbour";

/// A host, and the neighbour on it.
pub(crate) struct Street {
    pub(crate) host: Flockd,
    seen: std::cell::Cell<u64>,
}

impl Street {
    pub(crate) fn start() -> Self {
        Self::start_with(&Options::default())
    }

    pub(crate) fn start_with(options: &Options) -> Self {
        let host = Flockd::start_with(options);
        let put = json!({
            "exec": jar_exec("counter", "counter.Counter"),
            "limits": { "concurrency": 1, "instances": 1 },
        });
        host.put(NAME, &put).expect(200);
        let street = Self { host, seen: 0.into() };
        street.call_neighbour();
        street
    }

    /// Deploys a hostile jar under its own name.
    pub(crate) fn deploy(&self, jar: &str, main: &str) {
        self.host.deploy(jar, main);
    }

    /// Deploys a hostile jar with this time limit.
    pub(crate) fn deploy_with_timeout(&self, name: &str, jar: &str, main: &str, timeout_millis: u64) {
        let put = json!({ "exec": jar_exec(jar, main), "limits": { "timeout": timeout_millis } });
        self.host.put(name, &put).expect(200);
    }

    /// Deploys Java source.
    pub(crate) fn deploy_source(&self, name: &str, source: &str, timeout_millis: u64) {
        let put =
            json!({ "exec": super::support::source_exec(source), "limits": { "timeout": timeout_millis } });
        self.host.put(name, &put).expect(200);
    }

    /// Runs something while the neighbour is called without pause, then calls the neighbour once more.
    pub(crate) fn beside<T>(&self, what: impl FnOnce() -> T) -> T {
        let over = AtomicBool::new(false);
        let client = self.host.client();
        let from = self.seen.get();
        let (result, seen) = std::thread::scope(|scope| {
            let calls = scope.spawn(|| {
                let mut seen = from;
                while !over.load(Ordering::Acquire) {
                    seen = call(&client, seen);
                    std::thread::sleep(Duration::from_millis(5));
                }
                seen
            });
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(what));
            over.store(true, Ordering::Release);
            let seen = calls.join();
            match (result, seen) {
                (Ok(result), Ok(seen)) => (result, seen),
                (Err(why), _) | (_, Err(why)) => std::panic::resume_unwind(why),
            }
        });
        self.seen.set(seen);
        self.call_neighbour();
        result
    }

    /// A blocking call of the hostile action, beside which the neighbour answers. Gives status and error.
    #[track_caller]
    pub(crate) fn attack(&self, name: &str, payload: &Value) -> (u16, String) {
        let answer = self.beside(|| self.host.invoke(name, payload));
        let record = answer.json();
        let error = record["response"]["result"]["error"].as_str().unwrap_or_default().to_owned();
        (answer.status, error)
    }

    /// A call that must fail with a text.
    #[track_caller]
    pub(crate) fn fails_with(&self, name: &str, payload: &Value, text: &str) -> String {
        let (status, error) = self.attack(name, payload);
        assert_eq!(status, 502, "{name} {payload}: {error}");
        assert!(error.contains(text), "{name} {payload}: {error:?} does not say {text:?}");
        error
    }

    /// The log lines of the last activation of an action, without their time.
    pub(crate) fn log_of(&self, answer: &Value) -> Vec<String> {
        let lines = answer["logs"].as_array().unwrap();
        lines.iter().map(|line| line.as_str().unwrap().get(31..).unwrap_or_default().to_owned()).collect()
    }

    fn call_neighbour(&self) {
        self.seen.set(call(&self.host.client(), self.seen.get()));
    }
}

fn call(client: &Client, before: u64) -> u64 {
    let began = Instant::now();
    let answer = client.invoke(NAME, &json!({})).unwrap_or_else(|error| panic!("the neighbour: {error}"));
    assert_eq!(answer.status, 200, "the neighbour: {}", answer.text());
    let count = answer.json()["response"]["result"]["count"].as_u64().unwrap();
    assert_eq!(count, before + 1, "the neighbour lost its state");
    assert!(began.elapsed() < ANSWER_MAX, "the neighbour waited {:?}", began.elapsed());
    count
}
