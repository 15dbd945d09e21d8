//! Triggers, rules, and the record of a fired trigger.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ActionPath, ActivationId, EntityName, Parameters, SemVer, json::quote};

/// Where a trigger is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TriggerPath {
    /// The namespace.
    pub namespace: EntityName,
    /// The trigger's own name.
    pub name: EntityName,
}

impl std::fmt::Display for TriggerPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One version of a trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Where it is.
    pub path: TriggerPath,
    /// Its version.
    pub version: SemVer,
    /// What is merged under each payload.
    pub parameters: Parameters,
    /// Annotations; `feed` names the action that fires it.
    pub annotations: Parameters,
    /// Shared? It has no meaning for a trigger.
    pub publish: bool,
    /// Milliseconds since 1970 of the last change.
    pub updated_epoch_millis: u64,
}

impl Trigger {
    /// The trigger as a client gets it, with its rules.
    pub fn to_json<'a>(&self, rules: impl Iterator<Item = &'a Rule>) -> Value {
        let mut value = self.summary_json();
        value["limits"] = json!({});
        value["parameters"] = json!(self.parameters);
        let rules: serde_json::Map<String, Value> = rules
            .filter(|rule| rule.status != RuleStatus::Detached)
            .map(|rule| {
                let reduced = json!({ "action": action_json(&rule.action), "status": rule.status.word() });
                (format!("{}/{}", rule.namespace, rule.name), reduced)
            })
            .collect();
        if !rules.is_empty() {
            value["rules"] = rules.into();
        }
        value
    }

    /// The trigger as a list shows it.
    pub fn summary_json(&self) -> Value {
        json!({
            "annotations": self.annotations,
            "name": self.path.name,
            "namespace": self.path.namespace,
            "publish": self.publish,
            "updated": self.updated_epoch_millis,
            "version": self.version,
        })
    }
}

/// Does a rule follow its trigger?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleStatus {
    /// It does.
    Active,
    /// Somebody switched it off.
    Inactive,
    /// Its trigger was deleted: inactive until it is switched on again, and no rule of a new trigger of that name.
    Detached,
}

impl RuleStatus {
    /// OpenWhisk's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive | Self::Detached => "inactive",
        }
    }
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The namespace.
    pub namespace: EntityName,
    /// The rule's own name.
    pub name: EntityName,
    /// Its version.
    pub version: SemVer,
    /// Whose fires it follows.
    pub trigger: TriggerPath,
    /// What it invokes.
    pub action: ActionPath,
    /// Does it?
    pub status: RuleStatus,
    /// Annotations.
    pub annotations: Parameters,
    /// Shared? It has no meaning for a rule.
    pub publish: bool,
    /// Milliseconds since 1970 of the last change.
    pub updated_epoch_millis: u64,
}

impl Rule {
    /// The rule as a client gets it.
    pub fn to_json(&self) -> Value {
        let mut value = self.summary_json();
        value["status"] = self.status.word().into();
        value
    }

    /// The rule as a list shows it: without its status, as in OpenWhisk.
    pub fn summary_json(&self) -> Value {
        json!({
            "action": action_json(&self.action),
            "annotations": self.annotations,
            "name": self.name,
            "namespace": self.namespace,
            "publish": self.publish,
            "trigger": { "name": self.trigger.name, "path": self.trigger.namespace },
            "updated": self.updated_epoch_millis,
            "version": self.version,
        })
    }
}

fn action_json(path: &ActionPath) -> Value {
    json!({ "name": path.name, "path": path.namespace_path() })
}

/// What one rule did when its trigger fired.
#[derive(Debug)]
pub struct RuleResult {
    /// The rule, `ns/name`.
    pub rule: String,
    /// The action, `ns/pkg/name`.
    pub action: String,
    /// The activation that it began, or OpenWhisk's status code and why there is none.
    pub began: Result<ActivationId, (u8, String)>,
}

impl RuleResult {
    /// The line in the trigger's log.
    fn line(&self) -> String {
        let mut value = json!({ "rule": self.rule, "action": self.action });
        match &self.began {
            Ok(id) => {
                value["statusCode"] = 0.into();
                value["success"] = true.into();
                value["activationId"] = id.to_string().into();
            }
            Err((code, why)) => {
                value["statusCode"] = (*code).into();
                value["success"] = false.into();
                value["error"] = why.as_str().into();
            }
        }
        value.to_string()
    }
}

/// The record of a fired trigger. It has a start and no end.
#[derive(Debug)]
pub struct Firing {
    /// Its id.
    pub id: ActivationId,
    /// The trigger.
    pub trigger: TriggerPath,
    /// The trigger's version.
    pub version: SemVer,
    /// Milliseconds since 1970.
    pub start_epoch_millis: u64,
    /// The payload as the client sent it, JSON text.
    pub payload: bytes::Bytes,
    /// What the rules did.
    pub rules: Vec<RuleResult>,
}

impl Firing {
    /// The record without result and logs: an object without its last brace.
    pub fn summary_open_json(&self) -> String {
        let namespace = quote(self.trigger.namespace.as_str());
        format!(
            "{{\"activationId\":\"{}\",\"annotations\":[],\"name\":{},\"namespace\":{namespace},\"publish\":false,\"start\":{},\"statusCode\":0,\"subject\":{namespace},\"version\":\"{}\"",
            self.id,
            quote(self.trigger.name.as_str()),
            self.start_epoch_millis,
            self.version,
        )
    }

    /// `{"result":..,"status":"success","success":true}`.
    pub fn response_json(&self) -> String {
        let result = std::str::from_utf8(&self.payload).unwrap_or("{}");
        let size = self.payload.len();
        format!("{{\"result\":{result},\"size\":{size},\"status\":\"success\",\"success\":true}}")
    }

    /// One line a rule.
    pub fn logs_json(&self) -> String {
        let lines: Vec<String> = self.rules.iter().map(|rule| quote(&rule.line())).collect();
        format!("[{}]", lines.join(","))
    }
}
