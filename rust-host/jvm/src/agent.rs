//! The JVMTI agent, linked into the executable and started by `-agentlib:flock`.
//!
//! It is loaded before the JVM runs any Java, because some capabilities can only be had then. Every capability, every
//! event and every callback is named in this file, nowhere else. `can_generate_exception_events` is never taken: it makes
//! a deep throw fifty times slower.
//!
//! Callbacks run on the JVM's and the functions' threads. They allocate nothing in the Java heap and hold no lock over
//! what can block; only that of a sampled allocation waits, when its function is far over its limit. A panic does not
//! cross (the JNI wrapper catches it, the plain ones cannot panic).

use std::{
    cell::Cell,
    ffi::{CStr, CString, c_char, c_void},
    fs, ptr,
    sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering},
    time::Instant,
};

use jni::{
    Env, EnvUnowned,
    objects::{JClass, JObject, JThread},
};
use jvmti_bindings::sys::{
    jni::{JNIEnv, JavaVM, jclass, jint, jlong, jobject, jthread},
    jvmti::{
        JVMTI_EVENT_CLASS_LOAD, JVMTI_EVENT_GARBAGE_COLLECTION_FINISH, JVMTI_EVENT_GARBAGE_COLLECTION_START,
        JVMTI_EVENT_OBJECT_FREE, JVMTI_EVENT_RESOURCE_EXHAUSTED, JVMTI_EVENT_SAMPLED_OBJECT_ALLOC,
        JVMTI_EVENT_THREAD_END, JVMTI_EVENT_THREAD_START, JVMTI_EVENT_VIRTUAL_THREAD_END,
        JVMTI_EVENT_VIRTUAL_THREAD_START, JVMTI_RESOURCE_EXHAUSTED_JAVA_HEAP,
        JVMTI_RESOURCE_EXHAUSTED_OOM_ERROR, JVMTI_VERSION_11, event_callbacks_size_for_feature,
        jvmtiCapabilities, jvmtiClassDefinition, jvmtiEnv, jvmtiError, jvmtiEventCallbacks,
    },
};

use crate::{account, known, lane, sampling, stop, threads};

static ENVIRONMENT: AtomicPtr<jvmtiEnv> = AtomicPtr::new(ptr::null_mut());
static HEAP_MAX_BYTES: AtomicU64 = AtomicU64::new(u64::MAX);
static COLLECTIONS: AtomicU64 = AtomicU64::new(0);
static COLLECTION_NANOS: AtomicU64 = AtomicU64::new(0);
static COLLECTION_BEGAN_NANOS: AtomicU64 = AtomicU64::new(0);
static CLASSES: AtomicU64 = AtomicU64::new(0);
/// The JVM reports freed objects on one thread of its own: the kernel's number of it; 0: none yet.
static REPORTER: AtomicI32 = AtomicI32::new(0);
static IS_COUNTING: AtomicBool = AtomicBool::new(false);

const FIRST_WITH_VIRTUAL_THREADS: u16 = 21;

/// Turns an event on.
pub(crate) const ENABLE: u32 = 1;

/// The events that are listened to.
const EVENTS: [u32; 8] = [
    JVMTI_EVENT_THREAD_START,
    JVMTI_EVENT_THREAD_END,
    JVMTI_EVENT_CLASS_LOAD,
    JVMTI_EVENT_SAMPLED_OBJECT_ALLOC,
    JVMTI_EVENT_OBJECT_FREE,
    JVMTI_EVENT_GARBAGE_COLLECTION_START,
    JVMTI_EVENT_GARBAGE_COLLECTION_FINISH,
    JVMTI_EVENT_RESOURCE_EXHAUSTED,
];

/// The JVMTI environment of the agent; none before the JVM has loaded it.
pub(crate) fn environment() -> Option<*mut jvmtiEnv> {
    let env = ENVIRONMENT.load(Ordering::Acquire);
    (!env.is_null()).then_some(env)
}

