//! A function gets a new version while it is called without pause.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::blocking::{Connection, PATIENCE},
    function::Function,
    target::{Running, Shape},
};

const CALLERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) const WORK: Work = Work {
    name: "replace",
    title: "Replacing a function under load",
    how: "Four connections call one function without pause, while two functions with different answers take turns under its name. Timed from \
          the start of a deployment to the first answer of the new one. A call that is not answered 200 has failed. Where a function is a \
          process there is nothing that would lead calls from the old to the new, so that is not measured.",
    metrics: &[
        Metric::new("visible.p50", "until the new one answers, p50", Unit::Micros).headline(),
        Metric::new("failed", "failed calls", Unit::Count),
        Metric::new("calls", "calls meanwhile", Unit::Count),
    ],
    cases: |scale| vec![Case::new(format!("{} times", scale.replacements), "hello", scale.replacements)],
    fits: |about, _| about.shape == Shape::Host,
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let versions = [Function::sample(context.root, "servhello")?, Function::sample(context.root, "hello")?];
    let place = running.place_as("replaced", &versions[1])?;
    let request = place.request(&versions[1].payload);
    let (over, calls, failed) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let caller = || {
        let mut open: Option<Connection> = None;
        while !over.load(Ordering::Relaxed) {
            let mut connection = match open.take().map_or_else(|| Connection::open(place.address), Ok) {
                Ok(connection) => connection,
                Err(_) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
            };
            calls.fetch_add(1, Ordering::Relaxed);
            match connection.call(&request) {
                Ok(reply) if reply.status == 200 => open = Some(connection),
                _ => {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    };
    let visible = std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(caller);
        }
        let visible = replace(running, case.number, &versions, &request);
        over.store(true, Ordering::Relaxed);
        visible
    })?;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
    Ok(Measured::default()
        .samples("visible", visible)?
        .value("failed", count(&failed))
        .value("calls", count(&calls)))
}

fn replace(
    running: &mut Running,
    times: usize,
    versions: &[Function; 2],
    request: &[u8],
) -> Result<Vec<u64>> {
    let mut nanos = Vec::new();
    for at in 0..times {
        std::thread::sleep(PAUSE);
        let version = &versions[at % versions.len()];
        let began = Instant::now();
        let place = running.target.deploy("replaced", version)?;
        let mut connection = Connection::open(place.address)?;
        loop {
            let reply = connection.call(request).context("while the new one is awaited")?;
            if reply.status == 200 && version.check(&reply.body).is_ok() {
                break;
            }
            if began.elapsed() > PATIENCE {
                bail!("the new version does not answer");
            }
        }
        nanos.push(u64::try_from(began.elapsed().as_nanos())?);
    }
    Ok(nanos)
}
