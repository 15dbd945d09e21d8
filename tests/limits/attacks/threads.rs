//! Functions that start more threads than they may, hide them, or leave them behind.

use crate::attack::{Attack, Ends, attack};

pub(crate) const ATTACKS: &[Attack] = &[
    attack("thread-bomb", r#"{"how":"platform","count":100,"millis":0}"#).threads(8, Ends::Threads),
    attack("thread-bomb", r#"{"how":"group","count":100,"millis":0}"#).threads(8, Ends::Threads),
    attack("thread-bomb", r#"{"how":"executor","count":100,"millis":0}"#).threads(8, Ends::Threads),
    attack("thread-bomb", r#"{"how":"fork-join","count":100,"millis":0}"#).threads(8, Ends::RefusedThreads),
    attack("thread-bomb", r#"{"how":"timer","count":100,"millis":0}"#).threads(8, Ends::Threads),
    attack("thread-bomb", r#"{"how":"scheduled","count":100,"millis":0}"#).threads(8, Ends::Threads),
    attack("thread-bomb", r#"{"how":"catching","count":100,"millis":0}"#)
        .threads(8, Ends::Success("the limit of 8 threads of the action is reached")),
    attack("thread-bomb", r#"{"how":"tree","count":100,"millis":0}"#).threads(8, Ends::Success("")),
    attack("thread-bomb", r#"{"how":"platform","count":0}"#).threads(0, Ends::Success("")),
    attack("outlive", r#"{"how":"spin","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"sleep","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"park","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"daemon","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"timer","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"scheduled","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"allocate","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"hoard","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("outlive", r#"{"how":"logs","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("common-pool", r#"{"how":"left","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("finalizer", r#"{"how":"cleaner","millis":0}"#).ends(Ends::Success("")).leaving_threads(),
    attack("finalizer", r#"{"how":"pool","millis":5000}"#).ends(Ends::Success("nobody")).leaving_threads(),
    attack("finalizer", r#"{"how":"finalize","millis":0}"#).ends(Ends::Success("")),
    attack("finalizer", r#"{"how":"resurrect","millis":0}"#).ends(Ends::Success("")),
    attack("finalizer", r#"{"how":"queue","millis":0}"#).ends(Ends::Success("")),
    attack("jdk-lock", r#"{"how":"thread","what":"interned","millis":0}"#)
        .ends(Ends::Success(""))
        .leaving_threads(),
    attack("thread-group", r#"{"how":"root","millis":0}"#),
    attack("thread-group", r#"{"how":"own","millis":0}"#),
    attack("thread-group", r#"{"how":"faceless","millis":0}"#),
    attack("thread-group", r#"{"how":"root","millis":0}"#).cpu(200),
    attack("thread-group", r#"{"how":"own","millis":0}"#).cpu(200),
    attack("thread-group", r#"{"how":"faceless","millis":0}"#).cpu(200),
    attack("thread-group", r#"{"how":"interrupt"}"#).ends(Ends::Success("")),
    attack("thread-group", r#"{"how":"priority"}"#).ends(Ends::Success("")),
    attack("thread-group", r#"{"how":"daemon"}"#).ends(Ends::Success("")),
    attack("virtual", r#"{"how":"spin","millis":0}"#).java_since(21),
    attack("virtual", r#"{"how":"swarm","millis":0}"#).java_since(21),
    attack("virtual", r#"{"how":"sleep","millis":0}"#).java_since(21),
    attack("virtual", r#"{"how":"asleep","millis":0}"#).java_since(21),
    attack("virtual", r#"{"how":"pinned","millis":0}"#).java_since(21),
    attack("virtual", r#"{"how":"spin","millis":0}"#).cpu(300).java_since(21),
    attack("virtual", r#"{"how":"swarm","millis":0}"#).cpu(300).java_since(21),
    attack("virtual", r#"{"how":"many","millis":0,"count":4}"#)
        .ends(Ends::Success(""))
        .leaving_threads()
        .java_since(21),
    attack("virtual", r#"{"how":"many","millis":0,"count":100}"#).threads(8, Ends::Threads).java_since(21),
];
