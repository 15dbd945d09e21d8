//! The file that keeps the JDK's woven classes from one start to the next: weaving them takes most of what the gate costs.
//!
//! It holds a key (all that the classes were made from), a digest, and what the shim gave. Only a regular file of the host's
//! own user, that nobody else may read or write, with the right key and digest, is used; anything else is made anew. It
//! is written beside its place and renamed. Its folder is the host's: functions reach nothing in it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use sha2::{Digest, Sha256};

const MAGIC: &[u8; 16] = b"flock woven 0001";
const DIGEST_BYTES: usize = 32;
const HEAD_BYTES: usize = MAGIC.len() + 2 * DIGEST_BYTES;
/// All of the JDK's classes would not be as much.
const FILE_MAX_BYTES: u64 = 64 << 20;
const OTHERS: u32 = 0o077;

/// What woven classes were made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key([u8; DIGEST_BYTES]);

impl Key {
    /// Of this JDK, started with these options of the operator's, and this build of Flock. What Flock itself says to the
    /// JVM is sizes and places, and no class is another for them. The JDK's own files are known by their place, size,
    /// number and times; its `release` is read.
    pub(crate) fn of(jdk: &Path, options: &[String], jars: &[&[u8]]) -> io::Result<Self> {
        let mut all = Sha256::new();
        let mut add = |part: &[u8]| {
            all.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            all.update(part);
        };
        add(env!("CARGO_PKG_VERSION").as_bytes());
        add(fs::canonicalize(jdk)?.as_os_str().as_encoded_bytes());
        add(&fs::read(jdk.join("release")).unwrap_or_default());
        for file in ["lib/modules", "lib/server/libjvm.so"] {
            let file = fs::metadata(jdk.join(file))?;
            for number in [file.dev(), file.ino(), file.len()] {
                add(&number.to_le_bytes());
            }
            for number in [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()] {
                add(&number.to_le_bytes());
            }
        }
        options.iter().for_each(|option| add(option.as_bytes()));
        jars.iter().for_each(|jar| add(jar));
        Ok(Self(all.finalize().into()))
    }
}

/// Why the file is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// The first start.
    #[error("there are none yet")]
    None,
    /// It cannot be read.
    #[error("they cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Others could have written it.
    #[error("they are not in a file of the host's own that nobody else may open")]
    NotOwn,
    /// The JDK, its options or Flock is another.
    #[error("they were made for another JDK, other options or another Flock")]
    Other,
    /// What is in it is not what was written.
    #[error("they are damaged")]
    Damaged,
}

/// What was kept under this key.
pub(crate) fn read(path: &Path, key: &Key) -> Result<Vec<u8>, Unusable> {
    let mut file =
        match OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unusable::None),
            opened => opened?,
        };
    let about = file.metadata()?;
    // SAFETY: the call has no precondition.
    let own_user = unsafe { libc::geteuid() };
    if !about.is_file()
        || about.uid() != own_user
        || about.mode() & OTHERS != 0
        || about.len() > FILE_MAX_BYTES
    {
        return Err(Unusable::NotOwn);
    }
    let mut head = [0; HEAD_BYTES];
    let mut woven = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    if file.read_exact(&mut head).is_err() || !head.starts_with(MAGIC) {
        return Err(Unusable::Damaged);
    }
    let (kept, digest) = head[MAGIC.len()..].split_at(DIGEST_BYTES);
    if kept != key.0 {
        return Err(Unusable::Other);
    }
    file.read_to_end(&mut woven)?;
    if digest != sealed(key, &woven) {
        return Err(Unusable::Damaged);
    }
    Ok(woven)
}

/// Keeps them under this key.
pub(crate) fn write(path: &Path, key: &Key, woven: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    file.write_all(MAGIC)?;
    file.write_all(&key.0)?;
    file.write_all(&sealed(key, woven))?;
    file.write_all(woven)?;
    fs::rename(&partial, path)
}

fn sealed(key: &Key, woven: &[u8]) -> [u8; DIGEST_BYTES] {
    Sha256::new().chain_update(key.0).chain_update(woven).finalize().into()
}
