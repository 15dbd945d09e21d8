//! The record of one run of an action.

use super::{
    ActionLimits, ActivationId, Keep, Outcome, Usage,
    action::CONDUCTOR_ANNOTATION,
    json::{error_object, quote},
};

/// A finished activation.
#[derive(Debug, Clone)]
pub struct Activation {
    /// Its id.
    pub id: ActivationId,
    /// The namespace that called, and that the record belongs to.
    pub namespace: String,
    /// The action's own name.
    pub name: String,
    /// The action's version.
    pub version: String,
    /// Who called.
    pub subject: String,
    /// `ns/pkg/name` of the action.
    pub path: String,
    /// The action's kind.
    pub kind: String,
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
    /// The binding through which the action was named, `ns/name`.
    pub binding: Option<String>,
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
        if self.is_summary() {
            return r#"{"result":{},"status":"success","success":true}"#.to_owned();
        }
        format!("{{\"result\":{}{}", self.result_text(), self.response_end_json())
    }

    /// Is the result a part of what the store keeps?
    pub fn shows_result(&self) -> bool {
        !self.is_summary()
    }

    /// The response after its result: `,"size":..,"status":..,"success":..}`.
    pub fn response_end_json(&self) -> String {
        let mut text = String::new();
        if let Some(size) = self.size() {
            text.push_str(&format!(",\"size\":{size}"));
        }
        text.push_str(",\"status\":\"");
        text.push_str(self.outcome.status_text());
        text.push_str("\",\"success\":");
        text.push_str(if self.outcome == Outcome::Success { "true}" } else { "false}" });
        text
    }

    /// The result as text. It comes from the shim's own writer and is UTF-8; anything else would be a fault of the host
    /// and is shown as one.
    pub fn result_text(&self) -> std::borrow::Cow<'_, str> {
        match std::str::from_utf8(&self.result) {
            Ok(text) => text.into(),
            Err(_) => error_object("the result is not UTF-8").into(),
        }
    }

    /// `["line", ...]`.
    pub fn logs_json(&self) -> String {
        if self.is_summary() {
            return "[]".to_owned();
        }
        let lines: Vec<String> = self.logs.iter().map(|line| quote(line)).collect();
        format!("[{}]", lines.join(","))
    }

    fn annotations_json(&self) -> String {
        let mut list = vec![
            annotation("path", &quote(&self.path)),
            annotation("kind", &quote(&self.kind)),
            annotation("waitTime", &self.wait_millis.to_string()),
        ];
        if let Ok(limits) = serde_json::to_string(&self.limits) {
            list.push(annotation("limits", &limits));
        }
        list.push(annotation("outcome", &quote(self.outcome.name())));
        if let Ok(usage) = serde_json::to_string(&self.usage) {
            list.push(annotation("usage", &usage));
        }
        if let Some(init) = self.init_millis {
            list.push(annotation("initTime", &init.to_string()));
        }
        if let Some(topmost) = self.topmost {
            list.push(annotation("topmost", &topmost.to_string()));
        } else {
            list.push(annotation("timeout", &(self.outcome == Outcome::Timeout).to_string()));
        }
        if self.is_composition {
            list.push(annotation(CONDUCTOR_ANNOTATION, "true"));
        }
        if let Some(binding) = &self.binding {
            list.push(annotation("binding", &quote(binding)));
        }
        if self.is_called {
            list.push(annotation("causedBy", "\"action\""));
        } else if self.cause.is_some() {
            list.push(annotation("causedBy", "\"sequence\""));
        }
        if self.is_summary() {
            list.push(annotation("records", "\"summary\""));
        }
        format!("[{}]", list.join(","))
    }

    /// The record without result and logs, as a list shows it: an object without its last brace.
    pub fn summary_open_json(&self) -> String {
        let mut text =
            format!("{{\"activationId\":\"{}\",\"annotations\":{}", self.id, self.annotations_json());
        if let Some(cause) = self.cause {
            text.push_str(&format!(",\"cause\":\"{cause}\""));
        }
        text.push_str(&format!(
            ",\"duration\":{},\"end\":{},\"name\":{},\"namespace\":{},\"publish\":false,\"start\":{},\"statusCode\":{},\"subject\":{},\"version\":{}",
            self.duration_millis,
            self.end_epoch_millis,
            quote(&self.name),
            quote(&self.namespace),
            self.start_epoch_millis,
            self.outcome.status_code(),
            quote(&self.subject),
            quote(&self.version),
        ));
        text
    }

    /// The whole record.
    pub fn to_json(&self) -> String {
        join_record(&self.summary_open_json(), &self.response_json(), &self.logs_json())
    }
}

/// A record from its stored parts.
pub fn join_record(summary_open: &str, response: &str, logs: &str) -> String {
    format!("{summary_open},\"logs\":{logs},\"response\":{response}}}")
}

fn annotation(key: &str, value: &str) -> String {
    format!("{{\"key\":\"{key}\",\"value\":{value}}}")
}
