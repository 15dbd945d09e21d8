//! Has the JVM reported all that a full collection freed?
//!
//! The JVM reports the ends of tagged objects some time after the collection, on a thread of its own, in no order. So some
//! tagged objects, the marks, are let go just before the collection: when all of them were reported, so were nearly all
//! others. They must have been kept over a full collection before, which moves them to the old generation: else a young
//! one may free them, and leave most of the garbage where it is. And the collection has to be seen: one that is asked for
//! is silently left out when another one has begun meanwhile, which may be one that goes on beside the functions and
//! frees the marks first.
//!
//! "Nearly" is a matter of their number. Of what one collection frees, a part of 1 / (marks + 1) is reported after the
//! last mark on average. Were it as much as the limit of a function that only makes garbage, and the reporting thread
//! interrupted just there, the function would be blamed. So there are many marks, and that thread has to be at rest.
//!
//! There is no safe way to make the JVM report at once. Asking for the events again does so, but then the JVM of both
//! releases can lock up: the asking thread waits for the reporting one inside the VM, and that one for a safepoint.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use jni::{
    Env,
    objects::{JByteArray, JObjectArray},
    refs::Global,
};

use crate::{agent, lane::lock};

/// The tag of all of them; it is that of no account, and of no object that a walk meets (`leaks`).
const TAG: i64 = 1;
/// With so many it is next to impossible that a function's garbage of several times its limit is reported after the last
/// of them.
const MARKS: usize = 1024;

type Marks = Global<JObjectArray<'static, JByteArray<'static>>>;

/// Those of the next look, and whether they have lived through a full collection.
static KEPT: Mutex<Option<Marks>> = Mutex::new(None);
static ARE_OLD: AtomicBool = AtomicBool::new(false);
/// Those that were let go since the start, and those of them whose end was reported.
static LEFT: AtomicU64 = AtomicU64::new(0);
static FREED: AtomicU64 = AtomicU64::new(0);

/// Lets the kept marks go, and keeps new ones. False: it could not, so their ends will tell nothing of the next collection.
pub(crate) fn let_go(env: &mut Env<'_>) -> bool {
    if !are_freed() {
        // Not yet reported; what is let go now would be taken for it.
        return false;
    }
    let mut kept = lock(&KEPT);
    if kept.is_some() && !ARE_OLD.load(Ordering::Acquire) {
        return false;
    }
    let mut made = 0;
    let Some(fresh) = make(env, &mut made) else {
        // The heap may be too full for all of them.
        env.exception_clear();
        LEFT.fetch_add(made, Ordering::AcqRel);
        return false;
    };
    ARE_OLD.store(false, Ordering::Release);
    let Some(old) = kept.replace(fresh) else { return false };
    LEFT.fetch_add(MARKS as u64, Ordering::AcqRel);
    drop(old);
    true
}

/// There was a full collection after they were last let go.
pub(crate) fn grow_old() {
    ARE_OLD.store(true, Ordering::Release);
}

/// Counts those that it made, also when it fails.
fn make(env: &mut Env<'_>, made: &mut u64) -> Option<Marks> {
    let kept = env.new_object_type_array::<JByteArray<'_>>(MARKS, JByteArray::null()).ok()?;
    for at in 0..MARKS {
        let mark = env.new_byte_array(0).ok()?;
        if !agent::tag(env, &mark, TAG) {
            return None;
        }
        *made += 1;
        kept.set_element(env, at, &mark).ok()?;
        env.delete_local_ref(mark);
    }
    env.new_global_ref(&kept).ok()
}

/// The end of an object was reported that is no account's. If it is one of them, it counts.
pub(crate) fn freed(tag: i64) {
    if tag == TAG {
        FREED.fetch_add(1, Ordering::AcqRel);
    }
}

/// Has the end of all that were let go been reported?
pub(crate) fn are_freed() -> bool {
    FREED.load(Ordering::Acquire) >= LEFT.load(Ordering::Acquire)
}
