//! Namespaces and their keys. A client sends `uuid:key`; a namespace may have several pairs, so that keys can be changed
//! without a gap.
//!
//! The secret half is shown once, when it is made; kept is its SHA-256. That needs no salt and no slow hash: the secret
//! is random and as long as the hash. `flockd keys` writes to the database beside a running host, which reads the table
//! again when it has changed.
//!
//! An action that asks for its caller's key (`provide-api-key`) is lent one ([`Store::lend`]): a pair of its own for each
//! activation, in memory alone, that opens what the caller's key opens until the activation ends.

use std::{
    collections::HashMap,
    fmt, fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
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
}

/// A pair with its secret half, as it is shown to whoever asked for it.
pub struct Pair {
    /// Whose it is.
    pub identity: Identity,
    secret: String,
}

impl Pair {
    /// What is kept of it.
    pub(super) fn sealed(&self) -> Sealed {
        digest(&self.secret)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.identity.uuid, self.secret)
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pair({:?})", self.identity)
    }
}

/// What is kept of a secret.
pub(super) type Sealed = [u8; 32];

/// See [`Sealed`].
pub(super) fn digest(secret: &str) -> Sealed {
    Sha256::digest(secret.as_bytes()).into()
}

/// A key and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    identity: Arc<Identity>,
    sealed: Sealed,
}

/// Keys in memory, by uuid.
type Keys = HashMap<String, Known>;

/// See [`Keys`].
#[derive(Debug, Default)]
pub(super) struct Table {
    by_uuid: RwLock<Keys>,
    /// The keys of activations that run.
    lent: Arc<RwLock<Keys>>,
}

impl Table {
    pub(super) fn load(connection: &Connection) -> Result<Self, StoreError> {
        Ok(Self { by_uuid: RwLock::new(read_all(connection)?), lent: Arc::default() })
    }
}

/// A key that is lent to an activation; it opens nothing any more when this is dropped.
pub struct Loan {
    pair: String,
    uuid: String,
    lent: Arc<RwLock<Keys>>,
}

impl Loan {
    /// `uuid:key`.
    pub fn pair(&self) -> &str {
        &self.pair
    }
}

impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loan({})", self.uuid)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.lent.write().unwrap_or_else(PoisonError::into_inner).remove(&self.uuid);
    }
}

fn read_all(connection: &Connection) -> Result<Keys, StoreError> {
    let mut query = connection.prepare("SELECT name, uuid, key_sha256 FROM namespaces")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (name, uuid, sealed): (String, String, Sealed) = row?;
        let identity = Arc::new(Identity { namespace: parse(&name)?, uuid: uuid.clone() });
        Ok((uuid, Known { identity, sealed }))
    })
    .collect()
}

fn parse(name: &str) -> Result<EntityName, StoreError> {
    EntityName::parse(name).map_err(|error| StoreError::Corrupt { what: "namespace", why: error.to_string() })
}

/// The public halves of all keys, by namespace.
pub fn list(connection: &Connection) -> Result<Vec<Identity>, StoreError> {
    let mut query = connection.prepare("SELECT name, uuid FROM namespaces ORDER BY name, uuid")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (name, uuid) = row?;
        Ok(Identity { namespace: parse(&name)?, uuid })
    })
    .collect()
}

/// Makes the tables if this is the first use of the directory, so that keys can be made before the first start.
pub fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    super::schema::prepare(connection)
}

/// Adds a pair to a namespace.
pub fn add(connection: &Connection, pair: &Pair) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO namespaces (name, uuid, key_sha256) VALUES (?1, ?2, ?3)",
        params![pair.identity.namespace.as_str(), pair.identity.uuid, pair.sealed()],
    )?;
    Ok(())
}

/// Takes all keys of a namespace away. Gives how many there were.
pub fn revoke(connection: &Connection, namespace: &EntityName) -> Result<usize, StoreError> {
    Ok(connection.execute("DELETE FROM namespaces WHERE name = ?1", [namespace.as_str()])?)
}

/// A new random pair. The secret half has 64 characters with 366 bits of the system's randomness.
pub fn fresh(namespace: EntityName) -> Pair {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let random = (0..4).flat_map(|_| Uuid::new_v4().into_bytes());
    // Version and variant bits of a UUID are fixed; six low bits of each byte but those two are random.
    let secret = random.map(|byte| char::from(letters[usize::from(byte & 63)])).collect();
    Pair { identity: Identity { namespace, uuid: Uuid::new_v4().to_string() }, secret }
}

impl Store {
    /// Who sent this pair, if it is right. Takes the same time for each wrong key, of a known uuid or an unknown one.
    pub fn authenticate(&self, uuid: &str, key: &str) -> Option<Arc<Identity>> {
        let sent = digest(key);
        let keys = self.keys.by_uuid.read().unwrap_or_else(PoisonError::into_inner);
        let lent = self.keys.lent.read().unwrap_or_else(PoisonError::into_inner);
        let known = keys.get(uuid).or_else(|| {
            // Whoever lost the key for which it was lent has lost this one, too.
            lent.get(uuid).filter(|known| keys.contains_key(&known.identity.uuid))
        });
        let is_right = known.map_or(&[0; 32], |known| &known.sealed).ct_eq(&sent);
        known.filter(|_| bool::from(is_right)).map(|known| Arc::clone(&known.identity))
    }

