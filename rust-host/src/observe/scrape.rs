//! The metrics that are made at a scrape: those of namespaces and actions, limits, and where the CPU goes.
//!
//! The first actions that are called get series of their own, up to the operator's number; all others of a namespace are
//! one series with `action="other"`. Totals are since the start of the host.

use std::collections::{BTreeMap, HashSet};

use crate::{model::Outcome, reactor};

use super::{
    exposition::{Exposition, Kind},
    gauges::Gauges,
    ledger::Account,
    metrics::{Metrics, Snapshot},
    overhead::PARTS,
    tally::Tally,
};

/// What stands for the actions without series of their own.
const OTHER: &str = "other";

/// Bounds of latencies, as powers of two in microseconds: 64 us to 67 s.
const LATENCY_POWERS: std::ops::RangeInclusive<u32> = 6..=26;

/// The outcomes that a limit of the action makes; they are the limits' names, too.
const LIMITS: [Outcome; 8] = [
    Outcome::Timeout,
    Outcome::Cpu,
    Outcome::Memory,
    Outcome::Threads,
    Outcome::Classes,
    Outcome::Sockets,
    Outcome::TempBytes,
    Outcome::AllocationRate,
];

pub(super) fn text(metrics: &Metrics, now: &Snapshot) -> String {
    let accounts = metrics.ledger.accounts();
    let mut text = Exposition::default();
    totals_by_action(&mut text, &accounts);
    latency_by_namespace(&mut text, &accounts);
    gauges_by_action(&mut text, &accounts, now);
    calls_by_version(&mut text, &accounts, now);
    limits(&mut text, metrics, &accounts);
    cpu(&mut text, metrics, &accounts);
    text.family(Kind::Gauge, "kept_records", "Activation records that are kept");
    text.sample(&[], now.kept_records.count);
    text.family(Kind::Gauge, "kept_records_bytes", "How large they are, as records.max-mebibytes counts");
    text.sample(&[], now.kept_records.bytes);
    let drives = reactor::counts();
    text.family(Kind::Counter, "reactor_leads", "Times that a lane began to drive connections");
    text.sample(&[], drives.leads);
    text.family(Kind::Counter, "reactor_losses", "Times that a lane that drove was in a call for too long");
    text.sample(&[], drives.losses);
    if let Some(pauses) = &now.pauses {
        text.family(Kind::Counter, "gc_pauses", "Pauses of the garbage collector");
        text.sample(&[], pauses.count);
        text.family(Kind::Counter, "gc_pause_seconds", "Time of all pauses of the garbage collector");
        text.sample(&[], pauses.total.as_secs_f64());
    }
    text.into_text()
}

/// Namespace, action and totals of each series.
fn series(accounts: &[Account]) -> Vec<(&str, &str, &Tally)> {
    let mut all = Vec::new();
    for account in accounts {
        let namespace = account.namespace.as_str();
        all.extend(account.named.iter().map(|(row, totals)| (namespace, row.action.as_str(), totals)));
        if account.unnamed != Tally::default() {
            all.push((namespace, OTHER, &account.unnamed));
        }
    }
    all
}

fn totals_by_action(text: &mut Exposition, accounts: &[Account]) {
    let series = series(accounts);
    text.family(Kind::Counter, "action_activations", "Ended activations");
    for (namespace, action, totals) in &series {
        for (outcome, count) in Outcome::ALL.iter().zip(totals.outcomes).filter(|(_, count)| *count > 0) {
            let labels = [("namespace", *namespace), ("action", *action), ("outcome", outcome.name())];
            text.sample(&labels, count);
        }
    }
    let mut family = |name: &str, help: &str, value: fn(&Tally) -> f64| {
        text.family(Kind::Counter, name, help);
        for (namespace, action, totals) in &series {
            text.sample(&[("namespace", *namespace), ("action", *action)], value(totals));
        }
    };
    family("action_cold_starts", "Activations that loaded their function", |totals| totals.cold as f64);
    family("action_cpu_seconds", "CPU of functions and of the threads they started", |totals| {
        seconds(totals.cpu_micros)
    });
    family("action_allocated_bytes", "Bytes that functions allocated in the Java heap", |totals| {
        totals.allocated_bytes as f64
    });
    family("action_log_bytes", "Log output of functions, before a limit cut it", |totals| {
        totals.log_bytes as f64
    });
}

