//! The table of attacks, one file a kind. Adding one is a row.

pub(crate) mod blocking;
pub(crate) mod classes;
pub(crate) mod errands;
pub(crate) mod memory;
pub(crate) mod resources;
pub(crate) mod running;
pub(crate) mod swallowing;
pub(crate) mod threads;

use super::attack::Attack;

/// All of them, by kind.
pub(crate) const ALL: &[(&str, &[Attack])] = &[
    ("running", running::ATTACKS),
    ("blocking", blocking::ATTACKS),
    ("errands", errands::ATTACKS),
    ("swallowing", swallowing::ATTACKS),
    ("memory", memory::ATTACKS),
    ("threads", threads::ATTACKS),
    ("classes", classes::ATTACKS),
    ("resources", resources::ATTACKS),
];
