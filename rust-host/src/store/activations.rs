//! Activation records, and the promise that an accepted invocation never vanishes.
//!
//! Before a client gets 202, the record that the activation will have *if it is lost* is stored in `accepted`. When the
//! activation ends, one transaction writes its true record and deletes that one. What a start finds in `accepted` was
//! lost by a restart, and its record says so.

use std::{borrow::Cow, sync::Arc};

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{
    Activation, ActivationId,
    activation::{Parted, join_record},
};

use super::{
    Store, StoreError,
    feed::{Event, Feed, Told, text},
    holdings::{self, Bounds, Held, Holdings},
    results, shapes,
    shapes::Shapes,
};

/// Which records a client asks for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The namespace.
    pub namespace: String,
    /// `name` or `pkg/name` of the action.
    pub action: Option<String>,
    /// Began at or after this, milliseconds since 1970.
    pub since_epoch_millis: Option<u64>,
    /// Began at or before this, milliseconds since 1970.
    pub upto_epoch_millis: Option<u64>,
}

/// The stored parts of a record, JSON texts.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The summary, an object without its last brace.
    pub summary: String,
    /// `response` as a client gets it.
    pub response: String,
    /// The log lines.
    pub logs: String,
}

impl Stored {
    /// The whole record.
    pub fn record(&self) -> String {
        join_record(&self.summary, &self.response, &self.logs)
    }

    /// The record as a list shows it.
    pub fn summary(&self) -> String {
        format!("{}}}", self.summary)
    }
}

const INSERT: &str =
    "INSERT INTO activations (id, namespace, action, start, summary, response, logs, result, shape, rowid)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/// Not for one that has ended in the meantime.
const ACCEPT: &str = "INSERT OR REPLACE INTO accepted (id, namespace, action, start, summary, response, logs)
                      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                      WHERE NOT EXISTS (SELECT 1 FROM activations WHERE id = ?1)";
const MATCHING: &str = " FROM activations WHERE namespace = ?1 AND (?2 IS NULL OR action = ?2)
                         AND start >= ?3 AND start <= ?4";

/// What a record is made from.
fn parts() -> String {
    format!("SELECT summary, response, logs, {}, {}", results::OF_RECORD, shapes::OF_RECORD)
}

/// Turns what is left in `accepted` into records.
pub(super) fn report_lost(connection: &mut Connection) -> Result<usize, StoreError> {
    let transaction = connection.transaction()?;
    holdings::add_lost(&transaction)?;
    let lost = transaction.execute(
        "INSERT OR IGNORE INTO activations (id, namespace, action, start, summary, response, logs) SELECT * FROM accepted",
        [],
    )?;
    transaction.execute("DELETE FROM accepted", [])?;
    transaction.commit()?;
    Ok(lost)
}

fn action_of(activation: &Activation) -> &str {
    activation.origin.path.split_once('/').map_or(activation.origin.path.as_str(), |(_, local)| local)
}

/// Gives how the record counts, and its text for followers if there are any.
fn insert(
    db: &Connection,
    shapes: &mut Shapes,
    position: i64,
    activation: &Activation,
    is_followed: bool,
) -> rusqlite::Result<(u64, Option<String>)> {
    let row = results::keep(db, activation)?;
    let (summary, logs) = (activation.summary_parted(), activation.logs_json());
    let shape = shapes.keep(db, summary.shape(), position)?;
    let own = match shape {
        Some(_) => Cow::Borrowed(summary.own()),
        None => Parted::join(summary.shape(), summary.own()).into(),
    };
    db.prepare_cached(INSERT)?.execute(params![
        activation.id.as_bytes(),
        activation.origin.namespace,
        action_of(activation),
        activation.start_epoch_millis.cast_signed(),
        own,
        row.response,
        logs,
        row.result,
        shape,
        position,
    ])?;
    let bytes = holdings::bytes([&own, &row.response, &logs], row.result_bytes);
    Ok((bytes, is_followed.then(|| text(&Parted::join(summary.shape(), summary.own()), &logs))))
}

fn event(activation: &Activation, position: Option<i64>, text: String) -> Event {
    Event { position, id: activation.id, action: action_of(activation).to_owned(), text }
}

fn insert_accepted(db: &Connection, activation: &Activation) -> rusqlite::Result<()> {
    db.prepare_cached(ACCEPT)?.execute(params![
        activation.id.as_bytes(),
        activation.origin.namespace,
        action_of(activation),
        activation.start_epoch_millis.cast_signed(),
        activation.summary_open_json(),
        activation.response_json(),
        activation.logs_json(),
    ])?;
    Ok(())
}

/// A finished activation on its way to the disk.
pub(super) struct Record {
    pub(super) activation: Arc<Activation>,
    /// A client was told that it would run.
    pub(super) was_accepted: bool,
}

