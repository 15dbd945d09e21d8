//! Hops of another namespace, from a package that it shares: they get a copy, run on lanes of their own functions, and
//! leave their records with the caller.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of},
    support::{Flockd, eventually, flockd, jar_exec},
};

/// The namespace whose chains these are.
struct Other<'a> {
    host: &'a Flockd,
    key: String,
}

fn create_key(folder: &Path, namespace: &str) -> String {
    let output = flockd().args(["keys", "create", namespace, "--data"]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl<'a> Other<'a> {
    /// With a package of the namespace `guest` that has these functions.
    fn of(street: &'a Street) -> Self {
        let host = &street.host;
        let shared = Some(json!({"publish": true}));
        host.send("PUT", "/api/v1/namespaces/_/packages/shared?overwrite=true", shared.as_ref()).expect(200);
        let told = |how: &str, millis: u64| json!([{"key": "how", "value": how}, {"key": "millis", "value": millis}]);
        for (name, jar, main, parameters, timeout) in [
            ("look", "hostile-identity", "hostile.identity.Identity", told("look", 0), 60_000),
            ("rest", "hostile-identity", "hostile.identity.Identity", told("rest", 1500), 60_000),
            ("keeper", "hostile-keeper", "hostile.keeper.Keeper", told("member", 600), 60_000),
            ("spin", "hostile-spin", "hostile.spin.Spin", json!([]), 300),
        ] {
            let body = json!({"exec": jar_exec(jar, main), "parameters": parameters, "limits": {"timeout": timeout}});
            host.put(&format!("shared/{name}"), &body).expect(200);
        }
        let other = Self { host, key: create_key(host.data(), "other") };
        eventually("the new key is known", || other.send("GET", "/api/v1/namespaces", None).status == 200);
        for (name, jar, main, parameters) in [
            ("echo", "echo", "Echo", json!([])),
            ("look", "hostile-identity", "hostile.identity.Identity", told("look", 0)),
            ("rest", "hostile-identity", "hostile.identity.Identity", told("rest", 200)),
        ] {
            other.put(name, &json!({"exec": jar_exec(jar, main), "parameters": parameters}));
        }
        other
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> super::support::Answer {
        self.host.send_as(Some(&self.key), method, path, body)
    }

    fn put(&self, name: &str, body: &Value) {
        self.send("PUT", &format!("/api/v1/namespaces/_/actions/{name}?overwrite=true"), Some(body))
            .expect(200);
    }

    /// A sequence of these actions, in a row or by a flow.
    fn chain(&self, name: &str, components: &[&str], flow: Option<Value>) {
        let annotations: Vec<Value> =
            flow.into_iter().map(|flow| json!({"key": "flock-flow", "value": flow})).collect();
        let delete: &[&str] = if annotations.is_empty() { &["flock-flow"] } else { &[] };
        self.put(name, &json!({
            "exec": {"kind": "sequence", "components": components}, "annotations": annotations, "delAnnotations": delete,
        }));
    }

    fn invoke(&self, name: &str, payload: &Value) -> super::support::Answer {
        self.send("POST", &format!("/api/v1/namespaces/_/actions/{name}?blocking=true"), Some(payload))
    }

    fn hops(&self, record: &Value) -> Vec<Value> {
        let read = |id: &Value| {
            let path = format!("/api/v1/namespaces/_/activations/{}", id.as_str().unwrap());
            self.send("GET", &path, None).expect(200).json()
        };
        record["logs"].as_array().unwrap().iter().map(read).collect()
    }
}

#[test]
fn a_hop_of_a_shared_package_has_a_copy_a_lane_and_a_record() {
    let street = Street::start();
    let other = Other::of(&street);
    other.chain("looks", &["/_/look", "/guest/shared/look", "/_/look"], None);
    let record = other.invoke("looks", &json!({})).expect(200).json();
    let seen = record["response"]["result"]["seen"].as_array().unwrap().clone();
    assert_eq!(seen[0]["number"], seen[2]["number"], "the chain's own hops share a thread: {seen:?}");
    assert_ne!(seen[0]["number"], seen[1]["number"], "the stranger has one of its own: {seen:?}");
    let hops = other.hops(&record);
    assert_eq!(annotation(&hops[1], "path"), "guest/shared/look");
    for hop in &hops {
        assert_eq!((&hop["namespace"], &hop["cause"]), (&json!("other"), &record["activationId"]), "{hop}");
    }
    // The owner of the package has no record of it.
    let path = format!("/api/v1/namespaces/_/activations/{}", hops[1]["activationId"].as_str().unwrap());
    street.host.send("GET", &path, None).expect(404);
    // What the stranger kept and changes later reaches nobody.
    let looks = ["/guest/shared/keeper", "/_/rest", "/_/echo", "/_/rest", "/_/echo"];
    other.chain("kept", &looks, None);
    let mut result = other.invoke("kept", &json!({})).expect(200).json()["response"]["result"].clone();
    result.as_object_mut().unwrap().remove("interrupted");
    assert_eq!(result, json!({"n": 1, "list": [1, 2, 3], "nested": {"a": 1}}));
}

/// A hop that still waits for its place when the deadline of its chain passes does not run any more.
#[test]
fn a_hop_that_waits_elsewhere_does_not_begin_after_the_deadline() {
    let street = Street::start();
    let other = Other::of(&street);
    let body = json!({"exec": jar_exec("hostile-identity", "hostile.identity.Identity"),
        "parameters": [{"key": "how", "value": "rest"}, {"key": "millis", "value": 3000}],
        "limits": {"instances": 1, "concurrency": 1}});
    street.host.put("shared/single", &body).expect(200);
    let flow = json!({"steps": ["echo", "/guest/shared/single", "echo"], "timeout": 700});
    other.chain("timed", &["/_/echo", "/guest/shared/single"], Some(flow));
    let single = "/api/v1/namespaces/guest/actions/shared/single";
    let first = other.send("POST", single, Some(&json!({}))).expect(202).json()["activationId"].clone();
    eventually("it runs", || {
        let list = other.send("GET", "/flock/v1/funclets", None).json();
        let own = street.host.send("GET", "/flock/v1/funclets", None).json();
        [list, own]
            .iter()
            .flat_map(|list| list["rows"].as_array().unwrap().clone())
            .any(|row| row["action"] == "guest/shared/single" && row["running"] == 1)
    });
    let record = other.invoke("timed", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "The sequence exceeded its time limit of 700 milliseconds.");
    assert_eq!(annotation(&record, "outcome"), "timeout");
    let hops = other.hops(&record);
    assert_eq!(hops.iter().map(|hop| &hop["name"]).collect::<Vec<_>>(), ["echo"], "{record}");
    // The call that had the place was left alone, and after it the place is free: nobody ran in between.
    let path = format!("/api/v1/namespaces/_/activations/{}", first.as_str().unwrap());
    eventually("it has ended", || other.send("GET", &path, None).status == 200);
    assert_eq!(other.send("GET", &path, None).json()["statusCode"], 0);
    let list = other.send("GET", "/api/v1/namespaces/_/activations", None).json();
    let runs = list.as_array().unwrap().iter().filter(|row| row["name"] == "single").count();
    assert_eq!(runs, 1, "{list}");
}

#[test]
fn strangers_in_flows_and_compositions() {
    let street = Street::start();
    let other = Other::of(&street);
    let spin = "/guest/shared/spin";
    let steps = json!([{"try": {"parallel": {"bad": spin, "good": ["echo", "rest"]}}, "catch": "look"}]);
    other.chain("flow", &["/_/echo", "/_/rest", "/_/look", spin], Some(json!({"steps": steps})));
    let record = other.invoke("flow", &json!({})).expect(502).json();
    assert!(error_of(&record).contains("exceeded its time limits of 300"), "{record}");
    let hops = other.hops(&record);
    assert_eq!(hops.last().unwrap()["name"], "look", "{record}");
    let flow = json!({"steps": [{"try": ["/guest/shared/rest", "echo"], "catch": "echo"}], "timeout": 500});
    other.chain("timed", &["/_/echo", "/guest/shared/rest"], Some(flow));
    let record = other.invoke("timed", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "The sequence exceeded its time limit of 500 milliseconds.");
    let hops = other.hops(&record);
    assert_eq!((hops.len(), annotation(&hops[0], "outcome")), (1, &json!("timeout")), "{record}");
    assert!(error_of(&hops[0]).contains("its sequence exceeded its time limit of 500"), "{}", hops[0]);
    // A conductor names what is shared, and is itself shared.
    let conductor = super::support::source(
        "JsonObject r = new JsonObject(); if (args.has(\"seen\")) { r.add(\"params\", args); return r; } \
         r.addProperty(\"action\", \"/guest/shared/look\"); return r;",
    );
    let annotations = json!([{"key": "conductor", "value": true}]);
    let body = json!({"exec": super::support::source_exec(&conductor), "annotations": annotations});
    street.host.put("shared/conductor", &body).expect(200);
    other.put("conductor", &body);
    for name in ["conductor", "own"] {
        if name == "own" {
            other.chain("own", &["/guest/shared/conductor", "/_/echo"], None);
        }
        let record = other.invoke(name, &json!({})).expect(200).json();
        assert_eq!(record["response"]["result"]["seen"].as_array().unwrap().len(), 1, "{record}");
    }
    let answer = other.send(
        "POST",
        "/api/v1/namespaces/guest/actions/shared/conductor?blocking=true",
        Some(&json!({})),
    );
    let record = answer.expect(200).json();
    assert_eq!((&record["namespace"], other.hops(&record).len()), (&json!("other"), 3), "{record}");
}

/// Whoever invokes a shared sequence takes lanes of his own: the owner's chains do not wait for them.
#[test]
fn runs_of_strangers_take_no_lane_from_the_owner() {
    const RUNS: usize = 70;
    let street = Street::start();
    let other = Other::of(&street);
    let parameters = json!([{"key": "how", "value": "rest"}, {"key": "millis", "value": 20_000}]);
    let identity = jar_exec("hostile-identity", "hostile.identity.Identity");
    street.host.put("shared/naps", &json!({"exec": identity, "parameters": parameters})).expect(200);
    let body =
        json!({"exec": {"kind": "sequence", "components": ["/guest/shared/naps", "/guest/shared/naps"]}});
    street.host.put("shared/long", &body).expect(200);
    let path = "/api/v1/namespaces/guest/actions/shared/long";
    for _ in 0..RUNS {
        other.send("POST", path, Some(&json!({}))).expect(202);
    }
    street.sequence("own", &["echo", "hello"]);
    let record = street.host.invoke("own", &json!({"name": "Ada"})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, Ada!"}));
    let waited = annotation(&record, "waitTime").as_u64().unwrap();
    assert!(waited < 10_000, "{record}");
}
