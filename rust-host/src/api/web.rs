//! `/api/v1/web/NS/PKG/ACTION.ext/PATH`: web actions. Anybody may call them; the action decides what it says.
//!
//! The action's owner pays and has the record. What comes in becomes arguments ([`arguments`]), what comes out an HTTP
//! answer by the extension ([`render`]). A script of another origin may call them, unless the action sees to `OPTIONS`
//! itself.
//!
//! | file | what is there |
//! |---|---|
//! | [`arguments`] | from a request to the action's arguments |
//! | [`render`] | from a result to an answer |
//! | [`media`] | which content types are text |

pub mod arguments;
pub mod media;
pub mod render;

use std::sync::Arc;

use serde_json::Value;
use subtle::ConstantTimeEq;
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::{
    invoke::{Reply as Invoked, payload::Payload},
    model::{Action, ActionPath, EntityName, Outcome, json::Members, package::RESERVED_NAME},
    store::namespaces::Identity,
};

use self::{arguments::Incoming, render::Extension};

use super::{
    Host, auth,
    error::ApiError,
    gateway::manage,
    request::{BodyStream, Head, read_any},
    respond::{ACTIVATION_ID, OUTCOME, Reply, empty, with_header},
    run,
    system::SYSTEM,
};

/// The annotation that makes an action a web action.
const EXPORT: &str = "web-export";
/// The annotation of an action that takes its body and query as they are.
const RAW: &str = "raw-http";
/// The annotation of an action that answers `OPTIONS` itself.
const CUSTOM_OPTIONS: &str = "web-custom-options";
/// The annotation, and the header, of an action that wants to know who calls.
const REQUIRE_AUTH: &str = "require-whisk-auth";
const REQUIRE_AUTH_HEADER: &str = "x-require-whisk-auth";

/// The methods of web actions.
const METHODS: &str = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH";

/// The parts of a request's target as they came.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The path, still encoded.
    pub path: &'a str,
    /// The query, still encoded, without its question mark.
    pub query: &'a str,
}

/// How a request came to an action.
#[derive(Debug)]
pub struct Entry<'a> {
    /// `__ow_path`.
    pub path: String,
    /// The query, still encoded, without its question mark.
    pub query: &'a str,
    /// Parameters of a route's path.
    pub parameters: Vec<(String, String)>,
    /// The word that a route has for an action that asks for one.
    pub secret: Option<&'a str>,
}

/// An action that may be called, and for whom it runs.
#[derive(Debug)]
pub struct Found {
    action: Arc<Action>,
    owner: Arc<Identity>,
    extension: Extension,
}

/// Answers a request. `rest` are the decoded segments after `web`.
pub async fn answer(
    host: &Arc<Host>,
    head: &Head,
    target: Target<'_>,
    rest: &[&str],
    body: BodyStream,
) -> Result<Reply, ApiError> {
    if !METHODS.split(", ").any(|method| head.method == method) {
        return Err(ApiError::method_not_allowed(METHODS));
    }
    let [namespace, package, name, ..] = rest else { return Err(ApiError::no_such_path()) };
    if [namespace, package, name].iter().any(|name| EntityName::parse(name).is_err()) {
        return Err(ApiError::no_such_path());
    }
    if (*namespace, *package) == (SYSTEM, manage::PACKAGE) {
        return manage::answer(host, head, name, body).await;
    }
    let found = find(host, namespace, package, name).ok_or_else(ApiError::not_found)?;
    let path = arguments::rest_of_path(target.path);
    let entry = Entry { path, query: target.query, parameters: Vec::new(), secret: None };
    serve(host, head, &entry, &found, body).await
}

/// Answers a request that has found its action.
pub async fn serve(
    host: &Arc<Host>,
    head: &Head,
    entry: &Entry<'_>,
    found: &Found,
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let answers_options = found.action.annotations.get(CUSTOM_OPTIONS) == Some(&Value::Bool(true));
    if answers_options {
        return call(host, head, entry, found, body).await;
    }
    let mut reply = if head.method == Method::OPTIONS {
        empty(StatusCode::OK)
    } else {
        call(host, head, entry, found, body).await.unwrap_or_else(|error| error.reply(&head.transaction_id))
    };
    allow_other_origins(&mut reply, &head.headers);
    Ok(reply)
}

