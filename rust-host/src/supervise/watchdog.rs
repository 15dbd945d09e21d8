//! Looks at every call that runs, a few hundred times a second: time, CPU, allocation, and limits that were broken where
//! the thing happened. Sleeps until the next deadline when that comes first.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use flock_jvm::{Lane, Limit, Meter, Vm, process_micros};

use super::{
    Budget, Keeper, Settings, Ward,
    killer::{Doomed, Killer},
    lock,
};

/// How often calls are looked at while there are lanes.
const TICK: Duration = Duration::from_millis(5);
/// The same while there are none.
const TICK_IDLE: Duration = Duration::from_secs(1);
/// How often threads without a call are looked at.
const SLOW_TICK: Duration = Duration::from_millis(50);
/// What threads have used between calls is settled when it is so much, and when the last of them has ended.
const SETTLED_NANOS: u64 = 10_000_000;

struct Watched {
    lane: Lane,
    ward: Arc<dyn Ward>,
    /// Of the call that was looked at last: on a lane of chains each call has its own.
    seen: Option<Seen>,
}

/// The limits of one call, and what its function uses.
struct Seen {
    call: u64,
    meter: Meter,
    budget: Budget,
}

pub(super) struct Shared {
    lanes: Mutex<Vec<Watched>>,
    guarded: Mutex<Vec<Weak<dyn Keeper>>>,
    wake: Condvar,
}

impl Shared {
    pub(super) fn start(vm: Vm, settings: Settings, killer: Killer) -> std::io::Result<Arc<Self>> {
        let shared =
            Arc::new(Self { lanes: Mutex::default(), guarded: Mutex::default(), wake: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
            if let Err(error) = vm.attach() {
                tracing::error!(%error, "the watchdog cannot reach the JVM");
            }
            flock_jvm::prioritise_killer();
            of_thread.run(&vm, settings, &killer);
        })?;
        Ok(shared)
    }

    pub(super) fn watch(&self, lane: Lane, ward: Arc<dyn Ward>) {
        let mut lanes = lock(&self.lanes);
        let first = lanes.is_empty();
        lanes.push(Watched { lane, ward, seen: None });
        drop(lanes);
        if first {
            self.wake.notify_one();
        }
    }

    pub(super) fn guard(&self, keeper: Weak<dyn Keeper>) {
        let mut guarded = lock(&self.guarded);
        if !guarded.iter().any(|other| other.ptr_eq(&keeper)) {
            guarded.push(keeper);
        }
    }

    /// The lanes whose call runs for longer than this, a bounded number.
    pub(super) fn running_for(&self, time: Duration, most: usize) -> Vec<Lane> {
        let now = process_micros();
        let runs_long = |watched: &&Watched| {
            let began = watched.lane.began_micros();
            began.is_some_and(|began| Duration::from_micros(now.saturating_sub(began)) > time)
        };
        lock(&self.lanes).iter().filter(runs_long).take(most).map(|watched| watched.lane.clone()).collect()
    }

    /// The instances that run a call, or threads that outlived one.
    pub(super) fn busy(&self) -> Vec<Meter> {
        let lanes = lock(&self.lanes);
        let running = lanes.iter().filter(|watched| watched.lane.began_micros().is_some());
        let mut meters: Vec<_> = running.filter_map(|watched| watched.lane.meter()).collect();
        drop(lanes);
        let guarded: Vec<_> = lock(&self.guarded).iter().filter_map(Weak::upgrade).collect();
        meters.extend(guarded.iter().map(|keeper| keeper.meter().clone()));
        meters.sort_unstable_by_key(Meter::id);
        meters.dedup_by_key(|meter| meter.id());
        meters
    }

    pub(super) fn lane_count(&self) -> usize {
        lock(&self.lanes).iter().filter(|watched| !watched.lane.is_gone()).count()
    }

