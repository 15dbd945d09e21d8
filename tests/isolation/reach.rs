//! Reaching into the host, the JDK's internals, native code and the process.

use serde_json::json;

use super::tenant::{Street, all_refused, end};

#[test]
fn nothing_of_the_host_the_jvm_or_the_process_can_be_reached() {
    let mut street = Street::start();
    street.deploy("hostile-reach");
    street.deploy("hostile-globals");
    let before = street.victim("globals", &json!({ "how": "read" }));
    for (how, attempts) in [("host", 24), ("jdk", 15), ("native", 8), ("process", 27)] {
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
    for (how, attempts) in [("names", 50), ("resources", 150), ("objects", 4), ("strangers", 13)] {
        // One may spoil the attacker's own funclet: the next has another.
        let mut street = Street::start();
        street.deploy("hostile-escape");
        let ends = street.attack("escape", &json!({ "how": how, "path": "/etc/passwd" }));
        assert!(all_refused(&ends) >= attempts, "{how}: {} of {attempts}", ends.len());
        assert!(street.host.is_alive());
    }
}

/// Modules and thread groups, and what the JDK does for whoever asks. A neighbour sees what it saw before.
#[test]
fn modules_groups_and_relays_lead_nowhere() {
    let street = Street::start();
    street.deploy("hostile-escape");
    // On a lane of chains, too.
    let sequence = json!({ "exec": { "kind": "sequence", "components": ["/_/escape"] } });
    street.host.put("hop", &sequence).expect(200);
    let before = street.victim("escape", &json!({ "how": "look" }));
    assert!(end(&before, "digest").starts_with("refused: "), "{before:#?}");
    assert_eq!([end(&before, "oldDigest"), end(&before, "number")], ["got 16", "got 13"]);
    for (name, how, attempts) in [
        ("escape", "layers", 7),
        ("escape", "groups", 8),
        ("hop", "groups", 8),
        ("escape", "relays", 7),
        ("escape", "makers", 24),
    ] {
        let mut ends = street.attack(name, &json!({ "how": how, "path": "/etc/passwd" }));
        if how == "layers" {
            let own = ends.remove("givenToItself").unwrap();
            assert!(own.as_str().unwrap().starts_with("got "), "{own}");
        }
        assert!(all_refused(&ends) >= attempts, "{how}: {ends:#?}");
        assert_eq!(street.victim("escape", &json!({ "how": "look" })), before, "{how}");
    }
}
