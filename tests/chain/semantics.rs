//! OpenWhisk's rules for sequences that the tests of the API do not hold already.

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of},
    support::{Options, eventually, jar_exec, source, source_exec},
};

/// The parameters of each hop stand under what it is handed, values that are changed in the call stay out of them.
#[test]
fn parameters_merge_in_at_each_hop_and_are_never_changed() {
    let street = Street::start();
    let body = "args.getAsJsonObject(\"own\").addProperty(\"dirty\", true); args.addProperty(\"sum\", \
                args.get(\"one\").getAsInt() + args.get(\"two\").getAsInt()); return args;";
    let parameters = json!([
        {"key": "one", "value": 1}, {"key": "two", "value": 2}, {"key": "own", "value": {"deep": [1]}},
        {"key": "SET", "value": "x", "init": true},
    ]);
    street
        .host
        .put("adds", &json!({"exec": source_exec(&source(body)), "parameters": parameters}))
        .expect(200);
    street.host.put("drops", &json!({"exec": source_exec(&source(
        "boolean clean = !args.getAsJsonObject(\"own\").has(\"dirty\"); JsonObject r = new JsonObject(); \
         r.addProperty(\"two\", 5); r.addProperty(\"clean\", clean); r.addProperty(\"sum\", args.get(\"sum\").getAsInt()); return r;"
    ))})).expect(200);
    street.sequence("sums", &["adds", "drops", "adds"]);
    for _ in 0..3 {
        let record = street.host.invoke("sums", &json!({"one": 10})).expect(200).json();
        let result = &record["response"]["result"];
        // Handed over, `two` goes before the parameter; `own` is the parameter's, whole and clean.
        assert_eq!(
            (&result["sum"], &result["one"], &result["two"]),
            (&json!(6), &json!(1), &json!(5)),
            "{record}"
        );
        assert_eq!(result["own"], json!({"deep": [1], "dirty": true}));
        assert_eq!(result["SET"], Value::Null, "what is for the environment is no member");
        let hops = street.hops(&record);
        assert_eq!(hops[0]["response"]["result"]["sum"], 12);
    }
}

/// A run is of the versions that were there when it began.
#[test]
fn an_update_while_a_run_lasts_does_not_reach_it() {
    let street = Street::start();
    let version = |number: u32| json!({"exec": source_exec(&source(&format!("args.addProperty(\"version\", {number}); return args;")))});
    street.host.put("versioned", &version(1)).expect(200);
    street.identity("rests", "rest", 1500);
    street.sequence("run", &["rests", "versioned"]);
    let client = street.host.client();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| client.invoke("run", &json!({})).unwrap());
        eventually("the run has begun", || street.host.metric("flock_in_flight") >= 1.0);
        std::thread::sleep(std::time::Duration::from_millis(200));
        street.host.put("versioned", &version(2)).expect(200);
        let answer = running.join().unwrap().expect(200).json();
        assert_eq!(answer["response"]["result"]["version"], 1, "{answer}");
        let hops = street.hops(&answer);
        assert_eq!(hops[1]["version"], "0.0.1");
    });
    assert_eq!(street.host.result("run", &json!({}))["version"], 2);
    // Also when the action is gone meanwhile.
    std::thread::scope(|scope| {
        let running = scope.spawn(|| client.invoke("run", &json!({})).unwrap());
        eventually("the run has begun", || street.host.metric("flock_in_flight") >= 1.0);
        std::thread::sleep(std::time::Duration::from_millis(200));
        street.host.send("DELETE", "/api/v1/namespaces/_/actions/versioned", None).expect(200);
        let answer = running.join().unwrap().expect(200).json();
        assert_eq!(answer["response"]["result"]["version"], 2, "{answer}");
    });
    let record = street.host.invoke("run", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "Sequence component does not exist.");
    assert_eq!(record["logs"].as_array().unwrap().len(), 1, "the hop before it ran: {record}");
}

