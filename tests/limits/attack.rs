//! What an attack is: a hostile function, what it is told, its limits, and how a sound host ends it.

use serde_json::{Value, json};

use super::support::{jar_exec, project};

/// The limits that a row may set. What is left out is the host's default.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) timeout_millis: u64,
    pub(crate) memory_mebibytes: u64,
    pub(crate) cpu_millis: Option<u64>,
    pub(crate) threads: Option<u64>,
    pub(crate) classes: Option<u64>,
    pub(crate) sockets: Option<u64>,
    pub(crate) temp_bytes: Option<u64>,
    pub(crate) allocation_mebibytes_per_second: Option<u64>,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Well; the result contains this text.
    Success(&'static str),
    /// At its time limit.
    Timeout,
    /// At its time limit, before main was called.
    InitTimeout,
    /// By the CPU that it used.
    Cpu,
    /// By the live heap that it held.
    Memory,
    /// By the classes that it defined.
    Classes,
    /// By the files that it wrote.
    TempBytes,
    /// By the rate at which it allocated.
    AllocationRate,
    /// By its own failure to cope with the refusal of a thread.
    Threads,
    /// Well, or by its failure to cope with the refusal of a thread: the pool that it uses may cope in its place.
    RefusedThreads,
    /// By its own failure to cope with the refusal of a socket.
    Sockets,
    /// By an exception of its own, whose text contains this.
    Developer(&'static str),
    /// Well or by an exception of its own: what it tried came to nothing.
    Harmless,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attack {
    /// The folder in functions/hostile.
    pub(crate) folder: &'static str,
    /// The class, unless it is the one in action.properties.
    pub(crate) main: Option<&'static str>,
    pub(crate) payload: &'static str,
    pub(crate) limits: Limits,
    pub(crate) ends: Ends,
    /// What a later call of the same action is told; it must succeed and hold little memory.
    pub(crate) then: Option<&'static str>,
    /// The largest array, in mebibytes, that the JDK makes for it in one piece: nobody is asked before it is there.
    pub(crate) piece_mebibytes: u64,
    /// Leaves threads behind that only the end of the action must end.
    pub(crate) leaves_threads: bool,
    /// The oldest release of Java on which it attacks at all.
    pub(crate) java_min: u64,
}

const SHORT_MILLIS: u64 = 300;
/// Far away, for rows that another limit must end.
const LONG_MILLIS: u64 = 20_000;

/// An attack that goes on until its time limit.
pub(crate) const fn attack(folder: &'static str, payload: &'static str) -> Attack {
    Attack {
        folder,
        main: None,
        payload,
        limits: Limits {
            timeout_millis: SHORT_MILLIS,
            memory_mebibytes: 128,
            cpu_millis: None,
            threads: None,
            classes: None,
            sockets: None,
            temp_bytes: None,
            allocation_mebibytes_per_second: None,
        },
        ends: Ends::Timeout,
        then: None,
        piece_mebibytes: 96,
        leaves_threads: false,
        java_min: 17,
    }
}

impl Attack {
    const fn long(mut self, ends: Ends) -> Self {
        self.limits.timeout_millis = LONG_MILLIS;
        self.ends = ends;
        self
    }

    /// Another class than that in action.properties.
    pub(crate) const fn main(mut self, main: &'static str) -> Self {
        self.main = Some(main);
        self
    }

    /// It ends in this way, long before its time limit.
    pub(crate) const fn ends(self, ends: Ends) -> Self {
        self.long(ends)
    }

    /// It ends at its time limit, before main was called.
    pub(crate) const fn in_initialisation(mut self) -> Self {
        self.ends = Ends::InitTimeout;
        self
    }

    /// It ends by its CPU limit.
    pub(crate) const fn cpu(mut self, millis: u64) -> Self {
        self.limits.cpu_millis = Some(millis);
        self.long(Ends::Cpu)
    }

    /// It ends by its memory limit; then a call with this payload succeeds.
    pub(crate) const fn memory(mut self, mebibytes: u64, then: &'static str) -> Self {
        self.limits.memory_mebibytes = mebibytes;
        self.then = Some(then);
        self.long(Ends::Memory)
    }

    /// See [`Attack::piece_mebibytes`].
    pub(crate) const fn in_pieces_of(mut self, mebibytes: u64) -> Self {
        self.piece_mebibytes = mebibytes;
        self
    }

    /// It comes near no limit of memory and succeeds.
    pub(crate) const fn within(mut self, mebibytes: u64) -> Self {
        self.limits.memory_mebibytes = mebibytes;
        self.long(Ends::Success(""))
    }

    pub(crate) const fn threads(mut self, count: u64, ends: Ends) -> Self {
        self.limits.threads = Some(count);
        self.leaves_threads = true;
        self.long(ends)
    }

    pub(crate) const fn classes(mut self, count: u64) -> Self {
        self.limits.classes = Some(count);
        self.long(Ends::Classes)
    }

    pub(crate) const fn sockets(mut self, count: u64, ends: Ends) -> Self {
        self.limits.sockets = Some(count);
        self.long(ends)
    }

    pub(crate) const fn temp_bytes(mut self, bytes: u64) -> Self {
        self.limits.temp_bytes = Some(bytes);
        self.long(Ends::TempBytes)
    }

    pub(crate) const fn allocation_rate(mut self, mebibytes_per_second: u64) -> Self {
        self.limits.allocation_mebibytes_per_second = Some(mebibytes_per_second);
        self.long(Ends::AllocationRate)
    }

    /// See [`Attack::leaves_threads`].
    pub(crate) const fn leaving_threads(mut self) -> Self {
        self.leaves_threads = true;
        self
    }

    /// See [`Attack::java_min`].
    pub(crate) const fn java_since(mut self, release: u64) -> Self {
        self.java_min = release;
        self
    }

    /// Folder, payload and limit, for messages and for `FLOCK_TEST_ATTACK`.
    pub(crate) fn title(&self) -> String {
        format!("{} {} {:?}", self.folder, self.payload, self.ends)
    }

    pub(crate) fn payload(&self) -> Value {
        serde_json::from_str(self.payload).unwrap_or_else(|error| panic!("{}: {error}", self.title()))
    }

    /// The body of the PUT that deploys it.
    pub(crate) fn action(&self) -> Value {
        let jar = format!("hostile-{}", self.folder);
        let main = self.main.map_or_else(|| main_of(self.folder), str::to_owned);
        json!({ "exec": jar_exec(&jar, &main), "limits": self.limits.to_json() })
    }
}

impl Limits {
    pub(crate) fn to_json(self) -> Value {
        let mut limits =
            json!({ "timeout": self.timeout_millis, "memory": self.memory_mebibytes, "logs": 1 });
        for (name, value) in [
            ("cpu", self.cpu_millis),
            ("threads", self.threads),
            ("classes", self.classes),
            ("sockets", self.sockets),
            ("tempBytes", self.temp_bytes),
            ("allocationRate", self.allocation_mebibytes_per_second),
        ] {
            if let Some(value) = value {
                limits[name] = value.into();
            }
        }
        limits
    }
}

impl Ends {
    /// The names of the outcomes that are right.
    pub(crate) fn outcomes(self) -> &'static [&'static str] {
        match self {
            Self::Success(_) => &["success"],
            Self::Timeout | Self::InitTimeout => &["timeout"],
            Self::Cpu => &["cpu"],
            Self::Memory => &["memory"],
            Self::Classes => &["classes"],
            Self::TempBytes => &["temp_bytes"],
            Self::AllocationRate => &["allocation_rate"],
            Self::Threads => &["threads"],
            Self::Sockets => &["sockets"],
            Self::Developer(_) => &["developer_error"],
            Self::RefusedThreads => &["success", "threads"],
            Self::Harmless => &["success", "developer_error"],
        }
    }

    /// The text of the error and whether it is the whole of it.
    pub(crate) fn error(self, limits: &Limits) -> (String, bool) {
        let whole = |text| (text, true);
        let part = |text| (text, false);
        match self {
            Self::Success(_) | Self::Harmless | Self::RefusedThreads => part(String::new()),
            Self::Timeout => whole(format!(
                "The action exceeded its time limits of {} milliseconds.",
                limits.timeout_millis
            )),
            Self::InitTimeout => whole(format!(
                "The action exceeded its time limits of {} milliseconds during initialization.",
                limits.timeout_millis
            )),
            Self::Cpu => whole(format!(
                "The action exceeded its CPU limit of {} milliseconds.",
                limits.cpu_millis.unwrap_or_default()
            )),
            Self::Memory => whole(format!(
                "The action exhausted its memory and was aborted: its limit is {} MB of live heap.",
                limits.memory_mebibytes
            )),
            Self::Classes => whole(format!(
                "The action exceeded its limit of {} classes.",
                limits.classes.unwrap_or_default()
            )),
            Self::TempBytes => whole(format!(
                "The action exceeded its limit of {} bytes of files.",
                limits.temp_bytes.unwrap_or_default()
            )),
            Self::AllocationRate => whole(format!(
                "The action exceeded its limit of {} MB of allocation per second.",
                limits.allocation_mebibytes_per_second.unwrap_or_default()
            )),
            Self::Threads => part(format!(
                "unable to create native thread: the limit of {} threads of the action is reached",
                limits.threads.unwrap_or_default()
            )),
            Self::Sockets => part(format!(
                "Too many open sockets: the limit of {} sockets of the action is reached",
                limits.sockets.unwrap_or_default()
            )),
            Self::Developer(text) => part(text.to_owned()),
        }
    }
}

/// The `main` in a folder's action.properties.
pub(crate) fn main_of(folder: &str) -> String {
    let path = project().join("functions/hostile").join(folder).join("action.properties");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let main = text.lines().find_map(|line| line.strip_prefix("main="));
    main.unwrap_or_else(|| panic!("{} names no main", path.display())).trim().to_owned()
}
