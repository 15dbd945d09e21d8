//! The embedded JVM of Flock. All unsafe code of the project is in this crate; its public interface is safe.
//!
//! | file | what is there |
//! |---|---|
//! | [`jars`] | the shim's three jars, carried inside the binary and laid out at start |
//! | [`boot`] | JVM options, `JNI_CreateJavaVM`, natives, the first up-call: gives a [`Vm`] |
//! | `agent` | the JVMTI agent that is linked into the executable; every capability is asked for there |
//! | [`image`] | the mapped bytes of a function's classes, shared by all funclets made from them |
//! | [`funclet`] | one loaded action version: its class loader lives as long as this does |
//! | [`lane`] | a Java thread of one funclet that runs one call at a time |
//! | `natives` | what Java calls: take the next call, give the answer, write a log line |
//! | [`map`] | files mapped for reading |
//! | [`wire`] | the frame of a request and the status of an answer |
//! | `stop` | how a lane that went over its deadline is ended |
//!
//! The crate knows nothing of HTTP, actions or JSON. A lane asks its [`lane::Work`] for a [`lane::Call`], hands the
//! bytes to Java and gives the answer back to the call. Nothing here blocks but a lane that has no call.

mod agent;
pub mod boot;
pub mod funclet;
pub mod image;
pub mod jars;
pub mod lane;
pub mod map;
mod natives;
mod stop;
pub mod wire;

pub use boot::{BootError, BootOptions, Vm, leave};
pub use funclet::{Funclet, FuncletSpec};
pub use image::Image;
pub use lane::{Answer, Call, Head, Lane, Stream, Work};
pub use wire::Status;

/// What went wrong between Rust and the JVM. The text is Java's own where Java threw.
#[derive(Debug, thiserror::Error)]
pub enum JvmError {
    /// A JNI call failed or Java threw.
    #[error("the JVM refused: {0}")]
    Jni(#[from] jni::errors::Error),
    /// A size does not fit what JNI can express.
    #[error("{what} is too large: {bytes} bytes, the limit is {limit_bytes} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The most that is possible.
        limit_bytes: usize,
    },
}
