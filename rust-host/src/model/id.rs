//! Activation ids: time-ordered, 32 hexadecimal digits.
//!
//! They are version 7 UUIDs without the hyphens (RFC 9562), with the parts of a millisecond in the first twelve of the random
//! bits. A random key costs a database index twelve times the CPU of an ordered one for each record.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use uuid::Uuid;

use super::time::now_epoch_micros;

/// Parts of a millisecond that an id tells apart.
const TICKS: u64 = 4000;
const TICKS_A_MICROSECOND: u64 = TICKS / 1000;

/// The last time that an id has, in ticks since 1970.
static LAST: AtomicU64 = AtomicU64::new(0);

/// The id of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActivationId(Uuid);

/// Why a text is no activation id. The texts are OpenWhisk's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadActivationId {
    /// Wrong length.
    #[error("Activation id length is {0} but must be 32.")]
    Length(usize),
    /// Other characters than hexadecimal digits.
    #[error("The activation id is not valid.")]
    Characters,
}

impl ActivationId {
    /// Comes before all others and is nobody's.
    pub const NONE: Self = Self(Uuid::nil());

    /// A new id, larger than those before it.
    pub fn new() -> Self {
        Self::at(now_epoch_micros())
    }

    /// The same for whoever knows the time, microseconds since 1970.
    pub fn at(epoch_micros: u64) -> Self {
        const VERSION: u8 = 7 << 4;
        let now = epoch_micros * TICKS_A_MICROSECOND;
        let next = |last: u64| now.max(last + 1);
        let ticks = LAST
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)))
            .map_or(now, next);
        // Its last eight bytes stay: the variant and what is random.
        let mut bytes = Uuid::new_v4().into_bytes();
        bytes[..6].copy_from_slice(&(ticks / TICKS).to_be_bytes()[2..]);
        let [.., high, low] = (ticks % TICKS).to_be_bytes();
        (bytes[6], bytes[7]) = (VERSION | high, low);
        Self(Uuid::from_bytes(bytes))
    }

    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, BadActivationId> {
        if text.len() != 32 {
            return Err(BadActivationId::Length(text.chars().count()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadActivationId::Characters);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| BadActivationId::Characters)
    }

    /// The 16 bytes, for the database.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// From the 16 bytes of the database.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 32 digits as ASCII.
    pub fn to_ascii(self) -> [u8; 32] {
        let mut text = [0; 32];
        self.0.simple().encode_lower(&mut text);
        text
    }
}

impl Default for ActivationId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: a chain's record shows the ids of all its hops.
        f.write_str(self.0.simple().encode_lower(&mut [0; 32]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_and_read_back() {
        let before = now_epoch_micros();
        let (first, second) = (ActivationId::new(), ActivationId::new());
        assert!(first < second);
        let (seconds, nanos) = first.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let millis = seconds * 1000 + u64::from(nanos) / 1_000_000;
        assert!((before / 1000..=now_epoch_micros() / 1000).contains(&millis), "{before} {millis}");
        assert_eq!((first.0.get_version_num(), first.0.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(ActivationId::parse(&first.to_string()), Ok(first));
        assert_eq!(first.to_ascii().as_slice(), first.to_string().as_bytes());
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(ActivationId::parse("abc"), Err(BadActivationId::Length(3)));
        assert_eq!(ActivationId::parse(&"g".repeat(32)), Err(BadActivationId::Characters));
    }
}
