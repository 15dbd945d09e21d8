//! Who may call how much: invocations a minute, in flight, and CPU, by namespace. A sequence counts once.
//!
//! The minute is a fixed window of the wall clock, as OpenWhisk has it. The defaults are far above OpenWhisk's, because a
//! call costs microseconds here; they bound a runaway client, not a busy one.
//!
//! A namespace that has used up its CPU share ([`bucket`]) has its calls wait, as tasks without a thread, in the order in
//! which they came, and refuses those that cannot go on in time. Calls that wait are in flight, so their number is bounded.

pub mod bucket;
pub mod rate;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::model::{EntityName, Quota, limits::CpuShare, time::now_epoch_millis};

use bucket::Bucket;

/// Over a limit. The texts are OpenWhisk's where it has the limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many in this minute.
    #[error("Too many requests in the last minute (count: {count}, allowed: {allowed}).")]
    Rate {
        /// With this one.
        count: u64,
        /// The limit.
        allowed: u64,
    },
    /// Too many in flight.
    #[error("Too many concurrent requests in flight (count: {count}, allowed: {allowed}).")]
    Concurrency {
        /// With this one.
        count: u64,
        /// The limit.
        allowed: u64,
    },
    /// The CPU share is used up.
    #[error(
        "Too much CPU: namespace {namespace} has used more than its share of {millicores} millicores; try again in {} ms.",
        .retry.as_millis().max(1)
    )]
    Cpu {
        /// Whose share.
        namespace: EntityName,
        /// The share.
        millicores: u32,
        /// When a call could go on, if nothing more is used.
        retry: Duration,
    },
    /// The host is stopping.
    #[error("The host is stopping; try again on the next one.")]
    Stopping,
}

impl Refused {
    /// The name of the limit, for metrics; none when it is not a limit.
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::Rate { .. } => Some("invocations_per_minute"),
            Self::Concurrency { .. } => Some("concurrent_invocations"),
            Self::Cpu { .. } => Some("namespace_cpu"),
            Self::Stopping => None,
        }
    }
}

#[derive(Debug)]
struct Namespace {
    per_minute: AtomicU64,
    concurrent: AtomicU64,
    in_flight: AtomicU64,
    /// The minute since 1970 and the calls in it.
    window: Mutex<(u64, u64)>,
    cpu: Arc<Bucket>,
}

/// The limits and what was used of them.
#[derive(Debug)]
pub struct Admission {
    per_minute: u64,
    concurrent: u64,
    cpu: CpuShare,
    /// What the operator allows single namespaces.
    quotas: RwLock<HashMap<EntityName, Quota>>,
    is_open: std::sync::atomic::AtomicBool,
    total_in_flight: Arc<AtomicU64>,
    namespaces: RwLock<HashMap<EntityName, Arc<Namespace>>>,
}

