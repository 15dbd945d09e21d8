//! Who may call how much: invocations a minute and in flight, by namespace. A sequence counts once.
//!
//! The minute is a fixed window of the wall clock, as OpenWhisk has it. The defaults are far above OpenWhisk's, because a
//! call costs microseconds here; they bound a runaway client, not a busy one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::model::{EntityName, time::now_epoch_millis};

/// Over a limit. The texts are OpenWhisk's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
    /// The host is stopping.
    #[error("The host is stopping; try again on the next one.")]
    Stopping,
}

#[derive(Debug, Default)]
struct Namespace {
    in_flight: AtomicU64,
    /// The minute since 1970 and the calls in it.
    window: Mutex<(u64, u64)>,
}

/// The limits and what was used of them.
#[derive(Debug)]
pub struct Admission {
    per_minute: u64,
    concurrent: u64,
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
    pub fn new(per_minute: u64, concurrent: u64) -> Self {
        Self {
            per_minute,
            concurrent,
            is_open: true.into(),
            total_in_flight: Arc::default(),
            namespaces: RwLock::default(),
        }
    }

    /// Lets a call in, or says why not.
    pub fn admit(&self, namespace: &EntityName) -> Result<InFlight, Refused> {
        if !self.is_open.load(Ordering::Acquire) {
            return Err(Refused::Stopping);
        }
        let namespace = self.of(namespace);
        self.count(&namespace)?;
        let count = namespace.in_flight.fetch_add(1, Ordering::AcqRel) + 1;
        self.total_in_flight.fetch_add(1, Ordering::AcqRel);
        let guard = InFlight { namespace, total: Arc::clone(&self.total_in_flight) };
        if count > self.concurrent {
            return Err(Refused::Concurrency { count, allowed: self.concurrent });
        }
        Ok(guard)
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
            Arc::clone(all.entry(name.clone()).or_default())
        })
    }

    fn count(&self, namespace: &Namespace) -> Result<(), Refused> {
        let minute = now_epoch_millis() / 60_000;
        let mut window = namespace.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != minute {
            *window = (minute, 0);
        }
        window.1 += 1;
        if window.1 > self.per_minute {
            return Err(Refused::Rate { count: window.1, allowed: self.per_minute });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_in_flight_are_bounded_and_given_back() -> Result<(), Box<dyn std::error::Error>> {
        let guest = EntityName::parse("guest")?;
        let admission = Admission::new(100, 2);
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
        let admission = Admission::new(1, 10);
        // A minute may end between two calls; one refusal in three tries is certain.
        let refused = (0..3).filter(|_| admission.admit(&one).is_err()).count();
        assert!(refused >= 1);
        assert!(admission.admit(&other).is_ok());
        Ok(())
    }
}
