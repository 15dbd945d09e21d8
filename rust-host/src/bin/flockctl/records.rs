//! An activation's record, as the client shows it.
//!
//! The result is kept as the text that came, so that its digits and the order of its keys stay.
//! Fields that a host leaves out get an empty value: showing less is better than showing nothing.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Session;
use crate::failure::Failure;
use crate::figures::{micros_text, size_text};
use crate::json_text::indent;
use crate::moment::iso;
use crate::output::Colour;
use crate::table::{Cell, Table};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) activation_id: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    pub(crate) start: i64,
    #[serde(default)]
    duration: Option<i64>,
    #[serde(default)]
    pub(crate) status_code: Option<u8>,
    #[serde(default)]
    response: Option<Response>,
    #[serde(default)]
    pub(crate) logs: Vec<String>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    pub(crate) cause: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default)]
    status: String,
    #[serde(default)]
    status_code: Option<u8>,
    #[serde(default)]
    result: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
struct Annotation {
    key: String,
    #[serde(default)]
    value: Value,
}

impl Record {
    pub(crate) fn parse(text: &str) -> Option<Record> {
        serde_json::from_str(text).ok()
    }

    /// The `result` of an answer to `/activations/ID/result`, as the text that came.
    pub(crate) fn result_of(text: &str) -> Option<String> {
        let response: Response = serde_json::from_str(text).ok()?;
        response.result.map(|result| result.get().to_owned())
    }

    pub(crate) fn is_sequence(&self) -> bool {
        self.annotation("kind").and_then(Value::as_str) == Some("sequence")
    }

    fn annotation(&self, key: &str) -> Option<&Value> {
        let found = self.annotations.iter().find(|a| a.key == key);
        found.map(|a| &a.value)
    }

    /// `/namespace/package/name`, from the path annotation where there is one.
    pub(crate) fn action(&self) -> String {
        match self.annotation("path").and_then(Value::as_str) {
            Some(path) => format!("/{path}"),
            None if self.namespace.is_empty() => self.name.clone(),
            None => format!("/{}/{}", self.namespace, self.name),
        }
    }

    /// Without the namespace, for a narrow table.
    pub(crate) fn short_action(&self) -> String {
        let full = self.action();
        let short = full.strip_prefix('/').and_then(|f| f.split_once('/'));
        short.map_or(full.clone(), |(_, name)| name.to_owned())
    }

    /// A figure of its usage; 0 where the host tells none.
    pub(crate) fn usage(&self, name: &str) -> u64 {
        self.annotation("usage").and_then(|usage| usage[name].as_u64()).unwrap_or(0)
    }

    /// Bytes of the result, where it is there.
    pub(crate) fn result_bytes(&self) -> Option<u64> {
        let result = self.response.as_ref()?.result.as_ref()?;
        u64::try_from(result.get().len()).ok()
    }

    fn init_millis(&self) -> Option<i64> {
        self.annotation("initTime").and_then(Value::as_i64)
    }

