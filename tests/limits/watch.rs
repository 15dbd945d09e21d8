//! The neighbour: another action, called 100 times a second as long as the watch lasts. It must answer always, keep its statics, and not
//! wait much longer than on a calm host.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::json;

use super::support::{Client, Flockd, jar_exec};

const NAME: &str = "neighbour";
const PERIOD: Duration = Duration::from_millis(10);
/// A pause that is too long whatever the machine does otherwise.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The bound of the 99th percentile relative to a calm host, and what is allowed beyond it on a shared machine.
const CALM_FACTOR: u32 = 20;
const FLOOR: Duration = Duration::from_millis(500);

/// What was seen since the last look.
#[derive(Debug, Default)]
struct Seen {
    took: Vec<Duration>,
    failures: Vec<String>,
}

/// The latencies of a stretch of time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) calls: usize,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) longest: Duration,
}

/// See the head of this file.
pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    calm: Figures,
}

impl Watch {
    /// Deploys the neighbour, warms it, and measures it while nothing else happens.
    pub(crate) fn start(host: &Flockd) -> Self {
        let put = json!({
            "exec": jar_exec("counter", "counter.Counter"),
            "limits": { "concurrency": 1, "instances": 1 },
        });
        host.put(NAME, &put).expect(200);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let over = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (client, seen, over) = (host.client(), Arc::clone(&seen), Arc::clone(&over));
            move || call_until(&client, &seen, &over)
        });
        let mut watch = Self { seen, over, thread: Some(thread), calm: Figures::default() };
        std::thread::sleep(Duration::from_millis(700));
        watch.look().expect("the neighbour answers on a calm host");
        std::thread::sleep(Duration::from_millis(1_500));
        watch.calm = watch.look().expect("the neighbour answers on a calm host");
        watch
    }

    /// How it was while nothing else happened.
    pub(crate) fn calm(&self) -> Figures {
        self.calm
    }

    /// The figures since the last look, or how it failed.
    pub(crate) fn look(&self) -> Result<Figures, String> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        if !seen.failures.is_empty() {
            return Err(format!("the neighbour failed: {}", seen.failures.join("; ")));
        }
        Ok(figures(seen.took))
    }

    /// The figures since the last look; an error if they are out of bounds.
    pub(crate) fn judge(&self) -> Result<Figures, String> {
        let figures = self.look()?;
        self.bounded(figures).map(|()| figures)
    }

    /// An error if figures are out of bounds.
    pub(crate) fn bounded(&self, figures: Figures) -> Result<(), String> {
        let bound = self.calm.p99 * CALM_FACTOR + FLOOR;
        if figures.p99 > bound {
            return Err(format!("the neighbour's p99 is {:?}, its bound {bound:?}", figures.p99));
        }
        if figures.longest > PAUSE_MAX {
            return Err(format!("the neighbour waited {:?}", figures.longest));
        }
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // What it saw was judged before.
            let _ = thread.join();
        }
    }
}

fn figures(mut took: Vec<Duration>) -> Figures {
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1)));
    Figures {
        calls: took.len(),
        p50: at(50).copied().unwrap_or_default(),
        p99: at(99).copied().unwrap_or_default(),
        longest: took.last().copied().unwrap_or_default(),
    }
}

fn call_until(client: &Client, seen: &Mutex<Seen>, over: &AtomicBool) {
    let mut count = None;
    while !over.load(Ordering::Acquire) {
        let began = Instant::now();
        let result = call(client, &mut count);
        let took = began.elapsed();
        if over.load(Ordering::Acquire) {
            return;
        }
        let mut seen = seen.lock().unwrap();
        seen.took.push(took);
        if let Err(error) = result {
            if seen.failures.len() < 5 {
                seen.failures.push(error);
            }
            count = None;
        }
        drop(seen);
        std::thread::sleep(PERIOD.saturating_sub(took));
    }
}

/// The counter is in a static: a number that is not the next one shows that the neighbour lost its instance.
fn call(client: &Client, count: &mut Option<u64>) -> Result<(), String> {
    let answer = client.invoke(NAME, &json!({}))?;
    if answer.status != 200 {
        return Err(format!("status {}: {}", answer.status, answer.text()));
    }
    let now = answer.json()["response"]["result"]["count"].as_u64().ok_or("no count")?;
    match count.replace(now) {
        Some(before) if now != before + 1 => Err(format!("{now} came after {before}: its statics are lost")),
        _ => Ok(()),
    }
}
