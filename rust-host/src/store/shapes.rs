//! What the summaries of many records have in common, kept once: a record refers to its *shape* and keeps only what stands in
//! the gaps ([`Parted`]). Most of a record is text that is the same each time an action ends in the same way.
//!
//! Shapes are not counted. Each is good for rows up to a number, which is moved on from time to time; one whose last such row is
//! before the oldest record that is kept is of no use to any, and goes when old records are looked for. So one old record keeps
//! them all; there is a most of them, and beyond it summaries are kept whole, as a part of their records.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::model::activation::Parted;

/// What format 8 has beyond format 7. Where a record has no shape, its summary is whole.
pub(super) const TABLES: &str = "
ALTER TABLE activations ADD COLUMN shape INTEGER;
CREATE TABLE shapes (
    id      INTEGER NOT NULL PRIMARY KEY,
    text    TEXT NOT NULL,
    upto    INTEGER NOT NULL
) STRICT;
";

/// The shape of a record, for a query of `activations`.
pub(super) const OF_RECORD: &str = "(SELECT text FROM shapes WHERE id = activations.shape)";

/// How many rows a shape is good for at a time.
const ROWS: i64 = 1 << 16;
/// Most shapes that are known by heart. One that is not is stored once more.
const KNOWN_MAX: usize = 4096;
/// Most shapes that are stored.
const STORED_MAX: i64 = 1 << 16;

#[derive(Debug, Clone, Copy)]
struct Known {
    id: i64,
    upto: i64,
}

/// The shapes that the writing thread has met.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: HashMap<Box<str>, Known>,
    /// How many are stored, once it has been counted.
    stored: Option<i64>,
}

impl Shapes {
    /// The number of a shape, for a row of this position; none: it cannot be stored any more.
    pub(super) fn keep(
        &mut self,
        db: &Connection,
        shape: &str,
        position: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let upto = position + ROWS;
        if let Some(known) = self.known.get_mut(shape) {
            if position <= known.upto {
                return Ok(Some(known.id));
            }
            if extend(db, known.id, shape, upto)? {
                known.upto = upto;
                return Ok(Some(known.id));
            }
        }
        let stored = match self.stored {
            Some(stored) => stored,
            None => db.query_row("SELECT count(*) FROM shapes", [], |row| row.get(0))?,
        };
        self.stored = Some(stored);
        if stored >= STORED_MAX {
            return Ok(None);
        }
        db.prepare_cached("INSERT INTO shapes (text, upto) VALUES (?1, ?2)")?
            .execute(params![shape, upto])?;
        self.stored = Some(stored + 1);
        let id = db.last_insert_rowid();
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(shape.into(), Known { id, upto });
        Ok(Some(id))
    }

    /// What was written last is not there after all.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.stored = None;
    }

    /// Deletes what no record refers to.
    pub(super) fn sweep(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.stored = None;
        db.execute("DELETE FROM shapes WHERE upto < (SELECT min(rowid) FROM activations)", [])?;
        Ok(())
    }
}

/// Is it still there to be good for further rows? The number of one that is gone may be another's by now.
fn extend(db: &Connection, id: i64, shape: &str, upto: i64) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached("UPDATE shapes SET upto = ?3 WHERE id = ?1 AND text = ?2")?
        .execute(params![id, shape, upto])?;
    Ok(changed > 0)
}

/// The whole summary from what a row keeps.
pub(super) fn join(summary: String, shape: Option<String>) -> String {
    match shape {
        Some(shape) => Parted::join(&shape, &summary),
        None => summary,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        model::{Activation, ActivationId, Outcome, activation::tests::activation},
        store::{Store, holdings::Bounds},
    };

    type Done = Result<(), Box<dyn std::error::Error>>;

    async fn record(
        store: &Arc<Store>,
        outcome: Outcome,
    ) -> Result<Arc<Activation>, crate::store::StoreError> {
        let made = Arc::new(Activation { id: ActivationId::new(), outcome, ..activation() });
        store.record(Arc::clone(&made), false);
        store.settled().await?;
        Ok(made)
    }

    async fn is_whole(store: &Arc<Store>, made: &Activation) -> Result<bool, crate::store::StoreError> {
        let found = store.activation("guest", made.id).await?;
        Ok(found.is_some_and(|found| found.record() == made.to_json()))
    }

    async fn shapes(store: &Arc<Store>) -> Result<i64, crate::store::StoreError> {
        store.read(|db| Ok(db.query_row("SELECT count(*) FROM shapes", [], |row| row.get(0))?)).await
    }

    #[tokio::test]
    async fn records_that_end_alike_share_a_shape_and_one_that_nobody_needs_goes() -> Done {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 100)?;
        let mut all = Vec::new();
        for outcome in [Outcome::Success, Outcome::Success, Outcome::Timeout, Outcome::Success] {
            all.push(record(&store, outcome).await?);
        }
        assert_eq!(shapes(&store).await?, 2);
        for made in &all {
            assert!(is_whole(&store, made).await?);
        }
        // As if very many rows had been written since.
        store.writer.write(|db| db.execute_batch("UPDATE shapes SET upto = 0")).await?;
        store.keep_records(Bounds { max_count: 1, ..Bounds::default() });
        assert_eq!(shapes(&store).await?, 0);
        drop(store);
        // A host that starts anew knows none by heart, and none is there.
        let store = Store::open(folder.path(), 100)?;
        let again = record(&store, Outcome::Success).await?;
        assert!(is_whole(&store, &again).await?);
        assert_eq!(shapes(&store).await?, 1);
        Ok(())
    }

    #[test]
    fn a_shape_is_stored_again_when_it_is_gone_and_not_while_it_is_there() -> Done {
        let mut db = rusqlite::Connection::open_in_memory()?;
        super::super::schema::prepare(&mut db)?;
        let mut known = super::Shapes::default();
        let count = |db: &rusqlite::Connection| {
            db.query_row("SELECT count(*), max(upto) FROM shapes", [], |row| Ok((row.get(0)?, row.get(1)?)))
        };
        let first = known.keep(&db, "a", 1)?;
        assert_eq!(known.keep(&db, "a", 1 + super::ROWS)?, first);
        assert_eq!(count(&db)?, (1, 1 + super::ROWS));
        assert_eq!(known.keep(&db, "a", 2 + super::ROWS)?, first);
        assert_eq!(count(&db)?, (1, 2 + 2 * super::ROWS));
        db.execute("DELETE FROM shapes", [])?;
        known.keep(&db, "a", 3 + 2 * super::ROWS)?;
        assert_eq!(count(&db)?, (1, 3 + 3 * super::ROWS));
        // The number of one that is gone is given out again, and is not taken for it.
        db.execute("DELETE FROM shapes", [])?;
        let other = known.keep(&db, "b", 4 + 3 * super::ROWS)?;
        let again = known.keep(&db, "a", 4 + 3 * super::ROWS)?;
        assert_ne!(again, other);
        db.execute("DELETE FROM shapes WHERE id = ?1", [other])?;
        known.forget();
        known.keep(&db, "a", 4)?;
        assert_eq!(count(&db)?.0, 2);
        // There is a most of them, until some are gone.
        known.stored = Some(super::STORED_MAX);
        assert_eq!(known.keep(&db, "c", 5)?, None);
        assert!(known.keep(&db, "a", 5)?.is_some());
        known.sweep(&db)?;
        assert!(known.keep(&db, "c", 5)?.is_some());
        Ok(())
    }
}
