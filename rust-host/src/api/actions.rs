//! `/namespaces/NS/actions`: actions and their invocation.

mod invoke;
pub(super) mod publish;
pub(super) mod put;

use warp::http::Method;

use crate::model::{Action, ActionPath, EntityName, Exec, PackagePath};

use super::{
    auth,
    collection::{list, name as entity_name},
    error::ApiError,
    request::BodyStream,
    respond::{Reply, ok},
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
    let code = if with_code { code_text(call, &action).await? } else { None };
    Ok(ok(&action.to_json(code.as_deref())))
}

async fn delete(call: &Call<'_>, path: &ActionPath) -> Result<Reply, ApiError> {
    let host = call.host;
    let _writing = host.writing.lock().await;
    put::check_place(call, path)?;
    let action = host.store.action(path).ok_or_else(ApiError::not_found)?;
    let code = code_text(call, &action).await?;
    remove(call, &action).await?;
    Ok(ok(&action.to_json(code.as_deref())))
}

/// Deletes an action and what is kept for it. Nothing else may be written meanwhile.
pub(super) async fn remove(call: &Call<'_>, action: &Action) -> Result<(), ApiError> {
    let host = call.host;
    let unused = host.store.delete_action(&action.path).await?;
    host.invoker.funclets.unload(&action.path);
    forget_code(call, unused).await;
    Ok(())
}

/// The text of `exec.code`, read off the async threads.
pub(super) async fn code_text(call: &Call<'_>, action: &Action) -> Result<Option<String>, ApiError> {
    let Exec::Java { code, .. } = &action.exec else { return Ok(None) };
    let (store, code) = (std::sync::Arc::clone(&call.host.store), code.clone());
    let text = tokio::task::spawn_blocking(move || store.code_text(&code))
        .await
        .map_err(|error| ApiError::internal(&error))??;
    Ok(Some(text))
}

/// The same of what was just published: it is in place, so lost code must not make an error of the answer.
pub(super) async fn published_code_text(call: &Call<'_>, action: &Action) -> Option<String> {
    match code_text(call, action).await {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(action = %action.path, ?error, "the code of an action cannot be read; deploy it again");
            None
        }
    }
}

/// Deletes the files of code that nothing uses any more.
async fn forget_code(call: &Call<'_>, digests: Vec<String>) {
    if !digests.is_empty() {
        let store = std::sync::Arc::clone(&call.host.store);
        // It only frees space; a start sweeps what is left.
        let _ = tokio::task::spawn_blocking(move || {
            digests.iter().for_each(|digest| store.drop_code(digest));
        })
        .await;
    }
}
