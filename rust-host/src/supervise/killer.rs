//! Ends threads: of a call that was taken away, and of instances that are not to be used any more.
//!
//! One thread that looks at everything doomed twice a millisecond while there is something. It tries until a thread is
//! gone; what a try does, and when it is put off, is said in flock-jvm's `stop`. A stop that hit and did not end the
//! thread (it did not meet it, or the JDK caught it for the function) is repeated after a pause, which becomes longer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use flock_jvm::{Call, Effort, Funclet, Lane, Limit, Stopped, Tried, Used, Vm};

use super::{Keeper, Payer, chores::Chores};

/// Between two looks while something is doomed.
const LOOK: Duration = Duration::from_micros(500);
/// After this time looks are rarer.
const SOON: Duration = Duration::from_millis(100);
const LOOK_LATER: Duration = Duration::from_millis(10);
const IDLE: Duration = Duration::from_secs(60);
/// Between two tries at a thread that is lost.
const LOOK_LOST: Duration = Duration::from_millis(100);
/// After a stop that hit the thread is left alone for this part of the time that it has been pursued, or for the JVM's
/// time for effect.
const EFFECT_PART: u32 = 8;
/// A thread that lives longer than this gets no more of the CPU than others, and is roused.
const RESTIVE_AFTER: Duration = Duration::from_millis(3);
/// A call is answered after this time, whether its thread has ended or not.
const ANSWER_MAX: Duration = Duration::from_millis(100);
/// A thread that lives longer than this is lost.
const LOST_AFTER: Duration = Duration::from_secs(2);

/// A call to be ended, with its thread.
pub(super) struct Doomed {
    lane: Lane,
    keeper: Arc<dyn Keeper>,
    answer: Option<Answer>,
    pursuit: Pursuit,
    /// The same for the threads that its function started.
    helpers: Pursuit,
    /// Why the last try was put off, if it was.
    obstacle: Option<&'static str>,
}

struct Answer {
    call: Box<dyn Call>,
    limit: Limit,
    while_initialising: bool,
    used: Used,
    stack: Vec<String>,
}

/// How far it is with one thread, or with the threads of one instance.
struct Pursuit {
    since: Instant,
    next: Instant,
    /// The threads that are counted as lost.
    lost: u64,
}

impl Doomed {
    pub(super) fn new(
        lane: Lane,
        keeper: Arc<dyn Keeper>,
        call: Box<dyn Call>,
        limit: Limit,
        while_initialising: bool,
        used: Used,
    ) -> Self {
        let answer = Answer { call, limit, while_initialising, used, stack: Vec::new() };
        Self {
            lane,
            keeper,
            answer: Some(answer),
            pursuit: Pursuit::new(),
            helpers: Pursuit::new(),
            obstacle: None,
        }
    }

    /// Are all threads of the instance to end with this call? Not when the call alone has gone too far and others run.
    fn ends_instance(&self) -> bool {
        self.keeper.is_single() || self.keeper.meter().broken().is_some()
    }
}

impl Pursuit {
    fn new() -> Self {
        let now = Instant::now();
        Self { since: now, next: now, lost: 0 }
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// After a stop that hit.
    fn pause_for_effect(&mut self) {
        self.pause(flock_jvm::time_for_effect().max(self.since.elapsed() / EFFECT_PART));
    }

    fn pause(&mut self, pause: Duration) {
        let pause = match self.since.elapsed() {
            age if age > LOST_AFTER => pause.max(LOOK_LOST),
            age if age > SOON => pause.max(LOOK_LATER),
            _ => pause,
        };
        self.next = Instant::now() + pause;
    }

    /// Is it from now on to be counted as lost?
    fn becomes_lost(&self) -> bool {
        self.lost == 0 && self.since.elapsed() > LOST_AFTER
    }
}

/// An instance whose threads have to end; a funclet that is to be dropped then.
enum Grave {
    Purged(Arc<dyn Keeper>),
    Buried(Funclet, Arc<dyn Payer>),
}

impl Grave {
    fn funclet(&self) -> Option<&Funclet> {
        match self {
            Self::Purged(keeper) => keeper.funclet(),
            Self::Buried(funclet, _) => Some(funclet),
        }
    }

    /// Is it to be dropped, and has no threads?
    fn is_still(&self) -> bool {
        matches!(self, Self::Buried(funclet, _) if funclet.meter().threads() == 0)
    }

