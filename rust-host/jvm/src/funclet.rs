//! One loaded action version in the JVM: class loader, thread group, lanes.
//!
//! Making one runs no code of the function and loads none of its classes: the first call does that, on a lane, so that
//! the time is the function's own. Dropping it lets the class loader go; the JVM unloads it at its next full collection.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use jni::{
    jni_sig, jni_str,
    objects::{JObject, JThread, JValue},
    refs::Global,
};

use crate::{
    JvmError,
    account::Account,
    belongings::Belongings,
    boot::Vm,
    calls::{Stream, Work},
    debris,
    image::Image,
    lane::{self, Lane, lock},
    leaks,
    limits::{InstanceLimits, Limit},
    meter::{Meter, metaspace_bytes},
    rate::Rate,
    spares::{self, Spare},
    stop::{self, Tried},
    threads::{Crew, Effort, Helper},
    used::Used,
};

/// Lines that are kept when a function writes while none of its calls runs. The next call gets them.
const STRAY_MAX_LINES: usize = 256;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
static LOADED: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);
static ALL: Mutex<Option<HashMap<u64, Weak<Inner>>>> = Mutex::new(None);

/// What is loaded.
#[derive(Debug, Clone)]
pub struct FuncletSpec {
    /// What reports call it.
    pub name: String,
    /// `pkg.Class` or `pkg.Class#method`.
    pub main: String,
    /// The fixed part of what `System.getenv` shows.
    pub env: Vec<(String, String)>,
    /// What each instance may use.
    pub limits: InstanceLimits,
    /// What it may reach, in the words of `flock.boot.Policy`.
    pub policy: String,
    /// Where each instance has a folder of its own, an absolute path without links; none: it has none.
    pub folders: Option<Arc<Path>>,
}

/// A loaded function.
pub struct Funclet {
    pub(crate) inner: Arc<Inner>,
    pub(crate) object: Global<JObject<'static>>,
    /// Its first lane, where that was made ahead and has not begun.
    spare: Mutex<Option<Spare>>,
    vm: Vm,
    /// What its maker calls it.
    name: String,
    /// Where its own folder is, once it was used.
    folders: Option<Arc<Path>>,
    is_closed: bool,
    /// Keeps the mapped bytes for as long as the class loader may ask for more of them.
    _image: Arc<Image>,
}

/// What lanes and natives need of a funclet.
pub(crate) struct Inner {
    pub(crate) id: u64,
    pub(crate) crew: Arc<Crew>,
    pub(crate) belongings: Belongings,
    pub(crate) peak_heap_bytes: AtomicU64,
    /// Allocated, exactly, by all calls that have ended.
    allocated_bytes: AtomicU64,
    pub(crate) rate: Mutex<Rate>,
    lanes: Mutex<Vec<Weak<lane::Inner>>>,
    has_stray: AtomicBool,
    stray: Mutex<VecDeque<(Stream, String)>>,
}

impl std::fmt::Debug for Funclet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Funclet({})", self.inner.id)
    }
}

impl Funclet {
    /// Makes the class loader and its surroundings.
    pub fn load(vm: &Vm, image: &Arc<Image>, spec: &FuncletSpec) -> Result<Self, JvmError> {
        Self::make(vm, image, spec, None)
    }

    /// The same for one that gets a lane at once: that was made ahead, if there is one.
    pub fn load_for_lane(vm: &Vm, image: &Arc<Image>, spec: &FuncletSpec) -> Result<Self, JvmError> {
        let spare = spares::take();
        if let Some(spare) = &spare {
            spare.rouse();
        }
        Self::make(vm, image, spec, spare)
    }

