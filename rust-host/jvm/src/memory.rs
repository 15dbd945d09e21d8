//! How much memory the process keeps: the arenas of the C library, and what a full collection leaves of the Java heap.

use jni::{jni_sig, jni_str, objects::JValue};

use crate::{JvmError, account, agent, boot::Vm, funclet};

/// Arenas of the C library for each core.
const ARENAS_PER_CORE: usize = 2;
/// An operator who has set one of these knows better.
const VARIABLES: [&str; 2] = ["MALLOC_ARENA_MAX", "GLIBC_TUNABLES"];

/// What full collections leave free of the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeHeap {
    /// Nothing: the heap shrinks to what is live, and what it loses goes back to the kernel.
    None,
    /// The most that they usually leave; a smaller heap grows. Pages are taken when they are used first.
    Most,
    /// What the JVM's options say.
    Usual,
}

/// Bounds the arenas of the C library. Every lane is a thread, and what short-lived threads allocate between what stays is
/// lost in as many arenas. To be called before other threads are made.
pub fn bound_arenas() {
    if VARIABLES.iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let arenas = i32::try_from(cores * ARENAS_PER_CORE).unwrap_or(i32::MAX);
    // SAFETY: it sets a number of the C library under that library's own lock.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, arenas) };
}

impl Vm {
    /// Says what full collections leave free of the heap from now on.
    pub fn keep_free(&self, how: FreeHeap) -> Result<(), JvmError> {
        let how = match how {
            FreeHeap::None => 0,
            FreeHeap::Most => 1,
            FreeHeap::Usual => 2,
        };
        self.attached(|env, shim| {
            let how = [JValue::Int(how)];
            env.call_static_method(&shim.class, jni_str!("keepFree"), jni_sig!("(I)V"), &how)?;
            Ok(())
        })
    }

    /// What all functions hold together of the heap, those included that are no longer used and not dropped yet.
    pub fn survivor_bytes(&self) -> u64 {
        account::survivor_bytes()
    }

    /// Was the heap full of what is live since this was asked last? What a function may have asked for that is too large for
    /// any heap does not count.
    pub fn take_heap_exhaustion(&self) -> bool {
        account::take_exhaustion()
    }

    /// Funclets that have been made and not been closed.
    pub fn open_funclets(&self) -> usize {
        funclet::open_count()
    }

    /// Asks for a full collection and takes nobody's figures from it. It may be left out when another one comes in between.
    pub fn collect_unjudged(&self) -> Result<(), JvmError> {
        self.attached(|env, _| {
            agent::collect(env);
            Ok(())
        })
    }

    /// Gives memory that the process has freed back to the kernel: the C library keeps what a burst of threads took.
    pub fn trim(&self) {
        // SAFETY: it takes the locks of the C library's own heaps and touches nothing that is in use.
        unsafe { libc::malloc_trim(0) };
    }
}
