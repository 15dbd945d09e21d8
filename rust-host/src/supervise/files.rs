//! Holds the files of functions that run a call, or threads that outlived one, against their limit; what a call has written is looked
//! at when it ends, too. On a thread of its own: ten thousand files take the file
//! system some milliseconds, in which no deadline of another may be missed.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use flock_jvm::Meter;

use super::watchdog::Shared;

/// How often they are added up, on an idle host too: a first call must not have longer than others.
const TICK: Duration = Duration::from_millis(50);

pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<()> {
    thread::Builder::new().name("files".to_owned()).spawn(move || {
        loop {
            let began = Instant::now();
            shared.busy().iter().for_each(Meter::check_files);
            // Half of one core at most.
            thread::sleep(TICK.max(began.elapsed()));
        }
    })?;
    Ok(())
}
