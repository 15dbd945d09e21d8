//! What the operator allows one namespace, in the place of what the configuration allows each.

/// Limits of a namespace; where there is none, that of the configuration holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Invocations in flight.
    pub concurrent_invocations: Option<u32>,
    /// Invocations a minute.
    pub invocations_per_minute: Option<u32>,
    /// Trigger fires a minute.
    pub fires_per_minute: Option<u32>,
}

impl Quota {
    /// The largest that a limit can be.
    pub const MAX: u32 = u32::MAX;

    /// These limits, and the others' where these name none.
    pub fn or(self, other: Self) -> Self {
        Self {
            concurrent_invocations: self.concurrent_invocations.or(other.concurrent_invocations),
            invocations_per_minute: self.invocations_per_minute.or(other.invocations_per_minute),
            fires_per_minute: self.fires_per_minute.or(other.fires_per_minute),
        }
    }
}