/// A call in flight; dropping it ends that.
#[derive(Debug)]
pub struct InFlight {
    namespace: Arc<Namespace>,
    total: Arc<AtomicU64>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.namespace.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.total.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Admission {
    /// With these limits for each namespace.
    pub fn new(per_minute: u64, concurrent: u64, cpu: CpuShare) -> Self {
        Self {
            per_minute,
            concurrent,
            cpu,
            quotas: RwLock::default(),
            is_open: true.into(),
            total_in_flight: Arc::default(),
            namespaces: RwLock::default(),
        }
    }

    /// Lets a call in when its namespace has CPU left, waits for that as long as the operator says, or says why not.
    pub async fn admit_in_turn(&self, name: &EntityName) -> Result<InFlight, Refused> {
        let guard = self.admit(name)?;
        if self.cpu.millicores == 0 {
            return Ok(guard);
        }
        let bucket = Arc::clone(&guard.namespace.cpu);
        let began = Instant::now();
        if bucket.wait_at(began).is_zero() && bucket.line.try_lock().is_ok() {
            return Ok(guard);
        }
        let refused =
            |wait| Refused::Cpu { namespace: name.clone(), millicores: self.cpu.millicores, retry: wait };
        let until = began + self.cpu.wait_max;
        let Ok(_turn) = tokio::time::timeout_at(until.into(), bucket.line.lock()).await else {
            return Err(refused(bucket.wait_at(Instant::now())));
        };
        loop {
            let now = Instant::now();
            let wait = bucket.wait_at(now);
            if wait.is_zero() {
                return Ok(guard);
            }
            // What cannot come in time is not waited for.
            if now + wait > until {
                return Err(refused(wait));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes CPU that functions of a namespace used from its share.
    pub fn charge(&self, namespace: &EntityName, cpu_micros: u64) {
        if self.cpu.millicores > 0 {
            self.of(namespace).cpu.charge(cpu_micros);
        }
    }

    /// How long a call of a namespace would have to wait for its share of the CPU, if nothing more is used.
    pub fn cpu_wait(&self, namespace: &EntityName) -> Duration {
        if self.cpu.millicores == 0 {
            return Duration::ZERO;
        }
        self.of(namespace).cpu.wait_at(Instant::now())
    }

    /// What [`Self::charge`] takes from, for those who charge often.
    pub fn bucket(&self, namespace: &EntityName) -> Arc<Bucket> {
        Arc::clone(&self.of(namespace).cpu)
    }

    /// Lets a call in, or says why not. Does not look at CPU.
    pub fn admit(&self, namespace: &EntityName) -> Result<InFlight, Refused> {
        if !self.is_open.load(Ordering::Acquire) {
            return Err(Refused::Stopping);
        }
        let namespace = self.of(namespace);
        self.count(&namespace)?;
        let count = namespace.in_flight.fetch_add(1, Ordering::AcqRel) + 1;
        self.total_in_flight.fetch_add(1, Ordering::AcqRel);
        let guard = InFlight { namespace, total: Arc::clone(&self.total_in_flight) };
        let allowed = guard.namespace.concurrent.load(Ordering::Relaxed);
        if count > allowed {
            return Err(Refused::Concurrency { count, allowed });
        }
        Ok(guard)
    }

    /// What the operator allows single namespaces from now on; those that are not named have the configuration's limits.
    pub fn set(&self, quotas: HashMap<EntityName, Quota>) {
        let all = self.namespaces.read().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.quotas.write().unwrap_or_else(PoisonError::into_inner);
        if *known == quotas {
            return;
        }
        *known = quotas;
        for (name, namespace) in all.iter() {
            let (per_minute, concurrent) = self.with(known.get(name));
            namespace.per_minute.store(per_minute, Ordering::Relaxed);
            namespace.concurrent.store(concurrent, Ordering::Relaxed);
        }
    }

    /// Invocations a minute and in flight that a namespace may have.
    pub fn allowed(&self, name: &EntityName) -> (u64, u64) {
        self.with(self.quotas.read().unwrap_or_else(PoisonError::into_inner).get(name))
    }

    fn with(&self, quota: Option<&Quota>) -> (u64, u64) {
        let quota = quota.copied().unwrap_or_default();
        (
            quota.invocations_per_minute.map_or(self.per_minute, u64::from),
            quota.concurrent_invocations.map_or(self.concurrent, u64::from),
        )
    }

    /// No call is let in any more.
    pub fn close(&self) {
        self.is_open.store(false, Ordering::Release);
    }

    /// Calls in flight of all namespaces.
    pub fn in_flight(&self) -> u64 {
        self.total_in_flight.load(Ordering::Acquire)
    }

    fn of(&self, name: &EntityName) -> Arc<Namespace> {
        let known = self.namespaces.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        known.unwrap_or_else(|| {
            let mut all = self.namespaces.write().unwrap_or_else(PoisonError::into_inner);
            let new = || {
                let (per_minute, concurrent) = self.allowed(name);
                Arc::new(Namespace {
                    per_minute: per_minute.into(),
                    concurrent: concurrent.into(),
                    in_flight: AtomicU64::default(),
                    window: Mutex::default(),
                    cpu: Arc::new(Bucket::new(self.cpu, Instant::now())),
                })
            };
            Arc::clone(all.entry(name.clone()).or_insert_with(new))
        })
    }

    fn count(&self, namespace: &Namespace) -> Result<(), Refused> {
        let minute = now_epoch_millis() / 60_000;
        let mut window = namespace.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != minute {
            *window = (minute, 0);
        }
        window.1 += 1;
        let allowed = namespace.per_minute.load(Ordering::Relaxed);
        if window.1 > allowed {
            return Err(Refused::Rate { count: window.1, allowed });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_CAP: CpuShare = CpuShare { millicores: 0, burst: Duration::ZERO, wait_max: Duration::ZERO };

    #[test]
    fn calls_in_flight_are_bounded_and_given_back() -> Result<(), Box<dyn std::error::Error>> {
        let guest = EntityName::parse("guest")?;
        let admission = Admission::new(100, 2, NO_CAP);
        let first = admission.admit(&guest)?;
        let _second = admission.admit(&guest)?;
        assert_eq!(admission.admit(&guest).err(), Some(Refused::Concurrency { count: 3, allowed: 2 }));
        assert_eq!(admission.in_flight(), 2);
        drop(first);
        assert!(admission.admit(&guest).is_ok());
        Ok(())
    }

    #[test]
    fn the_rate_is_bounded_for_each_namespace() -> Result<(), Box<dyn std::error::Error>> {
        let (one, other) = (EntityName::parse("one")?, EntityName::parse("other")?);
        let admission = Admission::new(1, 10, NO_CAP);
        // A minute may end between two calls; one refusal in three tries is certain.
        let refused = (0..3).filter(|_| admission.admit(&one).is_err()).count();
        assert!(refused >= 1);
        assert!(admission.admit(&other).is_ok());
        Ok(())
    }

    #[test]
    fn what_the_operator_allows_one_namespace_holds_at_once_and_for_it_alone()
    -> Result<(), Box<dyn std::error::Error>> {
        let (one, other) = (EntityName::parse("one")?, EntityName::parse("other")?);
        let admission = Admission::new(100, 10, NO_CAP);
        let _first = admission.admit(&one)?;
        let quota =
            Quota { concurrent_invocations: Some(1), invocations_per_minute: Some(7), ..Quota::default() };
        admission.set(HashMap::from([(one.clone(), quota)]));
        assert_eq!(admission.admit(&one).err(), Some(Refused::Concurrency { count: 2, allowed: 1 }));
        assert_eq!((admission.allowed(&one), admission.allowed(&other)), ((7, 1), (100, 10)));
        assert!(admission.admit(&other).is_ok());
        admission.set(HashMap::new());
        assert!(admission.admit(&one).is_ok());
        Ok(())
    }

    fn share(wait_max_millis: u64) -> CpuShare {
        CpuShare {
            millicores: 1000,
            burst: Duration::from_millis(10),
            wait_max: Duration::from_millis(wait_max_millis),
        }
    }

    #[tokio::test]
    async fn a_call_waits_for_the_share_of_its_namespace() -> Result<(), Box<dyn std::error::Error>> {
        let (busy, other) = (EntityName::parse("busy")?, EntityName::parse("other")?);
        let admission = Admission::new(100, 10, share(5000));
        drop(admission.admit_in_turn(&busy).await?);
        admission.charge(&busy, 110_000);
        let began = Instant::now();
        drop(admission.admit_in_turn(&other).await?);
        assert!(began.elapsed() < Duration::from_millis(50), "another namespace does not wait");
        drop(admission.admit_in_turn(&busy).await?);
        assert!(began.elapsed() >= Duration::from_millis(85), "{:?}", began.elapsed());
        assert_eq!(admission.in_flight(), 0);
        Ok(())
    }

    #[tokio::test]
    async fn a_wait_that_is_too_long_is_refused_with_the_time_to_try_again()
    -> Result<(), Box<dyn std::error::Error>> {
        let busy = EntityName::parse("busy")?;
        let admission = Admission::new(100, 10, share(50));
        admission.charge(&busy, 60_010_000);
        let refused = admission.admit_in_turn(&busy).await.err().ok_or("it was let in")?;
        assert_eq!(refused.limit(), Some("namespace_cpu"));
        let text = refused.to_string();
        let start =
            "Too much CPU: namespace busy has used more than its share of 1000 millicores; try again in ";
        let rest = text.strip_prefix(start).and_then(|rest| rest.strip_suffix(" ms.")).ok_or(text.clone())?;
        assert!((50_000..=60_000).contains(&rest.parse::<u64>()?), "{text}");
        assert_eq!(admission.in_flight(), 0);
        Ok(())
    }

    #[tokio::test]
    async fn those_who_wait_go_on_in_the_order_in_which_they_came() -> Result<(), Box<dyn std::error::Error>>
    {
        let busy = EntityName::parse("busy")?;
        let admission = Arc::new(Admission::new(100, 10, share(5000)));
        admission.charge(&busy, 60_000);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..5 {
            let (admission, order, busy) = (Arc::clone(&admission), Arc::clone(&order), busy.clone());
            waiting.spawn(async move {
                let admitted = admission.admit_in_turn(&busy).await;
                order.lock().unwrap_or_else(PoisonError::into_inner).push(number);
                // Each uses more than there is, so the next has to wait again.
                admission.charge(&busy, 15_000);
                admitted.is_ok()
            });
            tokio::task::yield_now().await;
        }
        assert!(waiting.join_all().await.into_iter().all(|admitted| admitted));
        assert_eq!(*order.lock().unwrap_or_else(PoisonError::into_inner), [0, 1, 2, 3, 4]);
        Ok(())
    }
}
