//! Namespaces and their keys. A client sends `uuid:key`; a namespace may have several pairs, so that keys can be changed
//! without a gap.
//!
//! `flockd keys` writes to the database beside a running host, which reads the table again when it has changed.

use std::{
    collections::HashMap,
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use rusqlite::{Connection, params};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::model::EntityName;

use super::{Store, StoreError, lock};

/// The namespace that exists from the first start.
pub const DEFAULT_NAMESPACE: &str = "guest";

/// The key of OpenWhisk's standalone server, which everybody knows. Source: OpenWhisk's documentation.
pub const WELL_KNOWN_KEY: (&str, &str) = (
    "23bc46b1-71f6-4ed5-8c54-816aa4f8c502",
    "123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP",
);

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The namespace.
    pub namespace: EntityName,
    /// The public half of the key.
    pub uuid: String,
    /// The secret half.
    pub key: String,
}

/// The keys in memory, by uuid.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_uuid: RwLock<HashMap<String, Arc<Identity>>>,
}

impl Table {
    pub(super) fn load(connection: &Connection) -> Result<Self, StoreError> {
        Ok(Self { by_uuid: RwLock::new(read_all(connection)?) })
    }
}

fn read_all(connection: &Connection) -> Result<HashMap<String, Arc<Identity>>, StoreError> {
    Ok(list(connection)?.into_iter().map(|identity| (identity.uuid.clone(), Arc::new(identity))).collect())
}

/// All keys, by namespace.
pub fn list(connection: &Connection) -> Result<Vec<Identity>, StoreError> {
    let mut query = connection.prepare("SELECT name, uuid, key FROM namespaces ORDER BY name, uuid")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (name, uuid, key) = row?;
        let namespace = EntityName::parse(&name)
            .map_err(|error| StoreError::Corrupt { what: "namespace", why: error.to_string() })?;
        Ok(Identity { namespace, uuid, key })
    })
    .collect()
}

/// Makes the tables if this is the first use of the directory, so that keys can be made before the first start.
pub fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    super::schema::prepare(connection)
}

/// Adds a pair to a namespace.
pub fn add(connection: &Connection, identity: &Identity) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO namespaces (name, uuid, key) VALUES (?1, ?2, ?3)",
        params![identity.namespace.as_str(), identity.uuid, identity.key],
    )?;
    Ok(())
}

/// Takes all keys of a namespace away. Gives how many there were.
pub fn revoke(connection: &Connection, namespace: &EntityName) -> Result<usize, StoreError> {
    Ok(connection.execute("DELETE FROM namespaces WHERE name = ?1", [namespace.as_str()])?)
}

/// A new random pair. The secret half has 64 characters with 366 bits of the system's randomness.
pub fn fresh(namespace: EntityName) -> Identity {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let random = (0..4).flat_map(|_| Uuid::new_v4().into_bytes());
    // Version and variant bits of a UUID are fixed; six low bits of each byte but those two are random.
    let key = random.map(|byte| char::from(letters[usize::from(byte & 63)])).collect();
    Identity { namespace, uuid: Uuid::new_v4().to_string(), key }
}

impl Store {
    /// Who sent this pair, if it is right. Takes the same time for each wrong key of a known uuid.
    pub fn authenticate(&self, uuid: &str, key: &str) -> Option<Arc<Identity>> {
        let keys = self.keys.by_uuid.read().unwrap_or_else(PoisonError::into_inner);
        let identity = keys.get(uuid)?;
        bool::from(identity.key.as_bytes().ct_eq(key.as_bytes())).then(|| Arc::clone(identity))
    }

    /// Somebody who may act for a namespace: its first key.
    pub fn identity_of(&self, namespace: &EntityName) -> Option<Arc<Identity>> {
        let keys = self.keys.by_uuid.read().unwrap_or_else(PoisonError::into_inner);
        let of = keys.values().filter(|identity| identity.namespace == *namespace);
        of.min_by(|a, b| a.uuid.cmp(&b.uuid)).cloned()
    }

    /// Is there a namespace of this name?
    pub fn has_namespace(&self, name: &str) -> bool {
        let keys = self.keys.by_uuid.read().unwrap_or_else(PoisonError::into_inner);
        keys.values().any(|identity| identity.namespace.as_str() == name)
    }

    /// Reads the keys again if another process has changed the database. To be called now and then.
    pub fn refresh_keys(&self) -> Result<(), StoreError> {
        let fresh = read_all(&lock(&self.reader))?;
        let mut keys = self.keys.by_uuid.write().unwrap_or_else(PoisonError::into_inner);
        if *keys != fresh {
            tracing::info!(pairs = fresh.len(), "the keys have changed");
            *keys = fresh;
        }
        Ok(())
    }

    /// Makes the default namespace at the first start and writes its credentials, in the form of `~/.wskprops`, to a
    /// file that only its owner can read. Gives the file.
    pub fn ensure_default_key(&self, well_known: bool, api_host: &str) -> Result<PathBuf, StoreError> {
        let connection = Self::connect(&self.folder)?;
        let namespace = EntityName::parse(DEFAULT_NAMESPACE)
            .map_err(|error| StoreError::Corrupt { what: "namespace", why: error.to_string() })?;
        let known = list(&connection)?;
        let (uuid, key) = WELL_KNOWN_KEY;
        let shared = Identity { namespace: namespace.clone(), uuid: uuid.into(), key: key.into() };
        if !well_known {
            // What everybody knows must not open a host that is no longer for development.
            connection.execute("DELETE FROM namespaces WHERE uuid = ?1", [uuid])?;
        }
        let own = known.into_iter().find(|pair| pair.namespace == namespace && pair.uuid != uuid);
        let identity = match (well_known, own) {
            (true, _) => shared,
            (false, Some(own)) => own,
            (false, None) => fresh(namespace),
        };
        add(&connection, &identity)?;
        drop(connection);
        self.refresh_keys()?;
        let path = self.folder.join("wskprops");
        let partial = self.folder.join("wskprops.partial");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        writeln!(
            file,
            "APIHOST={api_host}\nAUTH={}:{}\nNAMESPACE={}",
            identity.uuid, identity.key, identity.namespace
        )?;
        drop(file);
        fs::rename(&partial, &path)?;
        Ok(path)
    }
}
