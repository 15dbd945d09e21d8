//! Threads that unpack and compile code: each takes memory and a core, so they are few at a time, and stand back behind those
//! of functions.

use std::{io, sync::Arc, thread};

use tokio::sync::{Semaphore, oneshot};

/// At a time.
const MOST: usize = 2;

/// See the head of this file.
#[derive(Debug, Clone)]
pub struct Makers(Arc<Semaphore>);

impl Default for Makers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }
}

impl Makers {
    /// Runs work on such a thread and gives what came of it. The work goes on, and keeps its place, when nobody waits any more.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(io::Error::other)?;
        let (tell, told) = oneshot::channel();
        thread::Builder::new().name("image".to_owned()).spawn(move || {
            flock_jvm::stand_back();
            let made = work();
            // The next one may begin, whether or not this one's client still waits.
            drop(place);
            let _ = tell.send(made);
        })?;
        told.await.map_err(io::Error::other)
    }
}
