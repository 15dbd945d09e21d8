//! What the JDK makes for the first that asks and keeps for all, hands on from caller to caller, or tells of the host in the name of JDK code.

use serde_json::json;

use super::{
    support::{eventually, flockd},
    tenant::{Street, all_refused, end},
};

/// What the one who takes may not do at all.
const REFUSED: [&str; 3] = ["preferences", "focus", "location"];

#[test]
fn whoever_asks_first_leaves_nothing_to_the_next() {
    let street = Street::start();
    street.deploy("hostile-first");
    let taken = street.attack("first", &json!({ "how": "take" }));
    for name in REFUSED {
        assert!(end(&taken, name).contains("a function cannot"), "{name}: {taken:#?}");
    }
    // Its own is its own.
    assert_eq!(end(&taken, "seeds"), "got [7, 7] 2");
    assert!(end(&taken, "sockets").contains("taken"), "{taken:#?}");
    for name in ["log", "image", "pixels", "styles", "styleKey", "paper", "timers"] {
        assert!(end(&taken, name).starts_with("got "), "{name}: {taken:#?}");
    }
    assert_eq!(end(&taken, "printers"), "got 0");
    let seen = street.victim("first", &json!({ "how": "look" }));
    assert!(end(&seen, "resolver").starts_with("refused: java.net.UnknownHostException"), "{seen:#?}");
    assert_eq!(end(&seen, "numbers"), "got L64X128MixRandom");
    assert_eq!(end(&seen, "seeds"), "absent");
    assert!(end(&seen, "sockets").contains("a function cannot connect"), "{seen:#?}");
    assert_eq!(end(&seen, "image"), "got -1", "a file of this name is another's");
    assert!(!end(&seen, "paper").contains("taken"), "{seen:#?}");
    assert_eq!(end(&seen, "timers"), "got false");
    for name in ["lines", "styles", "styleKey", "focus"] {
        assert_eq!(end(&seen, name), "absent", "{name}");
    }
    let kept = street.attack("first", &json!({ "how": "kept" }));
    assert_eq!(end(&kept, "heard"), "absent", "what another logs");
    assert_eq!(end(&kept, "pixels"), "got ff000000", "what another paints");
}

#[test]
fn the_jdk_tells_nothing_of_the_host_and_lends_no_output() {
    let mut street = Street::start();
    street.deploy("hostile-first");
    let told = street.attack("first", &json!({ "how": "hosts" }));
    assert!(told.values().all(|end| !end.as_str().unwrap().contains("flock-shim")), "{told:#?}");
    assert_eq!(all_refused(&told), 5);
    let text = "a line that a function has forged";
    street.attack("first", &json!({ "how": "output", "text": text }));
    let printed = street.host.stdout().join("\n");
    assert!(!printed.contains(text) && !street.host.log().contains(text), "{printed}");
    // Its log is not closed, either.
    let before = street.host.log().len();
    assert!(
        flockd()
            .args(["keys", "create", "third", "--data"])
            .arg(street.host.data())
            .output()
            .unwrap()
            .status
            .success()
    );
    eventually("the host says that its keys have changed", || street.host.log().len() > before);
    assert!(street.host.is_alive());
}
