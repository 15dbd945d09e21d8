//! What each namespace holds of activation records, and which of them go when there are too many.
//!
//! Numbers and bytes are counted as records come and go, in memory and in a table with one row a namespace that changes in the
//! same transaction; no record is looked at to know them. Over a bound, the namespaces that hold most lose: the *level* is what
//! each may hold so that all together are within the bound, and only those above it lose, their oldest first. A namespace with
//! few records so loses none because another has many.
//!
//! The writing thread looks after each of its transactions, and deletes in portions, so that others get their turn. A portion is
//! larger than what was written with it, so a flood cannot outrun it. SQLite uses the pages again: the file stays as large as it
//! was at most.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::results;

/// What format 9 has beyond format 8. Texts are not read for their lengths.
pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    let own_bytes = own_bytes();
    db.execute_batch(&format!(
        "CREATE TABLE holdings (
             namespace TEXT NOT NULL PRIMARY KEY,
             count     INTEGER NOT NULL,
             bytes     INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID;
         INSERT INTO holdings SELECT namespace, count(*), sum({own_bytes}) FROM activations GROUP BY namespace;
         INSERT INTO holdings
             SELECT namespace, 0, sum(octet_length(text))
             FROM activations INDEXED BY activations_by_result JOIN results ON digest = result
             WHERE result IS NOT NULL GROUP BY namespace
             ON CONFLICT (namespace) DO UPDATE SET bytes = bytes + excluded.bytes;"
    ))
}

/// What a row and its places in the indexes take beside its texts, about.
const ROW_BYTES: u64 = 256;
/// Most that goes in one portion, beside as much as was written in the same transaction.
const PORTION: Held = Held { count: 1000, bytes: 64 << 20 };

/// How a row counts without a result that is kept apart, for a query.
fn own_bytes() -> String {
    format!("octet_length(summary) + octet_length(response) + octet_length(logs) + {ROW_BYTES}")
}

/// How a record counts. A result that is kept apart counts for each record that has it.
pub(super) fn bytes(own_texts: [&str; 3], result_bytes: u64) -> u64 {
    own_texts.iter().map(|text| text.len() as u64).sum::<u64>() + result_bytes + ROW_BYTES
}

/// Counts what is left of accepted invocations, which become records now.
pub(super) fn add_lost(db: &Connection) -> rusqlite::Result<()> {
    let text = format!(
        "INSERT INTO holdings SELECT namespace, count(*), sum({}) FROM accepted
         WHERE id NOT IN (SELECT id FROM activations) GROUP BY namespace
         ON CONFLICT (namespace) DO UPDATE SET count = count + excluded.count, bytes = bytes + excluded.bytes",
        own_bytes()
    );
    db.execute(&text, [])?;
    Ok(())
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Records that began before it go, milliseconds since 1970.
    pub before_epoch_millis: u64,
    /// Most records of all namespaces.
    pub max_count: u64,
    /// Most bytes of all their texts.
    pub max_bytes: u64,
}

impl Default for Bounds {
    /// All.
    fn default() -> Self {
        Self { before_epoch_millis: 0, max_count: u64::MAX, max_bytes: u64::MAX }
    }
}

/// Records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// How many.
    pub count: u64,
    /// The bytes of their texts, with something for each row.
    pub bytes: u64,
}

impl Held {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }

    fn take(&mut self, bytes: u64) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn is_above(self, other: Self) -> bool {
        self.count > other.count || self.bytes > other.bytes
    }
}

#[derive(Debug, Default)]
struct Account {
    held: Held,
    /// The table does not have it yet.
    is_changed: bool,
}

/// The writing thread's own.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    by_namespace: HashMap<String, Account>,
    total: Held,
    /// Written in this transaction.
    written: Held,
    /// Is it what the table has?
    is_known: bool,
}

/// One that has to go.
struct Old {
    row: i64,
    result: Option<[u8; 32]>,
    bytes: u64,
}

/// Where the oldest records that have to go end.
enum End {
    /// All that are there have to go.
    Empty,
    /// The next one stays.
    Reached,
    /// There is no room for more in the portion.
    Full,
}

