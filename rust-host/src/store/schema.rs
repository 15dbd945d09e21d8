//! The tables, and how a connection is set up.
//!
//! WAL with `synchronous = NORMAL`: a commit survives the death of the process at any moment. After a power cut the last
//! commits may be missing, never half there.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::{StoreError, holdings, namespaces::digest, quotas, results, shapes, versions};

/// The format of this version.
const FORMAT: i64 = 9;

/// The first format that keeps no key as it is.
const HASHED: i64 = 5;

/// Of a write-ahead log that has become longer, this much stays on the disk when it is begun anew.
const LOG_KEPT_BYTES: i64 = 64 << 20;

/// How long the writing thread waits for those who read from a log that is too long.
const LOG_PATIENCE: Duration = Duration::from_secs(1);
/// How long a connection waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// What format 2 has beyond format 1.
const USAGE: &str = "
CREATE TABLE operators (
    uuid    TEXT NOT NULL PRIMARY KEY,
    key     TEXT NOT NULL
) STRICT;
CREATE TABLE usage (
    minute                INTEGER NOT NULL,
    namespace             TEXT NOT NULL,
    action                TEXT NOT NULL,
    calls                 INTEGER NOT NULL,
    outcomes              TEXT NOT NULL,
    cold                  INTEGER NOT NULL,
    cpu_micros            INTEGER NOT NULL,
    background_cpu_micros INTEGER NOT NULL,
    wall_micros           INTEGER NOT NULL,
    wait_micros           INTEGER NOT NULL,
    init_micros           INTEGER NOT NULL,
    allocated_bytes       INTEGER NOT NULL,
    log_bytes             INTEGER NOT NULL,
    peak_heap_bytes       INTEGER NOT NULL,
    latency               TEXT NOT NULL,
    PRIMARY KEY (minute, namespace, action)
) STRICT, WITHOUT ROWID;
";

/// What format 3 has beyond format 2: packages, triggers, rules and whatever else a namespace names.
const ENTITIES: &str = "
CREATE TABLE entities (
    namespace  TEXT NOT NULL,
    collection TEXT NOT NULL,
    name       TEXT NOT NULL,
    entity     TEXT NOT NULL,
    PRIMARY KEY (namespace, collection, name)
) STRICT;
";

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

/// What makes each format from the one before; the first from nothing.
const STEPS: [fn(&Connection) -> rusqlite::Result<()>; 9] = [
    |db| db.execute_batch(TABLES),
    |db| db.execute_batch(USAGE),
    |db| db.execute_batch(ENTITIES),
    |db| db.execute_batch(results::TABLES),
    hash_keys,
    |db| db.execute_batch(quotas::TABLE),
    |db| db.execute_batch(versions::TABLES),
    |db| db.execute_batch(shapes::TABLES),
    holdings::prepare,
];

/// Format 5: in the place of each key stands its SHA-256.
fn hash_keys(db: &Connection) -> rusqlite::Result<()> {
    for (table, columns) in [("namespaces", "name, uuid"), ("operators", "uuid")] {
        let keys: Vec<(String, String)> = db
            .prepare(&format!("SELECT uuid, key FROM {table}"))?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let definitions =
            columns.replace("name", "name TEXT NOT NULL").replace("uuid", "uuid TEXT NOT NULL PRIMARY KEY");
        db.execute_batch(&format!(
            "CREATE TABLE hashed ({definitions}, key_sha256 BLOB NOT NULL) STRICT;
             INSERT INTO hashed ({columns}, key_sha256) SELECT {columns}, x'' FROM {table};
             DROP TABLE {table};
             ALTER TABLE hashed RENAME TO {table};"
        ))?;
        for (uuid, key) in keys {
            let hash = format!("UPDATE {table} SET key_sha256 = ?2 WHERE uuid = ?1");
            db.execute(&hash, params![uuid, digest(&key)])?;
        }
    }
    Ok(())
}

/// Settings of each connection.
pub(super) fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Makes the tables of a new database, adds to an older one what it lacks; refuses one of a newer format.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if !(0..=FORMAT).contains(&found) {
        return Err(StoreError::Newer { found, known: FORMAT });
    }
    for (format, step) in (1..).zip(STEPS) {
        if format > found {
            step(&transaction)?;
            transaction.pragma_update(None, "user_version", format)?;
        }
    }
    transaction.commit()?;
    if (1..HASHED).contains(&found) {
        // The keys stand in pages that are free now, and in the log: both are written anew without them.
        connection.execute_batch("VACUUM")?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(())
}

