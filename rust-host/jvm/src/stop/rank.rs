//! Which thread goes first on the machine's cores while threads are stopped.
//!
//! The target of a stop gets real-time priority where the host may give it: while it is tried, before all that were stopped a
//! moment ago. Among equals it would wait a tenth of a second for those which do not die at once. One core at least is left
//! to all others: the JVM's own threads have no such priority, and each stop waits for them.

use std::sync::{Mutex, OnceLock};

use crate::{clock::OsThread, lane::lock};

/// Which threads go first. Those that are not usual go before all others of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rank {
    Usual = 0,
    /// Was stopped, and has to come to its end.
    Dying = 1,
    /// Is being stopped.
    Tried = 2,
    /// Stops others.
    Killer = 3,
}

/// Those that go first because they are dying, the latest last.
static DYING: Mutex<Vec<OsThread>> = Mutex::new(Vec::new());

/// Gives a thread its rank. Without the right to, nothing happens.
pub(crate) fn rank(thread: OsThread, rank: Rank) {
    set_rank(thread.id(), rank);
    let mut dying = lock(&DYING);
    dying.retain(|other| other.id() != thread.id());
    if matches!(rank, Rank::Dying) {
        dying.push(thread);
        if dying.len() >= cores() {
            set_rank(dying.remove(0).id(), Rank::Usual);
        }
    }
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn set_rank(thread: libc::pid_t, rank: Rank) {
    let policy = match rank {
        Rank::Usual => libc::SCHED_OTHER,
        _ => libc::SCHED_RR | libc::SCHED_RESET_ON_FORK,
    };
    let parameters = libc::sched_param { sched_priority: rank as libc::c_int };
    // SAFETY: the call reads one struct that is ours; an id of a thread that has ended gives an error.
    unsafe { libc::sched_setscheduler(thread, policy, &raw const parameters) };
}

/// Lets the calling thread go before those that it stops.
pub fn prioritise_killer() {
    const THIS_THREAD: libc::pid_t = 0;
    set_rank(THIS_THREAD, Rank::Killer);
}

/// Lets the calling thread go before those of functions, without ever starving one. Without the right to, nothing happens.
pub(crate) fn prefer_this_thread() {
    const NICE: libc::c_int = -10;
    set_nice(NICE);
}

/// Gives the calling thread, and those that it starts, a third of the share of the CPU that the thread of a function gets
/// where both want it.
pub fn stand_back() {
    const NICE: libc::c_int = 5;
    set_nice(NICE);
}

fn set_nice(nice: libc::c_int) {
    // SAFETY: the call takes numbers; 0 is the calling thread.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) };
}
