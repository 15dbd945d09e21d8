//! What lies behind the end of a mapped file reads as zeroes.
//!
//! A function may map a file of its own and cut it, or fill the disk under it; then the kernel answers a touch of such a page with
//! SIGBUS. HotSpot makes an InternalError of that where compiled Java touched it, and ends the process where its own code or the
//! C library did (checksums, compression, copies). So a handler stands before HotSpot's: for a file of functions it puts memory
//! in the place of the rest of that part and goes on; all else is HotSpot's. What a function maps counts as its memory, so this is no
//! way around its limit.
//!
//! The handler makes system calls that may be made in one, and touches atomics and its own stack.

use std::{
    ffi::{OsStr, c_int, c_void},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    ptr::null_mut,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Where files of functions are.
static FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

/// The parts that were replaced last, begin and end: a second thread may come to the same place.
static REPLACED: [[AtomicUsize; 2]; 64] = [const { [const { AtomicUsize::new(0) }; 2] }; 64];
static REPLACEMENTS: AtomicUsize = AtomicUsize::new(0);

/// Longest line of `/proc/self/maps`: a path and what stands before it.
const LINE_MAX_BYTES: usize = 4096 + 256;

/// Puts the handler in place, for files in these folders. To be called once the JVM is there.
pub fn outlive_cut_files(folders: Vec<PathBuf>) -> std::io::Result<()> {
    if FOLDERS.set(folders).is_err() {
        return Ok(());
    }
    // SAFETY: both actions are ours, and the handler has the form that SA_SIGINFO asks for. Until the old one is known a signal
    // would take its default, as it would without a JVM.
    unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut before) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        let mut action = before;
        action.sa_sigaction = handle as *const () as libc::sighandler_t;
        // On the thread's own stack: those that are kept for signals are small.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        let _ = BEFORE.set(before);
        if libc::sigaction(libc::SIGBUS, &raw const action, null_mut()) != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives both pointers to a handler of this form, and errno is the thread's own.
    unsafe {
        let errno = libc::__errno_location();
        let kept = *errno;
        let is_mended = (*info).si_code == libc::BUS_ADRERR && mend((*info).si_addr() as usize);
        *errno = kept;
        if !is_mended {
            pass_on(signal, info, context);
        }
    }
}

/// To whoever would have got it.
unsafe fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
    match BEFORE.get() {
        Some(before) if before.sa_sigaction > libc::SIG_IGN && before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: with this flag the number is a handler of this form.
            unsafe {
                let handler: Handler = std::mem::transmute(before.sa_sigaction);
                handler(signal, info, context);
            }
        }
        // SAFETY: the touch is made again on return, and then ends the process.
        _ => unsafe {
            libc::signal(signal, libc::SIG_DFL);
        },
    }
}

