//! What a funclet may use, and the names of its limits.

/// A limit that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Limit {
    /// Time of a call.
    Timeout = 1,
    /// CPU of a call.
    Cpu,
    /// Live heap of the instance.
    Memory,
    /// Live heap of all instances of the namespace.
    NamespaceMemory,
    /// The heap of the host was full, and this instance held the most of it.
    HeapFull,
    /// Threads of the instance, or of its namespace.
    Threads,
    /// Classes of the instance.
    Classes,
    /// Open sockets of the instance.
    Sockets,
    /// Files that the instance wrote.
    TempBytes,
    /// Allocation in a second.
    AllocationRate,
    /// CPU that threads of the instance burn while it runs no call.
    Background,
    /// A lock that functions of others wait for, held by a thread that the function has started.
    SharedLock,
    /// The memory for classes of the host was full, and this instance had the most of them.
    ClassMemoryFull,
}

impl Limit {
    pub(crate) fn number(self) -> u32 {
        self as u32
    }

    pub(crate) fn from_number(number: u32) -> Option<Self> {
        [
            Self::Timeout,
            Self::Cpu,
            Self::Memory,
            Self::NamespaceMemory,
            Self::HeapFull,
            Self::Threads,
            Self::Classes,
            Self::Sockets,
            Self::TempBytes,
            Self::AllocationRate,
            Self::Background,
            Self::SharedLock,
            Self::ClassMemoryFull,
        ]
        .into_iter()
        .find(|limit| limit.number() == number)
    }
}

/// The limits of one instance that are held where the thing happens. Time and CPU are the watchdog's.
#[derive(Debug, Clone)]
pub struct InstanceLimits {
    /// Live heap.
    pub heap_bytes: u64,
    /// Threads that it starts.
    pub threads: u32,
    /// Classes that it defines.
    pub classes: u32,
    /// Sockets that are open at a time.
    pub sockets: u32,
    /// Bytes of the files that it writes.
    pub temp_bytes: u64,
    /// What it allocates in a second.
    pub allocation_bytes_per_second: u64,
    /// Threads of all instances of its namespace.
    pub namespace: std::sync::Arc<NamespaceThreads>,
}

/// The threads that the functions of one namespace have started, and how many there may be.
#[derive(Debug, Default)]
pub struct NamespaceThreads {
    /// Alive now.
    pub alive: std::sync::atomic::AtomicU32,
    /// Most at a time; 0: no limit.
    pub limit: u32,
}
