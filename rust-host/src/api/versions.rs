//! `/flock/v1/versions/[PACKAGE/]ACTION`: the versions of an action of the key's namespace.
//!
//! | method | body | what it does |
//! |---|---|---|
//! | GET | | lists the current version and the former ones that are kept |
//! | POST | `{"version": "0.0.3"}`, or nothing | rollback: makes a new version of that one, or of the last former one |
//! | PUT | `{"traffic": {"0.0.3": 20}}` | gives former versions parts of the calls, in percent; the rest is the current one's |

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::Method;

use crate::{
    chain,
    model::{Action, ActionPath, Exec, SemVer, flow},
};

use super::{
    Host,
    actions::{
        self,
        publish::{Wish, replace},
    },
    auth,
    collection::{name as entity_name, parse},
    error::ApiError,
    request::{BodyStream, Head, read_json},
    respond::{Reply, ok},
    route::Call,
};

/// Largest body.
const BODY_MAX_BYTES: usize = 16 << 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rollback {
    version: Option<SemVer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Traffic {
    traffic: Option<BTreeMap<SemVer, u32>>,
}

/// Finds the operation.
pub async fn answer(
    host: &Arc<Host>,
    head: &Head,
    rest: &[&str],
    body: BodyStream,
) -> Result<Reply, ApiError> {
    let identity = auth::authenticate(&host.store, &head.headers)?;
    let (package, name) = match rest {
        [name] => (None, *name),
        [package, name] => (Some(entity_name(package)?), *name),
        _ => return Err(ApiError::no_such_path()),
    };
    let path = ActionPath { namespace: identity.namespace.clone(), package, name: entity_name(name)? };
    let call = Call { host, head, identity, rest };
    match head.method {
        Method::GET => Ok(ok(&list(host, &*found(host, &path)?))),
        Method::POST => rollback(&call, &path, body).await,
        Method::PUT => traffic(&call, &path, body).await,
        _ => Err(ApiError::method_not_allowed("GET, POST, PUT")),
    }
}

fn found(host: &Host, path: &ActionPath) -> Result<Arc<Action>, ApiError> {
    host.store.action(path).ok_or_else(ApiError::not_found)
}

fn missing(version: SemVer) -> ApiError {
    ApiError::not_found_because(format!("Version {version} is not kept. GET lists those that are."))
}

fn list(host: &Host, current: &Action) -> Value {
    let traffic = host.store.traffic(&current.path);
    let pools = host.invoker.funclets.pools();
    // Of all that run it: its owner, and callers of a shared package.
    let counts = |version: SemVer| {
        let of = pools
            .iter()
            .filter(|pool| pool.action().path == current.path && pool.action().version == version);
        of.fold((0, 0), |(ended, failed), pool| {
            (ended + pool.calls().ended(), failed + pool.calls().failed())
        })
    };
    let row = |version: SemVer, kind: &str, updated: u64, replaced: Option<u64>, percent: u32| {
        let (calls, failed) = counts(version);
        json!({
            "version": version,
            "kind": kind,
            "updated": updated,
            "replaced": replaced,
            "percent": percent,
            "callsSinceLoad": calls,
            "failedSinceLoad": failed,
        })
    };
    let others: u32 = traffic.iter().map(|share| share.percent).sum();
    let mut rows = vec![row(
        current.version,
        current.exec.kind(),
        current.updated_epoch_millis,
        None,
        100 - others.min(100),
    )];
    for former in host.store.former_versions(&current.path).iter().rev() {
        let share = traffic.iter().find(|share| share.action.version == former.version);
        rows.push(row(
            former.version,
            &former.kind,
            former.updated_epoch_millis,
            Some(former.replaced_epoch_millis),
            share.map_or(0, |share| share.percent),
        ));
    }
    json!({ "action": current.path.to_string(), "versions": rows })
}

async fn rollback(call: &Call<'_>, path: &ActionPath, body: BodyStream) -> Result<Reply, ApiError> {
    let host = call.host;
    let wish = Wish::of(call)?;
    let text = read_json(call.head, body, BODY_MAX_BYTES, host.config.http_body_timeout).await?;
    let wanted: Rollback = parse(&text)?;
    let current = found(host, path)?;
    let version = match wanted.version {
        Some(version) if version == current.version => {
            return Err(ApiError::bad(format!("Version {version} is the current one.")));
        }
        Some(version) => version,
        None => host
            .store
            .former_versions(path)
            .last()
            .map(|former| former.version)
            .ok_or_else(|| ApiError::not_found_because("The action has no former version."))?,
    };
    let former = host.store.former_version(path, version).await?.ok_or_else(|| missing(version))?;
    check_sequence(host, path, &former)?;
    let action = Arc::new(Action {
        version: host.store.next_version(&current),
        updated_epoch_millis: host.store.update_epoch_millis(),
        ..former
    });
    let action = replace(call, action, current, wish).await?;
    let code = actions::published_code_text(call, &action).await;
    Ok(ok(&action.to_json(code.as_deref())))
}

/// What it names may have changed since: it must not contain itself, and its parts must be there, as for a PUT.
fn check_sequence(host: &Host, path: &ActionPath, former: &Action) -> Result<(), ApiError> {
    let Exec::Sequence { components } = &former.exec else { return Ok(()) };
    let parts = (components.as_slice(), flow::annotated(&former.annotations));
    chain::check(&host.store, path, parts, host.config.sequence_length_max)
        .map_err(|error| ApiError::bad(format!("Version {} cannot come back: {error}", former.version)))
}

async fn traffic(call: &Call<'_>, path: &ActionPath, body: BodyStream) -> Result<Reply, ApiError> {
    let host = call.host;
    let text = read_json(call.head, body, BODY_MAX_BYTES, host.config.http_body_timeout).await?;
    let wanted: Traffic = parse(&text)?;
    let wanted = wanted.traffic.ok_or_else(|| {
        ApiError::bad("The member 'traffic' is missing; {} gives the current version all calls.")
    })?;
    let sum: u64 = wanted.values().map(|percent| u64::from(*percent)).sum();
    if sum > 100 || wanted.values().any(|percent| *percent == 0) {
        return Err(ApiError::bad(format!(
            "The parts in 'traffic' must be whole numbers from 1 to 100 (percent) and not more than 100 together; they are {sum}."
        )));
    }
    let _writing = host.writing.lock().await;
    let current = found(host, path)?;
    let mut shares = Vec::new();
    for (version, percent) in wanted {
        if version == current.version {
            return Err(ApiError::bad(format!(
                "Version {version} is the current one: it gets what is left. Name former versions in 'traffic'."
            )));
        }
        let former = host.store.former_version(path, version).await?.ok_or_else(|| missing(version))?;
        check_sequence(host, path, &former)?;
        shares.push((percent, former));
    }
    host.store.set_traffic(path, shares).await?;
    host.invoker.funclets.unload_former(&path.to_string());
    Ok(ok(&list(host, &current)))
}
