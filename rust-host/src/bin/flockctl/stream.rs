//! Follows activations by the host's stream of server-sent events, where it has one.
//!
//! The stream is read on a thread of its own, so that the time that somebody gave is kept while nothing comes. When it breaks off,
//! it is opened again with the id of the last event, so that the host goes on after it; a few times in a row, and each time is
//! told. Of a host without such a stream, or without ids in it, the caller asks again and again ([`crate::follow`]).

use std::io::{BufRead, BufReader, Read as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::Session;
use crate::failure::{Failure, Kind};
use crate::names::query;
use crate::records::Record;

const PATH: &str = "/flock/v1/logs";
/// A line of the stream is one record with its log lines.
const MAX_LINE_BYTES: u64 = 64 << 20;
/// Events that wait for whoever prints them.
const UNREAD_MAX: usize = 16;
/// How often a broken stream is opened again in a row.
const TRIES: u32 = 5;
/// The pause before the first of them; each further one is twice as long.
const PAUSE: Duration = if cfg!(test) { Duration::from_millis(1) } else { Duration::from_millis(500) };
/// A stream that held so long, or that brought a record, was a good one.
const GOOD: Duration = Duration::from_secs(5);

/// How following by the stream ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The time is over.
    Time,
    /// The host has no such stream.
    NoStream,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    Open,
    Activation,
    Expired,
}

#[derive(Debug, PartialEq, Eq)]
struct Event {
    what: What,
    id: Option<String>,
    data: String,
}

/// How reading one stream ended.
enum Ended {
    Time,
    Broken { was_good: bool },
}

/// Until when, if somebody has given a time.
#[derive(Clone, Copy)]
struct Until(Option<Instant>);

impl Until {
    fn left(self) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Sleeps; false: the time is over before.
    fn sleep(self, pause: Duration) -> bool {
        let left = self.left().unwrap_or(pause);
        std::thread::sleep(pause.min(left));
        left > pause || self.0.is_none()
    }
}

/// Calls `each` for every record of an action until time is up or the host has no stream.
pub(crate) fn run(
    session: &Session,
    name: &str,
    limit: Option<Duration>,
    mut each: impl FnMut(&Record, &str) -> Result<(), Failure>,
) -> Result<End, Failure> {
    let until = Until(limit.map(|limit| Instant::now() + limit));
    let path = format!("{PATH}{}", query(&[("name", Some(name.to_owned()))]));
    let mut seen: Option<String> = None;
    let mut tries = 0;
    loop {
        let opened = session.client.events(&path, seen.as_deref());
        let why = match opened {
            Ok(Some(stream)) => {
                if seen.is_none() {
                    session.output.hint(&format!("following {name}; end with Ctrl-C"));
                }
                let (events, read) = sync_channel(UNREAD_MAX);
                std::thread::spawn(move || hand_on(stream, &events));
                match read_one(session, &read, until, &mut seen, &mut each)? {
                    Ended::Time => return Ok(End::Time),
                    Ended::Broken { was_good: true } => tries = 0,
                    Ended::Broken { was_good: false } => {}
                }
                None
            }
            Ok(None) => None,
            Err(failure) if seen.is_some() && failure.kind == Kind::Unreachable => Some(failure),
            Err(failure) => return Err(failure),
        };
        // Without an id nobody can say where to go on.
        if seen.is_none() {
            return Ok(End::NoStream);
        }
        if tries == TRIES {
            return why.map_or(Ok(End::NoStream), Err);
        }
        tries += 1;
        session
            .output
            .note(&format!("the stream of {name} broke off; opening it again ({tries} of {TRIES})"));
        if !until.sleep(PAUSE * 2_u32.pow(tries - 1)) {
            return Ok(End::Time);
        }
    }
}

/// Reads a stream until it breaks off. `seen` is the id of the last event.
fn read_one(
    session: &Session,
    read: &Receiver<Event>,
    until: Until,
    seen: &mut Option<String>,
    each: &mut impl FnMut(&Record, &str) -> Result<(), Failure>,
) -> Result<Ended, Failure> {
    let began = Instant::now();
    let mut was_good = false;
    loop {
        let event = match until.left() {
            None => read.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(left) => read.recv_timeout(left),
        };
        let event = match event {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => return Ok(Ended::Time),
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Ended::Broken { was_good: was_good || began.elapsed() >= GOOD });
            }
        };
        match event.what {
            What::Open => {}
            What::Activation => {
                was_good = true;
                if let Some(record) = Record::parse(&event.data) {
                    each(&record, &event.data)?;
                }
            }
            What::Expired => session.output.note(
                "the host does not keep the run any more that was shown last: there may have been others that are not shown",
            ),
        }
        if event.id.is_some() {
            *seen = event.id;
        }
    }
}

