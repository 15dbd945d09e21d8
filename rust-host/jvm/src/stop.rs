//! How a thread of a function is ended from outside: JVMTI StopThread with the shim's own Error.
//!
//! The Error arrives at the thread's next safepoint poll, in Java or in a wait, park or sleep. A thread in a blocking
//! system call gets it when the call returns. Whoever stops a lane has taken its call first (see `lane`), so a late
//! Error can only hit a thread that will never answer again.
//!
//! The JDK's own state must stay whole, so the thread is suspended and its stack looked at first (see `places`). It is not
//! stopped while a class of the JDK is being initialised on it, nor while the JDK or the shim loads a class, links a call
//! site or counts something for it; nor while it takes random bytes, whose generator is one for all: those who take them,
//! print or ask for classes without end meet the gate there. Nor, for some milliseconds, while the gate looks at the stack
//! to see who calls; nor at an instruction that is about to initialise a class of the JDK (see `first_use`); nor, for half a
//! second, in the JDK's caches that all share, or where a call site may be linked. Those end soon, and the stop is tried again. What
//! the JDK does otherwise for a function (a regex, a sort, a wait) is stopped like the function's own code, after a short
//! time in which function code on top is preferred; longer when the JDK holds a monitor for it, and not at all while that
//! is the monitor of a JDK class.
//!
//! A thread that runs compiled code is hit at the next place where the JVM can hold it. Before JDK 21 most of these are of no
//! use: where a compiled method returns the stop is not looked for, and at a loop it only has the frame go on in the
//! interpreter, which looks for it where it is held. A StopThread has the frame that the thread is about to return to go on in
//! the interpreter, too; so there it is repeated soon, and the thread is held a few times right after each (`Eye::press`).
//!
//! On a busy machine the target needs a CPU to be held, and to die, so it goes before others meanwhile (see `rank`).

mod first_use;
mod rank;

use std::{
    collections::HashMap,
    ffi::{CStr, c_char},
    ptr,
    sync::Mutex,
    time::{Duration, Instant},
};

use jni::{
    objects::{JObject, JThread},
    refs::Global,
};
use jvmti_bindings::sys::{
    jni::{jclass, jint, jmethodID, jobject},
    jvmti::{jvmtiEnv, jvmtiError, jvmtiFrameInfo, jvmtiMonitorStackDepthInfo},
};

use first_use::FirstUse;

pub(crate) use rank::{Rank, prefer_this_thread, rank};
pub use rank::{prioritise_killer, stand_back};

use crate::{
    agent,
    clock::OsThread,
    lane::lock,
    places::{Place, place_of},
};

/// Frames that are looked at. What calls deeper than that is no class initialiser of the JDK.
const FRAMES_MAX: usize = 256;
/// Frames that a log shows.
const FRAMES_SHOWN: usize = 20;
/// For so long after the first try function code on top is waited for.
const PREFER_OWN: Duration = Duration::from_millis(1);
/// For so long after the first try a monitor that the JDK holds for the function is waited for; longer while it works
/// than while it waits for something.
const PREFER_UNLOCKED: Duration = Duration::from_millis(20);
const PREFER_UNLOCKED_AT_WORK: Duration = Duration::from_millis(100);
/// For so long after the first try the gate's looks at the stack are left alone: a function that calls a hook without end
/// is hardly ever found anywhere else. A look changes nothing.
const PREFER_ANSWERED: Duration = Duration::from_millis(5);
/// For so long after the first try the JDK's own tables are left alone.
const PREFER_UNSHARED: Duration = Duration::from_millis(500);
/// For so long after the first try a moment is waited for at which nothing can be about to be linked.
const PREFER_SETTLED: Duration = Duration::from_millis(500);
/// Beyond this depth the question for monitors costs too much to be asked.
const MONITORS_DEPTH_MAX: usize = 200;

/// The JDKs before this look for a stop at few places.
const FIRST_ATTENTIVE: u16 = 21;
/// How often, and for how long at most, a thread is held right after a stop.
const PRESSED_TIMES: usize = 16;
const PRESSED_MAX: Duration = Duration::from_micros(300);
/// How long a stop that hit is left to itself before the next. JDK 21 and later keep each stop in a queue, and a thread that
/// leaves a stack of a hundred thousand frames looks through the queue at each of them.
const EFFECT: Duration = Duration::from_millis(3);
const EFFECT_INATTENTIVE: Duration = Duration::from_micros(400);

/// A thread to be stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) os: OsThread,
    pub(crate) java: &'a Global<JThread<'static>>,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The Error is on its way; the top of the stack at that moment, as text.
    Thrown(Vec<String>),
    /// The thread is in a place where it must not be stopped.
    Later(&'static str),
    /// The thread has ended, or has not begun.
    Gone,
}

