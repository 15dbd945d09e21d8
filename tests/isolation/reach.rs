//! Reaching into the host, the JDK's internals, native code and the process.

use serde_json::json;

use super::tenant::{Street, all_refused};

#[test]
fn nothing_of_the_host_the_jvm_or_the_process_can_be_reached() {
    let mut street = Street::start();
    street.deploy("hostile-reach");
    street.deploy("hostile-globals");
    let before = street.victim("globals", &json!({ "how": "read" }));
    for (how, attempts) in [("host", 24), ("jdk", 15), ("native", 6), ("process", 15)] {
        let ends = street.attack("reach", &json!({ "how": how }));
        assert!(all_refused(&ends) >= attempts, "{how}: {ends:?}");
    }
    assert_eq!(before, street.victim("globals", &json!({ "how": "read" })));
    assert!(street.host.is_alive());
}