    fn make(vm: &Vm, image: &Arc<Image>, spec: &FuncletSpec, spare: Option<Spare>) -> Result<Self, JvmError> {
        let id = spare.as_ref().map_or_else(next_id, |spare| spare.funclet);
        let account =
            Account::open(spec.limits.heap_bytes, spec.limits.classes).ok_or(JvmError::TooManyFunclets)?;
        let folder = spec.folders.as_ref().map(|folders| folder_of(folders, id));
        let inner = Arc::new(Inner {
            id,
            crew: Arc::new(Crew::new(account, spec.limits.clone())),
            belongings: Belongings::at(folder.clone()),
            peak_heap_bytes: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            rate: Mutex::default(),
            lanes: Mutex::new(Vec::new()),
            has_stray: AtomicBool::new(false),
            stray: Mutex::new(VecDeque::new()),
        });
        let object = vm.attached_with_memory(|env, shim| {
            let main = env.new_string(&spec.main)?;
            let policy = env.new_string(&spec.policy)?;
            let own_folder = match &folder {
                Some(folder) => JObject::from(env.new_string(folder.to_string_lossy())?),
                None => JObject::null(),
            };
            let words = env.new_string(in_one(&spec.env))?;
            let none = JObject::null();
            let object = env
                .call_static_method(
                    &shim.class,
                    jni_str!("load"),
                    jni_sig!(
                        "(JLjava/lang/Object;Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;Ljava/lang/Object;)Ljava/lang/Object;"
                    ),
                    &[
                        JValue::Long(id.cast_signed()),
                        JValue::Object(image.object()),
                        JValue::Object(&main),
                        JValue::Object(&words),
                        JValue::Object(&own_folder),
                        JValue::Object(&policy),
                        JValue::Object(spare.as_ref().map_or(&none, |spare| &*spare.object)),
                    ],
                )?
                .l()?;
            env.new_global_ref(object)
        })?;
        LOADED.fetch_add(1, Ordering::Relaxed);
        lock(&ALL).get_or_insert_default().insert(id, Arc::downgrade(&inner));
        let (name, folders) = (spec.name.clone(), spec.folders.clone());
        let (spare, vm, is_closed) = (Mutex::new(spare), vm.clone(), false);
        Ok(Self { inner, object, spare, vm, name, folders, is_closed, _image: Arc::clone(image) })
    }

    /// Starts a thread that asks `work` for calls until it gets none.
    pub fn start_lane(&self, work: Arc<dyn Work>) -> Result<Lane, JvmError> {
        if let Some(spare) = lock(&self.spare).take() {
            return self.wake_lane(spare, work);
        }
        let lane = Lane::announce(Some(Arc::clone(&self.inner)), work);
        self.inner.remember(lane.downgrade());
        let started = self.vm.attached_with_memory(|env, shim| {
            let thread = env
                .call_static_method(
                    &shim.class,
                    jni_str!("lane"),
                    jni_sig!("(Ljava/lang/Object;J)Ljava/lang/Thread;"),
                    &[JValue::Object(&self.object), JValue::Long(lane.id().cast_signed())],
                )?
                .l()?;
            let thread = env.cast_local::<JThread<'_>>(thread)?;
            env.new_global_ref(thread)
        });
        lane.settle(started)
    }

    /// Is the thread of its first lane there already? Else one has to be made, for which the JDK takes locks that a function
    /// can hold as long as it wants.
    pub fn has_lane_ahead(&self) -> bool {
        lock(&self.spare).is_some()
    }

    /// The same with a thread that waits already.
    fn wake_lane(&self, mut spare: Spare, work: Arc<dyn Work>) -> Result<Lane, JvmError> {
        let funclet = self.vm.attached_with_memory(|env, _| env.new_global_ref(&*self.object))?;
        let lane = Lane::announce_as(spare.lane, Some(Arc::clone(&self.inner)), work);
        self.inner.remember(lane.downgrade());
        let lane = lane.settle(spare.take_thread().ok_or(JvmError::NoThread))?;
        spare.go(funclet);
        Ok(lane)
    }
}

impl Funclet {
    /// Reads and watches what it uses.
    pub fn meter(&self) -> Meter {
        Meter::of(&self.inner)
    }

    /// From now on function code cannot hide from a stop behind an exception. To be followed by [`Funclet::bury`].
    pub fn condemn(&self) -> Result<(), JvmError> {
        self.tell(jni_str!("condemn"))
    }

    /// No thread of it lives any more, or those that do are given up.
    pub fn bury(&self) -> Result<(), JvmError> {
        self.tell(jni_str!("buried"))
    }

    fn tell(&self, what: &jni::strings::JNIStr) -> Result<(), JvmError> {
        self.vm.attached(|env, shim| {
            let object = [JValue::Object(&self.object)];
            env.call_static_method(&shim.class, what, jni_sig!("(Ljava/lang/Object;)V"), &object)?;
            Ok(())
        })
    }

    /// Throws the stop Error in every thread that the function started and wakes those that wait for a socket. `since`
    /// is how long ago the first try was. Gives the number of threads that live.
    pub fn stop_helpers(&self, since: Duration) -> usize {
        self.inner.belongings.cut();
        let helpers = self.inner.crew.helpers();
        for helper in &helpers {
            let target = helper.target();
            let tried = self
                .vm
                .attached(|env, shim| Ok(stop::attempt(env, target, &shim.stop_error, since)))
                .unwrap_or(Tried::Gone);
            if matches!(tried, Tried::Thrown(_)) && since > Duration::from_millis(1) {
                stop::rank(helper.os, stop::Rank::Usual);
                stop::nudge(helper.os);
            }
        }
        helpers.len()
    }

