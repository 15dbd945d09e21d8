//! The calls of a pool (or the chains of a namespace) that no lane has taken, and the lanes that wait.
//!
//! A call goes straight to the lane that began to wait last, because its stack and caches are warm; calls queue only
//! when no lane waits. A lane that waits sleeps at once: with many lanes on few cores, looking again and again costs
//! more than a wake. A lane that drives a reactor meanwhile (`crate::reactor`) is the first choice for calls that come
//! through it, a few at a time: nobody has to be woken for them.

use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::reactor::Reactor;

use super::{
    Busy,
    waiter::{Handed, Waiter},
};

/// So many calls are left for the lane that drives their connections before others are woken.
const LEFT_FOR_LEADER: usize = 32;

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    /// How many calls wait: the end of each call asks, and mostly none does. In one order with the counts of lanes, so that of a call
    /// that comes and a lane that goes one sees the other.
    waiting: AtomicUsize,
    limit_calls: usize,
}

struct State<T> {
    calls: VecDeque<T>,
    idle: Vec<Arc<Waiter<T>>>,
    /// Lanes that drive while they wait.
    leaders: Vec<Leader>,
    /// Lanes that are just being made, or have just answered.
    arriving: usize,
    /// Calls that lanes have taken since the start.
    taken: u64,
    is_closed: bool,
}

/// The lock of a queue.
struct Held<'a, T> {
    state: MutexGuard<'a, State<T>>,
    waiting: &'a AtomicUsize,
}

impl<T> Deref for Held<'_, T> {
    type Target = State<T>;

    fn deref(&self) -> &State<T> {
        &self.state
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut State<T> {
        &mut self.state
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        let waiting = self.state.calls.len();
        if self.waiting.load(Ordering::Relaxed) != waiting {
            self.waiting.store(waiting, Ordering::SeqCst);
        }
    }
}

/// A lane that drives this reactor and looks for a call whenever it is woken.
struct Leader {
    reactor: Arc<Reactor>,
    /// It was woken and has not looked since.
    is_told: bool,
    order: Order,
}

/// What a leader is to do.
#[derive(Clone, Copy)]
enum Order {
    Wait,
    Leave,
    Look,
}

impl Leader {
    /// Has it look. To be done without the lock of the queue.
    fn tell(&mut self) -> Option<Arc<Reactor>> {
        (!std::mem::replace(&mut self.is_told, true)).then(|| Arc::clone(&self.reactor))
    }

    fn order(&mut self, order: Order) -> Option<Arc<Reactor>> {
        self.order = order;
        self.tell()
    }
}

/// What a lane gets when it asks.
pub(super) enum Popped<T> {
    /// A call that was there.
    Call(T),
    /// A call after a wait.
    Awaited(T),
    /// Nothing: there was none in time, or the queue is closed.
    Nothing,
    /// Nothing yet: the lane is to look at its instance and to ask again.
    Look,
}

impl<T> Queue<T> {
    pub(super) fn new(limit_calls: usize) -> Self {
        let state = State {
            calls: VecDeque::new(),
            idle: Vec::new(),
            leaders: Vec::new(),
            arriving: 0,
            taken: 0,
            is_closed: false,
        };
        Self { state: Mutex::new(state), waiting: AtomicUsize::new(0), limit_calls }
    }

