//! A host with a neighbour, and one attack on it: the call, then all that must hold after it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    attack::{Attack, Ends},
    process,
    support::{Answer, Flockd, Options},
    watch::Watch,
};

/// How much later than its time limit a call may be answered, on a machine that is busy otherwise.
const LATE_MAX: Duration = Duration::from_secs(3);
/// Time for lanes, threads and memory to be given back.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often an attack may run until the neighbour's latency is in its bounds.
const TRIES_OF_LATENCY: usize = 3;
/// What an instance may hold after a call that keeps next to nothing.
const CALM_HEAP_BYTES: u64 = 24 << 20;
/// How far over its memory limit an action may be seen, in mebibytes, before the largest array that it has made in one piece: the
/// young generation, whose garbage counts until it is collected.
const OVERSHOOT_MEBIBYTES: u64 = 64;

/// A host under attack.
pub(crate) struct Street {
    pub(crate) host: Flockd,
    pub(crate) watch: Watch,
    pub(crate) java: u64,
    threads: BTreeMap<String, usize>,
    lost: f64,
}

/// A small heap, so that hogs meet its end soon, and bounds that let rows ask for little. What these attacks block on (sockets of their own,
/// the host's descriptors by their paths) is allowed here: the subject is how they end.
pub(crate) fn options() -> Options {
    Options::default()
        .set("jvm.heap-max-mebibytes", 512)
        .set("limits.action.memory-mebibytes-min", 16)
        .set("limits.action.timeout-millis-min", 20)
        .set("lanes.idle-millis", 300)
        .set("isolation.net-allow", "public loopback")
        .set("isolation.listen", "*")
        .set("isolation.files-allow", "/proc /dev")
}

impl Street {
    pub(crate) fn start() -> Self {
        Self::start_with(&options())
    }

    pub(crate) fn start_with(options: &Options) -> Self {
        let host = Flockd::start_with(options);
        let main = super::attack::main_of("virtual");
        host.deploy("hostile-virtual", &main);
        let java = host.result("hostile-virtual", &json!({ "how": "probe" }))["release"].as_u64().unwrap();
        delete(&host, "hostile-virtual");
        let watch = Watch::start(&host);
        let mut street = Self { host, watch, java, threads: BTreeMap::new(), lost: 0.0 };
        // With the neighbour's lane, which ends when the neighbour does not come for a while, as on a machine that stands still.
        let only_neighbour = |threads: &BTreeMap<String, usize>| {
            threads.keys().filter(|name| name.starts_with("lane-")).count() == 1
        };
        let calm = street.wait(|street| Some(process::threads(street.host.pid())).filter(only_neighbour));
        street.threads = calm.expect("the neighbour alone has a lane");
        street
    }

    /// How many more threads there are than at the start, and which.
    pub(crate) fn more_threads(&self) -> (usize, Vec<String>) {
        process::more_threads(&self.threads, &process::threads(self.host.pid()))
    }

    /// Deploys an attack under a name.
    pub(crate) fn deploy(&self, name: &str, attack: &Attack) -> Result<(), String> {
        let answer = self.host.put(name, &attack.action());
        if answer.status == 200 { Ok(()) } else { Err(format!("it cannot be deployed: {}", answer.text())) }
    }

    /// Runs an attack and checks everything. Gives a line for the log. If all holds but the neighbour's latency, the machine may
    /// have been busy with something else, and the attack runs again: what the host lets happen, happens each time.
    pub(crate) fn strike(&mut self, attack: &Attack) -> Result<String, String> {
        let mut seen = self.strike_once(attack)?;
        for _ in 1..TRIES_OF_LATENCY {
            if seen.is_ok() {
                break;
            }
            seen = self.strike_once(attack)?;
        }
        seen
    }

    /// The inner error is that the neighbour had to wait too long.
    fn strike_once(&mut self, attack: &Attack) -> Result<Result<String, String>, String> {
        const NAME: &str = "attack";
        self.deploy(NAME, attack)?;
        self.watch.look()?;
        let began = Instant::now();
        let answer = self.host.client().invoke(NAME, &attack.payload())?;
        let took = began.elapsed();
        check_answer(attack, &answer, took)?;
        if attack.leaves_threads {
            // Long enough for what is left behind to do its worst.
            std::thread::sleep(Duration::from_millis(300));
            delete(&self.host, NAME);
        }
        self.check_returned()?;
        if let Some(payload) = attack.then {
            self.check_later_call(NAME, payload)?;
        }
        if !attack.leaves_threads {
            delete(&self.host, NAME);
        }
        let seen = self.watch.look()?;
        if !self.host.is_alive() {
            return Err("the host died".to_owned());
        }
        Ok(self.watch.bounded(seen).map(|()| {
            format!(
                "{took:>9.1?}; neighbour: {} calls, p50 {:.1?}, p99 {:.1?}, longest {:.1?}",
                seen.calls, seen.p50, seen.p99, seen.longest
            )
        }))
    }

    /// What the host said last, if it is dead: a JVM that crashes says why on its way.
    pub(crate) fn last_words(&mut self) -> String {
        if self.host.is_alive() {
            return String::new();
        }
        let log = self.host.log();
        let printed = self.host.stdout().join("\n");
        let tail = |text: &str| {
            text.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n  ")
        };
        format!("; the host is dead:\n  {}\n  {}", tail(&log), tail(&printed))
    }

