//! Whether an independent client sees the same: wrk (Debian's package), with the same requests, beside the harness's own closed loop.
//!
//! Only where wrk is on PATH. The two take turns, so that a drift of the machine falls on both. Fails when wrk does not end
//! in time, sees an answer that is no success, or prints no rate.

use std::{fmt::Write, process::Command, time::Duration};

use anyhow::{Context as _, Result, bail};

use super::{Case, Context, Measured, Metric, Unit, Work};
use crate::{
    client::{Place, closed},
    function::Function,
    process::Program,
    target::{Running, Shape},
};

const CONNECTIONS: [usize; 2] = [1, 32];
/// Between the harness and wrk so much difference is agreement.
pub(crate) const AGREEMENT: f64 = 0.15;

pub(crate) const WORK: Work = Work {
    name: "wrk",
    title: "An independent client",
    how: "hello, closed loop, driven by the harness and by wrk with one thread in turn, five times each (once in a quick run); the medians. The two agree when the ratio is within 0.85 and 1.15. Only Flock and the floor, and only where wrk is on PATH.",
    metrics: &[
        Metric::new("harness", "the harness, calls a second", Unit::PerSecond),
        Metric::new("wrk", "wrk, calls a second", Unit::PerSecond),
        Metric::new("ratio", "the harness divided by wrk", Unit::Count),
    ],
    cases: |_| {
        let name = |count: usize| {
            if count == 1 { "1 connection".to_owned() } else { format!("{count} connections") }
        };
        let here = Command::new("wrk").arg("--version").output().is_ok();
        CONNECTIONS.iter().filter(|_| here).map(|count| Case::new(name(*count), "hello", *count)).collect()
    },
    fits: |about, _| about.own_processes && (about.whisk || about.shape == Shape::Floor),
    run,
};

fn run(context: &Context<'_>, running: &mut Running, case: &Case) -> Result<Measured> {
    let function = Function::sample(context.root, case.function)?;
    let place = running.place(&function)?;
    let calls = [(place.clone(), place.request(&function.payload))];
    let (warm_up, time) = (context.scale.warm_up(), context.scale.time().max(Duration::from_secs(1)));
    let ours = |warm_up| -> Result<f64> {
        let load = closed::run(&calls, case.number, warm_up, time)?;
        let per_second = load.per_second();
        Measured::load(load)?;
        Ok(per_second)
    };
    let (mut harness, mut wrk) = (Vec::new(), Vec::new());
    for _ in 0..context.scale.wrk_turns {
        harness.push(ours(warm_up)?);
        wrk.push(theirs(&place, &function.payload, case.number, time)?);
    }
    let (harness, wrk) = (middle(harness), middle(wrk));
    let ratio = harness / wrk;
    if (ratio - 1.0).abs() > AGREEMENT {
        eprint!("(the harness and wrk do not agree) ");
    }
    Ok(Measured::default().value("harness", harness).value("wrk", wrk).value("ratio", ratio))
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn theirs(place: &Place, payload: &str, connections: usize, time: Duration) -> Result<f64> {
    let folder = std::env::temp_dir();
    let name = format!("flock-compare-{}", std::process::id());
    let (script, log) = (folder.join(format!("{name}.lua")), folder.join(format!("{name}.log")));
    let (path, text) = lua(place, payload)?;
    std::fs::write(&script, text)?;
    let seconds = time.as_secs_f64().ceil();
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"]).arg(&script);
    command.arg(format!("http://{}{path}", place.address));
    let ended = Program::start(&mut command, &log)?.wait(Duration::from_secs_f64(seconds + 30.0));
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    for file in [&script, &log] {
        let _ = std::fs::remove_file(file);
    }
    ended?;
    rate(&said)
}

/// The path, and wrk's script that sends the same as the harness.
fn lua(place: &Place, payload: &str) -> Result<(String, String)> {
    let mut lines = place.head.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1)).context("a request without a path")?;
    let mut script = format!("wrk.method = \"POST\"\nwrk.body = [==[{payload}]==]\n");
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).filter(|header| header.0 != "Host") {
        writeln!(script, "wrk.headers[\"{name}\"] = [==[{value}]==]")?;
    }
    Ok((path.to_owned(), script))
}

fn rate(said: &str) -> Result<f64> {
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        bail!("wrk saw failures: {said:.400}");
    }
    let text = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    let text = text.with_context(|| format!("wrk printed no rate: {said:.400}"))?;
    text.trim().parse().context("wrk's rate")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;

    #[test]
    fn wrk_sends_what_the_harness_sends() {
        let place =
            Place::post("127.0.0.1:80".parse().unwrap(), "/a?b=c").header("Authorization", "Basic eA==");
        let (path, script) = lua(&place, "{\"x\": 1}").unwrap();
        assert_eq!(path, "/a?b=c");
        assert!(script.contains("wrk.body = [==[{\"x\": 1}]==]"), "{script}");
        assert!(script.contains("wrk.headers[\"Authorization\"] = [==[Basic eA==]==]"), "{script}");
        assert!(!script.contains("Host"), "{script}");
    }

    #[test]
    fn a_rate_is_read_and_failures_are_told() {
        let rate_of = |more: &str| {
            rate(&format!("Running 2s test\n{more}Requests/sec:  25123.45\nTransfer/sec: 3MB\n"))
        };
        assert_eq!(rate_of("").unwrap(), 25_123.45);
        rate_of("  Non-2xx or 3xx responses: 7\n").unwrap_err();
        rate("nonsense").unwrap_err();
    }
}
