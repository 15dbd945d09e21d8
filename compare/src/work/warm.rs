//! Calls of a function that has been called before: one after the other, and over many connections.

use std::time::Duration;

use anyhow::Result;

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{client::closed, function::Function, target::Running};

pub(crate) const SEQUENTIAL: Work = Work {
    name: "sequential",
    title: "Warm calls, one after the other",
    how: "One connection that is kept open, closed loop.",
    metrics: &[
        Metric::new("call.p50", "p50", Unit::Micros).headline(),
        Metric::new("call.p99", "p99", Unit::Micros),
    ],
    cases: |scale| {
        let sizes = [("echo, 1 KB", 1_000), ("echo, 100 KB", 100_000), ("echo, 1 MB", 1_000_000)];
        let mut cases = vec![Case::new("hello", "hello", 0)];
        cases
            .extend(sizes.iter().take(scale.echo_sizes).map(|&(name, bytes)| Case::new(name, "echo", bytes)));
        cases
    },
    fits: |_, _| true,
    run: |context, running, case| {
        let function = if case.function == "echo" {
            Function::echo(context.root, case.number)?
        } else {
            Function::sample(context.root, case.function)?
        };
        load(context, running, &function, 1)
    },
};

pub(crate) const CONNECTIONS: Work = Work {
    name: "connections",
    title: "Warm calls over many connections",
    how: "hello, closed loop, all connections driven by one thread of the client on the same two cores. OpenWhisk starts a \
          container for each call at a time: before its warm-up the same loop runs until they are there, a minute at most.",
    metrics: &[
        Metric::new("per_second", "calls a second", Unit::PerSecond).headline(),
        Metric::new("call.p50", "p50", Unit::Micros),
        Metric::new("call.p99", "p99", Unit::Micros).headline(),
    ],
    cases: |scale| {
        let name = |count: &usize| {
            if *count == 1 { "1 connection".to_owned() } else { format!("{count} connections") }
        };
        scale.connections.iter().map(|count| Case::new(name(count), "hello", *count)).collect()
    },
    fits: |about, case| case.number <= about.connections_max,
    run: |context, running, case| {
        load(context, running, &Function::sample(context.root, case.function)?, case.number)
    },
};

/// A host that starts processes for more calls at a time has them when each connection got so many answers in a loop; after so many loops
/// it is measured as it is.
const SCALED_UP: usize = 50;
const SCALE_UPS_MAX: usize = 4;

/// A closed loop on one function.
pub(crate) fn load(
    context: &Context<'_>,
    running: &mut Running,
    function: &Function,
    connections: usize,
) -> Result<Measured> {
    let place = running.place(function)?;
    let request = place.request(&function.payload);
    let (scale, scale_up) = (context.scale, running.target.about().scale_up);
    let calls = [(place, request)];
    if connections > 1 && scale_up > 0 {
        for _ in 0..SCALE_UPS_MAX {
            let load = closed::run(&calls, connections, Duration::ZERO, scale.warm_up() * scale_up)?;
            if load.nanos.len() >= connections * SCALED_UP {
                break;
            }
        }
    }
    Measured::load(closed::run(&calls, connections, scale.warm_up(), scale.time())?)
}
