//! Who drives the connections.
//!
//! A reactor is a loop over connections: it reads requests, runs what leads them to a function, and writes answers. One
//! thread at a time drives it: a thread of its own, or, when calls of one short function come in a row, the lane of that
//! function. Such a lane takes the next call, runs it and writes the answer without a word to any other thread; waking
//! one costs more than everything else that a small call needs.
//!
//! While the lane is in the function nobody drives. A reactor's own thread notices when that takes longer than two of
//! its ticks and goes on in the lane's place; a lane that comes back then waits for its next call like any other. A lane
//! that drives for long without a call of its own gives the reactor back, so that an idle host has no ticks at all.
//!
//! Host code that runs on a lane must not call Java: to Java the thread is the function's. `flock_jvm::is_lent` tells, and
//! `Vm` refuses it.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::runtime::{Builder, Handle, Runtime};

/// How often a reactor's own thread looks after a lane that drives.
const TICK: Duration = Duration::from_millis(1);
/// A lane that is away at so many ticks, in one call, has lost the reactor.
const AWAY_TICKS: u32 = 2;
/// A lane that drove for so many ticks without a call of its own has, too.
const IDLE_TICKS: u32 = 50;
/// So many calls in a row for one function let its lane drive.
const IN_A_ROW: u32 = 8;
/// Connections wait so long at most before a lane with more calls sees to them.
const TURN: Duration = Duration::from_micros(200);

/// What the lanes of a function that may drive have in common.
pub trait Crew: Send + Sync {
    /// Its lane that drove is away: calls that were left for it go to others.
    fn left(self: Arc<Self>);
}

/// Who drives: the lowest two bits. The rest counts the changes.
const OWN: u64 = 0;
const LED: u64 = 1;
const AWAY: u64 = 2;
const WHO: u64 = 3;

/// See the head of this file.
pub struct Reactor {
    runtime: Runtime,
    token: AtomicU64,
    /// Whoever drives, to be woken.
    waker: Mutex<Option<Waker>>,
    own: OnceLock<Thread>,
    crew: Mutex<Option<Weak<dyn Crew>>>,
    /// The function of the last call, and how many came for it in a row.
    last: AtomicU64,
    in_a_row: AtomicU32,
    /// The function whose lane leads, or led last.
    leader: AtomicU64,
}

/// All of a host. Connections are dealt out among them.
#[derive(Clone)]
pub struct Reactors {
    all: Arc<[Arc<Reactor>]>,
    next: Arc<AtomicUsize>,
}

/// A lane's hold on a reactor.
struct Lead {
    reactor: Arc<Reactor>,
    token: u64,
    /// When it last saw to the connections.
    turned: Instant,
}

/// Times that a lane began to drive, and that a reactor went on without one that was away.
static LEADS: AtomicU64 = AtomicU64::new(0);
static LOSSES: AtomicU64 = AtomicU64::new(0);

/// How often lanes drove.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Times that a lane began to.
    pub leads: u64,
    /// Times that one was away for too long.
    pub losses: u64,
}

/// Since the start of the host.
pub fn counts() -> Counts {
    Counts { leads: LEADS.load(Ordering::Relaxed), losses: LOSSES.load(Ordering::Relaxed) }
}

thread_local! {
    static DRIVES: Cell<Option<*const Reactor>> = const { Cell::new(None) };
    static LEAD: RefCell<Option<Lead>> = const { RefCell::new(None) };
}

impl std::fmt::Debug for Reactors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reactors({})", self.all.len())
    }
}

impl Reactors {
    /// Starts so many, each with a thread of its own that begins with this.
    pub fn start(count: usize, begin: impl Fn() + Clone + Send + 'static) -> std::io::Result<Self> {
        let one = |at| Reactor::start(at, begin.clone());
        let all: Vec<_> = (0..count.max(1)).map(one).collect::<Result<_, _>>()?;
        Ok(Self { all: all.into(), next: Arc::default() })
    }

    /// The one that accepts connections.
    pub fn first(&self) -> &Handle {
        self.all[0].runtime.handle()
    }

