//! One who follows the records of a namespace: from where it left off, out of the store, then as they are made.
//!
//! A client tells by the id of a record what it has seen last. Rows are numbered in the order in which followers are told of them,
//! so all that it has not seen are the rows after that one, and each comes once. A follower that falls behind catches up in the
//! same way. Only what the store has let go is lost to it.

use std::{collections::VecDeque, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::ActivationId;

use super::{
    Store, StoreError,
    feed::{Event, Followed, Follower, text},
    shapes,
};

/// Records that are read at a time.
const PAGE_EVENTS: usize = 8;
/// Rows that are looked through at a time, those of other namespaces included: others want to read, too.
const WINDOW_ROWS: i64 = 10_000;

/// Where following begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// With what comes from now on. It is as if the client had seen this record last, or none if there is none.
    Now(ActivationId),
    /// After the record that the client has seen last.
    After,
    /// That record is not kept any more, or never was: with those that began after it.
    Expired,
}

/// See the head of this file.
#[derive(Debug)]
pub struct Following {
    store: Arc<Store>,
    follower: Follower,
    /// Only what runs under this name.
    action: Option<String>,
    begin: Begin,
    /// All up to this row are seen, or not wanted.
    position: i64,
    /// There may be rows after it that nobody will tell of.
    is_behind: bool,
    /// Of the rows up to this one, which were there when it began, only records that began after that one count.
    began_after: (i64, ActivationId),
    /// Read and not yet handed out.
    read: VecDeque<Arc<Event>>,
}

/// A part of what is to be caught up with.
struct Page {
    events: VecDeque<Arc<Event>>,
    /// Looked through up to this row.
    reached: i64,
    /// There is nothing after it.
    is_last: bool,
}

impl Following {
    /// Begins after the record of this id, or now. The follower is there before anything is read, so nothing falls in between.
    pub async fn begin(
        store: &Arc<Store>,
        follower: Follower,
        action: Option<String>,
        seen: Option<ActivationId>,
    ) -> Result<Self, StoreError> {
        // What is being written now, and was not for this follower, is committed then, and read.
        store.writer.write(|_| Ok(())).await?;
        let namespace = follower.namespace().to_owned();
        let (begin, position, last) = store.read(move |db| Ok(find(db, &namespace, seen)?)).await?;
        let expired = seen.filter(|_| begin == Begin::Expired);
        Ok(Self {
            store: Arc::clone(store),
            follower,
            action,
            begin,
            position,
            is_behind: !matches!(begin, Begin::Now(_)),
            began_after: (last, expired.unwrap_or(ActivationId::NONE)),
            read: VecDeque::new(),
        })
    }

    /// Where it begins.
    pub fn begin_of(&self) -> Begin {
        self.begin
    }

    /// The next; none when the host stops.
    pub async fn next(&mut self) -> Result<Option<Arc<Event>>, StoreError> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Ok(Some(event));
            }
            if self.is_behind {
                self.catch_up().await?;
                continue;
            }
            let event = match self.follower.next().await {
                None => return Ok(None),
                Some(Followed::Behind) => {
                    self.is_behind = true;
                    continue;
                }
                Some(Followed::Record(event)) => event,
            };
            match event.position {
                Some(position) if position <= self.position => continue,
                Some(position) => self.position = position,
                None => {}
            }
            if self.action.as_ref().is_none_or(|action| *action == event.action) {
                return Ok(Some(event));
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), StoreError> {
        let (namespace, action) = (self.follower.namespace().to_owned(), self.action.clone());
        let (after, began_after) = (self.position, self.began_after);
        let page = self.store.read(move |db| Ok(page(db, &namespace, action, after, began_after)?)).await?;
        self.position = page.reached;
        self.read = page.events;
        self.is_behind = !page.is_last;
        Ok(())
    }
}

pub(super) fn last_row(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT coalesce(max(rowid), 0) FROM activations")?.query_row([], |row| row.get(0))
}

/// Where to begin, the row after which, and the last row.
fn find(db: &Connection, namespace: &str, seen: Option<ActivationId>) -> rusqlite::Result<(Begin, i64, i64)> {
    let Some(seen) = seen else {
        // The record that began last. One that ended later but began before it is shown to who comes back: it was not
        // shown before, so that is better than to look through all rows for the one that ended last. It is read before
        // the last row is: what comes in between is after it.
        let newest = db
            .prepare_cached(
                "SELECT id FROM activations WHERE namespace = ?1 ORDER BY start DESC, id DESC LIMIT 1",
            )?
            .query_row([namespace], |row| row.get(0))
            .optional()?;
        let last = last_row(db)?;
        return Ok((Begin::Now(newest.map_or(ActivationId::NONE, ActivationId::from_bytes)), last, last));
    };
    let last = last_row(db)?;
    if seen == ActivationId::NONE {
        return Ok((Begin::After, 0, last));
    }
    let row = db
        .prepare_cached("SELECT rowid FROM activations WHERE id = ?1 AND namespace = ?2")?
        .query_row(params![seen.as_bytes(), namespace], |row| row.get(0))
        .optional()?;
    Ok(row.map_or((Begin::Expired, 0, last), |row| (Begin::After, row, last)))
}

