//! What a function holds outside of the Java heap: its open sockets, and the files that it opened for writing.
//!
//! A socket is known by its FileDescriptor and by its inode, so that a number that was closed and given out again is
//! never mistaken for it. `cut` wakes every thread that is blocked on one; nothing Java's is locked for that.
//! Files are known by their paths; what they take is asked of the file system, so what was deleted or cut counts no
//! more.

use std::{
    collections::{HashMap, HashSet},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use jni::{Env, objects::JObject, refs::Global};

use crate::{known, lane::lock};

/// Most files that a function may open for writing while it is loaded.
pub(crate) const FILES_MAX: u32 = 10_000;

/// A file that was announced and is not there after this time was deleted, or never made.
const OPENING_MAX: Duration = Duration::from_secs(1);

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Belongings {
    sockets: Mutex<Vec<Socket>>,
    /// With the time of the last opening.
    files: Mutex<HashMap<PathBuf, Instant>>,
    /// There was ever one of either.
    has_sockets: AtomicBool,
    has_files: AtomicBool,
}

#[derive(Debug)]
struct Socket {
    descriptor: Global<JObject<'static>>,
    number: i32,
    inode: u64,
}

impl Belongings {
    /// Sockets that are open.
    pub(crate) fn socket_count(&self) -> u32 {
        if !self.has_sockets.load(Ordering::Acquire) {
            return 0;
        }
        let mut sockets = lock(&self.sockets);
        sockets.retain(Socket::is_open);
        u32::try_from(sockets.len()).unwrap_or(u32::MAX)
    }

    /// A socket was made.
    pub(crate) fn add_socket(&self, env: &mut Env<'_>, descriptor: &JObject<'_>) {
        let Some(number) = known::file_number(env, descriptor) else { return };
        let (Some(inode), Ok(descriptor)) = (inode_of(number), env.new_global_ref(descriptor)) else {
            return;
        };
        self.has_sockets.store(true, Ordering::Release);
        lock(&self.sockets).push(Socket { descriptor, number, inode });
    }

    /// A file is about to be opened for writing. False: there are too many.
    pub(crate) fn add_file(&self, path: PathBuf) -> bool {
        let mut files = lock(&self.files);
        if files.len() >= FILES_MAX as usize {
            files.retain(|path, _| path.exists());
        }
        if files.len() >= FILES_MAX as usize {
            return false;
        }
        files.insert(path, Instant::now());
        self.has_files.store(true, Ordering::Release);
        true
    }

    /// Bytes on disk of the files that are still there.
    pub(crate) fn file_bytes(&self) -> u64 {
        const BLOCK_BYTES: u64 = 512;
        if !self.has_files.load(Ordering::Acquire) {
            return 0;
        }
        let mut files = lock(&self.files);
        let mut seen = HashSet::new();
        let mut bytes = 0;
        files.retain(|path, opened| match std::fs::metadata(path) {
            Ok(found) => {
                if found.is_file() && seen.insert((found.dev(), found.ino())) {
                    bytes += found.blocks() * BLOCK_BYTES;
                }
                true
            }
            // It was deleted, or is not there yet.
            Err(_) => opened.elapsed() < OPENING_MAX,
        });
        bytes
    }

    /// Ends all traffic: whoever is blocked on a socket of the function wakes up.
    pub(crate) fn cut(&self) {
        for socket in lock(&self.sockets).iter() {
            socket.cut();
        }
    }

    /// Closes what is still open. For a function of which no thread lives any more.
    pub(crate) fn close(&self, env: &mut Env<'_>) {
        let sockets = std::mem::take(&mut *lock(&self.sockets));
        for socket in sockets {
            if socket.is_open() && known::file_number(env, &socket.descriptor) == Some(socket.number) {
                known::close_file(env, &socket.descriptor);
            }
        }
    }
}

impl Socket {
    fn is_open(&self) -> bool {
        inode_of(self.number) == Some(self.inode)
    }

    fn cut(&self) {
        // SAFETY: the system calls take numbers only. The duplicate cannot be closed and given out again by somebody
        // else between the look and the shutdown; it is closed here.
        unsafe {
            let own = libc::fcntl(self.number, libc::F_DUPFD_CLOEXEC, 0);
            if own >= 0 {
                if inode_of(own) == Some(self.inode) {
                    libc::shutdown(own, libc::SHUT_RDWR);
                }
                libc::close(own);
            }
        }
    }
}

/// The inode of the socket behind a number; none: it is closed, or no socket.
fn inode_of(number: i32) -> Option<u64> {
    // SAFETY: fstat writes one stat, which is ours and all zeroes before; a bad number gives an error.
    unsafe {
        let mut found: libc::stat = std::mem::zeroed();
        let is_socket =
            libc::fstat(number, &raw mut found) == 0 && found.st_mode & libc::S_IFMT == libc::S_IFSOCK;
        is_socket.then_some(found.st_ino)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_as_they_stand() -> Result<(), Box<dyn std::error::Error>> {
        let folder = std::env::temp_dir().join(format!("flock-belongings-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("file");
        std::fs::write(&path, vec![1; 100_000])?;
        let belongings = Belongings::default();
        let detour = folder.join("..").join(path.strip_prefix(folder.parent().ok_or("no parent")?)?);
        assert!(belongings.add_file(path.clone()) && belongings.add_file(detour));
        assert!(belongings.file_bytes() >= 100_000 && belongings.file_bytes() < 200_000);
        std::fs::remove_dir_all(&folder)?;
        assert_eq!(belongings.file_bytes(), 0);
        Ok(())
    }
}
