//! What a key of the configuration is.

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A whole number in a range.
    Int {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// True or false.
    Flag,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `ADDRESS:PORT`.
    Address,
    /// A list of texts; in a variable separated by spaces.
    List,
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name, with the unit at the end where it has one.
    pub name: &'static str,
    /// The unit in words; empty where there is none.
    pub unit: &'static str,
    /// The default, as it would stand in a variable.
    pub default: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// What it does.
    pub about: &'static str,
}

impl Key {
    /// The environment variable of the key: `http.workers` is `FLOCK_HTTP_WORKERS`.
    pub fn variable(&self) -> String {
        format!("FLOCK_{}", self.name.replace(['.', '-'], "_").to_uppercase())
    }
}

pub(super) const fn int(
    name: &'static str,
    unit: &'static str,
    default: &'static str,
    range: (u64, u64),
    about: &'static str,
) -> Key {
    Key { name, unit, default, kind: Kind::Int { min: range.0, max: range.1 }, about }
}

pub(super) const fn other(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, unit: "", default, kind, about }
}
