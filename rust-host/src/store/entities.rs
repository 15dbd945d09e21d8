//! Packages, triggers, rules and whatever else a namespace names: held in memory whole, and in one table of the database.
//!
//! What belongs together changes in one transaction ([`Changes`]): a trigger that goes and the rules that followed it, a
//! package and the actions in it. Memory follows the commit, so a reader never sees what a crash would take back.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use rusqlite::{Connection, params};
use serde::{Serialize, de::DeserializeOwned};

use crate::model::{Action, ActionPath, EntityName, Package, Rule, Trigger, alarm::Alarm, route::Api};

use super::{Store, StoreError};

/// The collection of actions, which have a store of their own.
pub const ACTIONS: &str = "actions";

/// Something that a namespace names.
pub trait Entity: Serialize + DeserializeOwned + std::fmt::Debug + Send + Sync + 'static {
    /// The collection's name, in the path of the API and in the database.
    const COLLECTION: &'static str;

    /// Whose it is.
    fn namespace(&self) -> &EntityName;
    /// Its name there.
    fn name(&self) -> &EntityName;
    /// When it was changed last.
    fn updated_epoch_millis(&self) -> u64;
    /// Where the store holds its kind.
    fn table(tables: &Tables) -> &Table<Self>
    where
        Self: Sized;
}

/// One kind of entities in memory, by namespace and name.
#[derive(Debug)]
pub struct Table<E> {
    by_namespace: RwLock<HashMap<String, BTreeMap<String, Arc<E>>>>,
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Self { by_namespace: RwLock::default() }
    }
}

/// All kinds.
#[derive(Debug, Default)]
pub struct Tables {
    packages: Table<Package>,
    triggers: Table<Trigger>,
    rules: Table<Rule>,
    alarms: Table<Alarm>,
    apis: Table<Api>,
}

impl Entity for Package {
    const COLLECTION: &'static str = "packages";
    fn namespace(&self) -> &EntityName {
        &self.path.namespace
    }
    fn name(&self) -> &EntityName {
        &self.path.name
    }
    fn updated_epoch_millis(&self) -> u64 {
        self.updated_epoch_millis
    }
    fn table(tables: &Tables) -> &Table<Self> {
        &tables.packages
    }
}

impl Entity for Trigger {
    const COLLECTION: &'static str = "triggers";
    fn namespace(&self) -> &EntityName {
        &self.path.namespace
    }
    fn name(&self) -> &EntityName {
        &self.path.name
    }
    fn updated_epoch_millis(&self) -> u64 {
        self.updated_epoch_millis
    }
    fn table(tables: &Tables) -> &Table<Self> {
        &tables.triggers
    }
}

impl Entity for Rule {
    const COLLECTION: &'static str = "rules";
    fn namespace(&self) -> &EntityName {
        &self.namespace
    }
    fn name(&self) -> &EntityName {
        &self.name
    }
    fn updated_epoch_millis(&self) -> u64 {
        self.updated_epoch_millis
    }
    fn table(tables: &Tables) -> &Table<Self> {
        &tables.rules
    }
}

impl Entity for Alarm {
    const COLLECTION: &'static str = "alarms";
    fn namespace(&self) -> &EntityName {
        &self.namespace
    }
    fn name(&self) -> &EntityName {
        &self.trigger
    }
    fn updated_epoch_millis(&self) -> u64 {
        self.updated_epoch_millis
    }
    fn table(tables: &Tables) -> &Table<Self> {
        &tables.alarms
    }
}

impl Entity for Api {
    const COLLECTION: &'static str = "apis";
    fn namespace(&self) -> &EntityName {
        &self.namespace
    }
    fn name(&self) -> &EntityName {
        &self.key
    }
    fn updated_epoch_millis(&self) -> u64 {
        self.updated_epoch_millis
    }
    fn table(tables: &Tables) -> &Table<Self> {
        &tables.apis
    }
}

impl<E: Entity> Table<E> {
    fn get(&self, namespace: &str, name: &str) -> Option<Arc<E>> {
        let all = self.by_namespace.read().unwrap_or_else(PoisonError::into_inner);
        all.get(namespace)?.get(name).cloned()
    }

    fn put(&self, entity: Arc<E>) {
        let mut all = self.by_namespace.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(entity.namespace().to_string()).or_default().insert(entity.name().to_string(), entity);
    }

    fn remove(&self, namespace: &str, name: &str) {
        let mut all = self.by_namespace.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entities) = all.get_mut(namespace) {
            entities.remove(name);
        }
    }
}

impl Tables {
    /// Reads what a start finds. The second value is the latest change.
    pub(super) fn load(connection: &Connection) -> Result<(Self, u64), StoreError> {
        let (tables, mut latest) = (Self::default(), 0);
        let mut query = connection.prepare("SELECT collection, entity FROM entities")?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows {
            let (collection, text) = row?;
            let changed = match collection.as_str() {
                Package::COLLECTION => tables.take::<Package>(&text)?,
                Trigger::COLLECTION => tables.take::<Trigger>(&text)?,
                Rule::COLLECTION => tables.take::<Rule>(&text)?,
                Alarm::COLLECTION => tables.take::<Alarm>(&text)?,
                Api::COLLECTION => tables.take::<Api>(&text)?,
                other => {
                    return Err(StoreError::Corrupt {
                        what: "entity",
                        why: format!("unknown collection {other}"),
                    });
                }
            };
            latest = latest.max(changed);
        }
        Ok((tables, latest))
    }

    fn take<E: Entity>(&self, text: &str) -> Result<u64, StoreError> {
        let entity: E = serde_json::from_str(text)
            .map_err(|error| StoreError::Corrupt { what: E::COLLECTION, why: error.to_string() })?;
        let changed = entity.updated_epoch_millis();
        E::table(self).put(Arc::new(entity));
        Ok(changed)
    }
}

