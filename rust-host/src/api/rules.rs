//! `/namespaces/NS/rules`: what is invoked when a trigger fires.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use warp::http::Method;

use crate::{
    model::{ActionPath, EntityName, Parameters, Rule, SemVer, Trigger, TriggerPath, trigger::RuleStatus},
    store::{entities::Changes, resolve::Unresolved},
};

use super::{
    auth,
    collection::{check_collection, check_package, check_sizes, find, list, name, read_body},
    error::ApiError,
    request::BodyStream,
    respond::{Reply, ok},
    route::Call,
};

/// The body of a PUT. A `status` in it is ignored: a rule is active when it is made, and keeps its state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Put {
    trigger: Option<Value>,
    action: Option<Value>,
    annotations: Option<Parameters>,
    version: Option<SemVer>,
    publish: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    status: Option<Value>,
}

/// Finds the operation.
pub async fn answer(call: Call<'_>, namespace: &str, body: BodyStream) -> Result<Reply, ApiError> {
    let namespace = auth::namespace(namespace, &call.identity, call.rest)?;
    let rule = match call.rest {
        [] | [""] => {
            let rules = call.host.store.entities::<Rule>(&namespace);
            return list(&call, "rules", &rules, |rule| rule.summary_json());
        }
        [text] | [text, ""] => name(text)?,
        _ => return Err(ApiError::no_such_path()),
    };
    match call.head.method {
        Method::GET => Ok(ok(&find::<Rule>(&call, &namespace, &rule)?.to_json())),
        Method::PUT => put(&call, namespace, rule, body).await,
        Method::POST => switch(&call, &namespace, &rule, body).await,
        Method::DELETE => delete(&call, &namespace, &rule).await,
        _ => Err(ApiError::method_not_allowed("GET, PUT, POST, DELETE")),
    }
}

async fn put(
    call: &Call<'_>,
    namespace: EntityName,
    rule: EntityName,
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let overwrite = call.head.flag("overwrite", false)?;
    let put: Put = read_body(call, body).await?;
    check_sizes(call, None, put.annotations.as_ref())?;
    let trigger = put.trigger.as_ref().map(|value| trigger_path(value, &namespace)).transpose()?;
    let action = put.action.as_ref().map(|value| action_path(value, &namespace)).transpose()?;
    let host = call.host;
    let _writing = host.writing.lock().await;
    check_collection::<Rule>(call, &namespace, &rule)?;
    let old = host.store.entity::<Rule>(&namespace, &rule);
    if old.is_some() && !overwrite {
        return Err(ApiError::exists());
    }
    let trigger = trigger.or_else(|| old.as_ref().map(|old| old.trigger.clone()));
    let action = action.or_else(|| old.as_ref().map(|old| old.action.clone()));
    let (Some(trigger), Some(action)) = (trigger, action) else {
        return Err(ApiError::bad("rule requires a valid trigger and a valid action"));
    };
    check_parts(call, &trigger, &action)?;
    // A rule whose trigger went missing stays off when it follows a new one.
    let status = match old.as_ref().map(|old| old.status) {
        None => RuleStatus::Active,
        Some(RuleStatus::Detached) => RuleStatus::Inactive,
        Some(status) => status,
    };
    let next = old.as_ref().map_or(SemVer::FIRST, |old| old.version.next());
    let kept = old.as_ref().map(|old| old.annotations.clone()).unwrap_or_default();
    let rule = Arc::new(Rule {
        namespace,
        name: rule,
        version: put.version.unwrap_or(next),
        trigger,
        action,
        status,
        annotations: put.annotations.map_or(kept, Parameters::deduplicated),
        publish: put.publish.or(old.as_ref().map(|old| old.publish)).unwrap_or(false),
        updated_epoch_millis: host.store.update_epoch_millis(),
    });
    let mut changes = Changes::default();
    changes.put(Arc::clone(&rule))?;
    host.store.commit(changes).await?;
    Ok(ok(&rule.to_json()))
}

