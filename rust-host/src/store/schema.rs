//! The tables, and how a connection is set up.
//!
//! WAL with `synchronous = NORMAL`: a commit survives the death of the process at any moment. After a power cut the last
//! commits may be missing, never half there.

use rusqlite::Connection;

use super::StoreError;

/// The format of this version.
const FORMAT: i64 = 1;

const TABLES: &str = "
CREATE TABLE namespaces (
    name    TEXT NOT NULL,
    uuid    TEXT NOT NULL PRIMARY KEY,
    key     TEXT NOT NULL
) STRICT;
CREATE TABLE actions (
    namespace TEXT NOT NULL,
    local     TEXT NOT NULL,
    entity    TEXT NOT NULL,
    PRIMARY KEY (namespace, local)
) STRICT;
CREATE TABLE activations (
    id        BLOB NOT NULL PRIMARY KEY,
    namespace TEXT NOT NULL,
    action    TEXT NOT NULL,
    start     INTEGER NOT NULL,
    summary   TEXT NOT NULL,
    response  TEXT NOT NULL,
    logs      TEXT NOT NULL
) STRICT;
CREATE INDEX activations_by_start ON activations (namespace, start);
CREATE TABLE accepted (
    id        BLOB NOT NULL PRIMARY KEY,
    namespace TEXT NOT NULL,
    action    TEXT NOT NULL,
    start     INTEGER NOT NULL,
    summary   TEXT NOT NULL,
    response  TEXT NOT NULL,
    logs      TEXT NOT NULL
) STRICT;
";

/// Settings of each connection.
pub(super) fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Makes the tables of a new database; refuses one of a newer format.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        FORMAT => {}
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        _ => return Err(StoreError::Newer { found, known: FORMAT }),
    }
    transaction.commit()?;
    Ok(())
}
