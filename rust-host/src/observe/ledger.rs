//! Running totals by namespace and action: what metrics, `/flock/v1/top` and the bill are made from.
//!
//! A [`Row`] is atomics, so counting an end takes no lock; whoever counts often keeps the row. Rows live as long as
//! somebody keeps them, and after that until there are too many: then those that were used longest ago go. What they
//! counted is in the store by then, and in the sum of the rows that are gone.
//!
//! What came since the last time is taken out every few seconds ([`Ledger::take`]) and written to the store; a host that
//! is killed loses what was not taken yet. A sequence's record repeats what its hops used, so of a sequence only calls,
//! outcomes and times are counted, or the sum over all actions would hold it twice.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

use crate::model::{Activation, Outcome, action::SEQUENCE_KIND};

use super::{
    histogram::{Counts, Histogram},
    tally::{OUTCOMES, Tally},
};

/// Rows that nobody keeps and that stay all the same.
const IDLE_MAX: usize = 10_000;

/// The totals of one action in one namespace, since the start of the host.
#[derive(Debug)]
pub struct Row {
    /// Who called and pays.
    pub namespace: String,
    /// `ns/pkg/name` of the action.
    pub action: String,
    /// Has it metrics of its own? Set when it is made, so that no series goes over to another one.
    pub is_named: bool,
    outcomes: [AtomicU64; OUTCOMES],
    cold: AtomicU64,
    cpu_micros: AtomicU64,
    background_cpu_micros: AtomicU64,
    wall_micros: AtomicU64,
    wait_micros: AtomicU64,
    init_micros: AtomicU64,
    allocated_bytes: AtomicU64,
    log_bytes: AtomicU64,
    peak_heap_bytes: AtomicU64,
    latency: Histogram,
    past: Mutex<Past>,
}

/// Former states of a row.
#[derive(Debug, Default)]
struct Past {
    /// What was taken for the store.
    taken: Tally,
    /// The two last looks, for what happens at the moment.
    looks: [Option<Look>; 2],
    /// When something was last counted.
    used: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Look {
    at: Instant,
    calls: u64,
    latency: Arc<Counts>,
}

/// What happens at the moment: over the last two to four seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pace {
    /// Activations that ended.
    pub calls_per_second: f64,
    /// Half of them took at most this; none: there were none.
    pub p50_micros: Option<u64>,
    /// All but a hundredth took at most this.
    pub p99_micros: Option<u64>,
}

/// What one row counted since it was last taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// See [`Row::namespace`].
    pub namespace: String,
    /// See [`Row::action`].
    pub action: String,
    /// What it counted.
    pub tally: Tally,
}

/// The rows of a namespace, by action.
#[derive(Debug, Default)]
struct Space {
    rows: HashMap<String, Arc<Row>>,
    /// The sum of the rows that are gone.
    gone: Tally,
    /// The part of it that had no metrics of its own.
    gone_unnamed: Tally,
}

/// A namespace at a moment.
#[derive(Debug)]
pub struct Account {
    /// Who pays.
    pub namespace: String,
    /// All that it used since the start of the host.
    pub total: Tally,
    /// The part of actions without metrics of their own.
    pub unnamed: Tally,
    /// Actions with metrics of their own, and their totals.
    pub named: Vec<(Arc<Row>, Tally)>,
}

/// All rows.
#[derive(Debug)]
pub struct Ledger {
    spaces: RwLock<HashMap<String, Space>>,
    named: AtomicUsize,
    named_max: usize,
}

impl Row {
    fn new(namespace: &str, action: &str, is_named: bool) -> Self {
        Self {
            namespace: namespace.to_owned(),
            action: action.to_owned(),
            is_named,
            outcomes: [const { AtomicU64::new(0) }; OUTCOMES],
            cold: AtomicU64::default(),
            cpu_micros: AtomicU64::default(),
            background_cpu_micros: AtomicU64::default(),
            wall_micros: AtomicU64::default(),
            wait_micros: AtomicU64::default(),
            init_micros: AtomicU64::default(),
            allocated_bytes: AtomicU64::default(),
            log_bytes: AtomicU64::default(),
            peak_heap_bytes: AtomicU64::default(),
            latency: Histogram::default(),
            past: Mutex::default(),
        }
    }