/// Begins the write-ahead log anew if it is longer than so many bytes. That happens by itself when nobody reads from it at the end
/// of a transaction; where somebody always does, they are waited for.
pub(super) fn bound_log(connection: &Connection, max_bytes: u64) -> Result<(), StoreError> {
    let Some(path) = connection.path() else { return Ok(()) };
    if std::fs::metadata(format!("{path}-wal")).map_or(0, |log| log.len()) > max_bytes {
        connection.busy_timeout(LOG_PATIENCE)?;
        let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        connection.busy_timeout(PATIENCE)?;
        done?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let mut query =
            connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        query.query_map([], |row| row.get(0))?.collect()
    }

    #[test]
    fn an_older_database_gets_what_it_lacks_and_keeps_what_it_has() -> Result<(), Box<dyn std::error::Error>>
    {
        let mut new = Connection::open_in_memory()?;
        prepare(&mut new)?;
        for made in 1..FORMAT {
            let mut old = Connection::open_in_memory()?;
            for (format, step) in (1..=made).zip(STEPS) {
                step(&old)?;
                old.pragma_update(None, "user_version", format)?;
            }
            if made < HASHED {
                old.execute("INSERT INTO namespaces (name, uuid, key) VALUES ('n', 'u', 'k')", [])?;
            } else {
                let sealed = digest("k");
                old.execute(
                    "INSERT INTO namespaces (name, uuid, key_sha256) VALUES ('n', 'u', ?1)",
                    [sealed.as_slice()],
                )?;
            }
            old.execute("INSERT INTO actions (namespace, local, entity) VALUES ('n', 'a', '{}')", [])?;
            prepare(&mut old)?;
            prepare(&mut old)?;
            let hashed =
                old.query_row("SELECT key_sha256 FROM namespaces WHERE name = 'n'", [], |row| row.get(0));
            assert_eq!(hashed, Ok(digest("k")), "format {made}");
            assert_eq!(tables(&old)?, tables(&new)?);
            for table in ["namespaces", "actions"] {
                let count = format!("SELECT count(*) FROM {table}");
                assert_eq!(
                    old.query_row(&count, [], |row| row.get::<_, i64>(0))?,
                    1,
                    "{table} of format {made}"
                );
            }
            old.pragma_update(None, "user_version", FORMAT + 1)?;
            assert!(matches!(prepare(&mut old), Err(StoreError::Newer { .. })));
        }
        Ok(())
    }

    #[test]
    fn a_key_that_stood_in_the_database_is_nowhere_in_its_files_after_the_step()
    -> Result<(), Box<dyn std::error::Error>> {
        const SECRET: &str = "a-secret-that-no-file-may-hold-any-more";
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("flock.db");
        let mut old = Connection::open(&path)?;
        configure(&old)?;
        for (format, step) in (1..HASHED).zip(STEPS) {
            step(&old)?;
            old.pragma_update(None, "user_version", format)?;
        }
        old.execute("INSERT INTO namespaces (name, uuid, key) VALUES ('n', 'u', ?1)", [SECRET])?;
        old.execute("INSERT INTO operators (uuid, key) VALUES ('o', ?1)", [SECRET])?;
        let holds = || -> std::io::Result<bool> {
            let mut found = false;
            for file in std::fs::read_dir(folder.path())? {
                let bytes = std::fs::read(file?.path())?;
                found |= bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            }
            Ok(found)
        };
        assert!(holds()?, "the test would see it");
        prepare(&mut old)?;
        assert!(!holds()?);
        let hashed = old.query_row("SELECT key_sha256 FROM operators", [], |row| row.get(0));
        assert_eq!(hashed, Ok(digest(SECRET)));
        Ok(())
    }

    #[test]
    fn a_log_that_is_too_long_is_begun_anew_when_nobody_reads_from_it()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("flock.db");
        let (writer, reader) = (Connection::open(&path)?, Connection::open(&path)?);
        configure(&writer)?;
        configure(&reader)?;
        let log_bytes = || std::fs::metadata(folder.path().join("flock.db-wal")).map_or(0, |log| log.len());
        writer.execute_batch("CREATE TABLE t (a BLOB)")?;
        reader.execute_batch("BEGIN; SELECT * FROM t")?;
        writer.execute_batch("INSERT INTO t VALUES (zeroblob(1000000))")?;
        bound_log(&writer, 2_000_000)?;
        let long = log_bytes();
        assert!(long > 1_000_000, "{long}");
        bound_log(&writer, 1_000_000)?;
        assert_eq!(log_bytes(), long, "it is read from");
        reader.execute_batch("COMMIT")?;
        bound_log(&writer, 1_000_000)?;
        assert_eq!(log_bytes(), 0);
        Ok(())
    }
}
