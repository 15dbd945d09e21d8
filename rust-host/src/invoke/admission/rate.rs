//! So many a minute, by namespace: a fixed window of the wall clock, as OpenWhisk has it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::model::{EntityName, time::now_epoch_millis};

use super::Refused;

/// A rate that holds for each namespace by itself.
#[derive(Debug)]
pub struct Rate {
    per_minute: u64,
    /// The minute since 1970, and what came in it by namespace.
    window: Mutex<(u64, HashMap<EntityName, u64>)>,
}

impl Rate {
    /// Nothing has come yet.
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute, window: Mutex::default() }
    }

    /// Lets one in, or says why not.
    pub fn admit(&self, namespace: &EntityName) -> Result<(), Refused> {
        let minute = now_epoch_millis() / 60_000;
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != minute {
            *window = (minute, HashMap::new());
        }
        let count = window.1.entry(namespace.clone()).or_default();
        *count += 1;
        if *count > self.per_minute {
            return Err(Refused::Rate { count: *count, allowed: self.per_minute });
        }
        Ok(())
    }
}
