//! Defaults, properties and registries that a JVM has once: what one function sets, it alone sees.

use serde_json::json;

use super::tenant::{Street, all_refused, end};

/// What is no value of one's own but refused.
const REFUSED: [&str; 5] = ["contents", "sockets", "logGlobal", "preferences", "naming"];

#[test]
fn what_one_function_sets_no_other_sees() {
    let street = Street::start();
    street.deploy("hostile-globals");
    let before = street.victim("globals", &json!({ "how": "read" }));
    let formats = street.victim("globals", &json!({ "how": "formats" }));
    let set = street.attack("globals", &json!({ "how": "set" }));
    for (name, end) in &set {
        let is_refused = end.as_str().unwrap().starts_with("refused: ");
        assert_eq!(is_refused, REFUSED.contains(&name.as_str()), "{name}: {end}");
        assert!(!is_refused || end.as_str().unwrap().contains("a function cannot"), "{name}: {end}");
    }
    // The attacker has what it has set, in this call and in the next.
    let own = street.attack("globals", &json!({ "how": "read" }));
    for (name, value) in [
        ("property", "set"),
        ("javaVersion", "0"),
        ("cleared", "null"),
        ("direct", "set"),
        ("allProperties", "set"),
        ("locale", "tr_TR"),
        ("lowerCase", "t\u{131}tle"),
        ("zone", "Pacific/Kiritimati"),
        ("zoneId", "Pacific/Kiritimati"),
        ("provider", "HostileProvider"),
        ("removed", "false"),
        ("security", "77"),
        ("handlers", "hostile"),
        ("caches", "false"),
        ("fileNames", "hostile/type"),
        ("loginTimeout", "77"),
        ("bean", "true"),
        ("server", "1"),
    ] {
        assert_eq!(end(&own, name), value, "{name}");
    }
    // The victim has what it had.
    let after = street.victim("globals", &json!({ "how": "read" }));
    for (name, value) in &before {
        assert_eq!(value, &after[name], "{name}");
    }
    assert_eq!(end(&before, "hosts"), "null", "class path and command line are the host's");
    assert_eq!(formats, street.victim("globals", &json!({ "how": "formats" })));
    assert_ne!(formats, street.attack("globals", &json!({ "how": "formats" })));
    assert_ne!(end(&before, "folder"), end(&own, "folder"), "each has a folder of its own");
}

#[test]
fn no_detour_leads_to_the_properties_of_the_host() {
    let street = Street::start();
    street.deploy("hostile-globals");
    let seen = street.attack("globals", &json!({ "how": "detour" }));
    for (name, value) in &seen {
        let own = match name.as_str() {
            "integer" => "7",
            "writeByReflection" => continue,
            _ => "",
        };
        assert_eq!(value, own, "{name}");
    }
    assert_eq!(end(&street.victim("globals", &json!({ "how": "read" })), "property"), "null");
}

#[test]
fn the_providers_of_the_jdk_cannot_be_changed() {
    let street = Street::start();
    street.deploy("hostile-globals");
    let mut ends = street.attack("globals", &json!({ "how": "providers" }));
    assert_eq!(ends.remove("own").unwrap(), "null", "a provider of its own can be filled");
    assert!(all_refused(&ends) >= 8);
}

/// A logger of the same name is another one, and a handler hears only its own function.
#[test]
fn nobody_hears_what_others_log() {
    let street = Street::start();
    street.deploy("hostile-globals");
    street.attack("globals", &json!({ "how": "set" }));
    let heard = street.victim("globals", &json!({ "how": "logs", "text": "secret" }));
    assert_eq!(heard["seen"], json!(["secret"]));
    let heard = street.attack("globals", &json!({ "how": "logs", "text": "mine" }));
    assert_eq!(heard["seen"], json!([]), "its own level is OFF");
}
