//! A package: a name under which actions stand together, with parameters that they inherit; or a binding, which is
//! another name for somebody's package with parameters of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Action, EntityName, Parameters, SemVer};

/// The annotation that tells clients which package a binding stands for, and that makes an action a feed.
pub const BINDING_ANNOTATION: &str = "binding";
/// The annotation of an action that is a feed.
pub const FEED_ANNOTATION: &str = "feed";
/// The name that stands for "no package" in the paths of web actions.
pub const RESERVED_NAME: &str = "default";

/// Where a package is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackagePath {
    /// The namespace.
    pub namespace: EntityName,
    /// The package's own name.
    pub name: EntityName,
}

impl std::fmt::Display for PackagePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One version of a package or binding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Package {
    /// Where it is.
    pub path: PackagePath,
    /// Its version.
    pub version: SemVer,
    /// Of a binding: the package that it stands for.
    pub binding: Option<PackagePath>,
    /// What its actions inherit.
    pub parameters: Parameters,
    /// Annotations.
    pub annotations: Parameters,
    /// Shared with everybody?
    pub publish: bool,
    /// Milliseconds since 1970 of the last change.
    pub updated_epoch_millis: u64,
}

impl Package {
    /// The package as a client gets it that has written or deleted it.
    pub fn to_json(&self) -> Value {
        let mut value = self.summary_json();
        value["binding"] = self.binding.as_ref().map_or_else(|| json!({}), |path| json!(path));
        value["parameters"] = json!(self.parameters);
        value
    }

    /// The package as a client gets it that reads it: with the actions in it. Of a binding, this is the package that it
    /// stands for, with the parameters of both.
    pub fn with_actions_json(&self, actions: &[std::sync::Arc<Action>]) -> Value {
        let row = |action: &Action| {
            json!({
                "name": action.path.name,
                "version": action.version,
                "annotations": action.annotations,
            })
        };
        let mut value = self.to_json();
        let (feeds, others): (Vec<_>, Vec<_>) =
            actions.iter().partition(|action| action.annotations.get(FEED_ANNOTATION).is_some());
        value["actions"] = others.into_iter().map(|action| row(action)).collect();
        value["feeds"] = feeds.into_iter().map(|action| row(action)).collect();
        value
    }

    /// The package as a list shows it.
    pub fn summary_json(&self) -> Value {
        json!({
            "annotations": self.annotations,
            "binding": self.binding.as_ref().map_or(json!(false), |path| json!(path)),
            "name": self.path.name,
            "namespace": self.path.namespace,
            "publish": self.publish,
            "updated": self.updated_epoch_millis,
            "version": self.version,
        })
    }
}
