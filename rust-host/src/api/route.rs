//! From method and path to a collection, and the frame around every answer.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use uuid::Uuid;
use warp::{
    Reply as _,
    http::{HeaderMap, Method, StatusCode, header},
};

use crate::model::EntityName;

use super::{
    Host, accept, actions, activations, auth, docs,
    error::ApiError,
    funclets, gateway, info, leaks, logs, namespaces, openapi, packages,
    request::{BodyStream, Client, Head},
    respond::{self, Reply, with_header},
    rules, triggers, usage, versions,
    web::{self, Target},
};

/// The header that carries transaction ids.
pub const TRANSACTION_ID: &str = "x-request-id";

/// The one path whose answer has no end of its own.
const FOLLOW: [&str; 3] = ["flock", "v1", "logs"];

/// Longest transaction id that is taken from a client.
const TRANSACTION_ID_MAX_BYTES: usize = 256;

/// What the ids of OpenWhisk's own work begin with. No client's do.
const SYSTEM_ID: &str = "sid_";

/// Does a request call a function and do little else? Only such are answered by the thread that drives the connections,
/// which may be a function's: the others may take long, and may call Java.
pub fn is_call(method: &Method, path: &str) -> bool {
    let is_action = |path: &str| path.split('/').nth(1) == Some("actions");
    match path.strip_prefix("/api/v1/") {
        Some(rest) => match rest.strip_prefix("namespaces/") {
            Some(rest) => method == Method::POST && is_action(rest),
            None => rest.starts_with("web/"),
        },
        None => false,
    }
}

/// Answers a request.
pub async fn answer(
    host: Arc<Host>,
    method: Method,
    path: &str,
    query: &str,
    headers: HeaderMap,
    (body, client): (BodyStream, Client),
) -> warp::reply::Response {
    let transaction_id = transaction_id(&headers);
    // A web action says itself, or by its annotations, what a page of another origin may see.
    let is_from_browser = headers.contains_key(header::ORIGIN)
        && !path.starts_with("/api/v1/web/")
        && !path.starts_with("/routes/");
    // Only the API of OpenWhisk has this rule.
    let accepts = if path.starts_with("/api/v1") { accept::of(&headers) } else { Vec::new() };
    let answered = match decode(path) {
        Ok(segments) => {
            let head = Head {
                method,
                segments,
                query: decode_query(query),
                headers,
                transaction_id: Arc::clone(&transaction_id),
                client,
            };
            if head.segments == FOLLOW && head.method != Method::OPTIONS {
                logs::follow(&host, &head).await
            } else {
                let reply = dispatch(&host, &head, Target { path, query }, body).await;
                let reply = reply.unwrap_or_else(|error| error.reply(&transaction_id));
                Ok(accept::checked(&accepts, reply, &transaction_id).into_response())
            }
        }
        Err(error) => Err(error),
    };
    let mut reply = answered.unwrap_or_else(|error| error.reply(&transaction_id).into_response());
    if is_from_browser {
        respond::allow_other_origins(reply.headers_mut());
    }
    with_header(reply, TRANSACTION_ID, &transaction_id)
}

