//! The one place where errors become a status and a text. The texts are OpenWhisk's where it has one.

use warp::http::StatusCode;

use crate::{
    funclets::LoadError,
    invoke::{InvokeError, admission::Refused},
    model::json::quote,
    store::{StoreError, images::ImageError, resolve::Unresolved},
};

use super::{
    holds::Full,
    respond::{Reply, json},
};

/// When a full disk may have room again.
const DISK_RETRY_SECONDS: u64 = 10;
/// When others may have let go of what is held.
const FULL_RETRY_SECONDS: u64 = 5;

/// A request that is not answered as it wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// The text.
    pub text: String,
    /// When it is worth trying again, where the host knows.
    pub retry_after_seconds: Option<u64>,
}

impl ApiError {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), retry_after_seconds: None }
    }

    /// Another status with this text.
    pub fn with_status(status: StatusCode, text: impl Into<String>) -> Self {
        Self::new(status, text)
    }

    /// 400 with this text.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// 400 for content that cannot be understood.
    pub fn malformed(why: impl std::fmt::Display) -> Self {
        Self::bad(format!("The request content was malformed:\n{why}"))
    }

    /// 400 for a query parameter.
    pub fn bad_query(name: &str, why: impl std::fmt::Display) -> Self {
        Self::bad(format!("The query parameter '{name}' was malformed:\n{why}"))
    }

    /// 401.
    pub fn unauthorized(was_supplied: bool) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            if was_supplied {
                "The supplied authentication is invalid"
            } else {
                "The resource requires authentication, which was not supplied with the request"
            },
        )
    }

    /// 401 of a web action that asks for a key or a word.
    pub fn unauthorized_for_action() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The authentication is possible but has failed or not yet been provided.",
        )
    }

    /// 403.
    pub fn forbidden(what: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("The supplied authentication is not authorized to access '{what}'."),
        )
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The requested resource does not exist.")
    }

    /// 404 of a path that leads nowhere, whatever there is.
    pub fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The requested resource could not be found.")
    }

    /// 405.
    pub fn method_not_allowed(allowed: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("HTTP method not allowed, supported methods: {allowed}"),
        )
    }

    /// 408.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "The request's body did not arrive in time.")
    }

    /// 409.
    pub fn exists() -> Self {
        Self::new(StatusCode::CONFLICT, "resource already exists")
    }

    /// 413.
    pub fn too_large(field: &str, is_bytes: u64, allowed_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("{field} larger than allowed: {is_bytes} > {allowed_bytes} bytes."),
        )
    }

    /// 415. The type that came is named, unless there is none or it is too long for an error.
    pub fn unsupported_media(kind: &str) -> Self {
        const SHOWN_MAX_BYTES: usize = 200;
        let shown = match kind.trim() {
            kind if kind.is_empty() || kind.len() > SHOWN_MAX_BYTES => String::new(),
            kind => format!(" [{kind}]"),
        };
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("The request's Content-Type{shown} is not supported. Expected:\napplication/json"),
        )
    }

    /// 406 for a client that does not take the type of its answer.
    pub fn not_acceptable(kind: &str) -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            format!("Resource representation is only available with these types:\n{kind}"),
        )
    }

    /// 404 with this text.
    pub fn not_found_because(text: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, text)
    }

    /// 409 with this text.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, text)
    }

    /// 409 for a name that stands for something else.
    pub fn other_collection() -> Self {
        Self::conflict("Resource by this name exists but is not in this collection.")
    }

    /// 429.
    pub fn too_many(why: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, why.to_string())
    }

    /// 503 for a client that has gone, so nobody gets it.
    pub fn gone() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The client has gone.")
    }

    /// 500 for a fault of the host, which is logged; the client gets no inner words.
    pub fn internal(why: &dyn std::fmt::Display) -> Self {
        tracing::error!(%why, "a request failed by a fault of the host");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "There was an internal server error.")
    }

    /// 503 of a host whose disk is full or fails, which is logged.
    fn cannot_write(why: &dyn std::fmt::Display) -> Self {
        tracing::error!(%why, "a request failed because nothing can be written");
        Self {
            retry_after_seconds: Some(DISK_RETRY_SECONDS),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The host cannot write to its disk now. Nothing was changed; try again later.",
            )
        }
    }

    /// The answer.
    pub fn reply(&self, transaction_id: &str) -> Reply {
        let body = format!("{{\"code\":{},\"error\":{}}}", quote(transaction_id), quote(&self.text));
        let mut reply = json(self.status, body);
        let headers = reply.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                "www-authenticate",
                warp::http::HeaderValue::from_static("Basic realm=\"OpenWhisk secure realm\""),
            );
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED
            && let Some((_, allowed)) = self.text.rsplit_once(": ")
            && let Ok(allowed) = allowed.parse()
        {
            headers.insert("allow", allowed);
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert("retry-after", seconds.into());
        }
        reply
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotCommitted(_) => Self::cannot_write(&error),
            other => Self::internal(&other),
        }
    }
}

impl From<Full> for ApiError {
    fn from(full: Full) -> Self {
        let status = match &full {
            Full::Namespace(_) => StatusCode::TOO_MANY_REQUESTS,
            Full::Host(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self { retry_after_seconds: Some(FULL_RETRY_SECONDS), ..Self::new(status, full.to_string()) }
    }
}

impl From<Unresolved> for ApiError {
    fn from(why: Unresolved) -> Self {
        match why {
            Unresolved::Missing => Self::not_found(),
            Unresolved::OtherCollection => Self::other_collection(),
            Unresolved::Forbidden(what) => Self::forbidden(&what),
        }
    }
}

impl From<ImageError> for ApiError {
    fn from(error: ImageError) -> Self {
        match &error {
            ImageError::NotAJar(_)
            | ImageError::Refused(_)
            | ImageError::Compile(_)
            | ImageError::NoCompiler(_) => Self::malformed(format!("exec.code: {error}")),
            ImageError::File(why) if is_full(why) => Self::cannot_write(&error),
            ImageError::Missing(_) | ImageError::Damaged(_) => Self {
                text: "The code of the action is lost on the host; deploy the action again.".to_owned(),
                ..Self::internal(&error)
            },
            ImageError::File(_) => Self::internal(&error),
        }
    }
}

fn is_full(why: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(why.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
}

impl From<InvokeError> for ApiError {
    fn from(error: InvokeError) -> Self {
        let error = match error {
            InvokeError::Load(LoadError::Image(
                why @ (ImageError::Missing(_) | ImageError::Damaged(_) | ImageError::File(_)),
            )) => return why.into(),
            InvokeError::Store(why) => return why.into(),
            other => other,
        };
        match &error {
            InvokeError::Refused(Refused::Cpu { retry, .. }) => Self {
                // A part of a second is a whole one in this header.
                retry_after_seconds: Some(retry.as_secs() + u64::from(retry.subsec_nanos() > 0)),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string())
            },
            InvokeError::Refused(Refused::Rate { .. } | Refused::Concurrency { .. })
            | InvokeError::Busy(_) => Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()),
            InvokeError::Refused(Refused::Stopping) | InvokeError::Load(LoadError::Stopping) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            InvokeError::Load(_) | InvokeError::Store(_) => Self::internal(&error),
        }
    }
}