    /// A new key that opens what this caller's key opens, for as long as the loan is kept.
    pub fn lend(&self, identity: &Arc<Identity>) -> Loan {
        let pair = fresh(identity.namespace.clone());
        let known = Known { identity: Arc::clone(identity), sealed: pair.sealed() };
        let lent = Arc::clone(&self.keys.lent);
        let text = pair.to_string();
        let uuid = pair.identity.uuid;
        lent.write().unwrap_or_else(PoisonError::into_inner).insert(uuid.clone(), known);
        Loan { pair: text, uuid, lent }
    }

    /// Somebody who may act for a namespace: its first key.
    pub fn identity_of(&self, namespace: &EntityName) -> Option<Arc<Identity>> {
        let keys = self.keys.by_uuid.read().unwrap_or_else(PoisonError::into_inner);
        let of = keys.values().map(|known| &known.identity).filter(|of| of.namespace == *namespace);
        of.min_by(|a, b| a.uuid.cmp(&b.uuid)).cloned()
    }

    /// Is there a namespace of this name?
    pub fn has_namespace(&self, name: &str) -> bool {
        let keys = self.keys.by_uuid.read().unwrap_or_else(PoisonError::into_inner);
        keys.values().any(|known| known.identity.namespace.as_str() == name)
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
    /// file that only its owner can read. Gives the file. A key that the file holds stays; where there is no file, or its
    /// key opens nothing any more, a new one is made: what is in the database cannot be shown again. While the well-known
    /// key stands in the file, the own one is kept beside it.
    pub fn ensure_default_key(&self, well_known: bool, api_host: &str) -> Result<PathBuf, StoreError> {
        let connection = Self::connect(&self.folder)?;
        let namespace = parse(DEFAULT_NAMESPACE)?;
        let (uuid, key) = WELL_KNOWN_KEY;
        let path = self.folder.join("wskprops");
        let beside = self.folder.join("wskprops.own");
        let is_own = |pair: &Pair| pair.identity.uuid != uuid;
        let known = read_all(&connection)?;
        let opens =
            |pair: &Pair| known.get(&pair.identity.uuid).is_some_and(|known| known.sealed == pair.sealed());
        let own = [&path, &beside]
            .into_iter()
            .filter_map(|file| written_pair(file, &namespace))
            .find(|pair| is_own(pair) && opens(pair));
        let pair = if well_known {
            if let Some(own) = own {
                write_private(&beside, &format!("AUTH={own}\n"))?;
            }
            let identity = Identity { namespace, uuid: uuid.into() };
            Pair { identity, secret: key.into() }
        } else {
            // What everybody knows must not open a host that is no longer for development.
            connection.execute("DELETE FROM namespaces WHERE uuid = ?1", [uuid])?;
            own.unwrap_or_else(|| fresh(namespace))
        };
        add(&connection, &pair)?;
        drop(connection);
        self.refresh_keys()?;
        let namespace = &pair.identity.namespace;
        write_private(&path, &format!("APIHOST={api_host}\nAUTH={pair}\nNAMESPACE={namespace}\n"))?;
        if !well_known && let Err(error) = fs::remove_file(&beside) {
            tracing::debug!(%error, "there is no key beside wskprops");
        }
        Ok(path)
    }
}

/// The pair in a file of the form of `~/.wskprops`, if there is one.
fn written_pair(file: &Path, namespace: &EntityName) -> Option<Pair> {
    let text = fs::read_to_string(file).ok()?;
    let (uuid, secret) = text.lines().find_map(|line| line.strip_prefix("AUTH="))?.split_once(':')?;
    let identity = Identity { namespace: namespace.clone(), uuid: uuid.to_owned() };
    Some(Pair { identity, secret: secret.to_owned() })
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_private(path: &Path, text: &str) -> Result<(), StoreError> {
    let partial = path.with_extension("partial");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    fs::rename(&partial, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lent_key_opens_what_its_owner_may_until_it_is_given_back()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 16)?;
        let beside = Store::connect(folder.path())?;
        let pair = fresh(EntityName::parse("team")?);
        add(&beside, &pair)?;
        store.refresh_keys()?;
        let split = |text: &str| text.split_once(':').map(|(uuid, key)| (uuid.to_owned(), key.to_owned()));
        let opens = |text: &str| split(text).and_then(|(uuid, key)| store.authenticate(&uuid, &key));
        let owner = opens(&pair.to_string()).ok_or("the owner's key opens nothing")?;
        assert_eq!(*owner, pair.identity);
        let (one, two) = (store.lend(&owner), store.lend(&owner));
        assert_ne!(one.pair(), two.pair());
        assert_eq!(opens(one.pair()), Some(Arc::clone(&owner)));
        assert_eq!(opens(&format!("{}x", one.pair())), None);
        let was = one.pair().to_owned();
        drop(one);
        assert_eq!((opens(&was), opens(two.pair())), (None, Some(owner)));
        assert_eq!(revoke(&beside, &pair.identity.namespace)?, 1);
        store.refresh_keys()?;
        assert_eq!((opens(&pair.to_string()), opens(two.pair())), (None, None));
        Ok(())
    }
}