    pub(crate) fn start_kind(&self) -> &'static str {
        match self.annotation("kind").and_then(Value::as_str) {
            _ if self.init_millis().is_some() => "cold",
            // A trigger has no kind, and neither it nor a sequence is started.
            None | Some("sequence") => "-",
            Some(_) => "warm",
        }
    }

    pub(crate) fn duration_text(&self) -> String {
        self.duration.map_or("-".into(), |millis| format!("{millis} ms"))
    }

    fn status_text(&self) -> String {
        let code = self.response.as_ref().and_then(|r| r.status_code);
        let said = self.response.as_ref().map(|r| r.status.clone());
        match (said.filter(|s| !s.is_empty()), self.status_code.or(code)) {
            (Some(said), _) => said,
            (None, Some(0)) => "success".into(),
            (None, Some(1)) => "application error".into(),
            (None, Some(2)) => "action developer error".into(),
            (None, Some(3)) => "whisk internal error".into(),
            _ => "-".into(),
        }
    }

    pub(crate) fn status_cell(&self) -> Cell {
        let text = self.status_text();
        match text.as_str() {
            "success" => Cell::coloured(text, Colour::Green),
            "-" => text.into(),
            _ => Cell::coloured(text, Colour::Red),
        }
    }

    /// All of it, for a person.
    pub(crate) fn show(&self, session: &Session) -> Result<(), Failure> {
        let output = &session.output;
        let mut table = Table::plain();
        table.row(["activation".into(), self.activation_id.as_str().into()]);
        table.row(["action".into(), format!("{} {}", self.action(), self.version).into()]);
        table.row(["status".into(), self.status_cell()]);
        table.row(["start".into(), iso(self.start).into()]);
        let init = match self.init_millis() {
            Some(millis) => format!("{} (cold start: {millis} ms of it)", self.duration_text()),
            None => self.duration_text(),
        };
        table.row(["duration".into(), init.into()]);
        if let Some(outcome) = self.annotation("outcome").and_then(Value::as_str) {
            table.row(["outcome".into(), outcome.into()]);
        }
        if let Some(usage) = self.annotation("usage") {
            for (name, text) in usage_texts(usage) {
                table.row([name.into(), text.into()]);
            }
        }
        if let Some(cause) = &self.cause {
            table.row(["cause".into(), cause.as_str().into()]);
        }
        output.styled(&table.render(output))?;
        if let Some(result) = self.response.as_ref().and_then(|r| r.result.as_ref()) {
            output.text(&format!("result\n{}", indent(result.get())))?;
        }
        if !self.logs.is_empty() {
            output.text(&format!("logs\n{}", self.logs.join("\n")))?;
        }
        Ok(())
    }
}

/// What an activation used, for a person. What is zero is left out, but for CPU.
fn usage_texts(usage: &Value) -> Vec<(&'static str, String)> {
    let number = |key: &str| usage[key].as_u64().unwrap_or(0);
    let sizes = [
        ("allocated", "allocatedBytes"),
        ("heap", "liveHeapBytes"),
        ("peak heap", "peakHeapBytes"),
        ("class memory", "metaspaceBytes"),
        ("temp files", "tempBytes"),
        ("log output", "logBytes"),
    ];
    let counts = [("threads", "threads"), ("classes", "classes"), ("sockets", "sockets")];
    let mut texts = vec![("cpu", micros_text(number("cpuMicros")))];
    texts.push(("waited", micros_text(number("waitMicros"))));
    texts.extend(sizes.map(|(name, key)| (name, size_text(number(key)))));
    texts.extend(counts.map(|(name, key)| (name, number(key).to_string())));
    texts.retain(|(name, text)| *name == "cpu" || !text.starts_with("0 ") && text != "0");
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"namespace":"guest","name":"h","version":"0.0.1","activationId":"ab",
        "start":1000,"end":1005,"duration":5,"logs":["l"],"statusCode":2,
        "response":{"status":"action developer error","statusCode":2,"success":false,"result":{"z":1.50,"a":1}},
        "annotations":[{"key":"path","value":"guest/p/h"},{"key":"initTime","value":3}]}"#;

    #[test]
    fn a_record_and_its_views() {
        let record = Record::parse(TEXT).expect("a record");
        assert_eq!(record.action(), "/guest/p/h");
        assert_eq!(record.short_action(), "p/h");
        assert_eq!(record.status_text(), "action developer error");
        assert_eq!((record.start_kind(), record.init_millis()), ("cold", Some(3)));
        assert_eq!(record.duration_text(), "5 ms");
        let result = record.response.and_then(|r| r.result).expect("a result");
        assert_eq!(result.get(), r#"{"z":1.50,"a":1}"#);
    }

    #[test]
    fn a_row_of_a_list_has_less() {
        let record = Record::parse(r#"{"activationId":"x","statusCode":0}"#).expect("a row");
        assert_eq!((record.status_text(), record.duration_text()), ("success".into(), "-".into()));
        assert_eq!(record.start_kind(), "-");
        assert!(Record::parse("[1]").is_none() && Record::parse("{}").is_none());
    }

    #[test]
    fn usage_leaves_out_what_is_zero() {
        let usage =
            serde_json::json!({"cpuMicros": 0, "waitMicros": 0, "allocatedBytes": 2048, "threads": 2});
        let expected = [("cpu", "0 us"), ("allocated", "2.00 KB"), ("threads", "2")];
        assert_eq!(usage_texts(&usage), expected.map(|(name, text)| (name, text.to_owned())));
    }
}
