//! `/namespaces/NS/packages`: packages and bindings.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use warp::http::Method;

use crate::{
    model::{
        EntityName, Package, PackagePath, Parameters, SemVer,
        package::{BINDING_ANNOTATION, RESERVED_NAME},
    },
    store::{entities::Changes, resolve::Unresolved},
};

use super::{
    actions, auth,
    collection::{check_collection, check_sizes, find, list, name, read_body},
    error::ApiError,
    request::BodyStream,
    respond::{Reply, ok},
    route::Call,
};

/// The body of a PUT. What it leaves out keeps its old value.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Put {
    binding: Option<Value>,
    parameters: Option<Parameters>,
    annotations: Option<Parameters>,
    version: Option<SemVer>,
    publish: Option<bool>,
}

/// Finds the operation.
pub async fn answer(call: Call<'_>, namespace: &str, body: BodyStream) -> Result<Reply, ApiError> {
    let namespace = auth::any_namespace(namespace, &call.identity)?;
    let is_owner = namespace == call.identity.namespace;
    let path = match call.rest {
        [] | [""] => {
            // Everybody may see what others share.
            let mut packages = call.host.store.entities::<Package>(&namespace);
            packages.retain(|package| is_owner || (package.publish && package.binding.is_none()));
            return list(&call, "packages", &packages, |package| package.summary_json());
        }
        [text] | [text, ""] => PackagePath { namespace, name: name(text)? },
        _ => return Err(ApiError::no_such_path()),
    };
    match call.head.method {
        Method::GET => get(&call, &path),
        Method::PUT => {
            auth::own(&path.namespace, &call.identity, call.rest)?;
            put(&call, path, body).await
        }
        Method::DELETE => {
            auth::own(&path.namespace, &call.identity, call.rest)?;
            delete(&call, &path).await
        }
        _ => Err(ApiError::method_not_allowed("GET, PUT, DELETE")),
    }
}

fn get(call: &Call<'_>, path: &PackagePath) -> Result<Reply, ApiError> {
    let store = &call.host.store;
    let (package, binding) =
        store.readable_package(path, &call.identity.namespace).map_err(|why| match why {
            // OpenWhisk names it here, and nowhere else.
            Unresolved::Missing => {
                ApiError::not_found_because(format!("The requested resource '{path}' does not exist."))
            }
            other => other.into(),
        })?;
    let actions = store.actions_in(&package.path.namespace, &package.path.name);
    let Some(binding) = binding else { return Ok(ok(&package.with_actions_json(&actions))) };
    let merged = Package {
        parameters: package.parameters.clone().overlaid(&binding.parameters),
        ..(*binding).clone()
    };
    Ok(ok(&merged.with_actions_json(&actions)))
}

async fn put(call: &Call<'_>, path: PackagePath, body: BodyStream) -> Result<Reply, ApiError> {
    let overwrite = call.head.flag("overwrite", false)?;
    if path.name.as_str() == RESERVED_NAME {
        return Err(ApiError::bad(format!("Package name '{}' is reserved.", path.name)));
    }
    let put: Put = read_body(call, body).await?;
    check_sizes(call, put.parameters.as_ref(), put.annotations.as_ref())?;
    let wanted = put.binding.as_ref().map_or(Ok(None), |binding| read_binding(binding, &path.namespace))?;
    let host = call.host;
    let _writing = host.writing.lock().await;
    // What is wrong with the package that a binding is of comes before what is wrong with its own name.
    let is_binding = wanted.as_ref().map(|provider| provider_is_binding(call, provider)).transpose()?;
    check_collection::<Package>(call, &path.namespace, &path.name)?;
    let old = host.store.entity::<Package>(&path.namespace, &path.name);
    if old.is_some() && !overwrite {
        return Err(ApiError::exists());
    }
    if wanted.is_some() && old.as_deref().is_some_and(|old| old.binding.is_none()) {
        return Err(ApiError::conflict("Resource is a package and cannot be converted into a binding."));
    }
    if is_binding == Some(true) {
        return Err(ApiError::bad("Cannot bind to another package binding."));
    }
    let binding = wanted.or_else(|| old.as_ref().and_then(|old| old.binding.clone()));
    let kept = |pick: fn(&Package) -> &Parameters| old.as_deref().map(pick).cloned().unwrap_or_default();
    let mut annotations = put.annotations.unwrap_or_else(|| kept(|old| &old.annotations)).deduplicated();
    annotations.remove(BINDING_ANNOTATION);
    if let Some(provider) = &binding {
        annotations.set(BINDING_ANNOTATION, serde_json::json!(provider));
    }
    let next = old.as_ref().map_or(SemVer::FIRST, |old| old.version.next());
    let package = Arc::new(Package {
        path,
        version: put.version.unwrap_or(next),
        binding,
        parameters: put.parameters.unwrap_or_else(|| kept(|old| &old.parameters)).deduplicated(),
        annotations,
        publish: put.publish.or(old.as_ref().map(|old| old.publish)).unwrap_or(false),
        updated_epoch_millis: host.store.update_epoch_millis(),
    });
    let mut changes = Changes::default();
    changes.put(Arc::clone(&package))?;
    host.store.commit(changes).await?;
    Ok(ok(&package.to_json()))
}

/// `{}` is no binding; `{namespace, name}` is one, and `_` stands for the caller's namespace.
fn read_binding(value: &Value, own: &EntityName) -> Result<Option<PackagePath>, ApiError> {
    let Value::Object(members) = value else {
        return Err(ApiError::malformed("'binding' must be an object"));
    };
    if members.is_empty() {
        return Ok(None);
    }
    let part = |key: &str| {
        let text = value[key].as_str().ok_or_else(|| {
            ApiError::malformed(format_args!("'{key}' must be a string defined in 'binding'"))
        })?;
        match text {
            "_" if key == "namespace" => Ok(own.clone()),
            text => EntityName::parse(text).map_err(ApiError::malformed),
        }
    };
    Ok(Some(PackagePath { namespace: part("namespace")?, name: part("name")? }))
}

/// Is what is to be bound a binding itself? An error where it cannot be bound at all.
fn provider_is_binding(call: &Call<'_>, provider: &PackagePath) -> Result<bool, ApiError> {
    match call.host.store.readable_package(provider, &call.identity.namespace) {
        Ok((_, binding)) => Ok(binding.is_some()),
        Err(Unresolved::Missing) => Err(ApiError::bad("Binding references a package that does not exist.")),
        Err(Unresolved::OtherCollection) => {
            Err(ApiError::conflict("Cannot bind to a resource that is not a package."))
        }
        Err(other) => Err(other.into()),
    }
}

async fn delete(call: &Call<'_>, path: &PackagePath) -> Result<Reply, ApiError> {
    let force = call.head.flag("force", false)?;
    let host = call.host;
    let _writing = host.writing.lock().await;
    let package = find::<Package>(call, &path.namespace, &path.name)?;
    let actions = host.store.actions_in(&path.namespace, &path.name);
    if !actions.is_empty() && !force {
        let entities = if actions.len() == 1 { "entity" } else { "entities" };
        return Err(ApiError::conflict(format!(
            "Package not empty (contains {} {entities}). Set force param or delete package contents.",
            actions.len()
        )));
    }
    // What is in it goes first: a crash in between leaves a package with less in it, never actions without a package.
    for action in actions {
        actions::remove(call, &action).await?;
    }
    let mut changes = Changes::default();
    changes.delete::<Package>(&path.namespace, &path.name);
    host.store.commit(changes).await?;
    Ok(ok(&package.to_json()))
}
