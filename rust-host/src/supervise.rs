//! Watches over what functions use, stops what goes over, and does what must not be done on a dying thread.
//!
//! | file | what is there |
//! |---|---|
//! | `watchdog` | looks at the calls that run: time, CPU, allocation, limits that were broken elsewhere |
//! | `files` | what the files of functions take on the disk |
//! | `killer` | ends the threads of a call or of a whole instance, and waits for none of them |
//! | `heap` | finds whose objects survive beyond a limit, and asks a collection before it says so |
//! | [`namespaces`] | what the instances of a namespace hold together |
//! | `locks` | finds who holds a lock that functions of others wait for, or the host |
//! | [`ebb`] | says when memory is given back |
//! | `room` | gives it back |
//! | `chores` | up-calls into Java that may take a while, and the thread that drops functions |
//!
//! All are native threads that allocate nothing in the Java heap, so they work when that heap is full. A call over a
//! limit is taken from its lane (whoever takes a call owns its answer) and its instance is condemned: it gets no call any
//! more. The answer is given when the thread has ended, or after a short while in any case. A thread that does not die
//! within two seconds is *lost*: it is counted, it is tried again now and then, and nothing waits for it.

mod chores;
pub mod ebb;
mod files;
mod heap;
mod killer;
pub mod leaks;
mod locks;
pub mod namespaces;
mod room;
mod watchdog;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use flock_jvm::{Effort, Funclet, Lane, Limit, Meter, State, Vm};
use tokio::sync::Notify;

pub use chores::Chore;
use chores::Chores;
use killer::Killer;
use locks::Locks;
use namespaces::Namespaces;
use room::Room;

/// The limits of a call that the watchdog holds it against.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// From the begin of the initialisation, and again of the run.
    pub timeout: Duration,
    /// CPU of the call, other threads of the function included.
    pub cpu: Duration,
}

impl Budget {
    /// Of no call: nothing is over it.
    pub const NONE: Self = Self { timeout: Duration::MAX, cpu: Duration::MAX };

    /// For a call that has to end at this time as well.
    pub fn due(mut self, due: Option<Instant>) -> Self {
        if let Some(due) = due {
            // The watchdog counts from the begin of the call, which was a little before it asks.
            self.timeout = self.timeout.min(due.saturating_duration_since(Instant::now()) + ASKED_LATE);
        }
        self
    }
}

/// So much after the begin of a call the watchdog may first ask for its budget. A hop that is stopped for the deadline of
/// its chain must not end before it.
const ASKED_LATE: Duration = Duration::from_millis(5);

/// Who pays for what a function uses between calls.
pub trait Payer: Send + Sync {
    /// It used this; each part is told once.
    fn settle(&self, effort: Effort);
}

/// The instance that lanes belong to.
pub trait Keeper: Payer {
    /// Reads what it uses.
    fn meter(&self) -> &Meter;
    /// The function in the JVM; none: it is being dropped.
    fn funclet(&self) -> Option<&Funclet>;
    /// Does a lane of it run a call?
    fn is_running(&self) -> bool;
    /// It takes no more calls. True: until now it did.
    fn condemn(&self, by: Limit) -> bool;
    /// CPU that was settled since its last call began.
    fn settled_nanos(&self) -> u64;
    /// Is at most one call run at a time, so that its threads are that call's?
    fn is_single(&self) -> bool;
}

/// What the watchdog must know of a lane.
pub trait Ward: Send + Sync {
    /// The limits of the call that runs.
    fn budget(&self) -> Budget;
    /// The instance that the call runs in; none: a lane of chains that runs no hop.
    fn keeper(&self) -> Option<Arc<dyn Keeper>>;
}

/// What an operator sets.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// CPU that the threads of an instance may use between two calls.
    pub background_cpu: Duration,
    /// The young generation: so much garbage may stand beside what is live.
    pub young_bytes: u64,
    /// Live heap of the instances of one namespace; none: no limit.
    pub namespace_heap_bytes: Option<u64>,
    /// Threads of the instances of one namespace; 0: no limit.
    pub namespace_threads: u32,
}

/// The watch over all lanes. Cheap to clone.
#[derive(Clone)]
pub struct Watchdog {
    shared: Arc<watchdog::Shared>,
    chores: Chores,
    killer: Killer,
    namespaces: Arc<Namespaces>,
    namespace_heap_bytes: Option<u64>,
    vm: Vm,
    state: Arc<Mutex<State>>,
    leaks: leaks::Reports,
    locks: Locks,
    /// Functions hold too much of the heap.
    crowded: Arc<Notify>,
    room: Room,
}

impl std::fmt::Debug for Watchdog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watchdog")
    }
}

impl Watchdog {
    /// Starts the threads.
    pub fn start(vm: &Vm, settings: Settings) -> std::io::Result<Self> {
        let chores = Chores::start("chores", vm.clone())?;
        let burials = Chores::start("burials", vm.clone())?;
        let killer = Killer::start(vm.clone(), chores.clone(), burials.clone())?;
        let namespaces = Arc::new(Namespaces::new(settings.namespace_threads));
        let shared = watchdog::Shared::start(vm.clone(), settings, killer.clone())?;
        files::start(Arc::clone(&shared))?;
        let crowded = Arc::new(Notify::new());
        heap::start(vm.clone(), settings, Arc::clone(&namespaces), killer.clone(), Arc::clone(&crowded))?;
        let leaks = leaks::start(vm.clone())?;
        let jvm = vm.clone();
        chores.run(Box::new(move || room::prepare(&jvm)));
        let watched = [chores.clone(), burials];
        let locks = Locks::start(vm.clone(), Arc::clone(&shared), Arc::clone(&namespaces), watched)?;
        Ok(Self {
            shared,
            chores,
            killer,
            namespaces,
            namespace_heap_bytes: settings.namespace_heap_bytes,
            vm: vm.clone(),
            state: Arc::default(),
            leaks,
            locks,
            crowded,
            room: Room::default(),
        })
    }

