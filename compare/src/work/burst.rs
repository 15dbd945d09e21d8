//! So many functions that nobody called before, called at once.

use std::{
    sync::Barrier,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::{
        Place,
        blocking::{Connection, first_answer_of_many},
    },
    function::Function,
    target::{Running, Shape},
};

pub(crate) const WORK: Work = Work {
    name: "burst",
    title: "A burst of cold functions",
    how: "A host has the functions already and gets the first call of each at the same moment, over connections that are open. \
          Processes are started one right after the other.",
    metrics: &[
        Metric::new("all", "until all have answered", Unit::Micros).headline(),
        Metric::new("call.p50", "one of them, p50", Unit::Micros),
    ],
    cases: |scale| {
        scale.burst.iter().map(|count| Case::new(format!("{count} functions"), "hello", *count)).collect()
    },
    fits: |about, case| about.shape != Shape::Floor && case.number <= about.functions_max,
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let function = Function::sample(context.root, case.function)?;
    // An archive of classes is made by the first deployment, so not within the measured time.
    running.place(&function)?;
    let names: Vec<String> =
        (0..case.number).map(|at| format!("burst-{}-{}-{at}", context.round, case.number)).collect();
    let processes = running.shape() == Shape::Process;
    let mut places = Vec::new();
    let mut began = Instant::now();
    for name in &names {
        places.push(running.target.deploy(name, &function)?);
    }
    let start = Barrier::new(places.len() + 1);
    let calls: Result<Vec<Duration>> = std::thread::scope(|scope| {
        let calls: Vec<_> = places
            .iter()
            .map(|place| scope.spawn(|| call(place, &function, processes.then_some(case.number), &start)))
            .collect();
        if !processes {
            began = Instant::now();
        }
        start.wait();
        calls
            .into_iter()
            .map(|call| call.join().map_err(|_| anyhow!("a thread of the client ended"))?)
            .collect()
    });
    let all = began.elapsed();
    for name in &names {
        running.target.remove(name)?;
    }
    let nanos = calls?.iter().map(|call| u64::try_from(call.as_nanos()).unwrap_or(u64::MAX)).collect();
    Ok(Measured::default().samples("call", nanos)?.value("all", all.as_secs_f64() * 1e6))
}

fn call(
    place: &Place,
    function: &Function,
    of_processes: Option<usize>,
    start: &Barrier,
) -> Result<Duration> {
    if let Some(many) = of_processes {
        start.wait();
        let starting = u32::try_from(many).unwrap_or(u32::MAX);
        let (reply, answered) = first_answer_of_many(place, &function.payload, starting)?;
        function.check(&reply.body)?;
        return Ok(answered - place.spawned.unwrap_or(answered));
    }
    let connection = Connection::open(place.address);
    start.wait();
    let sent = Instant::now();
    let reply = connection?.call(&place.request(&function.payload))?;
    let took = sent.elapsed();
    if reply.status != 200 {
        bail!("status {}: {:.200}", reply.status, reply.text());
    }
    function.check(&reply.body)?;
    Ok(took)
}