/// The places of methods that are never unloaded.
static PLACES: Mutex<Option<HashMap<usize, Place>>> = Mutex::new(None);

/// How long a stop that hit is left to itself before it is repeated.
pub fn time_for_effect() -> Duration {
    if agent::is_before(FIRST_ATTENTIVE) { EFFECT_INATTENTIVE } else { EFFECT }
}

/// Tries to throw `error` in a thread. `since` is how long ago the first try was.
pub(crate) fn attempt(
    attached: &jni::Env<'_>,
    target: Target<'_>,
    error: &Global<JObject<'static>>,
    since: Duration,
) -> Tried {
    let Some(jvmti) = agent::environment() else { return Tried::Gone };
    let eye = Eye { jvmti, jni: attached.get_raw().cast(), thread: target.java.as_raw().cast() };
    rank(target.os, Rank::Tried);
    let tried = eye.attempt(error, since);
    if matches!(tried, Tried::Thrown(_)) && agent::is_before(FIRST_ATTENTIVE) {
        eye.press();
    }
    rank(target.os, if matches!(tried, Tried::Later(_)) { Rank::Usual } else { Rank::Dying });
    tried
}

/// Where a thread is, frames of the shim too, as text.
pub(crate) fn look(attached: &jni::Env<'_>, target: Target<'_>) -> Vec<String> {
    let Some(jvmti) = agent::environment() else { return Vec::new() };
    let eye = Eye { jvmti, jni: attached.get_raw().cast(), thread: target.java.as_raw().cast() };
    let mut frames = [jvmtiFrameInfo::default(); FRAMES_MAX];
    eye.frames(&mut frames)
        .iter()
        .take(FRAMES_SHOWN)
        .filter_map(|frame| Some(eye.describe(frame)?.1))
        .collect()
}

/// The signal by which the JDK itself wakes threads that are blocked in a system call (sun.nio.ch.NativeThread). Its
/// handler does nothing: the call ends as interrupted, the thread passes through Java and finds the Error there.
fn nudge_signal() -> libc::c_int {
    libc::SIGRTMAX() - 2
}

extern "C" fn on_nudge(_: libc::c_int) {}

/// Sees to it that a nudge does no harm before the JDK has set its own handler, which is the same.
pub(crate) fn prepare_nudge() {
    // SAFETY: the action is all zeroes but for its handler, which does nothing and may run at any time.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_nudge as *const () as libc::sighandler_t;
        libc::sigaction(nudge_signal(), &raw const action, ptr::null_mut());
    }
}

/// Ends the system call that a thread may be blocked in.
pub(crate) fn nudge(thread: OsThread) {
    // SAFETY: the call takes numbers; a thread that has ended gives an error, and its number is not given out again as
    // long as the process lives with so few threads; were it, a nudge harms nobody.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread.id(), nudge_signal()) };
}

/// A look at one thread through JVMTI.
struct Eye {
    jvmti: *mut jvmtiEnv,
    jni: *mut jvmti_bindings::sys::jni::JNIEnv,
    thread: jobject,
}

/// Calls a JVMTI function by its name in the table; true when it succeeded.
macro_rules! ask {
    ($eye:expr, $function:ident $(, $argument:expr)*) => {{
        // SAFETY: the environment lives as long as the JVM; the thread is a global reference that the caller keeps; out
        // pointers are to locals of the right type; the calling thread is attached.
        unsafe {
            (*(*$eye.jvmti).functions).$function
                .map_or(jvmtiError::INTERNAL, |call| call($eye.jvmti $(, $argument)*))
        }
    }};
}

use ask;

impl Eye {
    fn attempt(&self, error: &Global<JObject<'static>>, since: Duration) -> Tried {
        match ask!(self, SuspendThread, self.thread) {
            jvmtiError::NONE => {}
            _ => return Tried::Gone,
        }
        let mut frames = [jvmtiFrameInfo::default(); FRAMES_MAX];
        let frames = self.frames(&mut frames);
        let obstacle = self.obstacle(frames, since);
        let tried = match obstacle {
            Some(why) => Tried::Later(why),
            None => {
                let shown = self.show(frames);
                match ask!(self, StopThread, self.thread, error.as_raw().cast()) {
                    jvmtiError::NONE => {
                        // A stop wakes the threads that wait, but no virtual ones. It fails for a thread that has ended.
                        let _ = ask!(self, InterruptThread, self.thread);
                        Tried::Thrown(shown)
                    }
                    _ => Tried::Gone,
                }
            }
        };
        // A thread that cannot be resumed has ended.
        let _ = ask!(self, ResumeThread, self.thread);
        tried
    }

