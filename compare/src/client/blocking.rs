//! One connection, one request at a time, on the calling thread: for deployments, first calls, and whatever is not load.
//!
//! Fails when the server closes the connection within an answer, and after `PATIENCE`.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{Place, wire};

/// The longest wait for an answer, or for a process to begin to answer: fifty JVMs that start at once take over a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);
/// Between two tries to reach a process that starts, one of as many as start at once: the tries take no time of theirs.
const RETRY_PAUSE: Duration = Duration::from_millis(1);

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Status and body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)
            .with_context(|| format!("connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a whole request and waits for the whole answer.
    pub(crate) fn call(&mut self, request: &[u8]) -> Result<Reply> {
        self.stream.write_all(request).context("send")?;
        self.buffer.clear();
        let mut piece = [0; 64 << 10];
        loop {
            let count = match self.stream.read(&mut piece) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("no answer"),
            };
            if count == 0 {
                bail!("the server closed the connection");
            }
            self.buffer.extend_from_slice(&piece[..count]);
            if let Some(answer) = wire::parse(&self.buffer)? {
                return Ok(Reply { status: answer.status, body: wire::body(&self.buffer, &answer) });
            }
        }
    }
}

/// Calls until a process that starts answers 200; gives the answer and when it was whole.
pub(crate) fn first_answer(place: &Place, payload: &str) -> Result<(Reply, Instant)> {
    first_answer_of_many(place, payload, 1)
}

/// The same for one of so many processes that start at once.
pub(crate) fn first_answer_of_many(place: &Place, payload: &str, starting: u32) -> Result<(Reply, Instant)> {
    if let Some(initialise) = &place.initialise {
        until_200(place, initialise, starting)?;
    }
    until_200(place, &place.request(payload), starting)
}

fn until_200(place: &Place, request: &[u8], starting: u32) -> Result<(Reply, Instant)> {
    let until = Instant::now() + PATIENCE;
    loop {
        let problem = match Connection::open(place.address).and_then(|mut open| open.call(request)) {
            Ok(reply) if reply.status == 200 => return Ok((reply, Instant::now())),
            Ok(reply) => anyhow::anyhow!("status {}: {}", reply.status, reply.text()),
            Err(error) => error,
        };
        if Instant::now() > until {
            return Err(problem).with_context(|| format!("{} did not answer in time", place.address));
        }
        std::thread::sleep(RETRY_PAUSE * starting);
    }
}
