//! Running whatever a name stands for: a function, a sequence or a conductor, for a client, a rule or a page.

use std::{sync::Arc, time::Duration};

use warp::http::HeaderMap;

use crate::{
    invoke::{Invocation, InvokeError, Reply, payload::Payload},
    model::{Action, ActionPath, ActivationId, Exec, json::Members},
    store::namespaces::Identity,
};

use super::{Host, builtin, error::ApiError};

/// What a payload may not do.
pub const NOT_ALLOWED: &str = "Request defines parameters that are not allowed (e.g., reserved properties).";

/// Refuses a payload that sets a parameter which the action has made final.
pub fn check_final(action: &Action, payload: &Payload) -> Result<(), ApiError> {
    let Payload::Object(object) = payload else { return Ok(()) };
    if action.annotations.is_truthy("final") {
        let members = Members::parse(object).map_err(ApiError::malformed)?;
        if action.overrides_final(&members) {
            return Err(ApiError::bad(NOT_ALLOWED));
        }
    }
    Ok(())
}

/// How long somebody waits for an end; none: not at all.
pub type Wait = Option<Duration>;

/// Does the client want the records of all hops to be kept? Those of plain invocations are in any case.
pub fn wants_all_records(headers: &HeaderMap) -> bool {
    headers.get("x-ow-extra-logging").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"on"))
}

/// Runs an action: to its end, for at most `wait`, or, with no wait, durably in the background. With `keeps_all` the
/// records of all hops are kept.
pub async fn run(
    host: &Arc<Host>,
    action: Arc<Action>,
    identity: &Arc<Identity>,
    payload: Payload,
    transaction_id: &Arc<str>,
    (wait, keeps_all): (Wait, bool),
) -> Result<Reply, ApiError> {
    if let Exec::Builtin { name } = &action.exec {
        return builtin::run(host, name, &action, identity, &payload, wait).await;
    }
    let is_chain = matches!(action.exec, Exec::Sequence { .. }) || action.is_conductor();
    let invocation = Invocation {
        action,
        identity: Arc::clone(identity),
        payload,
        transaction_id: Arc::clone(transaction_id),
        cause: None,
        callers: None,
        keeps_all,
    };
    let invoked = match wait {
        _ if is_chain => host.chains.invoke(invocation, wait).await,
        Some(wait) => host.invoker.invoke_blocking(invocation, wait).await,
        None => host.invoker.invoke_accepted(invocation).await,
    };
    if let Err(error) = &invoked
        && let Some(limit) = limit_of(error)
    {
        host.metrics.refused(limit);
    }
    Ok(invoked?)
}

/// Begins an action without a wait, as a client's POST would.
pub async fn accept(
    host: &Arc<Host>,
    path: &ActionPath,
    identity: &Arc<Identity>,
    payload: Payload,
    transaction_id: &Arc<str>,
) -> Result<ActivationId, ApiError> {
    let action = host.store.resolve_call(path, &identity.namespace)?;
    check_final(&action, &payload)?;
    Ok(match run(host, action, identity, payload, transaction_id, (None, false)).await? {
        Reply::Accepted(id) => id,
        Reply::Ended(activation) => activation.id,
    })
}

/// The limit behind a refusal, by its name in metrics.
fn limit_of(error: &InvokeError) -> Option<&'static str> {
    match error {
        InvokeError::Refused(refused) => refused.limit(),
        InvokeError::Busy(_) => Some("queue"),
        InvokeError::Load(_) | InvokeError::Store(_) => None,
    }
}
