//! A flow: what a sequence does instead of running its components in their order. It stands in the sequence's annotation
//! [`FLOW_ANNOTATION`], so that clients that know nothing of it still see a sequence with its components.
//!
//! `{"steps": [STEP, ..], "timeout": MS}`, where a step is the name of an action, a list of steps, or an object:
//!
//! | step | what it does |
//! |---|---|
//! | `{"parallel": {"NAME": STEP, ..}, "concurrency": N}` | gives the value to each branch, joins their results by name |
//! | `{"choice": "FIELD", "cases": {"VALUE": STEP, ..}, "default": STEP}` | runs the step for the field's value |
//! | `{"try": STEP, "catch": STEP}` | runs the second with the error of the first |
//! | `{"map": STEP, "over": "FIELD", "into": "NAME", "concurrency": N}` | runs the step for each element of an array |
//!
//! Every error names the place in the flow and the limit.

use serde_json::{Map, Value};

use super::{ActionPath, EntityName, Parameters};

/// The annotation's key.
pub const FLOW_ANNOTATION: &str = "flock-flow";

/// Deepest nesting of steps.
pub const DEPTH_MAX: usize = 16;

/// Most steps, lists and branches included.
pub const STEPS_MAX: usize = 256;

/// Most branches or elements at a time.
pub const CONCURRENCY_MAX: usize = 64;

/// Elements at a time where a flow does not say it.
const CONCURRENCY_DEFAULT: usize = 8;

/// Longest deadline.
pub const TIMEOUT_MAX_MILLIS: u32 = 3_600_000;

/// Longest path to a field, in names.
const FIELD_NAMES_MAX: usize = 16;

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// What runs.
    pub root: Step,
    /// One deadline for all of it.
    pub timeout_millis: Option<u32>,
}

/// A member of a member of .. the value.
pub type Field = Vec<String>;

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An action runs.
    Action(ActionPath),
    /// Steps in their order.
    Row(Vec<Step>),
    /// Branches side by side.
    Parallel {
        /// By the name of their results.
        branches: Vec<(String, Step)>,
        /// So many at a time.
        concurrency: usize,
    },
    /// One of several.
    Choice {
        /// Which field decides.
        field: Field,
        /// By the text of the field's value.
        cases: Vec<(String, Step)>,
        /// For any other value; none: the value stays as it is.
        default: Option<Box<Step>>,
    },
    /// A step whose error is dealt with.
    Try {
        /// The step.
        body: Box<Step>,
        /// What gets the error.
        handler: Box<Step>,
    },
    /// A step for each element of an array.
    Map {
        /// The step.
        body: Box<Step>,
        /// Where the array is; none: it is the value.
        over: Option<Field>,
        /// The member that gets the results; none: the list of results is the new value.
        into: Option<String>,
        /// So many at a time.
        concurrency: usize,
    },
}

/// The flow among these annotations, not read yet. Null is none: some clients can set an annotation but not delete it.
pub fn annotated(annotations: &Parameters) -> Option<&Value> {
    annotations.get(FLOW_ANNOTATION).filter(|flow| !flow.is_null())
}

impl Flow {
    /// Reads the annotation. The error names the place.
    pub fn parse(value: &Value, namespace: &EntityName) -> Result<Self, String> {
        let mut reader = Reader { namespace, steps: 0 };
        let Value::Object(object) = value else {
            return Err(format!("{FLOW_ANNOTATION} must be an object with 'steps'"));
        };
        check_keys(object, FLOW_ANNOTATION, &["steps", "timeout"])?;
        let steps =
            object.get("steps").ok_or_else(|| format!("{FLOW_ANNOTATION} must be an object with 'steps'"))?;
        if !steps.is_array() {
            return Err(format!("{FLOW_ANNOTATION}: steps must be a list of steps"));
        }
        let timeout_millis = match object.get("timeout") {
            None => None,
            Some(value) => {
                Some(number(value, "timeout", TIMEOUT_MAX_MILLIS as usize, " milliseconds")? as u32)
            }
        };
        Ok(Self { root: reader.step(steps, "steps", 1)?, timeout_millis })
    }

    /// The actions that it names, each as often as it does.
    pub fn actions(&self) -> Vec<&ActionPath> {
        let mut actions = Vec::new();
        self.root.collect(&mut actions);
        actions
    }
}

