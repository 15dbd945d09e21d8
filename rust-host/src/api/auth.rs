//! Who calls: HTTP Basic with `uuid:key`, and whether that namespace may touch what it asks for.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use warp::http::{HeaderMap, header};

use crate::{
    model::{EntityName, name::BadName},
    store::{Store, namespaces::Identity},
};

use super::error::ApiError;

/// Who looks at usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A namespace, at its own.
    Namespace(Arc<Identity>),
    /// The operator, at that of all.
    Operator,
}

impl Viewer {
    /// The only namespace that may be seen; none: all may.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace(identity) => Some(identity.namespace.as_str()),
            Self::Operator => None,
        }
    }
}

/// The namespace behind the request's credentials.
pub fn authenticate(store: &Store, headers: &HeaderMap) -> Result<Arc<Identity>, ApiError> {
    let pair = pair(headers)?;
    identity(store, &pair).ok_or_else(|| ApiError::unauthorized(true))
}

/// The namespace or the operator behind the request's credentials.
pub async fn viewer(store: &Arc<Store>, headers: &HeaderMap) -> Result<Viewer, ApiError> {
    let pair = pair(headers)?;
    if let Some(identity) = identity(store, &pair) {
        return Ok(Viewer::Namespace(identity));
    }
    if store.is_operator(pair).await? { Ok(Viewer::Operator) } else { Err(ApiError::unauthorized(true)) }
}

fn identity(store: &Store, pair: &str) -> Option<Arc<Identity>> {
    let (uuid, key) = pair.split_once(':')?;
    store.authenticate(uuid, key)
}

fn pair(headers: &HeaderMap) -> Result<String, ApiError> {
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| ApiError::unauthorized(false))?;
    credentials(value.as_bytes()).ok_or_else(|| ApiError::unauthorized(true))
}

fn credentials(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()
}

/// The namespace that a path names: `_` is the caller's own, another one is not for this caller.
/// The text names the entity in it, too: `rest` are the segments of its name.
pub fn namespace(segment: &str, identity: &Identity, rest: &[&str]) -> Result<EntityName, ApiError> {
    let namespace = any_namespace(segment, identity)?;
    own(&namespace, identity, rest).map(|()| namespace)
}

/// Refuses what is not the caller's.
pub fn own(namespace: &EntityName, identity: &Identity, rest: &[&str]) -> Result<(), ApiError> {
    if *namespace == identity.namespace {
        return Ok(());
    }
    let named = rest.iter().filter(|part| !part.is_empty());
    Err(ApiError::forbidden(&named.fold(namespace.to_string(), |path, part| format!("{path}/{part}"))))
}

/// The namespace that a path names, whoever's it is: for what may be shared.
pub fn any_namespace(segment: &str, identity: &Identity) -> Result<EntityName, ApiError> {
    if segment == "_" {
        return Ok(identity.namespace.clone());
    }
    EntityName::parse(segment).map_err(|why| match why {
        BadName::TooLong(_) => ApiError::bad(why.of("Namespace")),
        _ => ApiError::bad("The namespace contains illegal characters."),
    })
}
