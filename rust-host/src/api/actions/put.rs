//! Creating and updating an action. What a request leaves out keeps its old value.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    chain,
    funclets::{PREWARM_ANNOTATION, WARM_UP_ANNOTATION, instances_kept_ready},
    model::{
        Action, ActionLimits, ActionPath, Code, Exec, Keep, Package, Parameters, SemVer,
        action::{JAVA_DEFAULT_KIND, JAVA_KINDS, SEQUENCE_KIND, is_base64},
        flow::{self, FLOW_ANNOTATION},
        keep::KEEP_ANNOTATION,
        limits::{LIMITS_ANNOTATION, LimitsPut},
        origin::Shared,
    },
    store::{entities::ACTIONS, makers::Work, resolve::Unresolved, versions::Part},
};

use super::{
    super::{
        collection::{check_package, check_sizes, find, object, parse},
        error::ApiError,
        request::{BodyStream, forget, read_json},
        respond::Reply,
        route::Call,
    },
    hold_kept_code,
    publish::{Wish, publish, publish_checked},
    published,
};

/// The body of a request. `namespace` and `name` in it are ignored: clients repeat them in forms of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Put {
    #[serde(deserialize_with = "object")]
    exec: Option<ExecPut>,
    parameters: Option<Parameters>,
    annotations: Option<Parameters>,
    #[serde(deserialize_with = "object")]
    limits: Option<LimitsPut>,
    version: Option<SemVer>,
    publish: Option<bool>,
    #[serde(rename = "delAnnotations")]
    del_annotations: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExecPut {
    kind: Value,
    code: Value,
    main: Value,
    components: Value,
}

/// How often code is made again that others let go of meanwhile.
const MADE_MAX: usize = 3;

/// `exec`, checked but not yet stored.
enum Wanted {
    Java { kind: String, main: String, bytes: Bytes, binary: bool },
    Sequence { components: Vec<ActionPath> },
}

/// Answers a PUT.
pub(super) async fn put(call: &Call<'_>, path: ActionPath, body: BodyStream) -> Result<Reply, ApiError> {
    let host = call.host;
    let config = &host.config;
    let overwrite = call.head.flag("overwrite", false)?;
    let mut wish = Wish::of(call)?;
    check_place(call, &path)?;
    // Code, and as much again for what goes with it: parameters, annotations, JSON's own signs.
    let body_max = config.code_max_bytes + 2 * config.parameters_max_bytes + (64 << 10);
    // One whose head does not say its length may have any; one that is too long is not read.
    let length = call.head.content_length().unwrap_or(body_max as u64);
    let bytes = usize::try_from(length).ok().filter(|length| *length <= body_max).unwrap_or(0);
    let hold = match host.deployments.enter(&call.identity.namespace, bytes, &call.head.client).await {
        Ok(hold) => hold,
        Err(full) => {
            forget(call.head, body, config.http_body_timeout).await;
            return Err(full.into());
        }
    };
    let text = read_json(call.head, body, body_max, config.http_body_timeout).await?;
    let length = text.len();
    let mut put: Put = aside(length, || parse(&text))?;
    drop(text);
    let known = host.store.action(&path);
    check_sizes(call, put.parameters.as_ref(), put.annotations.as_ref())?;
    put.annotations.as_ref().map_or(Ok(()), |list| check_annotations(call, list))?;
    let is_canary = matches!(wish.part, Part::Percent(_));
    let exec = put.exec.take();
    if exec.is_none() && !is_canary {
        wish.part = Part::Same;
    }
    if is_canary && known.is_none() {
        return Err(ApiError::bad_query(
            "canary",
            "there is no version yet that could keep a part of the calls",
        ));
    }
    let current = known.as_ref().map(|known| known.version);
    if is_canary && put.version.is_some_and(|version| Some(version) == current) {
        return Err(ApiError::bad_query(
            "canary",
            "the body's 'version' is the current one, of which nothing would be kept; leave it out",
        ));
    }
    let base = known.as_ref().map_or_else(|| config.action_limits.defaults(), |action| action.limits);
    let limits = config.action_limits.apply(base, &wished_limits(&mut put)?).map_err(ApiError::bad)?;
    let wanted = match exec {
        Some(exec) => Some(aside(length, || check_exec(call, exec))?),
        None if known.is_none() => return Err(ApiError::bad("exec undefined")),
        None => None,
    };
    // Before the code is looked at, which costs more than all above.
    if known.is_some() && !overwrite {
        return Err(ApiError::exists());
    }
    // What code took on its way here is enough for it in the answer; code that was there before takes more.
    let more = match (&wanted, &known) {
        (None, Some(known)) => hold_kept_code(call, known).await?,
        _ => None,
    };
    let (exec, bytes) = match wanted {
        Some(Wanted::Java { kind, main, bytes, binary }) => {
            let code = keep_code(call, bytes.clone(), binary).await?;
            (Some(Exec::Java { kind, code, main }), bytes)
        }
        Some(Wanted::Sequence { components }) => (Some(Exec::Sequence { components }), Bytes::new()),
        None => (None, Bytes::new()),
    };
    let stored = place(call, path, overwrite, put, (exec.clone(), bytes), limits, wish).await;
    if stored.is_err()
        && let Some(Exec::Java { code, .. }) = &exec
    {
        let _writing = host.writing.lock().await;
        host.store.drop_code(&code.digest);
    }
    let action = stored?;
    Ok(published(call, &action, Some(more.unwrap_or(hold))).await)
}

