//! A lane: a Java thread that belongs to one funclet, or to the chains of one namespace, for its whole life and runs one
//! call at a time.
//!
//! The Java thread asks for work by one native call that also gives back the last answer (`natives::swap`). The call
//! that runs is kept in the lane under a lock, and *whoever takes it out owns the answer*: the lane when the function
//! returns, or the watchdog when the deadline has passed. So an answer is given once, and an Error that arrives late
//! can never hit the next call: a lane whose call was taken does not go on.
//!
//! When the Java thread is gone, however it ended, its `Seat` (thread-local) is dropped and tells the [`Work`].
//!
//! The lane reads its CPU clock when a call begins and ends; between two calls without a wait one reading serves both.

mod seat;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jni::{Env, objects::JThread, refs::Global};

use crate::{
    JvmError, account, agent,
    boot::Vm,
    calls::{Call, Waited, Work},
    clock::{OsThread, lane_cpu_nanos},
    funclet::Inner as FuncletInner,
    known,
    meter::Meter,
    stop::{self, Target, Tried},
    threads::Effort,
    used::Used,
};

pub(crate) use seat::Seat;

/// Microseconds since the first question, never 0: a clock that nobody sets back.
pub fn process_micros() -> u64 {
    process_micros_at(Instant::now())
}

/// The same for a time that is known.
pub fn process_micros_at(at: Instant) -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let since = at.saturating_duration_since(*FIRST.get_or_init(|| at));
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX).max(1)
}

/// The lanes that were made but whose Java thread has not yet sat down.
static ARRIVING: Mutex<Option<HashMap<u64, Arc<Inner>>>> = Mutex::new(None);
static NEXT_ID: AtomicU64 = AtomicU64::new(1);
/// CPU of all lanes between their calls.
static BETWEEN_NANOS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The lane that this thread is, if it is one.
    pub(crate) static SEAT: RefCell<Option<Seat>> = const { RefCell::new(None) };
    static IS_LENT: Cell<bool> = const { Cell::new(false) };
}

/// The calling lane runs host code between two calls. To Java its thread is the function's, so nothing in there may call
/// Java: `Vm` refuses it.
pub fn lend<T>(work: impl FnOnce() -> T) -> T {
    struct Returned;
    impl Drop for Returned {
        fn drop(&mut self) {
            IS_LENT.set(false);
        }
    }
    IS_LENT.set(true);
    let _returned = Returned;
    work()
}

/// Is the calling thread a lane that does so?
pub fn is_lent() -> bool {
    IS_LENT.get()
}

/// CPU that lanes have used between calls, when they serve connections, since the start. It is nobody's but the host's.
pub fn between_calls_nanos() -> u64 {
    BETWEEN_NANOS.load(Ordering::Relaxed)
}

/// A number that no other lane has.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

/// The shared part of a lane.
pub(crate) struct Inner {
    pub(crate) id: u64,
    /// Whose call it runs; none: a lane of chains between two of them. It changes only while there is no call.
    funclet: Mutex<Option<Arc<FuncletInner>>>,
    is_of_chains: bool,
    pub(crate) work: Arc<dyn Work>,
    pub(crate) current: Mutex<Option<Box<dyn Call>>>,
    /// Microseconds of the process at which the running call began; 0 while there is none.
    pub(crate) began_micros: AtomicU64,
    last_began_micros: AtomicU64,
    pub(crate) initialising: AtomicBool,
    /// When the running call began to load and initialise the function by itself, and how long that took; 0: it did not, or has
    /// not ended it.
    init_began_micros: AtomicU64,
    init_micros: AtomicU64,
    pub(crate) gone: AtomicBool,
    thread: OnceLock<Global<JThread<'static>>>,
    /// Known once the thread sits down.
    os: OnceLock<OsThread>,
    java_number: AtomicI64,
    /// The thread's clocks when the running call began.
    begin_cpu_nanos: AtomicU64,
    begin_allocated_bytes: AtomicU64,
    /// What the thread allocated for a call that it did not answer, noted when the JVM let it go.
    last_allocated_bytes: AtomicU64,
    /// CPU of the running call that `Work::charge` was told of.
    charged_nanos: AtomicU64,
}

impl Inner {
    /// The thread sits down.
    pub(crate) fn arrive(&self, java_number: i64) {
        // Set once: an announced lane is taken by one thread.
        let _ = self.os.set(OsThread::current());
        self.java_number.store(java_number, Ordering::Release);
        if let Some(funclet) = self.funclet() {
            funclet.crew.account.own_this_thread();
        }
    }

