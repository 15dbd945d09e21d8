//! The list of all keys.

use crate::model::Keep;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A whole number in a range.
    Int {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// True or false.
    Flag,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `ADDRESS:PORT`.
    Address,
    /// A list of texts; in a variable separated by spaces.
    List,
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name, with the unit at the end where it has one.
    pub name: &'static str,
    /// The unit in words; empty where there is none.
    pub unit: &'static str,
    /// The default, as it would stand in a variable.
    pub default: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// What it does.
    pub about: &'static str,
}

impl Key {
    /// The environment variable of the key: `http.workers` is `FLOCK_HTTP_WORKERS`.
    pub fn variable(&self) -> String {
        format!("FLOCK_{}", self.name.replace(['.', '-'], "_").to_uppercase())
    }
}

const fn int(
    name: &'static str,
    unit: &'static str,
    default: &'static str,
    range: (u64, u64),
    about: &'static str,
) -> Key {
    Key { name, unit, default, kind: Kind::Int { min: range.0, max: range.1 }, about }
}

const fn other(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, unit: "", default, kind, about }
}

/// 2 GiB less one: what one JNI buffer can hold.
const BYTES_MAX: u64 = 512 << 20;

/// Every key there is.
pub const KEYS: &[Key] = &[
    other("listen", Kind::Address, "127.0.0.1:3233", "where to listen; port 0 takes a free one"),
    other("data", Kind::Text, "flock-data", "the data directory; made if it is missing"),
    other("jdk", Kind::Text, "", "the JDK (17 to 25); empty: JAVA_HOME, then PATH, then the usual places"),
    other("dev", Kind::Flag, "false", "use OpenWhisk standalone's well-known guest key; only on loopback"),
    other(
        "log.format",
        Kind::Word(&["auto", "text", "json"]),
        "auto",
        "auto is text on a terminal and JSON otherwise",
    ),
    other(
        "log.filter",
        Kind::Text,
        "info",
        "which events are logged: a level, or levels by module, such as warn,flock=debug",
    ),
    int("jvm.heap-max-mebibytes", "MiB", "0", (0, 1 << 20), "largest Java heap; 0: a quarter of the memory"),
    int("jvm.heap-young-mebibytes", "MiB", "64", (4, 1 << 16), "size of the young generation"),
    int(
        "jvm.class-memory-max-mebibytes",
        "MiB",
        "0",
        (0, 1 << 20),
        "largest memory outside of the heap for classes; 0: a quarter of the memory",
    ),
    other("jvm.options", Kind::List, "", "further options of the JVM"),
    int(
        "http.workers",
        "loops",
        "0",
        (0, 256),
        "loops that serve connections, each driven by one thread; 0: half as many as there are cores, the rest is for functions",
    ),
    int(
        "http.connections-max",
        "connections",
        "4096",
        (1, 1 << 20),
        "most connections at a time; further ones wait to be accepted",
    ),
    other(
        "routes.hosts",
        Kind::List,
        "",
        "host names whose root is a namespace's API routes, each as HOST=NAMESPACE; /routes/NAMESPACE is there in any case",
    ),
    int("http.header-timeout-millis", "ms", "15000", (10, 3_600_000), "time for a request's head to arrive"),
    int("http.body-timeout-millis", "ms", "60000", (10, 3_600_000), "time for a request's body to arrive"),
    int(
        "limits.action.timeout-millis-default",
        "ms",
        "60000",
        (1, 86_400_000),
        "time limit of an action that names none",
    ),
    int("limits.action.timeout-millis-min", "ms", "100", (1, 86_400_000), "smallest time limit"),
    int("limits.action.timeout-millis-max", "ms", "300000", (1, 86_400_000), "largest time limit"),
    int(
        "limits.action.memory-mebibytes-default",
        "MiB",
        "256",
        (1, 1 << 20),
        "memory limit of an action that names none: the live heap of one instance",
    ),
    int("limits.action.memory-mebibytes-min", "MiB", "128", (1, 1 << 20), "smallest memory limit"),
    int("limits.action.memory-mebibytes-max", "MiB", "512", (1, 1 << 20), "largest memory limit"),
    int(
        "limits.action.logs-mebibytes-default",
        "MiB",
        "10",
        (0, 1024),
        "log limit of an action that names none",
    ),
    int("limits.action.logs-mebibytes-min", "MiB", "0", (0, 1024), "smallest log limit"),
    int("limits.action.logs-mebibytes-max", "MiB", "10", (0, 1024), "largest log limit"),
    int(
        "limits.action.concurrency-default",
        "calls",
        "1",
        (1, 1024),
        "calls that one instance runs at a time, unless the action says so",
    ),
    int("limits.action.concurrency-min", "calls", "1", (1, 1024), "smallest concurrency of an instance"),
    int("limits.action.concurrency-max", "calls", "128", (1, 1024), "largest concurrency of an instance"),
    int(
        "limits.action.cpu-millis-default",
        "ms",
        "60000",
        (1, 86_400_000),
        "CPU limit of an activation, unless the action says so",
    ),
    int("limits.action.cpu-millis-min", "ms", "10", (1, 86_400_000), "smallest CPU limit of an activation"),
    int(
        "limits.action.cpu-millis-max",
        "ms",
        "3600000",
        (1, 86_400_000),
        "largest CPU limit of an activation",
    ),
    int(
        "limits.action.threads-default",
        "threads",
        "64",
        (0, 65_536),
        "limit of the threads that an instance starts, unless the action says so",
    ),
    int(
        "limits.action.threads-min",
        "threads",
        "0",
        (0, 65_536),
        "smallest limit of the threads that an instance starts",
    ),
    int(
        "limits.action.threads-max",
        "threads",
        "1024",
        (0, 65_536),
        "largest limit of the threads that an instance starts",
    ),
    int(
        "limits.action.classes-default",
        "classes",
        "16384",
        (1, 1 << 20),
        "limit of the classes of an instance, unless the action says so",
    ),
    int(
        "limits.action.classes-min",
        "classes",
        "64",
        (1, 1 << 20),
        "smallest limit of the classes of an instance",
    ),
    int(
        "limits.action.classes-max",
        "classes",
        "200000",
        (1, 1 << 20),
        "largest limit of the classes of an instance",
    ),
    int(
        "limits.action.sockets-default",
        "sockets",
        "64",
        (0, 65_536),
        "limit of the open sockets of an instance, unless the action says so",
    ),
    int(
        "limits.action.sockets-min",
        "sockets",
        "0",
        (0, 65_536),
        "smallest limit of the open sockets of an instance",
    ),
    int(
        "limits.action.sockets-max",
        "sockets",
        "4096",
        (0, 65_536),
        "largest limit of the open sockets of an instance",
    ),
    int(
        "limits.action.temp-bytes-default",
        "bytes",
        "268435456",
        (0, u32::MAX as u64),
        "limit of the files that an instance writes, unless the action says so",
    ),
    int(
        "limits.action.temp-bytes-min",
        "bytes",
        "0",
        (0, u32::MAX as u64),
        "smallest limit of the files that an instance writes",
    ),
    int(
        "limits.action.temp-bytes-max",
        "bytes",
        "4294967295",
        (0, u32::MAX as u64),
        "largest limit of the files that an instance writes",
    ),
    int(
        "limits.action.allocation-mebibytes-per-second-default",
        "MiB/s",
        "16384",
        (1, 1 << 20),
        "allocation limit of an instance, averaged over a second, unless the action says so",
    ),
    int(
        "limits.action.allocation-mebibytes-per-second-min",
        "MiB/s",
        "1",
        (1, 1 << 20),
        "smallest allocation limit of an instance, averaged over a second",
    ),
    int(
        "limits.action.allocation-mebibytes-per-second-max",
        "MiB/s",
        "1048576",
        (1, 1 << 20),
        "largest allocation limit of an instance, averaged over a second",
    ),
    int(
        "limits.payload-max-bytes",
        "bytes",
        "1048576",
        (1024, BYTES_MAX),
        "largest payload of an invocation",
    ),
    int("limits.result-max-bytes", "bytes", "1048576", (1024, BYTES_MAX), "largest result of an invocation"),
    int(
        "limits.code-max-bytes",
        "bytes",
        "50331648",
        (1024, BYTES_MAX),
        "largest code of an action, as it is sent (base64 for a jar)",
    ),
    int(
        "limits.parameters-max-bytes",
        "bytes",
        "1048576",
        (1024, BYTES_MAX),
        "largest parameters, and largest annotations, of an action",
    ),
    int(
        "limits.sequence-length-max",
        "actions",
        "50",
        (1, 1000),
        "most actions in a sequence, those of inner sequences included",
    ),
    int(
        "limits.chain-hops-max",
        "actions",
        "10000",
        (1, 1_000_000),
        "most actions in one run of a flow or a conductor, and most elements of an array that a map step is over",
    ),
    int(
        "limits.direct-depth-max",
        "actions",
        "100",
        (1, 1000),
        "most actions that wait for one another by calls from Java, the first and the last included",
    ),
    int(
        "limits.namespace.invocations-per-minute",
        "calls/min",
        "6000000",
        (1, u32::MAX as u64),
        "invocations of a namespace in a minute",
    ),
    int(
        "limits.namespace.concurrent-invocations",
        "calls",
        "1000",
        (1, 1 << 20),
        "invocations of a namespace in flight",
    ),
    int(
        "limits.namespace.fires-per-minute",
        "fires/min",
        "6000000",
        (1, u32::MAX as u64),
        "trigger fires of a namespace in a minute",
    ),
    int(
        "limits.namespace.log-streams",
        "streams",
        "16",
        (0, 4096),
        "streams of log lines that a namespace may have open; each takes a connection",
    ),
    int(
        "limits.namespace.cpu-millicores",
        "millicores",
        "0",
        (0, 1 << 20),
        "CPU share of a namespace, 1000 is one core; late calls wait, then get 429; 0: no cap",
    ),
    int(
        "limits.namespace.cpu-burst-millis",
        "ms",
        "1000",
        (1, 3_600_000),
        "CPU that a namespace may save up and use at once",
    ),
    int(
        "limits.namespace.cpu-wait-max-millis",
        "ms",
        "1000",
        (0, 3_600_000),
        "longest wait of a call of a namespace that has used up its CPU share",
    ),
    int(
        "limits.namespace.heap-mebibytes",
        "MiB",
        "0",
        (0, 1 << 20),
        "live heap of a namespace, all instances together; 0: no cap",
    ),
    int(
        "limits.namespace.threads",
        "threads",
        "1024",
        (0, 1 << 20),
        "threads that the functions of a namespace start, all instances together",
    ),
    int(
        "invoke.blocking-wait-max-millis",
        "ms",
        "60000",
        (1, 3_600_000),
        "longest wait of a blocking invocation; then 202 and it goes on",
    ),
    int(
        "lanes.chains-max",
        "lanes",
        "512",
        (1, 4096),
        "most lanes of the chains of one namespace: so many runs, or branches of them, go on at a time",
    ),
    int(
        "lanes.idle-millis",
        "ms",
        "10000",
        (10, 86_400_000),
        "how long an idle lane (thread) of an action is kept; one second at most while more than 256 of the host wait",
    ),
    int(
        "lanes.queue-max-calls",
        "calls",
        "1000",
        (1, 1 << 20),
        "calls that may wait for a lane of one action; more get 429",
    ),
    int("instances.max", "instances", "64", (1, 4096), "most instances of one action"),
    other(
        "isolation.files-allow",
        Kind::List,
        "",
        "files that functions may use besides their own folder: [NAMESPACE[/ACTION]=]/PATH to read, /PATH:rw to write, too",
    ),
    other(
        "isolation.net-allow",
        Kind::List,
        "public",
        "where functions may connect to: [NAMESPACE[/ACTION]=]WHAT[:PORT]; WHAT is public, private, loopback, none, an address or ADDRESS/BITS; the narrowest scope counts",
    ),
    other(
        "isolation.listen",
        Kind::List,
        "",
        "whose functions may listen and bind ports of their choice: NAMESPACE, NAMESPACE/ACTION or *",
    ),
    other(
        "usage.counting",
        Kind::Flag,
        "true",
        "count what functions use; false measures what that costs: then no limit but time holds",
    ),
    int(
        "funclets.background-cpu-millis",
        "ms",
        "1000",
        (0, 3_600_000),
        "CPU that the threads of an instance may use while it runs no call; beyond it they are stopped",
    ),
    int(
        "funclets.loaded-max",
        "functions",
        "20000",
        (1, 1 << 20),
        "most functions that stay loaded; those of least value go first: cheap to load again and not called for long",
    ),
    int(
        "funclets.prewarm-max-instances",
        "instances",
        "8",
        (0, 1024),
        "most instances that an action may have kept ready by its annotation flock-prewarm",
    ),
    int(
        "funclets.prewarm-max-instances-by-namespace",
        "instances",
        "64",
        (0, 1 << 20),
        "most instances that the actions of a namespace may have kept ready together",
    ),
    int(
        "actions.versions-max",
        "versions",
        "10",
        (0, 100),
        "former versions of an action that are kept for a rollback or a part of the calls",
    ),
    int(
        "records.queue-max",
        "records",
        "65536",
        (16, 1 << 24),
        "activation records that may wait to be written; more are dropped and counted",
    ),
    other(
        "records.hops",
        Kind::Word(&Keep::WORDS),
        "full",
        "what is kept of a hop of a sequence that went well: full, summary (no result, no logs) or errors (nothing)",
    ),
    other(
        "records.hops-by-namespace",
        Kind::List,
        "",
        "the same for some namespaces: NAMESPACE=full, =summary or =errors",
    ),
    int("records.retention-hours", "h", "168", (1, 87_600), "how long activation records are kept"),
    int(
        "records.max-count",
        "records",
        "1000000",
        (1, 1 << 40),
        "how many activation records are kept; beyond it those who have most lose their oldest",
    ),
    int(
        "records.max-mebibytes",
        "MiB",
        "16384",
        (1, 1 << 30),
        "how large the kept activation records are together, logs and results included; beyond it those who have most lose their oldest",
    ),
    int("usage.retention-days", "days", "90", (1, 3650), "how long the usage by minute and action is kept"),
    int(
        "metrics.series-max",
        "actions",
        "2000",
        (1, 1 << 20),
        "most actions with metrics of their own; the rest are counted together as action=other",
    ),
    int(
        "drain.timeout-millis",
        "ms",
        "30000",
        (0, 3_600_000),
        "how long a stop waits for the calls that run",
    ),
];
