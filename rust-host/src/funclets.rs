//! Which functions are loaded, their instances and lanes.
//!
//! One [`Pool`] for each action version that was called. A call goes to the pool's queue; a lane that waits takes it. A
//! pool with nobody waiting gets a new lane at once as long as it has few, later only when calls wait, so that a quick
//! function is not spread over many threads. An instance (class loader, statics) serves `concurrency` lanes; further
//! lanes need a further instance.
//!
//! Chains run on lanes of their namespace ([`Run`]), and their hops as guests in the instances of the pools. The function
//! of the next hop is made ready meanwhile ([`Ahead`]).
//!
//! A new version of an action gets a pool of its own; the old one ends what it has and is dropped.

mod ahead;
mod chain_lanes;
mod growth;
mod guest;
mod instance;
mod pace;
mod payer;
mod pool;
mod prepare;
mod queue;
mod remakes;
mod seat;
mod waiter;
mod warm;

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use flock_jvm::{Image, JvmError, Vm, is_lent};

use crate::{
    config::Isolation,
    model::{Action, ActionPath, Code, Exec, SemVer, limits::LimitRanges, time::now_epoch_millis},
    observe::{calls::VersionCalls, gauges::Gauges, ledger::Ledger},
    reactor::Reactors,
    store::{
        Store,
        images::{ImageError, Maker},
        mapped::Mark,
        namespaces::Identity,
    },
    supervise::{Keeper as _, Payer as _, Watchdog},
};

pub use ahead::Ahead;
use chain_lanes::ChainLanes;
pub use chain_lanes::{Hop, Run};
pub use guest::{Guest, NoRoom};
pub use pool::Pool;
pub use prepare::{Prepared, WARM_UP_ANNOTATION};
use remakes::Remakes;
pub use warm::{PREWARM_ANNOTATION, Warmer, instances_kept_ready};

/// How long a function that is to be loaded waits for others to leave the heap, and how often that is looked for.
const ROOM_WAIT_MAX: Duration = Duration::from_secs(1);
const ROOM_WAIT_STEP: Duration = Duration::from_millis(5);
/// After functions were let go, or none could be, it is not looked again for so long.
const RELIEVED_FOR: Duration = Duration::from_millis(10);
/// Where what the idle functions hold is less than this part of what is too much, letting them go would help nobody.
const IDLE_PART: u64 = 8;

/// A larger image is checked and indexed off the threads that serve connections: all their calls would wait.
const OPENED_AT_ONCE_MAX_BYTES: u64 = 64 << 10;

/// Which pool a call goes to.
type Key = (String, SemVer);

type Pools = HashMap<Key, Arc<Pool>>;

fn key_of(action: &Action) -> Key {
    (action.instance_key(), action.version)
}

/// Why a function cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its image cannot be opened.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The JVM refuses.
    #[error(transparent)]
    Jvm(#[from] JvmError),
    /// It is a sequence.
    #[error("{0} is no function")]
    NotAFunction(String),
    /// The host is stopping.
    #[error("the host is stopping")]
    Stopping,
}

/// The queue of an action is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} calls of this action wait already; the limit is {limit}")]
pub struct Busy {
    /// Calls that wait.
    pub waiting: usize,
    /// Most that may wait.
    pub limit: usize,
}

/// What an operator sets for all pools.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long an idle lane is kept.
    pub lane_idle: Duration,
    /// Calls that may wait for a lane of one action.
    pub queue_max_calls: usize,
    /// Most lanes of the chains of one namespace.
    pub chain_lanes_max: usize,
    /// Lanes that a pool gets without a wait.
    pub eager_lanes: usize,
    /// Most pools that stay loaded.
    pub loaded_max: usize,
    /// Most instances that are kept ready for a namespace.
    pub prewarm_namespace_max: usize,
    /// What functions may use beyond their own folder and the public network.
    pub isolation: Isolation,
    /// The folder of the functions' own folders.
    pub folders: Arc<Path>,
    /// `__OW_API_HOST`.
    pub api_host: String,
    /// Limits of actions that name none.
    pub limits: LimitRanges,
    /// Where CPU is charged as it is used.
    pub bill: Arc<dyn Bill>,
    /// Where what was used is written down.
    pub ledger: Arc<Ledger>,
    /// What lanes may drive.
    pub reactors: Reactors,
}