/// Is there something to be read at this address from now on?
fn mend(address: usize) -> bool {
    let part = match find(address) {
        Some(Place::Cut(part)) => part,
        // Another thread came to it at the same time.
        Some(Place::Memory) => {
            return REPLACED.iter().any(|[begin, end]| {
                (begin.load(Ordering::Acquire)..end.load(Ordering::Acquire)).contains(&address)
            });
        }
        None => return false,
    };
    // SAFETY: sysconf takes a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    let begin = (address & !(page - 1)).max(part.begin);
    // Before the memory is there: who comes second must find it here.
    let slot = &REPLACED[REPLACEMENTS.fetch_add(1, Ordering::AcqRel) % REPLACED.len()];
    slot[0].store(begin, Ordering::Release);
    slot[1].store(part.end, Ordering::Release);
    // SAFETY: the range is a part of a file of a function that is mapped now; only its own code uses it, and what it would have
    // read there is not there.
    let got = unsafe {
        libc::mmap(
            begin as *mut c_void,
            part.end - begin,
            part.protection,
            libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    got != libc::MAP_FAILED
}

/// What is at an address.
enum Place {
    /// A file of a function.
    Cut(Part),
    /// No file.
    Memory,
}

/// A part of the address space.
struct Part {
    begin: usize,
    end: usize,
    protection: c_int,
}

/// What is at this address; none: nothing, or a file of the host.
fn find(address: usize) -> Option<Place> {
    let folders = FOLDERS.get()?;
    // SAFETY: the path ends with a zero, and the buffer has the length that is said.
    unsafe {
        let maps = libc::open(c"/proc/self/maps".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if maps < 0 {
            return None;
        }
        let (mut buffer, mut held, mut found) = ([0_u8; LINE_MAX_BYTES], 0, None);
        loop {
            let room = &mut buffer[held..];
            let got = libc::read(maps, room.as_mut_ptr().cast(), room.len());
            held += usize::try_from(got).unwrap_or(0);
            if got <= 0 && held == 0 || held == buffer.len() && !buffer.contains(&b'\n') {
                break;
            }
            let mut at = 0;
            while let Some(length) = buffer[at..held].iter().position(|byte| *byte == b'\n') {
                found = found.or_else(|| parse(&buffer[at..at + length], address, folders));
                at += length + 1;
            }
            if found.is_some() || got <= 0 {
                break;
            }
            buffer.copy_within(at..held, 0);
            held -= at;
        }
        libc::close(maps);
        found
    }
}

/// The same by one line of `/proc/self/maps`.
fn parse(line: &[u8], address: usize, folders: &[PathBuf]) -> Option<Place> {
    let dash = line.iter().position(|byte| *byte == b'-')?;
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (begin, end) = (number(&line[..dash])?, number(line.get(dash + 1..space)?)?);
    if !(begin..end).contains(&address) {
        return None;
    }
    let Some(at) = line.iter().position(|byte| *byte == b'/') else { return Some(Place::Memory) };
    let path = &line[at..];
    let is_in = |folder: &PathBuf| {
        let folder: &OsStr = folder.as_os_str();
        let rest = path.strip_prefix(folder.as_bytes());
        rest.is_some_and(|rest| folder.as_bytes().ends_with(b"/") || rest.starts_with(b"/"))
    };
    if !folders.iter().any(is_in) {
        return None;
    }
    let writes = line.get(space + 2) == Some(&b'w');
    let protection = libc::PROT_READ | if writes { libc::PROT_WRITE } else { 0 };
    Some(Place::Cut(Part { begin, end, protection }))
}

fn number(digits: &[u8]) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_mapped_file_that_is_cut_reads_as_zeroes_and_others_still_do_not() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("flock-bus-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let length = 1 << 20;
        let file =
            File::options().read(true).write(true).create(true).truncate(true).open(folder.join("cut"))?;
        std::io::Write::write_all(&mut &file, &vec![7; length])?;
        outlive_cut_files(vec![folder.clone()])?;
        // SAFETY: the part is mapped here and taken away here.
        unsafe {
            use std::os::fd::AsRawFd;
            let part = libc::mmap(
                null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            );
            assert!(part != libc::MAP_FAILED);
            let bytes = std::slice::from_raw_parts_mut(part.cast::<u8>(), length);
            assert_eq!(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>(), 7 << 20);
            file.set_len(4096)?;
            std::thread::scope(|scope| {
                for at in [0, 5000, length - 1] {
                    let bytes = &*bytes;
                    scope.spawn(move || {
                        assert_eq!(std::ptr::read_volatile(&raw const bytes[at]), if at == 0 { 7 } else { 0 })
                    });
                }
            });
            std::ptr::write_volatile(&raw mut bytes[length - 1], 1);
            assert_eq!(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>(), 7 * 4096 + 1);
            libc::munmap(part, length);
        }
        std::fs::remove_dir_all(&folder)
    }

    #[test]
    fn only_files_of_functions_are_such_parts() {
        let folder = "/data/functions";
        let folders = [PathBuf::from(folder)];
        let line = |path: &str| format!("7f00-8000 rw-s 00000000 fe:00 123      {path}");
        let is_one = |path: &str, address| parse(line(path).as_bytes(), address, &folders).is_some();
        assert!(is_one(&format!("{folder}/1/file"), 0x7f10));
        assert!(is_one(&format!("{folder}/1/file (deleted)"), 0x7f00));
        assert!(!is_one(&format!("{folder}/1/file"), 0x8000));
        assert!(!is_one(&format!("{folder}s/1/file"), 0x7f10));
        assert!(!is_one("/usr/lib/libc.so", 0x7f10));
        let memory = parse(b"7f00-8000 rw-p 00000000 00:00 0", 0x7f10, &folders);
        assert!(matches!(memory, Some(Place::Memory)));
    }
}