    fn run(&self, vm: &Vm, settings: Settings, killer: &Killer) {
        let mut slow = Instant::now();
        loop {
            let is_slow = slow.elapsed() >= SLOW_TICK;
            if is_slow {
                slow = Instant::now();
            }
            let (doomed, next) = self.look(vm, is_slow);
            doomed.into_iter().for_each(|doomed| killer.kill(doomed));
            if is_slow {
                self.look_at_guarded(vm, settings, killer);
                killer.look();
                flock_jvm::forget_failed_starts();
            }
            let lanes = lock(&self.lanes);
            let wait = if lanes.is_empty() && lock(&self.guarded).is_empty() { TICK_IDLE } else { next };
            // Whatever woke it, it looks again.
            drop(self.wake.wait_timeout(lanes, wait).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Looks at each lane once. Gives the calls to be stopped, and the time until the next look.
    fn look(&self, vm: &Vm, is_slow: bool) -> (Vec<Doomed>, Duration) {
        let mut doomed = Vec::new();
        let mut next = TICK;
        let mut ended = Vec::new();
        let mut arriving = Vec::new();
        let mut lanes = lock(&self.lanes);
        let mut at = 0;
        while at < lanes.len() {
            let watched = &mut lanes[at];
            if watched.lane.is_gone() {
                if watched.lane.is_sole() {
                    ended.push(lanes.swap_remove(at));
                } else {
                    at += 1;
                }
                continue;
            }
            if is_slow && watched.lane.is_arriving() {
                arriving.push(watched.lane.clone());
            }
            match watched.check() {
                Verdict::Idle => {}
                Verdict::Within(left) => next = next.min(left),
                Verdict::Over(limit, began) => doomed.extend(watched.take(vm, limit, began)),
            }
            at += 1;
        }
        drop(lanes);
        // An instance may go with its last lane.
        drop(ended);
        arriving.iter().for_each(|lane| lane.look_whether_stillborn(vm));
        (doomed, next.max(Duration::from_micros(100)))
    }

    /// Threads of functions that run no call may do a little.
    fn look_at_guarded(&self, vm: &Vm, settings: Settings, killer: &Killer) {
        let guarded: Vec<_> = lock(&self.guarded).iter().filter_map(Weak::upgrade).collect();
        for keeper in &guarded {
            let meter = keeper.meter();
            if keeper.is_running() {
                continue;
            }
            meter.heap();
            meter.check_rate();
            let uncharged_nanos = meter.uncharged_cpu_nanos();
            let used = Duration::from_nanos(keeper.settled_nanos() + uncharged_nanos);
            // Soon, and not only with the next call: there may be none.
            if uncharged_nanos > SETTLED_NANOS || meter.threads() == 0 {
                keeper.settle(meter.take_effort(vm));
            }
            if used > settings.background_cpu && meter.threads() > 0 {
                meter.breach(Limit::Background);
                tracing::warn!(
                    instance = ?meter,
                    limit_millis = settings.background_cpu.as_millis(),
                    used_millis = used.as_millis(),
                    "threads that outlived their call used too much CPU; the instance is stopped"
                );
            }
            if let Some(limit) = meter.broken() {
                keeper.condemn(limit);
                killer.purge(Arc::clone(keeper));
            }
        }
        lock(&self.guarded)
            .retain(|keeper| keeper.upgrade().is_some_and(|keeper| keeper.meter().may_have_used()));
    }
}

enum Verdict {
    /// It runs no call.
    Idle,
    /// All is well for so long, as far as time goes.
    Within(Duration),
    /// A limit is broken by the call that began then.
    Over(Limit, u64),
}

impl Watched {
    fn check(&mut self) -> Verdict {
        let Some(began) = self.lane.began_micros() else {
            self.seen = None;
            return Verdict::Idle;
        };
        // No two calls of a lane begin at the same time. Should it go on to the next while this is read, the verdict
        // is void: the call that began then can no longer be taken.
        if self.seen.as_ref().is_none_or(|seen| seen.call != began) {
            let Some(meter) = self.lane.meter() else { return Verdict::Idle };
            self.seen = Some(Seen { call: began, meter, budget: self.ward.budget() });
        }
        let Some(Seen { meter, budget, .. }) = &self.seen else { return Verdict::Idle };
        let ran = Duration::from_micros(process_micros().saturating_sub(began));
        if ran >= budget.timeout {
            return Verdict::Over(Limit::Timeout, began);
        }
        let cpu = Duration::from_nanos(self.lane.charge_running().unwrap_or(0));
        if cpu > budget.cpu {
            return Verdict::Over(Limit::Cpu, began);
        }
        meter.heap();
        meter.check_rate();
        match meter.broken() {
            Some(limit) => Verdict::Over(limit, began),
            None => Verdict::Within(budget.timeout - ran),
        }
    }

    /// Takes the call away, if it is still that one.
    fn take(&self, vm: &Vm, limit: Limit, began: u64) -> Option<Doomed> {
        let while_initialising = self.lane.is_initialising();
        let call = self.lane.take_call_begun_at(began)?;
        let used = self.lane.used_by_taken(vm);
        // The lane cannot go on without its call, so this is still the call's.
        let keeper = self.ward.keeper()?;
        keeper.condemn(limit);
        Some(Doomed::new(self.lane.clone(), keeper, call, limit, while_initialising, used))
    }
}
