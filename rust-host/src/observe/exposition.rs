//! Prometheus' text form for numbers that are made at a scrape: families whose series come and go.

use std::fmt::{Display, Write};

/// A text that grows.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
    family: String,
}

/// What a family is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Names and values.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

impl Exposition {
    /// Begins a family. `name` is without the prefix, and without `_total` where it counts.
    pub(super) fn family(&mut self, kind: Kind, name: &str, help: &str) {
        let (word, total) = match kind {
            Kind::Counter => ("counter", "_total"),
            Kind::Gauge => ("gauge", ""),
            Kind::Histogram => ("histogram", ""),
        };
        self.line(format_args!("# HELP flock_{name} {help}.\n# TYPE flock_{name} {word}"));
        self.family = format!("flock_{name}{total}");
    }

    /// A series of the family.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        let series = series(&self.family, "", labels);
        self.line(format_args!("{series} {value}"));
    }

    /// A histogram of the family: its sum, and the count of values up to each bound.
    pub(super) fn histogram(&mut self, labels: Labels<'_>, sum: f64, count: u64, buckets: &[(f64, u64)]) {
        let family = self.family.clone();
        self.line(format_args!("{} {sum}", series(&family, "_sum", labels)));
        self.line(format_args!("{} {count}", series(&family, "_count", labels)));
        for (bound, count) in buckets {
            let bound = bound.to_string();
            let labels: Vec<_> = labels.iter().copied().chain([("le", bound.as_str())]).collect();
            self.line(format_args!("{} {count}", series(&family, "_bucket", &labels)));
        }
        let labels: Vec<_> = labels.iter().copied().chain([("le", "+Inf")]).collect();
        self.line(format_args!("{} {count}", series(&family, "_bucket", &labels)));
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

fn series(family: &str, end: &str, labels: Labels<'_>) -> String {
    if labels.is_empty() {
        return format!("{family}{end}");
    }
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{family}{end}{{{}}}", labels.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let mut text = Exposition::default();
        text.family(Kind::Counter, "calls", "Calls");
        text.sample(&[("namespace", "a\"b\\c\n")], 3);
        text.family(Kind::Gauge, "depth", "Depth");
        text.sample(&[], 0.5);
        text.family(Kind::Histogram, "seconds", "Seconds");
        text.histogram(&[("namespace", "a")], 1.5, 2, &[(0.25, 1)]);
        let expected = r#"# HELP flock_calls Calls.
# TYPE flock_calls counter
flock_calls_total{namespace="a\"b\\c\n"} 3
# HELP flock_depth Depth.
# TYPE flock_depth gauge
flock_depth 0.5
# HELP flock_seconds Seconds.
# TYPE flock_seconds histogram
flock_seconds_sum{namespace="a"} 1.5
flock_seconds_count{namespace="a"} 2
flock_seconds_bucket{namespace="a",le="0.25"} 1
flock_seconds_bucket{namespace="a",le="+Inf"} 2
"#;
        assert_eq!(text.into_text(), expected);
    }
}
