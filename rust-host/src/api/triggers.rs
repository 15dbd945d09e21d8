//! `/namespaces/NS/triggers`: triggers and their firing.

pub mod fire;

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use warp::http::{Method, StatusCode, header};

use crate::{
    invoke::payload::Payload,
    model::{
        EntityName, Parameters, Rule, SemVer, Trigger, TriggerPath, alarm::Alarm, package::FEED_ANNOTATION,
        trigger::RuleStatus,
    },
    store::entities::Changes,
};

use super::{
    auth,
    collection::{check_collection, check_sizes, find, list, name, read_body},
    error::ApiError,
    request::{BodyStream, read_json},
    respond::{ACTIVATION_ID, Reply, empty, json, ok, with_header},
    route::Call,
    web::arguments,
};

/// The body of a PUT. What it leaves out keeps its old value.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Put {
    parameters: Option<Parameters>,
    annotations: Option<Parameters>,
    version: Option<SemVer>,
    publish: Option<bool>,
}

/// Finds the operation.
pub async fn answer(call: Call<'_>, namespace: &str, body: BodyStream) -> Result<Reply, ApiError> {
    let namespace = auth::namespace(namespace, &call.identity, call.rest)?;
    let path = match call.rest {
        [] | [""] => {
            let triggers = call.host.store.entities::<Trigger>(&namespace);
            return list(&call, "triggers", &triggers, |trigger| trigger.summary_json());
        }
        [text] | [text, ""] => TriggerPath { namespace, name: name(text)? },
        _ => return Err(ApiError::no_such_path()),
    };
    match call.head.method {
        Method::GET => {
            let trigger = find::<Trigger>(&call, &path.namespace, &path.name)?;
            Ok(shown(&call, &trigger))
        }
        Method::PUT => put(&call, path, body).await,
        Method::POST => post(&call, &path, body).await,
        Method::DELETE => delete(&call, &path).await,
        _ => Err(ApiError::method_not_allowed("GET, PUT, POST, DELETE")),
    }
}

fn shown(call: &Call<'_>, trigger: &Trigger) -> Reply {
    let rules = call.host.store.rules_of(&trigger.path.namespace, &trigger.path.name);
    ok(&trigger.to_json(rules.iter().map(|rule| &**rule)))
}

async fn put(call: &Call<'_>, path: TriggerPath, body: BodyStream) -> Result<Reply, ApiError> {
    let overwrite = call.head.flag("overwrite", false)?;
    let put: Put = read_body(call, body).await?;
    check_sizes(call, put.parameters.as_ref(), put.annotations.as_ref())?;
    let host = call.host;
    let _writing = host.writing.lock().await;
    check_collection::<Trigger>(call, &path.namespace, &path.name)?;
    let old = host.store.entity::<Trigger>(&path.namespace, &path.name);
    if old.is_some() && !overwrite {
        return Err(ApiError::exists());
    }
    if old.is_none()
        && let Some(feed) = put.annotations.as_ref().and_then(|list| list.get(FEED_ANNOTATION))
        && !is_feed_name(feed)
    {
        return Err(ApiError::bad("Feed name is not valid"));
    }
    let kept = |pick: fn(&Trigger) -> &Parameters| old.as_deref().map(pick).cloned().unwrap_or_default();
    let next = old.as_ref().map_or(SemVer::FIRST, |old| old.version.next());
    let trigger = Arc::new(Trigger {
        path,
        version: put.version.unwrap_or(next),
        parameters: put.parameters.unwrap_or_else(|| kept(|old| &old.parameters)).deduplicated(),
        annotations: put.annotations.unwrap_or_else(|| kept(|old| &old.annotations)).deduplicated(),
        publish: put.publish.or(old.as_ref().map(|old| old.publish)).unwrap_or(false),
        updated_epoch_millis: host.store.update_epoch_millis(),
    });
    let mut changes = Changes::default();
    changes.put(Arc::clone(&trigger))?;
    host.store.commit(changes).await?;
    Ok(shown(call, &trigger))
}

/// Names with slashes between them: which action that is, whoever invokes it finds out.
fn is_feed_name(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let mut parts = text.split('/').filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(|part| EntityName::parse(part).is_ok())
}

async fn post(call: &Call<'_>, path: &TriggerPath, body: BodyStream) -> Result<Reply, ApiError> {
    let config = &call.host.config;
    let text = read_json(call.head, body, config.payload_max_bytes, config.http_body_timeout).await?;
    let payload = Payload::parse_object(text).map_err(ApiError::malformed)?;
    let trigger = find::<Trigger>(call, &path.namespace, &path.name)?;
    let headers = request_headers(call)?;
    let sent = (payload, &headers);
    let fired = fire::fire(call.host, &trigger, &call.identity, sent, &call.head.transaction_id).await?;
    Ok(match fired {
        None => empty(StatusCode::NO_CONTENT),
        Some(id) => {
            let body = format!("{{\"activationId\":\"{id}\"}}");
            with_header(json(StatusCode::ACCEPTED, body), ACTIVATION_ID, &id.to_string())
        }
    })
}

/// What the actions get beside trigger and payload: the headers of the request, but for the key, which is not theirs.
fn request_headers(call: &Call<'_>) -> Result<Parameters, ApiError> {
    let mut headers = call.head.headers.clone();
    for secret in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION] {
        headers.remove(secret);
    }
    let text = arguments::headers(&headers);
    let mut list = Parameters::default();
    list.set(arguments::HEADERS, serde_json::from_str(&text).map_err(|error| ApiError::internal(&error))?);
    Ok(list)
}

async fn delete(call: &Call<'_>, path: &TriggerPath) -> Result<Reply, ApiError> {
    let host = call.host;
    let _writing = host.writing.lock().await;
    let trigger = find::<Trigger>(call, &path.namespace, &path.name)?;
    let answer = shown(call, &trigger);
    host.store.commit(deletion(host, path, DeleteRules::No)?).await?;
    Ok(answer)
}

/// What becomes of the rules of a trigger that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteRules {
    /// They stay, detached.
    No,
    /// They go with it.
    Yes,
}

/// The changes that delete a trigger.
pub fn deletion(host: &super::Host, path: &TriggerPath, rules: DeleteRules) -> Result<Changes, ApiError> {
    let mut changes = Changes::default();
    changes.delete::<Trigger>(&path.namespace, &path.name);
    // A clock that nobody hears must not go on.
    if host.store.entity::<Alarm>(&path.namespace, &path.name).is_some() {
        changes.delete::<Alarm>(&path.namespace, &path.name);
    }
    for rule in host.store.rules_of(&path.namespace, &path.name) {
        match rules {
            DeleteRules::Yes => changes.delete::<Rule>(&rule.namespace, &rule.name),
            DeleteRules::No => {
                changes.put(Arc::new(Rule { status: RuleStatus::Detached, ..(*rule).clone() }))?;
            }
        }
    }
    Ok(changes)
}
