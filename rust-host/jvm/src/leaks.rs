//! Do the class loaders of dropped funclets go, and if one does not: what holds it?
//!
//! A dropped funclet leaves a *grave*: a weak reference to its loader. Each full collection that leaves the loader alive
//! counts; after [`SURVIVED`] of them the heap is walked for that loader, and the first chain of strong references
//! from a root to it is told; if there is none, the first one with soft references in it. Weak and phantom references do
//! not count as holding. A grave whose loader is gone is forgotten at once, one that was walked is never walked again.
//!
//! The walk (JVMTI FollowReferences) stops everybody, the longer the more objects there are (each report says how long). So
//! it is done for one loader at a time, rarely, on a thread of its own, in an environment of its own, and it ends after
//! [`OBJECTS_MAX`] objects. Then their tags are taken off, for which everybody waits about as long again.

mod environment;

use std::{
    ffi::{CStr, c_void},
    ptr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jni::{Env, jni_str, objects::JObject, refs::Weak};
use jvmti_bindings::sys::{
    jni::{JNIEnv, jclass, jint, jlong},
    jvmti::{jvmtiEnv, jvmtiError, jvmtiHeapCallbacks, jvmtiHeapReferenceInfo},
};

use crate::{JvmError, boot::Vm, lane::lock};

/// So many full collections a loader may survive: caches, finalizers and dying threads need one or two.
const SURVIVED: u32 = 3;
/// Objects after which a walk gives up. Each takes some 60 bytes while it goes on.
const OBJECTS_MAX: usize = 4_000_000;
/// Links of a chain that are told, from each end.
const LINKS_MAX: usize = 24;
/// Graves that are kept; what is beyond is not watched.
const GRAVES_MAX: usize = 10_000;

static GRAVES: Mutex<Vec<Grave>> = Mutex::new(Vec::new());
static HELD: AtomicU64 = AtomicU64::new(0);

/// A dropped funclet whose loader may still be there.
struct Grave {
    funclet: u64,
    name: String,
    loader: Weak<JObject<'static>>,
    survived: u32,
    is_walked: bool,
}

/// A loader that does not go.
#[derive(Debug, Clone)]
pub struct Leak {
    /// The number of the funclet.
    pub funclet: u64,
    /// What its maker called it.
    pub name: String,
    /// From a root to the loader: a text for each link, `softly` before them if one is a soft reference. Empty: none was
    /// found, or the walk gave up.
    pub chain: Vec<String>,
    /// How long everybody waited for the walk.
    pub took: Duration,
}

/// A funclet was dropped; this was its loader.
pub(crate) fn bury(
    env: &mut Env<'_>,
    funclet: u64,
    name: &str,
    loader: &JObject<'_>,
) -> Result<(), jni::errors::Error> {
    let loader = env.new_weak_ref(loader)?;
    let mut graves = lock(&GRAVES);
    if graves.len() < GRAVES_MAX {
        graves.push(Grave { funclet, name: name.to_owned(), loader, survived: 0, is_walked: false });
    }
    Ok(())
}

/// Dropped funclets that have survived a full collection and wait for the next.
pub(crate) fn suspects() -> usize {
    lock(&GRAVES).iter().filter(|grave| (1..SURVIVED).contains(&grave.survived)).count()
}

/// Dropped funclets whose loaders were there when it was looked last, or have not been looked for yet.
pub fn unloading() -> u64 {
    lock(&GRAVES).len() as u64
}

/// Loaders that were walked for and are still there, now.
pub fn held() -> u64 {
    HELD.load(Ordering::Relaxed)
}

impl Vm {
    /// A full collection has ended since this was called last: whose loaders are still there? Gives the numbers of the
    /// walked ones that are.
    pub fn count_survivors(&self) -> Result<Vec<u64>, JvmError> {
        self.attached(|env, _| {
            let mut graves = lock(&GRAVES);
            let mut kept = Vec::with_capacity(graves.len());
            for mut grave in graves.drain(..) {
                if let Some(loader) = grave.loader.upgrade_local(env)? {
                    env.delete_local_ref(loader);
                    grave.survived = grave.survived.saturating_add(1);
                    kept.push(grave);
                }
            }
            let held: Vec<u64> =
                kept.iter().filter(|grave| grave.is_walked).map(|grave| grave.funclet).collect();
            HELD.store(held.len() as u64, Ordering::Relaxed);
            *graves = kept;
            Ok(held)
        })
    }

    /// Walks the heap for one loader that has survived too long, if there is one. Everybody waits meanwhile.
    pub fn find_leak(&self) -> Result<Option<Leak>, JvmError> {
        self.attached(|env, _| {
            let (funclet, name, loader) = {
                let mut graves = lock(&GRAVES);
                let Some(grave) =
                    graves.iter_mut().find(|grave| grave.survived >= SURVIVED && !grave.is_walked)
                else {
                    return Ok(None);
                };
                grave.is_walked = true;
                let Some(loader) = grave.loader.upgrade_local(env)? else { return Ok(None) };
                (grave.funclet, grave.name.clone(), loader)
            };
            HELD.fetch_add(1, Ordering::Relaxed);
            let began = Instant::now();
            let softly = env.new_weak_ref(&loader)?;
            let mut chain = walk(env, loader, false).unwrap_or_default();
            if chain.is_empty()
                && let Some(loader) = softly.upgrade_local(env)?
            {
                chain = walk(env, loader, true).unwrap_or_default();
            }
            Ok(Some(Leak { funclet, name, chain, took: began.elapsed() }))
        })
    }
}

/// One object that the walk has met. Its number is its tag.
#[derive(Clone, Copy)]
struct Node {
    /// Who refers to it; [`UNMET`]: nobody yet.
    from: u32,
    /// The number of its class.
    class: u32,
    kind: u32,
}

const UNMET: u32 = u32::MAX;
/// The number of all roots.
const ROOT: u32 = 0;

struct Walk {
    nodes: Vec<Node>,
    /// By the number of a class: how its objects refer.
    holds: Vec<Hold>,
    /// Do soft references hold?
    is_soft: bool,
    target: u32,
    is_found: bool,
}

/// How an object refers to what it is a reference to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    Strong,
    Soft,
    Weak,
}