/// Pauses by collections since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collections {
    /// How many.
    pub count: u64,
    /// How long, in all.
    pub nanos: u64,
}

/// The pauses so far.
pub fn collections() -> Collections {
    Collections {
        count: COLLECTIONS.load(Ordering::Relaxed),
        nanos: COLLECTION_NANOS.load(Ordering::Relaxed),
    }
}

/// Classes that functions have defined since the start.
pub fn classes_defined() -> u64 {
    CLASSES.load(Ordering::Relaxed)
}

/// Is the use of functions counted?
pub(crate) fn is_counting() -> bool {
    IS_COUNTING.load(Ordering::Relaxed)
}

/// Starts to listen. Before this the JVM starts undisturbed.
pub(crate) fn listen(_attached: &Env<'_>, heap_max_bytes: u64, young_bytes: u64) -> bool {
    HEAP_MAX_BYTES.store(heap_max_bytes, Ordering::Relaxed);
    account::expect_garbage(young_bytes);
    IS_COUNTING.store(true, Ordering::Relaxed);
    let Some(env) = environment() else { return false };
    let mut callbacks = jvmtiEventCallbacks::default();
    callbacks.ThreadStart = Some(on_thread_start);
    callbacks.ThreadEnd = Some(on_thread_end);
    callbacks.ClassLoad = Some(on_class_load);
    callbacks.SampledObjectAlloc = Some(on_sampled_alloc);
    callbacks.ObjectFree = Some(on_object_free);
    callbacks.GarbageCollectionStart = Some(on_collection_start);
    callbacks.GarbageCollectionFinish = Some(on_collection_finish);
    callbacks.ResourceExhausted = Some(on_resource_exhausted);
    let feature = feature(env);
    if feature >= FIRST_WITH_VIRTUAL_THREADS {
        // A virtual thread that is bound to a thread of the kernel has events of its own.
        callbacks.VirtualThreadStart = Some(on_thread_start);
        callbacks.VirtualThreadEnd = Some(on_thread_end);
    }
    let virtual_events = [JVMTI_EVENT_VIRTUAL_THREAD_START, JVMTI_EVENT_VIRTUAL_THREAD_END];
    let virtual_events = virtual_events.into_iter().filter(|_| feature >= FIRST_WITH_VIRTUAL_THREADS);
    // SAFETY: `env` lives as long as the JVM; the callbacks have the types that the table asks for, and the size names
    // the part of the table that this JDK knows.
    unsafe {
        let functions = &*(*env).functions;
        let (Some(set), Some(interval), Some(enable)) = (
            functions.SetEventCallbacks,
            functions.SetHeapSamplingInterval,
            functions.SetEventNotificationMode,
        ) else {
            return false;
        };
        set(env, &raw const callbacks, event_callbacks_size_for_feature(feature)) == jvmtiError::NONE
            && interval(env, sampling::FINE_BYTES.cast_signed()) == jvmtiError::NONE
            && EVENTS
                .into_iter()
                .chain(virtual_events)
                .all(|event| enable(env, ENABLE, event, ptr::null_mut()) == jvmtiError::NONE)
    }
}

/// Samples that threads draw from now on are so far from each other on average.
pub(crate) fn sample_every(_attached: &Env<'_>, bytes: u32) -> bool {
    let Some(env) = environment() else { return false };
    // SAFETY: `env` lives as long as the JVM and the calling thread is attached.
    unsafe {
        (*(*env).functions)
            .SetHeapSamplingInterval
            .is_some_and(|set| set(env, bytes.cast_signed()) == jvmtiError::NONE)
    }
}

