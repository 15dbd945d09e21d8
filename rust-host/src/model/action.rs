//! An action: what is deployed under a name.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    ActionLimits, ActionPath, EntityName, Origin, PackagePath, Parameters, SemVer, json::Members,
    origin::Shared,
};

/// Kinds that mean "a Java function". They differ in name only: the host's JDK runs them all.
pub const JAVA_KINDS: [&str; 5] = ["java:8", "java:11", "java:17", "java:21", "java:25"];

/// What `java:default` stands for: the kind that OpenWhisk's clients know.
pub const JAVA_DEFAULT_KIND: &str = JAVA_KINDS[0];

/// The kind of sequences.
pub const SEQUENCE_KIND: &str = "sequence";

/// The kind of what the host itself does.
pub const BUILTIN_KIND: &str = "builtin";

/// The annotation of a conductor, and of the record of a composition.
pub const CONDUCTOR_ANNOTATION: &str = "conductor";

/// Where the code of an action is kept, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// SHA-256 of the jar or source, in hex; names its files in the store.
    pub digest: String,
    /// A jar (given in base64) rather than source text.
    pub binary: bool,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exec {
    /// A Java function.
    Java {
        /// One of [`JAVA_KINDS`].
        kind: String,
        /// The code.
        code: Code,
        /// `pkg.Class` or `pkg.Class#method`.
        main: String,
    },
    /// A chain of other actions.
    Sequence {
        /// Its hops.
        components: Vec<ActionPath>,
    },
    /// Something that the host itself does.
    Builtin {
        /// Which.
        name: String,
    },
}

impl Exec {
    /// The kind as clients see it.
    pub fn kind(&self) -> &str {
        match self {
            Self::Java { kind, .. } => kind,
            Self::Sequence { .. } => SEQUENCE_KIND,
            Self::Builtin { .. } => BUILTIN_KIND,
        }
    }
}

/// One version of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Where it is.
    pub path: ActionPath,
    /// Its version.
    pub version: SemVer,
    /// What runs.
    pub exec: Exec,
    /// Default parameters.
    pub parameters: Parameters,
    /// Annotations.
    pub annotations: Parameters,
    /// Limits.
    pub limits: ActionLimits,
    /// Shared?
    pub publish: bool,
    /// Milliseconds since 1970 of the last change.
    pub updated_epoch_millis: u64,
    /// Of an action that was looked up for a call: what its package, a binding and the caller add to what is stored.
    #[serde(skip)]
    pub inherited: Option<Inherited>,
    /// What the records of its runs have in common.
    #[serde(skip)]
    pub origin: Shared,
}

/// See [`Action::inherited`]. The parameters are merged into the action's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Inherited {
    /// Who calls and pays.
    pub tenant: EntityName,
    /// The binding through which the action was named.
    pub binding: Option<PackagePath>,
    /// The latest change of action, package and binding.
    pub changed_epoch_millis: u64,
    /// The stored action, which lives as long as this.
    pub stored: Arc<Action>,
}

impl Action {
    /// The namespace for which the action runs: its own, or that of the caller of a shared package.
    pub fn tenant(&self) -> &EntityName {
        self.inherited.as_ref().map_or(&self.path.namespace, |inherited| &inherited.tenant)
    }

    /// What the records of its runs have in common that a namespace asks for.
    pub fn origin(&self, namespace: &EntityName) -> Arc<Origin> {
        self.origin.of(self, namespace)
    }

    /// As it is stored, for whoever it runs.
    pub fn stored(self: &Arc<Self>) -> &Arc<Self> {
        self.inherited.as_ref().map_or(self, |inherited| &inherited.stored)
    }

    /// What tells apart the functions that must not share an instance, besides the version: the path, and after a sign that no
    /// name may hold, the binding or the caller, where it is another one.
    pub fn instance_key(&self) -> String {
        match &self.inherited {
            Some(Inherited { binding: Some(binding), .. }) => format!("{}|{binding}", self.path),
            Some(Inherited { tenant, .. }) if *tenant != self.path.namespace => {
                format!("{}|{tenant}", self.path)
            }
            _ => self.path.to_string(),
        }
    }