/// The annotations that mean something to the host: what is kept ready, and what is kept of hops.
fn check_annotations(call: &Call<'_>, list: &Parameters) -> Result<(), ApiError> {
    let max = call.host.config.prewarm_max;
    if let Some(value) = list.get(PREWARM_ANNOTATION)
        && value.as_u64().is_none_or(|number| number > u64::from(max))
    {
        return Err(ApiError::bad(format!(
            "The annotation {PREWARM_ANNOTATION} must be a whole number from 0 to {max} (funclets.prewarm-max-instances)."
        )));
    }
    if let Some(value) = list.get(WARM_UP_ANNOTATION)
        && !value.is_object()
    {
        return Err(ApiError::bad(format!("The annotation {WARM_UP_ANNOTATION} must be a JSON object.")));
    }
    if let Some(value) = list.get(KEEP_ANNOTATION)
        && value.as_str().and_then(Keep::parse).is_none()
    {
        let words = Keep::WORDS.join(", ");
        return Err(ApiError::bad(format!("The annotation {KEEP_ANNOTATION} must be one of {words}.")));
    }
    Ok(())
}

/// Builds the new version and puts it in place.
async fn place(
    call: &Call<'_>,
    path: ActionPath,
    overwrite: bool,
    put: Put,
    (exec, bytes): (Option<Exec>, Bytes),
    limits: ActionLimits,
    wish: Wish,
) -> Result<Arc<Action>, ApiError> {
    let host = call.host;
    if wish.check {
        let before = host.store.action(&path);
        if let Some(code) = lost_code(call, exec.as_ref(), &bytes) {
            keep_code(call, bytes.clone(), code.binary).await?;
        }
        // Its code may run for long before it is in place.
        drop(bytes);
        let action = build(call, path, overwrite, put, exec, limits)?;
        return publish_checked(call, action, before, wish).await;
    }
    // Held until code that is no longer used is gone: another write may be about to use the same code.
    let mut writing = host.writing.lock().await;
    for _ in 0..MADE_MAX {
        let Some(code) = lost_code(call, exec.as_ref(), &bytes) else { break };
        // Not while nobody else may write: it may take long.
        drop(writing);
        keep_code(call, bytes.clone(), code.binary).await?;
        writing = host.writing.lock().await;
    }
    if lost_code(call, exec.as_ref(), &bytes).is_some() {
        return Err(ApiError::conflict("The action was changed by another request meanwhile."));
    }
    let action = build(call, path, overwrite, put, exec, limits)?;
    publish(call, &action, wish).await?;
    Ok(action)
}

/// An action lives in a package that exists and is no binding, or under a name that nothing else has.
pub(super) fn check_place(call: &Call<'_>, path: &ActionPath) -> Result<(), ApiError> {
    let store = &call.host.store;
    match &path.package {
        None if store.is_taken_elsewhere(ACTIONS, &path.namespace, &path.name) => {
            Err(ApiError::other_collection())
        }
        None => Ok(()),
        Some(package) => match find::<Package>(call, &path.namespace, package)?.binding {
            None => Ok(()),
            Some(_) => Err(ApiError::bad("Operation not permitted on package binding.")),
        },
    }
}

/// The limits of a request: those of the annotation, which is taken out, under those of `limits`.
fn wished_limits(put: &mut Put) -> Result<LimitsPut, ApiError> {
    let annotated = match put.annotations.as_mut().map(|list| (list.get(LIMITS_ANNOTATION).cloned(), list)) {
        Some((Some(value), list)) => {
            list.remove(LIMITS_ANNOTATION);
            LimitsPut::from_annotation(&value).map_err(ApiError::bad)?
        }
        _ => LimitsPut::default(),
    };
    Ok(annotated.overlaid(put.limits.take().unwrap_or_default()))
}