    /// Where the next connection goes; none: it stays with the first.
    pub fn deal(&self) -> Option<&Handle> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.all.len();
        (at > 0).then(|| self.all[at].runtime.handle())
    }

    /// A call for a function was made. Numbers of functions are never 0.
    pub fn note(&self, function: u64) {
        if let Some(reactor) = self.all.iter().find(|reactor| reactor.is_driven_here()) {
            if reactor.last.swap(function, Ordering::Relaxed) == function {
                reactor.in_a_row.fetch_add(1, Ordering::Relaxed);
            } else {
                reactor.in_a_row.store(1, Ordering::Relaxed);
            }
        }
    }

    /// The calling lane of this function drives from now on, if a reactor has calls for it alone.
    pub fn lead(&self, function: u64, crew: impl Fn() -> Weak<dyn Crew>) -> Option<Arc<Reactor>> {
        self.all.iter().find(|reactor| reactor.lead(function, &crew)).cloned()
    }
}

impl Reactor {
    fn start(at: usize, begin: impl Fn() + Send + 'static) -> std::io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(16)
            .thread_name("http-blocking")
            .build()?;
        let reactor = Arc::new(Self {
            runtime,
            token: AtomicU64::new(OWN),
            waker: Mutex::default(),
            own: OnceLock::new(),
            crew: Mutex::default(),
            last: AtomicU64::new(0),
            in_a_row: AtomicU32::new(0),
            leader: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&reactor);
        thread::Builder::new().name(format!("http-{at}")).spawn(move || {
            // Set once, here.
            let _ = of_thread.own.set(thread::current());
            begin();
            loop {
                of_thread.drive_alone();
                of_thread.stand_by();
            }
        })?;
        Ok(reactor)
    }

    /// The own thread drives for as long as nobody else does.
    fn drive_alone(&self) {
        self.block_on::<()>(|token| token & WHO == OWN, || None);
    }

    /// The own thread waits until the reactor is its again.
    fn stand_by(&self) {
        let (mut seen, mut times) = (0, 0);
        loop {
            thread::park_timeout(TICK);
            let token = self.token.load(Ordering::Acquire);
            if token & WHO == OWN {
                return;
            }
            if token != seen {
                (seen, times) = (token, 0);
                continue;
            }
            times += 1;
            let most = if token & WHO == AWAY { AWAY_TICKS } else { IDLE_TICKS };
            if times < most {
                continue;
            }
            // Of the one that has the token now: the next one may come at once.
            let crew = lock(&self.crew).as_ref().and_then(Weak::upgrade);
            if self.change(token, OWN).is_some() {
                self.wake();
                if token & WHO == AWAY {
                    LOSSES.fetch_add(1, Ordering::Relaxed);
                    if let Some(crew) = crew {
                        crew.left();
                    }
                }
                return;
            }
        }
    }

    fn lead(self: &Arc<Self>, function: u64, crew: &impl Fn() -> Weak<dyn Crew>) -> bool {
        if self.last.load(Ordering::Relaxed) != function || self.in_a_row.load(Ordering::Relaxed) < IN_A_ROW {
            return false;
        }
        let token = self.token.load(Ordering::Acquire);
        let is_taken = match token & WHO {
            OWN => false,
            LED => self.leader.load(Ordering::Relaxed) == function,
            _ => true,
        };
        if is_taken {
            return false;
        }
        let Some(token) = self.change(token, LED) else { return false };
        LEADS.fetch_add(1, Ordering::Relaxed);
        self.leader.store(function, Ordering::Relaxed);
        *lock(&self.crew) = Some(crew());
        self.wake();
        LEAD.set(Some(Lead { reactor: Arc::clone(self), token, turned: Instant::now() }));
        true
    }

    /// From this token to a new one.
    fn change(&self, from: u64, who: u64) -> Option<u64> {
        let to = (from & !WHO) + WHO + 1 + who;
        self.token.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok().then_some(to)
    }

    /// Whoever drives looks again.
    pub fn wake(&self) {
        if let Some(waker) = &*lock(&self.waker) {
            waker.wake_by_ref();
        }
    }

    /// Does the calling thread drive it?
    pub fn is_driven_here(&self) -> bool {
        DRIVES.get() == Some(std::ptr::from_ref(self))
    }

    /// Drives until there is something, or until the token says that it is another's to drive: none.
    fn block_on<T>(&self, is_mine: impl Fn(u64) -> bool, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
        DRIVES.set(Some(std::ptr::from_ref(self)));
        let got = self.runtime.block_on(poll_fn(|context| {
            let mut waker = lock(&self.waker);
            // Whoever changes the token wakes afterwards, under this lock. One that comes late must not be woken in the place of
            // the one that drives by now: that one would sleep on, with calls left for it.
            if !is_mine(self.token.load(Ordering::Acquire)) {
                return Poll::Ready(None);
            }
            if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                *waker = Some(context.waker().clone());
            }
            drop(waker);
            ready().map_or(Poll::Pending, |found| Poll::Ready(Some(found)))
        }));
        DRIVES.set(None);
        got
    }
}

