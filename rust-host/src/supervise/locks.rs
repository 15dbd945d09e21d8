//! Finds functions that hold a lock for which functions of others wait, or the host: a class of the JDK, an interned text.
//!
//! Calls that have run for a while and wait for a monitor are looked at. The function that holds it is told in `top`; when
//! it holds it with a thread that it started, and runs no call or keeps it for long, it is stopped. A call that holds it
//! ends at its own limits. Where a thread of the host waits, all that need a new thread do: whoever holds the lock is stopped
//! at once.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use flock_jvm::{Holder, Limit, Meter, Vm};

use super::{chores::Chores, lock, namespaces::Namespaces, watchdog};

/// How often it is looked.
const TICK: Duration = Duration::from_millis(250);
/// A call that runs for so long may be held up.
const LONG: Duration = Duration::from_millis(500);
/// A chore of the host that takes so long may be held up.
const LONG_CHORE: Duration = Duration::from_millis(200);
/// Calls that are looked at each time: each that waits costs everybody a short pause.
const CALLS_MAX: usize = 32;
/// Beside calls of its own a function may hold a lock with a thread of its own, while others wait, for so long.
const BESIDE_CALLS_MAX: Duration = Duration::from_secs(5);

/// A function that holds up others.
#[derive(Clone)]
struct Held {
    holder: Holder,
    since: Instant,
    calls: u64,
}

/// See the head of this file. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Locks {
    held: Arc<Mutex<Vec<Held>>>,
}

impl Locks {
    pub(super) fn start(
        vm: Vm,
        shared: Arc<watchdog::Shared>,
        namespaces: Arc<Namespaces>,
        chores: [Chores; 2],
    ) -> std::io::Result<Self> {
        let locks = Self::default();
        let of_thread = locks.clone();
        thread::Builder::new().name("locks".to_owned()).spawn(move || {
            if let Err(error) = vm.attach() {
                tracing::error!(%error, "the watch over locks cannot reach the JVM");
            }
            loop {
                thread::sleep(TICK);
                of_thread.look(&vm, &shared, &namespaces);
                chores.iter().flat_map(|chores| chores.held_up_by(LONG_CHORE)).for_each(stop);
            }
        })?;
        Ok(locks)
    }

    /// Calls of others that wait for a lock that an instance holds.
    pub(super) fn waiting_for(&self, meter: &Meter) -> u64 {
        lock(&self.held).iter().filter(|held| held.holder.meter.is_same(meter)).map(|held| held.calls).sum()
    }

    fn look(&self, vm: &Vm, shared: &watchdog::Shared, namespaces: &Namespaces) {
        // What was found stays to be seen until the next is.
        let before = lock(&self.held).clone();
        let mut held: Vec<Held> = Vec::new();
        for holder in shared.running_for(LONG, CALLS_MAX).iter().filter_map(|lane| lane.held_up_by(vm)) {
            let is_same = |held: &&mut Held| held.holder.meter.is_same(&holder.meter);
            match held.iter_mut().find(is_same) {
                Some(held) => held.calls += 1,
                None => {
                    let known = before.iter().find(|held| held.holder.meter.is_same(&holder.meter));
                    let since = known.map_or_else(Instant::now, |held| held.since);
                    held.push(Held { holder, since, calls: 1 });
                }
            }
        }
        for held in &held {
            held.judge(namespaces);
        }
        *lock(&self.held) = held;
    }
}

fn stop(holder: Holder) {
    if holder.meter.broken().is_none() {
        tracing::warn!(instance = ?holder.meter, "a function holds a lock that the host waits for; the instance is stopped");
        holder.meter.breach(Limit::SharedLock);
    }
}

impl Held {
    fn judge(&self, namespaces: &Namespaces) {
        let meter = &self.holder.meter;
        if self.holder.is_lane || meter.broken().is_some() {
            return;
        }
        let mut keepers = namespaces.keepers().into_iter().flat_map(|(_, keepers)| keepers);
        let runs = keepers.any(|keeper| keeper.meter().is_same(meter) && keeper.is_running());
        if !runs || self.since.elapsed() > BESIDE_CALLS_MAX {
            tracing::warn!(
                instance = ?meter,
                calls = self.calls,
                "a thread that a function has started holds a lock that others wait for; the instance is stopped"
            );
            meter.breach(Limit::SharedLock);
        }
    }
}
