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
    /// The host failed, or stopped before the activation ended.
    HostError,
}

impl Outcome {
    /// OpenWhisk's status code: 0 to 3.
    pub fn status_code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ApplicationError => 1,
            Self::DeveloperError | Self::InitError | Self::Exit | Self::Timeout => 2,
            Self::HostError => 3,
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
            Self::HostError => "host_error",
        }
    }
}