/// `ns/name` as text, or as `{path, name}`.
fn qualified(value: &Value) -> Result<String, ApiError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Object(_) => match (value["path"].as_str(), value["name"].as_str()) {
            (Some(path), Some(name)) => Ok(format!("{path}/{name}")),
            _ => Err(ApiError::malformed("fully qualified name malformed")),
        },
        _ => Err(ApiError::malformed("fully qualified name malformed")),
    }
}

fn trigger_path(value: &Value, own: &EntityName) -> Result<TriggerPath, ApiError> {
    let path = action_path(value, own)?;
    match path.package {
        None => Ok(TriggerPath { namespace: path.namespace, name: path.name }),
        Some(_) => Err(ApiError::malformed("a trigger is in no package")),
    }
}

fn action_path(value: &Value, own: &EntityName) -> Result<ActionPath, ApiError> {
    ActionPath::parse(&qualified(value)?, own).map_err(ApiError::malformed)
}

fn check_parts(call: &Call<'_>, trigger: &TriggerPath, action: &ActionPath) -> Result<(), ApiError> {
    let store = &call.host.store;
    if trigger.namespace != call.identity.namespace {
        return Err(ApiError::forbidden(&trigger.to_string()));
    }
    if store.entity::<Trigger>(&trigger.namespace, &trigger.name).is_none() {
        check_collection::<Trigger>(call, &trigger.namespace, &trigger.name)?;
        return Err(ApiError::bad(format!("trigger /{trigger} does not exist")));
    }
    match store.resolve_action(action, &call.identity.namespace) {
        Ok(_) => Ok(()),
        // A name in a package that is not there is no name; OpenWhisk looks at what may be read first.
        Err(Unresolved::Missing) if check_package(call, action).is_err() => Err(ApiError::not_found()),
        Err(Unresolved::Missing) => Err(ApiError::bad(format!("action /{action} does not exist"))),
        Err(other) => Err(other.into()),
    }
}

/// Switches a rule on or off.
async fn switch(
    call: &Call<'_>,
    namespace: &EntityName,
    rule: &EntityName,
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let Switch { status } = read_body(call, body).await?;
    let status = status.ok_or_else(|| ApiError::malformed("key not found: status"))?;
    let status = match status.as_str().map(str::trim) {
        Some("active") => RuleStatus::Active,
        Some("inactive") => RuleStatus::Inactive,
        Some("") => return Err(ApiError::malformed("requirement failed: argument undefined")),
        Some(other) => {
            return Err(ApiError::malformed(format_args!(
                "requirement failed: {other} is not a recognized rule state"
            )));
        }
        None => return Err(ApiError::malformed("'status' must be a string")),
    };
    let host = call.host;
    let _writing = host.writing.lock().await;
    let old = find::<Rule>(call, namespace, rule)?;
    if old.status == status || (old.status == RuleStatus::Detached && status == RuleStatus::Inactive) {
        return Ok(ok(&old.to_json()));
    }
    if host.store.entity::<Trigger>(&old.trigger.namespace, &old.trigger.name).is_none() {
        return Err(ApiError::not_found_because("Only rules with existing triggers can be activated"));
    }
    let rule = Arc::new(Rule { status, ..(*old).clone() });
    let mut changes = Changes::default();
    changes.put(Arc::clone(&rule))?;
    host.store.commit(changes).await?;
    Ok(ok(&rule.to_json()))
}

async fn delete(call: &Call<'_>, namespace: &EntityName, rule: &EntityName) -> Result<Reply, ApiError> {
    let host = call.host;
    let _writing = host.writing.lock().await;
    let old = find::<Rule>(call, namespace, rule)?;
    let mut changes = Changes::default();
    changes.delete::<Rule>(namespace, rule);
    host.store.commit(changes).await?;
    Ok(ok(&Rule { status: RuleStatus::Inactive, ..(*old).clone() }.to_json()))
}
