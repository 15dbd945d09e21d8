//! Functions that define classes without end.

use crate::attack::{Attack, Ends, attack};

pub(crate) const ATTACKS: &[Attack] = &[
    attack("class-bomb", r#"{"how":"own-loader","count":1000000}"#).classes(200),
    attack("class-bomb", r#"{"how":"loaders","count":1000000}"#).classes(200),
    attack("class-bomb", r#"{"how":"hidden","count":1000000}"#).classes(200),
    attack("class-bomb", r#"{"how":"lookup","count":1000000}"#).classes(200),
    attack("class-bomb", r#"{"how":"proxies","count":1000000}"#).classes(200),
    attack("class-bomb", r#"{"how":"dropped","count":1000000}"#).classes(200),
    attack("class-bomb", r#"{"how":"large","count":1000000}"#).classes(1000),
    attack("class-bomb", r#"{"how":"wide","count":1000000}"#).classes(2000),
    attack("class-bomb", r#"{"how":"layers","count":1}"#).ends(Ends::Developer("ways to its supertypes")),
    attack("class-bomb", r#"{"how":"layers-lookup","count":1}"#)
        .ends(Ends::Developer("ways to its supertypes")),
    attack("class-bomb", r#"{"how":"many-methods","count":1}"#)
        .ends(Ends::Developer("60000 methods, more than 8192")),
    attack("class-bomb", r#"{"how":"markers","count":1}"#).ends(Ends::Developer("the class of a lambda")),
    attack("class-bomb", r#"{"how":"handles","count":1000000000}"#),
];
