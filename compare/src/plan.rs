//! How much is measured: a quick run that looks whether every part works, and a full one whose figures are to be read.

use std::time::Duration;

use crate::{
    store::Record,
    target::Running,
    work::{Case, Work},
};

/// The numbers of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) name: &'static str,
    pub(crate) rounds: usize,
    pub(crate) minutes_max: u64,
    pub(crate) warm_up_millis: u64,
    pub(crate) time_millis: u64,
    /// Cold functions of a host in a round, and cold processes.
    pub(crate) cold_functions: usize,
    /// Of functions with libraries; 0 leaves them out.
    pub(crate) cold_functions_large: usize,
    pub(crate) cold_processes: usize,
    /// So many of the three sizes of echo.
    pub(crate) echo_sizes: usize,
    pub(crate) connections: &'static [usize],
    pub(crate) rates: &'static [usize],
    pub(crate) hops: &'static [usize],
    /// In bytes, beside 1 KB.
    pub(crate) chain_sizes: &'static [&'static str],
    pub(crate) later_calls: usize,
    /// Cold functions that are called at once.
    pub(crate) burst: &'static [usize],
    /// Deployments under load, and calls that run into their timeout.
    pub(crate) replacements: usize,
    pub(crate) timeouts: usize,
    /// Turns of the harness and of wrk.
    pub(crate) wrk_turns: usize,
    pub(crate) mix_functions: usize,
    /// So many of the further functions.
    pub(crate) shapes: usize,
    /// So many of the four cases of the noisy neighbour.
    pub(crate) neighbours: usize,
    /// Functions whose memory is measured.
    pub(crate) functions: &'static [usize],
}

/// About a minute.
pub(crate) const QUICK: Scale = Scale {
    name: "quick",
    rounds: 1,
    minutes_max: 10,
    warm_up_millis: 700,
    time_millis: 700,
    cold_functions: 30,
    cold_functions_large: 0,
    cold_processes: 5,
    echo_sizes: 1,
    connections: &[1, 8, 32],
    rates: &[500],
    hops: &[2, 10],
    chain_sizes: &["100000"],
    later_calls: 500,
    burst: &[5],
    replacements: 5,
    timeouts: 3,
    wrk_turns: 1,
    mix_functions: 5,
    shapes: 1,
    neighbours: 2,
    functions: &[1, 10],
};

/// To be read.
pub(crate) const FULL: Scale = Scale {
    name: "full",
    rounds: 3,
    minutes_max: 180,
    warm_up_millis: 1_500,
    time_millis: 1_500,
    cold_functions: 200,
    cold_functions_large: 20,
    cold_processes: 10,
    echo_sizes: 3,
    connections: &[1, 8, 32, 128, 256],
    rates: &[500, 2_000],
    hops: &[2, 5, 10, 50, 100],
    chain_sizes: &["100000", "1000000"],
    later_calls: 10_000,
    burst: &[10, 50],
    replacements: 20,
    timeouts: 20,
    wrk_turns: 5,
    mix_functions: 25,
    shapes: 8,
    neighbours: 4,
    functions: &[1, 10, 100, 1_000, 10_000],
};

impl Scale {
    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_millis(self.warm_up_millis)
    }

    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.time_millis)
    }
}

/// One measurement.
#[derive(Clone)]
pub(crate) struct Cell {
    pub(crate) work: &'static Work,
    pub(crate) case: Case,
    /// Among the targets of the run.
    pub(crate) target: usize,
    pub(crate) target_name: String,
    pub(crate) round: usize,
}

impl Cell {
    /// Whether a record is this cell's.
    pub(crate) fn is(&self, record: &Record) -> bool {
        (self.work.name, self.case.name.as_str(), self.target_name.as_str(), self.round)
            == (record.work.as_str(), record.case.as_str(), record.target.as_str(), record.round)
    }

    pub(crate) fn title(&self) -> String {
        format!("{}: {}, {}, round {}", self.work.name, self.case.name, self.target_name, self.round)
    }
}

/// All measurements in their order: each case on one target after the other, and the order of targets moves by one each round.
pub(crate) fn cells(works: &[&'static Work], scale: &Scale, targets: &[Running]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for work in works {
        for round in 1..=scale.rounds {
            for case in (work.cases)(scale) {
                for at in 0..targets.len() {
                    let target = (at + round - 1) % targets.len();
                    let about = targets[target].target.about();
                    if (work.fits)(&about, &case) {
                        let target_name = targets[target].name();
                        cells.push(Cell { work, case: case.clone(), target, target_name, round });
                    }
                }
            }
        }
    }
    cells
}