fn page(
    db: &Connection,
    namespace: &str,
    action: Option<String>,
    after: i64,
    (upto, began_after): (i64, ActivationId),
) -> rusqlite::Result<Page> {
    let last = last_row(db)?;
    // Where old rows are gone, their numbers are not counted through.
    let first: i64 = db
        .prepare_cached("SELECT coalesce(min(rowid), 1) FROM activations WHERE rowid > ?1")?
        .query_row([after], |row| row.get(0))?;
    let end = last.min(first.max(after + 1).saturating_add(WINDOW_ROWS));
    // The signs before the columns keep the rows in the order of their numbers, without a sort of all.
    let mut query = db.prepare_cached(&format!(
        "SELECT rowid, id, action, summary, logs, {} FROM activations
         WHERE rowid > ?1 AND rowid <= ?2 AND +namespace = ?3 AND (?4 IS NULL OR action = ?4)
           AND (rowid > ?5 OR +id > ?6)
         ORDER BY rowid LIMIT ?7",
        shapes::OF_RECORD
    ))?;
    let rows = query.query_map(
        params![after, end, namespace, action, upto, began_after.as_bytes(), PAGE_EVENTS as i64],
        event,
    )?;
    let events: VecDeque<Arc<Event>> = rows.map(|row| row.map(Arc::new)).collect::<Result<_, _>>()?;
    let reached = match events.back() {
        Some(last) if events.len() == PAGE_EVENTS => last.position.unwrap_or(end),
        _ => end.max(after),
    };
    Ok(Page { events, reached, is_last: reached >= last })
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let (summary, logs): (String, String) = (shapes::join(row.get(3)?, row.get(5)?), row.get(4)?);
    Ok(Event {
        position: Some(row.get(0)?),
        id: ActivationId::from_bytes(row.get(1)?),
        action: row.get(2)?,
        text: text(&summary, &logs),
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        model::{
            EntityName, SemVer, TriggerPath,
            trigger::{Firing, RuleResult},
        },
        store::holdings::Bounds,
    };

    use super::*;

    type Done = Result<(), Box<dyn std::error::Error>>;

    async fn fire(store: &Arc<Store>, namespace: &str) -> Result<ActivationId, StoreError> {
        let name = |text: &str| EntityName::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let id = ActivationId::new();
        let trigger = TriggerPath { namespace: name(namespace), name: name("t") };
        let firing = Firing {
            id,
            trigger,
            version: SemVer::FIRST,
            start_epoch_millis: 1,
            payload: "{}".into(),
            rules: Vec::<RuleResult>::new(),
        };
        store.record_firing(firing).await?;
        Ok(id)
    }

    async fn follow(
        store: &Arc<Store>,
        seen: Option<ActivationId>,
        action: Option<&str>,
    ) -> Result<Following, Box<dyn std::error::Error>> {
        let follower = store.feed.follow("guest", 9)?;
        Ok(Following::begin(store, follower, action.map(str::to_owned), seen).await?)
    }

    async fn take(following: &mut Following, count: usize) -> Result<Vec<ActivationId>, StoreError> {
        let mut ids = Vec::new();
        while ids.len() < count {
            match following.next().await? {
                Some(event) => ids.push(event.id),
                None => break,
            }
        }
        Ok(ids)
    }

    #[tokio::test]
    async fn who_falls_behind_or_comes_back_gets_all_once_and_in_order() -> Done {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 100)?;
        let mut slow = follow(&store, None, None).await?;
        assert_eq!(slow.begin_of(), Begin::Now(ActivationId::NONE));
        let mut all = Vec::new();
        // More than wait for it, and more than are read at a time.
        for _ in 0..40 {
            all.push(fire(&store, "guest").await?);
            fire(&store, "other").await?;
        }
        assert_eq!(take(&mut slow, 40).await?, all);
        let mut back = follow(&store, Some(all[30]), None).await?;
        assert_eq!(back.begin_of(), Begin::After);
        assert_eq!(take(&mut back, 9).await?, all[31..]);
        let mut first = follow(&store, Some(ActivationId::NONE), None).await?;
        assert_eq!((take(&mut first, 40).await?, first.begin_of()), (all.clone(), Begin::After));
        let new = fire(&store, "guest").await?;
        for each in [&mut slow, &mut back, &mut first] {
            assert_eq!(take(each, 1).await?, [new]);
        }
        assert_eq!(follow(&store, None, None).await?.begin_of(), Begin::Now(new));
        // Nothing runs under that name; the end of the feed is the end.
        let mut none = follow(&store, Some(all[0]), Some("absent")).await?;
        store.feed.close();
        assert!(take(&mut none, 1).await?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn what_is_gone_is_passed_over_and_numbers_do_not_come_again() -> Done {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path(), 100)?;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(fire(&store, "guest").await?);
        }
        let mut live = follow(&store, None, None).await?;
        store.keep_records(Bounds { max_count: 2, ..Bounds::default() });
        let mut back = follow(&store, Some(all[1]), None).await?;
        assert_eq!((back.begin_of(), take(&mut back, 2).await?), (Begin::Expired, all[3..].to_vec()));
        // What another namespace has is no record of this one.
        let foreign = fire(&store, "other").await?;
        assert_eq!(follow(&store, Some(foreign), None).await?.begin_of(), Begin::Expired);
        // All rows are gone, and still a new one comes after those that were seen.
        store.keep_records(Bounds { before_epoch_millis: u64::MAX >> 1, ..Bounds::default() });
        store.settled().await?;
        let new = fire(&store, "guest").await?;
        for each in [&mut live, &mut back] {
            assert_eq!(take(each, 1).await?, [new]);
        }
        Ok(())
    }
}
