//! Invoking an action.

use std::time::Duration;

use warp::http::{HeaderValue, StatusCode};

use crate::{
    invoke::{Reply as Invoked, payload::Payload},
    model::{ActionPath, Activation},
};

use super::super::{
    error::ApiError,
    request::{BodyStream, read_json},
    respond::{ACTIVATION_ID, OUTCOME, Reply, json, with_header},
    route::Call,
    run,
};

/// How the client wants its answer.
struct Wish {
    /// How long it waits; none: not at all.
    wait: Option<Duration>,
    /// The bare result instead of the record.
    result_only: bool,
}

/// Answers a POST.
pub(super) async fn invoke(call: &Call<'_>, path: &ActionPath, body: BodyStream) -> Result<Reply, ApiError> {
    let host = call.host;
    let config = &host.config;
    let wish = wish(call)?;
    let text = read_json(call.head, body, config.payload_max_bytes, config.http_body_timeout).await?;
    let payload = Payload::parse_object(text).map_err(ApiError::malformed)?;
    let action = host.store.resolve_call(path, &call.identity.namespace)?;
    run::check_final(&action, &payload)?;
    let how = (wish.wait, run::wants_all_records(&call.head.headers));
    let invoked = run::run(host, action, &call.identity, payload, &call.head.transaction_id, how).await?;
    Ok(match invoked {
        Invoked::Accepted(id) => {
            let body = format!("{{\"activationId\":\"{id}\"}}");
            with_header(json(StatusCode::ACCEPTED, body), ACTIVATION_ID, &id.to_string())
        }
        Invoked::Ended(activation) => ended(&activation, wish.result_only),
    })
}

fn wish(call: &Call<'_>) -> Result<Wish, ApiError> {
    let head = call.head;
    let max = call.host.config.blocking_wait_max;
    let wait = match head.query("timeout") {
        None => max,
        Some(text) => text
            .parse::<u64>()
            .ok()
            .map(Duration::from_millis)
            .filter(|wait| !wait.is_zero() && *wait <= max)
            .ok_or_else(|| {
                ApiError::bad_query(
                    "timeout",
                    format_args!("Timeout must be number of milliseconds up to {}.", max.as_millis()),
                )
            })?,
    };
    let is_blocking = head.flag("blocking", false)?;
    Ok(Wish { wait: is_blocking.then_some(wait), result_only: head.flag("result", false)? })
}

/// The record or the result, with the status of the outcome. A result that is an array stands alone, as in OpenWhisk.
fn ended(activation: &Activation, result_only: bool) -> Reply {
    let status =
        StatusCode::from_u16(activation.outcome.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = if result_only || activation.result.first() == Some(&b'[') {
        activation.result.clone()
    } else {
        activation.to_json().into()
    };
    let mut reply = with_header(json(status, body), ACTIVATION_ID, &activation.id.to_string());
    reply.headers_mut().insert(OUTCOME, HeaderValue::from_static(activation.outcome.name()));
    reply
}
