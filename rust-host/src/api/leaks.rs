//! `GET /flock/v1/leaks`: dropped functions whose classes the JVM cannot unload, and what holds them.
//!
//! A namespace's key sees that namespace; the operator's key sees all. The names in a chain are those of classes.

use serde_json::{Value, json};

use super::{
    Host, auth,
    error::ApiError,
    namespaces::only_get,
    request::Head,
    respond::{Reply, ok},
};

/// See the head of this file.
pub async fn answer(host: &Host, head: &Head) -> Result<Reply, ApiError> {
    only_get(head)?;
    let viewer = auth::viewer(&host.store, &head.headers).await?;
    let all = host.invoker.funclets.watchdog().leaks().into_iter();
    let seen = all.filter(|leak| viewer.namespace().is_none_or(|own| own == leak.namespace));
    let rows: Vec<Value> = seen
        .map(|leak| {
            json!({
                "namespace": leak.namespace,
                "action": leak.action,
                "foundEpochMillis": leak.found_epoch_millis,
                "walkMicros": leak.walk_micros,
                "chain": leak.chain,
            })
        })
        .collect();
    Ok(ok(&json!({ "rows": rows })))
}