impl Settings {
    fn lane_idle_millis(&self) -> u64 {
        u64::try_from(self.lane_idle.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Where the CPU of functions is charged as they use it.
pub trait Bill: std::fmt::Debug + Send + Sync {
    /// CPU of a call that runs, or of threads between calls; each part is told once.
    fn cpu(&self, action: &Action, cpu_nanos: u64);
    /// Has the namespace used up its share?
    fn is_over(&self, action: &Action) -> bool;
}

/// An image that is open, and which file it is.
type Opened = (Option<Mark>, Weak<Image>);

/// All loaded functions.
pub struct Funclets {
    vm: Vm,
    store: Arc<Store>,
    maker: Maker,
    settings: Arc<Settings>,
    watchdog: Watchdog,
    pools: Arc<RwLock<Pools>>,
    evicted: AtomicU64,
    chains: Mutex<HashMap<String, Arc<ChainLanes>>>,
    images: Mutex<HashMap<String, Opened>>,
    remakes: Remakes,
    aheads: Arc<ahead::Counts>,
}

impl std::fmt::Debug for Funclets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Funclets({} loaded)", self.loaded_count())
    }
}

/// Off the threads that serve connections.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| LoadError::Stopping)?
}

impl Funclets {
    /// Nothing is loaded yet.
    pub fn new(vm: Vm, store: Arc<Store>, maker: Maker, settings: Settings, watchdog: Watchdog) -> Self {
        let (pools, chains, images) = (Arc::default(), Mutex::default(), Mutex::default());
        let (evicted, settings) = (AtomicU64::new(0), Arc::new(settings));
        let aheads = Arc::default();
        watchdog.keep_spares();
        let remakes = Remakes::default();
        Self { vm, store, maker, settings, watchdog, pools, evicted, chains, images, remakes, aheads }
    }

    /// What makes images.
    pub fn maker(&self) -> &Maker {
        &self.maker
    }

    /// The watchdog over all lanes.
    pub fn watchdog(&self) -> &Watchdog {
        &self.watchdog
    }

