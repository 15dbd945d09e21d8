//! What a call costs that runs into its timeout: how long until it is answered, and until the next call is.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{client::blocking::Connection, function::Function, target::Running};

/// OpenWhisk starts a container after each, and the limit holds for its initialisation too: less would fail there.
const TIMEOUT_MILLIS: u64 = 1_000;

pub(crate) const WORK: Work = Work {
    name: "timeout",
    title: "A call that does not end",
    how: "A function with a limit of 1 s spins for ever. Timed: from the limit to the answer, then the next call of the same function and one \
          of another function. Targets without limits are left out: they would spin for ever.",
    metrics: &[
        Metric::new("late.p50", "answer after the limit, p50", Unit::Micros).headline(),
        Metric::new("same.p50", "next call of the same, p50", Unit::Micros).headline(),
        Metric::new("other.p50", "call of another, p50", Unit::Micros),
    ],
    cases: |scale| vec![Case::new(format!("{} times", scale.timeouts), "spin", scale.timeouts)],
    fits: |about, _| about.whisk,
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let hello = Function::sample(context.root, "hello")?;
    let other = running.place(&hello)?;
    let spin = Function::hostile(context.root, case.function, &json!({"millis": 0}))?;
    let api = running.target.whisk().context("it has no limits")?;
    let place = api.deploy("timeout", &spin, &json!({"timeout": TIMEOUT_MILLIS}))?;
    let (for_ever, short) = (place.request(&spin.payload), place.request(&json!({"millis": 1}).to_string()));
    let another = other.request(&hello.payload);
    let mut connection = Connection::open(place.address)?;
    let (mut late, mut same, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..case.number {
        let first = connection.call(&short)?;
        if first.status != 200 {
            bail!("status {}: {:.200}", first.status, first.text());
        }
        let began = Instant::now();
        let reply = connection.call(&for_ever)?;
        if reply.status != 502 {
            bail!("a call without end was answered {}: {:.200}", reply.status, reply.text());
        }
        late.push(nanos(began).saturating_sub(TIMEOUT_MILLIS * 1_000_000));
        for (request, samples) in [(&short, &mut same), (&another, &mut others)] {
            let began = Instant::now();
            let reply = connection.call(request)?;
            if reply.status != 200 {
                bail!("after a timeout: status {}: {:.200}", reply.status, reply.text());
            }
            samples.push(nanos(began));
        }
    }
    Measured::default().samples("late", late)?.samples("same", same)?.samples("other", others)
}

fn nanos(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
