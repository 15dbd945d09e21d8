//! The summary of a record: all but result and logs, as a list shows it.
//!
//! Most of it is the same for all runs of an action that end alike. The store keeps that part, the *shape*, once, and of each
//! record only what stands in the gaps: [`Parted`] is a summary in these two parts.

use serde::Serialize;

use crate::model::{Outcome, action::CONDUCTOR_ANNOTATION};

use super::Activation;

/// Stands for each gap of a shape, and after each value. JSON has no such byte inside of a text, and none outside is written.
const GAP: char = '\n';
/// Room for most summaries.
const USUAL_BYTES: usize = 1024;
/// Room for most values of one record.
const USUAL_OWN_BYTES: usize = 192;

/// Takes a summary as it is written.
trait Sink {
    /// What is the same in other records.
    fn same(&mut self) -> &mut Vec<u8>;

    /// What is this record's own.
    fn own(&mut self, write: impl FnOnce(&mut Vec<u8>));

    fn number(&mut self, number: u64) {
        self.own(|text| {
            // Writing a number into memory cannot fail.
            let _ = serde_json::to_writer(text, &number);
        });
    }

    fn put(&mut self, text: &str) {
        self.same().extend_from_slice(text.as_bytes());
    }

    fn json(&mut self, value: &impl Serialize) {
        // Nor can writing other plain values.
        let _ = serde_json::to_writer(self.same(), value);
    }

    /// A name, which seldom has anything to escape.
    fn quoted(&mut self, name: &str) {
        if name.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            return self.json(&name);
        }
        self.put("\"");
        self.put(name);
        self.put("\"");
    }

    fn annotation(&mut self, key: &str, value: &impl Serialize) {
        self.put(",{\"key\":\"");
        self.put(key);
        self.put("\",\"value\":");
        self.json(value);
        self.put("}");
    }
}

/// As one text.
impl Sink for Vec<u8> {
    fn same(&mut self) -> &mut Self {
        self
    }

    fn own(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }
}

/// A summary, an object without its last brace, in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parted {
    shape: Vec<u8>,
    own: Vec<u8>,
}

impl Sink for Parted {
    fn same(&mut self) -> &mut Vec<u8> {
        &mut self.shape
    }

    fn own(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.own);
        self.own.push(GAP as u8);
        self.shape.push(GAP as u8);
    }
}

impl Parted {
    /// What many records have in common, with gaps.
    pub fn shape(&self) -> &str {
        as_text(&self.shape)
    }

    /// What stands in the gaps.
    pub fn own(&self) -> &str {
        as_text(&self.own)
    }

    /// The summary from its two parts.
    pub fn join(shape: &str, own: &str) -> String {
        let mut text = String::with_capacity(shape.len() + own.len());
        let mut values = own.split(GAP);
        for (index, piece) in shape.split(GAP).enumerate() {
            if index > 0 {
                text.push_str(values.next().unwrap_or_default());
            }
            text.push_str(piece);
        }
        text
    }
}

/// All that is written is text.
fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

impl Activation {
    /// The record without result and logs: an object without its last brace.
    pub fn summary_open_json(&self) -> String {
        let mut text = Vec::with_capacity(USUAL_BYTES);
        self.write_summary(&mut text);
        // All parts are texts.
        String::from_utf8(text).unwrap_or_default()
    }

    /// The same in two parts.
    pub fn summary_parted(&self) -> Parted {
        let mut parted =
            Parted { shape: Vec::with_capacity(USUAL_BYTES), own: Vec::with_capacity(USUAL_OWN_BYTES) };
        self.write_summary(&mut parted);
        parted
    }

    /// Every record is written in this form, so it is made without other texts on the way.
    fn write_summary(&self, to: &mut impl Sink) {
        to.put("{\"activationId\":\"");
        to.own(|text| text.extend_from_slice(&self.id.to_ascii()));
        to.put("\",\"annotations\":");
        self.write_annotations(to);
        if let Some(cause) = self.cause {
            to.put(",\"cause\":\"");
            to.own(|text| text.extend_from_slice(&cause.to_ascii()));
            to.put("\"");
        }
        to.put(",\"duration\":");
        to.number(self.duration_millis);
        to.put(",\"end\":");
        to.number(self.end_epoch_millis);
        to.put(",\"name\":");
        to.quoted(&self.origin.name);
        to.put(",\"namespace\":");
        to.quoted(&self.origin.namespace);
        to.put(",\"publish\":false,\"start\":");
        to.number(self.start_epoch_millis);
        to.put(",\"statusCode\":");
        to.json(&self.outcome.status_code());
        to.put(",\"subject\":");
        to.quoted(&self.origin.namespace);
        to.put(",\"version\":");
        to.quoted(&self.origin.version);
    }

    fn write_annotations(&self, to: &mut impl Sink) {
        to.put(r#"[{"key":"path","value":"#);
        to.quoted(&self.origin.path);
        to.put(r#"},{"key":"kind","value":"#);
        to.quoted(&self.origin.kind);
        to.put(r#"},{"key":"waitTime","value":"#);
        to.number(self.wait_millis);
        to.put(r#"},{"key":"limits","value":"#);
        to.json(&self.limits);
        to.put(r#"},{"key":"outcome","value":""#);
        to.put(self.outcome.name());
        to.put(r#""},{"key":"usage","value":"#);
        self.write_usage(to);
        to.put("}");
        if let Some(init) = self.init_millis {
            to.put(r#",{"key":"initTime","value":"#);
            to.number(init);
            to.put("}");
        }
        if let Some(topmost) = self.topmost {
            to.annotation("topmost", &topmost);
        } else {
            to.annotation("timeout", &(self.outcome == Outcome::Timeout));
        }
        if self.is_composition {
            to.annotation(CONDUCTOR_ANNOTATION, &true);
        }
        if let Some(binding) = &self.origin.binding {
            to.annotation("binding", binding);
        }
        if self.is_called {
            to.annotation("causedBy", &"action");
        } else if self.cause.is_some() {
            to.annotation("causedBy", &"sequence");
        }
        if self.is_summary() {
            to.annotation("records", &"summary");
        }
        to.put("]");
    }

    fn write_usage(&self, to: &mut impl Sink) {
        let mut before = "{\"";
        for (name, value) in self.usage.members() {
            to.put(before);
            to.put(name);
            to.put("\":");
            to.number(value);
            before = ",\"";
        }
        to.put("}");
    }
}
