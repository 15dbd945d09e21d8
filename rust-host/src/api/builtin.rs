//! Actions that the host itself is: they have no code, run at once, and leave records like any other.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    api::alarms::feed::{self, Feed},
    invoke::{InvokeError, Reply, payload::Payload},
    model::{Action, Activation, ActivationId, Keep, Outcome, Usage, time::now_epoch_millis},
    store::namespaces::Identity,
};

use super::{Host, error::ApiError, run::Wait};

/// Runs one. Its answer is there at once, so a client that does not want to wait is told of a run that has ended.
pub async fn run(
    host: &Arc<Host>,
    name: &str,
    action: &Action,
    identity: &Arc<Identity>,
    payload: &Payload,
    wait: Wait,
) -> Result<Reply, ApiError> {
    let _in_flight = host.invoker.admission.admit(&identity.namespace).map_err(InvokeError::from)?;
    let started = std::time::Instant::now();
    let start_epoch_millis = now_epoch_millis();
    let arguments: Value =
        serde_json::from_slice(&payload.merged_over(&action.parameters)).map_err(ApiError::malformed)?;
    let Some(feed) = Feed::of(name) else { return Err(ApiError::not_found()) };
    let answer = match feed::answer(host, feed, identity, &arguments).await? {
        Ok(value) => value,
        Err(why) => json!({ "error": why }),
    };
    let outcome = if answer.get("error").is_some() { Outcome::ApplicationError } else { Outcome::Success };
    let result = bytes::Bytes::from(answer.to_string());
    let record = Arc::new(Activation {
        id: ActivationId::new(),
        origin: action.origin(&identity.namespace),
        limits: action.limits,
        start_epoch_millis,
        end_epoch_millis: now_epoch_millis(),
        duration_millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        wait_millis: 0,
        init_millis: None,
        cause: None,
        topmost: None,
        is_called: false,
        is_composition: false,
        outcome,
        result_total_bytes: result.len(),
        result,
        usage: Usage {
            wall_micros: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            ..Usage::default()
        },
        logs: Vec::new(),
        keep: Keep::Full,
    });
    host.metrics.ended(outcome, false, started.elapsed());
    host.metrics.ledger.ended(&record);
    host.store.record(Arc::clone(&record), false);
    if wait.is_some() {
        return Ok(Reply::Ended(record));
    }
    host.store.settled().await?;
    Ok(Reply::Accepted(record.id))
}