    fn lock(&self) -> Held<'_, T> {
        Held { state: lock(&self.state), waiting: &self.waiting }
    }

    /// Gives a call to a lane that waits, or queues it.
    pub(super) fn push(&self, call: T) -> Result<(), (Busy, T)> {
        let mut guard = self.lock();
        let state = &mut *guard;
        if let Some(leader) = state.leaders.iter_mut().find(|leader| leader.reactor.is_driven_here())
            && state.calls.len() < LEFT_FOR_LEADER.min(self.limit_calls.max(1))
        {
            state.calls.push_back(call);
            let told = leader.tell();
            drop(guard);
            told.inspect(|reactor| reactor.wake());
            return Ok(());
        }
        if let Some(waiter) = state.idle.pop() {
            state.taken += 1;
            drop(guard);
            waiter.hand(Handed::Call(call));
            return Ok(());
        }
        let waiting = state.calls.len();
        let told = state.leaders.first_mut().and_then(Leader::tell);
        if waiting >= self.limit_calls && told.is_none() {
            return Err((Busy { waiting, limit: self.limit_calls }, call));
        }
        state.calls.push_back(call);
        drop(guard);
        told.inspect(|reactor| reactor.wake());
        Ok(())
    }

    /// Puts back a call that a lane must not run: it is the next one.
    pub(super) fn push_front(&self, call: T) {
        let mut state = self.lock();
        match state.idle.pop() {
            Some(waiter) => {
                drop(state);
                waiter.hand(Handed::Call(call));
            }
            None => {
                state.calls.push_front(call);
                let told = state.leaders.first_mut().and_then(Leader::tell);
                drop(state);
                told.inspect(|reactor| reactor.wake());
            }
        }
    }

    /// What there is for a lane that drives this reactor. Nothing: it will be woken.
    pub(super) fn pop_leading(&self, reactor: &Arc<Reactor>) -> Option<Popped<T>> {
        let mut state = self.lock();
        let at = state.leaders.iter().position(|leader| Arc::ptr_eq(&leader.reactor, reactor));
        let found = if let Some(call) = state.calls.pop_front() {
            state.taken += 1;
            Popped::Call(call)
        } else if state.is_closed {
            Popped::Nothing
        } else {
            let Some(at) = at else {
                let reactor = Arc::clone(reactor);
                state.leaders.push(Leader { reactor, is_told: false, order: Order::Wait });
                return None;
            };
            state.leaders[at].is_told = false;
            match state.leaders[at].order {
                Order::Wait => return None,
                Order::Leave => Popped::Nothing,
                Order::Look => Popped::Look,
            }
        };
        if let Some(at) = at {
            state.leaders.swap_remove(at);
        }
        Some(found)
    }

    /// The lane that drove this reactor does so no more.
    pub(super) fn relieve(&self, reactor: &Arc<Reactor>) {
        self.lock().leaders.retain(|leader| !Arc::ptr_eq(&leader.reactor, reactor));
    }

    /// Gives calls that wait to lanes that wait, then to those that drive: who was to take them is busy for long.
    pub(super) fn spread(&self) {
        loop {
            let mut state = self.lock();
            if state.calls.is_empty() {
                return;
            }
            let Some(waiter) = state.idle.pop() else {
                let most = state.calls.len();
                let told: Vec<_> = state.leaders.iter_mut().take(most).filter_map(Leader::tell).collect();
                drop(state);
                return told.iter().for_each(|reactor| reactor.wake());
            };
            let Some(call) = state.calls.pop_front() else { return };
            state.taken += 1;
            drop(state);
            waiter.hand(Handed::Call(call));
        }
    }

    /// Waits for a call for as long as this.
    pub(super) fn pop(&self, wait: Duration) -> Popped<T> {
        let waiter = {
            let mut state = self.lock();
            if let Some(call) = state.calls.pop_front() {
                state.taken += 1;
                return Popped::Call(call);
            }
            if state.is_closed {
                return Popped::Nothing;
            }
            let waiter = Arc::new(Waiter::of_this_thread());
            state.idle.push(Arc::clone(&waiter));
            waiter
        };
        if let Some(handed) = waiter.wait(wait) {
            return handed.into_popped();
        }
        let mut state = self.lock();
        let still_idle = state.idle.len();
        state.idle.retain(|other| !Arc::ptr_eq(other, &waiter));
        if state.idle.len() < still_idle {
            return Popped::Nothing;
        }
        drop(state);
        // Somebody has just taken this lane off the list and is about to hand something over.
        waiter.take().into_popped()
    }

    /// A lane is being made, or has answered; it will ask for a call.
    pub(super) fn expect_lane(&self) {
        self.lock().arriving += 1;
    }

    /// Is a lane on its way that will ask for a call?
    pub(super) fn is_expecting(&self) -> bool {
        self.lock().arriving > 0
    }

    /// A lane that was expected is there, or will not come.
    pub(super) fn arrived(&self) {
        let mut state = self.lock();
        state.arriving = state.arriving.saturating_sub(1);
    }

    /// Do more calls wait than lanes are expected?
    pub(super) fn is_short_of_lanes(&self) -> bool {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let state = self.lock();
        // One that was not told looks at nothing.
        let told = state.leaders.iter().filter(|leader| leader.is_told).count();
        state.calls.len() > state.arriving + LEFT_FOR_LEADER * told
    }

    /// How many calls will have been taken when those that wait now are.
    pub(super) fn due(&self) -> u64 {
        let state = self.lock();
        state.taken + state.calls.len() as u64
    }

    /// Calls taken since the start.
    pub(super) fn taken(&self) -> u64 {
        self.lock().taken
    }

    /// Lanes that wait, and calls that do.
    pub(super) fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.idle.len() + state.leaders.len(), state.calls.len())
    }

    /// The last lane has ended: room that is not used is given back.
    pub(super) fn rest(&self) {
        let mut state = self.lock();
        state.calls.shrink_to_fit();
        state.idle.shrink_to_fit();
    }

    /// What is queued is still taken; then the lanes end.
    pub(super) fn close(&self) {
        let (idle, told) = {
            let mut state = self.lock();
            state.is_closed = true;
            let told: Vec<_> = state.leaders.iter_mut().filter_map(Leader::tell).collect();
            (std::mem::take(&mut state.idle), told)
        };
        told.iter().for_each(|reactor| reactor.wake());
        for waiter in idle {
            waiter.hand(Handed::Leave);
        }
    }

    /// Ends a lane that waits, if there is one: its place is needed.
    pub(super) fn dismiss(&self) -> bool {
        let mut state = self.lock();
        if let Some(waiter) = state.idle.pop() {
            drop(state);
            waiter.hand(Handed::Leave);
            return true;
        }
        let Some(leader) = state.leaders.first_mut() else { return false };
        let told = leader.order(Order::Leave);
        drop(state);
        told.inspect(|reactor| reactor.wake());
        true
    }

    /// Has every lane that waits look at its instance: one of them is condemned.
    pub(super) fn shake(&self) {
        let (idle, told) = {
            let mut state = self.lock();
            let look = |leader: &mut Leader| leader.order(Order::Look);
            let told: Vec<_> = state.leaders.iter_mut().filter_map(look).collect();
            (std::mem::take(&mut state.idle), told)
        };
        told.iter().for_each(|reactor| reactor.wake());
        for waiter in idle {
            waiter.hand(Handed::Look);
        }
    }

    /// Takes out the call that this is true of, if it waits.
    pub(super) fn take_out(&self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        let at = state.calls.iter().position(is_it)?;
        state.calls.remove(at)
    }

    /// Takes out all calls that wait.
    pub(super) fn clear(&self) -> Vec<T> {
        self.lock().calls.drain(..).collect()
    }
}

