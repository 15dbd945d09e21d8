//! What the files and folders of a function take.
//!
//! Its own folder is looked through: what is there counts, whatever it was called when it was made. Folders nested too deep count
//! for more than there may be. In folders that the operator
//! allows only the function's own files count, so these are known by the paths that it opened for writing; one that was moved
//! there counts no more. A deleted file counts while it is open.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    ffi::OsString,
    fs::{self, File, Metadata},
    io::ErrorKind,
    os::{
        fd::AsRawFd,
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::lane::lock;

/// Most files and folders that a function may have at a time.
pub(crate) const FILES_MAX: u32 = 10_000;

/// A file that was announced and is not there after this time was deleted, or never made.
const OPENING_MAX: Duration = Duration::from_secs(1);

const BLOCK_BYTES: u64 = 512;
/// Folders of a function may be nested so deep.
const DEPTH_MAX: usize = 128;
/// More than any limit.
const TOO_MUCH: u64 = 1 << 62;

thread_local! {
    /// The file that the calling thread is about to open for writing.
    static ANNOUNCED: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The function's own folder.
    home: Option<PathBuf>,
    /// Those elsewhere.
    abroad: Mutex<HashMap<PathBuf, Written>>,
    /// At home when that was looked through last, and announced since.
    at_home: AtomicU32,
    /// What those at home took then. Held while they are looked through: one after the other.
    home_bytes: Mutex<u64>,
    /// There was ever one.
    has_any: AtomicBool,
}

/// A file that was opened for writing.
#[derive(Debug)]
struct Written {
    /// For the last time.
    announced: Instant,
    /// Since then. One that is not there now was deleted.
    was_there: bool,
}

/// What files take together, each counted once.
#[derive(Default)]
pub(crate) struct Taken {
    seen: HashSet<(u64, u64)>,
    bytes: u64,
}

impl Taken {
    /// One more, by device, inode and blocks.
    pub(crate) fn add(&mut self, device: u64, inode: u64, blocks: u64) {
        if self.seen.insert((device, inode)) {
            self.bytes += blocks * BLOCK_BYTES;
        }
    }

    fn add_found(&mut self, found: &Metadata) {
        self.add(found.dev(), found.ino(), found.blocks());
    }
}

impl Files {
    pub(crate) fn at(home: Option<PathBuf>) -> Self {
        Self { home, ..Self::default() }
    }

    /// A file is about to be opened for writing, or a folder to be made, by its clean path. False: there are too many.
    pub(crate) fn announce(&self, path: PathBuf) -> bool {
        self.has_any.store(true, Ordering::Release);
        if self.home.as_ref().is_some_and(|home| path.starts_with(home)) {
            if self.at_home.load(Ordering::Acquire) >= FILES_MAX {
                self.look_home(&mut Taken::default());
            }
            return self.at_home.fetch_add(1, Ordering::AcqRel) < FILES_MAX;
        }
        let mut abroad = lock(&self.abroad);
        if abroad.len() >= FILES_MAX as usize {
            abroad.retain(|path, _| path.exists());
        }
        if abroad.len() >= FILES_MAX as usize {
            return false;
        }
        ANNOUNCED.set(Some(path.clone()));
        abroad.insert(path, Written { announced: Instant::now(), was_there: false });
        true
    }

    /// The calling thread has opened what it announced.
    pub(crate) fn opened(&self) {
        if let Some(path) = ANNOUNCED.take()
            && let Some(file) = lock(&self.abroad).get_mut(&path)
        {
            file.was_there = true;
        }
    }

    /// Was there ever one?
    pub(crate) fn has_any(&self) -> bool {
        self.has_any.load(Ordering::Acquire)
    }

    /// Bytes on the disk, with what is counted already.
    pub(crate) fn bytes(&self, mut taken: Taken) -> u64 {
        self.look_home(&mut taken);
        lock(&self.abroad).retain(|path, file| match fs::metadata(path) {
            Ok(found) => {
                file.was_there = true;
                if found.is_file() {
                    taken.add_found(&found);
                }
                true
            }
            Err(_) => !file.was_there && file.announced.elapsed() < OPENING_MAX,
        });
        taken.bytes
    }

    /// Looks through the own folder.
    fn look_home(&self, taken: &mut Taken) {
        let Some(home) = &self.home else { return };
        let mut known = lock(&self.home_bytes);
        let before = self.at_home.load(Ordering::Acquire);
        let mut look = Look::default();
        look.through(home);
        // Folders that are moved about while they are looked for hold what they held.
        *known = if look.has_missed { look.bytes.max(*known) } else { look.bytes };
        taken.bytes = taken.bytes.saturating_add(*known);
        // What was announced meanwhile may have been seen or not.
        let count = if look.has_missed { look.count.max(before) } else { look.count };
        let with_new = |now: u32| Some(count.saturating_add(now.saturating_sub(before)));
        let _ = self.at_home.fetch_update(Ordering::AcqRel, Ordering::Acquire, with_new);
    }
}

/// A look through a folder. Each folder in it is opened from the one that it is in, so one that is moved meanwhile is looked through
/// all the same.
#[derive(Default)]
struct Look {
    bytes: u64,
    count: u32,
    /// A folder was gone when it was to be opened.
    has_missed: bool,
}

/// A folder that is looked through, and those in it that are still to be.
struct Level {
    folder: File,
    left: Vec<OsString>,
}

impl Look {
    fn through(&mut self, home: &Path) {
        if !home.exists() {
            return;
        }
        let mut levels = Vec::new();
        self.enter(home, &mut levels);
        while let Some(level) = levels.last_mut() {
            let Some(name) = level.left.pop() else {
                levels.pop();
                continue;
            };
            if levels.len() > DEPTH_MAX || self.count > 2 * FILES_MAX {
                self.bytes = TOO_MUCH;
                return;
            }
            let path = of_open(&levels[levels.len() - 1].folder).join(name);
            self.enter(&path, &mut levels);
        }
    }

    fn enter(&mut self, path: &Path, levels: &mut Vec<Level>) {
        let opened = File::options().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(path);
        let folder = match opened {
            Ok(folder) => folder,
            Err(error) => {
                self.has_missed = true;
                // It took the rights from it, and whatever is in there cannot be seen.
                if error.kind() == ErrorKind::PermissionDenied {
                    self.bytes = TOO_MUCH;
                }
                return;
            }
        };
        let mut left = Vec::new();
        // What goes meanwhile takes nothing.
        for entry in fs::read_dir(of_open(&folder)).into_iter().flatten().flatten() {
            let Ok(found) = entry.metadata() else { continue };
            self.count += 1;
            self.bytes = self.bytes.saturating_add(found.blocks() * BLOCK_BYTES);
            if found.is_dir() {
                left.push(entry.file_name());
            }
            if self.count > 2 * FILES_MAX {
                break;
            }
        }
        levels.push(Level { folder, left });
    }
}

/// A path to what is open, wherever it was moved to.
fn of_open(folder: &File) -> PathBuf {
    format!("/proc/self/fd/{}", folder.as_raw_fd()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("flock-files-{name}-{}", std::process::id()))
    }

    #[test]
    fn what_is_at_home_counts_whatever_it_is_called() -> std::io::Result<()> {
        let home = folder("home");
        fs::create_dir_all(home.join("a/b"))?;
        let files = Files::at(Some(home.clone()));
        assert!(files.announce(home.join("a/b/file")));
        fs::write(home.join("a/b/file"), vec![1; 100_000])?;
        let before = files.bytes(Taken::default());
        assert!((100_000..200_000).contains(&before), "{before}");
        fs::rename(home.join("a"), home.join("c"))?;
        assert_eq!(files.bytes(Taken::default()), before);
        assert_eq!(files.at_home.load(Ordering::Acquire), 3);
        files.at_home.store(FILES_MAX, Ordering::Release);
        assert!(files.announce(home.join("more")), "it is counted anew before it is refused");
        fs::remove_dir_all(&home)?;
        assert_eq!(files.bytes(Taken::default()), 0);
        Ok(())
    }

    #[test]
    fn folders_nested_too_deep_are_too_much() -> std::io::Result<()> {
        let home = folder("deep");
        fs::create_dir_all(home.join("t"))?;
        for _ in 0..2 * DEPTH_MAX {
            fs::create_dir(home.join("u"))?;
            fs::rename(home.join("t"), home.join("u/t"))?;
            fs::rename(home.join("u"), home.join("t"))?;
        }
        let files = Files::at(Some(home.clone()));
        assert!(files.bytes(Taken::default()) >= TOO_MUCH);
        crate::debris::clear_away(&home)
    }

    #[test]
    fn a_file_elsewhere_that_was_never_seen_counts_while_it_may_still_be_opened() -> std::io::Result<()> {
        let path = folder("abroad");
        let files = Files::default();
        let known = || {
            files.bytes(Taken::default());
            lock(&files.abroad).len()
        };
        assert!(files.announce(path.clone()));
        assert_eq!(known(), 1, "it is about to be made");
        fs::write(&path, "x")?;
        files.opened();
        fs::remove_file(&path)?;
        assert_eq!(known(), 0, "it was never seen, but its opening is over");
        Ok(())
    }
}
