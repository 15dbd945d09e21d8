//! Listening, connections, and the end of both.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    task::Context,
    time::Duration,
};

use futures_util::stream;
use hyper::service::{Service as _, service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinHandle,
};
use warp::{
    Filter,
    http::{Request, Uri},
    path::FullPath,
};

use crate::reactor::Reactors;

use super::{
    Host,
    progress::Progress,
    request::{BodyStream, Client, body_stream},
    route,
};

/// How long connections get to send their last answer when the host stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// A bound socket.
#[derive(Debug)]
pub struct Server {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds the address; port 0 takes a free one.
    pub fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until `stop` says so, then lets those that are busy end their request. The calling runtime answers
    /// what is no call of a function.
    pub fn serve(self, host: Arc<Host>, reactors: Reactors, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let filter = filter(Arc::clone(&host), Handle::current());
        reactors.first().clone().spawn(async move {
            match TcpListener::from_std(self.listener) {
                Ok(listener) => accept(listener, &host, filter, reactors, stop).await,
                Err(error) => tracing::error!(%error, "connections cannot be accepted"),
            }
        })
    }
}

/// Accepts connections and deals them out.
async fn accept<F>(
    listener: TcpListener,
    host: &Host,
    filter: F,
    reactors: Reactors,
    mut stop: watch::Receiver<bool>,
) where
    F: Filter<Extract = (warp::reply::Response,), Error = warp::Rejection> + Clone + Send + Sync + 'static,
    F::Future: Send,
{
    let permits = Arc::new(Semaphore::new(host.config.http_connections_max));
    let answer_timeout = host.config.http_answer_timeout;
    let mut connection = hyper::server::conn::http1::Builder::new();
    connection
        .timer(TokioTimer::new())
        .header_read_timeout(host.config.http_header_timeout)
        .half_close(false)
        .max_headers(128);
    loop {
        let permit = tokio::select! {
            _ = stop.changed() => break,
            permit = Arc::clone(&permits).acquire_owned() => permit,
        };
        let Ok(permit) = permit else { break };
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let answering = TowerToHyperService::new(warp::service(filter.clone()));
                let service = service_fn(move |request| answering.call(with_path(request)));
                let (builder, stop) = (connection.clone(), stop.clone());
                let bounds = (permit, answer_timeout);
                match reactors.deal() {
                    None => drop(tokio::spawn(serve_one(builder, stream, service, stop, bounds))),
                    Some(other) => {
                        let stream = stream.into_std();
                        other.spawn(async move {
                            match stream.and_then(TcpStream::from_std) {
                                Ok(stream) => serve_one(builder, stream, service, stop, bounds).await,
                                Err(error) => tracing::warn!(%error, "a connection could not be dealt out"),
                            }
                        });
                    }
                }
            }
            Err(error) => {
                // Most often too many open files: wait for some to be closed.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let all = u32::try_from(host.config.http_connections_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(GOODBYE + host.config.drain_timeout, permits.acquire_many(all)).await.is_err() {
        tracing::warn!("some connections were still open at the end");
    }
}

/// A target without a path, as `CONNECT host:port` has it, stands for the root: what reads the path could not say that there is
/// none.
fn with_path<B>(mut request: Request<B>) -> Request<B> {
    if request.uri().path_and_query().is_none() {
        *request.uri_mut() = Uri::from_static("/");
    }
    request
}

async fn serve_one<S>(
    builder: hyper::server::conn::http1::Builder,
    stream: TcpStream,
    service: S,
    mut stop: watch::Receiver<bool>,
    (_permit, answer_timeout): (OwnedSemaphorePermit, Duration),
) where
    S: hyper::service::HttpService<hyper::body::Incoming> + Send,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: 'static + Send,
    <S::ResBody as hyper::body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    <S::ResBody as hyper::body::Body>::Data: Send,
{
    // An answer is one small write: it must not wait for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let stream = Progress::new(stream, answer_timeout);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The one filter: everything goes to the router.
fn filter(
    host: Arc<Host>,
    elsewhere: Handle,
) -> impl Filter<Extract = (warp::reply::Response,), Error = warp::Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::any()
        .map(move || (Arc::clone(&host), elsewhere.clone()))
        .and(warp::method())
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(
            |(host, elsewhere): (Arc<Host>, Handle), method, path: FullPath, query: String, headers, body| async move {
                let body = body_stream(body);
                if route::is_call(&method, path.as_str()) {
                    let from = (body, Client::default());
                    return route::answer(host, method, path.as_str(), &query, headers, from).await;
                }
                let (body, kept) = keep(body);
                // It goes on to its end without its client, but for what it would only wait for.
                let (connection, client) = Client::connected();
                let answer = async move {
                    route::answer(host, method, path.as_str(), &query, headers, (body, client)).await
                };
                let answered = elsewhere.spawn(answer).await;
                drop((kept, connection));
                match answered {
                    Ok(reply) => reply,
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                }
            },
        )
}

/// A body, and what keeps it. A body that is let go before all of it has come ends its connection, and hyper says so in
/// the answer if it sees that first. So whoever answers elsewhere does not let go: the connection does, with its answer.
fn keep(body: BodyStream) -> (BodyStream, Arc<Mutex<BodyStream>>) {
    let kept = Arc::new(Mutex::new(body));
    let read = Arc::clone(&kept);
    let next = move |context: &mut Context<'_>| {
        let mut body = read.lock().unwrap_or_else(PoisonError::into_inner);
        body.as_mut().poll_next(context)
    };
    (Box::pin(stream::poll_fn(next)), kept)
}
