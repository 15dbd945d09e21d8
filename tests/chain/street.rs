//! A host with the functions that chains are made of, and a neighbour that is called all the while.
//!
//! The neighbour counts in a static and is called by nobody else: a count that is not the next one, or an answer that is
//! no success or takes too long, shows that a hop reached beyond itself.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::support::{Answer, Client, Flockd, Options, jar_exec};

/// The longest that an answer of the neighbour may take; generous, for a machine that is busy otherwise.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Jars and mains of the actions that every street has.
const ACTIONS: [(&str, &str, &str); 11] = [
    ("echo", "echo", "Echo"),
    ("hello", "hello", "hello.Hello"),
    ("identity", "hostile-identity", "hostile.identity.Identity"),
    ("identity2", "hostile-identity", "hostile.identity.Identity"),
    ("sleep", "hostile-sleep", "hostile.sleep.Sleep"),
    ("throws", "hostile-throws", "hostile.throwing.Throws"),
    ("exit", "hostile-exit", "hostile.exit.Exit"),
    ("big", "hostile-big-result", "hostile.bigresult.BigResult"),
    ("deep", "hostile-deep-result", "hostile.deepresult.DeepResult"),
    ("nan", "hostile-nan-result", "hostile.nanresult.NanResult"),
    ("null", "hostile-null-result", "hostile.nullresult.NullResult"),
];

pub(crate) struct Street {
    pub(crate) host: Flockd,
}

impl Street {
    pub(crate) fn start() -> Self {
        Self::start_with(&Options::default())
    }

    pub(crate) fn start_with(options: &Options) -> Self {
        let street = Self { host: Flockd::start_with(options) };
        for (name, jar, main) in ACTIONS {
            street.put(name, jar, main, &json!({}));
        }
        street.put("neighbour", "counter", "counter.Counter", &json!({"concurrency": 1, "instances": 1}));
        street
    }

    pub(crate) fn put(&self, name: &str, jar: &str, main: &str, limits: &Value) {
        self.host.put(name, &json!({"exec": jar_exec(jar, main), "limits": limits})).expect(200);
    }

    /// An action that is told by its own parameters what to do.
    pub(crate) fn told(&self, name: &str, jar: &str, main: &str, parameters: &Value) {
        let list: Vec<Value> = parameters
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        self.host.put(name, &json!({"exec": jar_exec(jar, main), "parameters": list})).expect(200);
    }

    /// A hop that keeps references.
    pub(crate) fn keeper(&self, name: &str, how: &str, millis: u64) {
        self.told(name, "hostile-keeper", "hostile.keeper.Keeper", &json!({"how": how, "millis": millis}));
    }

    /// A hop that leaves things on its thread, or looks for them.
    pub(crate) fn identity(&self, name: &str, how: &str, millis: u64) {
        self.told(
            name,
            "hostile-identity",
            "hostile.identity.Identity",
            &json!({"how": how, "millis": millis}),
        );
    }

    /// Makes a sequence of these actions.
    pub(crate) fn sequence(&self, name: &str, hops: &[&str]) {
        self.sequence_with(name, hops, &json!([]));
    }

    pub(crate) fn sequence_with(&self, name: &str, hops: &[&str], annotations: &Value) {
        let components: Vec<String> = hops.iter().map(|hop| format!("/_/{hop}")).collect();
        let body =
            json!({"exec": {"kind": "sequence", "components": components}, "annotations": annotations});
        self.host.put(name, &body).expect(200);
    }

    /// Invokes a sequence while the neighbour is called without pause. Gives the answer.
    pub(crate) fn beside(&self, name: &str, payload: &Value) -> Answer {
        let over = AtomicBool::new(false);
        let client = self.host.client();
        std::thread::scope(|scope| {
            let calls = scope.spawn(|| {
                let mut seen = call(&client, None);
                while !over.load(Ordering::Acquire) {
                    seen = call(&client, Some(seen));
                    std::thread::sleep(Duration::from_millis(5));
                }
                call(&client, Some(seen));
            });
            let answer = self.host.invoke(name, payload);
            over.store(true, Ordering::Release);
            if let Err(why) = calls.join() {
                std::panic::resume_unwind(why);
            }
            answer
        })
    }

    /// The records of the hops of a sequence's record.
    pub(crate) fn hops(&self, record: &Value) -> Vec<Value> {
        let ids = record["logs"].as_array().unwrap();
        ids.iter().map(|id| self.host.record(id.as_str().unwrap())).collect()
    }
}

fn call(client: &Client, before: Option<u64>) -> u64 {
    let began = Instant::now();
    let answer = client.invoke("neighbour", &json!({})).unwrap_or_else(|error| panic!("neighbour: {error}"));
    assert_eq!(answer.status, 200, "the neighbour: {}", answer.text());
    let count = answer.json()["response"]["result"]["count"].as_u64().unwrap();
    if let Some(before) = before {
        assert_eq!(count, before + 1, "the neighbour lost its state");
    }
    assert!(began.elapsed() < ANSWER_MAX, "the neighbour waited {:?}", began.elapsed());
    count
}

/// An annotation of a record.
pub(crate) fn annotation<'a>(record: &'a Value, key: &str) -> &'a Value {
    let list = record["annotations"].as_array().unwrap();
    list.iter().find(|row| row["key"] == key).map_or(&Value::Null, |row| &row["value"])
}

/// The error text of a result.
pub(crate) fn error_of(record: &Value) -> String {
    record["response"]["result"]["error"].as_str().unwrap_or_default().to_owned()
}

/// What is loaded of an action.
pub(crate) fn loaded(street: &Street, name: &str) -> Value {
    let list = street.host.send("GET", "/flock/v1/funclets", None).expect(200).json();
    let row = list["rows"].as_array().unwrap().iter().find(|row| row["action"] == format!("guest/{name}"));
    row.cloned().unwrap_or(Value::Null)
}
