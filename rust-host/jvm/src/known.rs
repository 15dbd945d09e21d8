//! The few things inside the JDK that are read by name: the number of a Thread, the number of an open file, the
//! counter of the bytes that a thread has allocated (behind com.sun.management.ThreadMXBean), how full the heap is, and
//! how often all of it was collected. They are the same on JDK 17 to 25; a JDK without them does not start.

use std::{ffi::CStr, sync::OnceLock};

use jni::{
    Env, JValue,
    exceptions::{
        JClassCircularityError, JClassFormatError, JClassNotFoundException, JExceptionInInitializerError,
        JLinkageError, JNoClassDefFoundError, JNoSuchFieldError, JNoSuchMethodError, JOutOfMemoryError,
        JSecurityException,
    },
    ids::{JFieldID, JMethodID, JStaticMethodID},
    jni_sig, jni_str,
    objects::{JByteArray, JClass, JObject, JString, JThread},
    refs::{Global, LoaderContext, Reference},
    signature::{Primitive, ReturnType},
    sys::{JNIEnv, jclass, jlong, jvalue},
};

use crate::JvmError;

/// A static native method of Java that takes one long and gives one.
type Native = unsafe extern "system" fn(*mut JNIEnv, jclass, jlong) -> jlong;

struct Known {
    thread_number: JFieldID,
    file_number: JFieldID,
    file_close: JMethodID,
    counters: Global<JClass<'static>>,
    allocated: JStaticMethodID,
    own_allocated: Native,
    runtime: Global<JObject<'static>>,
    total: JMethodID,
    free: JMethodID,
    /// The bean that counts full collections, and its method.
    full: Global<JObject<'static>>,
    count: JMethodID,
}

/// The name of that bean. What the collector does concurrently is not counted there.
const FULL_COLLECTIONS: &str = "G1 Old Generation";

static KNOWN: OnceLock<Known> = OnceLock::new();

/// Looks everything up. Called once, before the first function is loaded.
pub(crate) fn learn(env: &mut Env<'_>) -> Result<(), JvmError> {
    learn_failures(env)?;
    let thread = env.find_class(jni_str!("java/lang/Thread"))?;
    let thread_number = env.get_field_id(&thread, jni_str!("tid"), jni_sig!("J"))?;
    let file = env.find_class(jni_str!("java/io/FileDescriptor"))?;
    let file_number = env.get_field_id(&file, jni_str!("fd"), jni_sig!("I"))?;
    let file_close = env.get_method_id(&file, jni_str!("close"), jni_sig!("()V"))?;
    // The counters are natives of a library that the bean's factory loads.
    let factory = env.find_class(jni_str!("java/lang/management/ManagementFactory"))?;
    env.call_static_method(
        &factory,
        jni_str!("getThreadMXBean"),
        jni_sig!("()Ljava/lang/management/ThreadMXBean;"),
        &[],
    )?;
    let (full, count) = find_full(env, &factory)?;
    let counters = env.find_class(jni_str!("sun/management/ThreadImpl"))?;
    let allocated =
        env.get_static_method_id(&counters, jni_str!("getThreadAllocatedMemory0"), jni_sig!("(J)J"))?;
    let runtime_class = env.find_class(jni_str!("java/lang/Runtime"))?;
    let runtime = env
        .call_static_method(&runtime_class, jni_str!("getRuntime"), jni_sig!("()Ljava/lang/Runtime;"), &[])?
        .l()?;
    let known = Known {
        thread_number,
        file_number,
        file_close,
        counters: env.new_global_ref(counters)?,
        allocated,
        own_allocated: native_of_counters().ok_or(JvmError::NoEvents)?,
        runtime: env.new_global_ref(runtime)?,
        total: env.get_method_id(&runtime_class, jni_str!("totalMemory"), jni_sig!("()J"))?,
        free: env.get_method_id(&runtime_class, jni_str!("freeMemory"), jni_sig!("()J"))?,
        full,
        count,
    };
    // Set once: there is one JVM.
    let _ = KNOWN.set(known);
    Ok(())
}

