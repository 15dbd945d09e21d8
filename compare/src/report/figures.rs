//! The raw data by work, case, figure and target, with what the rounds gave put together.

use crate::{
    run::show,
    stats::median,
    store::{Line, Record},
    work::{Metric, Unit, Work},
};

/// One cell of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    pub(super) median: f64,
    least: f64,
    most: f64,
}

impl Figure {
    /// The median, and the range where the rounds differ.
    pub(super) fn show(self, unit: Unit) -> String {
        let text = show(self.median, unit);
        let (least, most) = (show(self.least, unit), show(self.most, unit));
        if least == most {
            return text;
        }
        // The unit once, when all three have the same.
        let number = |text: &str| text.split_once(' ').map(|(number, _)| number.to_owned());
        let unit_of = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
        match (number(&least), number(&most)) {
            (Some(low), Some(high))
                if unit_of(&least) == unit_of(&text) && unit_of(&most) == unit_of(&text) =>
            {
                format!("{text} ({low}-{high})")
            }
            _ => format!("{text} ({least} - {most})"),
        }
    }
}

/// See the head of this file.
#[derive(Debug)]
pub(super) struct Figures<'a> {
    records: Vec<&'a Record>,
    targets: Vec<&'a str>,
}

impl<'a> Figures<'a> {
    pub(super) fn of(lines: &'a [Line]) -> Self {
        let records: Vec<&Record> = lines
            .iter()
            .filter_map(|line| if let Line::Result(record) = line { Some(record) } else { None })
            .collect();
        let mut targets = Vec::new();
        for record in &records {
            if !targets.contains(&record.target.as_str()) {
                targets.push(record.target.as_str());
            }
        }
        Self { records, targets }
    }

    /// In the order in which they came.
    pub(super) fn targets(&self) -> impl Iterator<Item = &'a str> {
        self.targets.iter().copied()
    }

    pub(super) fn has(&self, work: &str, target: &str) -> bool {
        self.records.iter().any(|record| record.work == work && record.target == target)
    }

    pub(super) fn cases(&self, work: &str) -> Vec<&'a str> {
        let mut cases = Vec::new();
        for record in self.records.iter().filter(|record| record.work == work) {
            if !cases.contains(&record.case.as_str()) {
                cases.push(record.case.as_str());
            }
        }
        cases
    }

    pub(super) fn figure(&self, work: &Work, metric: &Metric, case: &str, target: &str) -> Option<Figure> {
        let mine = self.records.iter().filter(|record| {
            (record.work.as_str(), record.case.as_str(), record.target.as_str()) == (work.name, case, target)
        });
        let values: Vec<f64> = mine.filter_map(|record| record.figure(metric.key)).collect();
        Some(Figure {
            median: median(&values)?,
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// The median while it was measured.
    pub(super) fn load_average(&self) -> f64 {
        median(&self.records.iter().map(|record| record.load_average).collect::<Vec<_>>()).unwrap_or_default()
    }

    /// The least and the most while it was measured.
    pub(super) fn load_averages(&self) -> (f64, f64) {
        let loads = self.records.iter().map(|record| record.load_average);
        let least = loads.clone().fold(f64::INFINITY, f64::min);
        (if least.is_finite() { least } else { 0.0 }, loads.fold(0.0, f64::max))
    }
}
