//! `/namespaces/NS/activations`: records.

use warp::http::StatusCode;

use crate::{
    model::{ActivationId, EntityName},
    store::activations::Filter,
};

use super::{
    auth,
    error::ApiError,
    namespaces::only_get,
    respond::{Reply, json, ok},
    route::Call,
};

/// Lists or shows records.
pub async fn answer(call: Call<'_>, namespace: &str) -> Result<Reply, ApiError> {
    only_get(call.head)?;
    let id = call.rest.get(..1).unwrap_or_default();
    let namespace = auth::namespace(namespace, &call.identity, id)?;
    match call.rest {
        [] | [""] => list(&call, &namespace).await,
        [id] | [id, ""] => show(&call, &namespace, id, Part::Record).await,
        [id, "result"] => show(&call, &namespace, id, Part::Result).await,
        [id, "logs"] => show(&call, &namespace, id, Part::Logs).await,
        _ => Err(ApiError::no_such_path()),
    }
}

enum Part {
    Record,
    Result,
    Logs,
}

async fn show(call: &Call<'_>, namespace: &EntityName, id: &str, part: Part) -> Result<Reply, ApiError> {
    let id = ActivationId::parse(id).map_err(|error| ApiError::bad(error.to_string()))?;
    let stored = call.host.store.activation(namespace.as_str(), id).await?.ok_or_else(ApiError::not_found)?;
    let body = match part {
        Part::Record => stored.record(),
        Part::Result => stored.response,
        Part::Logs => format!("{{\"logs\":{}}}", stored.logs),
    };
    Ok(json(StatusCode::OK, body))
}

async fn list(call: &Call<'_>, namespace: &EntityName) -> Result<Reply, ApiError> {
    let head = call.head;
    let limit = head.limit("activations")?;
    let skip = head.skip("activations")?;
    let (count, docs) = (head.flag("count", false)?, head.flag("docs", false)?);
    if count && docs {
        return Err(ApiError::bad("The parameter 'docs' is not permitted with 'count'."));
    }
    let filter = Filter {
        namespace: namespace.to_string(),
        action: name(head.query("name"))?,
        since_epoch_millis: epoch("since", head.query("since"))?,
        upto_epoch_millis: epoch("upto", head.query("upto"))?,
    };
    let store = &call.host.store;
    if count {
        let count = store.count_activations(filter, skip).await?;
        return Ok(ok(&serde_json::json!({ "activations": count })));
    }
    let records: Vec<String> = store
        .activations(filter, limit, skip)
        .await?
        .iter()
        .map(|stored| if docs { stored.record() } else { stored.summary() })
        .collect();
    Ok(json(StatusCode::OK, format!("[{}]", records.join(","))))
}

/// `name` or `pkg/name`, a slash before it or not; an empty one is as none.
pub(super) fn name(text: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    if (1..=2).contains(&parts.len()) && parts.iter().all(|part| EntityName::parse(part).is_ok()) {
        Ok(Some(parts.join("/")))
    } else {
        Err(ApiError::bad_query(
            "name",
            format_args!("Parameter may be a 'simple' name or 'package-name/simple' name: {text}"),
        ))
    }
}

fn epoch(name: &str, text: Option<&str>) -> Result<Option<u64>, ApiError> {
    text.map(|text| {
        // Nothing was recorded before 1970.
        text.parse::<i64>().map(|millis| u64::try_from(millis).unwrap_or(0)).map_err(|_| {
            ApiError::bad_query(
                name,
                format_args!("Parameter is not a valid value for epoch seconds: {text}"),
            )
        })
    })
    .transpose()
}