/// Until the stream ends, is no such stream, or nobody reads on.
fn hand_on(stream: impl std::io::Read, events: &SyncSender<Event>) {
    let mut lines = BufReader::new(stream);
    let (mut kind, mut data, mut id) = (String::new(), String::new(), None);
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
            Some(("id", value)) => id = Some(value.trim_start().to_owned()),
            _ if line.is_empty() => {
                let (kind, data, id) = (std::mem::take(&mut kind), std::mem::take(&mut data), id.take());
                let what = match kind.as_str() {
                    "open" => What::Open,
                    "activation" => What::Activation,
                    "expired" => What::Expired,
                    // A heartbeat, or what a later host sends.
                    _ => continue,
                };
                if events.send(Event { what, id, data }).is_err() {
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
    use crate::client::tests::{client, fake_host, http};
    use crate::output::{Output, Reader};

    #[test]
    fn events_are_read_and_a_cut_one_is_none() {
        let text = ":heartbeat\n\nevent:open\ndata:{}\nid:0\n\nevent: activation\r\nid: 1\r\ndata: {\"a\":1}\r\n\r\n\
                    event:later\ndata:x\nid:2\n\nevent:expired\ndata:{}\n\nevent:activation\ndata:{\"cut\"";
        let (events, read) = sync_channel(UNREAD_MAX);
        hand_on(text.as_bytes(), &events);
        drop(events);
        let all: Vec<Event> = read.into_iter().collect();
        let event = |what, id: Option<&str>, data: &str| Event {
            what,
            id: id.map(str::to_owned),
            data: data.to_owned(),
        };
        assert_eq!(
            all,
            [
                event(What::Open, Some("0"), "{}"),
                event(What::Activation, Some("1"), "{\"a\":1}"),
                event(What::Expired, None, "{}"),
            ]
        );
    }

    fn stream(events: &str) -> String {
        http("200 OK", "content-type: text/event-stream\r\n", events)
    }

    fn activation(id: &str) -> String {
        format!(
            "event:activation\ndata:{{\"activationId\":\"{id}\",\"start\":1,\"name\":\"h\"}}\nid:{id}\n\n"
        )
    }

    /// What is given out, how it ends, and the heads of the requests.
    fn follow(answers: Vec<String>) -> (Vec<String>, Result<End, Failure>, Vec<String>) {
        let (url, host) = fake_host(answers);
        let session = Session {
            client: client(&url, Some("u:k")),
            output: Output::new(Reader::Program),
            namespace: "_".into(),
        };
        let mut given = Vec::new();
        let end = run(&session, "h", None, |record, _| {
            given.push(record.activation_id.clone());
            Ok(())
        });
        let heads = host.join().expect("the host ends").into_iter().map(|seen| seen.head).collect();
        (given, end, heads)
    }

    #[test]
    fn a_broken_stream_goes_on_after_the_last_event_and_not_for_ever() {
        let open = "event:open\ndata:{}\nid:o\n\n";
        let (given, end, heads) = follow(vec![
            stream(open),
            // The host may be away for a moment.
            http("503 Service Unavailable", "", "{}"),
            stream(&("event:open\ndata:{}\n\n".to_owned() + &activation("a") + &activation("b"))),
            stream(&activation("c")),
        ]);
        assert_eq!(given, ["a", "b", "c"]);
        let asked: Vec<Option<&str>> = heads
            .iter()
            .map(|head| head.split("last-event-id: ").nth(1).and_then(|rest| rest.split("\r\n").next()))
            .collect();
        assert_eq!(asked, [None, Some("o"), Some("o"), Some("b")]);
        assert_eq!(end.expect_err("the host is gone").kind, Kind::Unreachable);
        // A host that always ends at once is asked so often, too.
        let mut answers = vec![stream(open)];
        answers.resize(1 + TRIES as usize, stream("event:open\ndata:{}\n\n"));
        assert_eq!(follow(answers).1.expect("it answers"), End::NoStream);
    }

    #[test]
    fn a_host_without_streams_or_ids_is_asked_once() {
        for answer in [http("404 Not Found", "", "{}"), stream("event:open\ndata:{}\n\n")] {
            assert_eq!(follow(vec![answer]).1.expect("it answers"), End::NoStream);
        }
    }
}
