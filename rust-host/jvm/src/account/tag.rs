//! The number that the JVM keeps with a counted object and gives back at its end: which account it counts for, how much, and
//! whether that is memory outside of the heap.

const SLOT_BITS: u32 = 20;
const GENERATION_BITS: u32 = 11;
const WEIGHT_BITS: u32 = 32;
const GENERATION_MASK: u32 = (1 << GENERATION_BITS) - 1;
const UNITS_MAX: u64 = (1 << WEIGHT_BITS) - 1;
/// Weights are counted in units of this many bytes.
const UNIT_BYTES: u64 = 16;

/// Most accounts at a time.
pub(super) const SLOTS: usize = 1 << SLOT_BITS;

/// See the head of this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    /// 0 is no account's.
    pub(super) slot: u32,
    /// The end of the number of its generation.
    generation: u32,
    pub(super) is_outside: bool,
    units: u64,
}

impl Tag {
    /// At least so many bytes, as far as there is room for the number.
    pub(super) fn new(slot: u32, generation: u32, bytes: u64, is_outside: bool) -> Self {
        let units = bytes.div_ceil(UNIT_BYTES).min(UNITS_MAX);
        Self { slot, generation: generation & GENERATION_MASK, is_outside, units }
    }

    pub(super) fn bytes(self) -> u64 {
        self.units * UNIT_BYTES
    }

    /// Is it of this generation, as far as it can be told?
    pub(super) fn is_of(self, generation: u32) -> bool {
        self.generation == generation & GENERATION_MASK
    }

    /// For an object that counts for what both say, all of it outside of the heap. None: they are of different accounts.
    pub(super) fn joined(self, more: Self) -> Option<Self> {
        let is_same = (self.slot, self.generation) == (more.slot, more.generation);
        let units = (self.units + more.units).min(UNITS_MAX);
        is_same.then_some(Self { is_outside: true, units, ..self })
    }

    pub(super) fn encoded(self) -> i64 {
        let owner = u64::from(self.is_outside) << SLOT_BITS | u64::from(self.slot);
        let owner = owner << GENERATION_BITS | u64::from(self.generation);
        (owner << WEIGHT_BITS | self.units).cast_signed()
    }

    pub(super) fn decoded(tag: i64) -> Self {
        let tag = tag.cast_unsigned();
        let part = |from: u32, bits: u32| (tag >> from & ((1 << bits) - 1)) as u32;
        Self {
            slot: part(WEIGHT_BITS + GENERATION_BITS, SLOT_BITS),
            generation: part(WEIGHT_BITS, GENERATION_BITS),
            is_outside: part(WEIGHT_BITS + GENERATION_BITS + SLOT_BITS, 1) == 1,
            units: tag & UNITS_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_reads_back_as_what_it_was() {
        for slot in [1, 7, SLOTS as u32 - 1] {
            for is_outside in [false, true] {
                for bytes in [0, 16, 4096, u64::MAX] {
                    let tag = Tag::new(slot, u32::MAX, bytes, is_outside);
                    assert_eq!(Tag::decoded(tag.encoded()), tag);
                    assert!(tag.is_of(u32::MAX) && !tag.is_of(0));
                }
            }
        }
        assert_eq!(Tag::decoded(1).slot, 0);
        assert_eq!(Tag::new(1, 1, 17, false).bytes(), 32);
    }
}
