//! What a funclet uses now, for who watches it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use crate::{
    account::Heap, boot::Vm, calls::Stream, funclet::Inner, lane::lock, limits::Limit, threads::Effort,
};

/// Reads and watches what a funclet uses. Cheap to clone; outlives the funclet.
#[derive(Clone)]
pub struct Meter {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Meter({})", self.inner.id)
    }
}

impl Meter {
    pub(crate) fn of(inner: &Arc<Inner>) -> Self {
        Self { inner: Arc::clone(inner) }
    }

    /// The number of the funclet; no other has had it.
    pub fn id(&self) -> u64 {
        self.inner.id
    }

    /// Do both read the same funclet?
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The live heap now. Its peak is kept for the call that runs.
    pub fn heap(&self) -> Heap {
        let heap = self.inner.crew.account.heap();
        self.inner.peak_heap_bytes.fetch_max(heap.live_bytes, Ordering::AcqRel);
        heap
    }

    /// The limit of the live heap.
    pub fn heap_limit_bytes(&self) -> u64 {
        self.inner.crew.account.heap_limit_bytes()
    }

    /// Threads that the function has started and that live.
    pub fn threads(&self) -> u32 {
        self.inner.crew.alive()
    }

    /// Classes that it has defined; one whose class file is large counts as several.
    pub fn classes(&self) -> u32 {
        self.inner.crew.account.classes()
    }

    /// Memory outside of the heap for its loader and classes, estimated: HotSpot adds it up only at a safepoint, over all
    /// loaders.
    pub fn metaspace_bytes(&self) -> u64 {
        metaspace_bytes(self.classes())
    }

    /// Sockets that it has open.
    pub fn sockets(&self) -> u32 {
        self.inner.belongings.socket_count()
    }

    /// Bytes of the files that it wrote.
    pub fn temp_bytes(&self) -> u64 {
        self.inner.belongings.file_bytes()
    }

    /// CPU that its threads have used and no call was charged with.
    pub fn uncharged_cpu_nanos(&self) -> u64 {
        self.inner.crew.uncharged_cpu_nanos()
    }

    /// May its threads have used anything that no call was charged with?
    pub fn may_have_used(&self) -> bool {
        self.inner.crew.may_have_used()
    }

    /// What its threads used since this was asked last, or a call ended.
    pub fn take_effort(&self, vm: &Vm) -> Effort {
        vm.attached(|env, _| Ok(self.inner.crew.take_effort(env))).unwrap_or_default()
    }

    /// CPU that its threads used and that was not asked for, read without the JVM.
    pub fn take_cpu(&self) -> Effort {
        self.inner.crew.take_cpu()
    }

    /// Keeps a line that was written outside of a client's call for the call that begins next.
    pub fn keep_line(&self, stream: Stream, text: &str) {
        self.inner.keep_stray(stream, text);
    }

    /// Holds its files against their limit.
    pub fn check_files(&self) {
        if self.temp_bytes() > self.inner.crew.limits.temp_bytes {
            self.breach(Limit::TempBytes);
        }
    }

    /// Holds what it allocates against the limit for a second.
    pub fn check_rate(&self) {
        let limit = self.inner.crew.limits.allocation_bytes_per_second;
        let taken_bytes = self.inner.crew.account.heap().taken_bytes;
        if lock(&self.inner.rate).exceeds(Instant::now(), taken_bytes, limit) {
            self.breach(Limit::AllocationRate);
        }
    }

    /// Notes that a limit is broken; the first one counts.
    pub fn breach(&self, limit: Limit) {
        self.inner.crew.account.breach(limit);
    }

    /// The limit of the instance that is broken.
    pub fn broken(&self) -> Option<Limit> {
        self.inner.crew.account.broken()
    }
}

/// Bytes outside of the heap for a loader and for a class of ordinary size.
const METASPACE_OF_LOADER_BYTES: u64 = 8 << 10;
const METASPACE_OF_CLASS_BYTES: u64 = 7 << 10;

pub(crate) fn metaspace_bytes(classes: u32) -> u64 {
    METASPACE_OF_LOADER_BYTES + u64::from(classes) * METASPACE_OF_CLASS_BYTES
}