    /// Pools that are loaded.
    pub fn loaded_count(&self) -> usize {
        self.pools.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What each loaded action holds now: namespace, action, figures.
    pub fn gauges(&self) -> Vec<(String, String, Gauges)> {
        self.pools()
            .iter()
            .map(|pool| {
                let path = &pool.action().path;
                (pool.action().tenant().to_string(), path.to_string(), pool.gauges())
            })
            .collect()
    }

    /// The calls of each loaded version of the actions whose calls are split, by version. There are never more versions of
    /// an action than are kept.
    pub fn split_calls(&self) -> Vec<VersionCalls> {
        let pools = self.pools();
        let of_split = pools.iter().filter(|pool| self.store.is_split(&pool.action().path));
        of_split
            .map(|pool| VersionCalls {
                namespace: pool.action().tenant().to_string(),
                action: pool.action().path.to_string(),
                version: pool.action().version.to_string(),
                ended: pool.calls().ended(),
                failed: pool.calls().failed(),
                cold: pool.calls().cold(),
            })
            .collect()
    }

    /// Has paid for what threads used between calls until now.
    pub fn settle(&self) {
        for pool in self.pools() {
            pool.instances().iter().for_each(|instance| instance.settle(instance.meter().take_cpu()));
        }
    }

    /// All loaded functions.
    pub fn pools(&self) -> Vec<Arc<Pool>> {
        self.pools.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Functions that were let go to make room for others.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// The pool of this version of an action. `identity` is who calls.
    pub async fn pool(&self, action: &Arc<Action>, identity: &Identity) -> Result<Arc<Pool>, LoadError> {
        let key = key_of(action);
        if let Some(pool) = self.find(&key, action) {
            return Ok(pool);
        }
        self.wait_for_heap().await;
        let pool = self.make_pool(action, identity).await?;
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key).filter(|pool| pool.serves(action)) {
            return Ok(Arc::clone(pool));
        }
        let newer = pools
            .get(&key)
            .is_some_and(|pool| pool.action().changed_epoch_millis() > action.changed_epoch_millis());
        if newer || !self.store.serves(action) {
            // A call that began before the update: its version lives for this call alone.
            return Ok(pool);
        }
        if let Some(old) = pools.insert(key, Arc::clone(&pool)) {
            old.retire();
        }
        self.evict(&mut pools);
        Ok(pool)
    }

    /// Waits while the heap is nearly full and there is hope: idle functions that can be let go, or those that were and are
    /// not dropped yet.
    async fn wait_for_heap(&self) {
        let began = Instant::now();
        while self.watchdog.is_heap_tight() && began.elapsed() < ROOM_WAIT_MAX {
            let evicted = self.evicted();
            self.relieve();
            if self.evicted() == evicted && self.watchdog.open_count() <= self.instance_count() {
                return;
            }
            tokio::time::sleep(ROOM_WAIT_STEP).await;
        }
    }

    /// Instances that are in use or kept for the next call.
    fn instance_count(&self) -> usize {
        self.pools().iter().map(|pool| pool.instances().len()).sum()
    }

    /// A pool that is in no list yet.
    async fn make_pool(&self, action: &Arc<Action>, identity: &Identity) -> Result<Arc<Pool>, LoadError> {
        let image = self.image(action).await?;
        Ok(Pool::new(
            Arc::clone(action),
            &identity.namespace,
            self.vm.clone(),
            image,
            Arc::clone(&self.settings),
            self.watchdog.clone(),
        ))
    }

    /// The same, if it is there already.
    pub fn loaded(&self, action: &Arc<Action>) -> Option<Arc<Pool>> {
        self.find(&key_of(action), action)
    }

    /// Has a chain run by a lane of its namespace.
    pub fn run_chain(&self, namespace: &str, run: Box<dyn Run>) -> Result<(), Busy> {
        self.chain_lanes(namespace).submit(run).map_err(|(busy, _)| busy)
    }

    fn chain_lanes(&self, namespace: &str) -> Arc<ChainLanes> {
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        match chains.get(namespace) {
            Some(lanes) => Arc::clone(lanes),
            None => {
                let lanes = ChainLanes::new(
                    namespace,
                    self.vm.clone(),
                    Arc::clone(&self.settings),
                    self.watchdog.clone(),
                    Arc::downgrade(&self.pools),
                );
                chains.insert(namespace.to_owned(), Arc::clone(&lanes));
                lanes
            }
        }
    }

    /// Drops the pools of those versions of an action that get no calls any more, its own and those of bindings and other
    /// callers.
    pub fn unload(&self, path: &ActionPath) {
        let goes = |pool: &Pool| pool.action().path == *path && !self.store.serves(pool.action());
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = pools.extract_if(|_, pool| goes(pool)).collect();
        drop(pools);
        for (_, pool) in gone {
            pool.retire();
        }
    }

    fn find(&self, key: &Key, action: &Arc<Action>) -> Option<Arc<Pool>> {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.get(key).filter(|pool| pool.serves(action)).cloned()
    }

    /// The opened image of the action's code, shared by all actions with the same code.
    async fn image(&self, action: &Action) -> Result<Arc<Image>, LoadError> {
        let Exec::Java { code, .. } = &action.exec else {
            return Err(LoadError::NotAFunction(action.path.to_string()));
        };
        let mark = self.store.image_mark(&self.maker, code);
        if let Some(image) = self.opened(&code.digest, mark) {
            return Ok(image);
        }
        // Not under the lock, and not on a lane: it calls Java.
        let image = match self.whole(code).await? {
            Some(image) => image,
            None => {
                let namespace = &action.path.namespace;
                let bytes = self.remakes.image(namespace, &self.store, &self.maker, code).await?;
                let vm = self.vm.clone();
                aside(move || Ok(Image::open(&vm, bytes)?)).await?
            }
        };
        let mark = self.store.image_mark(&self.maker, code);
        if let Some(image) = self.opened(&code.digest, mark) {
            return Ok(image);
        }
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        let image = Arc::new(image);
        if images.len() == images.capacity() {
            images.retain(|_, (_, image)| image.strong_count() > 0);
        }
        images.insert(code.digest.clone(), (mark, Arc::downgrade(&image)));
        Ok(image)
    }

    /// The image, opened. None: it is missing or damaged.
    async fn whole(&self, code: &Code) -> Result<Option<Image>, LoadError> {
        let Some(mark) = self.store.image_mark(&self.maker, code) else { return Ok(None) };
        let (store, maker, code, vm) =
            (Arc::clone(&self.store), self.maker.clone(), code.clone(), self.vm.clone());
        let open = move || -> Result<_, LoadError> {
            let Some(bytes) = store.whole_image(&maker, &code)? else { return Ok(None) };
            Ok(Some(Image::open(&vm, bytes)?))
        };
        if mark.bytes() > OPENED_AT_ONCE_MAX_BYTES || is_lent() { aside(open).await } else { open() }
    }

    /// One that others use, unless its file was changed or made anew since: what was opened then may be damaged.
    fn opened(&self, digest: &str, mark: Option<Mark>) -> Option<Arc<Image>> {
        let images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, image) = images.get(digest)?;
        if mark.is_none() || *then == mark { image.upgrade() } else { None }
    }

