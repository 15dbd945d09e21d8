//! The images that are mapped now. Java may still read from one whose functions are gone, until a collection has seen it;
//! who loads from the same file meanwhile gets that mapping, and has it neither mapped nor checked once more.

use std::{
    collections::HashMap,
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Weak},
};

/// Bytes of an image, mapped or read.
pub(super) type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

type Row = (Mark, Weak<dyn AsRef<[u8]> + Send + Sync>);

/// Which file it was: one that was written anew is another, and so is one that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark([u64; 3], [i64; 4]);

impl Mark {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.0[2]
    }

    pub(super) fn of(file: &Metadata) -> Self {
        Self(
            [file.dev(), file.ino(), file.len()],
            [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()],
        )
    }
}

/// By their files.
#[derive(Debug, Default)]
pub(super) struct Mapped(Mutex<HashMap<PathBuf, Row>>);

impl Mapped {
    /// The mapping of this file, if there is one and it is of what the file has in it now.
    pub(super) fn get(&self, path: &Path, mark: Mark) -> Option<Bytes> {
        let mapped = super::lock(&self.0);
        let (then, bytes) = mapped.get(path)?;
        if *then == mark { bytes.upgrade() } else { None }
    }

    pub(super) fn put(&self, path: &Path, mark: Mark, bytes: &Bytes) {
        let mut mapped = super::lock(&self.0);
        if mapped.len() == mapped.capacity() {
            // Before it grows, and not each time: thousands of functions may be loaded.
            mapped.retain(|_, (_, bytes)| bytes.strong_count() > 0);
        }
        mapped.insert(path.to_owned(), (mark, Arc::downgrade(bytes)));
    }
}