    /// What the thread has used until now was no function's: it was made ahead.
    pub(crate) fn begin_fresh(&self, env: &Env<'_>) {
        if agent::is_counting() {
            self.begin_anew();
            self.begin_allocated_bytes.store(known::own_allocated_bytes(env).unwrap_or(0), Ordering::Release);
        }
    }

    /// Its Java thread, once it is made.
    pub(crate) fn java(&self) -> Option<&Global<JThread<'static>>> {
        self.thread.get()
    }

    /// The funclet that it works for.
    pub(crate) fn funclet(&self) -> Option<Arc<FuncletInner>> {
        lock(&self.funclet).clone()
    }

    /// Does it work for this funclet?
    pub(crate) fn is_aboard(&self, funclet: &FuncletInner) -> bool {
        lock(&self.funclet).as_ref().is_some_and(|own| own.id == funclet.id)
    }

    /// A hop begins: from now on its funclet is charged. On the lane's own thread.
    fn board(self: &Arc<Self>, funclet: &Arc<FuncletInner>) {
        funclet.crew.account.own_this_thread();
        funclet.remember(Arc::downgrade(self));
        *lock(&self.funclet) = Some(Arc::clone(funclet));
    }

    /// The hop is over.
    fn alight(&self, left: &FuncletInner) {
        account::disown_this_thread();
        *lock(&self.funclet) = None;
        left.forget(self);
    }

    /// Notes the begin of a call. No two calls of a lane begin at the same time.
    pub(crate) fn begin_time(&self, at: Instant) {
        let now = process_micros_at(at).max(self.last_began_micros.load(Ordering::Acquire) + 1);
        self.last_began_micros.store(now, Ordering::Release);
        self.began_micros.store(now, Ordering::Release);
    }

    /// The call begins, or the part of it that is said: the function is being loaded and initialised, by this lane itself or
    /// by another.
    pub(crate) fn phase(&self, initialising: bool, own: bool) {
        self.initialising.store(initialising, Ordering::Release);
        if own {
            self.init_began_micros.store(process_micros(), Ordering::Release);
        } else if !initialising && let Some(took) = self.init_so_far_micros() {
            self.init_micros.store(took.max(1), Ordering::Release);
        }
    }

    /// A call begins that has initialised nothing yet.
    pub(crate) fn begin_phases(&self) {
        self.initialising.store(false, Ordering::Release);
        self.init_began_micros.store(0, Ordering::Release);
        self.init_micros.store(0, Ordering::Release);
    }

    /// How long the running call has loaded and initialised the function, if it has.
    fn init_so_far_micros(&self) -> Option<u64> {
        match (self.init_began_micros.load(Ordering::Acquire), self.init_micros.load(Ordering::Acquire)) {
            (0, _) => None,
            (began, 0) => Some(process_micros().saturating_sub(began)),
            (_, took) => Some(took),
        }
    }

    /// Notes the clocks at the begin of a call. Without a wait those of the last end still hold.
    pub(crate) fn begin_clocks(&self, waited: Waited) {
        if waited == Waited::Yes && agent::is_counting() {
            self.begin_anew();
            self.charged_nanos.store(0, Ordering::Release);
        }
    }

    /// What the thread has used since its last call was the host's.
    fn begin_anew(&self) {
        let now = lane_cpu_nanos();
        let before = self.begin_cpu_nanos.swap(now, Ordering::AcqRel);
        BETWEEN_NANOS.fetch_add(now.saturating_sub(before), Ordering::Relaxed);
    }

    /// What the threads of its function used since its last call is no part of the next one.
    pub(crate) fn settle_background(&self, env: &mut Env<'_>, funclet: &FuncletInner) {
        if funclet.crew.may_have_used() {
            let effort = funclet.crew.take_effort(env);
            self.work.charge(effort.cpu_nanos);
            self.work.background(effort);
        }
    }

    /// What the lane's own thread has used since the call began, read on it; the clocks begin anew.
    fn end_clocks(&self, env: &mut Env<'_>) -> Effort {
        let cpu = lane_cpu_nanos();
        let allocated = known::own_allocated_bytes(env).unwrap_or(0);
        let effort = Effort {
            cpu_nanos: cpu.saturating_sub(self.begin_cpu_nanos.swap(cpu, Ordering::AcqRel)),
            allocated_bytes: allocated
                .saturating_sub(self.begin_allocated_bytes.swap(allocated, Ordering::AcqRel)),
        };
        self.charge_up_to(effort.cpu_nanos);
        self.charged_nanos.store(0, Ordering::Release);
        effort
    }

    /// Tells the work of the CPU that it was not told of yet.
    fn charge_up_to(&self, cpu_nanos: u64) {
        let charged = self.charged_nanos.fetch_max(cpu_nanos, Ordering::AcqRel);
        if cpu_nanos > charged {
            self.work.charge(cpu_nanos - charged);
        }
    }

    /// What the call of this funclet has used that ends on the calling thread.
    fn used(&self, env: &mut Env<'_>, funclet: Option<&FuncletInner>) -> Used {
        if !agent::is_counting() {
            return Used::default();
        }
        let own = self.end_clocks(env);
        let Some(funclet) = funclet else { return Used { effort: own, ..Used::default() } };
        let used = funclet.used(env, own);
        if used.effort.cpu_nanos > own.cpu_nanos {
            self.work.charge(used.effort.cpu_nanos - own.cpu_nanos);
        }
        used
    }
}

