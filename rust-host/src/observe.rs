//! What an operator and the owner of a namespace see: metrics, totals of use, logs of the host itself.

pub mod calls;
mod exposition;
pub mod gauges;
pub mod histogram;
pub mod ledger;
pub mod logging;
pub mod metrics;
pub mod overhead;
mod scrape;
pub mod tally;
