//! Was there a full collection, and has the JVM reported all that it freed?
//!
//! A collection that is asked for is silently left out when another one, which may have been a young one, came in between.
//! And the JVM reports the ends of tagged objects later, on a thread of its own, in no order. So some tagged objects are
//! kept over a full collection, which moves them to the old generation, and let go before the next: only a collection of
//! the old generation frees them, and when all of them were reported, so were nearly all others.
//!
//! There is no safe way to make the JVM report at once. Asking for the events again does so, but then the JVM of both
//! releases can lock up: the asking thread waits for the reporting one inside the VM, and that one for a safepoint.

use std::{
    mem,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use jni::{Env, objects::JByteArray, refs::Global};

use crate::{agent, lane::lock};

/// The tag of all of them; it is that of no account.
const TAG: i64 = 1;
/// So many that not all of them are reported before the last of what else was freed.
const MARKS: usize = 16;

static KEPT: Mutex<Vec<Global<JByteArray<'static>>>> = Mutex::new(Vec::new());
/// Those that were let go since the start, and those of them whose end was reported.
static LEFT: AtomicU64 = AtomicU64::new(0);
static FREED: AtomicU64 = AtomicU64::new(0);

/// Lets the kept marks go, and keeps new ones. False: it could not, so their ends will tell nothing of the next collection.
pub(crate) fn let_go(env: &mut Env<'_>) -> bool {
    if !are_freed() {
        // Those that were let go before are not freed, so the kept ones may be young still; or they are, and it was not reported yet.
        return false;
    }
    let fresh: Vec<_> = (0..MARKS).filter_map(|_| mark(env)).collect();
    // The heap may be too full for a new one.
    env.exception_clear();
    if fresh.is_empty() {
        return false;
    }
    let old = mem::replace(&mut *lock(&KEPT), fresh);
    LEFT.fetch_add(old.len() as u64, Ordering::AcqRel);
    !old.is_empty()
}

fn mark(env: &mut Env<'_>) -> Option<Global<JByteArray<'static>>> {
    let array = env.new_byte_array(0).ok()?;
    let is_tagged = agent::tag(env, &array, TAG);
    let kept = is_tagged.then(|| env.new_global_ref(&array).ok()).flatten();
    env.delete_local_ref(array);
    kept
}

/// The end of one was reported.
pub(crate) fn freed() {
    FREED.fetch_add(1, Ordering::AcqRel);
}

/// Has the end of all that were let go been reported?
pub(crate) fn are_freed() -> bool {
    FREED.load(Ordering::Acquire) >= LEFT.load(Ordering::Acquire)
}
