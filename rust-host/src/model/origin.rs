//! What the records of an action's runs have in common, made once and shared: most of a record is text that is the same each time.

use std::sync::{Arc, OnceLock};

use super::{Action, EntityName, SemVer};

/// See the head of this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The namespace that called, and that the records belong to; who called has the same name.
    pub namespace: String,
    /// The action's own name.
    pub name: String,
    /// The action's version.
    pub version: String,
    /// `ns/pkg/name` of the action.
    pub path: String,
    /// The action's kind; `sequence` also for what a conductor has run.
    pub kind: String,
    /// The binding through which the action was named, `ns/name`.
    pub binding: Option<String>,
}

impl Origin {
    /// For runs that a namespace asks for.
    pub fn new(action: &Action, namespace: &EntityName, kind: &str) -> Self {
        Self {
            namespace: namespace.to_string(),
            name: action.path.name.to_string(),
            version: action.version.to_string(),
            path: action.path.to_string(),
            kind: kind.to_owned(),
            binding: action.binding_name(),
        }
    }
}

/// A place for the origin of an action's runs. A copy of the action may be changed, so it has an empty one.
#[derive(Debug, Default)]
pub struct Shared(OnceLock<(SemVer, Arc<Origin>)>);

impl Shared {
    /// The origin for runs of this action, which the place is of.
    pub(super) fn of(&self, action: &Action, namespace: &EntityName) -> Arc<Origin> {
        let made = || Arc::new(Origin::new(action, namespace, action.exec.kind()));
        let (version, shared) = self.0.get_or_init(|| (action.version, made()));
        let is_right = *version == action.version && shared.namespace == namespace.as_str();
        if is_right { Arc::clone(shared) } else { made() }
    }
}

impl Clone for Shared {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Shared {
    /// It says nothing that the action does not say.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ActionPath, Exec, Parameters};

    #[test]
    fn only_the_same_version_for_the_same_namespace_shares_it() -> Result<(), Box<dyn std::error::Error>> {
        let (guest, other) = (EntityName::parse("guest")?, EntityName::parse("other")?);
        let action = Action {
            path: ActionPath { namespace: guest.clone(), package: None, name: EntityName::parse("a")? },
            version: SemVer::FIRST,
            exec: Exec::Sequence { components: Vec::new() },
            parameters: Parameters::default(),
            annotations: Parameters::default(),
            limits: serde_json::from_str(r#"{"concurrency":1,"logs":1,"memory":128,"timeout":1000}"#)?,
            publish: false,
            updated_epoch_millis: 0,
            inherited: None,
            origin: Shared::default(),
        };
        let first = action.origin(&guest);
        assert!(Arc::ptr_eq(&first, &action.origin(&guest)));
        assert_eq!(action.origin(&other).namespace, "other");
        // What is left of an action keeps its place, as when a former version is made anew.
        let next = Action { version: action.version.next(), ..action };
        assert_eq!((first.version.as_str(), next.origin(&guest).version.as_str()), ("0.0.1", "0.0.2"));
        Ok(())
    }
}
