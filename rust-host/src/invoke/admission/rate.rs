//! So many a minute, by namespace: a fixed window of the wall clock, as OpenWhisk has it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, RwLock},
};

use crate::model::{EntityName, time::now_epoch_millis};

use super::Refused;

/// A rate that holds for each namespace by itself.
#[derive(Debug)]
pub struct Rate {
    per_minute: u64,
    /// What the operator allows single namespaces.
    of: RwLock<HashMap<EntityName, u64>>,
    /// The minute since 1970, and what came in it by namespace.
    window: Mutex<(u64, HashMap<EntityName, u64>)>,
}

impl Rate {
    /// Nothing has come yet.
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute, of: RwLock::default(), window: Mutex::default() }
    }

    /// What single namespaces have from now on; the others have the configuration's rate.
    pub fn set(&self, of: HashMap<EntityName, u64>) {
        *self.of.write().unwrap_or_else(PoisonError::into_inner) = of;
    }

    /// How often a minute for a namespace.
    pub fn allowed(&self, namespace: &EntityName) -> u64 {
        let of = self.of.read().unwrap_or_else(PoisonError::into_inner);
        of.get(namespace).copied().unwrap_or(self.per_minute)
    }

    /// Lets one in, or says why not.
    pub fn admit(&self, namespace: &EntityName) -> Result<(), Refused> {
        let allowed = self.allowed(namespace);
        let minute = now_epoch_millis() / 60_000;
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != minute {
            *window = (minute, HashMap::new());
        }
        let count = window.1.entry(namespace.clone()).or_default();
        *count += 1;
        if *count > allowed {
            return Err(Refused::Rate { count: *count, allowed });
        }
        Ok(())
    }
}
