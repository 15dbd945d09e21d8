//! Asynchronous calls: how quickly they are accepted, and how long until the record of the last one is there.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{client::blocking::Connection, function::Function, target::Running};

pub(crate) const WORK: Work = Work {
    name: "async",
    title: "Asynchronous calls",
    how: "hello without waiting, one connection; then the client asks for the record of the last call every 2 ms until it is there.",
    metrics: &[
        Metric::new("accepted", "accepted a second", Unit::PerSecond).headline(),
        Metric::new("call.p50", "accept, p50", Unit::Micros),
        Metric::new("drained", "until the last record is there", Unit::Micros),
    ],
    cases: |scale| vec![Case::new(format!("{} calls", scale.later_calls), "hello", scale.later_calls)],
    fits: |about, _| about.whisk,
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let function = Function::sample(context.root, case.function)?;
    running.place(&function)?;
    let api = running.target.whisk().context("it has no asynchronous calls")?;
    let place = api.later(&function.name);
    let request = place.request(&function.payload);
    let mut connection = Connection::open(place.address)?;
    let (mut nanos, mut last) = (Vec::new(), String::new());
    let began = Instant::now();
    for _ in 0..case.number {
        let sent = Instant::now();
        let reply = connection.call(&request)?;
        nanos.push(u64::try_from(sent.elapsed().as_nanos())?);
        if reply.status != 202 {
            bail!("status {}: {:.200}", reply.status, reply.text());
        }
        last = reply.text();
    }
    let seconds = began.elapsed().as_secs_f64();
    let accepted = Instant::now();
    let answer: Value = serde_json::from_str(&last).context("the answer is no JSON")?;
    api.wait_for_record(answer["activationId"].as_str().context("no activationId")?)?;
    let drained = accepted.elapsed().as_secs_f64() * 1e6;
    Ok(Measured::default()
        .samples("call", nanos)?
        .value("accepted", case.number as f64 / seconds)
        .value("drained", drained))
}