/// Runs work on a text of this length; a long one must not hold up the other connections of the thread.
fn aside<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    const LONG_BYTES: usize = 64 << 10;
    if bytes > LONG_BYTES { tokio::task::block_in_place(work) } else { work() }
}

/// The new version, of what the request says and what the one before had.
fn build(
    call: &Call<'_>,
    path: ActionPath,
    overwrite: bool,
    put: Put,
    exec: Option<Exec>,
    limits: ActionLimits,
) -> Result<Arc<Action>, ApiError> {
    let host = call.host;
    check_place(call, &path)?;
    let old = host.store.action(&path);
    if old.is_some() && !overwrite {
        return Err(ApiError::exists());
    }
    let Some(exec) = exec.or_else(|| old.as_ref().map(|old| old.exec.clone())) else {
        return Err(ApiError::bad("exec undefined"));
    };
    let was_sequence = old.as_ref().is_some_and(|old| matches!(old.exec, Exec::Sequence { .. }));
    let parameters = match (&exec, put.parameters, &old) {
        (Exec::Sequence { .. } | Exec::Builtin { .. }, _, _) => Parameters::default(),
        (Exec::Java { .. }, Some(given), _) => given.deduplicated(),
        (Exec::Java { .. }, None, Some(old)) if !was_sequence => old.parameters.clone(),
        (Exec::Java { .. }, None, _) => Parameters::default(),
    };
    let mut annotations = old.as_ref().map(|old| old.annotations.clone()).unwrap_or_default();
    for key in put.del_annotations.unwrap_or_default() {
        annotations.remove(&key);
    }
    annotations = annotations.overlaid(&put.annotations.unwrap_or_default());
    if old.is_none() && annotations.get("provide-api-key").is_none() {
        annotations.set("provide-api-key", false.into());
    }
    annotations.set("exec", exec.kind().into());
    let flow = flow::annotated(&annotations);
    match (&exec, flow) {
        (Exec::Sequence { components }, _) => {
            chain::check(&host.store, &path, (components, flow), host.config.sequence_length_max)
                .map_err(|error| ApiError::bad(error.to_string()))?;
        }
        (_, Some(_)) => {
            let kind = exec.kind();
            return Err(ApiError::bad(format!(
                "{FLOW_ANNOTATION}: this annotation is for sequences, not for {kind}"
            )));
        }
        (_, None) => {}
    }
    let next = old.as_ref().map_or(SemVer::FIRST, |old| host.store.next_version(old));
    let action = Arc::new(Action {
        path,
        version: put.version.unwrap_or(next),
        exec,
        parameters: parameters.fitted(),
        annotations: annotations.fitted(),
        limits,
        publish: put.publish.or(old.as_ref().map(|old| old.publish)).unwrap_or(false),
        updated_epoch_millis: host.store.update_epoch_millis(),
        inherited: None,
        origin: Shared::default(),
    });
    check_kept_ready(call, &action, old.as_deref())?;
    Ok(action)
}

/// The actions of a namespace may have only so many instances kept ready together.
pub(in crate::api) fn check_kept_ready(
    call: &Call<'_>,
    action: &Action,
    old: Option<&Action>,
) -> Result<(), ApiError> {
    let wanted = instances_kept_ready(action);
    if let Some(most) = action.limits.instances.filter(|most| (*most as usize) < wanted) {
        return Err(ApiError::bad(format!(
            "The annotation {PREWARM_ANNOTATION} asks for {wanted} instances; the limit 'instances' of the action is {most}."
        )));
    }
    if wanted <= old.map_or(0, instances_kept_ready) {
        return Ok(());
    }
    let host = call.host;
    let is_other = |other: &Action| {
        other.path.namespace == action.path.namespace
            && other.path != action.path
            && instances_kept_ready(other) > 0
    };
    let others: usize =
        host.store.actions_where(is_other).iter().map(|other| instances_kept_ready(other)).sum();
    let max = host.config.prewarm_namespace_max;
    if others + wanted > max {
        return Err(ApiError::bad(format!(
            "The annotation {PREWARM_ANNOTATION} asks for {wanted} and the other actions of the namespace for {others}; together they \
             may have {max} instances kept ready (funclets.prewarm-max-instances-by-namespace)."
        )));
    }
    Ok(())
}