/// The release of Java.
pub(crate) fn feature(env: *mut jvmtiEnv) -> u16 {
    const OLDEST: u16 = 17;
    let mut version: jint = 0;
    // SAFETY: `env` lives as long as the JVM and GetVersionNumber writes one int.
    unsafe {
        if let Some(get) = (*(*env).functions).GetVersionNumber {
            get(env, &raw mut version);
        }
    }
    u16::try_from(version >> 16 & 0xfff).unwrap_or(OLDEST).max(OLDEST)
}

/// Is the JVM older than that of this JDK?
pub(crate) fn is_before(first: u16) -> bool {
    environment().is_some_and(|env| feature(env) < first)
}

/// Ties `tag` to an object: the event of its end will bring it back.
pub(crate) fn tag(_attached: &Env<'_>, object: &jni::objects::JObject<'_>, tag: i64) -> bool {
    let Some(env) = environment() else { return false };
    // SAFETY: `env` lives as long as the JVM, the object is a live local reference of the attached thread.
    unsafe {
        (*(*env).functions)
            .SetTag
            .is_some_and(|set| set(env, object.as_raw().cast(), tag) == jvmtiError::NONE)
    }
}

/// The tag of an object, if it has one.
pub(crate) fn tag_of(_attached: &Env<'_>, object: &jni::objects::JObject<'_>) -> Option<i64> {
    let env = environment()?;
    let mut tag: jlong = 0;
    // SAFETY: as in `tag`; GetTag writes one long.
    unsafe {
        let get = (*(*env).functions).GetTag?;
        get(env, object.as_raw().cast(), &raw mut tag);
    }
    (tag != 0).then_some(tag)
}

const ALIVE: jint = 0x0001;
const TERMINATED: jint = 0x0002;

/// Has the thread never been started?
pub(crate) fn is_new(attached: &Env<'_>, thread: &JThread<'_>) -> bool {
    state_of(attached, thread).is_some_and(|state| state & (ALIVE | TERMINATED) == 0)
}

/// Was the thread started, and has it ended?
pub(crate) fn is_over(attached: &Env<'_>, thread: &JThread<'_>) -> bool {
    state_of(attached, thread).is_some_and(|state| state & TERMINATED != 0)
}

fn state_of(_attached: &Env<'_>, thread: &JThread<'_>) -> Option<jint> {
    let env = environment()?;
    let mut state: jint = 0;
    // SAFETY: as in `tag`; GetThreadState writes one int.
    unsafe {
        let get = (*(*env).functions).GetThreadState?;
        (get(env, thread.as_raw().cast(), &raw mut state) == jvmtiError::NONE).then_some(state)
    }
}

/// Collects the whole heap, if no other collection comes in between. Everybody waits meanwhile.
pub(crate) fn collect(_attached: &Env<'_>) -> bool {
    let Some(env) = environment() else { return false };
    // SAFETY: `env` lives as long as the JVM and the calling thread is attached.
    unsafe {
        (*(*env).functions).ForceGarbageCollection.is_some_and(|collect| collect(env) == jvmtiError::NONE)
    }
}

/// Opens a package of a module to another module.
pub(crate) fn open(_attached: &Env<'_>, module: &JObject<'_>, package: &str, to: &JObject<'_>) -> bool {
    let (Some(env), Ok(package)) = (environment(), CString::new(package)) else { return false };
    // SAFETY: `env` lives as long as the JVM, the objects are live references of the attached thread, and the name ends with
    // a zero.
    unsafe {
        (*(*env).functions).AddModuleOpens.is_some_and(|open| {
            open(env, module.as_raw().cast(), package.as_ptr(), to.as_raw().cast()) == jvmtiError::NONE
        })
    }
}

/// Has a module read another one.
pub(crate) fn read(_attached: &Env<'_>, module: &JObject<'_>, other: &JObject<'_>) -> bool {
    let Some(env) = environment() else { return false };
    // SAFETY: `env` lives as long as the JVM, the objects are live references of the attached thread.
    unsafe {
        (*(*env).functions)
            .AddModuleReads
            .is_some_and(|read| read(env, module.as_raw().cast(), other.as_raw().cast()) == jvmtiError::NONE)
    }
}

