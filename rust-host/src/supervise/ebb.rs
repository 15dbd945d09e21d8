//! When is memory given back? After much ran or was loaded, as soon as that is over; after little, once the host has been
//! quiet for a while. A host where nothing was loaded or deployed since the last time has nothing to give.

use std::time::{Duration, Instant};

/// A burst of calls is over when nothing runs and so many lanes have ended that only this part of them is left.
const BURST_LANES: usize = 256;
const BURST_LEFT: usize = 8;
/// So many functions were loaded since memory was given back, and no lane is left: it is time to do so again.
const BURST_LOADS: u64 = 256;
/// So long nothing ran, was loaded or deployed, and something had been: the time has come as well.
const QUIET: Duration = Duration::from_secs(10);

/// What a host does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Lanes whose thread lives.
    pub lanes: usize,
    /// Calls that run or wait.
    pub in_flight: u64,
    /// Instances loaded since the start.
    pub loaded: u64,
    /// Images made since the start.
    pub deployed: u64,
}

/// See the head of this file.
#[derive(Debug)]
pub struct Ebb {
    /// The start left more than most bursts do.
    has_woven: bool,
    most_lanes: usize,
    /// At the look that had memory given back last.
    given: Seen,
    /// At the last look, and since when it has been so.
    seen: Seen,
    since: Instant,
}

impl Ebb {
    /// Of a host that has just started.
    pub fn new(has_woven: bool, now: Instant) -> Self {
        let nothing = Seen { lanes: 0, in_flight: 0, loaded: 0, deployed: 0 };
        Self { has_woven, most_lanes: 0, given: nothing, seen: nothing, since: now }
    }

    /// To be asked about once a second. True: memory is to be given back now.
    pub fn has_come(&mut self, seen: Seen, now: Instant) -> bool {
        self.most_lanes = self.most_lanes.max(seen.lanes);
        if seen != self.seen {
            (self.seen, self.since) = (seen, now);
        }
        let have_run = self.most_lanes >= BURST_LANES && seen.lanes <= self.most_lanes / BURST_LEFT;
        let have_loaded = seen.loaded - self.given.loaded >= BURST_LOADS && seen.lanes == 0;
        let has_work = (seen.loaded, seen.deployed) != (self.given.loaded, self.given.deployed);
        let is_quiet = seen.lanes == 0 && now.duration_since(self.since) >= QUIET;
        let has_come =
            seen.in_flight == 0 && (self.has_woven || have_run || have_loaded || has_work && is_quiet);
        if has_come {
            (self.has_woven, self.most_lanes, self.given) = (false, seen.lanes, seen);
        }
        has_come
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Seen = Seen { lanes: 0, in_flight: 0, loaded: 0, deployed: 0 };

    /// At which of these looks, a second apart, memory is given back.
    fn given(has_woven: bool, looks: impl IntoIterator<Item = Seen>) -> Vec<usize> {
        let began = Instant::now();
        let mut ebb = Ebb::new(has_woven, began);
        let mut at = began;
        let came = looks.into_iter().enumerate().filter(|(_, seen)| {
            at += Duration::from_secs(1);
            ebb.has_come(*seen, at)
        });
        came.map(|(look, _)| look).collect()
    }

    #[test]
    fn a_host_that_did_nothing_has_nothing_to_give_but_what_its_start_left() {
        assert!(given(false, [IDLE; 100]).is_empty());
        assert_eq!(given(true, [IDLE; 100]), [0]);
        let busy = Seen { in_flight: 1, ..IDLE };
        assert_eq!(given(true, [busy, busy, IDLE, IDLE]), [2]);
    }

    #[test]
    fn a_burst_of_lanes_or_of_loads_is_over_when_it_ends() {
        let lanes = |lanes| Seen { lanes, loaded: 1, ..IDLE };
        assert_eq!(given(false, [lanes(256), lanes(33), lanes(32), lanes(31), lanes(0)]), [2]);
        assert!(given(false, [lanes(255), lanes(31), lanes(0)]).is_empty());
        let loads = |loaded, lanes| Seen { loaded, lanes, ..IDLE };
        assert_eq!(given(false, [loads(256, 1), loads(256, 0), loads(511, 0), loads(512, 0)]), [1, 3]);
    }

    #[test]
    fn what_little_was_loaded_or_deployed_is_given_back_once_it_is_quiet() {
        let quiet = usize::try_from(QUIET.as_secs()).unwrap_or_default();
        for little in [Seen { loaded: 1, ..IDLE }, Seen { deployed: 1, ..IDLE }] {
            assert_eq!(given(false, [little; 100]), [quiet]);
            // A lane that waits may get its next call at any moment.
            assert!(given(false, [Seen { lanes: 1, ..little }; 100]).is_empty());
        }
        // Whatever goes on begins the wait anew.
        let one = Seen { loaded: 1, ..IDLE };
        let two = Seen { loaded: 2, ..IDLE };
        assert_eq!(given(false, [vec![one; 5], vec![two; 100]].concat()), [5 + quiet]);
    }
}
