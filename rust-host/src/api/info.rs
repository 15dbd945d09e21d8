//! What the host says of itself.

use std::sync::{Arc, atomic::Ordering};

use serde_json::{Value, json};
use warp::http::StatusCode;

use crate::{
    model::action::{JAVA_DEFAULT_KIND, JAVA_KINDS},
    observe::metrics::{Pauses, Snapshot},
};

use super::{
    Host,
    error::ApiError,
    namespaces::only_get,
    request::Head,
    respond::{self, Reply, ok},
};

/// `GET /`: limits and kinds, as OpenWhisk's controller says them. Deployment tools read the kinds.
pub fn controller(host: &Host, head: &Head) -> Result<Reply, ApiError> {
    only_get(head)?;
    let config = &host.config;
    let limits = &config.action_limits;
    let bytes = |mebibytes: u32| u64::from(mebibytes) << 20;
    let kinds: Vec<Value> = JAVA_KINDS
        .iter()
        .map(|kind| {
            json!({
                "kind": kind,
                "default": *kind == JAVA_DEFAULT_KIND,
                "deprecated": false,
                "requireMain": true,
                "attached": true,
                "image": format!("flock/java:{}", host.java_version),
            })
        })
        .collect();
    let mut shown = json!({
        "actions_per_minute": config.invocations_per_minute,
        "triggers_per_minute": config.fires_per_minute,
        "concurrent_actions": config.concurrent_invocations,
        "sequence_length": config.sequence_length_max,
    });
    for (name, min, max) in [
        ("duration", u64::from(limits.timeout_millis.min), u64::from(limits.timeout_millis.max)),
        ("memory", bytes(limits.memory_mebibytes.min), bytes(limits.memory_mebibytes.max)),
        ("logs", bytes(limits.logs_mebibytes.min), bytes(limits.logs_mebibytes.max)),
    ] {
        // Those of a namespace to which the operator has given none of its own are the host's.
        for of in ["", "default_"] {
            shown[format!("{of}min_action_{name}")] = min.into();
            shown[format!("{of}max_action_{name}")] = max.into();
        }
    }
    Ok(ok(&json!({
        "description": "OpenWhisk",
        "api_paths": ["/api/v1"],
        // OpenWhisk names its tracker and its chat; of this host there is its documentation.
        "support": { "docs": "/api/v1/docs" },
        "runtimes": { "java": kinds },
        "limits": shown,
    })))
}

/// `GET /api/v1`: the version of the API and of the host.
pub fn api(head: &Head) -> Result<Reply, ApiError> {
    only_get(head)?;
    Ok(ok(&json!({
        "description": "OpenWhisk API",
        "api_version": "1.0.0",
        "api_version_path": "v1",
        "build": concat!("flock-", env!("CARGO_PKG_VERSION")),
        "buildno": env!("CARGO_PKG_VERSION"),
        "swagger_paths": { "ui": "/docs", "api-docs": "/api-docs" },
    })))
}

/// `GET /readyz`: 200 when calls are answered and their records are kept.
pub fn ready(host: &Host) -> Result<Reply, ApiError> {
    let lost = host.invoker.funclets.watchdog().lost_count();
    let trouble = host.store.trouble();
    let is_ready = host.is_ready.load(Ordering::Acquire) && trouble.is_none();
    let mut body = json!({ "ready": is_ready, "lostThreads": lost });
    if let Some(why) = trouble {
        body["store"] = format!("nothing can be written: {why}").into();
    }
    let body = body.to_string();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(respond::json(status, body))
}

/// `GET /metrics`: Prometheus' text form.
pub fn metrics(host: &Arc<Host>) -> Result<Reply, ApiError> {
    let watchdog = host.invoker.funclets.watchdog();
    let jvm = watchdog.jvm_state();
    let (pauses, paused) = watchdog.collections();
    let now = Snapshot {
        gauges: host.invoker.funclets.gauges(),
        versions: host.invoker.funclets.split_calls(),
        pauses: Some(Pauses { count: pauses, total: paused }),
        in_flight: host.invoker.admission.in_flight(),
        lanes: watchdog.lane_count(),
        loaded: host.invoker.funclets.loaded_count(),
        lost_lanes: watchdog.lost_count(),
        stopped: watchdog.stopped_count(),
        dropped_records: host.store.dropped_records(),
        kept_records: host.store.kept_records(),
        jvm_classes: jvm.loaded_classes,
        heap_used_bytes: jvm.heap_used_bytes,
        heap_max_bytes: watchdog.heap_max_bytes(),
        heap_admitted_bytes: watchdog.heap_admitted_bytes(),
        forced_collections: watchdog.forced_collections(),
        given_back: watchdog.given_back_count(),
        evicted: host.invoker.funclets.evicted(),
        unloaded: watchdog.unloaded_count(),
    };
    let text = host.metrics.text(&now).map_err(|error| ApiError::internal(&error))?;
    Ok(respond::text(StatusCode::OK, text))
}
