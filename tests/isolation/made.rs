//! What the JDK makes for a function and would keep when the function is gone, in maps by keys that a caller chooses, in its own class
//! loaders and in the JVM's code cache; and what it makes in one call that nothing can stop.

use serde_json::json;

use super::{
    support::{Options, jar_exec, source, source_exec},
    tenant::Street,
};

fn deploy(street: &Street) {
    let body = json!({ "exec": jar_exec("hostile-mint", "hostile.mint.Mint") });
    street.host.put("mint", &body).expect(200);
}

fn delete(street: &Street) {
    street.host.send("DELETE", "/api/v1/namespaces/_/actions/mint", None).expect(200);
}

/// Each call leaves 100 MiB if it leaves anything; the functions are deleted, and the heap has 1024.
#[test]
fn what_the_jdk_remembers_by_name_goes_with_the_function() {
    let street = Street::start_with(&Options::default().set("jvm.heap-max-mebibytes", 1024));
    let path = "/api/v1/namespaces/_/actions/keeps";
    let body =
        source("byte[] held = new byte[100 << 20]; args.addProperty(\"held\", held.length); return args;");
    street
        .host
        .send_as(Some(street.other()), "PUT", path, Some(&json!({ "exec": source_exec(&body) })))
        .expect(200);
    for how in ["hints", "loggers", "roles", "bundles"].iter().cycle().take(12) {
        deploy(&street);
        assert_eq!(street.host.result("mint", &json!({ "how": how })), json!({}), "{how}");
        delete(&street);
    }
    for _ in 0..3 {
        assert_eq!(street.victim("keeps", &json!({}))["held"], 100 << 20);
    }
}

#[test]
fn kinds_of_method_handles_are_bounded_for_a_namespace_whatever_is_deployed_anew() {
    let street = Street::start();
    for seed in 0..5 {
        // It may not say that it is another's, either.
        let named = json!([{ "key": "__OW_NAMESPACE", "value": format!("other{seed}"), "init": true }]);
        let body = json!({ "exec": jar_exec("hostile-mint", "hostile.mint.Mint"), "parameters": named });
        street.host.put("mint", &body).expect(200);
        let end = street.attack("mint", &json!({ "how": "methods", "seed": seed, "rounds": 10 }));
        // Later ones may find that nothing is left for the handles by which they are made, either.
        let many = if seed > 0 { "" } else { "4096 kinds of arguments of methods" };
        let why =
            format!("java.lang.LinkageError: the functions of a namespace cannot bring more than {many}");
        assert!(
            end.get("refused").is_some_and(|refused| refused.as_str().unwrap().starts_with(&why)),
            "{end:#?}"
        );
        assert_eq!(end["made"], if seed > 0 { 0 } else { 4 }, "{end:#?}");
        let end = street.attack("mint", &json!({ "how": "kinds", "seed": seed, "rounds": 300 }));
        let why = "java.lang.LinkageError: the functions of a namespace cannot bring more than 2048 kinds";
        assert!(
            end.get("refused").is_some_and(|refused| refused.as_str().unwrap().starts_with(why)),
            "{end:#?}"
        );
        assert_eq!(seed > 0, end["made"] == 0, "{end:#?}");
        delete(&street);
    }
    street.deploy("hostile-mint");
    let seen = street.victim("mint", &json!({ "how": "known", "seed": 0 }));
    let expected =
        json!({ "bound": 12, "text": false, "row": true, "few": "123.0", "called": "12.0", "sorted": "123" });
    assert_eq!(json!(seen), expected);
}

/// Those of `first` cases and so many more: each counts one, and one more for each 32 cases.
#[test]
fn kinds_of_switches_of_handles_are_bounded_for_a_namespace_whatever_is_deployed_anew() {
    let street = Street::start();
    street.deploy("hostile-mint");
    let few = json!({ "how": "switches", "first": 1, "rounds": 8 });
    assert_eq!(street.victim("mint", &few)["made"], 8);
    let refused = |end: &serde_json::Map<String, serde_json::Value>| {
        let why = "java.lang.LinkageError: the functions of a namespace cannot bring more than 1024 kinds of switches";
        assert!(
            end.get("refused").is_some_and(|refused| refused.as_str().unwrap().starts_with(why)),
            "{end:#?}"
        );
    };
    for first in [20, 2000, 20] {
        let end = street.attack("mint", &json!({ "how": "switches", "first": first, "rounds": 400 }));
        refused(&end);
        // The last time those that are there already.
        let made = end["made"].as_u64().unwrap();
        assert!(if first == 20 { (100..300).contains(&made) } else { made == 0 }, "{end:#?}");
        delete(&street);
        deploy(&street);
    }
    assert_eq!(street.attack("mint", &few)["made"], 8, "the victim has had them made");
    assert_eq!(street.victim("mint", &json!({ "how": "switches", "first": 9, "rounds": 8 }))["answer"], 7);
}

#[test]
fn a_proxy_is_in_a_class_loader_of_its_function() {
    let street = Street::start();
    street.deploy("hostile-mint");
    let seen = street.attack("mint", &json!({ "how": "proxies" }));
    for i in 0..3 {
        assert_eq!(seen[&format!("proxy{i}")], true, "{seen:#?}");
        assert_eq!(seen[&format!("class{i}")], true, "{seen:#?}");
        assert_eq!(seen[&format!("answer{i}")], "said", "{seen:#?}");
    }
    assert_eq!((&seen["annotation"], &seen["since"]), (&json!(true), &json!("9")), "{seen:#?}");
}

#[test]
fn arrays_of_arrays_are_asked_for_as_a_whole() {
    let street = Street::start();
    street.deploy("hostile-mint");
    let seen = street.attack("mint", &json!({ "how": "arrays" }));
    let expected = json!({
        "small": "[[0, 0, 0], [0, 0, 0]]", "many": "100 100 3 null", "few": "6000 0", "large": 20 << 20,
        "negative": "NegativeArraySizeException", "none": "IllegalArgumentException", "nothing": "IllegalArgumentException",
        "null": "NullPointerException", "deep": "IllegalArgumentException", "deep and many": "IllegalArgumentException",
        "deep rows": "IllegalArgumentException",
    });
    assert_eq!(json!(seen), expected);
    let path = "/api/v1/namespaces/_/actions/mint?blocking=true";
    let answer = street.host.send("POST", path, Some(&json!({ "how": "many" }))).json();
    let lines = answer["logs"].to_string();
    assert!(lines.contains("MB asked for"), "{answer:#}");
}
