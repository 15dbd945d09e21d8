//! What a function leaves in registries and caches that the JDK keeps once for all: another function does not see it, and it goes
//! with the function, so that its classes can go.

use std::time::Duration;

use serde_json::json;

use super::{
    support::{eventually_within, jar_exec},
    tenant::{Street, end},
};

const JAR: &str = "hostile-registrar";
const MAIN: &str = "hostile.registrar.Registrar";

/// What a function may do; each in an action of its own.
const LEFT: [&str; 28] = [
    "drivers",
    "images",
    "class-value",
    "beans",
    "bundle",
    "serial",
    "handlers",
    "level",
    "provider",
    "mbean",
    "record",
    "proxy",
    "lambda",
    "annotation",
    "thread",
    "timer",
    "hook",
    "cleaner",
    "http",
    "xml",
    "script",
    "login",
    "format",
    "desktop",
    "module",
    "connector",
    "notices",
    "signed",
];
/// The same, but a neighbour looks first what is in Swing's defaults.
const OF_SWING: &str = "editor";
const REFUSED: [&str; 6] = ["notifications", "zone", "rowset", "font", "filter", "verbose"];

#[test]
fn what_a_function_leaves_in_a_registry_is_seen_by_nobody_and_goes_with_it() {
    let street = Street::start();
    let host = &street.host;
    let body = json!({ "exec": jar_exec(JAR, MAIN) });
    let path = |name: &str| format!("/api/v1/namespaces/_/actions/{name}");
    host.send_as(Some(street.other()), "PUT", &path("victim"), Some(&body)).expect(200);
    let before = street.victim("victim", &json!({ "how": "look" }));
    for how in LEFT.iter().chain(&[OF_SWING]).chain(&REFUSED) {
        host.put(how, &body).expect(200);
        let answer = street.attack(how, &json!({ "how": how }));
        let wanted = if REFUSED.contains(how) { "refused " } else { "got " };
        assert!(end(&answer, how).starts_with(wanted), "{how}: {answer:?}");
    }
    assert_eq!(street.victim("victim", &json!({ "how": "look" })), before);
    for how in LEFT.iter().chain(&[OF_SWING]).chain(&REFUSED) {
        host.send("DELETE", &path(how), None).expect(200);
    }
    eventually_within(Duration::from_secs(180), "all classes are gone, or a leak is found", || {
        std::thread::sleep(Duration::from_millis(200));
        host.metric("flock_unloading") == 0.0 || host.metric("flock_leaks") > 0.0
    });
    let leaks = host.send("GET", "/flock/v1/leaks", None).expect(200).json();
    assert_eq!(leaks["rows"], json!([]), "{leaks:#}");
    assert_eq!(host.metric("flock_unloading"), 0.0);
    assert_eq!(street.victim("victim", &json!({ "how": "look" })), before);
}
