//! The operator's key: it reads the usage of all namespaces and nothing else.
//!
//! It is no namespace's key, so it neither invokes nor deploys. There is one, or none until `flockd keys operator` makes
//! it. It is looked up in the database at each use: uses are rare, and a key that was renewed must not work on.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use subtle::ConstantTimeEq;

use crate::model::EntityName;

use super::{Store, StoreError, namespaces};

/// The key, as `uuid:key`, if there is one.
pub fn find(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT uuid, key FROM operators")?;
    let pair = query.query_row([], |row| {
        let (uuid, key): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(format!("{uuid}:{key}"))
    });
    Ok(pair.optional()?)
}

/// Puts a new key in the place of the one that there is.
pub fn renew(connection: &mut Connection) -> Result<String, StoreError> {
    let name = EntityName::parse("operator")
        .map_err(|error| StoreError::Corrupt { what: "namespace", why: error.to_string() })?;
    let pair = namespaces::fresh(name);
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM operators", [])?;
    transaction.execute("INSERT INTO operators (uuid, key) VALUES (?1, ?2)", params![pair.uuid, pair.key])?;
    transaction.commit()?;
    Ok(format!("{}:{}", pair.uuid, pair.key))
}

impl Store {
    /// Is this `uuid:key` the operator's?
    pub async fn is_operator(self: &Arc<Self>, pair: String) -> Result<bool, StoreError> {
        self.read(move |db| {
            Ok(find(db)?.is_some_and(|known| bool::from(known.as_bytes().ct_eq(pair.as_bytes()))))
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
        assert_eq!(find(&beside)?, None);
        assert!(!store.is_operator(String::new()).await?);
        let first = renew(&mut beside)?;
        assert!(store.is_operator(first.clone()).await?);
        let second = renew(&mut beside)?;
        assert_eq!(find(&beside)?, Some(second.clone()));
        assert!(store.is_operator(second).await? && !store.is_operator(first).await?);
        Ok(())
    }
}
