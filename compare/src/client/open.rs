//! The open loop: requests are due at fixed times, whatever the answers do, and a wait counts from when its request was due.
//!
//! So a pause of the server costs every call that fell into it, as it would cost its callers (no coordinated omission). Threads that
//! block take the due times in turn; when all of them wait for answers the next request is late, and that lateness counts too.
//! A sleep ends some 60 us late on a common kernel: the client adds that much to each figure, for every target alike.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

use super::{Place, blocking::Connection, closed::Load};

/// Sends so many requests a second for so long, over at most so many connections.
pub(crate) fn run(
    place: &Place,
    request: &[u8],
    per_second: u64,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    let gap_nanos = 1_000_000_000 / per_second.max(1);
    let count = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX) / gap_nanos.max(1);
    let next = AtomicU64::new(0);
    let whole = Mutex::new(Load { seconds: time.as_secs_f64(), ..Load::default() });
    let begin = Instant::now() + Duration::from_millis(20);
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let part = drive(place, request, &next, count, begin, gap_nanos);
                if let Ok(mut load) = whole.lock() {
                    load.nanos.extend(part.nanos);
                    load.failures += part.failures;
                    load.first_failure = load.first_failure.take().or(part.first_failure);
                }
            });
        }
    });
    whole.into_inner().map_err(|_| anyhow!("a thread of the client ended"))
}

fn drive(
    place: &Place,
    request: &[u8],
    next: &AtomicU64,
    count: u64,
    begin: Instant,
    gap_nanos: u64,
) -> Load {
    let mut load = Load::default();
    let mut open: Option<Connection> = None;
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= count {
            return load;
        }
        let due = begin + Duration::from_nanos(at * gap_nanos);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let outcome = (|| {
            let mut connection = match open.take() {
                Some(connection) => connection,
                None => Connection::open(place.address)?,
            };
            let reply = connection.call(request)?;
            Ok::<_, anyhow::Error>((reply, connection))
        })();
        match outcome {
            Ok((reply, connection)) => {
                if reply.status == 200 {
                    load.nanos.push(u64::try_from(due.elapsed().as_nanos()).unwrap_or(u64::MAX));
                } else {
                    load.failures += 1;
                    load.first_failure
                        .get_or_insert_with(|| format!("status {}: {}", reply.status, reply.text()));
                }
                open = place.keep_alive.then_some(connection);
            }
            Err(error) => {
                load.failures += 1;
                load.first_failure.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }
}
