//! The work that is done on every target: a file each. A work has cases, and a case gives a record.
//!
//! Failed calls fail the case, so that a figure never comes from part of the calls; a work that counts failures says so.

pub(crate) mod burst;
pub(crate) mod chain;
pub(crate) mod cold;
pub(crate) mod later;
pub(crate) mod memory;
pub(crate) mod mix;
pub(crate) mod neighbour;
pub(crate) mod open;
pub(crate) mod replace;
pub(crate) mod shapes;
pub(crate) mod timeout;
pub(crate) mod warm;
pub(crate) mod wrk;

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Result, bail};

use crate::{
    client::closed::Load,
    plan::Scale,
    stats::Summary,
    target::{About, Running},
};

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Micros,
    PerSecond,
    Bytes,
    Count,
}

/// A figure of a work that the report shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    /// `SUMMARY.FIELD`, or the name of a value.
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    /// Whether it is among the ratios.
    pub(crate) headline: bool,
}

impl Metric {
    pub(crate) const fn new(key: &'static str, title: &'static str, unit: Unit) -> Self {
        Self { key, title, unit, headline: false }
    }

    pub(crate) const fn headline(self) -> Self {
        Self { headline: true, ..self }
    }
}

/// One case: what its number means is the work's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) function: &'static str,
    pub(crate) number: usize,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, function: &'static str, number: usize) -> Self {
        Self { name: name.into(), function, number }
    }
}

/// What a case gave.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) summaries: BTreeMap<String, Summary>,
    pub(crate) values: BTreeMap<String, f64>,
}

impl Measured {
    /// With the samples, in nanoseconds; no samples are an error.
    pub(crate) fn samples(mut self, name: &str, mut nanos: Vec<u64>) -> Result<Self> {
        let Some(summary) = Summary::of(&mut nanos) else { bail!("no call ended in the measured time") };
        self.summaries.insert(name.to_owned(), summary);
        Ok(self)
    }

    pub(crate) fn value(mut self, name: &str, value: f64) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// Of a loop; failed calls are an error.
    pub(crate) fn load(load: Load) -> Result<Self> {
        if load.failures > 0 {
            bail!(
                "{} calls failed, the first with {}",
                load.failures,
                load.first_failure.unwrap_or_default()
            );
        }
        let per_second = load.per_second();
        Ok(Self::default().samples("call", load.nanos)?.value("per_second", per_second))
    }
}

/// What a work may ask for while it runs.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) root: &'a PathBuf,
    pub(crate) scale: &'a Scale,
    pub(crate) round: usize,
}

/// See the head of this file.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// How it is measured, for the report.
    pub(crate) how: &'static str,
    pub(crate) metrics: &'static [Metric],
    pub(crate) cases: fn(&Scale) -> Vec<Case>,
    /// Whether a target can do a case.
    pub(crate) fits: fn(&About, &Case) -> bool,
    pub(crate) run: fn(&Context<'_>, &mut Running, &Case) -> Result<Measured>,
}

/// All of it, in the order in which it is done and reported.
pub(crate) const ALL: &[&Work] = &[
    &cold::WORK,
    &burst::WORK,
    &warm::SEQUENTIAL,
    &warm::CONNECTIONS,
    &open::WORK,
    &chain::WORK,
    &later::WORK,
    &shapes::WORK,
    &mix::WORK,
    &neighbour::WORK,
    &replace::WORK,
    &timeout::WORK,
    &memory::WORK,
    &wrk::WORK,
];
