//! A thread for work that is an up-call into Java or may take a while: dropping a function, adding lanes, answering a
//! call that was stopped.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use flock_jvm::Vm;

use super::lock;

/// How long a chore for later waits at most.
const LATER: Duration = Duration::from_millis(5);
const IDLE: Duration = Duration::from_secs(60);

/// Work for the thread.
pub type Chore = Box<dyn FnOnce() + Send>;

#[derive(Clone)]
pub(super) struct Chores {
    queue: Sender<Chore>,
    later: Arc<Mutex<Vec<Chore>>>,
}

impl Chores {
    pub(super) fn start(vm: Vm) -> std::io::Result<Self> {
        let (queue, waiting) = unbounded();
        let later = Arc::default();
        let of_thread = Arc::clone(&later);
        thread::Builder::new().name("chores".to_owned()).spawn(move || {
            if let Err(error) = vm.attach() {
                tracing::error!(%error, "the chores cannot reach the JVM");
            }
            work(&waiting, &of_thread);
        })?;
        Ok(Self { queue, later })
    }

    /// The queue is not bounded, because a chore is a promise; each stands for a lane, a call or a function, whose
    /// numbers are bounded.
    pub(super) fn run(&self, chore: Chore) {
        if self.queue.send(chore).is_err() {
            tracing::error!("the thread for chores has ended");
        }
    }

    pub(super) fn run_later(&self, chore: Chore) {
        let mut later = lock(&self.later);
        let first = later.is_empty();
        later.push(chore);
        drop(later);
        if first {
            self.run(Box::new(|| {}));
        }
    }
}

fn work(waiting: &Receiver<Chore>, later: &Mutex<Vec<Chore>>) {
    let mut looked = Instant::now();
    loop {
        let wait = if lock(later).is_empty() { IDLE } else { LATER.saturating_sub(looked.elapsed()) };
        match waiting.recv_timeout(wait) {
            Ok(chore) => chore(),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if looked.elapsed() >= LATER {
            looked = Instant::now();
            let due = std::mem::take(&mut *lock(later));
            due.into_iter().for_each(|chore| chore());
        }
    }
}
