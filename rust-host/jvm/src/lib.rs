//! The embedded JVM of Flock. All unsafe code of the project is in this crate; its public interface is safe.
//!
//! | file | what is there |
//! |---|---|
//! | [`jars`] | the shim's three jars, carried inside the binary and laid out at start |
//! | [`boot`] | JVM options, `JNI_CreateJavaVM`, natives, the first up-call: gives a [`Vm`] |
//! | `agent` | the JVMTI agent that is linked into the executable; every capability is asked for there |
//! | `gate`, `woven` | the gate is put into the JDK; its woven classes are kept for the next start |
//! | [`image`] | the mapped bytes of a function's classes, shared by all funclets made from them |
//! | [`funclet`] | one loaded action version: its class loader lives as long as this does |
//! | [`lane`] | a Java thread of one funclet that runs one call at a time |
//! | `spares` | such threads that wait for a funclet to be made |
//! | [`calls`] | what the host and a lane say to each other |
//! | `chains` | a Java thread that runs hops of chains, each in its own funclet |
//! | [`rewrite`] | class files, changed when they are deployed |
//! | `natives` | what Java calls: take the next call, give the answer, write a log line |
//! | [`map`] | files mapped for reading |
//! | `account`, `threads`, `belongings` | what a funclet uses: heap and classes; threads; sockets and files |
//! | `marks` | was there a full collection, and is all reported that it freed? |
//! | [`limits`] | what it may use |
//! | `clock`, `known` | the CPU clocks of threads; what is read inside the JDK by name |
//! | [`wire`] | the frame of a request and the status of an answer |
//! | `stop`, `places` | how a thread that has to end is ended, and where it must not be |
//!
//! The crate knows nothing of HTTP, actions or JSON. A lane asks its [`calls::Work`] for a [`calls::Call`], hands the
//! bytes to Java and gives the answer back to the call. Nothing here blocks but a lane that has no call.

mod account;
mod agent;
mod belongings;
pub mod boot;
mod bus;
pub mod calls;
mod chains;
mod child;
mod clock;
mod debris;
mod files;
pub mod funclet;
mod gate;
mod holders;
pub mod image;
pub mod jars;
mod known;
pub mod lane;
mod leaks;
pub mod limits;
pub mod map;
mod marks;
pub mod memory;
mod meter;
mod natives;
mod places;
mod rate;
pub mod rewrite;
mod sampling;
mod spares;
mod stop;
mod threads;
mod used;
mod watchers;
pub mod wire;
mod woven;

pub use account::Heap;
pub use agent::{Collections, classes_defined, collections};
pub use boot::{BootError, BootOptions, Counting, Vm, leave};
pub use bus::outlive_cut_files;
pub use calls::{
    Answer, Call, Caller, Head, Stopped, Stream, TellKind, Told, Waited, Wishes, Work, thread_ended,
};
pub use child::end_with_this_thread;
pub use clock::rough_epoch_millis;
pub use debris::clear_away;
pub use funclet::{Funclet, FuncletSpec};
pub use holders::{Holder, HostThread};
pub use image::Image;
pub use known::State;
pub use lane::{Lane, between_calls_nanos, is_lent, lend, process_micros};
pub use leaks::{Leak, held as leaks_held, unloading};
pub use limits::{InstanceLimits, Limit, NamespaceThreads};
pub use meter::Meter;
pub use sampling::Sampling;
pub use stop::{Tried, prioritise_killer, stand_back, time_for_effect};
pub use threads::{Effort, forget_failed_starts};
pub use used::Used;
pub use wire::Status;

/// What went wrong between Rust and the JVM. The text is Java's own where Java threw.
#[derive(Debug, thiserror::Error)]
pub enum JvmError {
    /// A JNI call failed or Java threw.
    #[error("the JVM refused: {0}")]
    Jni(#[from] jni::errors::Error),
    /// As many functions are loaded as there can be.
    #[error("no further function can be loaded: there are as many as can be counted")]
    TooManyFunclets,
    /// The thread of a lane is not known.
    #[error("a lane that was made ahead has no thread")]
    NoThread,
    /// What has to be counted cannot be.
    #[error("this JVM does not count allocations, threads, classes or full collections")]
    NoEvents,
    /// The gate is in, and could be taken out again.
    #[error("this JVM does not give up the ability to redefine classes")]
    Redefines,
    /// The thread is a function's, as Java sees it, and runs host code between two calls.
    #[error("a thread of a function does not call Java for the host")]
    Lent,
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

impl JvmError {
    /// Was there no room in the heap? The words for it may not have been had either.
    pub fn is_out_of_memory(&self) -> bool {
        const NAMES: [&str; 2] = ["java.lang.OutOfMemoryError", "UNKNOWN"];
        match self {
            Self::Jni(jni::errors::Error::CaughtJavaException { name, .. }) => NAMES.contains(&name.as_str()),
            Self::Jni(jni::errors::Error::JniCall(jni::errors::JniError::NoMemory)) => true,
            _ => false,
        }
    }
}
