//! The record of one run of an action.

mod summary;

use std::{fmt::Write, sync::Arc};

use super::{
    ActionLimits, ActivationId, Keep, Origin, Outcome, Usage, action::SEQUENCE_KIND, json::error_object,
};

pub use summary::Parted;

/// A finished activation.
#[derive(Debug, Clone)]
pub struct Activation {
    /// Its id.
    pub id: ActivationId,
    /// What it has in common with other runs of the action: names, kind, version, and who called.
    pub origin: Arc<Origin>,
    /// The action's limits.
    pub limits: ActionLimits,
    /// Milliseconds since 1970 when it began.
    pub start_epoch_millis: u64,
    /// Milliseconds since 1970 when it ended.
    pub end_epoch_millis: u64,
    /// How long it ran.
    pub duration_millis: u64,
    /// How long the call waited for a lane.
    pub wait_millis: u64,
    /// How long loading and initialising took, if this call did that.
    pub init_millis: Option<u64>,
    /// The sequence that caused it, or the action that called it from Java.
    pub cause: Option<ActivationId>,
    /// Of a sequence: was it called by a client, rather than by another sequence?
    pub topmost: Option<bool>,
    /// The cause is an action that has called this one from Java, and no sequence.
    pub is_called: bool,
    /// It is of all that a conductor has run.
    pub is_composition: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// The result, JSON text.
    pub result: bytes::Bytes,
    /// Length of the whole result, before any cut.
    pub result_total_bytes: usize,
    /// What it used; of a sequence, the sum of its hops and its own wall time.
    pub usage: Usage,
    /// Log lines; of a sequence, the ids of its hops.
    pub logs: Vec<String>,
    /// How much of it the store keeps if it went well.
    pub keep: Keep,
}

impl Activation {
    /// Is it kept without result and logs?
    fn is_summary(&self) -> bool {
        self.keep != Keep::Full && self.outcome == Outcome::Success
    }

    /// Length of the result for `size`, when the function gave one.
    fn size(&self) -> Option<usize> {
        matches!(self.outcome, Outcome::Success | Outcome::ApplicationError)
            .then_some(self.result_total_bytes)
    }

    /// `{"result":..,"size":..,"status":..,"success":..}`.
    pub fn response_json(&self) -> String {
        let mut text = String::with_capacity(self.response_room());
        self.write_response(&mut text);
        text
    }

    /// Enough bytes for the response.
    fn response_room(&self) -> usize {
        RESPONSE_REST_BYTES + if self.is_summary() { 0 } else { self.result.len() }
    }

    fn write_response(&self, text: &mut String) {
        if self.is_summary() {
            text.push_str(r#"{"result":{},"status":"success","success":true}"#);
            return;
        }
        text.push_str("{\"result\":");
        text.push_str(&self.result_text());
        self.write_response_end(text);
    }

    /// Is the result a part of what the store keeps?
    pub fn shows_result(&self) -> bool {
        !self.is_summary()
    }

    /// The response after its result: `,"size":..,"status":..,"success":..}`.
    pub fn response_end_json(&self) -> String {
        let mut text = String::with_capacity(RESPONSE_REST_BYTES);
        self.write_response_end(&mut text);
        text
    }

    fn write_response_end(&self, text: &mut String) {
        if let Some(size) = self.size() {
            text.push_str(",\"size\":");
            // Writing into a text cannot fail.
            let _ = write!(text, "{size}");
        }
        text.push_str(",\"status\":\"");
        text.push_str(self.outcome.status_text());
        text.push_str("\",\"success\":");
        text.push_str(if self.outcome == Outcome::Success { "true}" } else { "false}" });
    }

    /// The result as text. It comes from the shim's own writer and is UTF-8; anything else would be a fault of the host
    /// and is shown as one.
    pub fn result_text(&self) -> std::borrow::Cow<'_, str> {
        match std::str::from_utf8(&self.result) {
            Ok(text) => text.into(),
            Err(_) => error_object("the result is not UTF-8").into(),
        }
    }

    /// `["line", ...]`. The ids of its hops stay with a sequence, however little is kept.
    pub fn logs_json(&self) -> String {
        if self.is_summary() && self.origin.kind != SEQUENCE_KIND {
            return "[]".to_owned();
        }
        serde_json::to_string(&self.logs).unwrap_or_default()
    }

    /// The whole record.
    pub fn to_json(&self) -> String {
        let (mut text, logs) = (self.summary_open_json(), self.logs_json());
        // A large result is copied once.
        text.reserve(logs.len() + self.response_room() + RECORD_REST_BYTES);
        begin_response(&mut text, &logs);
        self.write_response(&mut text);
        text.push('}');
        text
    }
}

/// A record from its stored parts.
pub fn join_record(summary_open: &str, response: &str, logs: &str) -> String {
    let room = summary_open.len() + response.len() + logs.len() + RECORD_REST_BYTES;
    let mut text = String::with_capacity(room);
    text.push_str(summary_open);
    begin_response(&mut text, logs);
    text.push_str(response);
    text.push('}');
    text
}

