//! What packages, triggers and rules have in common: names, bodies, lists, and the check that a name is free.

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::{Value, json};
use warp::http::Method;

use crate::{
    model::{ActionPath, EntityName, PackagePath, Parameters, json::check_depth},
    store::entities::Entity,
};

use super::{
    error::ApiError,
    request::{BodyStream, read_json},
    respond::{Reply, ok},
    route::Call,
};

/// A name out of a path. OpenWhisk's text has this slip of the pen.
pub fn name(text: &str) -> Result<EntityName, ApiError> {
    EntityName::parse(text).map_err(|why| ApiError::bad(why.of("Name segement")))
}

/// The body of a PUT or POST: an object, or nothing. Serde alone would take an array of the members' values too, and
/// would not look at the bytes of members that it does not know.
pub fn parse<T: DeserializeOwned + Default>(text: &[u8]) -> Result<T, ApiError> {
    check_depth(text).map_err(ApiError::malformed)?;
    let text = std::str::from_utf8(text).map_err(ApiError::malformed)?;
    match text.trim_start().bytes().next() {
        None => Ok(T::default()),
        Some(b'{') => serde_json::from_str(text).map_err(|error| ApiError::malformed(reason(&error))),
        Some(_) => Err(ApiError::malformed("Object expected")),
    }
}

/// A member that is an object, for the same reason.
pub fn object<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        object @ Value::Object(_) => T::deserialize(object).map(Some).map_err(Error::custom),
        _ => Err(Error::custom("an object was expected")),
    }
}

/// Why a text is refused: of what is wrong with a value without its place, so that the text is OpenWhisk's.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(bare) if error.is_data() => bare.to_owned(),
        _ => text,
    }
}

/// Reads the body of a PUT of something that has parameters and annotations and no code.
pub async fn read_body<T: DeserializeOwned + Default>(
    call: &Call<'_>,
    body: BodyStream,
) -> Result<T, ApiError> {
    let config = &call.host.config;
    let max = 2 * config.parameters_max_bytes + (64 << 10);
    let text: Bytes = read_json(call.head, body, max, config.http_body_timeout).await?;
    parse(&text)
}

/// Refuses parameters and annotations that are too large.
pub fn check_sizes(
    call: &Call<'_>,
    parameters: Option<&Parameters>,
    annotations: Option<&Parameters>,
) -> Result<(), ApiError> {
    let max = call.host.config.parameters_max_bytes;
    for (field, list) in [("parameters", parameters), ("annotations", annotations)] {
        let bytes = list.map_or(0, Parameters::json_bytes);
        if bytes > max {
            return Err(ApiError::too_large(field, bytes as u64, max));
        }
    }
    Ok(())
}

/// Refuses a name that an entity of another collection has.
pub fn check_collection<E: Entity>(
    call: &Call<'_>,
    namespace: &EntityName,
    name: &EntityName,
) -> Result<(), ApiError> {
    if call.host.store.is_taken_elsewhere(E::COLLECTION, namespace, name) {
        Err(ApiError::other_collection())
    } else {
        Ok(())
    }
}

/// Refuses an action whose package is not there or not the caller's to read.
pub fn check_package(call: &Call<'_>, action: &ActionPath) -> Result<(), ApiError> {
    let Some(package) = &action.package else { return Ok(()) };
    let path = PackagePath { namespace: action.namespace.clone(), name: package.clone() };
    call.host.store.readable_package(&path, &call.identity.namespace)?;
    Ok(())
}

/// The entity of this name, or why it cannot be had.
pub fn find<E: Entity>(
    call: &Call<'_>,
    namespace: &EntityName,
    name: &EntityName,
) -> Result<std::sync::Arc<E>, ApiError> {
    match call.host.store.entity::<E>(namespace, name) {
        Some(entity) => Ok(entity),
        None => {
            check_collection::<E>(call, namespace, name)?;
            Err(ApiError::not_found())
        }
    }
}

/// A page of a list, or its length.
pub fn list<T>(
    call: &Call<'_>,
    collection: &str,
    entities: &[T],
    row: impl Fn(&T) -> Value,
) -> Result<Reply, ApiError> {
    if call.head.method != Method::GET {
        return Err(ApiError::method_not_allowed("GET"));
    }
    let limit = call.head.limit(collection)?;
    let skip = call.head.skip(collection)?;
    if call.head.flag("count", false)? {
        let mut counts = serde_json::Map::new();
        counts.insert(collection.to_owned(), entities.len().saturating_sub(skip).into());
        return Ok(ok(&counts.into()));
    }
    let page: Vec<Value> = entities.iter().skip(skip).take(limit).map(row).collect();
    Ok(ok(&json!(page)))
}