/// The JNI wrapper compares what Java throws with these classes, and looks each up when it first needs it. With a full heap
/// that would fail for want of memory, be compared in its turn, and so on until the stack is full and the process dies.
fn learn_failures(env: &Env<'_>) -> Result<(), JvmError> {
    let loader = LoaderContext::default();
    JOutOfMemoryError::lookup_class(env, &loader)?;
    JClassNotFoundException::lookup_class(env, &loader)?;
    JNoClassDefFoundError::lookup_class(env, &loader)?;
    JClassFormatError::lookup_class(env, &loader)?;
    JClassCircularityError::lookup_class(env, &loader)?;
    JExceptionInInitializerError::lookup_class(env, &loader)?;
    JLinkageError::lookup_class(env, &loader)?;
    JSecurityException::lookup_class(env, &loader)?;
    JNoSuchFieldError::lookup_class(env, &loader)?;
    JNoSuchMethodError::lookup_class(env, &loader)?;
    JByteArray::lookup_class(env, &loader)?;
    Ok(())
}

/// What `allocated` leads to, by the name that JNI gives it. The library is loaded by now.
fn native_of_counters() -> Option<Native> {
    const LIBRARY: &CStr = c"libmanagement.so";
    const NAME: &CStr = c"Java_sun_management_ThreadImpl_getThreadAllocatedMemory0";
    // SAFETY: both names end with a zero; a library that is not loaded, or has no such symbol, gives null, and null no function.
    // The library stays, as it is the JDK's. JNI says what a native of this signature is in C.
    unsafe {
        let library = libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_NOW);
        if library.is_null() {
            return None;
        }
        std::mem::transmute::<*mut libc::c_void, Option<Native>>(libc::dlsym(library, NAME.as_ptr()))
    }
}

fn find_full(
    env: &mut Env<'_>,
    factory: &JClass<'_>,
) -> Result<(Global<JObject<'static>>, JMethodID), JvmError> {
    let beans = env
        .call_static_method(
            factory,
            jni_str!("getGarbageCollectorMXBeans"),
            jni_sig!("()Ljava/util/List;"),
            &[],
        )?
        .l()?;
    let number = env.call_method(&beans, jni_str!("size"), jni_sig!("()I"), &[])?.i()?;
    for at in 0..number {
        let bean = env
            .call_method(&beans, jni_str!("get"), jni_sig!("(I)Ljava/lang/Object;"), &[JValue::Int(at)])?
            .l()?;
        let name = env.call_method(&bean, jni_str!("getName"), jni_sig!("()Ljava/lang/String;"), &[])?.l()?;
        let name = env.cast_local::<JString<'_>>(name)?.to_string();
        if name == FULL_COLLECTIONS {
            let class = env.find_class(jni_str!("java/lang/management/GarbageCollectorMXBean"))?;
            let count = env.get_method_id(&class, jni_str!("getCollectionCount"), jni_sig!("()J"))?;
            return Ok((env.new_global_ref(bean)?, count));
        }
    }
    Err(JvmError::NoEvents)
}

/// Full collections since the start: those that stop everybody until the whole heap has been looked at. Allocates nothing.
pub(crate) fn full_collections(env: &mut Env<'_>) -> Option<u64> {
    let known = KNOWN.get()?;
    // SAFETY: the method is the bean's own, without arguments, looked up in `learn`, and gives a long.
    unsafe {
        env.call_method_unchecked(&known.full, known.count, ReturnType::Primitive(Primitive::Long), &[])
    }
    .and_then(|value| value.j())
    .ok()
    .and_then(|count| u64::try_from(count).ok())
}

/// What of the heap is in use, garbage included. Two natives that allocate nothing.
pub(crate) fn heap_used_bytes(env: &mut Env<'_>) -> Option<u64> {
    let known = KNOWN.get()?;
    let mut ask = |method| {
        // SAFETY: the methods are Runtime's own, without arguments, looked up in `learn`, and give a long.
        unsafe {
            env.call_method_unchecked(&known.runtime, method, ReturnType::Primitive(Primitive::Long), &[])
        }
        .and_then(|value| value.j())
        .ok()
    };
    let (total, free) = (ask(known.total)?, ask(known.free)?);
    u64::try_from(total - free).ok()
}