/// Puts these class files in the place of those of loaded classes, all at once. Gives the error's number, 0 for none.
pub(crate) fn redefine(_attached: &Env<'_>, all: &[(JClass<'_>, Vec<u8>)]) -> jint {
    const FAILED: jint = -1;
    let definitions: Option<Vec<_>> = all
        .iter()
        .map(|(class, bytes)| {
            Some(jvmtiClassDefinition {
                klass: class.as_raw().cast(),
                class_byte_count: jint::try_from(bytes.len()).ok()?,
                class_bytes: bytes.as_ptr(),
            })
        })
        .collect();
    let (Some(env), Some(definitions)) = (environment(), definitions) else { return FAILED };
    let Ok(count) = jint::try_from(definitions.len()) else { return FAILED };
    // SAFETY: `env` lives as long as the JVM; the classes are live references of the attached thread, and the bytes outlive
    // the call.
    unsafe {
        (*(*env).functions)
            .RedefineClasses
            .map_or(FAILED, |redefine| redefine(env, count, definitions.as_ptr()).raw())
    }
}

/// From now on nobody can redefine classes. False: somebody still could.
pub(crate) fn end_redefining() -> bool {
    let Some(env) = environment() else { return false };
    let mut gone = jvmtiCapabilities::default();
    gone.set_can_redefine_classes(true);
    // SAFETY: `env` lives as long as the JVM.
    unsafe {
        (*(*env).functions)
            .RelinquishCapabilities
            .is_some_and(|relinquish| relinquish(env, &raw const gone) == jvmtiError::NONE)
    }
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
    wanted.set_can_get_bytecodes(true);
    wanted.set_can_get_constant_pool(true);
    wanted.set_can_get_line_numbers(true);
    wanted.set_can_get_owned_monitor_stack_depth_info(true);
    wanted.set_can_get_current_contended_monitor(true);
    wanted.set_can_get_monitor_info(true);
    wanted.set_can_redefine_classes(true);
    wanted.set_can_tag_objects(true);
    wanted.set_can_generate_object_free_events(true);
    wanted.set_can_generate_sampled_object_alloc_events(true);
    wanted.set_can_generate_garbage_collection_events(true);
    wanted.set_can_generate_resource_exhaustion_heap_events(true);
    wanted.set_can_support_virtual_threads(feature(env) >= FIRST_WITH_VIRTUAL_THREADS);
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

/// Runs work with the environment that the JVM gave to a callback.
fn within(jni: *mut JNIEnv, work: impl FnOnce(&mut Env<'_>)) {
    // SAFETY: the JVM gives a callback the environment of the calling, attached thread, valid until it returns.
    let mut unowned = unsafe { EnvUnowned::from_raw(jni.cast()) };
    unowned
        .with_env(|env| -> Result<(), jni::errors::Error> {
            work(env);
            Ok(())
        })
        .resolve::<jni::errors::LogErrorAndDefault>();
}

unsafe extern "system" fn on_thread_start(_: *mut jvmtiEnv, jni: *mut JNIEnv, thread: jthread) {
    within(jni, |env| {
        // SAFETY: the JVM gives a live local reference to the thread that has started; it is not deleted here.
        let thread = std::mem::ManuallyDrop::new(unsafe { JThread::from_raw(env, thread.cast()) });
        threads::started(env, &thread);
    });
}

unsafe extern "system" fn on_thread_end(_: *mut jvmtiEnv, jni: *mut JNIEnv, _: jthread) {
    if account::is_owned() {
        within(jni, |env| {
            lane::ending(env);
            threads::ended(env);
        });
    }
}

unsafe extern "system" fn on_class_load(jvmti: *mut jvmtiEnv, jni: *mut JNIEnv, _: jthread, class: jclass) {
    if !account::is_owned() {
        return;
    }
    let mut loader: jobject = ptr::null_mut();
    // SAFETY: the JVM gives its own environments and a live class; GetClassLoader writes one local reference, which is
    // deleted here.
    unsafe {
        let Some(get) = (*(*jvmti).functions).GetClassLoader else { return };
        if get(jvmti, class, &raw mut loader) == jvmtiError::NONE && !loader.is_null() {
            ((**jni).DeleteLocalRef)(jni, loader);
            CLASSES.fetch_add(1, Ordering::Relaxed);
            account::class_defined();
        }
    }
}

unsafe extern "system" fn on_sampled_alloc(
    jvmti: *mut jvmtiEnv,
    _: *mut JNIEnv,
    _: jthread,
    object: jobject,
    _: jclass,
    size_bytes: jlong,
) {
    if let Some(tag) = account::sampled(size_bytes) {
        // SAFETY: the JVM gives its own environment and a live reference to the new object.
        unsafe {
            if let Some(set) = (*(*jvmti).functions).SetTag {
                set(jvmti, object, tag);
            }
        }
        account::wait_for_collection();
    }
}

unsafe extern "system" fn on_object_free(_: *mut jvmtiEnv, tag: jlong) {
    account::freed(tag);
    if REPORTER.load(Ordering::Relaxed) == 0 {
        // SAFETY: the call has no precondition.
        REPORTER.store(unsafe { libc::gettid() }, Ordering::Relaxed);
        // On a busy machine limits wait for it.
        stop::prefer_this_thread();
    }
}

/// Is the thread that reports freed objects at it, or about to go on?
pub(crate) fn is_reporting() -> bool {
    let stat = fs::read_to_string(format!("/proc/self/task/{}/stat", REPORTER.load(Ordering::Relaxed)));
    // The state follows the name, which is in brackets; a thread that waits for the CPU is R as well.
    stat.is_ok_and(|stat| !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S')))
}

unsafe extern "system" fn on_collection_start(_: *mut jvmtiEnv) {
    account::collection_begins();
    COLLECTION_BEGAN_NANOS.store(now_nanos(), Ordering::Relaxed);
}

unsafe extern "system" fn on_collection_finish(_: *mut jvmtiEnv) {
    let took = now_nanos().saturating_sub(COLLECTION_BEGAN_NANOS.load(Ordering::Relaxed));
    COLLECTIONS.fetch_add(1, Ordering::Relaxed);
    COLLECTION_NANOS.fetch_add(took, Ordering::Relaxed);
}

/// What HotSpot calls its memory for classes when it is full.
const CLASS_MEMORY: [&[u8]; 2] = [b"Metaspace", b"Compressed class space"];

unsafe extern "system" fn on_resource_exhausted(
    _: *mut jvmtiEnv,
    jni: *mut JNIEnv,
    flags: jint,
    _: *const c_void,
    description: *const c_char,
) {
    thread_local! {
        /// This thread is told just now.
        static IS_TOLD: Cell<bool> = const { Cell::new(false) };
    }
    // What is asked here may want memory in its turn, and would be told again until the stack is full.
    if flags & JVMTI_RESOURCE_EXHAUSTED_JAVA_HEAP != 0 && !IS_TOLD.replace(true) {
        within(jni, |env| {
            let max = HEAP_MAX_BYTES.load(Ordering::Relaxed);
            account::heap_exhausted(max, known::heap_used_bytes(env).unwrap_or(max));
        });
        IS_TOLD.set(false);
    } else if flags == JVMTI_RESOURCE_EXHAUSTED_OOM_ERROR && !description.is_null() {
        // SAFETY: the JVM gives a text that ends with a zero.
        let what = unsafe { CStr::from_ptr(description) }.to_bytes();
        if CLASS_MEMORY.contains(&what) {
            account::class_memory_exhausted();
        }
    }
}

/// Nanoseconds since the first question.
fn now_nanos() -> u64 {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    u64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}
