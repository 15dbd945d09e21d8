//! Functions that hold more than they may, and those that only make garbage, which no memory limit may end.

use crate::attack::{Attack, attack};

/// An array, or what the JDK grows to one in a few steps, of up to 200 MiB.
const fn huge_array(payload: &'static str) -> Attack {
    attack("huge-array", payload).memory(64, r#"{"mebibytes":1}"#).in_pieces_of(200)
}

pub(crate) const ATTACKS: &[Attack] = &[
    attack("hoard", r#"{"how":"map","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"list","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"linked","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"soft","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"weak","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"queue","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"catching","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"map","mebibytes":0,"pauseMicros":500}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("hoard", r#"{"how":"list","mebibytes":0,"pauseMicros":500}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("thread-local", r#"{"how":"lane","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("thread-local", r#"{"how":"many","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("thread-local", r#"{"how":"inheritable","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("thread-local", r#"{"how":"child","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("intern", r#"{"how":"kept","count":0}"#).memory(64, r#"{"count":1000}"#),
    attack("direct", r#"{"how":"many","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("direct", r#"{"how":"small","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("direct", r#"{"how":"one","mebibytes":256,"millis":15000}"#).memory(64, r#"{"mebibytes":1}"#),
    attack("direct", r#"{"how":"dropped","mebibytes":2048}"#).within(64),
    attack("direct", r#"{"how":"confined","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#).java_since(22),
    attack("direct", r#"{"how":"shared","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#).java_since(22),
    attack("direct", r#"{"how":"global","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#).java_since(22),
    attack("direct", r#"{"how":"one-arena","mebibytes":0}"#).memory(64, r#"{"mebibytes":1}"#).java_since(22),
    attack("direct", r#"{"how":"closed","mebibytes":2048}"#).within(64).java_since(22),
    attack("direct", r#"{"how":"automatic","mebibytes":2048}"#).within(64).java_since(22),
    attack("direct", r#"{"how":"writes","mebibytes":0}"#).memory(24, r#"{"mebibytes":1}"#),
    attack("outside", r#"{"how":"stacks","count":32,"mebibytes":16}"#).within(64),
    // A page counts for 256 KiB and is mapped in some 10 us: many go by from one look of the host to the next.
    attack("outside", r#"{"how":"mappings","count":0}"#)
        .memory(64, r#"{"how":"mappings","count":4}"#)
        .in_pieces_of(256),
    attack("outside", r#"{"how":"lines","count":0}"#)
        .memory(64, r#"{"how":"lines","count":1000}"#)
        .in_pieces_of(256),
    huge_array(r#"{"how":"one","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"references","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"multi","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"clone","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"reflect","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"copy-of","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"builder","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"stream","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"buffer","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"repeat","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"list","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"integer","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"fill","mebibytes":200,"millis":15000}"#),
    huge_array(r#"{"how":"one","mebibytes":1024}"#),
    huge_array(r#"{"how":"references","mebibytes":1024}"#),
    huge_array(r#"{"how":"repeat","mebibytes":1024}"#),
    attack("deserialise", r#"{"how":"array","depth":250}"#).memory(64, r#"{"depth":3}"#),
    attack("deserialise", r#"{"how":"strings"}"#).within(64),
    attack("garbage", r#"{"how":"small","mebibytes":3000,"millis":0}"#).within(64),
    attack("garbage", r#"{"how":"arrays","mebibytes":3000,"millis":0}"#).within(64),
    attack("garbage", r#"{"how":"text","mebibytes":3000,"millis":0}"#).within(64),
    attack("garbage", r#"{"how":"map","mebibytes":3000,"millis":0}"#).within(64),
    attack("garbage", r#"{"how":"large","mebibytes":3000,"millis":0}"#).within(64),
    attack("garbage", r#"{"how":"arrays","mebibytes":0,"millis":0}"#).allocation_rate(64),
    attack("garbage", r#"{"how":"large","mebibytes":0,"millis":0}"#).allocation_rate(64),
];