/// The number of a Java thread, unique in the JVM, whatever the thread's class makes of getId.
pub(crate) fn thread_number(env: &mut Env<'_>, thread: &JThread<'_>) -> Option<i64> {
    let known = KNOWN.get()?;
    // SAFETY: the field is Thread's own long, looked up in `learn`, and the object is a Thread by its type.
    unsafe { env.get_field_unchecked(thread, known.thread_number, ReturnType::Primitive(Primitive::Long)) }
        .and_then(|value| value.j())
        .ok()
}

/// Bytes that a thread has allocated; 0 stands for the calling one. None: there is no such thread any more.
pub(crate) fn allocated_bytes(env: &mut Env<'_>, thread_number: i64) -> Option<u64> {
    let known = KNOWN.get()?;
    // SAFETY: a static native that takes one long and gives one, looked up in `learn`.
    unsafe {
        env.call_static_method_unchecked(
            &known.counters,
            known.allocated,
            ReturnType::Primitive(Primitive::Long),
            &[jvalue { j: thread_number }],
        )
    }
    .and_then(|value| value.j())
    .ok()
    .and_then(|bytes| u64::try_from(bytes).ok())
}

/// Bytes that the calling thread has allocated, for lanes: its native by itself, since the way through Java costs more than the
/// answer.
pub(crate) fn own_allocated_bytes(env: &Env<'_>) -> Option<u64> {
    const OWN: jlong = 0;
    let known = KNOWN.get()?;
    // SAFETY: the environment is the calling thread's; the native throws nothing for the calling thread; it was looked up in
    // `learn`, and the class is held there.
    let bytes = unsafe { (known.own_allocated)(env.get_raw(), known.counters.as_raw(), OWN) };
    u64::try_from(bytes).ok()
}

/// The number of the open file behind a FileDescriptor; none: it is closed.
pub(crate) fn file_number(env: &mut Env<'_>, descriptor: &JObject<'_>) -> Option<i32> {
    let known = KNOWN.get()?;
    // SAFETY: the field is FileDescriptor's own int; the caller has a FileDescriptor by the signature of its native.
    unsafe { env.get_field_unchecked(descriptor, known.file_number, ReturnType::Primitive(Primitive::Int)) }
        .and_then(|value| value.i())
        .ok()
        .filter(|number| *number >= 0)
}

/// Closes a FileDescriptor for all who share it.
pub(crate) fn close_file(env: &mut Env<'_>, descriptor: &JObject<'_>) {
    let Some(known) = KNOWN.get() else { return };
    // SAFETY: the method takes nothing and gives nothing; the caller has a FileDescriptor, see above.
    let closed = unsafe {
        env.call_method_unchecked(descriptor, known.file_close, ReturnType::Primitive(Primitive::Void), &[])
    };
    if closed.is_err() {
        // It cannot be closed twice; what threw here has nobody to hear it.
        env.exception_clear();
    }
}

/// What the JVM says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// Classes that are loaded, the JDK's included.
    pub loaded_classes: u64,
    /// Java heap in use, garbage included.
    pub heap_used_bytes: u64,
}

/// Asks the JVM. Runs a little Java, so not for a thread that must go on when the heap is full.
pub(crate) fn state(env: &mut Env<'_>) -> Result<State, jni::errors::Error> {
    let bean = env
        .call_static_method(
            jni_str!("java/lang/management/ManagementFactory"),
            jni_str!("getClassLoadingMXBean"),
            jni_sig!("()Ljava/lang/management/ClassLoadingMXBean;"),
            &[],
        )?
        .l()?;
    let classes = env.call_method(bean, jni_str!("getLoadedClassCount"), jni_sig!("()I"), &[])?.i()?;
    Ok(State {
        loaded_classes: u64::try_from(classes).unwrap_or(0),
        heap_used_bytes: heap_used_bytes(env).unwrap_or(0),
    })
}