impl<T> Handed<T> {
    fn into_popped(self) -> Popped<T> {
        match self {
            Self::Call(call) => Popped::Awaited(call),
            Self::Leave => Popped::Nothing,
            Self::Look => Popped::Look,
        }
    }
}

pub(super) fn lock<S>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::waiter::LANES_WAITING;
    use super::*;
    use flock_jvm::{Answer, Call, Head, Stopped, Stream, Used};
    use std::{thread, time::Instant};

    struct Numbered(u32);

    impl Call for Numbered {
        fn head(&self) -> Head<'_> {
            Head {
                activation_id: [b'0'; 32],
                deadline_epoch_millis: u64::from(self.0),
                result_limit_bytes: 0,
                transaction_id: "",
                api_key: "",
            }
        }
        fn payload(&self) -> &[u8] {
            b"{}"
        }
        fn begin(&mut self, _at: Instant) {}
        fn line(&mut self, _: Stream, _: &str) {}
        fn done(self: Box<Self>, _: Answer<'_>) {}
        fn stopped(self: Box<Self>, _: Stopped) {}
        fn died(self: Box<Self>, _: Used) {}
        fn withdrawn(self: Box<Self>) {}
    }

    fn number(popped: Popped<Box<dyn Call>>) -> Option<u64> {
        match popped {
            Popped::Call(call) | Popped::Awaited(call) => Some(call.head().deadline_epoch_millis),
            Popped::Nothing | Popped::Look => None,
        }
    }

    #[test]
    fn calls_queue_in_order_up_to_the_limit() {
        let queue: Queue<Box<dyn Call>> = Queue::new(2);
        assert!(queue.push(Box::new(Numbered(1))).is_ok());
        assert!(queue.push(Box::new(Numbered(2))).is_ok());
        let refused = queue.push(Box::new(Numbered(3))).err().map(|(busy, _)| busy);
        assert_eq!(refused, Some(Busy { waiting: 2, limit: 2 }));
        queue.push_front(Box::new(Numbered(0)));
        let taken: Vec<_> = (0..4).map(|_| number(queue.pop(Duration::ZERO))).collect();
        assert_eq!(taken, [Some(0), Some(1), Some(2), None]);
    }

    #[test]
    fn a_call_is_taken_out_only_while_it_waits() {
        let queue: Queue<u32> = Queue::new(10);
        for number in 1..=3 {
            assert!(queue.push(number).is_ok());
        }
        assert_eq!(queue.take_out(|number| *number == 2), Some(2));
        assert_eq!(queue.take_out(|number| *number == 2), None);
        assert_eq!(queue.clear(), [1, 3]);
    }

    #[test]
    fn every_call_reaches_one_of_many_lanes() {
        const CALLS: u32 = 10_000;
        let queue: Queue<Box<dyn Call>> = Queue::new(usize::MAX);
        let sum: u64 = thread::scope(|scope| {
            let lanes: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mut sum = 0;
                        while let Some(number) = number(queue.pop(Duration::from_secs(60))) {
                            sum += number;
                        }
                        sum
                    })
                })
                .collect();
            for number in 0..CALLS {
                assert!(queue.push(Box::new(Numbered(number))).is_ok());
            }
            queue.close();
            lanes.into_iter().filter_map(|lane| lane.join().ok()).sum()
        });
        assert_eq!(sum, u64::from(CALLS) * u64::from(CALLS - 1) / 2);
    }

    #[test]
    fn of_very_many_lanes_some_wait_for_less_than_they_may() {
        const OVER: usize = 40;
        let queue: Queue<u32> = Queue::new(10);
        thread::scope(|scope| {
            let lanes: Vec<_> = (0..LANES_WAITING + OVER)
                .map(|_| scope.spawn(|| matches!(queue.pop(Duration::from_secs(60)), Popped::Nothing)))
                .collect();
            let until = Instant::now() + Duration::from_secs(30);
            while lanes.iter().filter(|lane| lane.is_finished()).count() < OVER && Instant::now() < until {
                thread::sleep(Duration::from_millis(20));
            }
            assert!(Instant::now() < until);
            assert!((1..=LANES_WAITING).contains(&queue.counts().0));
            queue.close();
            assert!(lanes.into_iter().all(|lane| matches!(lane.join(), Ok(true))));
        });
    }

    #[test]
    fn a_closed_queue_gives_what_it_has_and_then_nothing() {
        let queue: Queue<Box<dyn Call>> = Queue::new(10);
        assert!(queue.push(Box::new(Numbered(1))).is_ok());
        queue.close();
        assert_eq!(number(queue.pop(Duration::from_secs(60))), Some(1));
        assert_eq!(number(queue.pop(Duration::from_secs(60))), None);
    }
}