impl Holdings {
    /// A transaction begins.
    pub(super) fn begin(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.written = Held::default();
        if self.is_known {
            return Ok(());
        }
        self.by_namespace.clear();
        self.total = Held::default();
        let mut query = db.prepare_cached("SELECT namespace, count, bytes FROM holdings")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let held = Held { count: unsigned(row.get(1)?), bytes: unsigned(row.get(2)?) };
            self.total.count += held.count;
            self.total.bytes += held.bytes;
            self.by_namespace.insert(row.get(0)?, Account { held, is_changed: false });
        }
        self.is_known = true;
        Ok(())
    }

    /// A record was written.
    pub(super) fn add(&mut self, namespace: &str, bytes: u64) {
        self.total.add(bytes);
        self.written.add(bytes);
        // A namespace that is known needs no text of its own.
        let account = match self.by_namespace.get_mut(namespace) {
            Some(account) => account,
            None => self.by_namespace.entry(namespace.to_owned()).or_default(),
        };
        account.held.add(bytes);
        account.is_changed = true;
    }

    /// All together.
    pub(super) fn total(&self) -> Held {
        self.total
    }

    /// What this transaction has written.
    pub(super) fn written(&self) -> Held {
        self.written
    }

    /// Is there more than the bounds allow, apart from age?
    pub(super) fn is_over(&self, bounds: &Bounds) -> bool {
        self.total.is_above(Held { count: bounds.max_count, bytes: bounds.max_bytes })
    }

    /// What was written last is not there after all.
    pub(super) fn forget(&mut self) {
        self.is_known = false;
    }

    /// Deletes a portion of what is beyond the bounds, of what is too old if it is time for that. Is there more?
    pub(super) fn trim(
        &mut self,
        db: &Connection,
        bounds: &Bounds,
        is_for_age: bool,
    ) -> rusqlite::Result<bool> {
        if !is_for_age && !self.is_over(bounds) {
            return Ok(false);
        }
        let all = || self.by_namespace.values().map(|account| account.held);
        let keep = Held {
            count: level(all().map(|held| held.count).collect(), bounds.max_count),
            bytes: level(all().map(|held| held.bytes).collect(), bounds.max_bytes),
        };
        let before = if is_for_age { bounds.before_epoch_millis.cast_signed() } else { 0 };
        let mut room = Held {
            count: PORTION.count + self.written.count,
            bytes: PORTION.bytes.saturating_add(self.written.bytes),
        };
        for (namespace, account) in &mut self.by_namespace {
            if !is_for_age && !account.held.is_above(keep) {
                continue;
            }
            let was = account.held;
            let done = account.trim(db, namespace, keep, before, &mut room);
            account.is_changed |= account.held != was;
            self.total.count -= was.count - account.held.count;
            self.total.bytes -= was.bytes - account.held.bytes;
            if !done? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts into the table what has changed.
    pub(super) fn save(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (namespace, account) in self.by_namespace.iter_mut().filter(|(_, account)| account.is_changed) {
            account.is_changed = false;
            let Held { count, bytes } = account.held;
            db.prepare_cached(
                "INSERT OR REPLACE INTO holdings (namespace, count, bytes) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![namespace, count.cast_signed(), bytes.cast_signed()])?;
        }
        Ok(())
    }
}

impl Account {
    /// Deletes the oldest down to a level, and those that began before a time. Was there room in the portion for all of them?
    fn trim(
        &mut self,
        db: &Connection,
        namespace: &str,
        keep: Held,
        before: i64,
        room: &mut Held,
    ) -> rusqlite::Result<bool> {
        let (going, end) = self.going(db, namespace, keep, before, *room)?;
        for old in going {
            db.prepare_cached("DELETE FROM activations WHERE rowid = ?1")?.execute([old.row])?;
            if let Some(digest) = old.result {
                results::drop_unused(db, &digest)?;
            }
            self.held.take(old.bytes);
            room.take(old.bytes);
        }
        if matches!(end, End::Empty) {
            self.held = Held::default();
        }
        Ok(!matches!(end, End::Full))
    }

    /// The oldest, as far as they have to go.
    fn going(
        &self,
        db: &Connection,
        namespace: &str,
        keep: Held,
        before: i64,
        mut room: Held,
    ) -> rusqlite::Result<(Vec<Old>, End)> {
        let mut query = db.prepare_cached(&format!(
            "SELECT start, rowid, result, {} +
                 coalesce((SELECT octet_length(text) FROM results WHERE digest = activations.result), 0)
             FROM activations WHERE namespace = ?1 ORDER BY start, rowid",
            own_bytes()
        ))?;
        let mut rows = query.query([namespace])?;
        let mut held = self.held;
        let mut going = Vec::new();
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(0)? >= before && !held.is_above(keep) {
                return Ok((going, End::Reached));
            }
            if room.count == 0 || room.bytes == 0 {
                return Ok((going, End::Full));
            }
            let old = Old { row: row.get(1)?, result: row.get(2)?, bytes: unsigned(row.get(3)?) };
            held.take(old.bytes);
            room.take(old.bytes);
            going.push(old);
        }
        Ok((going, End::Empty))
    }
}

/// What each may hold so that all together hold as much as the bound, or less.
fn level(mut held: Vec<u64>, bound: u64) -> u64 {
    held.sort_unstable();
    let (mut left, mut others) = (bound, held.len() as u64);
    for held in held {
        let share = left / others;
        if held > share {
            return share;
        }
        left -= held;
        others -= 1;
    }
    u64::MAX
}

fn unsigned(number: i64) -> u64 {
    number.try_into().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        model::{Activation, ActivationId, Origin, activation::tests::activation},
        store::{Store, StoreError},
    };

    type Done = Result<(), Box<dyn std::error::Error>>;
    type Row = (String, i64, i64);

    #[test]
    fn a_level_takes_only_from_those_who_hold_most() {
        for (held, bound, expected) in [
            (&[][..], 5, u64::MAX),
            (&[2, 3], 5, u64::MAX),
            (&[3, 4000], 1000, 997),
            (&[10, 10, 1], 11, 5),
            (&[7, 7, 7], 20, 6),
            (&[1, 1, 1], 2, 0),
            (&[u64::MAX], 9, 9),
        ] {
            assert_eq!(level(held.to_vec(), bound), expected, "{held:?} {bound}");
        }
    }

    /// One with a result of this size, the same for the same size.
    fn record(store: &Store, namespace: &str, start: u64, result_bytes: usize) -> ActivationId {
        let base = activation();
        let id = ActivationId::new();
        let origin = Arc::new(Origin { namespace: namespace.to_owned(), ..(*base.origin).clone() });
        let result = format!("\"{}\"", "ä".repeat(result_bytes / 2)).into_bytes().into();
        let made = Activation { id, origin, start_epoch_millis: start, result, ..base };
        store.record(Arc::new(made), false);
        id
    }

    async fn rows(store: &Arc<Store>, query: &'static str) -> Result<Vec<Row>, StoreError> {
        store
            .read(move |db| {
                let mut query = db.prepare(query)?;
                let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// What each namespace holds; the table has what a count of all records gives.
    async fn held(store: &Arc<Store>) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
        const HELD: &str = "SELECT * FROM holdings WHERE count > 0 ORDER BY namespace";
        let counted = rows(store, HELD).await?;
        let again = Connection::open_in_memory()?;
        again.execute("ATTACH ?1 AS kept", [store.folder().join("flock.db").to_string_lossy()])?;
        again.execute_batch(
            "CREATE TABLE activations AS SELECT * FROM kept.activations;
             CREATE INDEX activations_by_result ON activations (result) WHERE result IS NOT NULL;
             CREATE TABLE results AS SELECT * FROM kept.results",
        )?;
        prepare(&again)?;
        let mut query = again.prepare(&HELD.replace("holdings", "main.holdings"))?;
        let all = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        assert_eq!(all.collect::<Result<Vec<Row>, _>>()?, counted);
        Ok(counted)
    }

    async fn counts(store: &Arc<Store>) -> Result<Vec<(String, i64)>, Box<dyn std::error::Error>> {
        Ok(held(store).await?.into_iter().map(|(namespace, count, _)| (namespace, count)).collect())
    }

    #[tokio::test]
    async fn those_who_hold_most_lose_their_oldest_and_what_is_counted_is_what_is_there() -> Done {
        let of = |namespace: &str, count: i64| (namespace.to_owned(), count);
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 10_000)?;
        let few = [1, 2, 3].map(|start| record(&store, "few", start, 10));
        let oldest = record(&store, "many", 100, 10_000);
        // More than go in one portion, and with one result that they share.
        for start in 101..=2600 {
            record(&store, "many", start, 10_000);
        }
        let newest = record(&store, "many", 2601, 6000);
        assert_eq!(counts(&store).await?, [of("few", 3), of("many", 2502)]);
        store.keep_records(Bounds { max_count: 10, ..Bounds::default() });
        while store.kept_records().count != 10 {
            store.settled().await?;
        }
        assert_eq!(counts(&store).await?, [of("few", 3), of("many", 7)]);
        for (namespace, id, is_there) in
            [("few", few[0], true), ("few", few[2], true), ("many", oldest, false), ("many", newest, true)]
        {
            assert_eq!(store.activation(namespace, id).await?.is_some(), is_there, "{namespace}");
        }
        // Bytes: a result counts for each that has it, and goes with the last of them.
        store.keep_records(Bounds { max_bytes: 10_000, ..Bounds::default() });
        assert_eq!(counts(&store).await?, [of("few", 3), of("many", 1)]);
        let results = rows(&store, "SELECT '', count(*), sum(octet_length(text)) FROM results").await?;
        assert_eq!(results, [(String::new(), 1, 6002)]);
        // What is left of accepted invocations counts when it becomes a record.
        store.accept(Activation { id: ActivationId::new(), ..activation() }).await?;
        drop(store);
        let store = Store::open(folder.path(), 10)?;
        assert_eq!(counts(&store).await?, [of("few", 3), of("guest", 1), of("many", 1)]);
        // By age, whoever holds them.
        store.keep_records(Bounds { before_epoch_millis: 3, ..Bounds::default() });
        assert_eq!(counts(&store).await?, [of("few", 1), of("guest", 1), of("many", 1)]);
        store.keep_records(Bounds { before_epoch_millis: 1 << 40, ..Bounds::default() });
        assert_eq!(counts(&store).await?, []);
        assert_eq!(store.kept_records(), Held::default());
        Ok(())
    }
}
