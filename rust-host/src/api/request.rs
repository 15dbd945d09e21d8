//! Requests: query parameters and bounded bodies.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;
use warp::http::{HeaderMap, Method, header};

use super::error::ApiError;

/// Bytes of a body that is refused which are still read, so that the client sees the answer instead of a reset.
const DRAIN_MAX_BYTES: usize = 64 << 20;
/// Time for that.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// A body as it arrives.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>;

/// A request without its body.
#[derive(Debug)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The decoded segments of the path. A trailing slash gives an empty last one.
    pub segments: Vec<String>,
    /// The decoded query.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The transaction id: the client's own, or a new one.
    pub transaction_id: Arc<str>,
    /// Who waits for the answer.
    pub client: Client,
}

/// Who waits for an answer. What is answered on the thread of its connection ends with that; what is answered elsewhere goes
/// on, and asks here before it waits for long.
#[derive(Debug, Clone, Default)]
pub struct Client(Option<watch::Receiver<()>>);

/// The client's connection, which has gone when this is let go.
#[derive(Debug)]
pub struct Connection(#[expect(dead_code, reason = "held, not read")] watch::Sender<()>);

impl Client {
    /// One that is there for as long as its connection.
    pub fn connected() -> (Connection, Self) {
        let (connection, client) = watch::channel(());
        (Connection(connection), Self(Some(client)))
    }

    /// Comes back when the client has gone.
    pub async fn gone(&self) {
        match &self.0 {
            None => std::future::pending().await,
            Some(client) => {
                let mut client = client.clone();
                while client.changed().await.is_ok() {}
            }
        }
    }
}

impl Head {
    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first parameter that is none of these.
    pub fn other_than(&self, names: &[&str]) -> Option<&str> {
        self.query.iter().map(|(key, _)| key.as_str()).find(|key| !names.contains(key))
    }

    /// A parameter that is true or false. Without a value it is as if it were not there, as in OpenWhisk.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, ApiError> {
        match self.query(name) {
            None => Ok(default),
            Some(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(true),
                "false" | "no" | "off" | "0" => Ok(false),
                "" => Ok(default),
                other => {
                    Err(ApiError::bad_query(name, format_args!("'{other}' is not a valid Boolean value")))
                }
            },
        }
    }

    /// `limit`: how many a list shows. 0 means the most.
    pub fn limit(&self, collection: &str) -> Result<usize, ApiError> {
        const DEFAULT: usize = 30;
        const MAX: usize = 200;
        let Some(text) = self.query("limit") else { return Ok(DEFAULT) };
        match text.parse::<i32>() {
            Ok(0) => Ok(MAX),
            Ok(number) => match usize::try_from(number) {
                Ok(number) if number <= MAX => Ok(number),
                _ => Err(ApiError::bad_query(
                    "limit",
                    format_args!("The value '{number}' is not in the range of 0 to {MAX} for {collection}."),
                )),
            },
            Err(_) => Err(ApiError::bad_query(
                "limit",
                format_args!("The value '{text}' is not an integer for {collection}."),
            )),
        }
    }

    /// `skip`: how many a list leaves out first.
    pub fn skip(&self, collection: &str) -> Result<usize, ApiError> {
        let Some(text) = self.query("skip") else { return Ok(0) };
        match text.parse::<i32>() {
            Ok(number) => usize::try_from(number).map_err(|_| {
                ApiError::bad_query(
                    "skip",
                    format_args!("The value '{number}' is not greater than or equal to 0 for {collection}."),
                )
            }),
            Err(_) => Err(ApiError::bad_query(
                "skip",
                format_args!("The value '{text}' is not an integer for {collection}."),
            )),
        }
    }

    /// The length of the body, if the head says it.
    pub fn content_length(&self) -> Option<u64> {
        self.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    fn content_type(&self) -> &str {
        self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn is_json(&self) -> bool {
        let kind = self.content_type().split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    }
}

/// Reads a JSON body of at most `max_bytes`. An empty body needs no content type.
pub async fn read_json(
    head: &Head,
    body: BodyStream,
    max_bytes: usize,
    time_max: Duration,
) -> Result<Bytes, ApiError> {
    let bytes = read_any(head, body, max_bytes, time_max).await?;
    if !bytes.is_empty() && !head.is_json() {
        return Err(ApiError::unsupported_media(head.content_type()));
    }
    Ok(bytes)
}

/// Reads a body of at most `max_bytes`, whatever it is.
pub async fn read_any(
    head: &Head,
    body: BodyStream,
    max_bytes: usize,
    time_max: Duration,
) -> Result<Bytes, ApiError> {
    if let Some(length) = head.content_length()
        && length > max_bytes as u64
    {
        forget(head, body, time_max).await;
        return Err(ApiError::too_large("Request", length, max_bytes));
    }
    let read = read_bounded(head, body, max_bytes, time_max);
    tokio::time::timeout(time_max, read).await.map_err(|_| ApiError::too_slow())?
}

async fn read_bounded(
    head: &Head,
    mut body: BodyStream,
    max_bytes: usize,
    time_max: Duration,
) -> Result<Bytes, ApiError> {
    let cut_off = |_| ApiError::malformed("the body ended before it was complete");
    let Some(first) = body.next().await.transpose().map_err(cut_off)? else {
        return Ok(Bytes::new());
    };
    if first.len() > max_bytes {
        return Err(ApiError::too_large("Request", first.len() as u64, max_bytes));
    }
    // Most bodies come in one piece, which needs no copy.
    let Some(second) = body.next().await.transpose().map_err(cut_off)? else { return Ok(first) };
    // With its length known it is not copied again as it grows.
    let expected = head.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut whole = BytesMut::with_capacity(expected.min(max_bytes).max(first.len() + second.len()));
    whole.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(piece) = next {
        if whole.len() + piece.len() > max_bytes {
            let length = head.content_length().unwrap_or((whole.len() + piece.len()) as u64);
            drain(body, time_max).await;
            return Err(ApiError::too_large("Request", length, max_bytes));
        }
        whole.extend_from_slice(&piece);
        next = body.next().await.transpose().map_err(cut_off)?;
    }
    Ok(whole.freeze())
}

/// Reads a body that nobody wants, so that the client sees the answer.
pub async fn forget(head: &Head, body: BodyStream, time_max: Duration) {
    // A client that asks first has sent nothing; reading would tell it to go on.
    if !head.headers.contains_key(header::EXPECT) {
        drain(body, time_max).await;
    }
}

/// Reads on and forgets, within bounds.
async fn drain(mut body: BodyStream, time_max: Duration) {
    let read = async {
        let mut seen = 0;
        while let Some(Ok(piece)) = body.next().await {
            seen += piece.len();
            if seen > DRAIN_MAX_BYTES {
                break;
            }
        }
    };
    // Over time: the connection is closed with the answer.
    let _ = tokio::time::timeout(time_max.min(DRAIN_TIME_MAX), pin!(read)).await;
}

/// A stream of plain bytes from warp's.
pub fn body_stream<B: Buf>(
    stream: impl Stream<Item = Result<B, warp::Error>> + Send + 'static,
) -> BodyStream {
    Box::pin(stream.map(|piece| piece.map(|mut buf| buf.copy_to_bytes(buf.remaining()))))
}
