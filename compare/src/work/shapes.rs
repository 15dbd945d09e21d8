//! Functions as people write them, and as other benchmarks of such hosts have them.

use super::{Case, Metric, Unit, Work, warm};
use crate::{function::Function, target::Shape};

/// Samples, and what each stands for.
const FUNCTIONS: [(&str, &str); 8] = [
    ("json-transform", "json-transform (Jackson)"),
    ("markdown", "markdown (commonmark)"),
    ("thumbnail", "thumbnail (ImageIO)"),
    ("nbody", "nbody (arithmetic)"),
    ("counter", "counter (a static)"),
    ("dynamic-html", "dynamic-html (SeBS)"),
    ("servhello", "servhello (ServerlessBench TC6)"),
    ("javaresize", "javaresize (ServerlessBench TC10)"),
];

pub(crate) const WORK: Work = Work {
    name: "shapes",
    title: "Shapes of functions",
    how: "The samples with their own input, one connection that is kept open, closed loop.",
    metrics: &[
        Metric::new("call.p50", "p50", Unit::Micros).headline(),
        Metric::new("call.p99", "p99", Unit::Micros),
    ],
    cases: |scale| {
        FUNCTIONS.iter().take(scale.shapes).map(|&(name, title)| Case::new(title, name, 0)).collect()
    },
    fits: |about, _| about.shape != Shape::Floor,
    run: |context, running, case| {
        let measured = warm::load(context, running, &Function::sample(context.root, case.function)?, 1);
        running.forget(case.function);
        measured
    },
};
