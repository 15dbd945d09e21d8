//! Versions of actions: three numbers; each update raises the last one.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `major.minor.patch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "String")]
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

/// Up to three numbers, not all zero; what is left out is zero. The text of the error is OpenWhisk's.
impl TryFrom<Value> for SemVer {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, &'static str> {
        let malformed = "semantic version malformed";
        let mut numbers = [0; 3];
        let mut parts = value.as_str().ok_or(malformed)?.split('.');
        for (number, part) in numbers.iter_mut().zip(parts.by_ref()) {
            *number = part.parse().map_err(|_| malformed)?;
        }
        match (numbers, parts.next()) {
            ([0, 0, 0], _) | (_, Some(_)) => Err(malformed),
            ([major, minor, patch], None) => Ok(Self { major, minor, patch }),
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
