//! Calls by the clock, at a rate that every target can serve: how long a caller waits who does not care how the last one fared.

use super::{Case, Measured, Metric, Unit, Work};
use crate::{client::open, function::Function};

const CONNECTIONS: usize = 16;

pub(crate) const WORK: Work = Work {
    name: "open",
    title: "Warm calls by the clock",
    how: "hello, open loop over at most 16 connections; a wait counts from when the call was due (no coordinated omission).",
    metrics: &[
        Metric::new("call.p50", "p50", Unit::Micros),
        Metric::new("call.p99", "p99", Unit::Micros).headline(),
        Metric::new("call.p999", "p99.9", Unit::Micros),
    ],
    cases: |scale| {
        scale.rates.iter().map(|rate| Case::new(format!("{rate} a second"), "hello", *rate)).collect()
    },
    fits: |about, _| about.connections_max >= CONNECTIONS,
    run: |context, running, case| {
        let function = Function::sample(context.root, case.function)?;
        let place = running.place(&function)?;
        let request = place.request(&function.payload);
        let rate = u64::try_from(case.number)?;
        open::run(&place, &request, rate, CONNECTIONS, context.scale.warm_up())?;
        Measured::load(open::run(&place, &request, rate, CONNECTIONS, context.scale.time())?)
    },
};
