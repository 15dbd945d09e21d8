//! Who holds the monitor that a lane waits for, or a thread of the host?
//!
//! Functions share the JDK's classes and interned texts, and can use them as locks. Whoever waits for such a lock may wait
//! for another funclet. The JVM knows the owner of a monitor; whose thread that is, the list of the funclets tells.

use std::ptr;

use jni::{Env, objects::JThread, refs::Global};
use jvmti_bindings::sys::{
    jni::{JNIEnv, jint, jobject},
    jvmti::{jvmtiEnv, jvmtiError, jvmtiMonitorUsage},
};

use crate::{JvmError, agent, boot::Vm, funclet, lane::Lane, meter::Meter, natives};

/// Bit of a thread's state: it waits to enter a monitor.
const WAITS_FOR_MONITOR: jint = 0x0400;

/// Who holds up a lane.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The funclet whose thread holds the monitor.
    pub meter: Meter,
    /// It is a thread that runs a call, not one that the function has started.
    pub is_lane: bool,
}

impl Lane {
    /// The funclet that holds the monitor for which this lane waits, if it waits for another one's. Everybody waits for a
    /// moment when it does wait for a monitor.
    pub fn held_up_by(&self, vm: &Vm) -> Option<Holder> {
        let waiting = self.java()?;
        let own = self.meter()?;
        let found = vm.attached(|env, _| Ok(find(env, waiting.as_raw().cast()))).ok()?;
        found.filter(|holder| !holder.meter.is_same(&own))
    }
}

/// A thread of the host that calls Java.
#[derive(Debug)]
pub struct HostThread(Global<JThread<'static>>);

impl HostThread {
    /// The calling one, which stays attached.
    pub fn current(vm: &Vm) -> Result<Self, JvmError> {
        vm.attached(|env, _| {
            let thread = natives::current_thread(env)?;
            env.new_global_ref(thread).map(Self)
        })
    }

    /// The funclet that holds the monitor for which this thread waits. Everybody waits for a moment when it does wait for one.
    pub fn held_up_by(&self, vm: &Vm) -> Option<Holder> {
        vm.attached(|env, _| Ok(find(env, self.0.as_raw().cast()))).ok()?
    }
}

fn find(env: &mut Env<'_>, waiting: jobject) -> Option<Holder> {
    let (jvmti, jni) = (agent::environment()?, env.get_raw().cast::<JNIEnv>());
    let monitor = contended(jvmti, waiting)?;
    let owner = owner(jvmti, jni, monitor);
    let is_owner = |thread: jobject| {
        // SAFETY: both are live references, and the calling thread is attached.
        owner.is_some_and(|owner| unsafe { ((**jni).IsSameObject)(jni, owner, thread) != 0 })
    };
    let holder = owner.and_then(|_| {
        funclet::all().into_iter().find_map(|inner| {
            let is_lane = inner.lane_threads(|thread| is_owner(thread.as_raw().cast()));
            let is_helper = || {
                inner.crew.alive() > 0
                    && inner.crew.helpers().iter().any(|helper| is_owner(helper.java.as_raw().cast()))
            };
            (is_lane || is_helper()).then(|| Holder { meter: Meter::of(&inner), is_lane })
        })
    });
    for local in [Some(monitor), owner].into_iter().flatten() {
        // SAFETY: the JVM gave these local references to this thread, and they are not used any more.
        unsafe { ((**jni).DeleteLocalRef)(jni, local) };
    }
    holder
}

/// The monitor that a thread waits to enter, as a local reference.
fn contended(jvmti: *mut jvmtiEnv, thread: jobject) -> Option<jobject> {
    let mut state: jint = 0;
    let mut monitor: jobject = ptr::null_mut();
    // SAFETY: the environment lives as long as the JVM, the thread is a global reference that the caller keeps, the calling
    // thread is attached; the functions write one int and one local reference.
    unsafe {
        let functions = &*(*jvmti).functions;
        let state_of = functions.GetThreadState?;
        if state_of(jvmti, thread, &raw mut state) != jvmtiError::NONE || state & WAITS_FOR_MONITOR == 0 {
            return None;
        }
        let contended = functions.GetCurrentContendedMonitor?;
        let got = contended(jvmti, thread, &raw mut monitor) == jvmtiError::NONE;
        (got && !monitor.is_null()).then_some(monitor)
    }
}

/// The thread that owns a monitor, as a local reference.
fn owner(jvmti: *mut jvmtiEnv, jni: *mut JNIEnv, monitor: jobject) -> Option<jobject> {
    let mut usage = jvmtiMonitorUsage {
        owner: ptr::null_mut(),
        entry_count: 0,
        waiter_count: 0,
        waiters: ptr::null_mut(),
        notify_waiter_count: 0,
        notify_waiters: ptr::null_mut(),
    };
    // SAFETY: as in `contended`; the function fills the struct, whose arrays hold as many local references as it says and
    // are given back here, once.
    unsafe {
        let functions = &*(*jvmti).functions;
        let (usage_of, free) = (functions.GetObjectMonitorUsage?, functions.Deallocate?);
        if usage_of(jvmti, monitor, &raw mut usage) != jvmtiError::NONE {
            return None;
        }
        for (threads, count) in
            [(usage.waiters, usage.waiter_count), (usage.notify_waiters, usage.notify_waiter_count)]
        {
            for at in 0..usize::try_from(count).unwrap_or(0) {
                ((**jni).DeleteLocalRef)(jni, *threads.add(at));
            }
            if !threads.is_null() {
                free(jvmti, threads.cast());
            }
        }
    }
    (!usage.owner.is_null()).then_some(usage.owner)
}
