//! One loaded action version in the JVM: class loader, thread group, lanes.
//!
//! Making one runs no code of the function and loads none of its classes: the first call does that, on a lane, so that
//! the time is the function's own. Dropping it lets the class loader go; the JVM unloads it at its next full collection.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use jni::{
    jni_sig, jni_str,
    objects::{JObject, JThread, JValue},
    refs::Global,
};

use crate::{
    JvmError,
    boot::Vm,
    image::Image,
    lane::{self, Lane, Stream, Work, lock},
};

/// Lines that are kept when a function writes while none of its calls runs. The next call gets them.
const STRAY_MAX_LINES: usize = 256;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
static ALL: Mutex<Option<HashMap<u64, Weak<Inner>>>> = Mutex::new(None);

/// What is loaded.
#[derive(Debug, Clone)]
pub struct FuncletSpec {
    /// `pkg.Class` or `pkg.Class#method`.
    pub main: String,
    /// The fixed part of what `System.getenv` shows.
    pub env: Vec<(String, String)>,
}

/// A loaded function.
pub struct Funclet {
    inner: Arc<Inner>,
    object: Global<JObject<'static>>,
    vm: Vm,
    /// Keeps the mapped bytes for as long as the class loader may ask for more of them.
    _image: Arc<Image>,
}

/// What lanes and natives need of a funclet.
pub(crate) struct Inner {
    pub(crate) id: u64,
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
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::new(Inner {
            id,
            lanes: Mutex::new(Vec::new()),
            has_stray: AtomicBool::new(false),
            stray: Mutex::new(VecDeque::new()),
        });
        let object = vm.attached(|env, shim| {
            let main = env.new_string(&spec.main)?;
            let words = env.new_object_array(
                jni::sys::jsize::try_from(spec.env.len() * 2).unwrap_or(0),
                jni_str!("java/lang/String"),
                JObject::null(),
            )?;
            for (at, word) in spec.env.iter().flat_map(|(key, value)| [key, value]).enumerate() {
                let word = env.new_string(word)?;
                words.set_element(env, at, JObject::from(word))?;
            }
            let object = env
                .call_static_method(
                    &shim.class,
                    jni_str!("load"),
                    jni_sig!("(JLjava/lang/Object;Ljava/lang/String;[Ljava/lang/String;)Ljava/lang/Object;"),
                    &[
                        JValue::Long(id.cast_signed()),
                        JValue::Object(image.object()),
                        JValue::Object(&main),
                        JValue::Object(&words),
                    ],
                )?
                .l()?;
            env.new_global_ref(object)
        })?;
        lock(&ALL).get_or_insert_default().insert(id, Arc::downgrade(&inner));
        Ok(Self { inner, object, vm: vm.clone(), _image: Arc::clone(image) })
    }

    /// Starts a thread that asks `work` for calls until it gets none.
    pub fn start_lane(&self, work: Arc<dyn Work>) -> Result<Lane, JvmError> {
        let lane = Lane::announce(Arc::clone(&self.inner), work);
        self.inner.remember(&lane);
        let started = self.vm.attached(|env, shim| {
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
        match started {
            Ok(thread) => {
                lane.set_thread(thread);
                Ok(lane)
            }
            Err(error) => {
                lane.withdraw();
                Err(error)
            }
        }
    }
}

impl Drop for Funclet {
    fn drop(&mut self) {
        if let Some(all) = lock(&ALL).as_mut() {
            all.remove(&self.inner.id);
        }
        let closed = self.vm.attached(|env, shim| {
            env.call_static_method(
                &shim.class,
                jni_str!("unload"),
                jni_sig!("(Ljava/lang/Object;)V"),
                &[JValue::Object(&self.object)],
            )?;
            Ok(())
        });
        if let Err(error) = closed {
            tracing::warn!(funclet = self.inner.id, %error, "a funclet did not close cleanly");
        }
    }
}

impl Inner {
    fn remember(&self, lane: &Lane) {
        let mut lanes = lock(&self.lanes);
        lanes.retain(|lane| lane.strong_count() > 0);
        lanes.push(lane.downgrade());
    }

    /// Gives the lines that were written between calls to the call that comes next.
    pub(crate) fn drain_stray(&self, mut give: impl FnMut(Stream, &str)) {
        if self.has_stray.swap(false, Ordering::AcqRel) {
            for (stream, text) in lock(&self.stray).drain(..) {
                give(stream, &text);
            }
        }
    }

    fn keep_stray(&self, stream: Stream, text: &str) {
        let mut stray = lock(&self.stray);
        if stray.len() == STRAY_MAX_LINES {
            stray.pop_front();
        }
        stray.push_back((stream, text.to_owned()));
        self.has_stray.store(true, Ordering::Release);
    }
}

/// A line from a thread that is no lane: it belongs to the call of its funclet that began last.
pub(crate) fn log_line(funclet: u64, stream: Stream, text: &str) {
    let inner = lock(&ALL).as_ref().and_then(|all| all.get(&funclet)?.upgrade());
    let Some(inner) = inner else { return };
    let lanes: Vec<_> = lock(&inner.lanes).iter().filter_map(Weak::upgrade).collect();
    let latest = lanes.iter().max_by_key(|lane| lane.began_epoch_millis.load(Ordering::Acquire));
    if let Some(call) = latest.and_then(|lane| {
        let mut current = lock(&lane.current);
        current.as_mut().map(|call| call.line(stream, text))
    }) {
        return call;
    }
    inner.keep_stray(stream, text);
}
