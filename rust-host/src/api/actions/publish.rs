//! How a new version takes the place of the one before: at once, or after it was loaded; for all calls, or for a part of them.

use std::sync::Arc;

use crate::{
    invoke::InvokeError,
    model::{Action, Exec},
    store::versions::{Part, Succession},
};

use super::{
    super::{error::ApiError, route::Call},
    forget_code,
    put::check_place,
};

/// How a new version takes its place.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::api) struct Wish {
    /// It is loaded and initialised first.
    pub(super) check: bool,
    /// The part of the calls that it gets.
    pub(super) part: Part,
}

impl Wish {
    /// What the query says.
    pub(in crate::api) fn of(call: &Call<'_>) -> Result<Self, ApiError> {
        let canary = call.head.query("canary").map(|text| {
            text.parse().ok().filter(|percent| (1..=99).contains(percent)).ok_or_else(|| {
                ApiError::bad_query(
                    "canary",
                    format_args!("'{text}' is not a whole number from 1 to 99 (percent)"),
                )
            })
        });
        if canary.is_some() && call.host.config.versions_max == 0 {
            return Err(ApiError::bad_query(
                "canary",
                "this host keeps no former version that could get the rest (actions.versions-max is 0)",
            ));
        }
        let part = canary.transpose()?.map_or(Part::All, Part::Percent);
        Ok(Self { check: call.head.flag("check", false)?, part })
    }
}

/// Puts a version in the place of another, loaded or not as its owner wishes.
pub(in crate::api) async fn replace(
    call: &Call<'_>,
    action: Arc<Action>,
    before: Arc<Action>,
    wish: Wish,
) -> Result<Arc<Action>, ApiError> {
    if wish.check {
        return publish_checked(call, action, Some(before), wish).await;
    }
    let _writing = call.host.writing.lock().await;
    check_unchanged(call, &action, Some(&before))?;
    publish(call, &action, wish).await?;
    Ok(action)
}

/// Loads and initialises a version, and puts it in place if that goes well and `before` still stands there.
pub(super) async fn publish_checked(
    call: &Call<'_>,
    action: Arc<Action>,
    before: Option<Arc<Action>>,
    wish: Wish,
) -> Result<Arc<Action>, ApiError> {
    let host = call.host;
    let funclets = &host.invoker.funclets;
    // Its code runs: that is a call, as far as the namespace's limits go.
    let running =
        host.invoker.admission.admit_in_turn(&call.identity.namespace).await.map_err(InvokeError::from)?;
    // What a sequence is made of was looked at when it was built.
    let prepared = match &action.exec {
        Exec::Java { .. } => Some(
            funclets.prepare(&action, &call.identity).await.map_err(InvokeError::from)?.map_err(|why| {
                ApiError::bad(format!("The new version was not put in place. It cannot be loaded: {why}"))
            })?,
        ),
        Exec::Sequence { .. } | Exec::Builtin { .. } => None,
    };
    drop(running);
    let _writing = host.writing.lock().await;
    let published = match check_unchanged(call, &action, before.as_ref()) {
        Ok(()) => publish(call, &action, wish).await,
        Err(error) => Err(error),
    };
    match (&published, prepared) {
        (Ok(()), Some(prepared)) => funclets.seat(prepared),
        (Err(_), Some(prepared)) => funclets.discard(&prepared),
        (_, None) => {}
    }
    published.map(|()| action)
}

/// Does `before` still stand there, and has the code of the new version not gone with another action?
fn check_unchanged(call: &Call<'_>, action: &Action, before: Option<&Arc<Action>>) -> Result<(), ApiError> {
    let host = call.host;
    check_place(call, &action.path)?;
    let now = host.store.action(&action.path);
    let is_same = match (&now, before) {
        (None, None) => true,
        (Some(now), Some(before)) => Arc::ptr_eq(now, before),
        _ => false,
    };
    let has_code = match &action.exec {
        Exec::Java { code, .. } => host.store.keeps_code(code),
        Exec::Sequence { .. } | Exec::Builtin { .. } => true,
    };
    if is_same && has_code {
        Ok(())
    } else {
        Err(ApiError::conflict("The action was changed by another request meanwhile."))
    }
}

/// Writes a version; what ran before ends. Nothing else is written meanwhile.
pub(super) async fn publish(call: &Call<'_>, action: &Arc<Action>, wish: Wish) -> Result<(), ApiError> {
    let host = call.host;
    let how = Succession { kept_max: host.config.versions_max, part: wish.part };
    let unused = host.store.put_action(Arc::clone(action), how).await?;
    host.invoker.funclets.unload(&action.path);
    forget_code(call, unused).await;
    Ok(())
}