impl Step {
    fn collect<'a>(&'a self, actions: &mut Vec<&'a ActionPath>) {
        match self {
            Self::Action(path) => actions.push(path),
            Self::Row(steps) => steps.iter().for_each(|step| step.collect(actions)),
            Self::Parallel { branches, .. } => branches.iter().for_each(|(_, step)| step.collect(actions)),
            Self::Choice { cases, default, .. } => {
                cases.iter().for_each(|(_, step)| step.collect(actions));
                if let Some(step) = default {
                    step.collect(actions);
                }
            }
            Self::Try { body, handler } => {
                body.collect(actions);
                handler.collect(actions);
            }
            Self::Map { body, .. } => body.collect(actions),
        }
    }
}

struct Reader<'a> {
    namespace: &'a EntityName,
    steps: usize,
}

impl Reader<'_> {
    fn step(&mut self, value: &Value, place: &str, depth: usize) -> Result<Step, String> {
        if depth > DEPTH_MAX {
            return Err(at(place, format_args!("steps nest deeper than {DEPTH_MAX} levels")));
        }
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err(at(place, format_args!("the flow has more than {STEPS_MAX} steps")));
        }
        match value {
            Value::String(name) => match ActionPath::resolve(name, self.namespace) {
                Ok(path) => Ok(Step::Action(path)),
                Err(error) => Err(at(place, format_args!("'{name}': {error}"))),
            },
            Value::Array(list) if list.is_empty() => Err(at(place, "a list needs at least one step")),
            Value::Array(list) => {
                let step = |(index, step)| self.step(step, &format!("{place}[{index}]"), depth + 1);
                Ok(Step::Row(list.iter().enumerate().map(step).collect::<Result<_, _>>()?))
            }
            Value::Object(object) => self.compound(object, place, depth),
            _ => Err(at(place, "a step is the name of an action, a list of steps, or an object")),
        }
    }

    fn compound(&mut self, object: &Map<String, Value>, place: &str, depth: usize) -> Result<Step, String> {
        let mut inner = |name: &str, key: &str| match object.get(name) {
            Some(step) => self.step(step, &format!("{place}.{key}"), depth + 1),
            None => Err(at(place, format_args!("'{name}' is missing"))),
        };
        if object.contains_key("parallel") {
            check_keys(object, place, &["parallel", "concurrency"])?;
            let branches = self.named(object, "parallel", place, depth)?;
            let concurrency = concurrency(object, place, branches.len().min(CONCURRENCY_MAX))?;
            Ok(Step::Parallel { branches, concurrency })
        } else if let Some(field) = object.get("choice") {
            check_keys(object, place, &["choice", "cases", "default"])?;
            let field = read_field(field, &format!("{place}.choice"))?;
            let default = match object.get("default") {
                Some(_) => Some(Box::new(inner("default", "default")?)),
                None => None,
            };
            Ok(Step::Choice { field, cases: self.named(object, "cases", place, depth)?, default })
        } else if object.contains_key("try") {
            check_keys(object, place, &["try", "catch"])?;
            let (body, handler) = (inner("try", "try")?, inner("catch", "catch")?);
            Ok(Step::Try { body: Box::new(body), handler: Box::new(handler) })
        } else if object.contains_key("map") {
            check_keys(object, place, &["map", "over", "into", "concurrency"])?;
            let body = Box::new(inner("map", "map")?);
            let over = match object.get("over") {
                Some(field) => Some(read_field(field, &format!("{place}.over"))?),
                None => None,
            };
            let into = match object.get("into") {
                None => None,
                Some(Value::String(name)) if !name.is_empty() && over.is_some() => Some(name.clone()),
                Some(Value::String(_)) if over.is_none() => {
                    return Err(at(place, "'into' needs 'over': a value that is an array has no members"));
                }
                Some(_) => return Err(at(place, "'into' must be the name of a member")),
            };
            Ok(Step::Map { body, over, into, concurrency: concurrency(object, place, CONCURRENCY_DEFAULT)? })
        } else {
            Err(at(place, "a step that is an object has 'parallel', 'choice', 'try' or 'map'"))
        }
    }

    /// Steps by their names.
    fn named(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        place: &str,
        depth: usize,
    ) -> Result<Vec<(String, Step)>, String> {
        match object.get(key) {
            Some(Value::Object(steps)) if !steps.is_empty() => steps
                .iter()
                .map(|(name, step)| {
                    Ok((name.clone(), self.step(step, &format!("{place}.{key}.{name}"), depth + 1)?))
                })
                .collect(),
            _ => Err(at(place, format_args!("'{key}' must be an object with at least one step by its name"))),
        }
    }
}

fn concurrency(object: &Map<String, Value>, place: &str, default: usize) -> Result<usize, String> {
    match object.get("concurrency") {
        None => Ok(default),
        Some(value) => number(value, &format!("{place}.concurrency"), CONCURRENCY_MAX, ""),
    }
}

