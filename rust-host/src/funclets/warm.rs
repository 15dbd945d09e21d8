//! Keeping functions ready whose owner wants it: `flock-prewarm` says how many instances, of each version that gets calls.
//!
//! A look every second makes what is missing: after a start of the host, a deployment, or a limit that ended an instance. A
//! version that cannot be made ready is not tried again; its first call says why. One that was let go, for want of room, is
//! made ready again after a while: else those that do not fit would take turns without end. What a namespace wants beyond its
//! bound, because that was lowered or a version came back, is left to the first calls.
//!
//! Making them ready uses CPU without a call, so it waits while the namespace is over its share, and for a while after an instance
//! was ended for what it did between calls.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::model::{Action, time::now_epoch_millis};

use super::{Funclets, Pool};

/// The annotation: how many instances are kept ready, a whole number.
pub const PREWARM_ANNOTATION: &str = "flock-prewarm";

/// A function that is not loaded any more is loaded again so long after the last time at the earliest.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// How many instances of an action its owner wants ready. What cannot be read counts as none; a PUT refuses it.
pub fn instances_kept_ready(action: &Action) -> usize {
    let number = action.annotations.get(PREWARM_ANNOTATION).and_then(serde_json::Value::as_u64);
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

/// Remembers which actions there are to keep ready.
#[derive(Debug, Default)]
pub struct Warmer {
    /// The last change of all actions that was looked at.
    seen_epoch_millis: u64,
    /// The former versions with a part of the calls that were looked at.
    seen_shared: Vec<Mark>,
    /// Current versions, and former ones with a part of the calls.
    actions: Vec<Arc<Action>>,
    /// Versions that cannot be loaded.
    unfit: HashSet<Mark>,
    /// When each was loaded last.
    loaded: HashMap<Mark, Instant>,
}

impl Warmer {
    /// Looks once.
    pub async fn look(&mut self, funclets: &Funclets) {
        let store = &funclets.store;
        let changed = store.last_change_epoch_millis();
        let mut shared = store.shared_versions();
        shared.retain(|action| instances_kept_ready(action) > 0);
        shared.sort_by_cached_key(|action| mark_of(action));
        let marks: Vec<Mark> = shared.iter().map(|action| mark_of(action)).collect();
        if changed != self.seen_epoch_millis || marks != self.seen_shared {
            self.seen_epoch_millis = changed;
            self.seen_shared = marks;
            self.actions = store.actions_where(|action| instances_kept_ready(action) > 0);
            self.actions.extend(shared);
            within_bounds(&mut self.actions, funclets.settings.prewarm_namespace_max);
            let known: HashSet<_> = self.actions.iter().map(|action| mark_of(action)).collect();
            self.unfit.retain(|mark| known.contains(mark));
            self.loaded.retain(|mark, _| known.contains(mark));
        }
        for action in &self.actions {
            let mark = mark_of(action);
            if self.unfit.contains(&mark) || !store.serves(action) {
                continue;
            }
            let Some(identity) = store.identity_of(&action.path.namespace) else { continue };
            // As its owner names it: with the parameters of its package.
            let Ok(action) = store.resolve_version(action, &identity.namespace) else { continue };
            if funclets.loaded(&action).is_none() {
                if self.loaded.get(&mark).is_some_and(|last| last.elapsed() < AGAIN_AFTER) {
                    continue;
                }
                self.loaded.insert(mark.clone(), Instant::now());
            }
            match funclets.pool(&action, &identity).await {
                Ok(pool) => pool.keep_ready(),
                Err(error) => {
                    tracing::warn!(action = %action.path, %error, "a function cannot be kept ready");
                    self.unfit.insert(mark);
                }
            }
        }
    }
}

/// A version: its path, and when it was made.
type Mark = (String, u64);

fn mark_of(action: &Action) -> Mark {
    (action.path.to_string(), action.updated_epoch_millis)
}

/// Leaves out the actions with which a namespace would have more kept ready than it may: those of the last names.
fn within_bounds(actions: &mut Vec<Arc<Action>>, most: usize) {
    actions.sort_by_cached_key(|action| action.path.to_string());
    let mut kept: HashMap<_, usize> = HashMap::new();
    actions.retain(|action| {
        let wanted = instances_kept_ready(action);
        let kept = kept.entry(action.path.namespace.clone()).or_default();
        let is_within = *kept + wanted <= most;
        if is_within {
            *kept += wanted;
        } else {
            tracing::warn!(
                action = %action.path, wanted, most,
                "not kept ready: its namespace has as many as funclets.prewarm-max-instances-by-namespace allows"
            );
        }
        is_within
    });
}

impl Pool {
    /// Its instances cannot be made ready before somebody calls.
    pub(super) fn is_unfit_because(&self, why: &str) {
        let _ = self.unfit.set(why.into());
    }

    /// Why none of its instances is made ready before somebody calls, where that was tried.
    pub fn why_unfit(&self) -> Option<&str> {
        self.unfit.get().map(AsRef::as_ref)
    }

    /// Makes the instances that are missing.
    fn keep_ready(self: &Arc<Self>) {
        let ended = self.ended_idle_epoch_millis.load(Ordering::Acquire);
        let rests = Duration::from_millis(now_epoch_millis().saturating_sub(ended)) < AGAIN_AFTER;
        if rests || self.settings.bill.is_over(self.action()) {
            return;
        }
        let there = self.instances().iter().filter(|instance| !instance.is_closed()).count();
        for _ in there..self.kept_ready {
            if self.unfit.get().is_some() || self.retired.load(Ordering::Acquire) {
                return;
            }
            let weak = Arc::downgrade(self);
            let begun = self.prepare(Box::new(move |end| {
                if let (Err(why), Some(pool)) = (end, weak.upgrade()) {
                    pool.is_unfit_because(&why);
                    tracing::warn!(action = %pool.action().path, why, "a function cannot be kept ready");
                }
            }));
            if let Err(error) = begun {
                tracing::warn!(action = %self.action().path, %error, "a function cannot be kept ready");
                return;
            }
        }
    }
}
