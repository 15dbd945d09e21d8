//! `/namespaces/NS/actions`: actions and their invocation.

mod invoke;
pub(super) mod publish;
pub(super) mod put;

use std::sync::Arc;

use warp::http::{Method, StatusCode};

use crate::model::{Action, ActionPath, EntityName, Exec, PackagePath};

use super::{
    auth,
    collection::{list, name as entity_name},
    error::ApiError,
    holds::Hold,
    request::BodyStream,
    respond::{Reply, json, ok},
    route::Call,
};

/// Finds the operation.
pub async fn answer(call: Call<'_>, namespace: &str, body: BodyStream) -> Result<Reply, ApiError> {
    let namespace = auth::any_namespace(namespace, &call.identity)?;
    // Only what is in a package can be shared, and only to be read and invoked.
    let own = || auth::own(&namespace, &call.identity, call.rest);
    let (package, name) = match call.rest {
        [] | [""] => {
            own()?;
            let actions = call.host.store.actions_of(&namespace);
            return list(&call, "actions", &actions, |action| action.summary_json());
        }
        [name] => {
            own()?;
            (None, *name)
        }
        [package, ""] if call.head.method == Method::GET => return list_package(&call, namespace, package),
        // A slash at the end is of the list alone.
        [_, ""] => return Err(ApiError::no_such_path()),
        [package, name] => (Some(entity_name(package)?), *name),
        _ => return Err(ApiError::no_such_path()),
    };
    let path = ActionPath { namespace: namespace.clone(), package, name: entity_name(name)? };
    match call.head.method {
        Method::GET => get(&call, &path).await,
        Method::PUT => {
            own()?;
            put::put(&call, path, body).await
        }
        Method::POST => invoke::invoke(&call, &path, body).await,
        Method::DELETE => {
            own()?;
            delete(&call, &path).await
        }
        _ => Err(ApiError::method_not_allowed("GET, PUT, POST, DELETE")),
    }
}

/// The actions of a package, or of the one that a binding stands for.
fn list_package(call: &Call<'_>, namespace: EntityName, package: &str) -> Result<Reply, ApiError> {
    let store = &call.host.store;
    let path = PackagePath { namespace, name: entity_name(package)? };
    let (package, _) = store.readable_package(&path, &call.identity.namespace)?;
    let actions = store.actions_in(&package.path.namespace, &package.path.name);
    list(call, "actions", &actions, |action| action.summary_json())
}

async fn get(call: &Call<'_>, path: &ActionPath) -> Result<Reply, ApiError> {
    let with_code = call.head.flag("code", true)?;
    let action = call.host.store.resolve_action(path, &call.identity.namespace)?;
    let hold = if with_code { hold_code(call, &action).await? } else { None };
    shown(call, &action, hold).await
}

async fn delete(call: &Call<'_>, path: &ActionPath) -> Result<Reply, ApiError> {
    let host = call.host;
    put::check_place(call, path)?;
    let known = host.store.action(path).ok_or_else(ApiError::not_found)?;
    // Not while nobody else may write: it may wait.
    let hold = hold_kept_code(call, &known).await?;
    let _writing = host.writing.lock().await;
    let action = host.store.action(path).ok_or_else(ApiError::not_found)?;
    // Before its code goes.
    let reply = published(call, &action, hold).await;
    remove(call, &action).await?;
    Ok(reply)
}

/// Deletes an action and what is kept for it. Nothing else may be written meanwhile.
pub(super) async fn remove(call: &Call<'_>, action: &Action) -> Result<(), ApiError> {
    let host = call.host;
    let unused = host.store.delete_action(&action.path).await?;
    host.invoker.funclets.unload(&action.path);
    forget_code(call, unused).await;
    Ok(())
}

/// Room for the code of an action in an answer; none is needed for what has no code.
pub(super) async fn hold_code(call: &Call<'_>, action: &Action) -> Result<Option<Hold>, ApiError> {
    let Exec::Java { code, .. } = &action.exec else { return Ok(None) };
    let bytes = call.host.store.code_text_bytes(code)?;
    let held = call.host.code_answers.enter(&call.identity.namespace, bytes, &call.head.client).await;
    Ok(Some(held?))
}

/// The same of an action whose code may be lost, which then has none in the answer.
pub(super) async fn hold_kept_code(call: &Call<'_>, action: &Action) -> Result<Option<Hold>, ApiError> {
    match &action.exec {
        Exec::Java { code, .. } if !call.host.store.keeps_code(code) => Ok(None),
        _ => hold_code(call, action).await,
    }
}

/// An action as an answer, with its code if there is room for it, which is held until the answer is sent.
async fn shown(call: &Call<'_>, action: &Action, hold: Option<Hold>) -> Result<Reply, ApiError> {
    let (Some(hold), Exec::Java { code, .. }) = (hold, &action.exec) else {
        return Ok(ok(&action.to_json(None)));
    };
    // Nobody can know it, so it stands nowhere else.
    let mark = uuid::Uuid::new_v4().to_string();
    let frame = action.to_json(Some(&mark)).to_string();
    let (store, code) = (Arc::clone(&call.host.store), code.clone());
    let body = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, ApiError> {
        let (before, after) = frame.split_once(&format!("\"{mark}\"")).unwrap_or((&frame, ""));
        let mut body = Vec::with_capacity(frame.len() + store.code_text_bytes(&code)?);
        body.extend_from_slice(before.as_bytes());
        store.write_code(&code, &mut body)?;
        body.extend_from_slice(after.as_bytes());
        Ok(body)
    });
    let body = body.await.map_err(|error| ApiError::internal(&error))??;
    Ok(json(StatusCode::OK, hold.around(body)))
}

/// The same of what was just put in place or is about to be deleted: lost code must not make an error of the answer.
pub(super) async fn published(call: &Call<'_>, action: &Action, hold: Option<Hold>) -> Reply {
    match shown(call, action, hold).await {
        Ok(reply) => reply,
        Err(error) => {
            tracing::error!(action = %action.path, ?error, "the code of an action cannot be read; deploy it again");
            ok(&action.to_json(None))
        }
    }
}

/// Deletes the files of code that nothing uses any more.
async fn forget_code(call: &Call<'_>, digests: Vec<String>) {
    if !digests.is_empty() {
        let store = Arc::clone(&call.host.store);
        // It only frees space; a start sweeps what is left.
        let _ = tokio::task::spawn_blocking(move || {
            digests.iter().for_each(|digest| store.drop_code(digest));
        })
        .await;
    }
}