fn number(value: &Value, place: &str, max: usize, unit: &str) -> Result<usize, String> {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .filter(|number| (1..=max).contains(number))
        .ok_or_else(|| at(place, format_args!("it must be a whole number from 1 to {max}{unit}")))
}

fn read_field(value: &Value, place: &str) -> Result<Field, String> {
    let names: Vec<String> = value.as_str().unwrap_or_default().split('.').map(str::to_owned).collect();
    if names.len() > FIELD_NAMES_MAX {
        return Err(at(place, format_args!("a field is at most {FIELD_NAMES_MAX} names deep")));
    }
    if names.iter().any(String::is_empty) {
        return Err(at(place, "it must be the name of a field, names of inner ones after dots"));
    }
    Ok(names)
}

fn check_keys(object: &Map<String, Value>, place: &str, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(at(place, format_args!("'{key}' is unknown here; known are {}", known.join(", ")))),
        None => Ok(()),
    }
}

fn at(place: &str, what: impl std::fmt::Display) -> String {
    if place == FLOW_ANNOTATION {
        format!("{place}: {what}")
    } else {
        format!("{FLOW_ANNOTATION}: {place}: {what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(flow: &Value) -> Result<Flow, String> {
        let guest = EntityName::parse("guest").map_err(|error| error.to_string())?;
        Flow::parse(flow, &guest)
    }

    #[test]
    fn every_kind_of_step_is_read() -> Result<(), String> {
        let flow = read(&json!({"timeout": 500, "steps": [
            "a",
            {"parallel": {"l": "b", "r": ["/_/c", "p/d"]}, "concurrency": 1},
            {"choice": "kind.of", "cases": {"x": "a"}, "default": "b"},
            {"try": "a", "catch": "b"},
            {"map": "a", "over": "list", "into": "out", "concurrency": 3},
        ]}))?;
        let names: Vec<String> = flow.actions().iter().map(ToString::to_string).collect();
        let expected =
            ["a", "b", "c", "p/d", "a", "b", "a", "b", "a"].map(|name| format!("guest/{name}")).to_vec();
        assert_eq!((names, flow.timeout_millis), (expected, Some(500)));
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_limit() {
        let mut deep = json!("a");
        for _ in 0..DEPTH_MAX {
            deep = json!([deep]);
        }
        let wide: Vec<Value> = (0..STEPS_MAX).map(|_| json!("a")).collect();
        for (flow, parts) in [
            (json!([]), vec!["'steps'"]),
            (json!({"steps": "a"}), vec!["steps must be a list"]),
            (json!({"steps": []}), vec!["steps: a list needs"]),
            (json!({"steps": ["a"], "step": 1}), vec!["'step' is unknown", "steps, timeout"]),
            (json!({"steps": ["a"], "timeout": 0}), vec!["timeout", "1 to 3600000 milliseconds"]),
            (json!({"steps": ["a"], "timeout": "1"}), vec!["timeout"]),
            (json!({"steps": ["a", 7]}), vec!["steps[1]:", "name of an action"]),
            (json!({"steps": ["a b/"]}), vec!["steps[0]", "'a b/'"]),
            (json!({"steps": [{"parallel": {}}]}), vec!["steps[0]", "'parallel'"]),
            (json!({"steps": [{"parallel": {"x": {"map": 3}}}]}), vec!["steps[0].parallel.x.map:"]),
            (
                json!({"steps": [{"parallel": {"x": "a"}, "concurrency": 65}]}),
                vec!["steps[0].concurrency", "1 to 64"],
            ),
            (json!({"steps": [{"choice": "", "cases": {"x": "a"}}]}), vec!["steps[0].choice"]),
            (json!({"steps": [{"choice": "k"}]}), vec!["'cases'"]),
            (json!({"steps": [{"try": "a"}]}), vec!["'catch' is missing"]),
            (json!({"steps": [{"try": "a", "catch": "b", "finally": "c"}]}), vec!["'finally' is unknown"]),
            (json!({"steps": [{"map": "a", "into": "x"}]}), vec!["'into' needs 'over'"]),
            (json!({"steps": [{"loop": "a"}]}), vec!["'parallel', 'choice', 'try' or 'map'"]),
            (json!({"steps": [deep]}), vec!["deeper than 16"]),
            (json!({"steps": wide}), vec!["more than 256 steps"]),
        ] {
            let why = read(&flow).err().unwrap_or_default();
            assert!(why.starts_with(FLOW_ANNOTATION), "{flow}: {why}");
            assert!(parts.iter().all(|part| why.contains(part)), "{flow}: {why}");
        }
    }
}
