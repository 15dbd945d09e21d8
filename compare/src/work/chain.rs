//! Functions in a row, the result of each the input of the next: a sequence where the host has them, else a client that calls each.

use std::time::Instant;

use anyhow::{Result, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::blocking::Connection,
    function::Function,
    target::{Running, Shape},
};

/// So many different functions stand in a row, in turn: a process for each of a hundred would not fit.
const DIFFERENT: usize = 2;

pub(crate) const WORK: Work = Work {
    name: "chain",
    title: "Chains",
    how: "Echoes in a row, two different ones in turn. OpenWhisk and Flock run a sequence, with the record of each hop; for the others \
          the client calls one after the other over open connections, which is the least that a caller without sequences pays.",
    metrics: &[
        Metric::new("call.p50", "whole chain, p50", Unit::Micros).headline(),
        Metric::new("hop", "a hop, p50", Unit::Micros),
    ],
    cases: |scale| {
        let mut cases: Vec<Case> =
            scale.hops.iter().map(|hops| Case::new(format!("{hops} hops, 1 KB"), "1000", *hops)).collect();
        cases.extend(scale.chain_sizes.iter().map(|bytes| match *bytes {
            "100000" => Case::new("10 hops, 100 KB", bytes, 10),
            _ => Case::new("10 hops, 1 MB", bytes, 10),
        }));
        cases
    },
    fits: |about, case| about.shape != Shape::Floor && case.number <= about.hops_max,
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let function = Function::echo(context.root, case.function.parse()?)?;
    let names: Vec<String> = (0..DIFFERENT).map(|at| format!("chain-{at}")).collect();
    let mut places = Vec::new();
    for name in &names {
        places.push(running.place_as(name, &function)?);
    }
    let steps: Vec<usize> = (0..case.number).map(|at| at % DIFFERENT).collect();
    let mut connections = Vec::new();
    let mut requests = Vec::new();
    if let Some(api) = running.target.whisk() {
        let parts: Vec<String> = steps.iter().map(|&at| names[at].clone()).collect();
        let place = api.sequence(&format!("chain-of-{}", case.number), &parts)?;
        connections.push(Connection::open(place.address)?);
        requests.push((0, place.request(&function.payload)));
    } else {
        for place in &places {
            connections.push(Connection::open(place.address)?);
        }
        requests.extend(steps.iter().map(|&at| (at, places[at].request(&function.payload))));
    }
    let keep_alive = places.iter().all(|place| place.keep_alive);
    let begin = Instant::now() + context.scale.warm_up();
    let end = begin + context.scale.time();
    let mut nanos = Vec::new();
    let mut sent = Instant::now();
    while sent < end || nanos.is_empty() {
        for (at, request) in &requests {
            let reply = connections[*at].call(request)?;
            if reply.status != 200 {
                bail!("status {}: {:.200}", reply.status, reply.text());
            }
            if nanos.is_empty() {
                function.check(&reply.body)?;
            }
            if !keep_alive {
                connections[*at] = Connection::open(places[*at].address)?;
            }
        }
        let now = Instant::now();
        if sent >= begin {
            nanos.push(u64::try_from((now - sent).as_nanos())?);
        }
        sent = now;
    }
    let measured = Measured::default().samples("call", nanos)?;
    let p50 = measured.summaries.get("call").map_or(0.0, |summary| summary.p50);
    Ok(measured.value("hop", p50 / case.number as f64))
}
