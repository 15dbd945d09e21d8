//! Large results, each kept once however many records have it: a value that passes through a sequence unchanged is in the
//! record of each hop and of the sequence itself.
//!
//! A record refers to such a result by its SHA-256 and keeps only what comes after it in `response`. A result goes with the
//! last record that refers to it.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::model::Activation;

/// Results of this size on are kept apart.
const LARGE_BYTES: usize = 4096;

/// What format 4 has beyond format 3.
pub(super) const TABLES: &str = "
ALTER TABLE activations ADD COLUMN result BLOB;
CREATE INDEX activations_by_result ON activations (result) WHERE result IS NOT NULL;
CREATE TABLE results (
    digest  BLOB NOT NULL PRIMARY KEY,
    text    TEXT NOT NULL
) STRICT;
";

/// Such a result of a record, for a query of `activations`.
pub(super) const OF_RECORD: &str = "(SELECT text FROM results WHERE digest = activations.result)";

/// What a record keeps in its own row.
pub(super) struct Row {
    /// The whole response, or the end of it.
    pub(super) response: String,
    /// The result that stands before that end.
    pub(super) result: Option<[u8; 32]>,
    /// Bytes of that result.
    pub(super) result_bytes: u64,
}

/// Keeps the result of a record, apart if it is large.
pub(super) fn keep(db: &Connection, activation: &Activation) -> rusqlite::Result<Row> {
    let text = activation.result_text();
    if !activation.shows_result() || text.len() < LARGE_BYTES {
        return Ok(Row { response: activation.response_json(), result: None, result_bytes: 0 });
    }
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let is_there = db.prepare_cached("SELECT 1 FROM results WHERE digest = ?1")?.exists([&digest])?;
    if !is_there {
        db.prepare_cached("INSERT INTO results (digest, text) VALUES (?1, ?2)")?
            .execute(params![digest, text])?;
    }
    Ok(Row {
        response: activation.response_end_json(),
        result: Some(digest),
        result_bytes: text.len() as u64,
    })
}

/// The whole response from what a row keeps.
pub(super) fn join(response: String, result: Option<String>) -> String {
    match result {
        Some(text) => format!("{{\"result\":{text}{response}"),
        None => response,
    }
}

/// Deletes a result if no record refers to it any more.
pub(super) fn drop_unused(db: &Connection, digest: &[u8; 32]) -> rusqlite::Result<()> {
    db.prepare_cached(
        "DELETE FROM results WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM activations WHERE result = ?1)",
    )?
    .execute([digest])?;
    Ok(())
}
