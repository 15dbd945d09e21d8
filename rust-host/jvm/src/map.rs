//! Mapped files. Mapping is unsafe because another process may change the file under the mapping.

use std::{fs::File, io};

use memmap2::Mmap;

/// Maps a file for reading.
///
/// The file must not be changed in place while it is mapped: a store that only ever replaces files as a whole, in a
/// directory that belongs to this process alone, keeps that promise.
pub fn read_only(file: &File) -> io::Result<Mmap> {
    // SAFETY: the bytes are only read, by code that checks what it reads; the data directory is locked by this process
    // and private to its user, and files in it are replaced by rename, never rewritten.
    unsafe { Mmap::map(file) }
}
