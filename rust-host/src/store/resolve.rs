//! From the name that a caller uses to the action that runs: through a package, through a binding, into the namespace of
//! somebody who shares.
//!
//! What is found is the stored action with the parameters of package and binding under its own (package, then binding,
//! then action, as in OpenWhisk). It is made once and kept for as long as none of its parts changes, so that calls find
//! the function that is already loaded.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::model::{Action, ActionPath, EntityName, Package, PackagePath, action::Inherited};

use super::{
    Store,
    entities::{ACTIONS, Entity},
};

/// Most names that are remembered; beyond them those are forgotten whose functions are not loaded.
const KNOWN_MAX: usize = 10_000;

/// Why a name leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// There is no such thing.
    Missing,
    /// The name is taken by an entity of another collection.
    OtherCollection,
    /// It is not the caller's and not shared.
    Forbidden(String),
}

/// What was found for a name.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    known: RwLock<HashMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    stored: Arc<Action>,
    package: Option<Arc<Package>>,
    binding: Option<Arc<Package>>,
    found: Arc<Action>,
}

impl Resolved {
    /// A stored action was replaced or deleted: what was made of it must not keep it and its code. What was made of other
    /// parts is replaced when it is asked for.
    pub(super) fn forget(&self, path: &ActionPath) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, known| known.stored.path != *path);
    }
}

fn is_same(a: Option<&Arc<Package>>, b: Option<&Arc<Package>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

impl Store {
    /// The package that a caller may read under this name, and the binding if the name is one.
    pub fn readable_package(
        &self,
        path: &PackagePath,
        caller: &EntityName,
    ) -> Result<(Arc<Package>, Option<Arc<Package>>), Unresolved> {
        let named = self.package_for(path, caller)?;
        match &named.binding {
            None => Ok((named, None)),
            // Only its owner uses a binding, and what it stands for must still be shared or the owner's.
            Some(_) if path.namespace != *caller => Err(Unresolved::Forbidden(path.to_string())),
            Some(provider) => {
                let package = self.package_for(provider, caller)?;
                if package.binding.is_some() { Err(Unresolved::Missing) } else { Ok((package, Some(named))) }
            }
        }
    }

    fn package_for(&self, path: &PackagePath, caller: &EntityName) -> Result<Arc<Package>, Unresolved> {
        let is_owner = path.namespace == *caller;
        match self.entity::<Package>(&path.namespace, &path.name) {
            Some(package) if is_owner || package.publish => Ok(package),
            // Whether it exists is nobody else's business.
            _ if !is_owner => Err(Unresolved::Forbidden(path.to_string())),
            _ if self.is_taken_elsewhere(Package::COLLECTION, &path.namespace, &path.name) => {
                Err(Unresolved::OtherCollection)
            }
            _ => Err(Unresolved::Missing),
        }
    }

    /// The action that a caller means by this path: its current version.
    pub fn resolve_action(&self, path: &ActionPath, caller: &EntityName) -> Result<Arc<Action>, Unresolved> {
        self.resolve(path, caller, &|current| current)
    }

    /// The same for a version of it that is stored, as a call gets it.
    pub fn resolve_version(
        &self,
        version: &Arc<Action>,
        caller: &EntityName,
    ) -> Result<Arc<Action>, Unresolved> {
        self.resolve(&version.path, caller, &|_| Arc::clone(version))
    }

    /// The same for a call: where its owner splits the calls, the version whose turn it is.
    pub fn resolve_call(&self, path: &ActionPath, caller: &EntityName) -> Result<Arc<Action>, Unresolved> {
        self.resolve(path, caller, &|current| self.version_in_turn(current))
    }

    fn resolve(
        &self,
        path: &ActionPath,
        caller: &EntityName,
        choose: &dyn Fn(Arc<Action>) -> Arc<Action>,
    ) -> Result<Arc<Action>, Unresolved> {
        let Some(package) = &path.package else {
            if path.namespace != *caller {
                return Err(Unresolved::Forbidden(path.to_string()));
            }
            return self.action(path).map(choose).ok_or_else(|| {
                if self.is_taken_elsewhere(ACTIONS, &path.namespace, &path.name) {
                    Unresolved::OtherCollection
                } else {
                    Unresolved::Missing
                }
            });
        };
        let named = PackagePath { namespace: path.namespace.clone(), name: package.clone() };
        let (package, binding) = self.readable_package(&named, caller)?;
        let stored = ActionPath {
            namespace: package.path.namespace.clone(),
            package: Some(package.path.name.clone()),
            name: path.name.clone(),
        };
        let current = self.action(&stored).ok_or(Unresolved::Missing)?;
        let stored = choose(Arc::clone(&current));
        let is_own = stored.path.namespace == *caller && binding.is_none();
        if is_own && package.parameters.0.is_empty() {
            return Ok(stored);
        }
        let key = if Arc::ptr_eq(&stored, &current) {
            format!("{path}|{caller}")
        } else {
            format!("{path}|{caller}|{}", stored.version)
        };
        Ok(self.inherit(key, stored, package, binding, caller))
    }

    fn inherit(
        &self,
        key: String,
        stored: Arc<Action>,
        package: Arc<Package>,
        binding: Option<Arc<Package>>,
        caller: &EntityName,
    ) -> Arc<Action> {
        {
            let known = self.resolved.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = known.get(&key)
                && Arc::ptr_eq(&known.stored, &stored)
                && is_same(known.package.as_ref(), Some(&package))
                && is_same(known.binding.as_ref(), binding.as_ref())
            {
                return Arc::clone(&known.found);
            }
        }
        let mut parameters = package.parameters.clone();
        if let Some(binding) = &binding {
            parameters = parameters.overlaid(&binding.parameters);
        }
        let changed =
            [Some(&package), binding.as_ref()].into_iter().flatten().map(|part| part.updated_epoch_millis);
        let found = Arc::new(Action {
            parameters: parameters.overlaid(&stored.parameters),
            inherited: Some(Inherited {
                tenant: caller.clone(),
                binding: binding.as_ref().map(|binding| binding.path.clone()),
                changed_epoch_millis: changed.fold(stored.updated_epoch_millis, u64::max),
                stored: Arc::clone(&stored),
            }),
            ..(*stored).clone()
        });
        let mut known = self.resolved.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            // What is in use keeps its function loaded.
            known.retain(|_, known| Arc::strong_count(&known.found) > 1);
        }
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(key, Known { stored, package: Some(package), binding, found: Arc::clone(&found) });
        found
    }
}