impl Record {
    /// Writes it. Followers are told when it is committed.
    pub(super) fn write(
        &self,
        db: &Connection,
        shapes: &mut Shapes,
        holdings: &mut Holdings,
        feed: &Feed,
        told: &mut Vec<Told>,
    ) -> rusqlite::Result<()> {
        let activation = &*self.activation;
        let position = feed.next_position();
        let is_followed = feed.is_followed(&activation.origin.namespace);
        let (bytes, text) = insert(db, shapes, position, activation, is_followed)?;
        holdings.add(&activation.origin.namespace, bytes);
        if self.was_accepted {
            db.prepare_cached("DELETE FROM accepted WHERE id = ?1")?.execute([activation.id.as_bytes()])?;
        }
        told.extend(
            text.map(|text| (activation.origin.namespace.clone(), event(activation, Some(position), text))),
        );
        Ok(())
    }
}

impl Store {
    /// Makes an accepted invocation durable. `if_lost` is the record that it gets if the host dies before it ends.
    pub async fn accept(&self, if_lost: Activation) -> Result<(), StoreError> {
        self.writer.write(move |db| insert_accepted(db, &if_lost)).await
    }

    /// The same, and starts it. When it could not be started it was never accepted. A client that goes meanwhile does not
    /// take the one without the other with it.
    pub async fn accept_and<E>(
        self: &Arc<Self>,
        if_lost: Activation,
        start: impl Future<Output = Result<(), E>> + Send + 'static,
    ) -> Result<(), E>
    where
        E: From<StoreError> + Send + 'static,
    {
        let store = Arc::clone(self);
        let started = tokio::spawn(async move {
            let id = if_lost.id;
            store.accept(if_lost).await?;
            let started = start.await;
            if started.is_err() {
                store.withdraw(id).await?;
            }
            started
        });
        started.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Takes back [`Store::accept`]: the invocation was refused after all.
    async fn withdraw(&self, id: ActivationId) -> Result<(), StoreError> {
        self.writer
            .write(move |db| {
                db.prepare_cached("DELETE FROM accepted WHERE id = ?1")?.execute([id.as_bytes()])?;
                Ok(())
            })
            .await
    }

    /// Stores a finished activation, behind. One that was accepted is never dropped.
    pub fn record(&self, activation: Arc<Activation>, was_accepted: bool) {
        let record = Record { activation, was_accepted };
        if let Err(Record { activation, .. }) = self.writer.write_behind(record) {
            self.tell_unkept(&activation);
        }
    }

    /// Who follows gets a record that is not kept at once; it cannot be asked for again.
    fn tell_unkept(&self, activation: &Activation) {
        if self.feed.is_followed(&activation.origin.namespace) {
            let text = text(&activation.summary_open_json(), &activation.logs_json());
            self.feed.publish((activation.origin.namespace.clone(), event(activation, None, text)));
        }
    }

    /// One record.
    pub async fn activation(
        self: &Arc<Self>,
        namespace: &str,
        id: ActivationId,
    ) -> Result<Option<Stored>, StoreError> {
        let namespace = namespace.to_owned();
        self.read(move |db| {
            Ok(db
                .prepare_cached(&format!("{} FROM activations WHERE id = ?1 AND namespace = ?2", parts()))?
                .query_row(params![id.as_bytes(), namespace], stored)
                .optional()?)
        })
        .await
    }

    /// Records, the last begun first.
    pub async fn activations(
        self: &Arc<Self>,
        filter: Filter,
        limit: usize,
        skip: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.read(move |db| {
            let text = format!("{}{MATCHING} ORDER BY start DESC, id DESC LIMIT ?5 OFFSET ?6", parts());
            let (since, upto) = bounds(&filter);
            let mut query = db.prepare_cached(&text)?;
            let rows = query.query_map(
                params![
                    filter.namespace,
                    filter.action,
                    since,
                    upto,
                    i64::try_from(limit).unwrap_or(i64::MAX),
                    i64::try_from(skip).unwrap_or(i64::MAX)
                ],
                stored,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// How many records there are, without the first `skip`.
    pub async fn count_activations(
        self: &Arc<Self>,
        filter: Filter,
        skip: usize,
    ) -> Result<usize, StoreError> {
        self.read(move |db| {
            let (since, upto) = bounds(&filter);
            let count: i64 = db
                .prepare_cached(&format!("SELECT count(*){MATCHING}"))?
                .query_row(params![filter.namespace, filter.action, since, upto], |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or(0).saturating_sub(skip))
        })
        .await
    }

    /// Says what is kept from now on, and has what is too old deleted. What is beyond the numbers goes whenever something is
    /// written. Both happen behind.
    pub fn keep_records(&self, bounds: Bounds) {
        self.writer.keep(bounds);
    }

    /// The records that are kept, as of the last commit.
    pub fn kept_records(&self) -> Held {
        self.writer.kept()
    }
}

fn bounds(filter: &Filter) -> (i64, i64) {
    let signed = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX);
    (filter.since_epoch_millis.map_or(0, signed), filter.upto_epoch_millis.map_or(i64::MAX, signed))
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        summary: shapes::join(row.get(0)?, row.get(4)?),
        response: results::join(row.get(1)?, row.get(3)?),
        logs: row.get(2)?,
    })
}
