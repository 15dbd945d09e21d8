//! A flow as it is drawn: what stands in what, and in which order. What a flow may be is the host's to say; here only its
//! shape is read.

use serde_json::{Map, Value, json};

pub(super) const FLOW_ANNOTATION: &str = "flock-flow";

/// A chain.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) root: Part,
    pub(super) timeout_millis: Option<u64>,
}

/// A part of a chain.
#[derive(Debug)]
pub(super) enum Part {
    /// An action.
    Action(String),
    /// In their order.
    Row(Vec<Part>),
    /// Some of them, each by its name, under a title.
    Split { kind: Kind, title: String, branches: Vec<(String, Part)> },
}

/// Why there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Parallel,
    Choice,
    Try,
    Map,
}

impl Plan {
    pub(super) fn of_flow(flow: &Value) -> Result<Plan, String> {
        let steps = flow.get("steps").filter(|steps| steps.is_array());
        let steps = steps.ok_or("a flow must be an object with a list of 'steps'")?;
        Ok(Plan { root: part(steps, "steps")?, timeout_millis: flow.get("timeout").and_then(Value::as_u64) })
    }

    /// Of a sequence without a flow.
    pub(super) fn of_components(components: &Value) -> Option<Plan> {
        let names = components.as_array()?.iter().map(|name| name.as_str().map(str::to_owned));
        let parts = names.map(|name| name.map(Part::Action)).collect::<Option<Vec<_>>>()?;
        Some(Plan { root: Part::Row(parts), timeout_millis: None })
    }

    /// The actions, each as often as it stands there.
    pub(super) fn actions(&self) -> Vec<&str> {
        fn collect<'a>(part: &'a Part, names: &mut Vec<&'a str>) {
            match part {
                Part::Action(name) => names.push(name),
                Part::Row(parts) => parts.iter().for_each(|part| collect(part, names)),
                Part::Split { branches, .. } => branches.iter().for_each(|(_, part)| collect(part, names)),
            }
        }
        let mut names = Vec::new();
        collect(&self.root, &mut names);
        names
    }

    /// The first line of a drawing.
    pub(super) fn heading(&self, title: &str) -> String {
        match self.timeout_millis {
            Some(millis) => format!("{title} (at most {millis} ms)"),
            None => title.to_owned(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        fn of(part: &Part) -> Value {
            match part {
                Part::Action(name) => json!(name),
                Part::Row(parts) => parts.iter().map(of).collect(),
                Part::Split { title, branches, .. } => {
                    let inner: Map<String, Value> =
                        branches.iter().map(|(name, part)| (name.clone(), of(part))).collect();
                    json!({ "title": title, "branches": inner })
                }
            }
        }
        json!({ "steps": of(&self.root), "timeout": self.timeout_millis })
    }
}

fn part(step: &Value, place: &str) -> Result<Part, String> {
    match step {
        Value::String(name) => Ok(Part::Action(name.clone())),
        Value::Array(steps) if !steps.is_empty() => {
            let inner = |(at, step)| part(step, &format!("{place}[{at}]"));
            Ok(Part::Row(steps.iter().enumerate().map(inner).collect::<Result<_, _>>()?))
        }
        Value::Object(step) => split(step, place),
        _ => Err(format!("{place}: a step is the name of an action, a list of steps, or an object")),
    }
}

fn split(step: &Map<String, Value>, place: &str) -> Result<Part, String> {
    let one = |key: &str| match step.get(key) {
        Some(inner) => part(inner, &format!("{place}.{key}")),
        None => Err(format!("{place}: '{key}' is missing")),
    };
    let named = |key: &str| match step.get(key) {
        Some(Value::Object(steps)) if !steps.is_empty() => {
            let inner = |(name, step): (&String, _)| {
                Ok((name.clone(), part(step, &format!("{place}.{key}.{name}"))?))
            };
            steps.iter().map(inner).collect::<Result<Vec<_>, String>>()
        }
        _ => Err(format!("{place}: '{key}' must be an object with at least one step by its name")),
    };
    let text = |key: &str| step.get(key).and_then(Value::as_str);
    let at_a_time = step.get("concurrency").map_or_else(String::new, |n| format!(", {n} at a time"));
    if step.contains_key("parallel") {
        let branches = named("parallel")?;
        Ok(Part::Split { kind: Kind::Parallel, title: format!("parallel{at_a_time}"), branches })
    } else if step.contains_key("choice") {
        let mut branches = named("cases")?;
        if step.contains_key("default") {
            branches.push(("otherwise".to_owned(), one("default")?));
        }
        let title = format!("choice by {}", text("choice").unwrap_or("?"));
        Ok(Part::Split { kind: Kind::Choice, title, branches })
    } else if step.contains_key("try") {
        let branches = vec![("try".to_owned(), one("try")?), ("catch".to_owned(), one("catch")?)];
        Ok(Part::Split { kind: Kind::Try, title: "with a handler".to_owned(), branches })
    } else if step.contains_key("map") {
        let over = text("over").unwrap_or("the value");
        let into = text("into").map_or_else(String::new, |name| format!(" into {name}"));
        let title = format!("for each of {over}{into}{at_a_time}");
        Ok(Part::Split { kind: Kind::Map, title, branches: vec![("each".to_owned(), one("map")?)] })
    } else {
        Err(format!("{place}: a step that is an object has 'parallel', 'choice', 'try' or 'map'"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One of everything.
    pub(in crate::chain) fn sample() -> Plan {
        Plan::of_flow(&json!({"timeout": 5000, "steps": [
            "fetch",
            {"parallel": {"left": ["a", "b"], "<right>": "c"}, "concurrency": 1},
            {"choice": "kind.of", "cases": {"x": "a"}, "default": "b"},
            {"try": "a", "catch": "see"},
            {"map": "a", "over": "in.list", "into": "out", "concurrency": 3},
        ]}))
        .unwrap()
    }

    #[test]
    fn a_flow_is_read_and_what_is_none_is_named() {
        let plan = sample();
        assert_eq!(plan.actions(), ["fetch", "a", "b", "c", "a", "b", "a", "see", "a"]);
        assert_eq!(plan.heading("t"), "t (at most 5000 ms)");
        for (flow, part) in [
            (json!({"steps": "a"}), "'steps'"),
            (json!({"steps": [1]}), "steps[0]: a step is"),
            (
                json!({"steps": [{"parallel": {"x": {"try": "a"}}}]}),
                "steps[0].parallel.x: 'catch' is missing",
            ),
            (json!({"steps": [{"choice": "k"}]}), "'cases' must be"),
            (json!({"steps": [{"loop": "a"}]}), "'parallel', 'choice', 'try' or 'map'"),
        ] {
            let why = Plan::of_flow(&flow).unwrap_err();
            assert!(why.contains(part), "{flow}: {why}");
        }
    }
}