fn latency_by_namespace(text: &mut Exposition, accounts: &[Account]) {
    text.family(
        Kind::Histogram,
        "namespace_latency_seconds",
        "From the arrival of a request to the end of its activation",
    );
    for Account { namespace, total, .. } in accounts {
        let buckets: Vec<(f64, u64)> =
            LATENCY_POWERS.map(|power| (seconds(1 << power), total.latency.below_power(power))).collect();
        let sum = seconds(total.wall_micros + total.wait_micros);
        text.histogram(&[("namespace", namespace)], sum, total.latency.count(), &buckets);
    }
}

/// Whose actions have series of their own.
fn named(accounts: &[Account]) -> HashSet<(&str, &str)> {
    accounts
        .iter()
        .flat_map(|account| {
            account.named.iter().map(|(row, _)| (account.namespace.as_str(), row.action.as_str()))
        })
        .collect()
}

fn gauges_by_action(text: &mut Exposition, accounts: &[Account], now: &Snapshot) {
    let named = named(accounts);
    let mut by_action: BTreeMap<(&str, &str), Gauges> = BTreeMap::new();
    for (namespace, action, gauges) in &now.gauges {
        let is_named = named.contains(&(namespace.as_str(), action.as_str()));
        let action = if is_named { action.as_str() } else { OTHER };
        by_action.entry((namespace, action)).or_default().add(gauges);
    }
    let mut family = |name: &str, help: &str, value: fn(&Gauges) -> u64| {
        text.family(Kind::Gauge, name, help);
        for ((namespace, action), gauges) in &by_action {
            text.sample(&[("namespace", *namespace), ("action", *action)], value(gauges));
        }
    };
    family("heap_live_bytes", "Live heap of loaded functions", |gauges| gauges.live_heap_bytes);
    family("function_threads", "Threads that functions started", |gauges| gauges.threads);
    family("function_classes", "Classes of loaded functions", |gauges| gauges.classes);
    family("function_sockets", "Open sockets of functions", |gauges| gauges.sockets);
    family("function_temp_bytes", "Files of functions", |gauges| gauges.temp_bytes);
    family("queued_calls", "Calls that wait for a lane", |gauges| gauges.queued);
    family("blocked_calls", "Calls of others that wait for a lock that functions hold", |gauges| {
        gauges.blocked_calls
    });
}

/// Only of actions with series of their own, and only while calls are split. A binding's calls count as the action's.
fn calls_by_version(text: &mut Exposition, accounts: &[Account], now: &Snapshot) {
    // The versions are the owner's, whoever calls.
    let named: HashSet<&str> = named(accounts).into_iter().map(|(_, action)| action).collect();
    let mut by_version: BTreeMap<(&str, &str, &str), [u64; 3]> = BTreeMap::new();
    for row in now.versions.iter().filter(|row| named.contains(row.action.as_str())) {
        let sum = by_version.entry((&row.namespace, &row.action, &row.version)).or_default();
        sum.iter_mut().zip([row.ended, row.failed, row.cold]).for_each(|(sum, more)| *sum += more);
    }
    for (at, (name, help)) in [
        ("version_activations", "Ended activations of a version, while calls are split between versions"),
        ("version_failures", "Those that did not succeed"),
        ("version_cold_starts", "Instances of the version that were initialised"),
    ]
    .into_iter()
    .enumerate()
    {
        text.family(Kind::Counter, name, help);
        for ((namespace, action, version), sums) in &by_version {
            let labels = [("namespace", *namespace), ("action", *action), ("version", *version)];
            text.sample(&labels, sums.get(at).copied().unwrap_or(0));
        }
    }
}

fn limits(text: &mut Exposition, metrics: &Metrics, accounts: &[Account]) {
    let mut hits = metrics.refusals();
    for outcome in LIMITS {
        let at = outcome as usize;
        let count: u64 = accounts.iter().filter_map(|account| account.total.outcomes.get(at)).copied().sum();
        *hits.entry(outcome.name()).or_default() += count;
    }
    text.family(Kind::Counter, "limit_hits", "Calls that a limit ended or refused");
    for (limit, count) in hits {
        text.sample(&[("limit", limit)], count);
    }
}

