//! What an operator sees: metrics and logs of the host itself.

pub mod logging;
pub mod metrics;