/// Before the links of a chain that has soft references in it: it goes when the heap gets full.
const SOFTLY: &str = "softly";

/// Set in all tags of a walk, so that none is one of the marks or of an account when its end is reported.
const WALKED: jlong = 1 << 32;

fn tag_of(number: usize) -> jlong {
    number as jlong | WALKED
}

/// The number of an object; [`ROOT`]: it has no tag.
fn number_of(tag: jlong) -> u32 {
    u32::try_from(tag & !WALKED).unwrap_or(ROOT)
}

/// The chain to this loader. Takes the reference: as a root of the JVM it would be the shortest chain.
fn walk(env: &mut Env<'_>, loader: JObject<'_>, is_soft: bool) -> Option<Vec<String>> {
    let jvmti = environment::of_walks(env)?;
    let unmet = Node { from: UNMET, class: 0, kind: 0 };
    let (names, holds) = tag_classes(env, jvmti)?;
    let target = u32::try_from(names.len()).ok()?;
    // SAFETY: the environment is alive and the loader is a live local reference of this thread.
    unsafe { ((*(*jvmti).functions).SetTag?)(jvmti, loader.as_raw().cast(), tag_of(names.len())) };
    env.delete_local_ref(loader);
    let mut walk = Walk { nodes: vec![unmet; names.len() + 1], holds, is_soft, target, is_found: false };
    let callbacks = jvmtiHeapCallbacks { heap_reference_callback: Some(on_reference), ..Default::default() };
    let forget = jvmtiHeapCallbacks { heap_iteration_callback: Some(on_tagged), ..Default::default() };
    const UNTAGGED: jint = 8;
    // SAFETY: the callbacks have the types that are asked for; the first gets `walk`, which outlives the call, and is the only
    // one that touches it meanwhile.
    let done = unsafe {
        let functions = &*(*jvmti).functions;
        let done = (functions.FollowReferences?)(
            jvmti,
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            &raw const callbacks,
            (&raw mut walk).cast_const().cast::<c_void>(),
        );
        (functions.IterateThroughHeap?)(jvmti, UNTAGGED, ptr::null_mut(), &raw const forget, ptr::null());
        done
    };
    (done == jvmtiError::NONE && walk.is_found).then(|| walk.chain(&names))
}

