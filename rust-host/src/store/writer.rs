//! The one thread that writes. What waits goes into one transaction.
//!
//! A write that somebody waits for wakes the thread. Records written behind do not: the thread looks for them every
//! [`PAUSE`], because a wake for each record would cost more than writing it.
//!
//! Each transaction also deletes a portion of the records that are beyond what is kept (`holdings`).
//!
//! While nothing can be written (a full disk), whoever waits is told at once, and records stay here and are tried again.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, SendError, Sender, TryRecvError, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    StoreError,
    activations::Record,
    feed::{Feed, Told},
    holdings::{Bounds, Held, Holdings},
    lock, schema,
    shapes::Shapes,
};

/// Most writes in one transaction.
const BATCH_MAX: usize = 1000;
/// A transaction ends when its records have so many bytes, so that the log can be begun anew.
const BATCH_MAX_BYTES: u64 = 16 << 20;
/// A log that is longer is begun anew as soon as nobody reads from it.
const LOG_MAX_BYTES: u64 = 256 << 20;
/// How long the thread pauses when nothing waits.
const PAUSE: Duration = Duration::from_millis(20);
/// Records of batches that were not committed wait; beyond it they are dropped and counted.
const LEFT_MAX: usize = 10_000;
/// How long they wait until they are tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// What is to be written. Records are added to what their namespace holds; what it puts into the list, followers are told of when
/// it is committed.
pub(super) type Step =
    Box<dyn FnOnce(&Connection, &mut Holdings, &mut Vec<Told>) -> rusqlite::Result<()> + Send>;

type Ack = oneshot::Sender<Result<(), StoreError>>;

enum Write {
    /// Somebody waits for it.
    Step(Step, Ack),
    /// Nobody does.
    Record(Record),
}

/// What the thread and those that write have in common.
#[derive(Debug, Default)]
struct State {
    /// Bytes of results and logs of records that wait to be written.
    waiting_bytes: AtomicUsize,
    dropped: AtomicU64,
    /// Why the last batch was not committed.
    trouble: Mutex<Option<String>>,
    /// What is kept of records.
    bounds: Mutex<Bounds>,
    /// It is time to delete those that are too old.
    is_due: AtomicBool,
    /// The records that are kept.
    kept: Mutex<Held>,
}

impl State {
    /// Results and logs that wait may take so much memory; records beyond it are dropped and counted.
    const MAX_BYTES: usize = 256 << 20;
    /// Smaller ones are bounded by the length of the queue, and not counted: no loud function has others' records dropped.
    const SMALL_BYTES: usize = 4096;

    fn bytes(record: &Record) -> usize {
        let logs: usize = record.activation.logs.iter().map(String::len).sum();
        let bytes = record.activation.result.len() + logs;
        if bytes >= Self::SMALL_BYTES { bytes } else { 0 }
    }

    /// One more waits. Is there room for it?
    fn add(&self, record: &Record) -> bool {
        let bytes = Self::bytes(record);
        bytes == 0 || self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= Self::MAX_BYTES
    }

