//! What a function sees from inside: its own jar, its own environment, the API's types; nothing of the host.

use serde_json::{Value, json};

use super::{neighbour::Street, support::jar_exec};

/// Loaders that a function gets without looking for them. The boot loader itself shows the gate's few classes, because
/// instrumented JDK classes call them.
const NEAR: [&str; 4] = ["own", "parent1", "context", "system"];

#[test]
fn no_loader_shows_the_host_or_its_libraries() {
    let street = Street::start();
    street.deploy("hostile-peek", "hostile.peek.Peek");
    let seen = street.beside(|| street.host.result("hostile-peek", &json!({})));
    let mut shown = Vec::new();
    for kind in ["classes", "resources"] {
        for (loader, names) in seen[kind].as_object().unwrap() {
            for (name, what) in names.as_object().unwrap() {
                let dotted = name.replace('/', ".");
                let is_gate = kind == "classes"
                    && dotted.starts_with("flock.boot.")
                    && !NEAR.contains(&loader.as_str());
                let is_api = dotted.starts_with("com.google.gson.") || dotted.starts_with("java.");
                if !is_gate && !is_api && !what.as_str().unwrap().starts_with("hidden") {
                    shown.push(format!("{loader} shows {name}: {what}"));
                }
            }
        }
    }
    assert!(shown.is_empty(), "{shown:#?}");
    for loader in NEAR {
        let what = seen["classes"][loader]["com.google.gson.JsonObject"].as_str().unwrap();
        assert!(what.starts_with("seen"), "{loader}: {what}");
    }
}

#[test]
fn the_environment_is_the_functions_own() {
    let street = Street::start();
    let put = json!({
        "exec": jar_exec("hostile-env", "hostile.env.Env"),
        "parameters": [
            { "key": "SECRET", "value": "for init", "init": true },
            { "key": "number", "value": 5, "init": true },
            { "key": "plain", "value": "not for the environment" },
        ],
    });
    street.host.put("env", &put).expect(200);
    for payload in [json!({}), json!({ "thread": true })] {
        let answer = street.beside(|| street.host.invoke("env", &payload)).expect(200).json();
        let env = answer["response"]["result"]["env"].as_object().unwrap().clone();
        for (name, value) in &env {
            let is_own = name.starts_with("__OW_")
                || ["SECRET", "number", "__FLOCK_MEMORY_MB"].contains(&name.as_str());
            assert!(is_own, "{payload}: the function sees {name}={value}");
        }
        assert_eq!(env["SECRET"], "for init");
        assert_eq!(env["number"], "5");
        assert_eq!(env["__FLOCK_MEMORY_MB"], "256");
        assert_eq!(env["__OW_NAMESPACE"], "guest");
        assert_eq!(env["__OW_ACTION_NAME"], "/guest/env");
        assert_eq!(env["__OW_ACTION_VERSION"], "0.0.1");
        assert_eq!(env["__OW_API_HOST"], Value::from(street.host.url.clone()));
        assert!(!env.contains_key("__OW_API_KEY"), "nobody asked for the key");
        if payload.get("thread").is_none() {
            assert_eq!(env["__OW_ACTIVATION_ID"], answer["activationId"]);
            let deadline: u64 = env["__OW_DEADLINE"].as_str().unwrap().parse().unwrap();
            let start = answer["start"].as_u64().unwrap();
            assert!((start + 59_000..=start + 61_000).contains(&deadline), "{deadline} {start}");
        }
    }
}

#[test]
fn no_variable_of_the_host_is_seen_and_none_can_be_written() {
    let street = Street::start();
    street.deploy("hostile-env", "hostile.env.Env");
    for name in ["PATH", "HOME", "FLOCK_LISTEN", "FLOCK_WRITTEN", "LD_LIBRARY_PATH"] {
        let seen = street.host.result("hostile-env", &json!({ "name": name, "write": true }));
        assert!(seen.get("value").is_none_or(Value::is_null), "{name}: {seen}");
        assert_eq!(seen["write"], "refused");
    }
}

#[test]
fn the_key_is_given_only_to_actions_that_ask_for_it() {
    let street = Street::start();
    let put = json!({
        "exec": jar_exec("hostile-env", "hostile.env.Env"),
        "annotations": [{ "key": "provide-api-key", "value": true }],
    });
    street.host.put("env", &put).expect(200);
    let seen = street.host.result("env", &json!({ "name": "__OW_API_KEY" }));
    let key = seen["value"].as_str().unwrap();
    assert_eq!(key.split(':').map(str::len).collect::<Vec<_>>(), [36, 64], "{key}");
    assert_ne!(key, street.host.auth, "the caller's own key is known to nobody, the host included");
    // It was the activation's, and has ended with it: tests/isolation/secrets.rs.
    street.host.send_as(Some(key), "GET", "/api/v1/namespaces", None).expect(401);
}

#[test]
fn libraries_find_their_surroundings() {
    let street = Street::start();
    street.deploy("hostile-context", "hostile.context.Context");
    let seen = street.beside(|| street.host.result("hostile-context", &json!({})));
    for seen in [&seen, &seen["inThread"]] {
        assert_eq!(seen["contextIsOwn"], true, "{seen}");
        assert_eq!(seen["contextAtInitIsOwn"], true);
        assert_eq!(seen["package"], "hostile.context");
        for way in ["relative", "absolute", "byContext", "byUrl"] {
            assert_eq!(seen[way], "beside the class", "{way}");
        }
        assert_eq!(seen["ownClassFile"], true);
        assert_eq!(seen["missing"], false);
        assert_eq!(seen["count"], 1);
        assert_eq!(seen["forName"], "English");
        assert_eq!(seen["forNameMissing"], "ClassNotFoundException");
        assert_eq!(seen["services"], json!(["hello", "hallo"]));
    }
}

/// A jar that brings its own gson still gets the host's JsonObject, because the types must be the same.
#[test]
fn a_jar_may_bring_its_own_gson() {
    let street = Street::start();
    street.deploy("servhello", "servhello.Hello");
    assert_eq!(street.host.result("servhello", &json!({ "name": "Ada" })), json!({ "result": "Hello, Ada" }));
    assert_eq!(street.host.result("servhello", &json!({})), json!({ "result": "Hello, stranger" }));
}

/// The same jar twice: two functions, each with statics of its own.
#[test]
fn two_actions_of_one_jar_share_no_statics() {
    let street = Street::start();
    for name in ["one", "two"] {
        let put = json!({
            "exec": jar_exec("counter", "counter.Counter"),
            "limits": { "concurrency": 1, "instances": 1 },
        });
        street.host.put(name, &put).expect(200);
    }
    for count in 1..=3 {
        assert_eq!(street.host.result("one", &json!({}))["count"], count);
    }
    assert_eq!(street.host.result("two", &json!({}))["count"], 1);
}
