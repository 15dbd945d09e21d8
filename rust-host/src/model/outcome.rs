//! How an activation ended: one closed list from the JVM to the HTTP status.

/// The end of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A result without a top-level `error`.
    Success,
    /// The function gave a result with a top-level `error`, or one that is too large.
    ApplicationError,
    /// The function threw, or gave something that is no result.
    DeveloperError,
    /// The function could not be loaded or initialised.
    InitError,
    /// The function called `System.exit` or its like.
    Exit,
    /// The time limit was reached.
    Timeout,
    /// The CPU limit was reached.
    Cpu,
    /// The live heap went over the memory limit, or over what its namespace may hold.
    Memory,
    /// The function failed after it was refused a thread over its limit.
    Threads,
    /// The function defined more classes than it may.
    Classes,
    /// The function failed after it was refused a socket over its limit.
    Sockets,
    /// The files that the function wrote are larger than they may be.
    TempBytes,
    /// The function allocated faster than it may.
    AllocationRate,
    /// The shared heap was full by the fault of others, and the function met that.
    HostMemory,
    /// The host failed, or stopped before the activation ended.
    HostError,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Success,
        Self::ApplicationError,
        Self::DeveloperError,
        Self::InitError,
        Self::Exit,
        Self::Timeout,
        Self::Cpu,
        Self::Memory,
        Self::Threads,
        Self::Classes,
        Self::Sockets,
        Self::TempBytes,
        Self::AllocationRate,
        Self::HostMemory,
        Self::HostError,
    ];

    /// OpenWhisk's status code: 0 to 3.
    pub fn status_code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ApplicationError => 1,
            Self::HostMemory | Self::HostError => 3,
            _ => 2,
        }
    }

    /// OpenWhisk's words for the status code.
    pub fn status_text(self) -> &'static str {
        match self.status_code() {
            0 => "success",
            1 => "application error",
            2 => "action developer error",
            _ => "whisk internal error",
        }
    }

    /// The HTTP status of a blocking invocation that ended so.
    pub fn http_status(self) -> u16 {
        match self.status_code() {
            0 => 200,
            1 | 2 => 502,
            _ => 500,
        }
    }

    /// The outcome's own name, for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::ApplicationError => "application_error",
            Self::DeveloperError => "developer_error",
            Self::InitError => "init_error",
            Self::Exit => "exit",
            Self::Timeout => "timeout",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Threads => "threads",
            Self::Classes => "classes",
            Self::Sockets => "sockets",
            Self::TempBytes => "temp_bytes",
            Self::AllocationRate => "allocation_rate",
            Self::HostMemory => "host_memory",
            Self::HostError => "host_error",
        }
    }
}
