//! A chain as a graph for Graphviz.

use std::fmt::Write;

use super::plan::{Kind, Part, Plan};

pub(super) fn draw(title: &str, plan: &Plan) -> String {
    let mut graph = Graph::default();
    graph.node("begin", "shape=circle");
    let ends = graph.part(&plan.root, &[(0, String::new())]);
    let end = graph.node("end", "shape=doublecircle");
    graph.arrows(&ends, end);
    format!(
        "digraph chain {{\n  label={};\n  rankdir=LR;\n  node [shape=box, style=rounded];\n{}}}\n",
        quoted(&plan.heading(title)),
        graph.text
    )
}

/// Where an arrow comes from, and what stands at it.
type From = (usize, String);

#[derive(Default)]
struct Graph {
    text: String,
    nodes: usize,
}

impl Graph {
    fn node(&mut self, label: &str, style: &str) -> usize {
        let (number, comma) = (self.nodes, if style.is_empty() { "" } else { ", " });
        self.nodes += 1;
        // Writing into a text cannot fail.
        let _ = writeln!(self.text, "  n{number} [label={}{comma}{style}];", quoted(label));
        number
    }

    fn arrows(&mut self, from: &[From], to: usize) {
        for (number, label) in from {
            let label = if label.is_empty() { String::new() } else { format!(" [label={}]", quoted(label)) };
            let _ = writeln!(self.text, "  n{number} -> n{to}{label};");
        }
    }

    /// Draws a part behind others, and gives its ends.
    fn part(&mut self, part: &Part, from: &[From]) -> Vec<From> {
        match part {
            Part::Action(name) => {
                let number = self.node(name, "");
                self.arrows(from, number);
                vec![(number, String::new())]
            }
            Part::Row(parts) => parts.iter().fold(from.to_vec(), |ends, part| self.part(part, &ends)),
            Part::Split { kind, title, branches } => {
                let shape = match kind {
                    Kind::Choice => "shape=diamond",
                    Kind::Parallel | Kind::Map | Kind::Try => "shape=hexagon",
                };
                let number = self.node(title, shape);
                self.arrows(from, number);
                let mut ends = Vec::new();
                for (name, branch) in branches {
                    ends.extend(self.part(branch, &[(number, name.clone())]));
                }
                if *kind == Kind::Choice && branches.iter().all(|(name, _)| name != "otherwise") {
                    ends.push((number, "otherwise".to_owned()));
                }
                ends
            }
        }
    }
}

fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|sign| match sign {
            '"' => vec!['\\', '"'],
            '\\' => vec!['\\', '\\'],
            sign if sign.is_control() => vec![' '],
            sign => vec![sign],
        })
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::sample;
    use super::draw;

    #[test]
    fn every_step_is_a_node_and_no_label_breaks_the_graph() {
        let text = draw("a \"b\"\n", &sample());
        assert!(text.starts_with("digraph chain {\n  label=\"a \\\"b\\\"  (at most 5000 ms)\";"), "{text}");
        // Begin, end, 9 actions, 4 splits.
        let is_node =
            |line: &&str| line.starts_with("  n") && line.contains(" [label=") && !line.contains("->");
        assert_eq!(text.lines().filter(is_node).count(), 15, "{text}");
        for part in ["[label=\"left\"]", "[label=\"<right>\"]", "shape=diamond", "[label=\"catch\"]"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
