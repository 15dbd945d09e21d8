//! What the JDK remembers for all of certificates, keys, classes, formats and fonts: nobody's objects or providers are in what
//! another gets of it, and no listener of a function hears of others.

use serde_json::json;

use super::tenant::{Street, end};

/// What the one who takes may not do at all, and why.
const REFUSED: [(&str, &str); 4] = [
    ("events", "a function cannot listen to the events of all"),
    ("hidden", "java.nio.file.AccessDeniedException"),
    ("user", "a function cannot ask for users of the machine"),
    ("account", "a function cannot ask for users of the machine"),
];

#[test]
fn what_the_jdk_remembers_is_not_another_functions() {
    let street = Street::start();
    street.deploy("hostile-remembered");
    let taken = street.attack("remembered", &json!({ "how": "take" }));
    for (name, why) in REFUSED {
        let end = end(&taken, name);
        assert!(end.starts_with("refused") && end.contains(why), "{name}: {taken:#?}");
    }
    // Its providers are asked for what is its own, but not for what the JDK keeps for all.
    assert_eq!(end(&taken, "providers"), "got 1");
    assert_eq!(end(&taken, "trust"), "got 0");
    assert_eq!(end(&taken, "certificate"), "got verified");
    assert_eq!(end(&taken, "parameters"), "got 1");
    assert_eq!(end(&taken, "root"), "got true", "its own root");
    assert_eq!(end(&taken, "source"), "absent");
    let seen = street.victim("remembered", &json!({ "how": "look" }));
    assert_eq!(end(&seen, "trust"), "got 0", "certificates of the JDK with a wrong key");
    assert_eq!(end(&seen, "certificate"), "got true");
    assert_eq!(end(&seen, "parameters"), "got 832");
    assert_eq!(end(&seen, "number"), "got -5381995917363605058");
    assert_eq!(end(&seen, "format"), "got Tuesday, March 5, 2024");
    assert_ne!(end(&seen, "font"), "got Listener");
    assert_eq!(end(&seen, "log"), "got said");
    let kept = street.attack("remembered", &json!({ "how": "kept" }));
    assert_eq!(end(&kept, "heard"), "absent");
}
