//! What survives a restart: namespaces with their keys, actions, activation records (SQLite) and code (a folder).
//!
//! One thread writes; it puts what waits into one transaction, so many small writes cost little. A write that a client
//! is told of is acknowledged after its commit. Records of finished blocking calls are written behind; what does not fit
//! the queue is dropped and counted. A read first waits for what was queued before it, so a client always sees its own
//! writes.
//!
//! | file | what is there |
//! |---|---|
//! | `schema` | the tables, and what a start does to them |
//! | `writer` | the writing thread |
//! | [`actions`] | actions, held in memory whole |
//! | [`activations`] | records, and invocations that were accepted but have not ended |
//! | `results` | large results, each kept once |
//! | [`holdings`] | what each namespace holds of records, and which go when there are too many |
//! | `shapes` | what many records have in common, kept once |
//! | [`versions`] | former versions of actions, and the split of calls between them |
//! | [`bills`] | what single activations used |
//! | [`namespaces`] | namespaces and keys |
//! | [`operators`] | the key that reads the usage of all |
//! | [`quotas`] | the operator's limits of single namespaces |
//! | [`feed`] | records as they are made, for those who follow |
//! | [`following`] | one who follows, from where it left off |
//! | [`usage`] | what each action used in each minute |
//! | [`entities`] | packages, triggers, rules, held in memory whole |
//! | [`resolve`] | from the name that a caller uses to the action that runs |
//! | [`firings`] | records of fired triggers |
//! | [`images`] | code, and the images made from it |
//! | `mapped` | the images that are mapped now |
//! | `jar` | the entries of a jar, checked |
//! | [`javac`] | the compiler for actions given as source |

pub mod actions;
pub mod activations;
pub mod bills;
pub mod entities;
pub mod feed;
pub mod firings;
pub mod following;
pub mod holdings;
pub mod images;
mod jar;
pub mod javac;
pub mod makers;
pub mod mapped;
pub mod namespaces;
pub mod operators;
pub mod quotas;
pub mod resolve;
mod results;
pub mod rewrite;
mod schema;
mod shapes;
pub mod usage;
pub mod versions;
mod writer;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
};

use rusqlite::Connection;

/// What goes wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be used.
    #[error("the data directory {} cannot be used: {why}", .folder.display())]
    Folder {
        /// The directory.
        folder: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Another host uses it.
    #[error(
        "the data directory {} is in use by another flockd; stop that one or name another directory with --data",
        .0.display()
    )]
    InUse(PathBuf),
    /// The database refuses.
    #[error("the database refuses: {0}")]
    Database(#[from] rusqlite::Error),
    /// The database was made by a newer version.
    #[error(
        "the database was made by a newer flockd (format {found}, this one knows {known}); use that version"
    )]
    Newer {
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// A file cannot be read or written.
    #[error("a file of the store cannot be used: {0}")]
    File(#[from] io::Error),
    /// A stored entity cannot be read.
    #[error("a stored {what} cannot be read: {why}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The disk is full, or fails. Nothing was changed.
    #[error("it could not be written: {0}")]
    NotCommitted(String),
    /// The writing thread has ended.
    #[error("the store is closed")]
    Closed,
}

/// The store of one data directory.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    writer: writer::Writer,
    reader: Mutex<Connection>,
    actions: actions::Table,
    versions: versions::Table,
    entities: entities::Tables,
    resolved: resolve::Resolved,
    keys: namespaces::Table,
    /// Records for those who follow.
    pub feed: Arc<feed::Feed>,
    /// Code to delete as soon as nothing uses it.
    unused_code: Mutex<BTreeSet<String>>,
    mapped: mapped::Mapped,
    images_made: AtomicU64,
    /// Held for as long as the store lives.
    _lock: File,
}

impl Store {
    /// Opens the data directory, makes it if it is missing, and takes it for this process alone. Invocations that a
    /// killed host had accepted get their records here.
    pub fn open(folder: &Path, queue_max_records: usize) -> Result<Arc<Self>, StoreError> {
        let lock = Self::take(folder)?;
        let mut connection = Self::connect(folder)?;
        schema::prepare(&mut connection)?;
        let lost = activations::report_lost(&mut connection)?;
        if lost > 0 {
            tracing::warn!(
                lost,
                "invocations that the last run had accepted did not end; their records say so"
            );
        }
        let actions = actions::Table::load(&connection)?;
        let versions = versions::Table::load(&connection)?;
        let (entities, changed) = entities::Tables::load(&connection)?;
        actions.noticed_change(changed);
        let keys = namespaces::Table::load(&connection)?;
        let feed = Arc::new(feed::Feed::after(following::last_row(&connection)?));
        let store = Arc::new(Self {
            folder: folder.to_owned(),
            writer: writer::Writer::start(connection, queue_max_records, Arc::clone(&feed))?,
            reader: Mutex::new(Self::connect(folder)?),
            actions,
            versions,
            entities,
            resolved: resolve::Resolved::default(),
            keys,
            feed,
            unused_code: Mutex::default(),
            mapped: mapped::Mapped::default(),
            images_made: AtomicU64::new(0),
            _lock: lock,
        });
        store.sweep_code()?;
        Ok(store)
    }

    /// Opens only the database, beside a running host: for `flockd keys`.
    pub fn connect(folder: &Path) -> Result<Connection, StoreError> {
        make_private_folder(folder)?;
        let path = folder.join("flock.db");
        let connection = Connection::open(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        schema::configure(&connection)?;
        Ok(connection)
    }

    fn take(folder: &Path) -> Result<File, StoreError> {
        make_private_folder(folder)?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(fs::TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
            Err(fs::TryLockError::Error(why)) => Err(StoreError::Folder { folder: folder.to_owned(), why }),
        }
    }

    /// The data directory.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until all that was queued before is on disk.
    pub async fn settled(&self) -> Result<(), StoreError> {
        self.writer.write(|_| Ok(())).await
    }

    /// Records that were dropped: too many waited, or they could not be written.
    pub fn dropped_records(&self) -> u64 {
        self.writer.dropped()
    }

    /// Why nothing can be written now, if so.
    pub fn trouble(&self) -> Option<String> {
        self.writer.trouble()
    }

    /// Runs a query on the reading connection, off the async threads, after all earlier writes that can be done.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self.settled().await {
            Ok(()) | Err(StoreError::NotCommitted(_)) => {}
            Err(error) => return Err(error),
        }
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || query(&lock(&store.reader)))
            .await
            .map_err(|_| StoreError::Closed)?
    }
}

/// A folder that only its owner can enter.
pub(crate) fn make_private_folder(folder: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|why| StoreError::Folder { folder: folder.to_owned(), why })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
