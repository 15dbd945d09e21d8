//! The first call of a function that nobody called before.

use std::time::Instant;

use anyhow::{Result, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::blocking::{Connection, first_answer},
    function::Function,
    target::{Running, Shape},
};

pub(crate) const WORK: Work = Work {
    name: "cold",
    title: "Cold start",
    how: "A host gets a new function, then its first call over a connection that is open: both are timed, each and together. \
          A process for each function is timed from its start to its first answer 200, asked for every millisecond.",
    metrics: &[
        Metric::new("first.p50", "first call, p50", Unit::Micros).headline(),
        Metric::new("first.p99", "first call, p99", Unit::Micros),
        Metric::new("whole.p50", "deployment and first call, p50", Unit::Micros).headline(),
    ],
    cases: |scale| {
        let mut cases = vec![Case::new("hello", "hello", 0)];
        let with_libraries = ["servhello", "json-transform", "markdown", "thumbnail"];
        let count = scale.cold_functions_large;
        cases.extend(with_libraries.iter().filter(|_| count > 0).map(|name| Case::new(*name, name, count)));
        cases
    },
    fits: |about, _| about.shape != Shape::Floor,
    run,
};

/// What a host's warm function is asked on the same connection before each, so that the connection is not cold too.
const HELLO: &str = r#"{"name": "Ada"}"#;

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let function = Function::sample(context.root, case.function)?;
    running.ready()?;
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    if running.shape() == Shape::Process {
        for at in 0..context.scale.cold_processes {
            let name = format!("cold-{}-{at}", context.round);
            let place = running.target.deploy(&name, &function)?;
            let Some(spawned) = place.spawned else { bail!("a process without a start") };
            let (reply, answered) = first_answer(&place, &function.payload)?;
            function.check(&reply.body)?;
            first.push(nanos(spawned, answered));
            whole.push(nanos(spawned, answered));
            running.target.remove(&name)?;
        }
    } else {
        let warm = running.place(&Function::sample(context.root, "hello")?)?;
        let ask = warm.request(HELLO);
        let mut connection = Connection::open(warm.address)?;
        let count = if case.number == 0 { context.scale.cold_functions } else { case.number };
        for at in 0..count {
            let name = format!("cold-{}-{at}", context.round);
            connection.call(&ask)?;
            let began = Instant::now();
            let place = running.target.deploy(&name, &function)?;
            let request = place.request(&function.payload);
            let asked = Instant::now();
            let reply = connection.call(&request)?;
            let answered = Instant::now();
            if reply.status != 200 {
                bail!("status {}: {}", reply.status, reply.text());
            }
            function.check(&reply.body)?;
            first.push(nanos(asked, answered));
            whole.push(nanos(began, answered));
            running.target.remove(&name)?;
        }
    }
    Measured::default().samples("first", first)?.samples("whole", whole)
}

fn nanos(from: Instant, to: Instant) -> u64 {
    u64::try_from((to - from).as_nanos()).unwrap_or(u64::MAX)
}