async fn dispatch(
    host: &Arc<Host>,
    head: &Head,
    target: Target<'_>,
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let segments: Vec<&str> = head.segments.iter().map(String::as_str).collect();
    if let ["api", "v1", "web", rest @ ..] = segments.as_slice() {
        return web::answer(host, head, target, rest, body).await;
    }
    if let Some(namespace) = gateway::namespace_of_host(host, &head.headers) {
        return gateway::answer(host, head, &namespace, target.path, target.query, body).await;
    }
    if let [gateway::PREFIX, namespace, ..] = segments.as_slice() {
        let namespace = EntityName::parse(namespace).map_err(|_| ApiError::not_found())?;
        // After `/routes/NS`.
        let path = target.path.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
        return gateway::answer(host, head, &namespace, &path, target.query, body).await;
    }
    if head.method == Method::OPTIONS {
        let mut reply = respond::text(StatusCode::OK, "");
        respond::allow_other_origins(reply.headers_mut());
        return Ok(reply);
    }
    match segments.as_slice() {
        [""] => info::controller(host, head),
        ["ping"] => namespaces::only_get(head).map(|()| respond::text(StatusCode::OK, "pong")),
        ["healthz"] => namespaces::only_get(head).map(|()| respond::text(StatusCode::OK, "ok")),
        ["readyz"] => namespaces::only_get(head).and_then(|()| info::ready(host)),
        ["metrics"] => namespaces::only_get(head).and_then(|()| info::metrics(host)),
        ["api", "v1"] | ["api", "v1", ""] => info::api(head),
        ["api", "v1", "api-docs"] | ["api", "v1", "api-docs", ""] => openapi::answer(head),
        ["api", "v1", "docs"] | ["api", "v1", "docs", ""] => docs::answer(head),
        ["api", "v1", "namespaces", rest @ ..] => {
            let identity = auth::authenticate(&host.store, &head.headers)?;
            match rest {
                [] | [""] => namespaces::list(head, &identity),
                [namespace, collection, rest @ ..] => {
                    let call = Call { host, head, identity: Arc::clone(&identity), rest };
                    match *collection {
                        "actions" => actions::answer(call, namespace, body).await,
                        "activations" => activations::answer(call, namespace).await,
                        "limits" => namespaces::limits(call, namespace),
                        "packages" => packages::answer(call, namespace, body).await,
                        "triggers" => triggers::answer(call, namespace, body).await,
                        "rules" => rules::answer(call, namespace, body).await,
                        _ => Err(ApiError::no_such_path()),
                    }
                }
                [_] => Err(ApiError::no_such_path()),
            }
        }
        ["flock", "v1", "usage"] => usage::usage(host, head).await,
        ["flock", "v1", "funclets"] => funclets::answer(host, head).await,
        ["flock", "v1", "versions", rest @ ..] => versions::answer(host, head, rest, body).await,
        ["flock", "v1", "leaks"] => leaks::answer(host, head).await,
        ["flock", "v1", "top"] => usage::top(host, head).await,
        _ => Err(ApiError::no_such_path()),
    }
}

/// An authenticated request to a collection.
#[derive(Debug)]
pub struct Call<'a> {
    /// The host.
    pub host: &'a Arc<Host>,
    /// The request.
    pub head: &'a Head,
    /// Who calls.
    pub identity: Arc<crate::store::namespaces::Identity>,
    /// The segments after the collection.
    pub rest: &'a [&'a str],
}

/// The client's transaction id, if it is fit to go into a header again, or a new one.
fn transaction_id(headers: &HeaderMap) -> Arc<str> {
    headers
        .get(TRANSACTION_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| !text.is_empty() && text.len() <= TRANSACTION_ID_MAX_BYTES)
        .filter(|text| !text.starts_with(SYSTEM_ID))
        .map_or_else(|| Uuid::new_v4().simple().to_string().into(), Arc::from)
}

/// The segments of a path, decoded after the split, so that an encoded slash stays part of a name.
fn decode(path: &str) -> Result<Vec<String>, ApiError> {
    path.strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(|segment| {
            percent_decode_str(segment)
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| ApiError::bad("The path is not UTF-8."))
        })
        .collect()
}

fn decode_query(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (decode(pair), String::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_before_they_are_decoded() {
        assert_eq!(decode("/a/b%2Fc/d%20e"), Ok(vec!["a".into(), "b/c".into(), "d e".into()]));
        assert_eq!(decode("/"), Ok(vec![String::new()]));
        assert!(decode("/%ff").is_err());
    }

    #[test]
    fn queries_are_decoded() {
        let pairs = decode_query("a=1&b=x%26y&c&d=e+f");
        let expect = [("a", "1"), ("b", "x&y"), ("c", ""), ("d", "e f")];
        assert_eq!(pairs, expect.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }
}