    /// Has what the threads used so far paid for. Not by this thread, which goes before all others.
    fn settle(&self, chores: &Chores) {
        let Some(effort) = self.funclet().map(|funclet| funclet.meter().take_cpu()) else { return };
        if effort == Effort::default() {
            return;
        }
        let payer: Arc<dyn Payer> = match self {
            Self::Purged(keeper) => Arc::<dyn Keeper>::clone(keeper),
            Self::Buried(_, payer) => Arc::clone(payer),
        };
        chores.run(Box::new(move || payer.settle(effort)));
    }
}

enum Order {
    Kill(Box<Doomed>),
    Dig(Grave),
}

#[derive(Clone)]
pub(super) struct Killer {
    orders: Sender<Order>,
    counts: Arc<Counts>,
    chores: Chores,
    burials: Chores,
}

#[derive(Default)]
struct Counts {
    stopped: AtomicU64,
    lost: AtomicU64,
}

impl Killer {
    /// `burials` is where functions are dropped.
    pub(super) fn start(vm: Vm, chores: Chores, burials: Chores) -> std::io::Result<Self> {
        let (orders, waiting) = unbounded();
        let counts = Arc::<Counts>::default();
        let work = Work {
            vm,
            chores: chores.clone(),
            burials: burials.clone(),
            counts: Arc::clone(&counts),
            doomed: Vec::new(),
            graves: Vec::new(),
        };
        thread::Builder::new().name("killer".to_owned()).spawn(move || work.run(&waiting))?;
        Ok(Self { orders, counts, chores, burials })
    }

    /// Ends a call and its thread.
    pub(super) fn kill(&self, doomed: Doomed) {
        self.counts.stopped.fetch_add(1, Ordering::Relaxed);
        self.send(Order::Kill(Box::new(doomed)));
    }

    /// Ends the threads that the function of an instance has started.
    pub(super) fn purge(&self, keeper: Arc<dyn Keeper>) {
        self.send(Order::Dig(Grave::Purged(keeper)));
    }

    /// Ends the threads of a function, then drops it.
    pub(super) fn bury(&self, funclet: Funclet, payer: Arc<dyn Payer>) {
        self.send(Order::Dig(Grave::Buried(funclet, payer)));
    }

    pub(super) fn stopped_count(&self) -> u64 {
        self.counts.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn lost_count(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed) + self.chores.stuck_count() + self.burials.stuck_count()
    }

    /// Sees to it that no thread that works for the killer is stuck. To be called now and then.
    pub(super) fn look(&self) {
        self.chores.look();
        self.burials.look();
    }

    /// The queue is not bounded: each order stands for a lane or an instance, whose number is.
    fn send(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::error!("the killer has ended");
        }
    }
}

struct Work {
    vm: Vm,
    chores: Chores,
    burials: Chores,
    counts: Arc<Counts>,
    doomed: Vec<Doomed>,
    graves: Vec<(Grave, Pursuit)>,
}

