//! How a thread of a function is ended from outside: JVMTI StopThread with the shim's own Error.
//!
//! The Error arrives at the thread's next safepoint poll, in Java or in a wait, park or sleep. A thread in a blocking
//! system call gets it when the call returns. Whoever stops a lane has taken its call first (see `lane`), so a late
//! Error can only hit a thread that will never answer again.

use jni::objects::{JObject, JThread};
use jni::refs::Global;
use jvmti_bindings::sys::jvmti::jvmtiError;

use crate::agent;

/// Asks the JVM to throw `error` in `thread`. False: the JVM refused (the thread has ended, or there is no agent).
pub(crate) fn throw_in(
    _attached: &jni::Env<'_>,
    thread: &Global<JThread<'static>>,
    error: &Global<JObject<'static>>,
) -> bool {
    let Some(env) = agent::environment() else {
        return false;
    };
    // SAFETY: `env` lives as long as the JVM; both references are global and alive for this call; the calling thread is
    // attached, which `_attached` proves; can_signal_thread was granted when the agent was loaded.
    unsafe {
        match (*(*env).functions).StopThread {
            Some(stop) => stop(env, thread.as_raw().cast(), error.as_raw().cast()) == jvmtiError::NONE,
            None => false,
        }
    }
}
