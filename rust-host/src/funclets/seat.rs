//! What a lane works for: a pool, whose queue gives it calls, and an instance, which runs them.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use flock_jvm::{Call, Effort, Limit, Status, Used, Waited, Work, lend, process_micros, thread_ended};

use crate::{
    reactor::{self, Away, Found},
    supervise::{Budget, Keeper, Ward},
};

use super::{growth::Growth, instance::Instance, pool::Pool, queue::Popped};

/// See the head of this file.
pub(super) struct Seat {
    pool: Arc<Pool>,
    instance: Arc<Instance>,
    /// A call for this lane alone; a lane that has one is not expected.
    first: Mutex<Option<Box<dyn Call>>>,
    /// The lane is on its way to ask for a call, and the queue knows.
    is_expected: AtomicBool,
    /// It has a call that has not been answered by it.
    is_busy: AtomicBool,
    /// When it took that call.
    taken_micros: AtomicU64,
    /// It has taken a call at all.
    has_served: AtomicBool,
    /// When that call must have ended, whatever the limit of its action.
    due: Mutex<Option<Instant>>,
}

impl Seat {
    pub(super) fn new(pool: &Arc<Pool>, instance: &Arc<Instance>, first: Option<Box<dyn Call>>) -> Arc<Self> {
        Arc::new(Self {
            pool: Arc::clone(pool),
            instance: Arc::clone(instance),
            is_expected: AtomicBool::new(first.is_none()),
            first: Mutex::new(first),
            is_busy: AtomicBool::new(false),
            has_served: AtomicBool::new(false),
            taken_micros: AtomicU64::new(0),
            due: Mutex::default(),
        })
    }

    fn take(&self, call: &dyn Call) {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner) = call.due();
        self.is_busy.store(true, Ordering::Release);
        self.has_served.store(true, Ordering::Relaxed);
        self.taken_micros.store(process_micros(), Ordering::Relaxed);
        self.instance.begin();
        if reactor::go_away() == Away::Lost {
            self.pool.left_behind();
        }
    }

    fn finish(&self) {
        if self.is_busy.swap(false, Ordering::AcqRel) {
            self.instance.end();
        }
    }

    /// The next call, or what else is to be done, with a call that came while it waited told apart.
    fn wait(&self) -> (Popped<Box<dyn Call>>, Waited) {
        let pool = &self.pool;
        if let Some(reactor) = pool.led() {
            match lend(|| reactor::drive(|| pool.queue.pop_leading(&reactor))) {
                Some(Found::AtOnce(popped)) => return (popped, Waited::No),
                Some(Found::Driving(popped)) => return (popped, Waited::Yes),
                None => {
                    pool.queue.relieve(&reactor);
                    pool.left_behind();
                }
            }
        }
        match pool.queue.pop(pool.settings.lane_idle) {
            Popped::Awaited(call) => (Popped::Call(call), Waited::Yes),
            popped => (popped, Waited::No),
        }
    }

    /// The counts of a lane that is no more.
    pub(super) fn leave(&self) {
        if self.pool.lanes.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.pool.queue.rest();
        }
        if self.instance.lanes.fetch_sub(1, Ordering::AcqRel) == 1 {
            // The last lane of an instance: one without lanes is kept for the next call, or as many as are wanted ready, and
            // for a hop that waits.
            let mut instances = self.pool.instances();
            let keep = !self.instance.is_closed()
                && !self.pool.retired.load(Ordering::Acquire)
                && (instances.len() <= self.pool.kept()
                    || self.pool.guests_waiting.load(Ordering::Acquire) > 0);
            if !keep {
                instances.retain(|instance| !Arc::ptr_eq(instance, &self.instance));
            }
        }
        self.pool.has_room();
    }

    fn look_for_call(&self) -> Option<(Box<dyn Call>, Waited)> {
        let pool = &self.pool;
        let mut has_waited = Waited::No;
        loop {
            if self.instance.is_closed() {
                if pool.queue.is_short_of_lanes() {
                    pool.grow_later();
                }
                return None;
            }
            if pool.guests_waiting.load(Ordering::Acquire) > 0 && self.has_served.load(Ordering::Relaxed) {
                // A hop of a chain waits for this place, and it is its turn.
                return None;
            }
            let (popped, waited) = self.wait();
            if waited == Waited::Yes {
                has_waited = waited;
            }
            let call = match popped {
                Popped::Call(call) | Popped::Awaited(call) => call,
                Popped::Nothing => return None,
                Popped::Look => {
                    has_waited = Waited::Yes;
                    continue;
                }
            };
            if self.instance.is_closed() {
                pool.queue.push_front(call);
                pool.grow_later();
                return None;
            }
            self.take(&*call);
            return Some((call, has_waited));
        }
    }
}

impl Work for Seat {
    fn next(&self) -> Option<(Box<dyn Call>, Waited)> {
        let pool = &self.pool;
        if self.is_expected.swap(false, Ordering::AcqRel) {
            pool.queue.arrived();
        } else if let Some(call) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.take(&*call);
            return Some((call, Waited::No));
        }
        let next = self.look_for_call();
        if next.is_none() {
            reactor::give_back();
        }
        next
    }

    fn charge(&self, cpu_nanos: u64) {
        self.pool.charge(cpu_nanos);
    }

    fn background(&self, effort: Effort) {
        self.pool.background(effort);
    }

    fn answered(&self, status: Status, broken: Option<Limit>) {
        self.pool.pace.note(process_micros().saturating_sub(self.taken_micros.load(Ordering::Relaxed)));
        self.finish();
        self.instance.answered(status, broken);
        // The client may call again before this lane waits: it needs no other lane for that.
        if !self.instance.is_closed() {
            self.is_expected.store(true, Ordering::Release);
            self.pool.queue.expect_lane();
        }
    }

    fn ended(&self, _lane: u64, unanswered: Option<Box<dyn Call>>, used: Used) {
        self.finish();
        match unanswered {
            Some(call) => {
                // The thread died under its call, so nobody knows what it left.
                self.instance.close();
                thread_ended(call, used);
            }
            // What the thread used after its call was taken from it.
            None => self.pool.background(used.effort),
        }
        if self.is_expected.swap(false, Ordering::AcqRel) {
            self.pool.queue.arrived();
        }
        self.leave();
    }
}

impl Ward for Seat {
    fn budget(&self) -> Budget {
        self.pool.budget().due(*self.due.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keeper(&self) -> Option<Arc<dyn Keeper>> {
        let instance = Arc::clone(&self.instance);
        Some(instance)
    }
}
