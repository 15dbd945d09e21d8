//! The configuration: every key with its unit in its name, its default, its range and where its value came from.
//!
//! Later sources win: default, TOML file, `FLOCK_*` variable, flag. An unknown key, a value of the wrong kind or out of
//! range is an error that names the key and its source. [`keys::KEYS`] is the only list of keys.

pub mod isolation;
pub mod jdk;
mod key;
pub mod keys;
mod resolve;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::model::{
    EntityName, Keep, KeepRules,
    limits::{CpuShare, LimitRanges, Range},
};

pub use isolation::Isolation;
pub use resolve::{ConfigError, Resolved, Source};

/// The configuration of a running host.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data directory, an absolute path: the compiler works in a folder of its own.
    pub data: PathBuf,
    /// The JDK, if it is named.
    pub jdk: Option<PathBuf>,
    /// Development: OpenWhisk's well-known guest key, loopback only.
    pub dev: bool,
    /// Log format.
    pub log_format: LogFormat,
    /// Which log events are written: a level, or levels by module.
    pub log_filter: String,
    /// Largest Java heap; none: the JVM's own choice.
    pub jvm_heap_max_mebibytes: Option<u32>,
    /// Young generation.
    pub jvm_heap_young_mebibytes: u32,
    /// Largest memory for classes; none: a quarter of the memory.
    pub jvm_class_memory_max_mebibytes: Option<u32>,
    /// Further JVM options.
    pub jvm_options: Vec<String>,
    /// Loops that serve connections.
    pub http_workers: usize,
    /// Most connections at a time.
    pub http_connections_max: usize,
    /// Time for a request's head to arrive.
    pub http_header_timeout: Duration,
    /// Time for a request's body to arrive.
    pub http_body_timeout: Duration,
    /// Time for a client to take more of its answer.
    pub http_answer_timeout: Duration,
    /// Code of actions in answers at a time.
    pub code_answers_max_bytes: usize,
    /// Host names whose root is the API routes of a namespace.
    pub route_hosts: Vec<(String, EntityName)>,
    /// Ranges of the limits of actions.
    pub action_limits: LimitRanges,
    /// Largest payload of an invocation.
    pub payload_max_bytes: usize,
    /// Largest result.
    pub result_max_bytes: u32,
    /// Largest code of an action, as it is sent.
    pub code_max_bytes: usize,
    /// Largest parameters, and largest annotations, of an action.
    pub parameters_max_bytes: usize,
    /// Most hops of a sequence.
    pub sequence_length_max: usize,
    /// Most actions that call one another from Java in a row.
    pub direct_depth_max: usize,
    /// Most actions that one run of a chain runs.
    pub chain_hops_max: usize,
    /// Code of deployments at a time.
    pub deployments_max_bytes: usize,
    /// Deployments of a namespace at a time.
    pub deployments_max: usize,
    /// Invocations a minute of a namespace.
    pub invocations_per_minute: u64,
    /// Invocations in flight of a namespace.
    pub concurrent_invocations: u64,
    /// Trigger fires a minute of a namespace.
    pub fires_per_minute: u64,
    /// Open streams of log lines of a namespace.
    pub log_streams_max: usize,
    /// CPU share of a namespace; 0: no cap.
    pub namespace_cpu: CpuShare,
    /// Live heap of a namespace, all instances together; none: no cap.
    pub namespace_heap_mebibytes: Option<u32>,
    /// Threads that the functions of a namespace start, all instances together.
    pub namespace_threads: u32,
    /// Longest wait of a blocking invocation.
    pub blocking_wait_max: Duration,
    /// How long a lane waits for a call before it ends.
    pub lane_idle: Duration,
    /// Calls that may wait for a lane of one action.
    pub queue_max_calls: usize,
    /// Most instances of one action.
    pub instances_max: u32,
    /// Most lanes of the chains of one namespace.
    pub chain_lanes_max: usize,
    /// What functions may use beyond their own folder and the public network.
    pub isolation: Isolation,
    /// Most loaded functions.
    pub loaded_max: usize,
    /// Most instances of an action that are kept ready.
    pub prewarm_max: u32,
    /// Most instances that are kept ready of all actions of a namespace.
    pub prewarm_namespace_max: usize,
    /// Former versions of an action that are kept.
    pub versions_max: usize,
    /// Records that may wait to be written.
    pub records_queue_max: usize,
    /// What is kept of hops of sequences.
    pub records_hops: KeepRules,
    /// How long records are kept.
    pub records_retention: Duration,
    /// How many records are kept.
    pub records_max_count: u64,
    /// How many bytes the texts of all kept records have.
    pub records_max_bytes: u64,
    /// How long the usage by minute and action is kept.
    pub usage_retention: Duration,
    /// Whether what functions use is counted, and every limit but time holds.
    pub usage_counting: bool,
    /// CPU that the threads of an instance may use while it runs no call.
    pub background_cpu: Duration,
    /// Most actions with metrics of their own.
    pub metrics_series_max: usize,
    /// How long a stop waits for what runs.
    pub drain_timeout: Duration,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// The configuration from resolved values.
    pub fn from_resolved(values: &Resolved) -> Result<Self, ConfigError> {
        use std::io::IsTerminal;
        let range =
            |name: &str| -> Result<Range, ConfigError> { values.range(&format!("limits.action.{name}")) };
        let millis = |key: &str| Duration::from_millis(values.int(key));
        let config = Self {
            listen: values.parsed("listen")?,
            data: std::path::absolute(values.text("data")).unwrap_or_else(|_| values.text("data").into()),
            jdk: Some(values.text("jdk")).filter(|text| !text.is_empty()).map(PathBuf::from),
            dev: values.flag("dev"),
            log_format: match values.text("log.format").as_str() {
                "json" => LogFormat::Json,
                "text" => LogFormat::Text,
                _ if std::io::stderr().is_terminal() => LogFormat::Text,
                _ => LogFormat::Json,
            },
            log_filter: values.text("log.filter"),
            jvm_heap_max_mebibytes: Some(values.int32("jvm.heap-max-mebibytes")).filter(|n| *n > 0),
            jvm_class_memory_max_mebibytes: Some(values.int32("jvm.class-memory-max-mebibytes"))
                .filter(|n| *n > 0),
            jvm_heap_young_mebibytes: values.int32("jvm.heap-young-mebibytes"),
            jvm_options: values.list("jvm.options"),
            http_workers: match values.size("http.workers") {
                0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
                workers => workers,
            },
            http_connections_max: values.size("http.connections-max"),
            http_header_timeout: millis("http.header-timeout-millis"),
            http_body_timeout: millis("http.body-timeout-millis"),
            http_answer_timeout: millis("http.answer-timeout-millis"),
            code_answers_max_bytes: values.size("http.code-answers-max-bytes"),
            route_hosts: route_hosts(&values.list("routes.hosts"))?,
            action_limits: LimitRanges {
                timeout_millis: range("timeout-millis")?,
                memory_mebibytes: range("memory-mebibytes")?,
                logs_mebibytes: range("logs-mebibytes")?,
                concurrency: range("concurrency")?,
                cpu_millis: range("cpu-millis")?,
                threads: range("threads")?,
                classes: range("classes")?,
                sockets: range("sockets")?,
                temp_bytes: range("temp-bytes")?,
                allocation_mebibytes_per_second: range("allocation-mebibytes-per-second")?,
                instances_max: values.int32("instances.max"),
            },
            payload_max_bytes: values.size("limits.payload-max-bytes"),
            result_max_bytes: values.int32("limits.result-max-bytes"),
            code_max_bytes: values.size("limits.code-max-bytes"),
            parameters_max_bytes: values.size("limits.parameters-max-bytes"),
            sequence_length_max: values.size("limits.sequence-length-max"),
            chain_hops_max: values.size("limits.chain-hops-max"),
            direct_depth_max: values.size("limits.direct-depth-max"),
            deployments_max_bytes: values.size("limits.deployments-max-bytes"),
            deployments_max: values.size("limits.namespace.deployments"),
            invocations_per_minute: values.int("limits.namespace.invocations-per-minute"),
            concurrent_invocations: values.int("limits.namespace.concurrent-invocations"),
            fires_per_minute: values.int("limits.namespace.fires-per-minute"),
            log_streams_max: values.size("limits.namespace.log-streams"),
            namespace_cpu: CpuShare {
                millicores: values.int32("limits.namespace.cpu-millicores"),
                burst: millis("limits.namespace.cpu-burst-millis"),
                wait_max: millis("limits.namespace.cpu-wait-max-millis"),
            },
            namespace_heap_mebibytes: Some(values.int32("limits.namespace.heap-mebibytes"))
                .filter(|mebibytes| *mebibytes > 0),
            namespace_threads: values.int32("limits.namespace.threads"),
            blocking_wait_max: millis("invoke.blocking-wait-max-millis"),
            lane_idle: millis("lanes.idle-millis"),
            queue_max_calls: values.size("lanes.queue-max-calls"),
            instances_max: values.int32("instances.max"),
            chain_lanes_max: values.size("lanes.chains-max"),
            isolation: Isolation::parse(
                &values.list("isolation.files-allow"),
                &values.list("isolation.net-allow"),
                &values.list("isolation.listen"),
            )
            .map_err(|error| ConfigError::Contradiction(error.to_string()))?,
            loaded_max: values.size("funclets.loaded-max"),
            prewarm_max: values.int32("funclets.prewarm-max-instances"),
            prewarm_namespace_max: values.size("funclets.prewarm-max-instances-by-namespace"),
            versions_max: values.size("actions.versions-max"),
            records_queue_max: values.size("records.queue-max"),
            records_hops: KeepRules {
                default: Keep::parse(&values.text("records.hops")).unwrap_or_default(),
                namespaces: values
                    .list("records.hops-by-namespace")
                    .iter()
                    .map(|row| KeepRules::parse_row(row))
                    .collect::<Result<_, _>>()
                    .map_err(|why| ConfigError::Contradiction(format!("records.hops-by-namespace: {why}")))?,
            },
            records_retention: Duration::from_secs(values.int("records.retention-hours") * 3600),
            records_max_count: values.int("records.max-count"),
            records_max_bytes: values.int("records.max-mebibytes") << 20,
            usage_retention: Duration::from_secs(values.int("usage.retention-days") * 86_400),
            usage_counting: values.flag("usage.counting"),
            background_cpu: millis("funclets.background-cpu-millis"),
            metrics_series_max: values.size("metrics.series-max"),
            drain_timeout: millis("drain.timeout-millis"),
        };
        if config.dev && !config.listen.ip().is_loopback() {
            return Err(ConfigError::Contradiction(format!(
                "--dev uses a key that everybody knows, so it refuses to listen on {}: listen on 127.0.0.1 or leave --dev out",
                config.listen
            )));
        }
        Ok(config)
    }
}

fn route_hosts(list: &[String]) -> Result<Vec<(String, EntityName)>, ConfigError> {
    list.iter()
        .map(|text| {
            let bad = |why: &str| ConfigError::Contradiction(format!("routes.hosts: '{text}' {why}"));
            let (host, namespace) =
                text.split_once('=').ok_or_else(|| bad("is not of the form HOST=NAMESPACE"))?;
            let namespace = EntityName::parse(namespace).map_err(|error| bad(&error.to_string()))?;
            if host.is_empty() || host.contains([':', '/']) {
                return Err(bad("must name a host without a port"));
            }
            Ok((host.to_owned(), namespace))
        })
        .collect()
}
