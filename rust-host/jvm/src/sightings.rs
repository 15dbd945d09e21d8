//! Where a thread that has to end was found on top of its stack, try after try.
//!
//! An instruction that can initialise a class does so once. Whoever is found at one that the thread has passed before is
//! in a loop, not on the way into an initialiser.

use std::sync::Mutex;

use crate::lane::lock;

/// Places that are remembered at most; then the memory begins anew.
const PLACES_MAX: usize = 64;
/// No class takes so much CPU from its first use to the first line of its initialiser.
const LINKED_AFTER_NANOS: u64 = 3_000_000;

/// A method and the index of an instruction in it.
pub(crate) type Instruction = (usize, i64);

/// The memory of one thread.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    last: Option<Instruction>,
    /// Counts the changes of place.
    moves: u64,
    places: Vec<Sighting>,
}

#[derive(Debug)]
struct Sighting {
    at: Instruction,
    moves: u64,
    cpu_nanos: u64,
}

impl Sightings {
    /// The thread, which has used so much CPU, was found there. Has it executed that instruction before?
    pub(crate) fn has_passed(&self, at: Instruction, cpu_nanos: u64) -> bool {
        let mut known = lock(&self.known);
        if known.last.replace(at) != Some(at) {
            known.moves += 1;
        }
        let moves = known.moves;
        if let Some(first) = known.places.iter().find(|sighting| sighting.at == at) {
            return first.moves != moves || cpu_nanos.saturating_sub(first.cpu_nanos) > LINKED_AFTER_NANOS;
        }
        if known.places.len() == PLACES_MAX {
            known.places.clear();
        }
        known.places.push(Sighting { at, moves, cpu_nanos });
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Instruction = (1, 10);
    const THERE: Instruction = (1, 20);

    #[test]
    fn a_place_is_passed_when_another_was_seen_since() {
        let seen = Sightings::default();
        assert!(!seen.has_passed(HERE, 0), "the first time");
        assert!(!seen.has_passed(HERE, 0), "it may wait there");
        assert!(!seen.has_passed(THERE, 0));
        assert!(seen.has_passed(HERE, 0));
    }

    #[test]
    fn a_place_is_passed_when_the_thread_has_run_since() {
        let seen = Sightings::default();
        assert!(!seen.has_passed(HERE, 7));
        assert!(!seen.has_passed(HERE, 7 + LINKED_AFTER_NANOS), "a class may take that long");
        assert!(seen.has_passed(HERE, 8 + LINKED_AFTER_NANOS));
    }

    #[test]
    fn the_memory_is_bounded() {
        let seen = Sightings::default();
        for method in 0..1000 {
            assert!(!seen.has_passed((method, 0), 0));
            assert!(lock(&seen.known).places.len() <= PLACES_MAX);
        }
    }
}