/// A sequence counts once, whatever its length; what became too long or cyclic by an update ends where the limit is.
#[test]
fn throttled_once_and_bounded_at_run_time() {
    let street = Street::start_with(
        &Options::default()
            .set("limits.sequence-length-max", 6)
            .set("limits.namespace.concurrent-invocations", 1),
    );
    street.sequence("inner", &["echo", "echo"]);
    street.sequence("outer", &["inner", "inner", "echo"]);
    // In flight once: five hops are no five calls.
    street.host.invoke("outer", &json!({})).expect(200);
    street.sequence("inner", &["echo", "echo", "echo"]);
    let record = street.host.invoke("outer", &json!({"a": 1})).expect(502).json();
    assert_eq!(error_of(&record), "Too many actions in the sequence.");
    assert_eq!(record["response"]["status"], "application error");
    let hops = street.hops(&record);
    assert_eq!(hops.len(), 2, "two inner ones of three ran, the seventh action did not: {record}");
    street.sequence("inner", &["echo"]);
    street.sequence("loop", &["inner"]);
    street.host.put("inner", &json!({"exec": {"kind": "sequence", "components": ["/_/loop"]}})).expect(400);
}

/// The end of a run is the end of its slowest bookkeeping, too: nested records, ids, times.
#[test]
fn records_of_a_nested_run_fit_together() {
    let street = Street::start();
    street.sequence("leaf", &["echo", "hello"]);
    street.sequence("middle", &["leaf", "echo"]);
    street.sequence("top", &["echo", "middle", "leaf"]);
    let record = street.host.invoke("top", &json!({"name": "Ada"})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, stranger!"}));
    fn check(street: &Street, record: &Value) -> u64 {
        let mut sum = 0;
        for hop in street.hops(record) {
            assert_eq!(hop["cause"], record["activationId"], "{hop}");
            assert_eq!(annotation(&hop, "causedBy"), "sequence");
            assert!(hop["start"].as_u64().unwrap() >= record["start"].as_u64().unwrap(), "{hop}");
            assert!(hop["end"].as_u64().unwrap() <= record["end"].as_u64().unwrap() + 1, "{hop} {record}");
            sum += hop["duration"].as_u64().unwrap();
            if annotation(&hop, "kind") == "sequence" {
                assert_eq!(annotation(&hop, "topmost"), false);
                check(street, &hop);
            }
        }
        assert_eq!(record["duration"], sum, "{record}");
        sum
    }
    check(&street, &record);
    // An error far inside ends every sequence around it, each with a record.
    let record = street.host.invoke("top", &json!({"name": 5})).expect(502).json();
    let middle = &street.hops(&record)[1];
    let leaf = &street.hops(middle)[0];
    for each in [&record, middle, leaf] {
        assert_eq!(error_of(each), "'name' must be a string");
        assert_eq!(each["statusCode"], 1);
    }
    assert_eq!((street.hops(&record).len(), street.hops(middle).len(), street.hops(leaf).len()), (2, 1, 2));
}

/// An asynchronous run is durable before its 202 and runs to its end; it survives the client.
#[test]
fn an_asynchronous_run_ends_with_its_record() {
    let street = Street::start();
    street.identity("rests", "rest", 100);
    street.sequence("later", &["rests", "echo", "hello"]);
    let answer = street.host.send("POST", "/api/v1/namespaces/_/actions/later", Some(&json!({"name": "Cy"})));
    let id = answer.expect(202).json()["activationId"].as_str().unwrap().to_owned();
    let record = street.host.record(&id);
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, Cy!"}));
    assert_eq!(street.hops(&record).len(), 3);
    // Arrays between hops, also where the next hop does not take one.
    street
        .host
        .put("keys", &json!({"exec": jar_exec("hostile-array", "hostile.array.Array#toArray")}))
        .expect(200);
    street.sequence("arrays", &["keys", "echo", "hello"]);
    let record = street.host.invoke("arrays", &json!({"a": 1})).expect(502).json();
    assert!(error_of(&record).contains("the payload is a JsonArray"), "{record}");
    assert_eq!(street.hops(&record)[1]["response"]["result"], json!(["a"]));
}