/// Runs on a thread that is about to end: the last moment at which the JVM knows what it allocated.
pub(crate) fn ending(env: &Env<'_>) {
    // At the very end of a thread it may have no seat any more.
    let _ = SEAT.try_with(|seat| {
        if let Some(Seat { lane, .. }) = &*seat.borrow() {
            let allocated = known::own_allocated_bytes(env).unwrap_or(0);
            let since = allocated.saturating_sub(lane.begin_allocated_bytes.load(Ordering::Acquire));
            lane.last_allocated_bytes.store(since, Ordering::Release);
        }
    });
}

/// Locks without caring for a panic elsewhere: the data is a plain option or list, whole at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handle of a lane, for whoever supervises it.
#[derive(Clone)]
pub struct Lane {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.inner.funclet() {
            Some(funclet) => write!(f, "Lane({} of funclet {})", self.inner.id, funclet.id),
            None => write!(f, "Lane({} of chains)", self.inner.id),
        }
    }
}

impl Lane {
    /// For a funclet, or for chains.
    pub(crate) fn announce(funclet: Option<Arc<FuncletInner>>, work: Arc<dyn Work>) -> Self {
        Self::announce_as(next_id(), funclet, work)
    }

    /// The same for a thread that was made ahead under this number.
    pub(crate) fn announce_as(id: u64, funclet: Option<Arc<FuncletInner>>, work: Arc<dyn Work>) -> Self {
        let inner = Arc::new(Inner {
            id,
            is_of_chains: funclet.is_none(),
            funclet: Mutex::new(funclet),
            work,
            current: Mutex::new(None),
            began_micros: AtomicU64::new(0),
            last_began_micros: AtomicU64::new(0),
            initialising: AtomicBool::new(false),
            init_began_micros: AtomicU64::new(0),
            init_micros: AtomicU64::new(0),
            gone: AtomicBool::new(false),
            thread: OnceLock::new(),
            os: OnceLock::new(),
            java_number: AtomicI64::new(0),
            begin_cpu_nanos: AtomicU64::new(0),
            begin_allocated_bytes: AtomicU64::new(0),
            last_allocated_bytes: AtomicU64::new(0),
            charged_nanos: AtomicU64::new(0),
        });
        lock(&ARRIVING).get_or_insert_default().insert(inner.id, Arc::clone(&inner));
        Self { inner }
    }

