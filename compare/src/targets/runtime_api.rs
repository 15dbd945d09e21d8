//! The part of AWS Lambda's Runtime API that its runtime interface client asks for, with a front that callers POST to.
//!
//! It is this program again, with a hidden command, so that it does not run on the client's thread. A caller's request waits until
//! the client polls for the next invocation; what the client posts is the caller's answer. The client works one call at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Result;
use bytes::Bytes;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use warp::{
    Filter,
    http::{Response, StatusCode},
};

/// The hidden command.
pub(crate) const COMMAND: &str = "serve-runtime-api";
const FUNCTION_TIME: Duration = Duration::from_secs(60);

type Caller = oneshot::Sender<(StatusCode, Bytes)>;

struct Invocation {
    payload: Bytes,
    answer: Caller,
}

/// Calls that wait for the client, and those that it works on.
struct Desk {
    next: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    open: Mutex<(u64, HashMap<String, Caller>)>,
}

/// What the hidden command does, until it is ended.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let (calls, waiting) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk { next: AsyncMutex::new(waiting), open: Mutex::default() });
        let root = warp::path!("2018-06-01" / "runtime" / ..);
        let with_desk = {
            let desk = Arc::clone(&desk);
            warp::any().map(move || Arc::clone(&desk))
        };
        let front = warp::post()
            .and(warp::path::end())
            .and(warp::body::bytes())
            .and(warp::any().map(move || calls.clone()))
            .then(call);
        let next =
            root.and(warp::path!("invocation" / "next")).and(warp::get()).and(with_desk.clone()).then(next);
        let response = root
            .and(warp::path!("invocation" / String / String))
            .and(warp::post())
            .and(warp::body::bytes())
            .and(with_desk)
            .map(answer);
        let failed = root.and(warp::path!("init" / "error")).and(warp::body::bytes()).map(|body: Bytes| {
            eprintln!("initialisation failed: {}", String::from_utf8_lossy(&body));
            respond(StatusCode::ACCEPTED, Bytes::new())
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        warp::serve(front.or(next).or(response).or(failed)).incoming(listener).run().await;
        Ok(())
    })
}

async fn call(payload: Bytes, calls: mpsc::UnboundedSender<Invocation>) -> Response<Bytes> {
    let (sender, answer) = oneshot::channel();
    if calls.send(Invocation { payload, answer: sender }).is_err() {
        return respond(StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
    }
    match answer.await {
        Ok((status, body)) => respond(status, body),
        Err(_) => respond(StatusCode::BAD_GATEWAY, Bytes::new()),
    }
}

async fn next(desk: Arc<Desk>) -> Response<Bytes> {
    let Some(invocation) = desk.next.lock().await.recv().await else {
        return respond(StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
    };
    let id = {
        let Ok(mut open) = desk.open.lock() else {
            return respond(StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
        };
        open.0 += 1;
        let id = format!("call-{}", open.0);
        open.1.insert(id.clone(), invocation.answer);
        id
    };
    let deadline = std::time::UNIX_EPOCH.elapsed().unwrap_or_default() + FUNCTION_TIME;
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:local:0:function:compared");
    response
        .body(invocation.payload)
        .unwrap_or_else(|_| respond(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()))
}

fn answer(id: String, what: String, body: Bytes, desk: Arc<Desk>) -> Response<Bytes> {
    let caller = desk.open.lock().ok().and_then(|mut open| open.1.remove(&id));
    let Some(caller) = caller else { return respond(StatusCode::NOT_FOUND, Bytes::new()) };
    let status = if what == "response" { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    let _ = caller.send((status, body));
    respond(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}"))
}

fn respond(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