    /// Where the threads are that the function has started, for who has to find out why they do not end.
    pub fn stacks(&self) -> Vec<Vec<String>> {
        let helpers = self.inner.crew.helpers();
        let look = |helper: &Arc<Helper>| self.vm.attached(|env, _| Ok(stop::look(env, helper.target())));
        helpers.iter().filter_map(|helper| look(helper).ok()).collect()
    }
}

/// The environment in one text, as `flock.shim.call.Environment` takes it: a string of Java's for each word would take
/// longer than all else here.
fn in_one(env: &[(String, String)]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for word in env.iter().flat_map(|(key, value)| [key, value]) {
        // Writing to a string does not fail.
        let _ = write!(text, "{}:{word}", word.encode_utf16().count());
    }
    text
}

/// A number that no other funclet has.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

fn folder_of(folders: &Path, funclet: u64) -> PathBuf {
    folders.join(funclet.to_string())
}

/// Funclets that were loaded since the start.
pub(crate) fn loaded() -> u64 {
    LOADED.load(Ordering::Relaxed)
}

/// Funclets that were dropped since the start. Their classes are unloaded by the next full collection.
pub(crate) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

impl Funclet {
    /// Sweeps what it has left behind and lets go of its loader. When the heap is so full that not even this can be done, it
    /// is to be done again later: until then the JVM may keep all that the function held.
    pub fn close(&mut self) -> Result<(), JvmError> {
        let closed = self.vm.attached(|env, _| {
            self.inner.belongings.close(env);
            Ok(())
        });
        if let Err(error) = closed {
            tracing::warn!(funclet = self.inner.id, %error, "the sockets of a funclet could not be closed");
        }
        self.vm.attached(|env, shim| {
            let loader = env
                .call_static_method(
                    &shim.class,
                    jni_str!("unload"),
                    jni_sig!("(Ljava/lang/Object;Z)Ljava/lang/Object;"),
                    &[JValue::Object(&self.object), JValue::Bool(self.inner.crew.alive() == 0)],
                )?
                .l()?;
            let buried = leaks::bury(env, self.inner.id, &self.name, &loader);
            env.delete_local_ref(loader);
            buried
        })?;
        self.is_closed = true;
        Ok(())
    }
}

impl Drop for Funclet {
    fn drop(&mut self) {
        if !self.is_closed
            && let Err(error) = self.close()
        {
            tracing::warn!(funclet = self.inner.id, %error, "a funclet did not close cleanly");
        }
        if let Some(all) = lock(&ALL).as_mut() {
            all.remove(&self.inner.id);
        }
        if let Some(folder) = self.folders.as_ref().map(|folders| folder_of(folders, self.inner.id))
            && let Err(error) = debris::clear_away(&folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "the folder of a funclet could not be removed");
        }
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

impl Inner {
    /// What a call used besides the effort of its lane. The peaks begin anew.
    pub(crate) fn used(&self, env: &mut jni::Env<'_>, own: Effort) -> Used {
        let mut used = self.used_at_end(own);
        used.effort += self.crew.take_effort(env);
        let bytes = used.effort.allocated_bytes;
        let ever = self.allocated_bytes.fetch_add(bytes, Ordering::AcqRel) + bytes;
        if used.live_heap_bytes > ever && !self.is_running() {
            // The samples say too much: nobody holds more than was ever allocated.
            used.live_heap_bytes = ever;
            used.peak_heap_bytes = used.peak_heap_bytes.min(ever);
        }
        used
    }

