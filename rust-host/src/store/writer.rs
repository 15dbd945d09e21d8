//! The one thread that writes. What waits goes into one transaction.
//!
//! A write that somebody waits for wakes the thread. Records written behind do not: the thread looks for them every
//! [`PAUSE`], because a wake for each record would cost more than writing it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use crossbeam_channel::{Receiver, SendError, Sender, TryRecvError, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    StoreError,
    activations::Record,
    feed::{Feed, Told},
    shapes::Shapes,
};

/// Most writes in one transaction.
const BATCH_MAX: usize = 1000;
/// How long the thread pauses when nothing waits.
const PAUSE: Duration = Duration::from_millis(20);

/// What is to be written. What it puts into the list, followers are told of when it is committed.
pub(super) type Step = Box<dyn FnOnce(&Connection, &mut Vec<Told>) -> rusqlite::Result<()> + Send>;

type Ack = oneshot::Sender<Result<(), StoreError>>;

enum Write {
    /// Somebody waits for it.
    Step(Step, Ack),
    /// Nobody does.
    Record(Record),
}

/// Results of records that wait to be written.
#[derive(Debug, Default)]
struct Waiting(AtomicUsize);

impl Waiting {
    /// Those may take so much memory; records beyond it are dropped and counted.
    const MAX_BYTES: usize = 256 << 20;
    /// Smaller ones are bounded by the length of the queue, and not counted.
    const SMALL_BYTES: usize = 256;

    fn bytes(record: &Record) -> usize {
        Some(record.activation.result.len()).filter(|bytes| *bytes >= Self::SMALL_BYTES).unwrap_or(0)
    }

    /// One more waits. Is there room for it?
    fn add(&self, record: &Record) -> bool {
        let bytes = Self::bytes(record);
        bytes == 0 || self.0.fetch_add(bytes, Ordering::Relaxed) + bytes <= Self::MAX_BYTES
    }

    /// One waits no more.
    fn take(&self, record: &Record) {
        let bytes = Self::bytes(record);
        if bytes > 0 {
            self.0.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Write>,
    thread: Thread,
    waiting: Arc<Waiting>,
    dropped: AtomicU64,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        queue_max: usize,
        feed: Arc<Feed>,
    ) -> Result<Self, StoreError> {
        let (queue, orders) = bounded(queue_max);
        let waiting = Arc::<Waiting>::default();
        let of_thread = Arc::clone(&waiting);
        let thread = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || run(connection, &orders, &feed, &of_thread))?;
        Ok(Self { queue, thread: thread.thread().clone(), waiting, dropped: AtomicU64::new(0) })
    }

    /// Writes and waits for the commit.
    pub(super) async fn write(
        &self,
        step: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.write_and_tell(Box::new(move |db, _| step(db))).await
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
        let has_room = self.waiting.add(&record);
        let write = Write::Record(record);
        let left = if was_accepted {
            self.queue.send(write).err().map(SendError::into_inner)
        } else if has_room {
            self.queue.try_send(write).err().map(TrySendError::into_inner)
        } else {
            Some(write)
        };
        let Some(Write::Record(record)) = left else { return Ok(()) };
        self.waiting.take(&record);
        self.dropped.fetch_add(1, Ordering::Relaxed);
        Err(record)
    }

    /// Records that were not even queued.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn run(mut connection: Connection, orders: &Receiver<Write>, feed: &Feed, waiting: &Waiting) {
    let mut shapes = Shapes::default();
    loop {
        match orders.try_recv() {
            Ok(first) => {
                let batch = std::iter::once(first).chain(orders.try_iter().take(BATCH_MAX - 1));
                commit(&mut connection, batch, &mut shapes, feed, waiting);
            }
            Err(TryRecvError::Empty) => thread::park_timeout(PAUSE),
            Err(TryRecvError::Disconnected) => return,
        }
    }
}

/// One transaction. A step that fails does not spoil the others; a commit that fails fails them all.
fn commit(
    connection: &mut Connection,
    batch: impl Iterator<Item = Write>,
    shapes: &mut Shapes,
    feed: &Feed,
    waiting: &Waiting,
) {
    let mut acks = Vec::new();
    let mut told = Vec::new();
    let committed = connection.transaction().and_then(|transaction| {
        for write in batch {
            match write {
                Write::Step(step, ack) => acks.push((ack, step(&transaction, &mut told))),
                Write::Record(record) => {
                    if let Err(error) = record.write(&transaction, shapes, feed, &mut told) {
                        tracing::error!(%error, "a record was not written");
                    }
                    waiting.take(&record);
                }
            }
        }
        transaction.commit()
    });
    if let Err(error) = &committed {
        tracing::error!(%error, "a batch of writes was not committed");
        told.clear();
        shapes.forget();
    }
    told.into_iter().for_each(|record| feed.publish(record));
    for (ack, done) in acks {
        let answer = match (&committed, done) {
            (Ok(()), done) => done.map_err(StoreError::from),
            (Err(_), _) => Err(StoreError::Closed),
        };
        // Nobody waits any more when the client has gone.
        let _ = ack.send(answer);
    }
}