    /// Ties the lane to its Java thread, or takes it back when that was not made after all.
    pub(crate) fn settle(
        self,
        started: Result<Global<JThread<'static>>, JvmError>,
    ) -> Result<Self, JvmError> {
        match started {
            Ok(thread) => {
                // Set once, by the one that made the thread.
                let _ = self.inner.thread.set(thread);
                Ok(self)
            }
            Err(error) => {
                take_arriving(self.inner.id);
                self.inner.gone.store(true, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Its number, unique in the process.
    pub fn id(&self) -> u64 {
        self.inner.id
    }

    /// When the running call began, on the clock of [`process_micros`], if there is one.
    pub fn began_micros(&self) -> Option<u64> {
        match self.inner.began_micros.load(Ordering::Acquire) {
            0 => None,
            micros => Some(micros),
        }
    }

    /// Has the Java thread ended?
    pub fn is_gone(&self) -> bool {
        self.inner.gone.load(Ordering::Acquire)
    }

    /// Tells the end of a lane whose thread ended before it sat down: the heap was full. To be asked now and then.
    pub fn look_whether_stillborn(&self, vm: &Vm) {
        let Some(thread) = self.inner.thread.get().filter(|_| self.inner.os.get().is_none()) else { return };
        let is_over = vm.attached(|env, _| Ok(agent::is_over(env, thread))).unwrap_or(false);
        // Whoever takes it out is the one who tells.
        if is_over && take_arriving(self.inner.id).is_some() {
            self.inner.gone.store(true, Ordering::Release);
            self.inner.work.ended(self.inner.id, None, Used::default());
        }
    }

    /// Has its thread not sat down yet?
    pub fn is_arriving(&self) -> bool {
        self.inner.os.get().is_none() && !self.is_gone()
    }

    /// Is the running call still loading and initialising the function?
    pub fn is_initialising(&self) -> bool {
        self.inner.initialising.load(Ordering::Acquire)
    }

    /// Takes the running call away if it began at this time; from then on the caller owes the answer and the lane is
    /// doomed: it must be ended with [`Lane::stop`].
    pub fn take_call_begun_at(&self, micros: u64) -> Option<Box<dyn Call>> {
        let mut current = lock(&self.inner.current);
        if self.inner.began_micros.load(Ordering::Acquire) != micros {
            return None;
        }
        self.inner.began_micros.store(0, Ordering::Release);
        current.take()
    }

    /// Does nobody else hold this lane? Only then may a handle of a lane that is gone be dropped: its thread, which is
    /// just ending, must not be the one that frees Java references.
    pub fn is_sole(&self) -> bool {
        Arc::strong_count(&self.inner) == 1
    }

    /// The funclet that the lane works for now; none: a lane of chains that runs no hop.
    pub fn meter(&self) -> Option<Meter> {
        self.inner.funclet().map(|funclet| Meter::of(&funclet))
    }

    /// CPU that the running call has used so far, its function's other threads included; tells the work of it.
    pub fn charge_running(&self) -> Option<u64> {
        let os = self.inner.os.get()?;
        let cpu = os.cpu_nanos()?.saturating_sub(self.inner.begin_cpu_nanos.load(Ordering::Acquire));
        self.inner.charge_up_to(cpu);
        Some(cpu + self.inner.funclet().map_or(0, |funclet| funclet.crew.uncharged_cpu_nanos()))
    }

    /// What a call that was taken away has used, read by the one who took it.
    pub fn used_by_taken(&self, vm: &Vm) -> Used {
        let inner = &self.inner;
        vm.attached(|env, _| {
            let cpu = inner.os.get().and_then(|os| os.cpu_nanos()).unwrap_or(0);
            let allocated =
                known::allocated_bytes(env, inner.java_number.load(Ordering::Acquire)).unwrap_or(0);
            let own = Effort {
                cpu_nanos: cpu.saturating_sub(inner.begin_cpu_nanos.swap(cpu, Ordering::AcqRel)),
                allocated_bytes: allocated
                    .saturating_sub(inner.begin_allocated_bytes.swap(allocated, Ordering::AcqRel)),
            };
            inner.charge_up_to(own.cpu_nanos);
            inner.charged_nanos.store(0, Ordering::Release);
            let used = match inner.funclet() {
                Some(funclet) => funclet.used(env, own),
                None => Used { effort: own, ..Used::default() },
            };
            Ok(Used { init_micros: inner.init_so_far_micros(), ..used })
        })
        .unwrap_or_default()
    }

    /// Throws the stop Error in the lane's thread, if that may be. `since` is how long ago the first try was. To be
    /// repeated until [`Lane::is_gone`].
    pub fn stop(&self, vm: &Vm, since: Duration) -> Tried {
        let Some(target) = self.target() else { return Tried::Gone };
        vm.attached(|env, shim| Ok(stop::attempt(env, target, &shim.stop_error, since)))
            .unwrap_or(Tried::Gone)
    }

    /// Where the lane's thread is, for who has to find out why it does not end.
    pub fn stack(&self, vm: &Vm) -> Vec<String> {
        let Some(target) = self.target() else { return Vec::new() };
        vm.attached(|env, _| Ok(stop::look(env, target))).unwrap_or_default()
    }

    pub(crate) fn java(&self) -> Option<&Global<JThread<'static>>> {
        self.inner.java()
    }

    fn target(&self) -> Option<Target<'_>> {
        let (java, os) = (self.inner.thread.get()?, self.inner.os.get()?);
        Some(Target { os: *os, java })
    }

    /// The thread has survived a stop: it gets no more CPU than others, and the system call that it may be blocked in
    /// ends.
    pub fn rouse(&self) {
        if let Some(os) = self.inner.os.get() {
            stop::rank(*os, stop::Rank::Usual);
            stop::nudge(*os);
        }
    }
}

/// The lane that was announced under this number, for the thread that now sits down.
pub(crate) fn take_arriving(id: u64) -> Option<Arc<Inner>> {
    lock(&ARRIVING).as_mut()?.remove(&id)
}

impl Lane {
    pub(crate) fn downgrade(&self) -> std::sync::Weak<Inner> {
        Arc::downgrade(&self.inner)
    }
}
