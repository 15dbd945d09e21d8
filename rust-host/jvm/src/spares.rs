//! Lanes that are made before there is a function for them, each with the thread group that will be its funclet's.
//!
//! To make and start a Java thread takes several times as long as all else that the first call of a small function needs.
//! So a few threads wait here, each in one native call (`natives::spare`), for a funclet that takes it as its first lane. A
//! thread puts itself into the stock, so that one which could not begin is never handed out; a funclet that finds the stock
//! empty makes its lane by itself, as further lanes are made.

use std::{
    cell::RefCell,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jni::{
    jni_sig, jni_str,
    objects::{JObject, JThread, JValue},
    refs::Global,
};

use crate::{JvmError, boot::Vm, funclet, lane, lane::lock};

/// How many are kept: so many functions can be called for the first time within one refill. One costs a thread that waits.
const KEPT: usize = 16;

/// A thread that was roused looks for its funclet so long before it sleeps again: that takes less time than to wake it.
const LOOKS_FOR: Duration = Duration::from_micros(200);

static STOCK: Mutex<Vec<Spare>> = Mutex::new(Vec::new());
static IS_FILLING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What a spare's thread has ready for the lane that it becomes.
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

/// What is made while nobody waits for it.
pub(crate) struct Prepared {
    pub(crate) buffer: Vec<u8>,
    pub(crate) java_number: i64,
}

/// A lane that waits for its funclet. When it is dropped without one, its thread ends.
pub(crate) struct Spare {
    /// The number that the funclet will have.
    pub(crate) funclet: u64,
    /// The number that the lane will have.
    pub(crate) lane: u64,
    /// The shim's side of it.
    pub(crate) object: Global<JObject<'static>>,
    thread: Option<Global<JThread<'static>>>,
    berth: Arc<Berth>,
}

/// Where the thread waits.
#[derive(Default)]
struct Berth {
    given: Mutex<Given>,
    told: Condvar,
}

#[derive(Default)]
enum Given {
    #[default]
    Nothing,
    /// The funclet is being made.
    Soon,
    Funclet(Global<JObject<'static>>),
    Leave,
}

impl Spare {
    /// Its Java thread; to be asked once.
    pub(crate) fn take_thread(&mut self) -> Option<Global<JThread<'static>>> {
        self.thread.take()
    }

    /// The thread wakes while its funclet is made.
    pub(crate) fn rouse(&self) {
        self.berth.give(Given::Soon);
    }

    /// The thread goes on as a lane of this funclet.
    pub(crate) fn go(self, funclet: Global<JObject<'static>>) {
        self.berth.give(Given::Funclet(funclet));
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.berth.give(Given::Leave);
    }
}

impl Berth {
    /// The first funclet or leave that is given counts.
    fn give(&self, what: Given) {
        let mut given = lock(&self.given);
        if matches!(*given, Given::Nothing | Given::Soon) {
            *given = what;
            drop(given);
            self.told.notify_one();
        }
    }

    fn wait(&self) -> Option<Global<JObject<'static>>> {
        let mut given = lock(&self.given);
        loop {
            // What stays says that there is nothing more to give.
            match std::mem::replace(&mut *given, Given::Leave) {
                Given::Funclet(funclet) => return Some(funclet),
                Given::Leave => return None,
                Given::Soon => {
                    *given = Given::Nothing;
                    drop(given);
                    self.look();
                    given = lock(&self.given);
                    if !matches!(*given, Given::Nothing) {
                        continue;
                    }
                }
                Given::Nothing => *given = Given::Nothing,
            }
            given = self.told.wait(given).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits a little without sleeping.
    fn look(&self) {
        let began = Instant::now();
        while began.elapsed() < LOOKS_FOR && matches!(*lock(&self.given), Given::Nothing) {
            thread::yield_now();
        }
    }
}

/// The thread that calls is a spare's: it waits until there is a funclet for it. None: it ends.
pub(crate) fn wait(
    (funclet, lane): (u64, u64),
    object: Global<JObject<'static>>,
    thread: Global<JThread<'static>>,
    prepared: Prepared,
) -> Option<Global<JObject<'static>>> {
    let berth = Arc::new(Berth::default());
    {
        let mut stock = lock(&STOCK);
        if stock.len() >= KEPT {
            return None;
        }
        stock.push(Spare { funclet, lane, object, thread: Some(thread), berth: Arc::clone(&berth) });
    }
    name_this_thread("spare");
    let owner = berth.wait()?;
    name_this_thread(&format!("lane-{lane}"));
    PREPARED.set(Some(prepared));
    Some(owner)
}

/// As the kernel shows it: who counts lanes counts no spares.
fn name_this_thread(name: &str) {
    const SHOWN_BYTES: usize = 15;
    let mut bytes = [0_u8; SHOWN_BYTES + 1];
    let length = name.len().min(SHOWN_BYTES);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    // SAFETY: the kernel reads up to 16 bytes, the last of which is 0.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, bytes.as_ptr());
    }
}

/// What the calling thread has prepared, if it was a spare.
pub(crate) fn take_prepared() -> Option<Prepared> {
    PREPARED.take()
}

/// One of the stock: the one that waits longest.
pub(crate) fn take() -> Option<Spare> {
    let mut stock = lock(&STOCK);
    if stock.is_empty() { None } else { Some(stock.remove(0)) }
}

impl Vm {
    /// Is the stock of lanes that are made ahead to be filled? Who is told so has to see to it, with `make_spares`.
    pub fn wants_spares(&self) -> bool {
        lock(&STOCK).len() < KEPT && !IS_FILLING.swap(true, Ordering::AcqRel)
    }

    /// Makes as many lanes as the stock lacks. They are there a moment later.
    pub fn make_spares(&self) {
        IS_FILLING.store(false, Ordering::Release);
        let lacking = KEPT - lock(&STOCK).len().min(KEPT);
        for _ in 0..lacking {
            if let Err(error) = self.make_spare() {
                tracing::warn!(%error, "no lane could be made ahead");
                return;
            }
        }
    }

    fn make_spare(&self) -> Result<(), JvmError> {
        self.attached(|env, shim| {
            let numbers = [funclet::next_id(), lane::next_id()].map(|id| JValue::Long(id.cast_signed()));
            env.call_static_method(&shim.class, jni_str!("spare"), jni_sig!("(JJ)V"), &numbers)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_roused_and_sent_away_leaves() {
        for pause in [Duration::ZERO, LOOKS_FOR * 20] {
            let berth = Arc::new(Berth::default());
            let waiting = Arc::clone(&berth);
            let thread = thread::spawn(move || waiting.wait().is_none());
            berth.give(Given::Soon);
            thread::sleep(pause);
            berth.give(Given::Leave);
            berth.give(Given::Soon);
            assert!(matches!(thread.join(), Ok(true)));
        }
    }

    #[test]
    fn a_thread_that_is_sent_away_before_it_waits_leaves() {
        let berth = Berth::default();
        berth.give(Given::Leave);
        assert!(berth.wait().is_none());
    }
}
