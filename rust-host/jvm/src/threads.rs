//! The threads that a function starts: known from their start to their end, counted, charged, stopped with it.
//!
//! The gate says when code of a function starts a thread (`adopt`); the JVM's event on the new thread itself then finds
//! by the thread's number whose it is. Lanes are not among them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use jni::{Env, objects::JThread, refs::Global};

use crate::{
    account::{self, Account},
    clock::{OsThread, own_cpu_nanos},
    known,
    lane::lock,
    limits::{InstanceLimits, Limit},
    stop::Target,
};

/// A start that was announced but has not happened after this time never will.
const START_MAX: Duration = Duration::from_secs(10);

/// Threads whose start was announced, by their number, with the time of that.
type Expected = HashMap<i64, (Arc<Crew>, Instant)>;

static EXPECTED: Mutex<Option<Expected>> = Mutex::new(None);
static EXPECTED_COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SELF: std::cell::RefCell<Option<Arc<Helper>>> = const { std::cell::RefCell::new(None) };
}

/// A living thread that a function started.
#[derive(Debug)]
pub(crate) struct Helper {
    pub(crate) os: OsThread,
    pub(crate) java: Global<JThread<'static>>,
    number: i64,
    crew: Arc<Crew>,
    charged_nanos: AtomicU64,
    charged_bytes: AtomicU64,
}

impl Helper {
    pub(crate) fn target(&self) -> Target<'_> {
        Target { os: self.os, java: &self.java }
    }
}

/// The threads of one funclet, and its account.
#[derive(Debug)]
pub(crate) struct Crew {
    pub(crate) account: Account,
    pub(crate) limits: InstanceLimits,
    /// Started or about to start, and not ended.
    alive: AtomicU32,
    peak: AtomicU32,
    helpers: Mutex<Vec<Arc<Helper>>>,
    /// Used by threads that have ended, and not charged yet.
    ended_nanos: AtomicU64,
    ended_bytes: AtomicU64,
    /// The limit that a thread or socket was refused for, as a number.
    refused: AtomicU32,
}

/// CPU and allocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// CPU.
    pub cpu_nanos: u64,
    /// Bytes allocated in the Java heap.
    pub allocated_bytes: u64,
}

impl std::ops::AddAssign for Effort {
    fn add_assign(&mut self, other: Self) {
        self.cpu_nanos += other.cpu_nanos;
        self.allocated_bytes += other.allocated_bytes;
    }
}

impl Crew {
    pub(crate) fn new(account: Account, limits: InstanceLimits) -> Self {
        Self {
            account,
            limits,
            alive: AtomicU32::new(0),
            peak: AtomicU32::new(0),
            helpers: Mutex::new(Vec::new()),
            ended_nanos: AtomicU64::new(0),
            ended_bytes: AtomicU64::new(0),
            refused: AtomicU32::new(0),
        }
    }

    /// Threads that live, or are about to.
    pub(crate) fn alive(&self) -> u32 {
        self.alive.load(Ordering::Acquire)
    }

    /// Most threads since this was asked last.
    pub(crate) fn take_peak(&self) -> u32 {
        let alive = self.alive();
        // Mostly there are none, and were none.
        if alive == 0 && self.peak.load(Ordering::Acquire) == 0 {
            return 0;
        }
        self.peak.swap(alive, Ordering::AcqRel)
    }

    pub(crate) fn helpers(&self) -> Vec<Arc<Helper>> {
        lock(&self.helpers).clone()
    }

    /// What its threads have used since this was asked last.
    pub(crate) fn take_effort(&self, env: &mut Env<'_>) -> Effort {
        let mut effort = Effort::default();
        // While this is held no thread ends: it would be charged twice, or with nothing.
        let helpers = (self.alive() > 0).then(|| lock(&self.helpers));
        for helper in helpers.iter().flat_map(|helpers| helpers.iter()) {
            effort += helper.take_effort(env, helper.number);
        }
        effort += Effort { cpu_nanos: take(&self.ended_nanos), allocated_bytes: take(&self.ended_bytes) };
        effort
    }

    /// CPU alone, of threads that live and of those that have ended, without the JVM.
    pub(crate) fn take_cpu(&self) -> Effort {
        let helpers = lock(&self.helpers);
        let of_helper = |helper: &Arc<Helper>| since(helper.os.cpu_nanos(), &helper.charged_nanos);
        let cpu_nanos = helpers.iter().map(of_helper).sum::<u64>() + take(&self.ended_nanos);
        Effort { cpu_nanos, allocated_bytes: take(&self.ended_bytes) }
    }

    /// May its threads have used anything since `take_effort`?
    pub(crate) fn may_have_used(&self) -> bool {
        self.alive() > 0 || self.ended_nanos.load(Ordering::Acquire) > 0
    }

    /// CPU that its threads have used and that has not been asked for with `take_effort`.
    pub(crate) fn uncharged_cpu_nanos(&self) -> u64 {
        let helpers = (self.alive() > 0).then(|| lock(&self.helpers));
        let of_helper = |helper: &Arc<Helper>| {
            Some(helper.os.cpu_nanos()?.saturating_sub(helper.charged_nanos.load(Ordering::Acquire)))
        };
        let running: u64 = helpers.iter().flat_map(|helpers| helpers.iter()).filter_map(of_helper).sum();
        self.ended_nanos.load(Ordering::Acquire) + running
    }

