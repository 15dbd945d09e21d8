//! Reaching into the host, the JDK's internals, native code and the process.

use serde_json::json;

use super::tenant::{Street, all_refused};

#[test]
fn nothing_of_the_host_the_jvm_or_the_process_can_be_reached() {
    let mut street = Street::start();
    street.deploy("hostile-reach");
    street.deploy("hostile-globals");
    let before = street.victim("globals", &json!({ "how": "read" }));
    for (how, attempts) in [("host", 24), ("jdk", 15), ("native", 8), ("process", 25)] {
        let ends = street.attack("reach", &json!({ "how": how }));
        assert!(all_refused(&ends) >= attempts, "{how}: {ends:?}");
        for name in ["cryptoki", "cryptokiByNss"] {
            if let Some(end) = ends.get(name) {
                assert!(
                    end.as_str().unwrap().contains("a function cannot load native libraries"),
                    "{name}: {end}"
                );
            }
        }
    }
    assert_eq!(before, street.victim("globals", &json!({ "how": "read" })));
    assert!(street.host.is_alive());
}

/// What JDK code finds for a function, what the host's own objects offer, and code that nothing shows to be a function's.
#[test]
fn detours_lead_nowhere() {
    for (how, attempts) in
        [("names", 50), ("resources", 150), ("objects", 4), ("strangers", 13), ("makers", 14)]
    {
        // One may spoil the attacker's own funclet: the next has another.
        let mut street = Street::start();
        street.deploy("hostile-escape");
        let ends = street.attack("escape", &json!({ "how": how, "path": "/etc/passwd" }));
        assert!(all_refused(&ends) >= attempts, "{how}: {} of {attempts}", ends.len());
        assert!(street.host.is_alive());
    }
}
