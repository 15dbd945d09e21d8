//! What a caller of a well-behaved function sees while another function of the same target misbehaves.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Result, bail};
use serde_json::json;

use super::{Case, Context, Measured, Metric, Unit, Work, warm};
use crate::{
    client::blocking::Connection,
    function::Function,
    target::{Running, Shape},
};

pub(crate) const WORK: Work = Work {
    name: "neighbour",
    title: "Beside a noisy neighbour",
    how: "hello, one connection, closed loop, while another connection calls a hog without pause: one that spins for 200 ms a call, one that \
          makes garbage for 200 ms, one that prints 1,000 lines. Where a function has a process of its own the hog has its own.",
    metrics: &[
        Metric::new("call.p50", "hello, p50", Unit::Micros),
        Metric::new("call.p99", "hello, p99", Unit::Micros).headline(),
        Metric::new("hog_calls", "calls of the hog", Unit::Count),
    ],
    cases: |scale| {
        let cases = [("alone", ""), ("spinning", "spin"), ("allocating", "garbage"), ("logging", "chatty")];
        cases.iter().take(scale.neighbours).map(|&(name, hog)| Case::new(name, hog, 0)).collect()
    },
    fits: |about, _| about.shape != Shape::Floor,
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let hello = Function::sample(context.root, "hello")?;
    let input = match case.function {
        "" => return warm::load(context, running, &hello, 1),
        "spin" => json!({"millis": 200}),
        "garbage" => json!({"millis": 200, "mebibytes": 0}),
        _ => json!({"lines": 1_000, "bytesPerLine": 100}),
    };
    let hog = Function::hostile(context.root, case.function, &input)?;
    let place = running.place(&hog)?;
    let request = place.request(&hog.payload);
    let (over, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let bother = || -> Result<()> {
        let mut connection = Connection::open(place.address)?;
        while !over.load(Ordering::Relaxed) {
            let reply = connection.call(&request)?;
            if reply.status != 200 {
                bail!("the hog: status {}: {:.200}", reply.status, reply.text());
            }
            calls.fetch_add(1, Ordering::Relaxed);
            if !place.keep_alive {
                connection = Connection::open(place.address)?;
            }
        }
        Ok(())
    };
    let (measured, bothered) = std::thread::scope(|scope| {
        let hog = scope.spawn(bother);
        let measured = warm::load(context, running, &hello, 1);
        over.store(true, Ordering::Relaxed);
        (measured, hog.join())
    });
    if let Ok(bothered) = bothered {
        bothered?;
    }
    Ok(measured?.value("hog_calls", calls.load(Ordering::Relaxed) as f64))
}
