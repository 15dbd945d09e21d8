//! A second JVMTI environment, for the one thread that walks the heap: its tags are other numbers than those of the accounts.
//!
//! A walk takes the ends of tagged objects that are still to be reported away from *all* environments and reports them to the one
//! that walks. So this one listens to them, too, and stays: one that listens cannot be disposed of safely, because that waits inside
//! the VM for the thread that reports.

use std::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use jni::Env;
use jvmti_bindings::sys::{
    jni::{JavaVM, jlong},
    jvmti::{
        JVMTI_EVENT_OBJECT_FREE, JVMTI_VERSION_11, event_callbacks_size_for_feature, jvmtiCapabilities,
        jvmtiEnv, jvmtiError, jvmtiEventCallbacks,
    },
};

use crate::{account, agent};

/// It is made at the first walk. None: it cannot be had.
pub(super) fn of_walks(env: &Env<'_>) -> Option<*mut jvmtiEnv> {
    static WALKS: AtomicPtr<jvmtiEnv> = AtomicPtr::new(ptr::null_mut());
    let made = WALKS.load(Ordering::Acquire);
    if !made.is_null() {
        return Some(made);
    }
    let vm: *mut JavaVM = env.get_java_vm().ok()?.get_raw().cast();
    let mut made: *mut jvmtiEnv = ptr::null_mut();
    let mut wanted = jvmtiCapabilities::default();
    wanted.set_can_tag_objects(true);
    wanted.set_can_generate_object_free_events(true);
    let mut callbacks = jvmtiEventCallbacks::default();
    callbacks.ObjectFree = Some(on_object_free);
    // SAFETY: the JVM is alive and GetEnv writes one pointer; else as in `agent::listen`.
    unsafe {
        if ((**vm).GetEnv)(vm, (&raw mut made).cast::<*mut c_void>(), JVMTI_VERSION_11) != 0 || made.is_null()
        {
            return None;
        }
        let functions = &*(*made).functions;
        let (add, set, enable) =
            (functions.AddCapabilities?, functions.SetEventCallbacks?, functions.SetEventNotificationMode?);
        let size = event_callbacks_size_for_feature(agent::feature(made));
        let is_done = add(made, &raw const wanted) == jvmtiError::NONE
            && set(made, &raw const callbacks, size) == jvmtiError::NONE
            && enable(made, agent::ENABLE, JVMTI_EVENT_OBJECT_FREE, ptr::null_mut()) == jvmtiError::NONE;
        is_done.then(|| WALKS.store(made, Ordering::Release))?;
    }
    Some(made)
}

/// The end of an object that a walk came upon first.
unsafe extern "system" fn on_object_free(_: *mut jvmtiEnv, tag: jlong) {
    account::freed(tag);
}