    /// Only the neighbour's lane lives, no thread more than at the start, and none is lost.
    pub(crate) fn check_returned(&self) -> Result<(), String> {
        self.wait(|street| (street.host.metric("flock_lanes") <= 1.0).then_some(())).map_err(|()| {
            let which = self.more_threads().1;
            let log = self.host.log();
            let lost: Vec<&str> = log.lines().filter(|line| line.contains("lost")).collect();
            format!("{} lanes are still there: {which:?}; {lost:?}", self.host.metric("flock_lanes"))
        })?;
        self.wait(|street| (street.more_threads().0 == 0).then_some(()))
            .map_err(|()| format!("threads are still there: {:?}", self.more_threads().1))?;
        self.wait(|street| (street.host.metric("flock_lost_lanes") <= street.lost).then_some(()))
            .map_err(|()| format!("{} lanes are lost", self.host.metric("flock_lost_lanes")))
    }

    fn check_later_call(&self, name: &str, payload: &str) -> Result<(), String> {
        let payload: Value = serde_json::from_str(payload).unwrap();
        let answer = self.host.client().invoke(name, &payload)?;
        if answer.status != 200 {
            return Err(format!("the later call {payload} failed: {}", answer.text()));
        }
        let live = usage(&answer.json(), "liveHeapBytes")?;
        if live > CALM_HEAP_BYTES {
            return Err(format!("{live} bytes are live after the later call {payload}"));
        }
        Ok(())
    }

    fn wait<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> Result<T, ()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look(self) {
                return Ok(seen);
            }
            if Instant::now() >= deadline {
                return Err(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Deletes an action, and with it all that it left behind.
pub(crate) fn delete(host: &Flockd, name: &str) {
    host.send("DELETE", &format!("/api/v1/namespaces/_/actions/{name}"), None).expect(200);
}

/// The value of an annotation.
pub(crate) fn annotation<'a>(record: &'a Value, key: &str) -> Result<&'a Value, String> {
    let notes = record["annotations"].as_array().ok_or_else(|| format!("no record but {record}"))?;
    let note = notes.iter().find(|note| note["key"] == key);
    note.map(|note| &note["value"]).ok_or_else(|| format!("no annotation {key}: {record}"))
}

/// A number of the annotation `usage`.
pub(crate) fn usage(record: &Value, key: &str) -> Result<u64, String> {
    let usage = annotation(record, "usage")?;
    usage[key].as_u64().ok_or_else(|| format!("usage has no {key}: {usage}"))
}

/// Status, outcome, text and time of the answer, and the numbers of the limit that it broke.
fn check_answer(attack: &Attack, answer: &Answer, took: Duration) -> Result<(), String> {
    let record = answer.json();
    let outcome = annotation(&record, "outcome")?.as_str().unwrap_or_default();
    if !attack.ends.outcomes().contains(&outcome) {
        let result = record["response"]["result"].to_string();
        return Err(format!("the outcome is {outcome} after {took:?}: {}", &cut(&result, 300)));
    }
    let status = if outcome == "success" { 200 } else { 502 };
    if answer.status != status {
        return Err(format!("the status is {}: {}", answer.status, answer.text()));
    }
    check_text(attack, &record)?;
    let limit = Duration::from_millis(attack.limits.timeout_millis);
    match attack.ends {
        Ends::Timeout | Ends::InitTimeout if took < limit => return Err(format!("answered after {took:?}")),
        _ if took > limit + LATE_MAX => return Err(format!("answered only after {took:?}")),
        _ => {}
    }
    check_usage(attack, &record)
}

fn check_text(attack: &Attack, record: &Value) -> Result<(), String> {
    let result = &record["response"]["result"];
    if let Ends::Success(text) = attack.ends {
        let shown = result.to_string();
        return if shown.contains(text) { Ok(()) } else { Err(format!("{shown} does not contain {text:?}")) };
    }
    let error = result["error"].as_str().unwrap_or_default();
    let (text, is_whole) = attack.ends.error(&attack.limits);
    let is_right = if is_whole { error == text } else { error.contains(&text) };
    if !is_right {
        return Err(format!("the error is {error:?}, not {text:?}"));
    }
    let logs = record["logs"].to_string();
    if is_whole && !logs.contains("stopped by the limit") {
        return Err(format!("the logs do not tell of the stop: {}", cut(&logs, 300)));
    }
    Ok(())
}

fn check_usage(attack: &Attack, record: &Value) -> Result<(), String> {
    for key in ["cpuMicros", "wallMicros", "waitMicros", "initMicros", "allocatedBytes", "liveHeapBytes"] {
        usage(record, key)?;
    }
    for key in ["peakHeapBytes", "threads", "classes", "metaspaceBytes", "logBytes", "tempBytes", "sockets"] {
        usage(record, key)?;
    }
    let at_least = |key: &str, least: u64| match usage(record, key)? {
        value if value < least => Err(format!("{key} is {value}, the limit {least}")),
        _ => Ok(()),
    };
    match attack.ends {
        Ends::Timeout => at_least("wallMicros", attack.limits.timeout_millis * 1_000),
        Ends::Cpu => at_least("cpuMicros", attack.limits.cpu_millis.unwrap_or_default() * 1_000),
        Ends::Classes => at_least("classes", attack.limits.classes.unwrap_or_default()),
        Ends::Memory => {
            let peak = usage(record, "peakHeapBytes")? >> 20;
            let most = attack.limits.memory_mebibytes + OVERSHOOT_MEBIBYTES + attack.piece_mebibytes;
            if peak > most { Err(format!("{peak} MiB were live, {most} is the most")) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
