//! Follows activations by the host's stream of server-sent events, where it has one.
//!
//! The stream is read on a thread of its own, so that the time that somebody gave is kept while nothing comes. When it breaks off,
//! the caller goes on by asking ([`crate::follow`]), which tells what became of the host.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::Session;
use crate::failure::Failure;
use crate::names::query;
use crate::records::Record;

const PATH: &str = "/flock/v1/logs";
/// A line of the stream is one record with its log lines.
const MAX_LINE_BYTES: u64 = 64 << 20;
/// Events that wait for whoever prints them.
const UNREAD_MAX: usize = 16;

/// How following by the stream ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The time is over.
    Time,
    /// The host has no such stream, or it broke off.
    NoStream,
}

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Open,
    Activation(String),
    Missed(String),
}

/// Calls `each` for every record of an action until time is up or the stream ends.
pub(crate) fn run(
    session: &Session,
    name: &str,
    limit: Option<Duration>,
    mut each: impl FnMut(&Record, &str) -> Result<(), Failure>,
) -> Result<End, Failure> {
    let started = Instant::now();
    let flags = query(&[("name", Some(name.to_owned()))]);
    let Some(stream) = session.client.events(&format!("{PATH}{flags}"))? else { return Ok(End::NoStream) };
    let (events, read) = sync_channel(UNREAD_MAX);
    std::thread::spawn(move || hand_on(stream, &events));
    loop {
        let left = limit.map_or(Duration::MAX, |limit| limit.saturating_sub(started.elapsed()));
        let event = if left == Duration::MAX {
            read.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            read.recv_timeout(left)
        };
        match event {
            Ok(Event::Open) => session.output.hint(&format!("following {name}; end with Ctrl-C")),
            Ok(Event::Activation(text)) => {
                if let Some(record) = Record::parse(&text) {
                    each(&record, &text)?;
                }
            }
            Ok(Event::Missed(count)) => {
                session
                    .output
                    .hint(&format!("{count} runs were not shown: they came faster than they were read"));
            }
            Err(RecvTimeoutError::Timeout) => return Ok(End::Time),
            Err(RecvTimeoutError::Disconnected) => return Ok(End::NoStream),
        }
    }
}

/// Until the stream ends, is no such stream, or nobody reads on.
fn hand_on(stream: impl Read, events: &SyncSender<Event>) {
    let mut lines = BufReader::new(stream);
    let (mut kind, mut data) = (String::new(), String::new());
    loop {
        let mut line = Vec::new();
        let read = lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) || line.last() != Some(&b'\n') {
            return;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\n', '\r']);
        match line.split_once(':') {
            Some(("event", value)) => kind = value.trim_start().to_owned(),
            Some(("data", value)) => data.push_str(value.trim_start()),
            _ if line.is_empty() => {
                let (kind, data) = (std::mem::take(&mut kind), std::mem::take(&mut data));
                let event = match kind.as_str() {
                    "open" => Event::Open,
                    "activation" => Event::Activation(data),
                    "missed" => Event::Missed(data),
                    // A heartbeat, or what a later host sends.
                    _ => continue,
                };
                if events.send(event).is_err() {
                    return;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_and_a_cut_one_is_none() {
        let text = ":heartbeat\n\nevent:open\ndata:{}\n\nevent: activation\r\nid: 1\r\ndata: {\"a\":1}\r\n\r\n\
                    event:later\ndata:x\n\nevent:missed\ndata:3\n\nevent:activation\ndata:{\"cut\"";
        let (events, read) = sync_channel(UNREAD_MAX);
        hand_on(text.as_bytes(), &events);
        drop(events);
        let all: Vec<Event> = read.into_iter().collect();
        assert_eq!(all, [Event::Open, Event::Activation("{\"a\":1}".into()), Event::Missed("3".into())]);
    }
}
