//! The JVMTI agent, linked into the executable and started by `-agentlib:flock`.
//!
//! It is loaded before the JVM runs any Java, because some capabilities can only be had then. Every capability is asked
//! for in `Agent_OnLoad_flock`, nowhere else. `can_generate_exception_events` is never taken: it makes a deep throw fifty
//! times slower.

use std::{
    ffi::{c_char, c_void},
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use jvmti_bindings::sys::{
    jni::{JavaVM, jint},
    jvmti::{JVMTI_VERSION_11, jvmtiCapabilities, jvmtiEnv, jvmtiError},
};

static ENVIRONMENT: AtomicPtr<jvmtiEnv> = AtomicPtr::new(ptr::null_mut());

/// The JVMTI environment of the agent; none before the JVM has loaded it.
pub(crate) fn environment() -> Option<*mut jvmtiEnv> {
    let env = ENVIRONMENT.load(Ordering::Acquire);
    (!env.is_null()).then_some(env)
}

/// Called by the JVM while it starts. A non-zero answer makes the start fail.
///
/// # Safety
/// Only the JVM calls this, with a valid `vm`, once, on the thread that creates the JVM.
#[unsafe(no_mangle)]
#[allow(unreachable_pub, reason = "the JVM reaches it by its exported name")]
pub unsafe extern "system" fn Agent_OnLoad_flock(
    vm: *mut JavaVM,
    _options: *mut c_char,
    _reserved: *mut c_void,
) -> jint {
    const FAILED: jint = 1;
    let mut env: *mut jvmtiEnv = ptr::null_mut();
    // SAFETY: `vm` is valid by this function's contract and GetEnv writes one pointer.
    let got = unsafe { ((**vm).GetEnv)(vm, (&raw mut env).cast::<*mut c_void>(), JVMTI_VERSION_11) };
    if got != 0 || env.is_null() {
        return FAILED;
    }
    let mut wanted = jvmtiCapabilities::default();
    wanted.set_can_signal_thread(true);
    wanted.set_can_suspend(true);
    // SAFETY: `env` was just given by the JVM and its function table lives as long as the JVM.
    let added = unsafe {
        match (*(*env).functions).AddCapabilities {
            Some(add) => add(env, &raw const wanted),
            None => return FAILED,
        }
    };
    if added != jvmtiError::NONE {
        return FAILED;
    }
    ENVIRONMENT.store(env, Ordering::Release);
    0
}

/// Keeps the linker from dropping the entry point, which nothing in Rust calls.
#[used]
static KEEP: unsafe extern "system" fn(*mut JavaVM, *mut c_char, *mut c_void) -> jint = Agent_OnLoad_flock;
