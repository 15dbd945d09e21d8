//! `GET /flock/v1/logs`: the records of a namespace as they are made, as server-sent events.
//!
//! Each event `activation` has a record without its result; `missed` says how many a slow reader has lost. A comment every 15
//! seconds shows that the host is there. A key sees its own namespace. The stream ends when the client leaves, when the time that
//! it asked for is over, and when the host stops.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures_util::stream::poll_fn;
use tokio::sync::mpsc::{Sender, channel};
use warp::{Reply as _, sse::Event};

use crate::{
    model::Activation,
    store::feed::{Followed, Follower},
};

use super::{Host, activations, auth, error::ApiError, namespaces::only_get, request::Head};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events on their way to one client.
const UNSENT_MAX: usize = 8;
const SECONDS_MAX: u64 = 86_400;

/// See the head of this file.
pub async fn follow(host: &Arc<Host>, head: &Head) -> Result<warp::reply::Response, ApiError> {
    only_get(head)?;
    let identity = auth::authenticate(&host.store, &head.headers)?;
    let action = activations::name(head.query("name"))?;
    let seconds = seconds(head)?;
    let follower = host
        .store
        .feed
        .follow(identity.namespace.as_str(), action, host.config.log_streams_max)
        .map_err(ApiError::too_many)?;
    let (events, mut sent) = channel(UNSENT_MAX);
    tokio::spawn(tokio::time::timeout(Duration::from_secs(seconds), hand_on(follower, events)));
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

/// Until there is nothing more, or nobody who wants it.
async fn hand_on(mut follower: Follower, events: Sender<Result<Event, Infallible>>) {
    // So that the client knows from when on it misses nothing.
    if events.send(Ok(Event::default().event("open").data("{}"))).await.is_err() {
        return;
    }
    loop {
        let next = tokio::select! {
            next = follower.next() => next,
            () = events.closed() => return,
        };
        let event = match next {
            Some(Followed::Record(record)) => {
                Event::default().event("activation").id(record.id.to_string()).data(without_result(&record))
            }
            Some(Followed::Missed(count)) => Event::default().event("missed").data(count.to_string()),
            None => return,
        };
        if events.send(Ok(event)).await.is_err() {
            return;
        }
    }
}

fn without_result(record: &Activation) -> String {
    format!("{},\"logs\":{}}}", record.summary_open_json(), record.logs_json())
}
