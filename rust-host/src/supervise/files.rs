//! Holds the files of functions that run a call against their limit. On a thread of its own: ten thousand files take the file
//! system some milliseconds, in which no deadline of another may be missed.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use flock_jvm::Meter;

use super::watchdog::Shared;

/// How often they are added up.
const TICK: Duration = Duration::from_millis(50);
/// The same while there are no lanes.
const TICK_IDLE: Duration = Duration::from_secs(1);

pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<()> {
    thread::Builder::new().name("files".to_owned()).spawn(move || {
        loop {
            let began = Instant::now();
            shared.running().iter().for_each(Meter::check_files);
            let tick = if shared.lane_count() == 0 { TICK_IDLE } else { TICK };
            // Half of one core at most.
            thread::sleep(tick.max(began.elapsed()));
        }
    })?;
    Ok(())
}
