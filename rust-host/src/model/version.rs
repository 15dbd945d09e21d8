//! Versions of actions: three numbers; each update raises the last one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `major.minor.patch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SemVer {
    major: u32,
    minor: u32,
    patch: u32,
}

impl SemVer {
    /// The version of an action that was just made.
    pub const FIRST: Self = Self { major: 0, minor: 0, patch: 1 };

    /// The version after an update.
    #[must_use]
    pub fn next_patch(self) -> Self {
        Self { patch: self.patch.saturating_add(1), ..self }
    }
}

impl TryFrom<String> for SemVer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let numbers: Vec<Option<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        match numbers.as_slice() {
            [Some(major), Some(minor), Some(patch)] if (*major, *minor, *patch) != (0, 0, 0) => {
                Ok(Self { major: *major, minor: *minor, patch: *patch })
            }
            _ => Err(format!("bad semantic version {text}: it must be three numbers, such as 1.0.2")),
        }
    }
}

impl From<SemVer> for String {
    fn from(version: SemVer) -> Self {
        version.to_string()
    }
}

impl fmt::Display for SemVer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