    /// Drops idle functions, those of least value first, each time that all together hold too much of the heap: functions
    /// grow also when none is loaded. Never ends.
    pub async fn keep_room(&self) {
        loop {
            self.watchdog.crowded().await;
            self.relieve();
            tokio::time::sleep(RELIEVED_FOR).await;
        }
    }

    fn relieve(&self) {
        let excess = self.watchdog.take_heap_excess_bytes();
        if excess > 0 {
            self.free(&mut self.pools.write().unwrap_or_else(PoisonError::into_inner), excess);
        }
    }

    fn free(&self, pools: &mut Pools, mut excess: u64) {
        if excess == 0 {
            return;
        }
        let now = now_epoch_millis();
        let idle = pools.iter().filter(|(_, pool)| pool.is_idle());
        let mut idle: Vec<_> = idle
            .map(|(key, pool)| (pool.value(now), pool.gauges().live_heap_bytes, key.clone()))
            .filter(|(_, bytes, _)| *bytes > 0)
            .collect();
        let held: u64 = idle.iter().map(|(_, bytes, _)| bytes).sum();
        if held < excess / IDLE_PART {
            // Those that run hold it all, and have their own limits: to let the others go would free next to nothing.
            return;
        }
        idle.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, bytes, key) in idle {
            if excess == 0 {
                return;
            }
            if let Some(pool) = pools.remove(&key) {
                tracing::info!(action = key.0, bytes, "an idle function is let go: the heap is nearly full");
                self.evicted.fetch_add(1, Ordering::Relaxed);
                pool.retire();
                excess = excess.saturating_sub(bytes);
            }
        }
    }

    /// Drops the pools of least value that have nothing to do, beyond the operator's number.
    fn evict(&self, pools: &mut Pools) {
        while pools.len() > self.settings.loaded_max {
            let now = now_epoch_millis();
            let least = pools
                .iter()
                .filter(|(_, pool)| pool.is_idle())
                .map(|(key, pool)| (pool.value(now), key))
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, key)| key.clone());
            let Some(pool) = least.and_then(|key| pools.remove(&key)) else { return };
            self.evicted.fetch_add(1, Ordering::Relaxed);
            pool.retire();
        }
    }
}
