//! `GET /flock/v1/funclets`: the functions that are loaded, and what keeping them is worth.
//!
//! A namespace's key sees that namespace; the operator's key sees all.

use serde_json::{Value, json};

use crate::funclets::Pool;

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
    let mut pools = host.invoker.funclets.pools();
    pools.retain(|pool| viewer.namespace().is_none_or(|own| own == pool.action().tenant().as_str()));
    pools.sort_by_cached_key(|pool| {
        (pool.action().tenant().to_string(), pool.action().instance_key(), pool.action().version)
    });
    let rows: Vec<Value> = pools.iter().map(|pool| row(pool)).collect();
    Ok(ok(&json!({ "rows": rows })))
}

fn row(pool: &Pool) -> Value {
    let (action, gauges, calls) = (pool.action(), pool.gauges(), pool.calls());
    let running = pool.running();
    let state = match (gauges.instances, running) {
        (0, _) => "absent",
        (_, 0) if calls.cold() == 0 => "loaded",
        (_, 0) => "ready",
        _ => "running",
    };
    json!({
        "namespace": action.tenant(),
        "action": action.path.to_string(),
        "version": action.version,
        "state": state,
        "instances": gauges.instances,
        "lanes": gauges.lanes,
        "running": running,
        "queued": gauges.queued,
        "liveHeapBytes": gauges.live_heap_bytes,
        "classes": gauges.classes,
        "metaspaceBytes": gauges.metaspace_bytes,
        "loadedEpochMillis": pool.made_epoch_millis(),
        "calledEpochMillis": pool.last_used_epoch_millis(),
        "calls": calls.ended(),
        "failed": calls.failed(),
        "cold": calls.cold(),
        "initMicros": calls.init_micros(),
        "cannotBeMadeReady": pool.why_unfit(),
    })
}
