//! The hops of a sequence in the order in which they run, inner sequences laid out flat.

use std::sync::Arc;

use crate::{
    funclets::Pool,
    model::{Action, EntityName, Exec},
    store::Store,
};

use super::NESTING_MAX;

/// One step of a run.
#[derive(Debug)]
pub(super) enum Step {
    /// An inner sequence begins.
    Open(Arc<Action>),
    /// An action runs.
    Hop(HopStep),
    /// The innermost sequence that is open is over.
    Close,
    /// A component that is not there.
    Missing,
}

/// An action that runs.
#[derive(Debug)]
pub(super) struct HopStep {
    /// Its version, fixed for the run.
    pub(super) action: Arc<Action>,
    /// Where it runs; none: it cannot be loaded.
    pub(super) pool: Option<Arc<Pool>>,
}

/// Looks up every action of a sequence, as its caller may. The last step closes the sequence itself.
pub(super) fn steps(store: &Store, sequence: &Action, caller: &EntityName) -> Vec<Step> {
    let mut steps = Vec::new();
    lay_out((store, caller), sequence, 0, &mut steps);
    steps
}

fn lay_out(place: (&Store, &EntityName), sequence: &Action, depth: usize, steps: &mut Vec<Step>) {
    if let Exec::Sequence { components } = &sequence.exec {
        for path in components {
            let (store, caller) = place;
            match store.resolve_call(path, caller) {
                Ok(action) if matches!(action.exec, Exec::Java { .. }) => {
                    steps.push(Step::Hop(HopStep { action, pool: None }));
                }
                Ok(action)
                    if matches!(action.exec, Exec::Sequence { .. })
                        && depth < NESTING_MAX
                        && steps.len() < STEPS_MAX =>
                {
                    steps.push(Step::Open(Arc::clone(&action)));
                    lay_out(place, &action, depth + 1, steps);
                }
                _ => steps.push(Step::Missing),
            }
        }
    }
    steps.push(Step::Close);
}

/// No run gets so far: it is over at the limit of its length. It bounds what updates can make of nested sequences.
const STEPS_MAX: usize = 10_000;

/// The next action that runs after a step, whatever opens and closes before it; none: there is none, or the run fails
/// before.
pub(super) fn next_hop(steps: &[Step], after: usize) -> Option<&HopStep> {
    for step in steps.get(after + 1..)? {
        match step {
            Step::Hop(hop) => return Some(hop),
            Step::Missing => return None,
            Step::Open(_) | Step::Close => {}
        }
    }
    None
}