    /// Counts an end.
    pub fn ended(&self, activation: &Activation) {
        let usage = &activation.usage;
        add(&self.wall_micros, usage.wall_micros);
        add(&self.wait_micros, usage.wait_micros);
        if activation.origin.kind != SEQUENCE_KIND {
            add(&self.cold, u64::from(usage.init_micros > 0));
            add(&self.init_micros, usage.init_micros);
            add(&self.cpu_micros, usage.cpu_micros);
            add(&self.allocated_bytes, usage.allocated_bytes);
            add(&self.log_bytes, usage.log_bytes);
            if self.peak_heap_bytes.load(Ordering::Relaxed) < usage.peak_heap_bytes {
                self.peak_heap_bytes.fetch_max(usage.peak_heap_bytes, Ordering::Relaxed);
            }
        }
        self.latency.add(usage.wait_micros + usage.wall_micros);
        // Last: who sees the call sees all of it.
        if let Some(count) = self.outcomes.get(activation.outcome as usize) {
            count.fetch_add(1, Ordering::Release);
        }
    }

    /// Counts what threads used between calls.
    pub fn background(&self, cpu_micros: u64, allocated_bytes: u64) {
        add(&self.background_cpu_micros, cpu_micros);
        add(&self.cpu_micros, cpu_micros);
        add(&self.allocated_bytes, allocated_bytes);
    }

    /// The totals.
    pub fn totals(&self) -> Tally {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let outcomes =
            std::array::from_fn(|at| self.outcomes.get(at).map_or(0, |count| count.load(Ordering::Acquire)));
        Tally {
            calls: outcomes.iter().sum(),
            outcomes,
            cold: read(&self.cold),
            // Read first: it is written first, so it is never more than the whole.
            background_cpu_micros: read(&self.background_cpu_micros),
            cpu_micros: read(&self.cpu_micros),
            wall_micros: read(&self.wall_micros),
            wait_micros: read(&self.wait_micros),
            init_micros: read(&self.init_micros),
            allocated_bytes: read(&self.allocated_bytes),
            log_bytes: read(&self.log_bytes),
            peak_heap_bytes: read(&self.peak_heap_bytes),
            latency: self.latency.counts(),
        }
    }

    /// Activations that ended.
    fn calls(&self) -> u64 {
        self.outcomes.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// What happens at the moment.
    pub fn pace(&self, now: Instant) -> Pace {
        let past = lock(&self.past);
        let Some(look) = past.looks.iter().flatten().next() else { return Pace::default() };
        let counts = self.latency.counts().since(&look.latency);
        let seconds = now.saturating_duration_since(look.at).as_secs_f64();
        Pace {
            calls_per_second: (self.calls() - look.calls) as f64 / seconds.max(0.001),
            p50_micros: counts.quantile_micros(0.5),
            p99_micros: counts.quantile_micros(0.99),
        }
    }

    fn look(&self, now: Instant) {
        let mut past = lock(&self.past);
        let calls = self.calls();
        // A row that rests needs no copy of its counts: there may be many of them.
        let latency = match past.looks.iter().flatten().last() {
            Some(last) if last.calls == calls => Arc::clone(&last.latency),
            _ => Arc::new(self.latency.counts()),
        };
        past.looks.rotate_left(1);
        past.looks[1] = Some(Look { at: now, calls, latency });
    }

    fn take(&self, now: Instant) -> Option<Entry> {
        let mut past = lock(&self.past);
        if past.used.is_none() {
            past.used = Some(now);
        }
        if self.calls() == past.taken.calls
            && self.cpu_micros.load(Ordering::Relaxed) == past.taken.cpu_micros
            && self.allocated_bytes.load(Ordering::Relaxed) == past.taken.allocated_bytes
        {
            return None;
        }
        let totals = self.totals();
        let tally = totals.since(&past.taken);
        past.taken = totals;
        past.used = Some(now);
        Some(Entry { namespace: self.namespace.clone(), action: self.action.clone(), tally })
    }
}

impl Ledger {
    /// Nothing is counted yet. At most this many actions have metrics of their own at a time.
    pub fn new(named_max: usize) -> Self {
        Self { spaces: RwLock::default(), named: AtomicUsize::default(), named_max }
    }

