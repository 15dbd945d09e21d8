//! Bodies and headers of answers.

use bytes::Bytes;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};

/// An answer.
pub type Reply = warp::http::Response<Bytes>;

/// The header with an activation's id.
pub const ACTIVATION_ID: &str = "x-openwhisk-activation-id";

/// The header with the outcome's name.
pub const OUTCOME: &str = "x-flock-outcome";

/// A JSON answer.
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    typed(status, "application/json", body)
}

/// A 200 with a JSON value.
pub fn ok(value: &serde_json::Value) -> Reply {
    json(StatusCode::OK, value.to_string())
}

/// A text answer.
pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    typed(status, "text/plain; charset=UTF-8", body)
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Reply {
    let mut reply = Reply::new(Bytes::new());
    *reply.status_mut() = status;
    reply
}

fn typed(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Reply::new(body.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// Adds a header whose value is known to be plain ASCII; anything else is left out.
pub fn with_header<B>(
    mut reply: warp::http::Response<B>,
    name: &'static str,
    value: &str,
) -> warp::http::Response<B> {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
    reply
}

/// What a script in a browser needs to see an answer. OpenWhisk sends these with each answer of the API.
pub fn allow_other_origins(headers: &mut HeaderMap) {
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        (
            "access-control-allow-headers",
            "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent",
        ),
        ("access-control-allow-methods", "GET, DELETE, POST, PUT, HEAD"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