fn cpu(text: &mut Exposition, metrics: &Metrics, accounts: &[Account]) {
    text.family(Kind::Counter, "functions_cpu_seconds", "CPU of all functions, as it is billed");
    text.sample(&[], seconds(accounts.iter().map(|account| account.total.cpu_micros).sum()));
    match metrics.overhead.look() {
        Ok(cpu) => {
            text.family(Kind::Counter, "process_cpu_seconds", "CPU of the whole process");
            text.sample(&[], cpu.process_nanos as f64 / 1e9);
            text.family(
                Kind::Counter,
                "host_cpu_seconds",
                "CPU by the kind of thread; lanes are the threads of functions, and what they did between calls is in between as well",
            );
            for (part, nanos) in PARTS.iter().zip(cpu.nanos) {
                text.sample(&[("part", part)], nanos as f64 / 1e9);
            }
            text.sample(&[("part", "between")], flock_jvm::between_calls_nanos() as f64 / 1e9);
        }
        Err(error) => tracing::warn!(%error, "the clocks of the threads cannot be read"),
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::observe::{calls::VersionCalls, ledger::Ledger};

    #[test]
    fn a_scrape_shows_each_part_once() -> Result<(), std::fmt::Error> {
        let metrics = Metrics::new(Arc::new(Ledger::new(1)));
        metrics.ledger.background("guest", "guest/a", 1_500_000, 10);
        metrics.ledger.background("guest", "guest/b", 500_000, 20);
        metrics.ledger.background("guest", "guest/c", 500_000, 20);
        metrics.refused("namespace_cpu");
        metrics.stopped(Outcome::Cpu, std::time::Duration::from_millis(2));
        let held = Gauges { live_heap_bytes: 7, ..Gauges::default() };
        let gauges = ["guest/a", "guest/b", "guest/c"]
            .map(|action| ("guest".to_owned(), action.to_owned(), held))
            .to_vec();
        let versions = ["guest/a", "guest/c"]
            .map(|action| VersionCalls {
                namespace: "guest".to_owned(),
                action: action.to_owned(),
                version: "0.0.2".to_owned(),
                ended: 3,
                failed: 1,
                cold: 1,
            })
            .to_vec();
        let text = metrics.text(&Snapshot { gauges, versions, ..Snapshot::default() })?;
        let version = "{namespace=\"guest\",action=\"guest/a\",version=\"0.0.2\"} ";
        for line in [
            format!("flock_version_activations_total{version}3"),
            format!("flock_version_failures_total{version}1"),
            format!("flock_version_cold_starts_total{version}1"),
        ] {
            assert!(text.lines().any(|found| found == line), "no line {line:?} in\n{text}");
        }
        assert!(!text.contains("action=\"guest/c\""), "{text}");
        for line in [
            "flock_action_cpu_seconds_total{namespace=\"guest\",action=\"guest/a\"} 1.5",
            "flock_action_cpu_seconds_total{namespace=\"guest\",action=\"other\"} 1",
            "flock_action_allocated_bytes_total{namespace=\"guest\",action=\"other\"} 40",
            "flock_functions_cpu_seconds_total 2.5",
            "flock_heap_live_bytes{namespace=\"guest\",action=\"guest/a\"} 7",
            "flock_heap_live_bytes{namespace=\"guest\",action=\"other\"} 14",
            "flock_limit_hits_total{limit=\"namespace_cpu\"} 1",
            "flock_limit_hits_total{limit=\"memory\"} 0",
            "flock_stops_total{outcome=\"cpu\"} 1",
            "flock_stop_seconds_count 1",
        ] {
            assert!(text.lines().any(|found| found == line), "no line {line:?} in\n{text}");
        }
        assert!(text.contains("flock_host_cpu_seconds_total{part=\"http\"} "), "{text}");
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
        let mut families: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
        let count = families.len();
        families.sort_unstable();
        families.dedup();
        assert_eq!(families.len(), count, "a family stands twice");
        Ok(())
    }
}