    /// Memory outside of the heap was allocated.
    pub(crate) fn allocated_outside(&self, bytes: u64) {
        self.allocated_bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Does a lane run a call that has not ended?
    fn is_running(&self) -> bool {
        let running = |lane: &Weak<lane::Inner>| {
            lane.upgrade().is_some_and(|lane| lane.began_micros.load(Ordering::Acquire) != 0)
        };
        lock(&self.lanes).iter().any(running)
    }

    /// The same where the JVM can no longer be asked.
    pub(crate) fn used_at_end(&self, own: Effort) -> Used {
        let live_heap_bytes = self.crew.account.heap().live_bytes;
        let classes = self.crew.account.classes();
        let temp_bytes = self.belongings.file_bytes();
        if temp_bytes > self.crew.limits.temp_bytes {
            // Short calls may come and go between two looks of the watch.
            self.crew.account.breach(Limit::TempBytes);
        }
        Used {
            effort: own,
            live_heap_bytes,
            peak_heap_bytes: self
                .peak_heap_bytes
                .swap(live_heap_bytes, Ordering::AcqRel)
                .max(live_heap_bytes),
            asked_bytes: self.crew.account.asked_bytes(),
            threads: self.crew.take_peak(),
            classes,
            metaspace_bytes: metaspace_bytes(classes),
            temp_bytes,
            sockets: self.belongings.socket_count(),
            refused: self.crew.take_refused(),
            broken: self.crew.account.broken(),
            init_micros: None,
            met_full_heap: self.crew.account.take_met_full_heap(),
        }
    }

    /// A lane works for it from now on.
    pub(crate) fn remember(&self, lane: Weak<lane::Inner>) {
        let mut lanes = lock(&self.lanes);
        if lanes.len() == lanes.capacity() {
            lanes.retain(|lane| lane.strong_count() > 0);
        }
        lanes.push(lane);
    }

    /// Does this hold for the thread of one of its lanes?
    pub(crate) fn lane_threads(&self, holds: impl Fn(&Global<JThread<'static>>) -> bool) -> bool {
        let lanes: Vec<_> = lock(&self.lanes).iter().filter_map(Weak::upgrade).collect();
        lanes.iter().any(|lane| lane.java().is_some_and(&holds))
    }

    /// A lane works for others now, or has ended. Room for a few stays: lanes of chains come and go with each hop.
    pub(crate) fn forget(&self, lane: &lane::Inner) {
        const FEW: usize = 4;
        let mut lanes = lock(&self.lanes);
        lanes.retain(|other| !std::ptr::eq(other.as_ptr(), lane));
        if lanes.is_empty() && lanes.capacity() > FEW {
            *lanes = Vec::new();
        }
    }

    /// Gives the lines that were written between calls to the call that comes next.
    pub(crate) fn drain_stray(&self, mut give: impl FnMut(Stream, &str)) {
        if self.has_stray.load(Ordering::Acquire) && self.has_stray.swap(false, Ordering::AcqRel) {
            for (stream, text) in lock(&self.stray).drain(..) {
                give(stream, &text);
            }
        }
    }

    pub(crate) fn keep_stray(&self, stream: Stream, text: &str) {
        let mut stray = lock(&self.stray);
        if stray.len() == STRAY_MAX_LINES {
            stray.pop_front();
        }
        stray.push_back((stream, text.to_owned()));
        self.has_stray.store(true, Ordering::Release);
    }
}

/// The funclet of this number, if it is loaded.
pub(crate) fn find(funclet: u64) -> Option<Arc<Inner>> {
    lock(&ALL).as_ref().and_then(|all| all.get(&funclet)?.upgrade())
}

/// All that have been made and not been dropped.
pub(crate) fn all() -> Vec<Arc<Inner>> {
    lock(&ALL).as_ref().map_or_else(Vec::new, |all| all.values().filter_map(Weak::upgrade).collect())
}

/// How many those are.
pub(crate) fn open_count() -> usize {
    lock(&ALL).as_ref().map_or(0, HashMap::len)
}

/// A line from a thread that is no lane: it belongs to the call of its funclet that began last.
pub(crate) fn log_line(funclet: u64, stream: Stream, text: &str) {
    let Some(inner) = find(funclet) else { return };
    let lanes: Vec<_> = lock(&inner.lanes).iter().filter_map(Weak::upgrade).collect();
    let latest = lanes.iter().max_by_key(|lane| lane.began_micros.load(Ordering::Acquire));
    if let Some(call) = latest.and_then(|lane| {
        let mut current = lock(&lane.current);
        // A lane of chains may be with another funclet by now; with the lock held it stays where it is.
        current.as_mut().filter(|_| lane.is_aboard(&inner)).map(|call| call.line(stream, text))
    }) {
        return call;
    }
    inner.keep_stray(stream, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Java counts a character beyond the first 65,536 as two, and takes what is between for what it is.
    #[test]
    fn an_environment_in_one_text_says_how_long_each_word_is_for_java() {
        let env = [("KEY".to_owned(), "a:1\0".to_owned()), ("ä😀".to_owned(), String::new())];
        assert_eq!(in_one(&env), "3:KEY4:a:1\u{0}3:ä😀0:");
    }
}
