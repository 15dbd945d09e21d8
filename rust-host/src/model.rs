//! Plain data that every other room shares. No I/O, no locks, no JVM.

pub mod action;
pub mod activation;
pub mod id;
pub mod json;
pub mod keep;
pub mod limits;
pub mod name;
pub mod outcome;
pub mod parameters;
pub mod time;
pub mod usage;
pub mod version;

pub use action::{Action, Code, Exec};
pub use activation::Activation;
pub use id::ActivationId;
pub use keep::{Keep, KeepRules};
pub use limits::{ActionLimits, ResolvedLimits};
pub use name::{ActionPath, EntityName};
pub use outcome::Outcome;
pub use parameters::{Parameter, Parameters};
pub use usage::Usage;
pub use version::SemVer;