/// What stands between the summary of a record and its response.
fn begin_response(text: &mut String, logs: &str) {
    text.push_str(",\"logs\":");
    text.push_str(logs);
    text.push_str(",\"response\":");
}

/// Room for what joins the parts of a record.
const RECORD_REST_BYTES: usize = 32;

/// Room for all of a response but its result.
const RESPONSE_REST_BYTES: usize = 96;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::action::SEQUENCE_KIND;

    fn origin() -> Origin {
        Origin {
            namespace: "guest".to_owned(),
            name: "a \"b\" \\ \n ä".to_owned(),
            version: "0.0.1".to_owned(),
            path: "guest/p/a".to_owned(),
            kind: "java:17".to_owned(),
            binding: None,
        }
    }

    /// One that went well.
    pub(crate) fn activation() -> Activation {
        let limits =
            serde_json::from_str(r#"{"concurrency":1,"logs":1,"memory":128,"timeout":1000,"cpu":7}"#)
                .unwrap_or_else(|error| panic!("{error}"));
        Activation {
            id: ActivationId::NONE,
            origin: Arc::new(origin()),
            limits,
            start_epoch_millis: 5,
            end_epoch_millis: 8,
            duration_millis: 3,
            wait_millis: 2,
            init_millis: None,
            cause: None,
            topmost: None,
            is_called: false,
            is_composition: false,
            outcome: Outcome::Success,
            result: bytes::Bytes::from_static(br#"{"x":1}"#),
            result_total_bytes: 7,
            usage: Usage { cpu_micros: 9, ..Usage::default() },
            logs: vec!["one \"line\"".to_owned(), "two".to_owned()],
            keep: Keep::Full,
        }
    }

    fn read(activation: &Activation) -> serde_json::Value {
        serde_json::from_str(&activation.to_json()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn annotation(record: &serde_json::Value, key: &str) -> serde_json::Value {
        let list = record["annotations"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().find(|one| one["key"] == key).map_or(serde_json::Value::Null, |one| one["value"].clone())
    }

    #[test]
    fn a_record_has_each_part_once_and_in_its_place() {
        let plain = activation();
        let start = r#"{"activationId":"00000000000000000000000000000000","annotations":[{"key":"path","value":"guest/p/a"},{"key":"kind","value":"java:17"},{"key":"waitTime","value":2},{"key":"limits","value":{"concurrency":1,"logs":1,"memory":128,"timeout":1000,"cpu":7}},{"key":"outcome","value":"success"},{"key":"usage","value":{"cpuMicros":9,"#;
        let end = r#"{"key":"timeout","value":false}],"duration":3,"end":8,"name":"a \"b\" \\ \n ä","namespace":"guest","publish":false,"start":5,"statusCode":0,"subject":"guest","version":"0.0.1","logs":["one \"line\"","two"],"response":{"result":{"x":1},"size":7,"status":"success","success":true}}"#;
        let text = plain.to_json();
        let parted = plain.summary_parted();
        assert_eq!(Parted::join(parted.shape(), parted.own()), plain.summary_open_json());
        assert!(text.starts_with(start) && text.ends_with(end), "{text}");
        let usage = annotation(&read(&plain), "usage");
        assert_eq!(serde_json::from_value::<Usage>(usage).ok(), Some(plain.usage));
    }

    #[test]
    fn what_only_some_records_have_is_there_when_they_have_it() {
        let mut hop = activation();
        hop.cause = Some(ActivationId::NONE);
        hop.origin = Arc::new(Origin { binding: Some("guest/b\"c".to_owned()), ..origin() });
        hop.init_millis = Some(4);
        hop.keep = Keep::Summary;
        let record = read(&hop);
        let parted = hop.summary_parted();
        assert_eq!(Parted::join(parted.shape(), parted.own()), hop.summary_open_json());
        assert_eq!(record["cause"], ActivationId::NONE.to_string());
        for (key, value) in [
            ("causedBy", "sequence"),
            ("binding", "guest/b\"c"),
            ("records", "summary"),
            ("outcome", "success"),
        ] {
            assert_eq!(annotation(&record, key), value, "{key}");
        }
        assert_eq!((annotation(&record, "initTime"), &record["logs"]), (4.into(), &serde_json::json!([])));
        hop.is_called = true;
        hop.outcome = Outcome::Timeout;
        let record = read(&hop);
        assert_eq!(
            (annotation(&record, "causedBy"), annotation(&record, "timeout")),
            ("action".into(), true.into())
        );
        assert_eq!(annotation(&record, "records"), serde_json::Value::Null);
        let mut sequence = activation();
        sequence.origin = Arc::new(Origin { kind: SEQUENCE_KIND.to_owned(), ..origin() });
        sequence.topmost = Some(true);
        sequence.is_composition = true;
        let record = read(&sequence);
        assert_eq!(
            (annotation(&record, "topmost"), annotation(&record, "conductor")),
            (true.into(), true.into())
        );
        assert_eq!(annotation(&record, "timeout"), serde_json::Value::Null);
    }
}