    pub(crate) fn refuse(&self, limit: Limit) {
        self.refused.store(limit.number(), Ordering::Release);
    }

    /// The limit that something was refused for since this was asked last.
    pub(crate) fn take_refused(&self) -> Option<Limit> {
        if self.refused.load(Ordering::Relaxed) == 0 {
            return None;
        }
        Limit::from_number(self.refused.swap(0, Ordering::AcqRel))
    }

    fn enter(&self) -> Result<(), TooMany> {
        let limit = self.limits.threads;
        let taken = |alive: u32| (alive < limit).then_some(alive + 1);
        if self.alive.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken).is_err() {
            return Err(TooMany::OfAction(limit));
        }
        let namespace = &self.limits.namespace;
        let taken = |alive: u32| (namespace.limit == 0 || alive < namespace.limit).then_some(alive + 1);
        if namespace.alive.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken).is_err() {
            self.alive.fetch_sub(1, Ordering::AcqRel);
            return Err(TooMany::OfNamespace(namespace.limit));
        }
        self.peak.fetch_max(self.alive(), Ordering::AcqRel);
        Ok(())
    }

    fn leave(&self) {
        self.alive.fetch_sub(1, Ordering::AcqRel);
        self.limits.namespace.alive.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What a clock has gone on by; that is charged from now on.
fn since(now: Option<u64>, charged: &AtomicU64) -> u64 {
    now.map_or(0, |now| now.saturating_sub(charged.swap(now, Ordering::AcqRel)))
}

impl Helper {
    fn take_effort(&self, env: &mut Env<'_>, number: i64) -> Effort {
        Effort {
            cpu_nanos: since(self.os.cpu_nanos(), &self.charged_nanos),
            allocated_bytes: since(known::allocated_bytes(env, number), &self.charged_bytes),
        }
    }
}

/// What a counter has; it begins anew. Mostly it has nothing, and asking is cheaper than taking.
fn take(counter: &AtomicU64) -> u64 {
    if counter.load(Ordering::Acquire) == 0 { 0 } else { counter.swap(0, Ordering::AcqRel) }
}

/// Whose limit of threads it is, and the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMany {
    /// The action's.
    OfAction(u32),
    /// That of its namespace.
    OfNamespace(u32),
}

/// A thread of this crew is about to be started. The error is the limit that it would break.
pub(crate) fn adopt(env: &mut Env<'_>, crew: &Arc<Crew>, thread: &JThread<'_>) -> Result<(), TooMany> {
    let Some(number) = known::thread_number(env, thread) else { return Ok(()) };
    {
        let mut expected = lock(&EXPECTED);
        let expected = expected.get_or_insert_default();
        if expected.contains_key(&number) {
            return Ok(());
        }
        crew.enter().inspect_err(|_| crew.refuse(Limit::Threads))?;
        expected.insert(number, (Arc::clone(crew), Instant::now()));
    }
    EXPECTED_COUNT.fetch_add(1, Ordering::AcqRel);
    Ok(())
}

/// Forgets starts that failed, as in a thread group that was destroyed. To be called now and then.
pub fn forget_failed_starts() {
    if EXPECTED_COUNT.load(Ordering::Acquire) == 0 {
        return;
    }
    for (_, (crew, _)) in
        lock(&EXPECTED).iter_mut().flat_map(|all| all.extract_if(|_, (_, since)| since.elapsed() > START_MAX))
    {
        crew.leave();
        EXPECTED_COUNT.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs on a thread that has just started.
pub(crate) fn started(env: &mut Env<'_>, thread: &JThread<'_>) {
    if EXPECTED_COUNT.load(Ordering::Acquire) == 0 {
        return;
    }
    let Some(number) = known::thread_number(env, thread) else { return };
    let Some((crew, _)) = lock(&EXPECTED).as_mut().and_then(|expected| expected.remove(&number)) else {
        return;
    };
    EXPECTED_COUNT.fetch_sub(1, Ordering::AcqRel);
    crew.account.own_this_thread();
    let Ok(java) = env.new_global_ref(thread) else {
        crew.leave();
        return;
    };
    let helper = Arc::new(Helper {
        os: OsThread::current(),
        java,
        number,
        crew: Arc::clone(&crew),
        charged_nanos: AtomicU64::new(0),
        charged_bytes: AtomicU64::new(0),
    });
    lock(&crew.helpers).push(Arc::clone(&helper));
    SELF.set(Some(helper));
}

/// Runs on a thread that is about to end.
pub(crate) fn ended(env: &mut Env<'_>) {
    account::disown_this_thread();
    let Ok(Some(helper)) = SELF.try_with(std::cell::RefCell::take) else { return };
    let crew = Arc::clone(&helper.crew);
    let mut helpers = lock(&crew.helpers);
    helpers.retain(|other| !Arc::ptr_eq(other, &helper));
    let cpu = own_cpu_nanos().saturating_sub(helper.charged_nanos.load(Ordering::Acquire));
    // 0 is the calling thread: its number may not be found any more.
    let bytes = known::allocated_bytes(env, 0).unwrap_or(0);
    let bytes = bytes.saturating_sub(helper.charged_bytes.load(Ordering::Acquire));
    crew.ended_nanos.fetch_add(cpu, Ordering::AcqRel);
    crew.ended_bytes.fetch_add(bytes, Ordering::AcqRel);
    drop(helpers);
    crew.leave();
}
