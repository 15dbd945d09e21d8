//! How a command fails, and what a script sees of it.
//!
//! One struct for all failures, because every failure needs the same four things: a kind that
//! decides the exit code, a message, what to do next, and what the host said about it. The table
//! from HTTP status to kind and from kind to exit code stands here and nowhere else.

use serde_json::{Value, json};

/// Why a command did not succeed. The order is that of the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The reader of our output went away. Not an error of ours: exit code 0.
    OutputClosed,
    /// The action ran and ended with an error.
    Action,
    /// Wrong arguments, or a local file that cannot be read or written.
    Usage,
    /// No connection, or one that broke.
    Unreachable,
    /// No key, a wrong key, or a key that may not do this.
    Unauthorized,
    /// The host does not know the entity.
    NotFound,
    /// The host refused the request for another reason.
    Refused,
    /// The host failed, or answered with something that is no OpenWhisk answer.
    Server,
    /// The answer did not come in time; an action may still be running.
    StillRunning,
}

impl Kind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Kind::OutputClosed => 0,
            Kind::Action => 1,
            Kind::Usage => 2,
            Kind::Unreachable => 3,
            Kind::Unauthorized => 4,
            Kind::NotFound => 5,
            Kind::Refused => 6,
            Kind::Server => 7,
            Kind::StillRunning => 8,
        }
    }

    /// The kind of an answer that is not 2xx.
    pub(crate) fn of_status(status: u16) -> Kind {
        match status {
            401 | 403 => Kind::Unauthorized,
            404 => Kind::NotFound,
            400..=499 => Kind::Refused,
            _ => Kind::Server,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    message: String,
    advice: Option<String>,
    status: Option<u16>,
    transaction: Option<String>,
    activation: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure {
            kind,
            message: message.into(),
            advice: None,
            status: None,
            transaction: None,
            activation: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    /// A local file that cannot be read or written.
    pub(crate) fn file(verb: &str, path: &std::path::Path, cause: &std::io::Error) -> Failure {
        Failure::usage(format!("cannot {verb} {}: {cause}", path.display()))
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Failure {
        self.advice = Some(advice.into());
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Failure {
        self.status = Some(status);
        self
    }

    pub(crate) fn with_transaction(mut self, transaction: Option<String>) -> Failure {
        self.transaction = transaction;
        self
    }

    pub(crate) fn with_activation(mut self, activation: Option<String>) -> Failure {
        self.activation = activation;
        self
    }

    /// The lines for a person, without colours.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("error: {}", self.message);
        match (self.status, &self.transaction) {
            (Some(status), Some(id)) => text += &format!(" (HTTP {status}, transaction {id})"),
            (Some(status), None) => text += &format!(" (HTTP {status})"),
            _ => {}
        }
        if let Some(advice) = &self.advice {
            text += &format!("\n  next: {advice}");
        }
        text
    }

    /// The same for a program: one object.
    pub(crate) fn json(&self) -> Value {
        let mut object = json!({ "error": self.message, "exit": self.kind.exit_code() });
        let optional = [
            ("status", self.status.map(Value::from)),
            ("code", self.transaction.clone().map(Value::from)),
            ("activationId", self.activation.clone().map(Value::from)),
            ("advice", self.advice.clone().map(Value::from)),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                object[key] = value;
            }
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_the_documented_exit_code() {
        let table = [
            (400, 6),
            (401, 4),
            (403, 4),
            (404, 5),
            (409, 6),
            (413, 6),
            (429, 6),
            (500, 7),
            (502, 7),
            (503, 7),
            (302, 7),
        ];
        for (status, code) in table {
            assert_eq!(Kind::of_status(status).exit_code(), code, "HTTP status {status}");
        }
    }

    #[test]
    fn the_text_carries_status_transaction_and_advice() {
        let failure = Failure::new(Kind::NotFound, "no such action")
            .with_status(404)
            .with_transaction(Some("t1".into()))
            .advise("flockctl list");
        assert_eq!(failure.text(), "error: no such action (HTTP 404, transaction t1)\n  next: flockctl list");
        assert_eq!(
            failure.json(),
            json!({"error": "no such action", "exit": 5, "status": 404, "code": "t1", "advice": "flockctl list"})
        );
    }
}
