//! The bill: what each action used in each minute.
//!
//! The ledger hands over what was counted since the last time ([`Store::add_usage`]); it is added to the row of the
//! current minute. A call is thus billed in the minute in which it was handed over, a few seconds after its end at most.
//! Minutes older than two days are put together to hours, so ninety days of a busy host stay a small table. Sums are made
//! here and not by SQL, because outcomes and latencies are texts with many numbers in them.

use std::{collections::BTreeMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::observe::{histogram::Counts, ledger::Entry, tally::Tally};

use super::{Store, StoreError};

/// How long single minutes are kept, in minutes.
const MINUTES_KEPT: u64 = 2 * 24 * 60;
/// Minutes of an hour.
const HOUR: u64 = 60;
/// Hours that are put together in one go, so that other writes get their turn.
const HOURS_AT_ONCE: u64 = 24;

/// Which usage is asked for.
#[derive(Debug, Clone, Default)]
pub struct Period {
    /// One namespace; none: all.
    pub namespace: Option<String>,
    /// First minute since 1970.
    pub from_minute: u64,
    /// Last minute since 1970, included.
    pub upto_minute: u64,
}

const COLUMNS: &str = "calls, outcomes, cold, cpu_micros, background_cpu_micros, wall_micros, wait_micros,
    init_micros, allocated_bytes, log_bytes, peak_heap_bytes, latency";

impl Store {
    /// Adds to the usage of a minute; when this returns, it survives.
    pub async fn add_usage(&self, minute: u64, entries: Vec<Entry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.writer.write(move |db| entries.iter().try_for_each(|entry| add(db, minute, entry))).await
    }

    /// The usage of a period by namespace and action.
    pub async fn usage(
        self: &Arc<Self>,
        period: Period,
    ) -> Result<BTreeMap<(String, String), Tally>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT namespace, action, {COLUMNS} FROM usage
                 WHERE minute >= ?1 AND minute <= ?2 AND (?3 IS NULL OR namespace = ?3)"
            ))?;
            let mut sums: BTreeMap<(String, String), Tally> = BTreeMap::new();
            let mut rows = query.query(params![
                signed(period.from_minute),
                signed(period.upto_minute),
                period.namespace
            ])?;
            while let Some(row) = rows.next()? {
                sums.entry((row.get(0)?, row.get(1)?)).or_default().add(&tally(row, 2)?);
            }
            Ok(sums)
        })
        .await
    }

    /// Puts old minutes together to hours and deletes what is older than the operator keeps it.
    pub async fn expire_usage(&self, now_minute: u64, keep_minutes: u64) -> Result<(), StoreError> {
        self.writer
            .write(move |db| {
                db.prepare_cached("DELETE FROM usage WHERE minute < ?1")?
                    .execute([signed(now_minute.saturating_sub(keep_minutes))])?;
                join_hours(db, now_minute.saturating_sub(MINUTES_KEPT) / HOUR * HOUR)
            })
            .await
    }
}

fn add(db: &Connection, minute: u64, entry: &Entry) -> rusqlite::Result<()> {
    let known = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM usage WHERE minute = ?1 AND namespace = ?2 AND action = ?3"
        ))?
        .query_row(params![signed(minute), entry.namespace, entry.action], |row| tally(row, 0))
        .optional()?;
    let mut sum = known.unwrap_or_default();
    sum.add(&entry.tally);
    db.prepare_cached(&format!(
        "INSERT OR REPLACE INTO usage (minute, namespace, action, {COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
    ))?
    .execute(params![
        signed(minute),
        entry.namespace,
        entry.action,
        signed(sum.calls),
        sum.outcomes_json().to_string(),
        signed(sum.cold),
        signed(sum.cpu_micros),
        signed(sum.background_cpu_micros),
        signed(sum.wall_micros),
        signed(sum.wait_micros),
        signed(sum.init_micros),
        signed(sum.allocated_bytes),
        signed(sum.log_bytes),
        signed(sum.peak_heap_bytes),
        sum.latency.to_text(),
    ])?;
    Ok(())
}

