//! Many functions of which few are called often and most seldom, as traces of public clouds show it (Azure's of 2019 and 2021): calls
//! come at random times by the clock, whether the function is there already or not.
//!
//! The times are the same for all targets: the numbers behind them come from a fixed seed.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::{
        Place,
        blocking::{Connection, first_answer},
    },
    function::Function,
    target::{Running, Shape, Target},
};

const THREADS: usize = 32;
const CALLS_A_SECOND: f64 = 50.0;
/// A run is so many times as long as a loop, so that functions that are called seldom are called at all.
const TIMES: u32 = 4;
const SAMPLES: [&str; 5] = ["hello", "servhello", "counter", "nbody", "dynamic-html"];

pub(crate) const WORK: Work = Work {
    name: "mix",
    title: "A mix of many functions",
    how: "Five samples in turn make up the functions; the n-th is called 1/n as often as the first, at random times, 50 calls a second in all. \
          Waits count from when a call was due. A host has all of them, not yet called; a process is started when its first call comes, \
          and stays.",
    metrics: &[
        Metric::new("call.p50", "p50", Unit::Micros),
        Metric::new("call.p90", "p90", Unit::Micros),
        Metric::new("call.p99", "p99", Unit::Micros).headline(),
    ],
    cases: |scale| vec![Case::new(format!("{} functions", scale.mix_functions), "", scale.mix_functions)],
    fits: |about, case| about.shape != Shape::Floor && case.number <= about.functions_max,
    run,
};

/// A function of the mix.
struct Slot {
    name: String,
    function: Function,
    /// Held while its process starts, so that further calls wait for it.
    place: Mutex<Option<Place>>,
}

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let processes = running.shape() == Shape::Process;
    let mut slots = Vec::new();
    for at in 0..case.number {
        let mut function = Function::sample(context.root, SAMPLES[at % SAMPLES.len()])?;
        if function.name == "counter" {
            function.expected = serde_json::json!({});
        }
        if processes && at < SAMPLES.len() {
            // Its archive of classes, where there is one, is not made within the measured time.
            running.place_as("mix-before", &function)?;
            running.forget("mix-before");
        }
        running.ready()?;
        let name = format!("mix-{}-{at}", context.round);
        let place = if processes { None } else { Some(running.target.deploy(&name, &function)?) };
        slots.push(Slot { name, function, place: Mutex::new(place) });
    }
    let calls = schedule(case.number, context.scale.time() * TIMES);
    let target: Mutex<&mut dyn Target> = Mutex::new(running.target.as_mut());
    let next = AtomicUsize::new(0);
    let begin = Instant::now();
    let parts: Result<Vec<Vec<u64>>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(|| drive(&slots, &calls, &next, begin, &target))).collect();
        threads
            .into_iter()
            .map(|one| one.join().map_err(|_| anyhow!("a thread of the client ended"))?)
            .collect()
    });
    for slot in slots {
        if slot.place.into_inner().is_ok_and(|place| place.is_some()) {
            running.target.remove(&slot.name)?;
        }
    }
    Measured::default().samples("call", parts?.concat())
}

/// When which function is called: exponential gaps, the n-th with weight 1/n.
fn schedule(functions: usize, time: Duration) -> Vec<(Duration, usize)> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let weights: Vec<f64> = (1..=functions).map(|rank| 1.0 / rank as f64).collect();
    let sum: f64 = weights.iter().sum();
    let (mut due, mut calls) = (Duration::ZERO, Vec::new());
    loop {
        due += Duration::from_secs_f64(-(1.0 - random()).ln() / CALLS_A_SECOND);
        if due > time {
            return calls;
        }
        let mut rest = random() * sum;
        let chosen = weights.iter().position(|weight| {
            rest -= weight;
            rest < 0.0
        });
        calls.push((due, chosen.unwrap_or_default()));
    }
}

fn drive(
    slots: &[Slot],
    calls: &[(Duration, usize)],
    next: &AtomicUsize,
    begin: Instant,
    target: &Mutex<&mut dyn Target>,
) -> Result<Vec<u64>> {
    let mut nanos = Vec::new();
    let mut open: HashMap<usize, Connection> = HashMap::new();
    while let Some(&(due, at)) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
        let due = begin + due;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        call(&slots[at], at, &mut open, target)?;
        nanos.push(u64::try_from(due.elapsed().as_nanos())?);
    }
    Ok(nanos)
}

fn call(
    slot: &Slot,
    at: usize,
    open: &mut HashMap<usize, Connection>,
    target: &Mutex<&mut dyn Target>,
) -> Result<()> {
    let ended = || anyhow!("another thread of the client ended");
    let place = {
        let mut place = slot.place.lock().map_err(|_| ended())?;
        match place.as_ref() {
            Some(place) => place.clone(),
            None => {
                let started = target.lock().map_err(|_| ended())?.deploy(&slot.name, &slot.function)?;
                let (reply, _) = first_answer(&started, &slot.function.payload)?;
                *place = Some(started);
                return slot.function.check(&reply.body);
            }
        }
    };
    let mut connection = match open.remove(&at) {
        Some(connection) => connection,
        None => Connection::open(place.address)?,
    };
    let reply = connection.call(&place.request(&slot.function.payload))?;
    if reply.status != 200 {
        bail!("{}: status {}: {:.200}", slot.name, reply.status, reply.text());
    }
    slot.function.check(&reply.body)?;
    if place.keep_alive {
        open.insert(at, connection);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_the_same_each_time_and_has_a_long_tail() {
        let calls = schedule(20, Duration::from_secs(60));
        assert_eq!(calls, schedule(20, Duration::from_secs(60)));
        assert!((2_700..3_300).contains(&calls.len()), "{}", calls.len());
        let of = |function: usize| calls.iter().filter(|call| call.1 == function).count();
        assert!(of(0) > 5 * of(19) && of(19) > 0, "{} and {}", of(0), of(19));
        assert!(calls.is_sorted_by_key(|call| call.0));
    }
}
