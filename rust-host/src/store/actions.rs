//! Actions. All of them are in memory; the database is read only at start.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::{Connection, params};

use crate::model::{Action, ActionPath, EntityName, Exec, time::now_epoch_millis};

use super::{Store, StoreError, versions::Succession};

/// The actions in memory, by namespace and local name.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_namespace: RwLock<HashMap<String, HashMap<String, Arc<Action>>>>,
    /// The latest change of all.
    updated_epoch_millis: AtomicU64,
    /// Versions that were replaced or deleted but may still run.
    former: Mutex<Vec<Weak<Action>>>,
}

impl Table {
    pub(super) fn load(connection: &Connection) -> Result<Self, StoreError> {
        let table = Self::default();
        let mut query = connection.prepare("SELECT entity FROM actions")?;
        let rows = query.query_map([], |row| row.get::<_, String>(0))?;
        for text in rows {
            let mut action: Action = serde_json::from_str(&text?)
                .map_err(|error| StoreError::Corrupt { what: "action", why: error.to_string() })?;
            (action.parameters, action.annotations) =
                (action.parameters.fitted(), action.annotations.fitted());
            table.put(Arc::new(action));
        }
        Ok(table)
    }

    /// Something else was changed at this time.
    pub(super) fn noticed_change(&self, epoch_millis: u64) {
        self.updated_epoch_millis.fetch_max(epoch_millis, Ordering::AcqRel);
    }

    fn put(&self, action: Arc<Action>) {
        self.noticed_change(action.updated_epoch_millis);
        let mut all = self.by_namespace.write().unwrap_or_else(PoisonError::into_inner);
        let actions = all.entry(action.path.namespace.to_string()).or_default();
        self.keep_former(actions.insert(action.path.local(), action));
    }

    fn remove(&self, path: &ActionPath) {
        let mut all = self.by_namespace.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(actions) = all.get_mut(path.namespace.as_str()) {
            self.keep_former(actions.remove(&path.local()));
        }
    }

    fn keep_former(&self, action: Option<Arc<Action>>) {
        let mut former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        former.retain(|version| version.strong_count() > 0);
        former.extend(action.as_ref().map(Arc::downgrade));
    }

    fn with<T>(&self, look: impl FnOnce(&HashMap<String, HashMap<String, Arc<Action>>>) -> T) -> T {
        look(&self.by_namespace.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// The action at a path.
    pub fn action(&self, path: &ActionPath) -> Option<Arc<Action>> {
        self.action_named(path.namespace.as_str(), &path.local())
    }

    /// The action of a namespace with this local name (`name` or `pkg/name`).
    pub fn action_named(&self, namespace: &str, local: &str) -> Option<Arc<Action>> {
        self.actions.with(|all| all.get(namespace)?.get(local).cloned())
    }

    /// The actions of a namespace, the last changed first.
    pub fn actions_of(&self, namespace: &EntityName) -> Vec<Arc<Action>> {
        let mut list: Vec<_> = self.actions.with(|all| {
            all.get(namespace.as_str()).map(|actions| actions.values().cloned().collect()).unwrap_or_default()
        });
        list.sort_by(|a: &Arc<Action>, b| {
            b.updated_epoch_millis.cmp(&a.updated_epoch_millis).then_with(|| a.path.cmp(&b.path))
        });
        list
    }

    /// How many actions there are.
    pub fn action_count(&self) -> usize {
        self.actions.with(|all| all.values().map(HashMap::len).sum())
    }

    /// The time of a change that is made now: later than that of every change before, so that changes are in order.
    pub fn update_epoch_millis(&self) -> u64 {
        let last = self.actions.updated_epoch_millis.load(Ordering::Acquire);
        now_epoch_millis().max(last + 1)
    }

    /// Puts an action in place that comes with the host and is in no database.
    pub fn seat_action(&self, action: Action) {
        self.actions.put(Arc::new(action));
    }

    pub(super) fn noticed_change(&self, epoch_millis: u64) {
        self.actions.noticed_change(epoch_millis);
    }

    /// When anything was changed last, milliseconds since 1970.
    pub fn last_change_epoch_millis(&self) -> u64 {
        self.actions.updated_epoch_millis.load(Ordering::Acquire)
    }

    /// The actions that are so.
    pub fn actions_where(&self, is_so: impl Fn(&Action) -> bool) -> Vec<Arc<Action>> {
        self.actions.with(|all| {
            all.values().flat_map(HashMap::values).filter(|action| is_so(action)).cloned().collect()
        })
    }

    /// Stores an action; when this returns, it survives, and so does the version before it. Gives the digests of code
    /// that may be unused now. No other action may be written meanwhile.
    pub async fn put_action(&self, action: Arc<Action>, how: Succession) -> Result<Vec<String>, StoreError> {
        let plan = Arc::new(self.plan_succession(&action, how)?);
        let rows = Arc::clone(&plan);
        let entity = serde_json::to_string(&*action)
            .map_err(|error| StoreError::Corrupt { what: "action", why: error.to_string() })?;
        let (namespace, local) = (action.path.namespace.to_string(), action.path.local());
        self.writer
            .write(move |db| {
                db.prepare_cached(
                    "INSERT INTO actions (namespace, local, entity) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET entity = excluded.entity",
                )?
                .execute(params![namespace, local, entity])?;
                rows.write(db)
            })
            .await?;
        self.resolved.forget(&action.path);
        let before = self.action(&action.path).map(|old| code_of(&old));
        self.actions.put(action);
        let mut unused = self.succeeded(&plan);
        unused.extend(before.flatten());
        Ok(unused)
    }

    /// Deletes an action and its former versions; when this returns, they stay deleted. Gives the digests of code that
    /// may be unused now.
    pub async fn delete_action(&self, path: &ActionPath) -> Result<Vec<String>, StoreError> {
        let (namespace, local) = (path.namespace.to_string(), path.local());
        self.writer
            .write(move |db| {
                for table in ["actions", "versions", "traffic"] {
                    db.prepare_cached(&format!("DELETE FROM {table} WHERE namespace = ?1 AND local = ?2"))?
                        .execute(params![namespace, local])?;
                }
                Ok(())
            })
            .await?;
        let mut unused = self.versions.forget(&path.to_string());
        unused.extend(self.action(path).and_then(|action| code_of(&action)));
        self.actions.remove(path);
        self.resolved.forget(path);
        Ok(unused)
    }

    /// The digests of all code of actions and of their former versions.
    pub(super) fn used_code(&self) -> HashSet<String> {
        let mut used = self.versions.digests();
        self.actions.with(|all| {
            used.extend(all.values().flat_map(HashMap::values).filter_map(|action| code_of(action)));
        });
        used
    }

    /// Is this code used by any action, or by a former version that somebody still holds: a running call, a sequence?
    pub fn uses_code(&self, digest: &str) -> bool {
        let uses = |action: &Action| matches!(&action.exec, Exec::Java { code, .. } if code.digest == digest);
        self.actions.with(|all| all.values().flat_map(HashMap::values).any(|action| uses(action)))
            || self.versions.uses_code(digest)
            || {
                let former = self.actions.former.lock().unwrap_or_else(PoisonError::into_inner);
                former.iter().filter_map(Weak::upgrade).any(|action| uses(&action))
            }
    }
}

/// The digest of the code of an action that has some.
fn code_of(action: &Action) -> Option<String> {
    match &action.exec {
        Exec::Java { code, .. } => Some(code.digest.clone()),
        Exec::Sequence { .. } | Exec::Builtin { .. } => None,
    }
}
