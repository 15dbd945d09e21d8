//! Conductors: an action says which action runs next, gets what that gave, and so on until it names none.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use crate::{
    invoke::payload::Payload,
    model::{
        ActionPath, Outcome,
        json::{Members, check_depth, error_object},
    },
    store::resolve::Unresolved,
};

use super::{
    plan::{Node, Planner},
    run::{Need, Run, host},
    strand::{Composition, Counts, Failure, Strand, Task, Value, count},
    text::{self, VALUE},
};

/// What a conductor keeps for itself.
const STATE: &str = "state";

/// OpenWhisk's words for a composition over its limits.
pub(super) const COMPOSITION_TOO_LONG: &str = "Too many actions in the composition.";

impl Run {
    /// A conductor runs on what its component gave, with the state that it had asked for.
    pub(super) fn conduct(
        &self,
        strand: &mut Strand,
        composition: Arc<Composition>,
    ) -> Result<Need, Failure> {
        if count(&composition.counts.conductors) > 2 * self.length_max {
            return Err(Failure::new(Outcome::ApplicationError, COMPOSITION_TOO_LONG));
        }
        let result = text::of(&strand.take_text()?).clone();
        let mut value = text::boxed_object(result.clone(), VALUE);
        if value.len() > result.len()
            && let Err(why) = check_depth(&value)
        {
            value = error_object(&format!("The result of the component does not fit into an object: {why}."))
                .into();
        }
        let state = composition.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(state) = state {
            value = text::overlaid(&value, &state).map_err(|why| host(&why))?;
        }
        strand.value = Value::Text(Payload::Object(value));
        strand.tasks.push(Task::Decide(Arc::clone(&composition)));
        self.hop(strand, &composition.hop)
    }

    /// What the conductor's result says.
    pub(super) fn decide(&self, strand: &mut Strand, composition: Arc<Composition>) -> Result<(), Failure> {
        let result = match strand.take_text()? {
            Payload::Object(text) => text,
            array @ Payload::Array(_) => {
                strand.value = Value::Text(array);
                return Ok(());
            }
        };
        let members = Members::parse(&result).map_err(|why| host(&why))?;
        let params = members.get("params").map(|value| text::boxed_object(text::part(&result, value), VALUE));
        let state = members.get(STATE).map(|value| text::boxed_object(text::part(&result, value), STATE));
        *composition.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        let Some(name) = members.get("action") else {
            strand.value = Value::Text(Payload::Object(params.unwrap_or_else(|| result.clone())));
            return Ok(());
        };
        let named = match self.component(name, &composition.counts) {
            Ok(node) => node,
            Err(why) => {
                // The conductor may know what to do.
                strand.value = Value::Text(Payload::Object(error_object(&why).into()));
                strand.tasks.push(Task::Conduct(composition));
                return Ok(());
            }
        };
        strand.value = Value::Text(params.map_or_else(Payload::empty, Payload::Object));
        strand.tasks.push(Task::Component(Arc::clone(&composition), strand.bounds.count));
        strand.bounds.count = 0;
        match named {
            Node::Compose(hop) => {
                self.open(strand, &hop.action)?;
                let inner = Composition::new(hop, Arc::clone(&composition.counts));
                strand.tasks.push(Task::Conduct(inner));
            }
            node => {
                count(&composition.counts.components);
                strand.tasks.push(Task::Node(Arc::new(node)));
            }
        }
        Ok(())
    }

    /// What a conductor names. The errors are OpenWhisk's.
    fn component(&self, name: &str, counts: &Counts) -> Result<Node, String> {
        let caller = &self.invocation.identity.namespace;
        let path = serde_json::from_str::<String>(name)
            .ok()
            .and_then(|text| ActionPath::resolve(&text, caller).ok())
            .ok_or_else(|| {
                format!("Failed to parse action name from json value {} during composition.", shown(name))
            })?;
        if counts.components.load(Ordering::Acquire) >= self.length_max {
            return Err(COMPOSITION_TOO_LONG.to_owned());
        }
        Planner::new(&self.invoker.store, caller).named(&path).map_err(|why| match why {
            Unresolved::Forbidden(_) => {
                format!("Failed entitlement check for action with name '{path}' during composition.")
            }
            Unresolved::Missing | Unresolved::OtherCollection => {
                format!("Failed to resolve action with name '{path}' during composition.")
            }
        })
    }
}

/// As much of a text as an error shows.
fn shown(text: &str) -> String {
    const SHOWN_MAX_CHARACTERS: usize = 300;
    text.chars().take(SHOWN_MAX_CHARACTERS).collect()
}
