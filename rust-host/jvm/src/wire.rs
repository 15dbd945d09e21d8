//! The frame of a request and the status of an answer, as both sides of the JNI boundary know them.
//!
//! A request is one run of bytes in the lane's buffer, big endian, so that Java reads it with a ByteBuffer as it comes:
//! activation id (32 ASCII hex digits), deadline (8 bytes, epoch milliseconds), result limit (4 bytes), lengths of the
//! transaction id and of the key (2 bytes each), the transaction id, the key that was lent to the activation, then the
//! payload as JSON to the end.
//! On a lane of chains eight bytes stand before it: what is wanted of the hop, and the length of the frame.
//! An answer is a [`Status`] and as many bytes of the same buffer as `swap` names.

use crate::calls::{Head, Wishes};

/// Bytes of the header that do not depend on the call.
const FIXED_BYTES: usize = 32 + 8 + 4 + 2 + 2;

/// Bytes before the frame of a hop.
pub(crate) const HOP_HEAD_BYTES: usize = 8;

/// The longest transaction id that goes to a function; longer ones are cut.
const TRANSACTION_ID_MAX_BYTES: usize = 1024;

/// How a call ended, as Java says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A JSON object without a top-level `error`.
    Object,
    /// A JSON object with a top-level `error`.
    ApplicationError,
    /// A JSON array.
    Array,
    /// The function threw or gave no result; the bytes are a message.
    DeveloperError,
    /// The function could not be loaded or initialised; the bytes are a message.
    InitError,
    /// The function called `System.exit` or its like; the bytes are a message.
    Exit,
}

impl Status {
    /// The status behind the number that Java passes, if there is one.
    pub(crate) fn from_java(code: i32) -> Option<Self> {
        Some(match code {
            0 => Self::Object,
            1 => Self::ApplicationError,
            2 => Self::Array,
            3 => Self::DeveloperError,
            4 => Self::InitError,
            5 => Self::Exit,
            _ => return None,
        })
    }
}

/// Bytes that the frame of this call takes.
pub(crate) fn frame_bytes(head: &Head<'_>, payload: &[u8]) -> usize {
    FIXED_BYTES + transaction_id(head).len() + head.api_key.len() + payload.len()
}

/// Writes the frame to the start of `out`, which must hold [`frame_bytes`].
pub(crate) fn write_frame(out: &mut [u8], head: &Head<'_>, payload: &[u8]) {
    let id = transaction_id(head);
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(&head.activation_id);
    put(&head.deadline_epoch_millis.to_be_bytes());
    put(&head.result_limit_bytes.to_be_bytes());
    // The cut keeps the length within two bytes.
    put(&(id.len() as u16).to_be_bytes());
    // A key has a hundred characters, by its maker.
    put(&(head.api_key.len() as u16).to_be_bytes());
    put(id);
    put(head.api_key.as_bytes());
    put(payload);
}

/// Writes what stands before the frame of a hop.
pub(crate) fn write_hop_head(out: &mut [u8], wishes: Wishes, frame_bytes: usize) {
    let bits = u32::from(wishes.carried) | u32::from(wishes.writes) << 1 | u32::from(wishes.keeps) << 2;
    out[..4].copy_from_slice(&bits.to_be_bytes());
    // Bounded by what a lane's buffer may grow to.
    out[4..HOP_HEAD_BYTES].copy_from_slice(&(frame_bytes as u32).to_be_bytes());
}

/// Writes in the place of a hop that there is none, and whether the lane is to ask again.
pub(crate) fn write_hop_end(out: &mut [u8], rests: bool) {
    let bits = u32::from(rests) << 3;
    out[..4].copy_from_slice(&bits.to_be_bytes());
}

fn transaction_id<'a>(head: &Head<'a>) -> &'a [u8] {
    let bytes = head.transaction_id.as_bytes();
    &bytes[..bytes.len().min(TRANSACTION_ID_MAX_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_has_the_layout_that_java_reads() {
        let head = Head {
            activation_id: *b"0123456789abcdef0123456789abcdef",
            deadline_epoch_millis: 0x0102,
            result_limit_bytes: 7,
            transaction_id: "tid",
            api_key: "k:s",
        };
        let payload = b"{\"a\":1}";
        let mut out = vec![0; frame_bytes(&head, payload)];
        write_frame(&mut out, &head, payload);
        assert_eq!(&out[..32], b"0123456789abcdef0123456789abcdef");
        assert_eq!(&out[32..40], &[0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(&out[40..44], &[0, 0, 0, 7]);
        assert_eq!(&out[44..48], &[0, 3, 0, 3]);
        assert_eq!(&out[48..], b"tidk:s{\"a\":1}");
    }

    #[test]
    fn a_long_transaction_id_is_cut() {
        let long = "x".repeat(70_000);
        let head = Head {
            activation_id: [b'0'; 32],
            deadline_epoch_millis: 0,
            result_limit_bytes: 0,
            transaction_id: &long,
            api_key: "",
        };
        assert_eq!(frame_bytes(&head, b""), FIXED_BYTES + TRANSACTION_ID_MAX_BYTES);
    }
}
