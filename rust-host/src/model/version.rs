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

    /// The version after an update: after the last patch comes the next minor one, after that the next major one. Only after
    /// the very last is there none but itself.
    #[must_use]
    pub fn next(self) -> Self {
        let Self { major, minor, patch } = self;
        if let Some(patch) = patch.checked_add(1) {
            Self { major, minor, patch }
        } else if let Some(minor) = minor.checked_add(1) {
            Self { major, minor, patch: 0 }
        } else if let Some(major) = major.checked_add(1) {
            Self { major, minor: 0, patch: 0 }
        } else {
            self
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_is_always_a_later_one() {
        let of = |text: &str| SemVer::try_from(Value::from(text));
        for (version, next) in [
            ("0.0.1", "0.0.2"),
            ("1.2.4294967295", "1.3.0"),
            ("1.4294967295.4294967295", "2.0.0"),
            ("4294967295.4294967295.4294967295", "4294967295.4294967295.4294967295"),
        ] {
            assert_eq!(of(version).map(SemVer::next), of(next), "{version}");
        }
    }
}
