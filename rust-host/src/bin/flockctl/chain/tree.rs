//! A chain as a tree of text.

use super::plan::{Part, Plan};

pub(super) fn draw(title: &str, plan: &Plan) -> String {
    let mut lines = vec![plan.heading(title)];
    below(&plan.root, "", &mut lines);
    // Names are whatever somebody wrote, and a terminal obeys.
    let shown = |sign: char| if sign.is_control() { '\u{FFFD}' } else { sign };
    lines.iter().map(|line| line.chars().map(shown).collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// The lines of what stands in a part.
fn below(part: &Part, indent: &str, lines: &mut Vec<String>) {
    match part {
        Part::Action(_) => row(std::slice::from_ref(part), indent, lines),
        Part::Row(parts) => row(parts, indent, lines),
        Part::Split { branches, .. } => {
            for (at, (name, branch)) in branches.iter().enumerate() {
                let (sign, inner) = signs(at + 1 == branches.len());
                match branch {
                    Part::Action(action) => lines.push(format!("{indent}{sign}{name}: {action}")),
                    Part::Row(_) => {
                        lines.push(format!("{indent}{sign}{name}"));
                        below(branch, &format!("{indent}{inner}"), lines);
                    }
                    Part::Split { title, .. } => {
                        lines.push(format!("{indent}{sign}{name}: {title}"));
                        below(branch, &format!("{indent}{inner}"), lines);
                    }
                }
            }
        }
    }
}

fn row(parts: &[Part], indent: &str, lines: &mut Vec<String>) {
    for (at, part) in parts.iter().enumerate() {
        let (sign, inner) = signs(at + 1 == parts.len());
        match part {
            Part::Action(action) => lines.push(format!("{indent}{sign}{action}")),
            Part::Row(parts) => row(parts, indent, lines),
            Part::Split { title, .. } => {
                lines.push(format!("{indent}{sign}{title}"));
                below(part, &format!("{indent}{inner}"), lines);
            }
        }
    }
}

fn signs(is_last: bool) -> (&'static str, &'static str) {
    if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::plan::tests::sample, *};

    #[test]
    fn every_step_has_its_line() {
        let expected = "\
/guest/t (at most 5000 ms)
├─ fetch
├─ parallel, 1 at a time
│  ├─ left
│  │  ├─ a
│  │  └─ b
│  └─ <right>: c
├─ choice by kind.of
│  ├─ x: a
│  └─ otherwise: b
├─ with a handler
│  ├─ try: a
│  └─ catch: see
└─ for each of in.list into out, 3 at a time
   └─ each: a";
        assert_eq!(draw("/guest/t", &sample()), expected);
    }

    #[test]
    fn a_name_does_not_reach_the_terminal_as_a_command() {
        let flow = json!({ "steps": [{ "parallel": { "a\u{1b}[2J\nb": "echo" } }] });
        let plan = Plan::of_flow(&flow).map(|plan| draw("t", &plan));
        assert_eq!(plan.as_deref(), Ok("t\n└─ parallel\n   └─ a\u{FFFD}[2J\u{FFFD}b: echo"));
    }
}
