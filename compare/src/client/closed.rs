//! The closed loop: one thread drives all connections, and each waits for its answer before it sends again.
//!
//! An answer other than 200, and a connection that breaks, is a failure: it is counted, is no sample, and the connection is opened anew.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;

use super::{Place, blocking::PATIENCE, wire};

/// What a loop did.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// From the first byte sent to the last byte received.
    pub(crate) nanos: Vec<u64>,
    pub(crate) seconds: f64,
    pub(crate) failures: u64,
    pub(crate) first_failure: Option<String>,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.nanos.len() as f64 / self.seconds } else { 0.0 }
    }
}

/// Calls over so many connections, each with a request of its own out of these in turn, for so long. What ends during the
/// warm-up before it is no sample.
pub(crate) fn run(
    calls: &[(Place, Vec<u8>)],
    connections: usize,
    warm_up: Duration,
    time: Duration,
) -> Result<Load> {
    if calls.is_empty() {
        bail!("nothing to call");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let begin = Instant::now() + warm_up;
    let end = begin + time;
    let whole = async {
        let tasks: Vec<_> = (0..connections)
            .map(|at| {
                let (place, request) = calls[at % calls.len()].clone();
                tokio::spawn(drive(place, request, begin, end))
            })
            .collect();
        let mut load = Load { seconds: time.as_secs_f64(), ..Load::default() };
        for task in tasks {
            let part = task.await.context("a task of the client ended")?;
            load.nanos.extend(part.nanos);
            load.failures += part.failures;
            load.first_failure = load.first_failure.or(part.first_failure);
        }
        Ok(load)
    };
    runtime.block_on(async {
        tokio::time::timeout(warm_up + time + PATIENCE, whole)
            .await
            .context("the load did not end in time")?
    })
}

async fn drive(place: Place, request: Vec<u8>, begin: Instant, end: Instant) -> Load {
    let mut load = Load::default();
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut open: Option<TcpStream> = None;
    while Instant::now() < end {
        let sent = Instant::now();
        let outcome = async {
            let stream = match open.take() {
                Some(stream) => stream,
                None => {
                    let stream = TcpStream::connect(place.address).await?;
                    stream.set_nodelay(true)?;
                    stream
                }
            };
            let answer = exchange(&stream, &request, &mut buffer).await?;
            Ok::<_, anyhow::Error>((answer, stream))
        }
        .await;
        let now = Instant::now();
        match outcome {
            Ok((answer, stream)) => {
                if place.keep_alive && !answer.closes {
                    open = Some(stream);
                }
                if answer.status != 200 {
                    load.failures += 1;
                    let text = String::from_utf8_lossy(&wire::body(&buffer, &answer)).into_owned();
                    load.first_failure.get_or_insert_with(|| format!("status {}: {text}", answer.status));
                } else if sent >= begin && now <= end {
                    load.nanos.push(u64::try_from((now - sent).as_nanos()).unwrap_or(u64::MAX));
                }
            }
            Err(error) => {
                load.failures += 1;
                load.first_failure.get_or_insert_with(|| format!("{error:#}"));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    load
}

async fn exchange(stream: &TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Result<wire::Answer> {
    let mut sent = 0;
    while sent < request.len() {
        match stream.try_write(&request[sent..]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error).context("send"),
        }
    }
    buffer.clear();
    loop {
        match stream.try_read_buf(buffer) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(_) => {
                if let Some(answer) = wire::parse(buffer)? {
                    return Ok(answer);
                }
                if buffer.len() == buffer.capacity() {
                    buffer.reserve(buffer.len());
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.readable().await?,
            Err(error) => return Err(error).context("no answer"),
        }
    }
}
