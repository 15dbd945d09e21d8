//! Memory of a target that was started anew, with so many functions that each have answered once.

use std::time::Duration;

use anyhow::{Result, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::blocking::{Connection, first_answer},
    function::Function,
    memory,
    target::{Running, Shape},
};

/// For what a host does after an answer; the same for all.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) const WORK: Work = Work {
    name: "memory",
    title: "Memory",
    how: "PSS of all processes of the target, started anew, one second after the last of so many hello functions answered once. \
          What is less than the JVM itself needs is not taken off.",
    metrics: &[
        Metric::new("bytes", "PSS", Unit::Bytes).headline(),
        Metric::new("bytes_a_function", "PSS a function", Unit::Bytes),
    ],
    cases: |scale| {
        let name =
            |count: &usize| if *count == 1 { "1 function".to_owned() } else { format!("{count} functions") };
        scale.functions.iter().map(|count| Case::new(name(count), "hello", *count)).collect()
    },
    fits: |about, case| {
        about.shape != Shape::Floor && case.number <= about.functions_max && about.own_processes
    },
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let function = Function::sample(context.root, case.function)?;
    running.restart()?;
    let mut connection: Option<Connection> = None;
    for at in 0..case.number {
        let place = running.target.deploy(&format!("hello-{at}"), &function)?;
        if running.shape() == Shape::Process {
            first_answer(&place, &function.payload)?;
            continue;
        }
        let open = match connection.as_mut() {
            Some(open) => open,
            None => connection.insert(Connection::open(place.address)?),
        };
        let reply = open.call(&place.request(&function.payload))?;
        if reply.status != 200 {
            bail!("function {at}: status {}: {:.200}", reply.status, reply.text());
        }
    }
    std::thread::sleep(SETTLE);
    let bytes = memory::pss(&running.target.processes())? as f64;
    running.stop();
    Ok(Measured::default().value("bytes", bytes).value("bytes_a_function", bytes / case.number as f64))
}