type Follow = Box<dyn FnOnce(&Store) + Send>;

/// Changes that happen together or not at all.
#[derive(Default)]
pub struct Changes {
    /// Collection, namespace, name, and the new text; none: it goes.
    rows: Vec<(&'static str, String, String, Option<String>)>,
    /// What memory does after the commit.
    follow: Vec<Follow>,
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Changes({})", self.rows.len())
    }
}

impl Changes {
    /// Makes or replaces an entity.
    pub fn put<E: Entity>(&mut self, entity: Arc<E>) -> Result<(), StoreError> {
        let text = serde_json::to_string(&*entity)
            .map_err(|error| StoreError::Corrupt { what: E::COLLECTION, why: error.to_string() })?;
        let key = (entity.namespace().to_string(), entity.name().to_string());
        self.rows.push((E::COLLECTION, key.0, key.1, Some(text)));
        self.follow.push(Box::new(move |store| {
            store.noticed_change(entity.updated_epoch_millis());
            E::table(&store.entities).put(entity);
        }));
        Ok(())
    }

    /// Is there nothing to do?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Deletes an entity.
    pub fn delete<E: Entity>(&mut self, namespace: &EntityName, name: &EntityName) {
        let (namespace, name) = (namespace.to_string(), name.to_string());
        self.rows.push((E::COLLECTION, namespace.clone(), name.clone(), None));
        self.follow.push(Box::new(move |store| {
            E::table(&store.entities).remove(&namespace, &name);
        }));
    }
}

impl Store {
    /// The entity of this name.
    pub fn entity<E: Entity>(&self, namespace: &EntityName, name: &EntityName) -> Option<Arc<E>> {
        E::table(&self.entities).get(namespace.as_str(), name.as_str())
    }

    /// The entities of a namespace, the last changed first.
    pub fn entities<E: Entity>(&self, namespace: &EntityName) -> Vec<Arc<E>> {
        let all = E::table(&self.entities).by_namespace.read().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<Arc<E>> = all
            .get(namespace.as_str())
            .map(|entities| entities.values().cloned().collect())
            .unwrap_or_default();
        drop(all);
        list.sort_by(|a, b| {
            b.updated_epoch_millis().cmp(&a.updated_epoch_millis()).then_with(|| a.name().cmp(b.name()))
        });
        list
    }

    /// The entities of all namespaces.
    pub fn all_entities<E: Entity>(&self) -> Vec<Arc<E>> {
        let all = E::table(&self.entities).by_namespace.read().unwrap_or_else(PoisonError::into_inner);
        all.values().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Puts a package in place that comes with the host and is in no database.
    pub fn seat_package(&self, package: Package) {
        self.entities.packages.put(Arc::new(package));
    }

    /// The rules that name a trigger, by their names.
    pub fn rules_of(&self, namespace: &EntityName, trigger: &EntityName) -> Vec<Arc<Rule>> {
        let all = self.entities.rules.by_namespace.read().unwrap_or_else(PoisonError::into_inner);
        let rules = all.get(namespace.as_str()).into_iter().flat_map(BTreeMap::values);
        rules.filter(|rule| rule.trigger.name == *trigger).cloned().collect()
    }

    /// The actions in a package, by their names.
    pub fn actions_in(&self, namespace: &EntityName, package: &EntityName) -> Vec<Arc<Action>> {
        let mut list = self.actions_of(namespace);
        list.retain(|action| action.path.package.as_ref() == Some(package));
        list
    }

    /// The collection in which this name is taken. All collections of a namespace share their names, but for what is in
    /// packages.
    fn collection_of(&self, namespace: &EntityName, name: &EntityName) -> Option<&'static str> {
        let path = ActionPath { namespace: namespace.clone(), package: None, name: name.clone() };
        if self.action(&path).is_some() {
            Some(ACTIONS)
        } else if self.entity::<Package>(namespace, name).is_some() {
            Some(Package::COLLECTION)
        } else if self.entity::<Trigger>(namespace, name).is_some() {
            Some(Trigger::COLLECTION)
        } else if self.entity::<Rule>(namespace, name).is_some() {
            Some(Rule::COLLECTION)
        } else {
            None
        }
    }

    /// Is this name taken in another collection? Whoever did not find it in this one may ask: if somebody has made it there
    /// meanwhile, it was still missing.
    pub fn is_taken_elsewhere(&self, collection: &str, namespace: &EntityName, name: &EntityName) -> bool {
        self.collection_of(namespace, name).is_some_and(|other| other != collection)
    }

    /// Does these changes; when this returns, they survive.
    pub async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let Changes { rows, follow } = changes;
        self.writer
            .write(move |db| {
                // Rows of one commit stand or fall together, also beside others of the same batch.
                db.execute_batch("SAVEPOINT changes")?;
                let done = rows.into_iter().try_for_each(|row| write(db, row));
                db.execute_batch(if done.is_ok() {
                    "RELEASE changes"
                } else {
                    "ROLLBACK TO changes; RELEASE changes"
                })?;
                done
            })
            .await?;
        for step in follow {
            step(self);
        }
        Ok(())
    }
}

fn write(
    db: &Connection,
    (collection, namespace, name, text): (&'static str, String, String, Option<String>),
) -> rusqlite::Result<()> {
    match text {
        Some(text) => db
            .prepare_cached(
                "INSERT INTO entities (namespace, collection, name, entity) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET entity = excluded.entity",
            )?
            .execute(params![namespace, collection, name, text])?,
        None => db
            .prepare_cached("DELETE FROM entities WHERE namespace = ?1 AND collection = ?2 AND name = ?3")?
            .execute(params![namespace, collection, name])?,
    };
    Ok(())
}
