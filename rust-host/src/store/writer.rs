//! The one thread that writes. What waits goes into one transaction.
//!
//! A write that somebody waits for wakes the thread. Records written behind do not: the thread looks for them every
//! [`PAUSE`], because a wake for each record would cost more than writing it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    StoreError,
    feed::{Feed, Told},
};

/// Most writes in one transaction.
const BATCH_MAX: usize = 1000;
/// How long the thread pauses when nothing waits.
const PAUSE: Duration = Duration::from_millis(20);

/// What is to be written. What it puts into the list, followers are told of when it is committed.
pub(super) type Step = Box<dyn FnOnce(&Connection, &mut Vec<Told>) -> rusqlite::Result<()> + Send>;

struct Write {
    step: Step,
    ack: Option<oneshot::Sender<Result<(), StoreError>>>,
}

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Write>,
    thread: Thread,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        queue_max: usize,
        feed: Arc<Feed>,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = bounded(queue_max);
        let thread = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || run(connection, &waiting, &feed))?;
        Ok(Self { queue, thread: thread.thread().clone(), dropped: Arc::default() })
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
        let mut write = Write { step, ack: Some(ack) };
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

    /// Writes behind. Is there room for it?
    pub(super) fn write_behind(&self, step: Step) -> bool {
        let has_room = self.queue.try_send(Write { step, ack: None }).is_ok();
        if !has_room {
            self.drop_one();
        }
        has_room
    }

    /// Writes behind and waits for room: for what must not be dropped.
    pub(super) fn write_surely(&self, step: Step) {
        if self.queue.send(Write { step, ack: None }).is_err() {
            self.drop_one();
        }
    }

    /// A record was not even queued.
    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn run(mut connection: Connection, waiting: &Receiver<Write>, feed: &Feed) {
    loop {
        match waiting.try_recv() {
            Ok(first) => {
                let rest = waiting.try_iter().take(BATCH_MAX - 1);
                commit(&mut connection, std::iter::once(first).chain(rest).collect(), feed);
            }
            Err(TryRecvError::Empty) => thread::park_timeout(PAUSE),
            Err(TryRecvError::Disconnected) => return,
        }
    }
}

/// One transaction. A step that fails does not spoil the others; a commit that fails fails them all.
fn commit(connection: &mut Connection, batch: Vec<Write>, feed: &Feed) {
    let mut acks = Vec::new();
    let mut told = Vec::new();
    let committed = connection.transaction().and_then(|transaction| {
        for Write { step, ack } in batch {
            let done = step(&transaction, &mut told);
            match (done, ack) {
                (done, Some(ack)) => acks.push((ack, done)),
                (Err(error), None) => tracing::error!(%error, "a record was not written"),
                (Ok(()), None) => {}
            }
        }
        transaction.commit()
    });
    if let Err(error) = &committed {
        tracing::error!(%error, "a batch of writes was not committed");
        told.clear();
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