    /// Holds the thread a few times for the length of a question, so that its interpreted frames look for the stop.
    fn press(&self) {
        let mut frame = jvmtiFrameInfo::default();
        let mut count: jint = 0;
        let began = Instant::now();
        for _ in 0..PRESSED_TIMES {
            let seen = ask!(self, GetStackTrace, self.thread, 0, 1, &raw mut frame, &raw mut count);
            if seen != jvmtiError::NONE || began.elapsed() > PRESSED_MAX {
                return;
            }
        }
    }

    /// The top of the thread's stack.
    fn frames<'f>(&self, frames: &'f mut [jvmtiFrameInfo; FRAMES_MAX]) -> &'f [jvmtiFrameInfo] {
        let mut count: jint = 0;
        let seen = ask!(
            self,
            GetStackTrace,
            self.thread,
            0,
            FRAMES_MAX as jint,
            frames.as_mut_ptr(),
            &raw mut count
        );
        let count = if seen == jvmtiError::NONE { usize::try_from(count).unwrap_or(0) } else { 0 };
        &frames[..count.min(FRAMES_MAX)]
    }

    /// Why the thread must not be stopped where it is.
    fn obstacle(&self, frames: &[jvmtiFrameInfo], since: Duration) -> Option<&'static str> {
        let mut own = None;
        let mut is_delicate = false;
        let mut is_shared = false;
        let mut is_gate = false;
        let mut is_asking = false;
        for (depth, frame) in frames.iter().enumerate() {
            match self.place(frame.method) {
                Place::JdkInitialiser => return Some("a class of the JDK is being initialised"),
                Place::Function if own.is_none() => own = Some(depth),
                Place::Delicate if own.is_none() => is_delicate = true,
                Place::Shared if own.is_none() => is_shared = true,
                Place::Gate if own.is_none() => is_gate = true,
                Place::Asking if own.is_none() => is_asking = true,
                _ => {}
            }
        }
        if is_delicate || is_gate && !(is_asking && since > PREFER_ANSWERED) {
            return Some("the JDK or the shim is at work for the function");
        }
        if is_shared && since < PREFER_UNSHARED {
            return Some("the JDK is at work on what all share");
        }
        if let Some(own) = own.filter(|own| *own > 0) {
            if since < PREFER_OWN {
                return Some("code of the JDK is on top");
            }
            if frames.len() < MONITORS_DEPTH_MAX
                && let Some(why) = self.monitor(own, since)
            {
                return Some(why);
            }
        }
        let may_initialise = match self.first_use(frames.first()?) {
            FirstUse::No => false,
            FirstUse::Near => true,
            FirstUse::Unknown => since < PREFER_SETTLED,
        };
        may_initialise.then_some("a class of the JDK may be about to be initialised")
    }

    /// Is there a monitor that the JDK's frames above the function's have locked?
    fn monitor(&self, own: usize, since: Duration) -> Option<&'static str> {
        let mut count: jint = 0;
        let mut owned: *mut jvmtiMonitorStackDepthInfo = ptr::null_mut();
        if ask!(self, GetOwnedMonitorStackDepthInfo, self.thread, &raw mut count, &raw mut owned)
            != jvmtiError::NONE
        {
            return None;
        }
        let mut by_jdk = false;
        let mut of_class = false;
        for at in 0..usize::try_from(count).unwrap_or(0) {
            // SAFETY: the JVM has written `count` entries there.
            let info = unsafe { *owned.add(at) };
            if usize::try_from(info.stack_depth).is_ok_and(|depth| depth < own) {
                by_jdk = true;
                of_class |= self.is_class(info.monitor);
            }
            self.drop_local(info.monitor);
        }
        self.free(owned.cast());
        if of_class {
            return Some("the JDK has locked one of its classes");
        }
        let wait = if self.is_at_work() { PREFER_UNLOCKED_AT_WORK } else { PREFER_UNLOCKED };
        (by_jdk && since < wait).then_some("the JDK holds a monitor for the function")
    }

    /// Does the thread run Java, instead of waiting or being in native code?
    fn is_at_work(&self) -> bool {
        const RUNNABLE: jint = 0x0004;
        const IN_NATIVE: jint = 0x0040_0000;
        let mut state: jint = 0;
        ask!(self, GetThreadState, self.thread, &raw mut state) == jvmtiError::NONE
            && state & (RUNNABLE | IN_NATIVE) == RUNNABLE
    }

    fn is_class(&self, object: jobject) -> bool {
        let mut status: jint = 0;
        // Only classes have a status.
        ask!(self, GetClassStatus, object, &raw mut status) == jvmtiError::NONE
    }

    fn place(&self, method: jmethodID) -> Place {
        if let Some(place) = lock(&PLACES).as_ref().and_then(|places| places.get(&(method as usize)).copied())
        {
            return place;
        }
        let mut class: jclass = ptr::null_mut();
        if ask!(self, GetMethodDeclaringClass, method, &raw mut class) != jvmtiError::NONE {
            return Place::Jdk;
        }
        let loader = self.loader(class);
        let class_name = self.class_name(class);
        let is_host = self.is_host(loader);
        self.drop_local(loader);
        self.drop_local(class);
        if !is_host {
            return Place::Function;
        }
        let place = place_of(&class_name, &self.method_name(method));
        lock(&PLACES).get_or_insert_default().insert(method as usize, place);
        place
    }

    /// The loader of a class; null is the JVM's own.
    fn loader(&self, class: jclass) -> jobject {
        let mut loader: jobject = ptr::null_mut();
        // It fails for nothing that is a class.
        let _ = ask!(self, GetClassLoader, class, &raw mut loader);
        loader
    }

    /// Is it one of the JDK's own loaders? The shim is on the class path, so its loader is one of them.
    fn is_host(&self, loader: jobject) -> bool {
        if loader.is_null() {
            return true;
        }
        // SAFETY: both are live local references of the attached thread.
        let class = unsafe { ((**self.jni).GetObjectClass)(self.jni, loader) };
        let name = self.class_name(class);
        self.drop_local(class);
        name.starts_with("Ljdk/internal/loader/")
    }

    /// The frames as a stack trace has them, without those of the shim.
    fn show(&self, frames: &[jvmtiFrameInfo]) -> Vec<String> {
        let mut lines = Vec::new();
        for frame in frames.iter().take(FRAMES_SHOWN) {
            match self.describe(frame) {
                Some((class, line))
                    if !class.starts_with("flock.shim.") && !class.starts_with("flock.boot.") =>
                {
                    lines.push(line);
                }
                _ => {}
            }
        }
        // How the lane calls the function is of no interest.
        while lines.last().is_some_and(|line: &String| line.starts_with("java.lang.invoke.")) {
            lines.pop();
        }
        lines
    }

    /// The class of a frame, and the frame as text.
    fn describe(&self, frame: &jvmtiFrameInfo) -> Option<(String, String)> {
        let mut class: jclass = ptr::null_mut();
        if ask!(self, GetMethodDeclaringClass, frame.method, &raw mut class) != jvmtiError::NONE {
            return None;
        }
        let signature = self.class_name(class);
        self.drop_local(class);
        let class = signature.trim_start_matches('L').trim_end_matches(';').replace('/', ".");
        let method = self.method_name(frame.method);
        let text = match self.line(frame) {
            Some(line) => format!("{class}.{method}(line {line})"),
            None => format!("{class}.{method}"),
        };
        Some((class, text))
    }

    fn line(&self, frame: &jvmtiFrameInfo) -> Option<jint> {
        let mut count: jint = 0;
        let mut table = ptr::null_mut();
        if ask!(self, GetLineNumberTable, frame.method, &raw mut count, &raw mut table) != jvmtiError::NONE {
            return None;
        }
        let mut line = None;
        for at in 0..usize::try_from(count).unwrap_or(0) {
            // SAFETY: the JVM has written `count` entries there.
            let entry = unsafe { *table.add(at) };
            if entry.start_location <= frame.location {
                line = Some(entry.line_number);
            }
        }
        self.free(table.cast());
        line
    }

    fn class_name(&self, class: jclass) -> String {
        let mut name: *mut c_char = ptr::null_mut();
        if ask!(self, GetClassSignature, class, &raw mut name, ptr::null_mut()) != jvmtiError::NONE {
            return String::new();
        }
        self.take_text(name)
    }

    fn method_name(&self, method: jmethodID) -> String {
        let mut name: *mut c_char = ptr::null_mut();
        if ask!(self, GetMethodName, method, &raw mut name, ptr::null_mut(), ptr::null_mut())
            != jvmtiError::NONE
        {
            return String::new();
        }
        self.take_text(name)
    }

    fn take_text(&self, text: *mut c_char) -> String {
        if text.is_null() {
            return String::new();
        }
        // SAFETY: the JVM gives a C string that is the caller's to free.
        let copy = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
        self.free(text.cast());
        copy
    }

    /// Gives back memory that the JVM has handed out.
    fn free(&self, memory: *mut u8) {
        // It fails for no memory that came from the JVM.
        let _ = ask!(self, Deallocate, memory);
    }

    fn drop_local(&self, reference: jobject) {
        if !reference.is_null() {
            // SAFETY: a local reference of the attached thread that nobody uses any more.
            unsafe { ((**self.jni).DeleteLocalRef)(self.jni, reference) };
        }
    }
}
