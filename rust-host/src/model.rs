//! Plain data that every other room shares. No I/O, no locks, no JVM.

pub mod action;
pub mod activation;
pub mod alarm;
pub mod flow;
pub mod id;
pub mod json;
pub mod keep;
pub mod limits;
pub mod name;
pub mod origin;
pub mod outcome;
pub mod package;
pub mod parameters;
pub mod quota;
pub mod route;
pub mod time;
pub mod trigger;
pub mod usage;
pub mod version;

pub use action::{Action, Code, Exec};
pub use activation::Activation;
pub use flow::Flow;
pub use id::ActivationId;
pub use keep::{Keep, KeepRules};
pub use limits::{ActionLimits, ResolvedLimits};
pub use name::{ActionPath, EntityName};
pub use origin::Origin;
pub use outcome::Outcome;
pub use package::{Package, PackagePath};
pub use parameters::{Parameter, Parameters};
pub use quota::Quota;
pub use trigger::{Rule, Trigger, TriggerPath};
pub use usage::Usage;
pub use version::SemVer;