    /// The binding through which the action was named, `ns/name`.
    pub fn binding_name(&self) -> Option<String> {
        self.inherited.as_ref()?.binding.as_ref().map(PackagePath::to_string)
    }

    /// When anything was changed that the action is made of.
    pub fn changed_epoch_millis(&self) -> u64 {
        self.inherited.as_ref().map_or(self.updated_epoch_millis, |inherited| inherited.changed_epoch_millis)
    }

    /// The action as a client gets it; `code` is the text of `exec.code`, if it is asked for.
    pub fn to_json(&self, code: Option<&str>) -> Value {
        let mut value = json!({
            "annotations": self.annotations,
            "exec": self.exec_json(code),
            "limits": self.limits,
            "name": self.path.name.as_str(),
            "namespace": self.path.namespace_path(),
            "parameters": self.parameters,
            "publish": self.publish,
            "updated": self.updated_epoch_millis,
            "version": self.version,
        });
        if matches!(self.exec, Exec::Sequence { .. }) {
            value["parameters"] = json!([{"key": "_actions", "value": self.components_json()}]);
        }
        value
    }

    /// The action as a list shows it.
    pub fn summary_json(&self) -> Value {
        json!({
            "annotations": self.annotations,
            "exec": { "binary": matches!(&self.exec, Exec::Java { code, .. } if code.binary) },
            "limits": self.limits,
            "name": self.path.name.as_str(),
            "namespace": self.path.namespace_path(),
            "publish": self.publish,
            "updated": self.updated_epoch_millis,
            "version": self.version,
        })
    }

    fn exec_json(&self, text: Option<&str>) -> Value {
        match &self.exec {
            Exec::Java { kind, code, main } => {
                let mut exec = json!({ "kind": kind, "binary": code.binary, "main": main });
                if let Some(text) = text {
                    exec["code"] = text.into();
                }
                exec
            }
            Exec::Sequence { .. } => {
                json!({ "kind": SEQUENCE_KIND, "components": self.components_json() })
            }
            Exec::Builtin { .. } => json!({ "kind": BUILTIN_KIND, "binary": false }),
        }
    }

    fn components_json(&self) -> Value {
        match &self.exec {
            Exec::Sequence { components } => {
                components.iter().map(|component| format!("/{component}")).collect()
            }
            Exec::Java { .. } | Exec::Builtin { .. } => Value::Null,
        }
    }

    /// `pkg.Class` or `pkg.Class#method` of a Java function; empty for what is none.
    pub fn main(&self) -> &str {
        match &self.exec {
            Exec::Java { main, .. } => main,
            Exec::Sequence { .. } | Exec::Builtin { .. } => "",
        }
    }

    /// Does each of its results say which action runs next?
    pub fn is_conductor(&self) -> bool {
        matches!(self.exec, Exec::Java { .. }) && self.annotations.is_truthy(CONDUCTOR_ANNOTATION)
    }

    /// The names that a payload may not set: defined parameters of an action that is annotated `final`, and, of a web
    /// action, the reserved ones.
    pub fn overrides_final(&self, members: &Members<'_>) -> bool {
        if !self.annotations.is_truthy("final") {
            return false;
        }
        let fixed: BTreeSet<&str> = self
            .parameters
            .of_call()
            .filter(|parameter| !parameter.value.is_null())
            .map(|parameter| parameter.key.as_str())
            .collect();
        members.0.iter().any(|(name, _)| fixed.contains(name.as_ref()))
    }
}

/// OpenWhisk's test for a jar: some text of base64 and nothing else.
pub fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !text.is_empty()
        && text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jars_are_told_from_source() {
        for yes in ["UEsDBA==", "abcd", "ab+/"] {
            assert!(is_base64(yes), "{yes}");
        }
        for no in ["", "abc", "class A {}", "ab=c", "a===", "public class M{}"] {
            assert!(!is_base64(no), "{no}");
        }
    }
}