/// What a lane that leads has found.
pub enum Found<T> {
    /// It was there.
    AtOnce(T),
    /// It came while the lane drove.
    Driving(T),
}

/// The reactor that the calling lane leads, now that it comes back from a call.
pub fn come_back() -> Option<Arc<Reactor>> {
    LEAD.with_borrow_mut(|held| {
        let lead = held.as_mut()?;
        if lead.token & WHO == AWAY {
            match lead.reactor.change(lead.token, LED) {
                Some(token) => lead.token = token,
                None => {
                    *held = None;
                    return None;
                }
            }
        }
        Some(Arc::clone(&lead.reactor))
    })
}

/// The calling lane, which leads, drives until it finds something, or until the reactor is another's: none. Connections
/// that have waited long come first.
pub fn drive<T>(mut find: impl FnMut() -> Option<T>) -> Option<Found<T>> {
    let (reactor, token, mut is_due) = LEAD.with_borrow(|lead| {
        lead.as_ref().map(|lead| (Arc::clone(&lead.reactor), lead.token, lead.turned.elapsed() >= TURN))
    })?;
    if !is_due && let Some(found) = find() {
        return Some(Found::AtOnce(found));
    }
    let ready = || {
        if std::mem::take(&mut is_due) {
            reactor.wake();
            return None;
        }
        find()
    };
    let found = reactor.block_on(|now| now == token, ready);
    LEAD.with_borrow_mut(|held| match (held.as_mut(), &found) {
        (Some(lead), Some(_)) => lead.turned = Instant::now(),
        _ => *held = None,
    });
    found.map(Found::Driving)
}

/// What came of going into the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// The calling lane leads still, or did not lead.
    Well,
    /// It led, and has just lost the reactor.
    Lost,
}

/// The calling lane goes into its function.
pub fn go_away() -> Away {
    LEAD.with_borrow_mut(|held| {
        let Some(lead) = held else { return Away::Well };
        let Some(token) = lead.reactor.change(lead.token, AWAY) else {
            *held = None;
            return Away::Lost;
        };
        lead.token = token;
        Away::Well
    })
}

/// The calling lane leads no more.
pub fn give_back() {
    if let Some(lead) = LEAD.take()
        && lead.reactor.change(lead.token, OWN).is_some()
        && let Some(own) = lead.reactor.own.get()
    {
        own.unpark();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{atomic::AtomicBool, mpsc};

    struct Nobody;

    impl Crew for Nobody {
        fn left(self: Arc<Self>) {}
    }

    #[test]
    fn whoever_comes_late_does_not_take_the_wakes_of_the_one_that_drives() -> std::io::Result<()> {
        let reactors = Reactors::start(1, || {})?;
        let reactor = Arc::clone(&reactors.all[0]);
        for _ in 0..20 {
            reactor.last.store(7, Ordering::Relaxed);
            reactor.in_a_row.store(IN_A_ROW, Ordering::Relaxed);
            let (tell, told) = mpsc::channel();
            let found = Arc::new(AtomicBool::new(false));
            let (led, seen) = (reactors.clone(), Arc::clone(&found));
            let lane = thread::spawn(move || {
                let crew = || {
                    let nobody: Weak<Nobody> = Weak::new();
                    nobody as Weak<dyn Crew>
                };
                while led.lead(7, crew).is_none() {
                    thread::sleep(TICK);
                }
                drive(|| seen.load(Ordering::Acquire).then_some(()));
                // It may have lost the reactor meanwhile, as one that drives for long without a call does.
                give_back();
                tell.send(())
            });
            thread::sleep(5 * TICK);
            // As the own thread does that was told late that it is its turn.
            reactor.drive_alone();
            found.store(true, Ordering::Release);
            reactor.wake();
            assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(()), "the lane sleeps on");
            assert!(matches!(lane.join(), Ok(Ok(()))));
        }
        Ok(())
    }
}
