//! The caps of a namespace, over all its actions together: CPU, live heap, threads.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    attack::{Ends, attack},
    strike::{Street, annotation, delete, options},
};

/// A tenth of a core, with half a second saved up: a call of 600 ms uses up more than comes back while one may wait, also where
/// it gets a small part of a core because others are busy.
#[test]
fn a_namespace_that_used_up_its_cpu_share_waits_and_is_refused() {
    let options = options()
        .set("limits.namespace.cpu-millicores", 100)
        .set("limits.namespace.cpu-burst-millis", 500)
        .set("limits.namespace.cpu-wait-max-millis", 200);
    let host = super::support::Flockd::start_with(&options);
    host.put("burns", &attack("spin", "{}").within(128).action()).expect(200);
    let mut took = Vec::new();
    let refused = (0..20).find_map(|_| {
        let began = Instant::now();
        let answer = host.invoke("burns", &json!({ "how": "loop", "millis": 600 }));
        took.push(began.elapsed());
        (answer.status == 429).then_some(answer)
    });
    let refused = refused.unwrap_or_else(|| panic!("20 calls of 600 ms went through: {took:?}"));
    assert!(refused.error().contains("100 millicores"), "{}", refused.text());
    assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
    // Those who are patient are served again.
    let deadline = Instant::now() + Duration::from_secs(30);
    while host.invoke("burns", &json!({ "how": "loop", "millis": 1 })).status != 200 {
        assert!(Instant::now() < deadline, "the share does not come back");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Each action is within its own limit, both together are over that of the namespace: the one that holds most is stopped.
#[test]
fn a_namespace_holds_no_more_heap_than_its_cap() {
    let street = Street::start_with(&options().set("limits.namespace.heap-mebibytes", 48));
    for name in ["small", "large"] {
        street.deploy(name, &attack("hoard", "{}").within(128)).unwrap();
    }
    street.host.result("small", &json!({ "how": "list", "mebibytes": 24 }));
    let answer = street.host.invoke("large", &json!({ "how": "list", "mebibytes": 110, "pauseMicros": 500 }));
    let record = answer.json();
    assert_eq!(annotation(&record, "outcome").unwrap(), "memory", "{record}");
    let small = street.host.result("small", &json!({ "how": "list", "mebibytes": 1 }));
    assert_eq!(small["kept"], 25 * 16, "the one that held little lost its statics");
    street.watch.judge().unwrap();
}

/// Each action is within its own limit of threads.
#[test]
fn a_namespace_has_no_more_threads_than_its_cap() {
    let street = Street::start_with(&options().set("limits.namespace.threads", 10));
    let row = attack("thread-bomb", "{}").threads(8, Ends::Success(""));
    for name in ["first", "second"] {
        street.deploy(name, &row).unwrap();
    }
    let bomb = json!({ "how": "platform", "count": 8, "millis": 0 });
    assert_eq!(street.host.result("first", &bomb)["started"], 8);
    let answer = street.host.invoke("second", &bomb);
    let record = answer.json();
    assert_eq!(annotation(&record, "outcome").unwrap(), "threads", "{record}");
    assert!(record.to_string().contains("the limit of 10 threads of the namespace"), "{record}");
    delete(&street.host, "first");
    delete(&street.host, "second");
    street.check_returned().unwrap();
    street.watch.judge().unwrap();
}

/// A start that fails is announced like any other, and no thread ever ends for it.
#[test]
fn a_start_that_fails_is_forgotten() {
    let street = Street::start_with(&options());
    street.deploy("bomb", &attack("thread-bomb", "{}").threads(8, Ends::Success(""))).unwrap();
    let result = street.host.result("bomb", &json!({ "how": "destroyed", "count": 8, "millis": 1 }));
    assert_eq!(result["failed"].as_u64().unwrap() + result["started"].as_u64().unwrap(), 8, "{result}");
    let deadline = Instant::now() + Duration::from_secs(60);
    let threads = r#"flock_function_threads{namespace="guest",action="guest/bomb"}"#;
    while street.host.metric(threads) > 0.0 {
        assert!(Instant::now() < deadline, "{result}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        street.host.result("bomb", &json!({ "how": "platform", "count": 8, "millis": 1 }))["started"],
        8
    );
}