impl Work {
    fn run(mut self, orders: &Receiver<Order>) {
        if let Err(error) = self.vm.attach() {
            tracing::error!(%error, "the killer cannot reach the JVM");
        }
        flock_jvm::prioritise_killer();
        loop {
            match orders.recv_timeout(self.pause()) {
                Ok(order) => self.take(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while let Ok(order) = orders.try_recv() {
                self.take(order);
            }
            self.pursue_calls();
            self.pursue_instances();
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Kill(doomed) => {
                if let Some(funclet) = doomed.keeper.funclet() {
                    condemn(funclet);
                }
                self.doomed.push(*doomed);
            }
            Order::Dig(grave) if grave.is_still() => self.close(grave),
            Order::Dig(grave) => {
                if let Some(funclet) = grave.funclet() {
                    condemn(funclet);
                }
                self.graves.push((grave, Pursuit::new()));
            }
        }
    }

    /// Until the next look. A call's thread that was stopped a moment ago may be gone any time, and its client waits.
    fn pause(&self) -> Duration {
        if self.doomed.iter().any(|doomed| doomed.pursuit.since.elapsed() < SOON) {
            return LOOK;
        }
        let calls = self.doomed.iter().map(|doomed| &doomed.pursuit);
        let instances = self.graves.iter().map(|(_, pursuit)| pursuit);
        let next =
            calls.chain(instances).map(|pursuit| pursuit.next.saturating_duration_since(Instant::now()));
        next.min().map_or(IDLE, |next| next.clamp(LOOK, LOOK_LATER))
    }

    fn pursue_calls(&mut self) {
        let mut at = 0;
        while at < self.doomed.len() {
            self.pursue(at);
            let doomed = &mut self.doomed[at];
            let is_gone = doomed.lane.is_gone();
            if is_gone || doomed.pursuit.since.elapsed() > ANSWER_MAX {
                Self::answer(&self.chores, doomed, is_gone);
            }
            if is_gone {
                let doomed = self.doomed.swap_remove(at);
                self.counts.lost.fetch_sub(doomed.pursuit.lost, Ordering::Relaxed);
                if let Some(funclet) = doomed.keeper.funclet() {
                    absolve(funclet);
                }
                // Its other threads live on: they have to go as well.
                if doomed.ends_instance() && doomed.keeper.meter().threads() > 0 {
                    self.take(Order::Dig(Grave::Purged(doomed.keeper)));
                }
            } else {
                at += 1;
            }
        }
    }

    /// One try at the thread of a call.
    fn pursue(&mut self, at: usize) {
        let doomed = &mut self.doomed[at];
        if doomed.lane.is_gone() || !doomed.pursuit.is_due() {
            return;
        }
        let since = doomed.pursuit.since.elapsed();
        if doomed.ends_instance()
            && doomed.helpers.is_due()
            && let Some(funclet) = doomed.keeper.funclet()
        {
            // Also wakes the lane when it waits for a socket.
            funclet.stop_helpers(since);
            doomed.helpers.pause_for_effect();
        }
        match doomed.lane.stop(&self.vm, since) {
            Tried::Thrown(stack) => {
                if let Some(answer) = &mut doomed.answer
                    && answer.stack.is_empty()
                {
                    answer.stack = stack;
                }
                doomed.obstacle = None;
                doomed.pursuit.pause_for_effect();
            }
            Tried::Later(why) => {
                tracing::trace!(lane = ?doomed.lane, why, "a stop is put off");
                doomed.obstacle = Some(why);
                doomed.pursuit.pause(LOOK);
            }
            Tried::Gone => doomed.pursuit.pause(LOOK),
        }
        if since > RESTIVE_AFTER {
            // It does not die at once: it must not keep the CPU from others, and may be blocked.
            doomed.lane.rouse();
        }
        if doomed.pursuit.becomes_lost() {
            self.lose(at);
        }
    }

    /// Counts the thread of a call as lost, and with it those that its function started, unless another call did.
    fn lose(&mut self, at: usize) {
        let doomed = &self.doomed[at];
        let is_counted = self
            .doomed
            .iter()
            .any(|other| other.pursuit.lost > 0 && Arc::ptr_eq(&other.keeper, &doomed.keeper));
        let started = if doomed.ends_instance() && !is_counted { doomed.keeper.meter().threads() } else { 0 };
        let lost = 1 + u64::from(started);
        self.counts.lost.fetch_add(lost, Ordering::Relaxed);
        tracing::error!(
            lane = ?doomed.lane,
            threads = lost,
            obstacle = doomed.obstacle.unwrap_or("none: the stop has no effect"),
            stack = doomed.lane.stack(&self.vm).join(" < "),
            "a thread does not end although it was stopped; it is lost"
        );
        self.doomed[at].pursuit.lost = lost;
    }

    fn answer(chores: &Chores, doomed: &mut Doomed, is_over: bool) {
        let Some(answer) = doomed.answer.take() else { return };
        let decided = doomed.pursuit.since;
        let stopped = Stopped {
            limit: answer.limit,
            while_initialising: answer.while_initialising,
            stack: answer.stack,
            decided,
            took: decided.elapsed(),
            is_over,
            used: answer.used,
        };
        let call = answer.call;
        // Not here: this thread goes before all others.
        chores.run(Box::new(move || call.stopped(stopped)));
    }

    fn pursue_instances(&mut self) {
        let mut at = 0;
        while at < self.graves.len() {
            let (grave, pursuit) = &mut self.graves[at];
            let mut left = 0;
            if let Some(funclet) = grave.funclet() {
                left = u64::from(funclet.meter().threads());
                if left > 0 && pursuit.is_due() {
                    grave.settle(&self.chores);
                    funclet.stop_helpers(pursuit.since.elapsed());
                    pursuit.pause_for_effect();
                }
            }
            if left > 0 && pursuit.becomes_lost() {
                self.counts.lost.fetch_add(left, Ordering::Relaxed);
                pursuit.lost = left;
                let stacks = grave.funclet().map(Funclet::stacks).unwrap_or_default();
                tracing::error!(
                    threads = left,
                    stack = stacks.first().map(|stack| stack.join(" < ")),
                    "threads of a function do not end although they were stopped; they are lost"
                );
            }
            if left == 0 {
                let (grave, pursuit) = self.graves.swap_remove(at);
                self.counts.lost.fetch_sub(pursuit.lost, Ordering::Relaxed);
                self.close(grave);
            } else {
                at += 1;
            }
        }
    }

    fn close(&self, grave: Grave) {
        if let Some(funclet) = grave.funclet() {
            absolve(funclet);
        }
        grave.settle(&self.chores);
        if let Grave::Buried(funclet, _) = grave {
            drop_funclet(&self.burials, funclet);
        }
    }
}

/// Drops it where that may take a while, and when the heap is full as often as it takes: what is not dropped cleanly may
/// stay in the heap for ever.
fn drop_funclet(burials: &Chores, funclet: Funclet) {
    let again = burials.clone();
    burials.run(Box::new(move || close(again, funclet)));
}

fn close(burials: Chores, mut funclet: Funclet) {
    match funclet.close() {
        Err(error) if error.is_out_of_memory() => {
            tracing::debug!(?funclet, %error, "the heap is full; a function is dropped later");
            let again = burials.clone();
            burials.run_later(Box::new(move || close(again, funclet)));
        }
        Err(error) => tracing::warn!(?funclet, %error, "a function did not close cleanly"),
        Ok(()) => {}
    }
}

fn condemn(funclet: &Funclet) {
    if let Err(error) = funclet.condemn() {
        tracing::warn!(%error, "a function was not told that it has to end");
    }
}

fn absolve(funclet: &Funclet) {
    if let Err(error) = funclet.bury() {
        tracing::warn!(%error, "a function was not told that it has ended");
    }
}
