//! `/namespaces` and the limits of a namespace.

use serde_json::{Value, json};
use warp::http::Method;

use crate::{model::EntityName, store::namespaces::Identity};

use super::{
    Host, auth,
    error::ApiError,
    request::Head,
    respond::{Reply, ok},
    route::Call,
};

/// The one namespace of the caller.
pub fn list(head: &Head, identity: &Identity) -> Result<Reply, ApiError> {
    only_get(head)?;
    Ok(ok(&json!([identity.namespace.as_str()])))
}

/// The limits that hold for the namespace.
pub fn limits(call: Call<'_>, namespace: &str) -> Result<Reply, ApiError> {
    only_get(call.head)?;
    let namespace = auth::namespace(namespace, &call.identity, &[])?;
    if !matches!(call.rest, [] | [""]) {
        return Err(ApiError::no_such_path());
    }
    Ok(ok(&limits_json(call.host, &namespace)))
}

/// OpenWhisk's members, and those of Flock's own limits beside them.
fn limits_json(host: &Host, namespace: &EntityName) -> Value {
    let config = &host.config;
    let (per_minute, concurrent) = host.invoker.admission.allowed(namespace);
    let limits = &config.action_limits;
    let mut members = json!({
        "concurrentInvocations": concurrent,
        "firesPerMinute": host.fires.allowed(namespace),
        "invocationsPerMinute": per_minute,
        "maxActionInstances": config.instances_max,
        "maxParameterSize": format!("{} B", config.parameters_max_bytes),
        "maxPayloadSize": format!("{} B", config.payload_max_bytes),
        "namespaceCpuMillicores": config.namespace_cpu.millicores,
        "namespaceHeapMebibytes": config.namespace_heap_mebibytes.unwrap_or(0),
        "namespaceThreads": config.namespace_threads,
    });
    for (name, range) in [
        ("AllocationRate", limits.allocation_mebibytes_per_second),
        ("Classes", limits.classes),
        ("Concurrency", limits.concurrency),
        ("Cpu", limits.cpu_millis),
        ("Logs", limits.logs_mebibytes),
        ("Memory", limits.memory_mebibytes),
        ("Sockets", limits.sockets),
        ("TempBytes", limits.temp_bytes),
        ("Threads", limits.threads),
        ("Timeout", limits.timeout_millis),
    ] {
        members[format!("minAction{name}")] = range.min.into();
        members[format!("maxAction{name}")] = range.max.into();
    }
    members
}

/// Refuses other methods.
pub fn only_get(head: &Head) -> Result<(), ApiError> {
    if matches!(head.method, Method::GET | Method::HEAD) {
        Ok(())
    } else {
        Err(ApiError::method_not_allowed("GET"))
    }
}