/// New code that is not there although it was kept: the last action with the same code was deleted since.
fn lost_code<'a>(call: &Call<'_>, exec: Option<&'a Exec>, bytes: &Bytes) -> Option<&'a Code> {
    let Some(Exec::Java { code, .. }) = exec else { return None };
    let host = call.host;
    (!bytes.is_empty() && !host.store.has_code(host.invoker.funclets.maker(), code)).then_some(code)
}

/// Unpacks or compiles the code, when it is its turn. A client that has gone by then deploys nothing.
async fn keep_code(call: &Call<'_>, bytes: Bytes, binary: bool) -> Result<Code, ApiError> {
    let place = tokio::select! {
        place = call.host.makers.place(&call.identity.namespace, Work::of(binary)) => place,
        () = call.head.client.gone() => return Err(ApiError::gone()),
    };
    let place = place.map_err(|error| ApiError::internal(&error))?;
    let store = Arc::clone(&call.host.store);
    let maker = call.host.invoker.funclets.maker().clone();
    let kept = place.run(move || store.keep_code(&maker, &bytes, binary)).await;
    kept.map_err(|error| ApiError::internal(&error))?.map_err(ApiError::from)
}

fn check_exec(call: &Call<'_>, exec: ExecPut) -> Result<Wanted, ApiError> {
    let Value::String(kind) = &exec.kind else {
        return Err(ApiError::malformed("'kind' must be a string defined in 'exec'"));
    };
    let kind = kind.trim().to_ascii_lowercase();
    if kind == SEQUENCE_KIND {
        return Ok(Wanted::Sequence { components: components(call, &exec.components)? });
    }
    let kind = match kind.as_str() {
        "java:default" | "java" => JAVA_DEFAULT_KIND,
        other => match JAVA_KINDS.iter().find(|kind| **kind == other) {
            Some(kind) => kind,
            None => {
                let valid: Vec<String> = std::iter::once("java:default")
                    .chain(JAVA_KINDS)
                    .map(|kind| format!("'{kind}'"))
                    .collect();
                return Err(ApiError::malformed(format_args!(
                    "The specified runtime '{other}' is not supported by this platform. Valid values are: {}.",
                    valid.join(", ")
                )));
            }
        },
    };
    let Value::String(code) = exec.code else {
        return Err(ApiError::malformed(format_args!(
            "'code' must be a string or attachment object defined in 'exec' for '{kind}' actions"
        )));
    };
    let max = call.host.config.code_max_bytes;
    if code.len() > max {
        return Err(ApiError::too_large("exec", code.len() as u64, max));
    }
    if code.trim().is_empty() {
        return Err(ApiError::malformed(format_args!(
            "'code' must not be empty in 'exec' for '{kind}' actions"
        )));
    }
    let binary = is_base64(code.trim());
    let main = match &exec.main {
        Value::String(main) if !main.trim().is_empty() => main.trim().to_owned(),
        // A source without a name for it: the class that OpenWhisk's own builder takes.
        Value::Null if !binary => "Main".to_owned(),
        Value::Null | Value::String(_) => {
            return Err(ApiError::malformed(format_args!(
                "'main' must be a string defined in 'exec' for '{kind}' actions"
            )));
        }
        _ => {
            return Err(ApiError::malformed(format_args!(
                "if defined, 'main' be a string in 'exec' for '{kind}' actions"
            )));
        }
    };
    let bytes = if binary {
        STANDARD
            .decode(code.trim())
            .map_err(|error| ApiError::malformed(format_args!("exec.code: {error}")))?
            .into()
    } else {
        code.into()
    };
    Ok(Wanted::Java { kind: kind.to_owned(), main, bytes, binary })
}

fn components(call: &Call<'_>, value: &Value) -> Result<Vec<ActionPath>, ApiError> {
    let list = match value {
        Value::Array(list) => list,
        Value::Null => {
            return Err(ApiError::malformed("'components' must be defined for sequence kind"));
        }
        _ => return Err(ApiError::malformed("'components' must be an array")),
    };
    list.iter()
        .map(|component| {
            let name =
                component.as_str().ok_or_else(|| ApiError::malformed("fully qualified name malformed"))?;
            let path = ActionPath::parse(name, &call.identity.namespace).map_err(ApiError::malformed)?;
            // Whether it exists is looked at when the sequence is stored; whether it may be read, here.
            check_package(call, &path)?;
            match call.host.store.resolve_action(&path, &call.identity.namespace) {
                Err(Unresolved::Forbidden(what)) => Err(ApiError::forbidden(&what)),
                _ => Ok(path),
            }
        })
        .collect()
}
