//! Was this thread switched out since a mark? The kernel's restartable sequences (rseq) tell for two memory accesses.
//!
//! A thread may point its rseq area at a critical section. When the kernel takes the CPU from the thread outside of that
//! section, it clears the pointer. So a mark points at a section that never runs, and "still set" means: no switch, and
//! the time stamp counter has counted this thread's CPU alone. That is twenty times cheaper than the thread's clock.
//!
//! glibc registers the area for each thread (2.35 and later) and uses no section of its own; neither does the JVM. Without
//! it, without a counter that runs evenly, or on another processor, `Counter::find` gives none and the clock is read.

use std::{
    arch::{
        asm, global_asm,
        x86_64::{__cpuid, _rdtsc},
    },
    ptr,
    time::Instant,
};

// The section, its end, its abort handler with the signature that the kernel asks for, and its description. Nothing
// ever jumps there.
global_asm!(
    ".section .text.flock_rseq,\"ax\"",
    "flock_rseq_begin: nop; nop; nop; nop",
    "flock_rseq_end: ud2",
    ".long 0x53053053",
    "flock_rseq_abort: ud2",
    ".previous",
    ".section .data.flock_rseq,\"aw\"",
    ".balign 32",
    ".globl flock_rseq_section",
    ".hidden flock_rseq_section",
    "flock_rseq_section: .long 0, 0",
    ".quad flock_rseq_begin, flock_rseq_end - flock_rseq_begin, flock_rseq_abort",
    ".previous",
);

unsafe extern "C" {
    static flock_rseq_section: u8;
}

/// The offset of the pointer to the section in the area.
const SECTION_OFFSET: isize = 8;

/// The time stamp counter of this machine, and where each thread's area is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counter {
    area_offset: isize,
    nanos_per_tick: f64,
}

impl Counter {
    /// Takes some milliseconds: it holds the counter against the clock.
    pub(super) fn find() -> Option<Self> {
        const INVARIANT: u32 = 1 << 8;
        const FEATURES: u32 = 0x8000_0007;
        if __cpuid(FEATURES - 7).eax < FEATURES || __cpuid(FEATURES).edx & INVARIANT == 0 {
            return None;
        }
        let area_offset = area_offset()?;
        let (began, first) = moment();
        std::thread::sleep(std::time::Duration::from_millis(10));
        let (ended, last) = moment();
        let nanos_per_tick = (ended - began).as_nanos() as f64 / last.checked_sub(first)? as f64;
        let counter = Self { area_offset, nanos_per_tick };
        // A sleep is a switch: a kernel that does not say so is of no use.
        counter.mark();
        let held = counter.take_mark();
        counter.mark();
        std::thread::sleep(std::time::Duration::from_micros(50));
        let cleared = !counter.take_mark();
        (held && cleared).then_some(counter)
    }

    /// From now on a switch of the calling thread is noticed.
    pub(super) fn mark(&self) {
        // SAFETY: the area is this thread's own, registered by glibc for the thread's whole life; the kernel reads the
        // section, which is static and well formed.
        unsafe { ptr::write_volatile(self.area(), (&raw const flock_rseq_section) as u64) }
    }

    /// Was there no switch since the mark? Takes the mark away.
    pub(super) fn take_mark(&self) -> bool {
        // SAFETY: as in `mark`.
        unsafe {
            let held = ptr::read_volatile(self.area());
            ptr::write_volatile(self.area(), 0);
            held != 0
        }
    }

    pub(super) fn nanos(&self, ticks: u64) -> u64 {
        (ticks as f64 * self.nanos_per_tick) as u64
    }

    fn area(&self) -> *mut u64 {
        let thread: isize;
        // SAFETY: on Linux the first word at fs is the thread's own address; it is only read.
        unsafe { asm!("mov {}, fs:0", out(reg) thread, options(nostack, pure, readonly)) };
        (thread + self.area_offset + SECTION_OFFSET) as *mut u64
    }
}

/// The time stamp counter.
pub(super) fn now() -> u64 {
    // SAFETY: the instruction is there on every x86-64 processor.
    unsafe { _rdtsc() }
}

/// The clock and the counter at one moment. What takes the processor away between the two readings, another guest of the
/// machine for one, would spoil every estimate to come: the closest of some pairs counts.
fn moment() -> (Instant, u64) {
    let pairs = (0..16).map(|_| {
        let (before, clock, after) = (now(), Instant::now(), now());
        (after.wrapping_sub(before), clock, before)
    });
    let (_, clock, ticks) =
        pairs.min_by_key(|(apart, ..)| *apart).unwrap_or_else(|| (0, Instant::now(), now()));
    (clock, ticks)
}

/// Where glibc has put the area, seen from the thread's own address; none: it registered none.
fn area_offset() -> Option<isize> {
    // SAFETY: the names are C strings; what glibc gives under them has the types of its manual and is never changed.
    unsafe {
        let size = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_size".as_ptr()).cast::<u32>();
        let offset = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_offset".as_ptr()).cast::<isize>();
        (!size.is_null() && !offset.is_null() && *size != 0).then(|| *offset)
    }
}