    /// One waits no more.
    fn take(&self, record: &Record) {
        let bytes = Self::bytes(record);
        if bytes > 0 {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// One will never be written.
    fn lose(&self, record: &Record) {
        self.take(record);
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Says it once, and once that it is over.
    fn told(&self, trouble: Option<String>) {
        let mut known = lock(&self.trouble);
        match (&*known, &trouble) {
            (None, Some(why)) => tracing::error!(why, "nothing can be written; records wait for it to end"),
            (Some(_), None) => tracing::info!("records and all else are written again"),
            _ => {}
        }
        *known = trouble;
    }
}

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Write>,
    thread: Thread,
    state: Arc<State>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        queue_max: usize,
        feed: Arc<Feed>,
    ) -> Result<Self, StoreError> {
        let (queue, orders) = bounded(queue_max);
        let state = Arc::<State>::default();
        let scribe = Scribe {
            connection,
            feed,
            shapes: Shapes::default(),
            holdings: Holdings::default(),
            is_for_age: false,
            is_trimming: false,
            state: Arc::clone(&state),
            left: Vec::new(),
            failed: None,
        };
        let thread =
            thread::Builder::new().name("store".to_owned()).spawn(move || scribe.write_all(&orders))?;
        Ok(Self { queue, thread: thread.thread().clone(), state })
    }

    /// Writes and waits for the commit.
    pub(super) async fn write(
        &self,
        step: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.write_and_tell(Box::new(move |db, _, _| step(db))).await
    }

    /// The same for what followers are told of.
    pub(super) async fn write_and_tell(&self, step: Step) -> Result<(), StoreError> {
        let (ack, done) = oneshot::channel();
        let mut write = Write::Step(step, ack);
        loop {
            match self.queue.try_send(write) {
                Ok(()) => {
                    self.thread.unpark();
                    break;
                }
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
                Err(TrySendError::Full(back)) => {
                    write = back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
            }
        }
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// Writes behind. Gives back what there is no room for; for one that was accepted it waits.
    pub(super) fn write_behind(&self, record: Record) -> Result<(), Record> {
        let was_accepted = record.was_accepted;
        let has_room = self.state.add(&record);
        let write = Write::Record(record);
        let left = if was_accepted {
            self.queue.send(write).err().map(SendError::into_inner)
        } else if has_room {
            self.queue.try_send(write).err().map(TrySendError::into_inner)
        } else {
            Some(write)
        };
        let Some(Write::Record(record)) = left else { return Ok(()) };
        self.state.lose(&record);
        Err(record)
    }

    /// Records that were never written.
    pub(super) fn dropped(&self) -> u64 {
        self.state.dropped.load(Ordering::Relaxed)
    }

    /// Says what is kept, and that it is time to delete what is too old.
    pub(super) fn keep(&self, bounds: Bounds) {
        *lock(&self.state.bounds) = bounds;
        self.state.is_due.store(true, Ordering::Release);
        self.thread.unpark();
    }

    /// The records that are kept.
    pub(super) fn kept(&self) -> Held {
        *lock(&self.state.kept)
    }

    /// Why nothing can be written now.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.state.trouble).clone()
    }
}

/// The thread's own.
struct Scribe {
    connection: Connection,
    feed: Arc<Feed>,
    shapes: Shapes,
    holdings: Holdings,
    /// Records that are too old are being deleted.
    is_for_age: bool,
    /// There is more to delete than went into one transaction.
    is_trimming: bool,
    state: Arc<State>,
    /// Records of batches that were not committed.
    left: Vec<Record>,
    /// When the last of these was tried.
    failed: Option<Instant>,
}

impl Scribe {
    fn write_all(mut self, orders: &Receiver<Write>) {
        loop {
            match orders.try_recv() {
                Ok(first) => self.commit(std::iter::once(first).chain(orders.try_iter().take(BATCH_MAX - 1))),
                Err(TryRecvError::Empty) if self.has_more() && self.may_try() => {
                    self.commit(std::iter::empty());
                }
                Err(TryRecvError::Empty) => thread::park_timeout(PAUSE),
                Err(TryRecvError::Disconnected) => {
                    self.failed = None;
                    self.commit(std::iter::empty());
                    return;
                }
            }
        }
    }

    fn has_more(&self) -> bool {
        !self.left.is_empty()
            || self.is_trimming
            || self.is_for_age
            || self.state.is_due.load(Ordering::Acquire)
    }

    fn may_try(&self) -> bool {
        self.failed.is_none_or(|then| then.elapsed() >= RETRY_PAUSE)
    }

    /// One transaction. A step that fails does not spoil the others; where there is no room, or the disk fails, all fail, and the
    /// records are tried again later. Until then steps are tried without them.
    fn commit(&mut self, mut batch: impl Iterator<Item = Write>) {
        let has_records = self.may_try();
        let mut records = std::mem::take(&mut self.left);
        let mut acks = Vec::new();
        let mut told = Vec::new();
        let mut began = false;
        let bounds = *lock(&self.state.bounds);
        self.is_for_age |= has_records && self.state.is_due.swap(false, Ordering::AcqRel);
        let committed = self.connection.transaction().and_then(|transaction| {
            began = true;
            let mut broken = self.holdings.begin(&transaction).err();
            let (shapes, feed) = (&mut self.shapes, &self.feed);
            let mut put = |record: &Record,
                           broken: &mut Option<rusqlite::Error>,
                           holdings: &mut Holdings,
                           told: &mut Vec<Told>| {
                if !has_records || broken.is_some() {
                    return true;
                }
                let Err(error) = record.write(&transaction, shapes, holdings, feed, told) else {
                    return true;
                };
                if is_of_the_disk(&error) {
                    *broken = Some(error);
                    return true;
                }
                tracing::error!(%error, "a record was not written");
                self.state.lose(record);
                false
            };
            records.retain(|record| put(record, &mut broken, &mut self.holdings, &mut told));
            for write in batch.by_ref() {
                match write {
                    Write::Record(record) => {
                        if put(&record, &mut broken, &mut self.holdings, &mut told) {
                            records.push(record);
                        }
                        if self.holdings.written().bytes >= BATCH_MAX_BYTES {
                            break;
                        }
                    }
                    Write::Step(_, ack) if broken.is_some() => acks.push((ack, Ok(()))),
                    Write::Step(step, ack) => {
                        let done = step(&transaction, &mut self.holdings, &mut told);
                        match done {
                            Err(error) if is_of_the_disk(&error) => {
                                broken = Some(error);
                                acks.push((ack, Ok(())));
                            }
                            done => acks.push((ack, done)),
                        }
                    }
                }
            }
            if has_records && broken.is_none() {
                let trimmed = self.holdings.trim(&transaction, &bounds, self.is_for_age);
                let swept = trimmed.and_then(|is_trimming| {
                    self.is_trimming = is_trimming;
                    if self.is_for_age && !is_trimming { shapes.sweep(&transaction) } else { Ok(()) }
                });
                match swept {
                    Ok(()) => {}
                    Err(error) if is_of_the_disk(&error) => broken = Some(error),
                    Err(error) => {
                        tracing::error!(%error, "records beyond what is kept were not deleted");
                        self.is_trimming = false;
                    }
                }
            }
            broken.map_or_else(|| self.holdings.save(&transaction).and_then(|()| transaction.commit()), Err)
        });
        if !began {
            for write in batch {
                match write {
                    Write::Record(record) => records.push(record),
                    Write::Step(_, ack) => acks.push((ack, Ok(()))),
                }
            }
        }
        let trouble = committed.err().map(|error| error.to_string());
        if trouble.is_some() {
            told.clear();
            self.shapes.forget();
            self.holdings.forget();
        } else {
            *lock(&self.state.kept) = self.holdings.total();
            if let Err(error) = schema::bound_log(&self.connection, LOG_MAX_BYTES) {
                tracing::warn!(%error, "the log of the database cannot be begun anew");
            }
        }
        if has_records {
            self.failed = trouble.is_some().then(Instant::now);
            if trouble.is_none() {
                self.is_for_age &= self.is_trimming;
                records.drain(..).for_each(|record| self.state.take(&record));
            }
            self.state.told(trouble.clone());
        }
        told.into_iter().for_each(|record| self.feed.publish(record));
        for (ack, done) in acks {
            let answer = match &trouble {
                None => done.map_err(StoreError::from),
                Some(why) => Err(StoreError::NotCommitted(why.clone())),
            };
            // Nobody waits any more when the client has gone.
            let _ = ack.send(answer);
        }
        records.drain(LEFT_MAX.min(records.len())..).for_each(|record| self.state.lose(&record));
        self.left = records;
    }
}

/// Does the error say that nothing can be written, whatever it is?
fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, ReadOnly, SystemIoFailure,
    };
    matches!(
        error.sqlite_error_code(),
        Some(DiskFull | SystemIoFailure | ReadOnly | CannotOpen | DatabaseBusy | DatabaseLocked)
    )
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_full_database_fails_what_waits_and_takes_the_next_when_there_is_room() -> Result<(), StoreError>
    {
        let folder = tempfile::tempdir()?;
        let mut connection = Store::connect(folder.path())?;
        schema::prepare(&mut connection)?;
        connection.execute_batch("CREATE TABLE t (a BLOB)")?;
        let writer = Writer::start(connection, 10, Arc::new(Feed::after(0)))?;
        let most = |pages: u32| move |db: &Connection| db.pragma_update(None, "max_page_count", pages);
        let fill = |db: &Connection| db.execute("INSERT INTO t VALUES (zeroblob(100000))", []).map(drop);
        writer.write(most(5)).await?;
        let refused = writer.write(fill).await.expect_err("there is no room");
        assert!(matches!(&refused, StoreError::NotCommitted(why) if why.contains("full")), "{refused}");
        assert!(writer.trouble().is_some_and(|why| why.contains("full")));
        tokio::time::sleep(RETRY_PAUSE).await;
        writer.write(most(1_000_000)).await?;
        assert_eq!(writer.trouble(), None);
        writer.write(fill).await
    }
}
