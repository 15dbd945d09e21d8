//! Threads: a function finds and changes only its own.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::tenant::{Street, end};

#[test]
fn no_thread_of_another_is_found_or_changed() {
    let street = Street::start();
    street.deploy("hostile-crowd");
    let (kept, found, changed) = std::thread::scope(|scope| {
        let victim = scope
            .spawn(|| street.victim("crowd", &json!({ "how": "keep", "name": "victim", "millis": 2000 })));
        std::thread::sleep(Duration::from_millis(700));
        let found = street.attack("crowd", &json!({ "how": "find" }));
        let changed = street.attack("crowd", &json!({ "how": "change" }));
        (victim.join().unwrap(), found, changed)
    });
    assert_eq!(end(&kept, "ended"), "well");
    assert_eq!(end(&kept, "name"), "victim");
    let names: BTreeSet<&str> = found["found"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(!names.is_empty(), "it finds itself");
    assert!(names.iter().all(|name| name.starts_with("lane-")), "{names:?}");
    assert!(end(&found, "top").starts_with("funclet-"), "{found:?}");
    assert!(end(&found, "dump").starts_with("refused"), "{found:?}");
    assert_eq!(changed["changed"], 0);
}
