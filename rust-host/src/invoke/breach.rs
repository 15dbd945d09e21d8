//! A broken limit in words: the outcome, the text for the client, the lines for the log.
//!
//! The one table from a limit of the JVM side to what the outside sees.

use std::time::Duration;

use flock_jvm::{Limit, Stopped};

use crate::model::{Outcome, ResolvedLimits};

/// See the head of this file.
pub(super) struct Breach {
    pub(super) outcome: Outcome,
    /// The key of the limit.
    pub(super) name: &'static str,
    /// The limit with its unit.
    pub(super) allowed: String,
    /// What the client reads.
    pub(super) message: String,
    limit: Limit,
}

impl Breach {
    pub(super) fn of(stopped: &Stopped, limits: &ResolvedLimits) -> Self {
        let memory = limits.memory_mebibytes;
        let while_initialising = if stopped.while_initialising { " during initialization" } else { "" };
        let (outcome, name, allowed, message) = match stopped.limit {
            Limit::Timeout => (
                Outcome::Timeout,
                "timeout",
                format!("{} ms", limits.timeout_millis),
                format!(
                    "The action exceeded its time limits of {} milliseconds{while_initialising}.",
                    limits.timeout_millis
                ),
            ),
            Limit::Cpu => (
                Outcome::Cpu,
                "cpu",
                format!("{} ms", limits.cpu_millis),
                format!("The action exceeded its CPU limit of {} milliseconds.", limits.cpu_millis),
            ),
            Limit::Memory => (
                Outcome::Memory,
                "memory",
                format!("{memory} MB"),
                format!("The action exhausted its memory and was aborted: its limit is {memory} MB of live heap."),
            ),
            Limit::NamespaceMemory => (
                Outcome::Memory,
                "namespace memory",
                "the namespace's live heap".to_owned(),
                "The action was aborted: the actions of its namespace hold more live heap than they may, and it held the most."
                    .to_owned(),
            ),
            Limit::HeapFull => (
                Outcome::Memory,
                "host memory",
                "the host's heap".to_owned(),
                "The action was aborted: the heap of the host was full, and it held the most of it.".to_owned(),
            ),
            Limit::ClassMemoryFull => (
                Outcome::Classes,
                "host class memory",
                "the host's memory for classes".to_owned(),
                "The action was aborted: the memory of the host for classes was full, and it had the most of them.".to_owned(),
            ),
            Limit::Threads => (
                Outcome::Threads,
                "threads",
                format!("{} threads", limits.threads),
                format!("The action exceeded its limit of {} threads.", limits.threads),
            ),
            Limit::Classes => (
                Outcome::Classes,
                "classes",
                format!("{} classes", limits.classes),
                format!("The action exceeded its limit of {} classes.", limits.classes),
            ),
            Limit::Sockets => (
                Outcome::Sockets,
                "sockets",
                format!("{} sockets", limits.sockets),
                format!("The action exceeded its limit of {} sockets.", limits.sockets),
            ),
            Limit::TempBytes => (
                Outcome::TempBytes,
                "tempBytes",
                format!("{} bytes", limits.temp_bytes),
                format!("The action exceeded its limit of {} bytes of files.", limits.temp_bytes),
            ),
            Limit::AllocationRate => {
                let rate = limits.allocation_mebibytes_per_second;
                (
                    Outcome::AllocationRate,
                    "allocationRate",
                    format!("{rate} MB/s"),
                    format!("The action exceeded its limit of {rate} MB of allocation per second."),
                )
            }
            Limit::Background => (
                Outcome::Cpu,
                "background CPU",
                "the CPU between two calls".to_owned(),
                "The action was aborted: its threads used too much CPU between two calls.".to_owned(),
            ),
            Limit::SharedLock => (
                Outcome::Timeout,
                "shared lock",
                "a lock that others wait for".to_owned(),
                "The action was aborted: a thread that it had started held a lock that all functions share, and others waited for it."
                    .to_owned(),
            ),
        };
        Self { outcome, name, allowed, message, limit: stopped.limit }
    }

    /// It was time that was up, and that of the sequence.
    pub(super) fn by_deadline(&mut self, millis: u32) {
        if self.limit == Limit::Timeout {
            self.allowed = format!("{millis} ms for the sequence");
            self.message = format!(
                "The action was stopped because its sequence exceeded its time limit of {millis} milliseconds."
            );
        }
    }

    /// What was used of it, in the unit of the limit.
    pub(super) fn used(&self, stopped: &Stopped, ran: Duration) -> String {
        let used = &stopped.used;
        match self.limit {
            Limit::Timeout | Limit::SharedLock => format!("{:.1} ms", ran.as_secs_f64() * 1e3),
            Limit::Cpu | Limit::Background => format!("{:.1} ms", used.effort.cpu_nanos as f64 / 1e6),
            Limit::Memory if used.asked_bytes > 0 => format!(
                "{:.1} MB and an array of {:.1} MB asked for",
                megabytes(used.live_heap_bytes),
                megabytes(used.asked_bytes)
            ),
            Limit::Memory | Limit::NamespaceMemory | Limit::HeapFull => {
                format!("{:.1} MB", megabytes(used.peak_heap_bytes))
            }
            Limit::Threads => format!("{} threads", used.threads),
            Limit::Classes | Limit::ClassMemoryFull => format!("{} classes", used.classes),
            Limit::Sockets => format!("{} sockets", used.sockets),
            Limit::TempBytes => format!("{} bytes", used.temp_bytes),
            Limit::AllocationRate => {
                format!("{:.0} MB in this call", megabytes(used.effort.allocated_bytes))
            }
        }
    }

    /// What the activation's log says of the stop.
    pub(super) fn log_lines(&self, stopped: &Stopped, used: &str) -> Vec<String> {
        let end = if stopped.is_over {
            format!("its thread ended {:.1} ms later", stopped.took.as_secs_f64() * 1e3)
        } else {
            format!("its thread still lives {:.0} ms later", stopped.took.as_secs_f64() * 1e3)
        };
        let mut lines =
            vec![format!("stopped by the limit {}: allowed {}, used {used}; {end}", self.name, self.allowed)];
        lines.extend(stopped.stack.iter().map(|frame| format!("    at {frame}")));
        lines
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