/// Gives each loaded class a number as its tag, from 1 on. Gives their names by number, and how their objects refer.
/// Leaves no reference to a class, because each would be a root.
fn tag_classes(env: &mut Env<'_>, jvmti: *mut jvmtiEnv) -> Option<(Vec<String>, Vec<Hold>)> {
    let reference = env.find_class(jni_str!("java/lang/ref/Reference")).ok()?;
    let soft = env.find_class(jni_str!("java/lang/ref/SoftReference")).ok()?;
    let finals = "Ljava/lang/ref/Finalizer;";
    let (mut names, mut holds) = (vec![String::new()], vec![Hold::Strong]);
    let raw: *mut JNIEnv = env.get_raw().cast();
    // SAFETY: the environments are those of this attached thread; the JVM gives an array of live local references and
    // texts, each of which is let go of here, once.
    unsafe {
        let functions = &*(*jvmti).functions;
        let (tag, signature, free) = (functions.SetTag?, functions.GetClassSignature?, functions.Deallocate?);
        let mut count: jint = 0;
        let mut classes: *mut jclass = ptr::null_mut();
        if (functions.GetLoadedClasses?)(jvmti, &raw mut count, &raw mut classes) != jvmtiError::NONE {
            return None;
        }
        for at in 0..usize::try_from(count).unwrap_or(0) {
            let class = *classes.add(at);
            let mut text = ptr::null_mut();
            let got = signature(jvmti, class, &raw mut text, ptr::null_mut()) == jvmtiError::NONE;
            let name = if got { CStr::from_ptr(text).to_string_lossy().into_owned() } else { String::new() };
            if got {
                free(jvmti, text.cast());
            }
            let is_of =
                |other: &JObject<'_>| ((**raw).IsAssignableFrom)(raw, class, other.as_raw().cast()) != 0;
            holds.push(match is_of(&reference) && name != finals {
                false => Hold::Strong,
                true if is_of(&soft) => Hold::Soft,
                true => Hold::Weak,
            });
            tag(jvmti, class, tag_of(names.len()));
            names.push(name);
            ((**raw).DeleteLocalRef)(raw, class);
        }
        free(jvmti, classes.cast());
    }
    Some((names, holds))
}

const VISIT_ABORT: jint = 0x8000;
const VISIT_OBJECTS: jint = 0x100;
const SKIP: jint = 0;
const KIND_FIELD: u32 = 2;
/// referent, queue, next and discovered come first of the fields of a `java.lang.ref.Reference`.
const REFERENCE_FIELDS: jint = 4;

unsafe extern "system" fn on_reference(
    kind: u32,
    info: *const jvmtiHeapReferenceInfo,
    class_tag: jlong,
    referrer_class_tag: jlong,
    _size: jlong,
    tag: *mut jlong,
    referrer_tag: *mut jlong,
    _length: jint,
    walk: *mut c_void,
) -> jint {
    // SAFETY: `walk` is what `walk()` passed, and nobody else uses it meanwhile; the JVM gives valid pointers to tags
    // (none for a root) and, for a field, its index.
    unsafe {
        let walk = &mut *walk.cast::<Walk>();
        let from = if referrer_tag.is_null() { ROOT } else { number_of(*referrer_tag) };
        let hold = walk.holds.get(number_of(referrer_class_tag) as usize).copied();
        let lets_go = match hold {
            None | Some(Hold::Strong) => false,
            Some(Hold::Soft) => !walk.is_soft,
            Some(Hold::Weak) => true,
        };
        if kind == KIND_FIELD && lets_go && (*info).field.index < REFERENCE_FIELDS {
            return SKIP;
        }
        if *tag == 0 {
            if walk.nodes.len() >= OBJECTS_MAX {
                return VISIT_ABORT;
            }
            *tag = tag_of(walk.nodes.len());
            walk.nodes.push(Node { from: UNMET, class: 0, kind: 0 });
        }
        let number = number_of(*tag);
        if let Some(node) = walk.nodes.get_mut(number as usize)
            && node.from == UNMET
        {
            *node = Node { from, class: number_of(class_tag), kind };
        }
        if number == walk.target {
            walk.is_found = true;
            return VISIT_ABORT;
        }
        VISIT_OBJECTS
    }
}