    /// The row of an action in a namespace, made if it is new. `action` is `ns/pkg/name`.
    pub fn row(&self, namespace: &str, action: &str) -> Arc<Row> {
        {
            let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(row) = spaces.get(namespace).and_then(|space| space.rows.get(action)) {
                return Arc::clone(row);
            }
        }
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        let space = spaces.entry(namespace.to_owned()).or_default();
        let row = space.rows.entry(action.to_owned()).or_insert_with(|| {
            let is_named = self.named.load(Ordering::Relaxed) < self.named_max;
            self.named.fetch_add(usize::from(is_named), Ordering::Relaxed);
            Arc::new(Row::new(namespace, action, is_named))
        });
        Arc::clone(row)
    }

    /// Counts an end.
    pub fn ended(&self, activation: &Activation) {
        self.row(&activation.origin.namespace, &activation.origin.path).ended(activation);
    }

    /// Counts what threads used between calls.
    pub fn background(&self, namespace: &str, action: &str, cpu_micros: u64, allocated_bytes: u64) {
        self.row(namespace, action).background(cpu_micros, allocated_bytes);
    }

    /// All rows, in no order.
    pub fn rows(&self) -> Vec<Arc<Row>> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces.values().flat_map(|space| space.rows.values()).cloned().collect()
    }

    /// All namespaces, by name.
    pub fn accounts(&self) -> Vec<Account> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        let mut accounts: Vec<Account> = spaces
            .iter()
            .map(|(name, space)| {
                let mut account = Account {
                    namespace: name.clone(),
                    total: space.gone.clone(),
                    unnamed: space.gone_unnamed.clone(),
                    named: Vec::new(),
                };
                for row in space.rows.values() {
                    let totals = row.totals();
                    account.total.add(&totals);
                    if row.is_named {
                        account.named.push((Arc::clone(row), totals));
                    } else {
                        account.unnamed.add(&totals);
                    }
                }
                account.named.sort_by(|(one, _), (other, _)| one.action.cmp(&other.action));
                account
            })
            .collect();
        accounts.sort_by(|one, other| one.namespace.cmp(&other.namespace));
        accounts
    }

    /// To be called every two seconds: what happens "at the moment" is measured from here.
    pub fn look(&self, now: Instant) {
        self.rows().iter().for_each(|row| row.look(now));
    }

    /// What was counted since the last time. Lets go of the rows that were used longest ago, beyond a number.
    pub fn take(&self, now: Instant) -> Vec<Entry> {
        let entries: Vec<Entry> = self.rows().iter().filter_map(|row| row.take(now)).collect();
        self.drop_oldest(IDLE_MAX, entries)
    }

    fn drop_oldest(&self, idle_max: usize, mut entries: Vec<Entry>) -> Vec<Entry> {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        // With the lock held nobody new can get hold of a row that only the map keeps.
        let mut idle: Vec<Arc<Row>> = spaces
            .values()
            .flat_map(|space| space.rows.values())
            .filter(|row| Arc::strong_count(row) == 1)
            .cloned()
            .collect();
        let excess = idle.len().saturating_sub(idle_max);
        if excess == 0 {
            return entries;
        }
        idle.sort_by_key(|row| lock(&row.past).used);
        for row in idle.iter().take(excess) {
            // It may have counted since it was last asked.
            entries.extend(row.take(Instant::now()));
            let Some(space) = spaces.get_mut(&row.namespace) else { continue };
            let totals = row.totals();
            space.gone.add(&totals);
            if row.is_named {
                self.named.fetch_sub(1, Ordering::Relaxed);
            } else {
                space.gone_unnamed.add(&totals);
            }
            space.rows.remove(&row.action);
        }
        entries
    }
}

fn add(to: &AtomicU64, amount: u64) {
    // Many amounts are zero, and a look is cheaper than an addition that others wait for.
    if amount > 0 {
        to.fetch_add(amount, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Outcomes are counted at their place in [`Outcome::ALL`].
const _: () = {
    let mut at = 0;
    while at < OUTCOMES {
        assert!(Outcome::ALL[at] as usize == at, "Outcome::ALL is in the order of the declaration");
        at += 1;
    }
};

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
