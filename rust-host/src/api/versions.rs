//! `/flock/v1/versions/[PACKAGE/]ACTION`: the versions of an action of the key's namespace.
//!
//! | method | body | what it does |
//! |---|---|---|
//! | GET | | lists the current version and the former ones that are kept |
//! | POST | `{"version": "0.0.3"}`, or nothing | rollback: makes a new version of that one, or of the last former one |
//! | PUT | `{"traffic": {"0.0.3": 20}}` | gives former versions parts of the calls, in percent; the rest is the current one's |

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Value, json};
use warp::http::Method;

use crate::{
    chain,
    model::{Action, ActionPath, Exec, SemVer, flow, limits::LimitsPut},
};

use super::{
    Host,
    actions::{
        self,
        publish::{Wish, replace},
        put::check_kept_ready,
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
    traffic: Option<Parts>,
}

/// Percent by version, each once.
#[derive(Debug, Default)]
struct Parts(BTreeMap<SemVer, u32>);

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Parts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of parts in percent by version in 'traffic'")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
                let mut parts = Parts::default();
                while let Some((name, percent)) = map.next_entry::<String, Value>()? {
                    let version = SemVer::try_from(Value::from(name.as_str()))
                        .map_err(|why| A::Error::custom(format!("'{name}' in 'traffic': {why}")))?;
                    let percent = percent.as_u64().filter(|percent| (1..=100).contains(percent));
                    let percent = percent.and_then(|percent| u32::try_from(percent).ok()).ok_or_else(|| {
                        A::Error::custom(format!(
                            "the part of {version} in 'traffic' must be a whole number from 1 to 100 (percent)"
                        ))
                    })?;
                    if parts.0.insert(version, percent).is_some() {
                        return Err(A::Error::custom(format!("version {version} stands twice in 'traffic'")));
                    }
                }
                Ok(parts)
            }
        }
        from.deserialize_map(Reader)
    }
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
    check_code(host, &former).await?;
    let action = Arc::new(Action {
        version: host.store.next_version(&current),
        updated_epoch_millis: host.store.update_epoch_millis(),
        ..former
    });
    check_still_allowed(call, &action, &current)?;
    let hold = actions::hold_code(call, &action).await?;
    let action = replace(call, action, current, wish).await?;
    Ok(actions::published(call, &action, hold).await)
}

/// What the host allows may have changed since it was made.
fn check_still_allowed(call: &Call<'_>, action: &Action, current: &Action) -> Result<(), ApiError> {
    let ranges = &call.host.config.action_limits;
    let limits = serde_json::to_value(action.limits).map_err(|error| ApiError::internal(&error))?;
    LimitsPut::from_annotation(&limits)
        .and_then(|limits| ranges.apply(action.limits, &limits))
        .map_err(|why| ApiError::bad(format!("The version cannot come back: {why}")))?;
    check_kept_ready(call, action, Some(current))
}

/// What it names may have changed since: it must not contain itself, and its parts must be there, as for a PUT.
fn check_sequence(host: &Host, path: &ActionPath, former: &Action) -> Result<(), ApiError> {
    let Exec::Sequence { components } = &former.exec else { return Ok(()) };
    let parts = (components.as_slice(), flow::annotated(&former.annotations));
    chain::check(&host.store, path, parts, host.config.sequence_length_max)
        .map_err(|error| ApiError::bad(format!("Version {} cannot come back: {error}", former.version)))
}

/// Its code may be lost since.
async fn check_code(host: &Host, former: &Action) -> Result<(), ApiError> {
    let Exec::Java { code, .. } = &former.exec else { return Ok(()) };
    let (store, maker, code) = (Arc::clone(&host.store), host.invoker.funclets.maker().clone(), code.clone());
    let checked = tokio::task::spawn_blocking(move || store.check_code(&maker, &code)).await;
    Ok(checked.map_err(|error| ApiError::internal(&error))??)
}

async fn traffic(call: &Call<'_>, path: &ActionPath, body: BodyStream) -> Result<Reply, ApiError> {
    let host = call.host;
    let text = read_json(call.head, body, BODY_MAX_BYTES, host.config.http_body_timeout).await?;
    let wanted: Traffic = parse(&text)?;
    let wanted = wanted.traffic.ok_or_else(|| {
        ApiError::bad(
            "The member 'traffic' is missing; an empty object there gives the current version all calls.",
        )
    })?;
    let wanted = wanted.0;
    let sum: u32 = wanted.values().sum();
    if sum > 100 {
        return Err(ApiError::bad(format!(
            "The parts in 'traffic' may be 100 (percent) together; they are {sum}."
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
        check_code(host, &former).await?;
        shares.push((percent, former));
    }
    host.store.set_traffic(path, shares).await?;
    host.invoker.funclets.unload(path);
    Ok(ok(&list(host, &current)))
}
