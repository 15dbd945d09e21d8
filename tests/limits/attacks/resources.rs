//! Functions that want files, sockets, processes, or a word when the host ends.

use crate::attack::{Attack, Ends, attack};

const OPEN_FILES: Ends =
    Ends::Developer("the limit of 256 files and folders of the action that are open at a time is reached");

pub(crate) const ATTACKS: &[Attack] = &[
    attack("files", r#"{"how":"one","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"many","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"random","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"channel","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"copy","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"mapped","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"deleted","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"short","kibibytes":0}"#),
    attack("files", r#"{"how":"catching","kibibytes":0,"millis":15000}"#).temp_bytes(1_048_576),
    attack("files", r#"{"how":"sparse","kibibytes":65536}"#).ends(Ends::Success("")),
    attack("files", r#"{"how":"open-streams","kibibytes":0}"#).ends(OPEN_FILES),
    attack("files", r#"{"how":"open-channels","kibibytes":0}"#).ends(OPEN_FILES),
    attack("files", r#"{"how":"open-folders","kibibytes":0}"#).ends(OPEN_FILES),
    attack("files", r#"{"how":"open-zips","kibibytes":0}"#).ends(OPEN_FILES),
    attack("socket", r#"{"how":"flood","count":100}"#).sockets(4, Ends::Sockets),
    attack("socket", r#"{"how":"leak","count":100}"#).sockets(4, Ends::Sockets),
    attack("socket", r#"{"how":"selectors","count":100}"#).sockets(4, Ends::Sockets),
    attack("socket", r#"{"how":"catching","count":20}"#)
        .sockets(4, Ends::Success("the limit of 4 sockets of the action is reached")),
    attack("process", r#"{"how":"builder"}"#).ends(Ends::Developer("a function cannot start processes")),
    attack("process", r#"{"how":"exec"}"#).ends(Ends::Developer("a function cannot start processes")),
    attack("process", r#"{"how":"pipeline"}"#).ends(Ends::Developer("a function cannot start processes")),
    attack("process", r#"{"how":"caught"}"#).ends(Ends::Success("a function cannot start processes")),
    attack("process", r#"{"how":"thread"}"#).ends(Ends::Success("a function cannot start processes")),
    attack("stdin", r#"{"how":"system-in"}"#).ends(Ends::Success("-1")),
    attack("stdin", r#"{"how":"descriptor"}"#).ends(Ends::Success("-1")),
    attack("hook", r#"{"how":"spin","millis":0}"#).ends(Ends::Success("")),
    attack("hook", r#"{"how":"sleep","millis":0}"#).ends(Ends::Success("")),
    attack("hook", r#"{"how":"exit","millis":0}"#).ends(Ends::Success("")),
    attack("hook", r#"{"how":"many","millis":0}"#).ends(Ends::Success("")),
    attack("hook", r#"{"how":"deadlock","millis":0}"#).ends(Ends::Success("")),
    attack("hook", r#"{"how":"delete","millis":0}"#).ends(Ends::Success("")),
];
