//! Functions that have the JDK and the host do what must not be stopped half way, over and over.

use crate::attack::{Attack, attack};

pub(crate) const ATTACKS: &[Attack] = &[
    attack("errands", r#"{"how":"print","millis":0}"#),
    attack("errands", r#"{"how":"print-char","millis":0}"#),
    attack("errands", r#"{"how":"write","millis":0}"#),
    attack("errands", r#"{"how":"trace","millis":0}"#),
    attack("errands", r#"{"how":"for-name","millis":0}"#),
    attack("errands", r#"{"how":"load-class","millis":0}"#),
    attack("errands", r#"{"how":"missing","millis":0}"#),
    attack("errands", r#"{"how":"resource","millis":0}"#),
    attack("errands", r#"{"how":"proxy","millis":0}"#),
    attack("errands", r#"{"how":"handle","millis":0}"#),
    attack("errands", r#"{"how":"property","millis":0}"#),
    attack("errands", r#"{"how":"environment","millis":0}"#),
    attack("errands", r#"{"how":"thread","millis":0}"#),
    attack("errands", r#"{"how":"file","millis":0}"#),
    attack("errands", r#"{"how":"locale","millis":0}"#),
    attack("errands", r#"{"how":"bundle","millis":0}"#),
    attack("errands", r#"{"how":"zone","millis":0}"#),
    attack("errands", r#"{"how":"secure-random","millis":0}"#),
    attack("errands", r#"{"how":"provider","millis":0}"#),
    attack("errands", r#"{"how":"field","millis":0}"#),
    attack("errands", r#"{"how":"invoke","millis":0}"#),
];
