//! Charges what functions use, as they use it, to the share of their namespace.

use std::sync::Arc;

use crate::{funclets, model::Action};

use super::admission::Admission;

/// See the head of this file.
#[derive(Debug)]
pub struct Bill {
    /// The shares.
    pub admission: Arc<Admission>,
}

impl funclets::Bill for Bill {
    fn cpu(&self, action: &Action, cpu_nanos: u64) {
        self.admission.charge(action.tenant(), (cpu_nanos + 500) / 1000);
    }

    fn is_over(&self, action: &Action) -> bool {
        !self.admission.cpu_wait(action.tenant()).is_zero()
    }
}
