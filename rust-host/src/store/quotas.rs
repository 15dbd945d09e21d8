//! The operator's limits of single namespaces. `flockd limits` writes them beside a running host, which looks at the table now
//! and then, as it does at the keys.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, params};

use crate::model::{EntityName, Quota};

use super::{Store, StoreError};

/// What format 6 has beyond format 5.
pub(super) const TABLE: &str = "
CREATE TABLE quotas (
    namespace              TEXT NOT NULL PRIMARY KEY,
    concurrent_invocations INTEGER,
    invocations_per_minute INTEGER,
    fires_per_minute       INTEGER
) STRICT;
";

/// All of them.
pub fn list(connection: &Connection) -> Result<HashMap<EntityName, Quota>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT namespace, concurrent_invocations, invocations_per_minute, fires_per_minute FROM quotas",
    )?;
    let rows = query.query_map([], |row| {
        let quota = Quota {
            concurrent_invocations: row.get(1)?,
            invocations_per_minute: row.get(2)?,
            fires_per_minute: row.get(3)?,
        };
        Ok((row.get::<_, String>(0)?, quota))
    })?;
    rows.map(|row| {
        let (name, quota) = row?;
        let name = EntityName::parse(&name)
            .map_err(|error| StoreError::Corrupt { what: "namespace", why: error.to_string() })?;
        Ok((name, quota))
    })
    .collect()
}

/// Sets what is given; the rest stays. Gives what holds then.
pub fn set(connection: &mut Connection, namespace: &EntityName, given: Quota) -> Result<Quota, StoreError> {
    let transaction = connection.transaction()?;
    let quota = given.or(list(&transaction)?.get(namespace).copied().unwrap_or_default());
    transaction.execute(
        "INSERT OR REPLACE INTO quotas (namespace, concurrent_invocations, invocations_per_minute, fires_per_minute)
         VALUES (?1, ?2, ?3, ?4)",
        params![
            namespace.as_str(),
            quota.concurrent_invocations,
            quota.invocations_per_minute,
            quota.fires_per_minute
        ],
    )?;
    transaction.commit()?;
    Ok(quota)
}

/// The configuration holds again for the namespace. Was there anything?
pub fn clear(connection: &Connection, namespace: &EntityName) -> Result<bool, StoreError> {
    Ok(connection.execute("DELETE FROM quotas WHERE namespace = ?1", [namespace.as_str()])? > 0)
}

impl Store {
    /// All of them, as they are now.
    pub async fn quotas(self: &Arc<Self>) -> Result<HashMap<EntityName, Quota>, StoreError> {
        self.read(list).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_takes_the_place_of_what_was_and_the_rest_stays() -> Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let mut db = Store::connect(folder.path())?;
        super::super::namespaces::prepare(&mut db)?;
        let team = EntityName::parse("team")?;
        let first = Quota { concurrent_invocations: Some(2), ..Quota::default() };
        assert_eq!(set(&mut db, &team, first)?, first);
        let rate =
            Quota { invocations_per_minute: Some(Quota::MAX), fires_per_minute: Some(0), ..Quota::default() };
        let both = Quota { concurrent_invocations: Some(2), ..rate };
        assert_eq!(set(&mut db, &team, rate)?, both);
        assert_eq!(list(&db)?, HashMap::from([(team.clone(), both)]));
        assert!(clear(&db, &team)? && !clear(&db, &team)?);
        assert!(list(&db)?.is_empty());
        Ok(())
    }
}