unsafe extern "system" fn on_tagged(
    _class_tag: jlong,
    _size: jlong,
    tag: *mut jlong,
    _length: jint,
    _: *mut c_void,
) -> jint {
    // SAFETY: the JVM gives a valid pointer to the tag.
    unsafe { *tag = 0 };
    SKIP
}

impl Walk {
    fn chain(&self, names: &[String]) -> Vec<String> {
        let mut links = Vec::new();
        let mut at = self.target;
        while at != ROOT && at != UNMET && links.len() < self.nodes.len() {
            let Some(node) = self.nodes.get(at as usize) else { break };
            let class = names.get(node.class as usize).map_or("", String::as_str);
            let what = match names.get(at as usize).filter(|name| !name.is_empty()) {
                Some(own) => format!("class {}", readable(own)),
                None => readable(class),
            };
            links.push(format!("{} {what}", way(node.kind)));
            at = node.from;
        }
        links.reverse();
        if self.is_soft {
            links.insert(0, SOFTLY.to_owned());
        }
        if links.len() > 2 * LINKS_MAX {
            let left_out = links.len() - 2 * LINKS_MAX;
            links.splice(LINKS_MAX..LINKS_MAX + left_out, [format!("({left_out} links left out)")]);
        }
        links
    }
}

/// How a link refers to the next.
fn way(kind: u32) -> &'static str {
    match kind {
        1 => "of class",
        2 => "field",
        3 => "element",
        4 => "loader",
        8 => "static field",
        9 => "constant",
        10 => "superclass",
        21 => "root: JNI reference",
        22 => "root: system class",
        23 => "root: monitor",
        24 => "root: local variable",
        25 => "root: JNI local",
        26 => "root: thread",
        27 => "root: other",
        _ => "part",
    }
}

/// `Lcom/Name;` as `com.Name`.
fn readable(signature: &str) -> String {
    let name = signature.strip_prefix('L').and_then(|rest| rest.strip_suffix(';')).unwrap_or(signature);
    name.replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_told_from_the_root_and_cut_in_the_middle() {
        let names = ["", "La/Holder;", "[Ljava/lang/Object;"].map(str::to_owned);
        let node = |from, class, kind| Node { from, class, kind };
        // 1: the class, 2: a class that is not met, 3: the loader, 4: an array that a static field of 1 holds.
        let nodes =
            vec![node(UNMET, 0, 0), node(ROOT, 0, 22), node(UNMET, 0, 0), node(4, 1, 3), node(1, 2, 8)];
        let mut walk = Walk { nodes, holds: Vec::new(), is_soft: false, target: 3, is_found: true };
        let expect =
            ["root: system class class a.Holder", "static field [Ljava.lang.Object;", "element a.Holder"];
        assert_eq!(walk.chain(&names), expect);
        for at in 5..1000 {
            walk.nodes.push(node(at - 1, 1, 2));
        }
        walk.target = 999;
        let chain = walk.chain(&names);
        assert_eq!(chain.len(), 2 * LINKS_MAX + 1);
        assert_eq!(chain[0], expect[0]);
        assert!(chain[LINKS_MAX].contains("left out"));
    }
}