/// Puts the oldest hours that still have single minutes before this one together.
fn join_hours(db: &Connection, before_minute: u64) -> rusqlite::Result<()> {
    for _ in 0..HOURS_AT_ONCE {
        let oldest: Option<i64> = db
            .prepare_cached("SELECT min(minute) FROM usage WHERE minute < ?1 AND minute % 60 <> 0")?
            .query_row([signed(before_minute)], |row| row.get(0))?;
        let Some(oldest) = oldest.and_then(|minute| u64::try_from(minute).ok()) else { return Ok(()) };
        let hour = oldest / HOUR * HOUR;
        let mut entries = Vec::new();
        {
            let mut query = db.prepare_cached(&format!(
                "SELECT namespace, action, {COLUMNS} FROM usage WHERE minute > ?1 AND minute < ?2"
            ))?;
            let mut rows = query.query([signed(hour), signed(hour + HOUR)])?;
            while let Some(row) = rows.next()? {
                entries.push(Entry { namespace: row.get(0)?, action: row.get(1)?, tally: tally(row, 2)? });
            }
        }
        db.prepare_cached("DELETE FROM usage WHERE minute > ?1 AND minute < ?2")?
            .execute([signed(hour), signed(hour + HOUR)])?;
        entries.iter().try_for_each(|entry| add(db, hour, entry))?;
    }
    Ok(())
}

/// The columns of [`COLUMNS`], the first of which is the `first` of the row.
fn tally(row: &Row<'_>, first: usize) -> rusqlite::Result<Tally> {
    let number = |at: usize| row.get::<_, i64>(first + at).map(|number| u64::try_from(number).unwrap_or(0));
    let text = |at: usize| row.get::<_, String>(first + at);
    let outcomes = serde_json::from_str(&text(1)?).unwrap_or_default();
    Ok(Tally {
        calls: number(0)?,
        outcomes: Tally::outcomes_from_json(&outcomes),
        cold: number(2)?,
        cpu_micros: number(3)?,
        background_cpu_micros: number(4)?,
        wall_micros: number(5)?,
        wait_micros: number(6)?,
        init_micros: number(7)?,
        allocated_bytes: number(8)?,
        log_bytes: number(9)?,
        peak_heap_bytes: number(10)?,
        latency: Counts::from_text(&text(11)?),
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn entry(action: &str, calls: u64, latency_bucket: &str) -> Entry {
        let mut tally = Tally { calls, cpu_micros: 10 * calls, peak_heap_bytes: calls, ..Tally::default() };
        tally.outcomes = Outcome::ALL.map(|outcome| if outcome == Outcome::Cpu { calls } else { 0 });
        tally.latency = Counts::from_text(latency_bucket);
        Entry { namespace: "guest".to_owned(), action: action.to_owned(), tally }
    }

    fn period(from_minute: u64, upto_minute: u64) -> Period {
        Period { namespace: Some("guest".to_owned()), from_minute, upto_minute }
    }

    #[tokio::test]
    async fn usage_is_summed_by_action_and_survives() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        {
            let store = Store::open(folder.path(), 16)?;
            store.add_usage(100, vec![entry("guest/a", 1, "5:1"), entry("guest/b", 7, "")]).await?;
            store.add_usage(100, vec![entry("guest/a", 2, "5:1 6:1")]).await?;
            store.add_usage(101, vec![entry("guest/a", 4, "")]).await?;
            store.settled().await?;
        }
        let store = Store::open(folder.path(), 16)?;
        let sums = store.usage(period(100, 101)).await?;
        let a = sums.get(&("guest".to_owned(), "guest/a".to_owned())).ok_or("no row")?;
        assert_eq!((a.calls, a.cpu_micros, a.peak_heap_bytes, sums.len()), (7, 70, 4, 2));
        assert_eq!(a.outcomes_json(), serde_json::json!({ "cpu": 7 }));
        assert_eq!(a.latency, Counts::from_text("5:2 6:1"));
        assert_eq!(store.usage(period(101, 200)).await?.len(), 1);
        let other = Period { namespace: Some("other".to_owned()), ..period(0, 200) };
        assert!(store.usage(other).await?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn old_minutes_become_hours_and_then_go() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 16)?;
        for minute in [60, 61, 119, 120, 100_000] {
            store.add_usage(minute, vec![entry("guest/a", 1, "5:1")]).await?;
        }
        store.expire_usage(100_000, 200_000).await?;
        let minutes = |store: &Arc<Store>| {
            let store = Arc::clone(store);
            async move {
                store
                    .read(|db| {
                        let mut query = db.prepare("SELECT minute, calls FROM usage ORDER BY minute")?;
                        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                        Ok(rows.collect::<Result<Vec<(i64, i64)>, _>>()?)
                    })
                    .await
            }
        };
        assert_eq!(minutes(&store).await?, [(60, 3), (120, 1), (100_000, 1)]);
        store.expire_usage(100_000, 1000).await?;
        assert_eq!(minutes(&store).await?, [(100_000, 1)]);
        Ok(())
    }
}
