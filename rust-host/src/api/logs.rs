//! `GET /flock/v1/logs`: the records of a namespace as they are made, as server-sent events.
//!
//! Each event `activation` has a record without its result, and its id as the event's. A client that comes back with the last one
//! in `Last-Event-ID`, as clients of server-sent events do by themselves, gets first what it has missed and is still kept, each
//! record once; if the record of that id is not kept any more, the event `expired` says that there may have been more. The event `open`
//! has an id as well, so that nothing is lost to a client that has seen no record yet. A comment every 15 seconds shows that the
//! host is there. A key sees its own namespace. The stream ends when the client leaves, when the time that it asked for is over,
//! and when the host stops.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures_util::stream::poll_fn;
use tokio::sync::mpsc::{Sender, channel};
use warp::{Reply as _, sse::Event};

use crate::{
    model::ActivationId,
    store::following::{Begin, Following},
};

use super::{Host, activations, auth, error::ApiError, namespaces::only_get, request::Head};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events on their way to one client.
const UNSENT_MAX: usize = 8;
const SECONDS_MAX: u64 = 86_400;
/// The header by which a client says what it has seen.
pub const LAST_EVENT_ID: &str = "Last-Event-ID";

/// See the head of this file.
pub async fn follow(host: &Arc<Host>, head: &Head) -> Result<warp::reply::Response, ApiError> {
    only_get(head)?;
    let identity = auth::authenticate(&host.store, &head.headers)?;
    let action = activations::name(head.query("name"))?;
    let (seconds, seen) = (seconds(head)?, seen(head)?);
    let follower = host
        .store
        .feed
        .follow(identity.namespace.as_str(), host.config.log_streams_max)
        .map_err(ApiError::too_many)?;
    let following = Following::begin(&host.store, follower, action, seen).await?;
    let (events, mut sent) = channel(UNSENT_MAX);
    tokio::spawn(tokio::time::timeout(Duration::from_secs(seconds), hand_on(following, events)));
    let stream = poll_fn(move |context| sent.poll_recv(context));
    let stream = warp::sse::keep_alive().interval(HEARTBEAT).text("heartbeat").stream(stream);
    Ok(warp::sse::reply(stream).into_response())
}

fn seconds(head: &Head) -> Result<u64, ApiError> {
    let Some(text) = head.query("seconds") else { return Ok(SECONDS_MAX) };
    text.parse().ok().filter(|seconds| (1..=SECONDS_MAX).contains(seconds)).ok_or_else(|| {
        ApiError::bad_query(
            "seconds",
            format_args!("The value '{text}' is not in the range of 1 to {SECONDS_MAX}."),
        )
    })
}

/// The record that the client has seen last. An empty header is as none.
fn seen(head: &Head) -> Result<Option<ActivationId>, ApiError> {
    let Some(value) = head.headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    ActivationId::parse(text).map(Some).map_err(|error| {
        ApiError::bad(format!(
            "The header '{LAST_EVENT_ID}' was malformed:\n{error} It is the id of an event."
        ))
    })
}

/// Until there is nothing more, or nobody who wants it.
async fn hand_on(mut following: Following, events: Sender<Result<Event, Infallible>>) {
    // So that the client knows from when on it misses nothing.
    let open = Event::default().event("open").data("{}");
    let first = match following.begin_of() {
        Begin::Now(newest) => vec![open.id(newest.to_string())],
        // The client keeps the id that it came with until it has more.
        Begin::After => vec![open],
        Begin::Expired => vec![open, Event::default().event("expired").data("{}")],
    };
    for event in first {
        if events.send(Ok(event)).await.is_err() {
            return;
        }
    }
    loop {
        let next = tokio::select! {
            next = following.next() => next,
            () = events.closed() => return,
        };
        let record = match next {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(error) => {
                // The client comes back and goes on where it was.
                tracing::warn!(%error, "a stream of records ended early");
                return;
            }
        };
        let event = Event::default().event("activation").data(record.text.clone());
        // What is not kept cannot be found again: the client keeps the id that it has.
        let is_kept = record.position.is_some();
        let event = if is_kept { event.id(record.id.to_string()) } else { event };
        if events.send(Ok(event)).await.is_err() {
            return;
        }
    }
}
