//! Bytes on a socket, for requests that no client library would send.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::support::Flockd;

/// A connection.
pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The host closed the connection.
    Closed,
    /// An answer is there whole.
    Answered,
    /// Neither, in the time that was given.
    Hangs,
}

impl Wire {
    pub(crate) fn open(host: &Flockd) -> Self {
        Self::open_to(&host.url)
    }

    pub(crate) fn open_to(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Sends bytes; the host may have closed the connection, which is no fault here.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
        self.stream.write_all(bytes).is_ok()
    }

    /// No more will be sent.
    pub(crate) fn finish(&self) {
        // It may be closed already.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads until an answer is whole, the connection closes or the time is over.
    pub(crate) fn read_answer(&mut self, patience: Duration) -> End {
        self.read_until(patience, |read| answer_end(read).is_some())
    }

    /// Reads so many bytes, or fewer where there are no more.
    pub(crate) fn read_some(&mut self, bytes: usize) {
        let enough = self.read.len() + bytes;
        self.read_until(Duration::from_secs(10), |read| read.len() >= enough);
    }

    /// Reads until the connection closes or the time is over.
    pub(crate) fn read_all(&mut self, patience: Duration) -> End {
        self.read_until(patience, |_| false)
    }

    fn read_until(&mut self, patience: Duration, is_enough: impl Fn(&[u8]) -> bool) -> End {
        let deadline = Instant::now() + patience;
        let mut piece = [0; 16 * 1024];
        loop {
            if is_enough(&self.read) {
                return End::Answered;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return End::Hangs;
            }
            self.stream.set_read_timeout(Some(left)).unwrap();
            match self.stream.read(&mut piece) {
                Ok(0) => return End::Closed,
                Ok(length) => self.read.extend_from_slice(&piece[..length]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return End::Closed,
            }
        }
    }

    /// The status of the first answer.
    pub(crate) fn status(&self) -> Option<u16> {
        statuses(&self.read).first().copied()
    }

    /// The status of each answer, in order.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        statuses(&self.read)
    }

    /// All that was read, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.read).into_owned()
    }
}

/// The head of a request with the credentials of the host, without the empty line at its end.
pub(crate) fn head(host: &Flockd, method: &str, path: &str) -> String {
    let auth = STANDARD.encode(&host.auth);
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Basic {auth}\r\n")
}

/// A whole request with a JSON body.
pub(crate) fn request(host: &Flockd, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(host, method, path).into_bytes();
    let length = body.len();
    bytes.extend_from_slice(
        format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n").as_bytes(),
    );
    bytes.extend_from_slice(body);
    bytes
}

/// Where the first answer ends, if it is whole. Flock's answers have a length; interim answers (1xx) do not count.
fn answer_end(read: &[u8]) -> Option<usize> {
    let head = read.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    if text.starts_with("http/1.1 1") {
        return answer_end(&read[head..]).map(|end| head + end);
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse::<usize>().unwrap_or(0));
    (read.len() >= head + length).then_some(head + length)
}

fn statuses(read: &[u8]) -> Vec<u16> {
    let mut all = Vec::new();
    let mut rest = read;
    while let Some(status) = rest.strip_prefix(b"HTTP/1.").and_then(|line| line.get(2..5)) {
        all.push(String::from_utf8_lossy(status).parse().unwrap_or(0));
        match answer_end(rest) {
            Some(end) => rest = &rest[end..],
            None => break,
        }
    }
    all
}
