//! `/namespaces/NS/actions`: actions and their invocation.

mod invoke;
mod put;

use serde_json::json;
use warp::http::Method;

use crate::model::{Action, ActionPath, EntityName, Exec};

use super::{
    auth,
    error::ApiError,
    request::BodyStream,
    respond::{Reply, ok},
    route::Call,
};

/// Finds the operation.
pub async fn answer(call: Call<'_>, namespace: &str, body: BodyStream) -> Result<Reply, ApiError> {
    let namespace = auth::namespace(namespace, &call.identity)?;
    let (package, name) = match call.rest {
        [] | [""] => return list(&call, &namespace),
        [name] => (None, *name),
        // The actions of a package; there are no packages yet.
        [package, ""] => {
            entity_name(package)?;
            return Err(ApiError::not_found());
        }
        [package, name] => (Some(entity_name(package)?), *name),
        _ => return Err(ApiError::not_found()),
    };
    let path = ActionPath { namespace, package, name: entity_name(name)? };
    match call.head.method {
        Method::GET => get(&call, &path).await,
        Method::PUT => put::put(&call, path, body).await,
        Method::POST => invoke::invoke(&call, &path, body).await,
        Method::DELETE => delete(&call, &path).await,
        _ => Err(ApiError::method_not_allowed("GET, PUT, POST, DELETE")),
    }
}

fn entity_name(text: &str) -> Result<EntityName, ApiError> {
    EntityName::parse(text).map_err(|error| ApiError::bad(error.to_string()))
}

fn list(call: &Call<'_>, namespace: &EntityName) -> Result<Reply, ApiError> {
    if call.head.method != Method::GET {
        return Err(ApiError::method_not_allowed("GET"));
    }
    let limit = call.head.limit("actions")?;
    let skip = call.head.skip("actions")?;
    let actions = call.host.store.actions_of(namespace);
    if call.head.flag("count", false)? {
        return Ok(ok(&json!({ "actions": actions.len().saturating_sub(skip) })));
    }
    let shown = actions.iter().skip(skip).take(limit).map(|action| action.summary_json());
    Ok(ok(&shown.collect()))
}

async fn get(call: &Call<'_>, path: &ActionPath) -> Result<Reply, ApiError> {
    let with_code = call.head.flag("code", true)?;
    let action = call.host.store.action(path).ok_or_else(ApiError::not_found)?;
    let code = if with_code { code_text(call, &action).await? } else { None };
    Ok(ok(&action.to_json(code.as_deref())))
}

async fn delete(call: &Call<'_>, path: &ActionPath) -> Result<Reply, ApiError> {
    let host = call.host;
    let _writing = host.writing.lock().await;
    let action = host.store.action(path).ok_or_else(ApiError::not_found)?;
    let code = code_text(call, &action).await?;
    host.store.delete_action(path).await?;
    host.invoker.funclets.unload(&path.to_string());
    forget_code(call, &action).await;
    Ok(ok(&action.to_json(code.as_deref())))
}

/// The text of `exec.code`, read off the async threads.
async fn code_text(call: &Call<'_>, action: &Action) -> Result<Option<String>, ApiError> {
    let Exec::Java { code, .. } = &action.exec else { return Ok(None) };
    let (store, code) = (std::sync::Arc::clone(&call.host.store), code.clone());
    let text = tokio::task::spawn_blocking(move || store.code_text(&code))
        .await
        .map_err(|error| ApiError::internal(&error))??;
    Ok(Some(text))
}

/// Deletes the files of code that this version was the last to use.
async fn forget_code(call: &Call<'_>, action: &Action) {
    if let Exec::Java { code, .. } = &action.exec {
        let (store, digest) = (std::sync::Arc::clone(&call.host.store), code.digest.clone());
        // It only frees space; a start sweeps what is left.
        let _ = tokio::task::spawn_blocking(move || store.drop_code(&digest)).await;
    }
}
