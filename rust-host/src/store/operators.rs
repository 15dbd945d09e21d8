//! The operator's key: it reads the usage of all namespaces and nothing else. Kept is its SHA-256, as of any key.
//!
//! It is no namespace's key, so it neither invokes nor deploys. There is one, or none until `flockd keys operator` makes
//! it. It is looked up in the database at each use: uses are rare, and a key that was renewed must not work on.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use subtle::ConstantTimeEq;

use crate::model::EntityName;

use super::{
    Store, StoreError,
    namespaces::{self, Pair, Sealed, digest},
};

fn find(connection: &Connection) -> Result<Option<(String, Sealed)>, StoreError> {
    let mut query = connection.prepare_cached("SELECT uuid, key_sha256 FROM operators")?;
    Ok(query.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Is there one?
pub fn exists(connection: &Connection) -> Result<bool, StoreError> {
    Ok(find(connection)?.is_some())
}

/// Puts a new key in the place of the one that there is.
pub fn renew(connection: &mut Connection) -> Result<Pair, StoreError> {
    let name = EntityName::parse("operator")
        .map_err(|error| StoreError::Corrupt { what: "namespace", why: error.to_string() })?;
    let pair = namespaces::fresh(name);
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM operators", [])?;
    transaction.execute(
        "INSERT INTO operators (uuid, key_sha256) VALUES (?1, ?2)",
        params![pair.identity.uuid, pair.sealed()],
    )?;
    transaction.commit()?;
    Ok(pair)
}

impl Store {
    /// Is this `uuid:key` the operator's?
    pub async fn is_operator(self: &Arc<Self>, pair: String) -> Result<bool, StoreError> {
        self.read(move |db| {
            let Some((uuid, key)) = pair.split_once(':') else { return Ok(false) };
            let sent = digest(key);
            Ok(find(db)?.is_some_and(|(known, sealed)| known == uuid && bool::from(sealed.ct_eq(&sent))))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_renewed_key_takes_the_place_of_the_old_one() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 16)?;
        let mut beside = Store::connect(folder.path())?;
        assert!(!exists(&beside)?);
        assert!(!store.is_operator(String::new()).await?);
        let first = renew(&mut beside)?.to_string();
        assert!(exists(&beside)? && store.is_operator(first.clone()).await?);
        let second = renew(&mut beside)?.to_string();
        assert!(!store.is_operator(format!("{second}x")).await?);
        assert!(store.is_operator(second).await? && !store.is_operator(first).await?);
        Ok(())
    }
}
