//! What the Java thread of a lane has, for as long as it lives. It is dropped with the thread, however that ended.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering, mpsc::Receiver},
};

use jni::Env;

use crate::{
    calls::Told,
    clock::own_cpu_nanos,
    funclet::{Funclet, Inner as FuncletInner},
    threads::Effort,
    used::Used,
};

use super::{Inner, lock};

/// What the Java thread of a lane has: the lane and the buffer that it shares with Java.
pub(crate) struct Seat {
    pub(crate) lane: Arc<Inner>,
    /// The funclet that it works for. The lane says the same to others, behind a lock.
    pub(crate) aboard: Option<Arc<FuncletInner>>,
    pub(crate) buffer: Vec<u8>,
    /// A request that did not fit the buffer; `grow` puts it there.
    pub(crate) waiting: Vec<u8>,
    /// The calls of other actions that the running call has made and has not seen the end of, by their tickets.
    pub(crate) asked: HashMap<u64, Receiver<Told>>,
}

impl Seat {
    /// The hop begins that the work gave last; its funclet is shown.
    pub(crate) fn board(&mut self, mut show: impl FnMut(&Funclet)) {
        let Self { lane, aboard, .. } = self;
        lane.work.aboard(&mut |funclet| {
            lane.board(&funclet.inner);
            *aboard = Some(Arc::clone(&funclet.inner));
            show(funclet);
        });
    }

    /// The hop is over. A lane of one funclet stays with it.
    pub(crate) fn alight(&mut self) {
        if self.lane.is_of_chains
            && let Some(left) = self.aboard.take()
        {
            self.lane.alight(&left);
        }
    }

    /// What the call that ends has used.
    pub(crate) fn used(&self, env: &mut Env<'_>) -> Used {
        self.lane.used(env, self.aboard.as_deref())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lane.began_micros.store(0, Ordering::Release);
        let unanswered = lock(&self.lane.current).take();
        self.lane.gone.store(true, Ordering::Release);
        let cpu = own_cpu_nanos().saturating_sub(self.lane.begin_cpu_nanos.load(Ordering::Acquire));
        self.lane.charge_up_to(cpu);
        let allocated_bytes = self.lane.last_allocated_bytes.load(Ordering::Acquire);
        let effort = Effort { cpu_nanos: cpu, allocated_bytes };
        let used = match self.lane.funclet() {
            Some(funclet) => {
                // The list would keep the memory of the lane for as long as the funclet is loaded.
                funclet.forget(&self.lane);
                funclet.used_at_end(effort)
            }
            None => Used { effort, ..Used::default() },
        };
        let used = Used { init_micros: self.lane.init_so_far_micros(), ..used };
        self.lane.work.ended(self.lane.id, unanswered, used);
    }
}