    /// Watches a lane until its thread has ended.
    pub fn watch(&self, lane: Lane, ward: Arc<dyn Ward>) {
        self.shared.watch(lane, ward);
    }

    /// Watches the threads that a function has started, while it runs no call.
    pub fn guard(&self, keeper: Weak<dyn Keeper>) {
        self.shared.guard(keeper);
    }

    /// Ends the threads of a function that is no longer used, then drops it. What they use until then is paid for.
    pub fn bury(&self, funclet: Funclet, payer: Arc<dyn Payer>) {
        self.killer.bury(funclet, payer);
    }

    /// Runs a chore soon.
    pub fn run(&self, chore: Chore) {
        self.chores.run(chore);
    }

    /// Runs a chore a few milliseconds from now.
    pub fn run_later(&self, chore: Chore) {
        self.chores.run_later(chore);
    }

    /// Sees to it that there are lanes for the functions that are loaded next.
    pub fn keep_spares(&self) {
        if self.vm.wants_spares() {
            let vm = self.vm.clone();
            self.run_later(Box::new(move || vm.make_spares()));
        }
    }

    /// Dropped functions whose classes do not go, the oldest first.
    pub fn leaks(&self) -> Vec<leaks::Report> {
        lock(&self.leaks).iter().cloned().collect()
    }

    /// Calls of others that wait for a lock that an instance holds.
    pub fn waiting_for(&self, meter: &Meter) -> u64 {
        self.locks.waiting_for(meter)
    }

    /// What the instances of each namespace hold.
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// Lanes whose thread lives.
    pub fn lane_count(&self) -> usize {
        self.shared.lane_count()
    }

    /// Calls that were stopped at a limit.
    pub fn stopped_count(&self) -> u64 {
        self.killer.stopped_count()
    }

    /// Threads that did not die when they were stopped, and live on; those of the host that are stuck in what they left.
    pub fn lost_count(&self) -> u64 {
        self.killer.lost_count()
    }

    /// What the JVM said of itself a moment ago.
    pub fn jvm_state(&self) -> State {
        *lock(&self.state)
    }

    /// Asks the JVM for its state; it is there a moment later.
    pub fn refresh_jvm_state(&self) {
        let (vm, state) = (self.vm.clone(), Arc::clone(&self.state));
        self.run(Box::new(move || match vm.state() {
            Ok(now) => *lock(&state) = now,
            Err(error) => tracing::warn!(%error, "the JVM does not say how it is"),
        }));
    }

    /// The sum of the memory limits of all instances: what they may hold together.
    pub fn heap_admitted_bytes(&self) -> u64 {
        let keepers = self.namespaces.keepers();
        keepers
            .iter()
            .flat_map(|(_, keepers)| keepers)
            .map(|keeper| keeper.meter().heap_limit_bytes())
            .fold(0, u64::saturating_add)
    }

    /// Pauses by collections since the start: how many, and how long in all.
    pub fn collections(&self) -> (u64, Duration) {
        let pauses = flock_jvm::collections();
        (pauses.count, Duration::from_nanos(pauses.nanos))
    }

    /// The largest that the heap can be.
    pub fn heap_max_bytes(&self) -> u64 {
        self.vm.heap_max_bytes()
    }

    /// Waits until all functions together hold more of the heap than they should.
    pub async fn crowded(&self) {
        self.crowded.notified().await;
    }

    /// What all functions together hold beyond the part of the heap that they should. Whoever takes it lets so much go: it
    /// is nothing until the next look.
    pub fn take_heap_excess_bytes(&self) -> u64 {
        heap::take_excess_bytes()
    }

    /// Do functions hold so much of the heap that the next one should wait until it is loaded?
    pub fn is_heap_tight(&self) -> bool {
        heap::is_tight()
    }

    /// Instances in the JVM, those included that are no longer used and not dropped yet.
    pub fn open_count(&self) -> usize {
        self.vm.open_funclets()
    }

    /// Do all functions together, or those of this namespace, hold so much that none should be made ready that nobody calls?
    pub fn is_crowded(&self, namespace: &str) -> bool {
        heap::is_crowded()
            || self
                .namespace_heap_bytes
                .is_some_and(|limit| heap::is_nearly_full(&self.namespaces.keepers_of(namespace), limit))
    }

    /// Has the JVM woven classes at its start, which leaves more than most bursts do?
    pub fn has_woven(&self) -> bool {
        self.vm.has_woven()
    }

    /// Has what a burst of calls left in the heaps given back to the kernel; everybody waits for the two collections.
    pub fn give_back(&self) {
        self.room.make(&self.vm);
    }

    /// How often that was done since the start.
    pub fn given_back_count(&self) -> u64 {
        self.room.made()
    }

    /// Instances that were loaded since the start.
    pub fn loaded_count(&self) -> u64 {
        self.vm.loaded_funclets()
    }

    /// Instances that were dropped since the start.
    pub fn unloaded_count(&self) -> u64 {
        self.vm.dropped_funclets()
    }

    /// Collections that were asked for to see whether a limit is broken.
    pub fn forced_collections(&self) -> u64 {
        heap::forced_collections()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