/// The web action behind the segments of a path.
pub fn find(host: &Host, namespace: &str, package: &str, name: &str) -> Option<Found> {
    let (name, extension) = Extension::split(name);
    let namespace = EntityName::parse(namespace).ok()?;
    let package = (package != RESERVED_NAME).then(|| EntityName::parse(package)).transpose().ok()?;
    let owner = host.store.identity_of(&namespace)?;
    let path = ActionPath { namespace, package, name: EntityName::parse(name).ok()? };
    let action = host.store.resolve_call(&path, &owner.namespace).ok()?;
    let is_exported = action.annotations.get(EXPORT) == Some(&Value::Bool(true));
    is_exported.then_some(Found { action, owner, extension })
}

async fn call(
    host: &Arc<Host>,
    head: &Head,
    entry: &Entry<'_>,
    found: &Found,
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let caller = auth::authenticate(&host.store, &head.headers).ok();
    // An action that answers OPTIONS does so before anybody can have a key.
    let is_preflight = head.method == Method::OPTIONS;
    if !is_preflight && !is_admitted(&found.action, entry, &head.headers, caller.as_deref()) {
        return Err(ApiError::unauthorized_for_action());
    }
    let config = &host.config;
    let body = read_any(head, body, config.payload_max_bytes, config.http_body_timeout).await?;
    let incoming = Incoming {
        head,
        entry,
        body,
        caller: caller.as_ref().map(|identity| identity.namespace.as_str()),
        is_raw: found.action.annotations.get(RAW) == Some(&Value::Bool(true)),
    };
    let payload = Payload::Object(arguments::arguments(&incoming, &found.action)?);
    let action = Arc::clone(&found.action);
    // What is kept is the owner's business.
    let is_owner = caller.as_ref().is_some_and(|caller| caller.namespace == found.owner.namespace);
    let how = (Some(config.blocking_wait_max), is_owner && run::wants_all_records(&head.headers));
    match run::run(host, action, &found.owner, payload, &head.transaction_id, how).await? {
        Invoked::Accepted(id) => {
            let reply = ApiError::with_status(StatusCode::ACCEPTED, "Response not yet ready.")
                .reply(&head.transaction_id);
            Ok(with_header(reply, ACTIVATION_ID, &id.to_string()))
        }
        Invoked::Ended(activation) => {
            let rendered = match activation.outcome {
                Outcome::Success => render::render(found.extension, Some(activation.result_text().as_ref())),
                // What stands under `error` is the answer.
                Outcome::ApplicationError => {
                    let members = Members::parse(&activation.result).ok();
                    let error = members.as_ref().and_then(|members| members.get("error"));
                    render::render(found.extension, error)
                }
                _ => Err(ApiError::bad("There was an error processing your request.")),
            };
            let reply = rendered.unwrap_or_else(|error| error.reply(&head.transaction_id));
            let mut reply = with_header(reply, ACTIVATION_ID, &activation.id.to_string());
            reply.headers_mut().insert(OUTCOME, HeaderValue::from_static(activation.outcome.name()));
            Ok(reply)
        }
    }
}

/// May this caller have an action that asks for a key (true), for a word in a header (a text or number), or for nothing (false)?
fn is_admitted(action: &Action, entry: &Entry<'_>, headers: &HeaderMap, caller: Option<&Identity>) -> bool {
    let says = |word: &str| {
        let said = headers.get(REQUIRE_AUTH_HEADER).map(|value| value.as_bytes());
        said.or(entry.secret.map(str::as_bytes)).is_some_and(|said| said.ct_eq(word.as_bytes()).into())
    };
    match action.annotations.get(REQUIRE_AUTH) {
        None | Some(Value::Bool(false)) => true,
        Some(Value::Bool(true)) => caller.is_some(),
        Some(Value::String(word)) => says(word),
        Some(Value::Number(number)) => says(&number.to_string()),
        Some(_) => false,
    }
}

/// What a script in a browser needs. A header that the action has set itself stands.
pub fn allow_other_origins(reply: &mut Reply, asked: &HeaderMap) {
    const DEFAULT: &str = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent";
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let headers = reply.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS)),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or_else(|| HeaderValue::from_static(DEFAULT))),
    ] {
        headers.entry(name).or_insert(value);
    }
}
