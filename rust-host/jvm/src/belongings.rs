//! What a function holds outside of the Java heap: its open sockets and files, and the files that it opened for writing.
//!
//! A socket is known by its FileDescriptor and by its inode, so that a number that was closed and given out again is
//! never mistaken for it. `cut` wakes every thread that is blocked on one; nothing Java's is locked for that.
//! Open files are known by their numbers and inodes: the JDK closes them when they are garbage, so they are counted only.
//! What files take is asked of the file system (`files.rs`).

use std::{
    path::PathBuf,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use jni::{Env, objects::JObject, refs::Global};

use crate::{
    files::{Files, Taken},
    known,
    lane::lock,
};

/// Most descriptors of files and folders that an instance may have open at a time.
pub(crate) const OPEN_FILES_MAX: u32 = 256;
/// The part of the process's descriptors that files of functions may use. The kernel gives the lowest number that is free, so a
/// number beyond that says how many are in use.
const DESCRIPTORS_PERCENT: u64 = 80;

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Belongings {
    sockets: Mutex<Vec<Socket>>,
    /// The files that it wrote.
    pub(crate) files: Files,
    /// Number and inode of each file that was opened; one that was closed may still be here.
    open_files: Mutex<Vec<(i32, u64)>>,
    /// There was ever one.
    has_sockets: AtomicBool,
    /// Descriptors that are closed together: by the JDK's thread that they are for, or else at the end.
    groups: Mutex<Vec<Vec<(i32, u64)>>>,
}

#[derive(Debug)]
struct Socket {
    descriptor: Global<JObject<'static>>,
    number: i32,
    inode: u64,
}

impl Belongings {
    /// Of a function with a folder of its own.
    pub(crate) fn at(home: Option<PathBuf>) -> Self {
        Self { files: Files::at(home), ..Self::default() }
    }

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

    /// Descriptors were opened that are closed together.
    pub(crate) fn add_group(&self, numbers: &[i32]) {
        let group = numbers.iter().filter_map(|&number| Some((number, inode(number)?.0))).collect();
        lock(&self.groups).push(group);
    }

    /// A file was opened beside so many other descriptors; no number: one more is about to be. The error is the limit that is broken,
    /// 0 for the host's.
    pub(crate) fn open_file(&self, number: Option<i32>, others: u32) -> Result<(), u32> {
        let is_too_many = |files: &[(i32, u64)]| files.len() + others as usize >= OPEN_FILES_MAX as usize;
        let mut files = lock(&self.open_files);
        files.retain(|&(open, _)| Some(open) != number);
        if is_too_many(&files) {
            files.retain(|&open| is_still(open));
        }
        if is_too_many(&files) {
            return Err(OPEN_FILES_MAX);
        }
        let Some(number) = number else { return Ok(()) };
        self.files.opened();
        if i64::from(number) >= descriptors_for_files() {
            return Err(0);
        }
        if let Some((inode, _)) = inode(number) {
            files.push((number, inode));
        }
        Ok(())
    }

    /// Bytes on disk of the files that are still there, or deleted and open.
    pub(crate) fn file_bytes(&self) -> u64 {
        if !self.files.has_any() {
            return 0;
        }
        let mut taken = Taken::default();
        lock(&self.open_files).retain(|&(number, known)| {
            let found = status(number).filter(|found| found.st_ino == known);
            if let Some(deleted) = found.filter(|found| found.st_nlink == 0 && is_a(found, libc::S_IFREG)) {
                taken.add(deleted.st_dev, deleted.st_ino, u64::try_from(deleted.st_blocks).unwrap_or(0));
            }
            found.is_some()
        });
        self.files.bytes(taken)
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
        for group in std::mem::take(&mut *lock(&self.groups)) {
            // One that is a socket has an inode of its own, so a group that was closed is never mistaken.
            if group.iter().all(|&open| is_still(open)) {
                for (number, _) in group {
                    // SAFETY: the descriptors are the dead thread's; nobody else knows their numbers.
                    unsafe { libc::close(number) };
                }
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
    inode(number).and_then(|(inode, is_socket)| is_socket.then_some(inode))
}

/// The first number that no file of a function may have.
fn descriptors_for_files() -> i64 {
    static FIRST: OnceLock<i64> = OnceLock::new();
    *FIRST.get_or_init(|| {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: getrlimit writes one rlimit, which is ours. The JVM has raised it by now.
        let known = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } == 0;
        if known {
            i64::try_from(limit.rlim_cur / 100 * DESCRIPTORS_PERCENT).unwrap_or(i64::MAX)
        } else {
            i64::MAX
        }
    })
}

/// Does the number still lead to this inode?
pub(crate) fn is_still((number, known): (i32, u64)) -> bool {
    inode(number).is_some_and(|(inode, _)| inode == known)
}

/// The inode behind a number, and whether it is a socket's; none: it is closed.
pub(crate) fn inode(number: i32) -> Option<(u64, bool)> {
    status(number).map(|found| (found.st_ino, is_a(&found, libc::S_IFSOCK)))
}

/// What is behind a number; none: it is closed.
fn status(number: i32) -> Option<libc::stat> {
    // SAFETY: fstat writes one stat, which is ours and all zeroes before; a bad number gives an error.
    unsafe {
        let mut found: libc::stat = std::mem::zeroed();
        (libc::fstat(number, &raw mut found) == 0).then_some(found)
    }
}

fn is_a(found: &libc::stat, kind: libc::mode_t) -> bool {
    found.st_mode & libc::S_IFMT == kind
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn open_files_are_bounded() -> Result<(), Box<dyn std::error::Error>> {
        let belongings = Belongings::default();
        let mut open = Vec::new();
        for _ in 0..OPEN_FILES_MAX - 2 {
            open.push(std::fs::File::open("/proc/self/exe")?);
            assert_eq!(belongings.open_file(open.last().map(AsRawFd::as_raw_fd), 2), Ok(()));
        }
        assert_eq!(belongings.open_file(None, 2), Err(OPEN_FILES_MAX));
        open.pop();
        assert_eq!(belongings.open_file(None, 2), Ok(()), "one was closed");
        let first = i32::try_from(descriptors_for_files())?;
        assert_eq!(belongings.open_file(Some(first), 0), Err(0), "the host keeps the rest for itself");
        Ok(())
    }

    #[test]
    fn files_count_as_they_stand() -> Result<(), Box<dyn std::error::Error>> {
        let folder = std::env::temp_dir().join(format!("flock-belongings-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("file");
        std::fs::write(&path, vec![1; 100_000])?;
        let belongings = Belongings::default();
        assert!(belongings.files.announce(path.clone()) && belongings.files.announce(path.clone()));
        assert!(belongings.file_bytes() >= 100_000 && belongings.file_bytes() < 200_000);
        let open = std::fs::File::open(&path)?;
        assert_eq!(belongings.open_file(Some(open.as_raw_fd()), 0), Ok(()));
        std::fs::remove_file(&path)?;
        assert!(belongings.file_bytes() >= 100_000, "deleted, and still open");
        drop(open);
        std::fs::remove_dir_all(&folder)?;
        assert_eq!(belongings.file_bytes(), 0);
        Ok(())
    }
}
