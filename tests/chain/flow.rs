//! Flows: branches, choices, handlers, loops and a deadline in a sequence's annotation.

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of},
    support::{Answer, Options, eventually, source, source_exec},
};

/// The most actions that a run of these tests may have.
const HOPS_MAX: usize = 60;

fn street() -> Street {
    let street = Street::start_with(&Options::default().set("limits.chain-hops-max", HOPS_MAX));
    let adds = source("args.addProperty(\"n\", args.get(\"n\").getAsInt() + 1); return args;");
    street.host.put("adds", &json!({"exec": source_exec(&adds)})).expect(200);
    // Every function fails whose result has an error, so a handler makes something else of it.
    let see = source(
        "JsonObject r = new JsonObject(); r.addProperty(\"seen\", String.valueOf(args.get(\"error\"))); return r;",
    );
    street.host.put("see", &json!({"exec": source_exec(&see)})).expect(200);
    street.put("tail", "echo", "Echo", &json!({}));
    street
}

fn put(street: &Street, name: &str, flow: &Value, records: &str) -> Answer {
    let mut components = Vec::new();
    collect(flow.get("steps").unwrap_or(&Value::Null), &mut components);
    let annotations = json!([{"key": "flock-flow", "value": flow}, {"key": "records", "value": records}]);
    let body = json!({"exec": {"kind": "sequence", "components": components}, "annotations": annotations});
    street.host.put(name, &body)
}

/// The actions that a flow names.
fn collect(step: &Value, names: &mut Vec<String>) {
    match step {
        Value::String(name) => names.push(format!("/_/{name}")),
        Value::Array(steps) => steps.iter().for_each(|step| collect(step, names)),
        Value::Object(step) => {
            for (key, inner) in step {
                match (key.as_str(), inner) {
                    ("parallel" | "cases", Value::Object(steps)) => {
                        steps.values().for_each(|step| collect(step, names));
                    }
                    ("try" | "catch" | "map" | "default", step) => collect(step, names),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn flow(street: &Street, name: &str, steps: Value) {
    put(street, name, &json!({"steps": steps}), "full").expect(200);
}

fn names(street: &Street, record: &Value) -> Vec<String> {
    street.hops(record).iter().map(|hop| hop["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn branches_run_side_by_side_and_come_together_by_name() {
    let street = street();
    street.identity("rests", "rest", 700);
    flow(
        &street,
        "both",
        json!(["adds", {"parallel": {"l": ["rests", "adds"], "r": ["rests", "adds", "adds"], "e": "echo"}}]),
    );
    let record = street.host.invoke("both", &json!({"n": 1})).expect(200).json();
    let result = &record["response"]["result"];
    assert_eq!(
        (&result["l"]["n"], &result["r"]["n"], &result["e"]["n"]),
        (&json!(3), &json!(4), &json!(2)),
        "{record}"
    );
    let hops = street.hops(&record);
    assert_eq!(hops.len(), 7);
    assert!(hops.iter().all(|hop| hop["cause"] == record["activationId"]));
    assert_eq!(annotation(&record, "kind"), "sequence");
    // Side by side: the whole took less time than its parts together.
    let wall = annotation(&record, "usage")["wallMicros"].as_u64().unwrap();
    let sum: u64 = hops.iter().map(|hop| annotation(hop, "usage")["wallMicros"].as_u64().unwrap()).sum();
    assert!(wall < sum, "{wall} of {sum}: {record}");
    assert_eq!(record["duration"], hops.iter().map(|hop| hop["duration"].as_u64().unwrap()).sum::<u64>());
    // One at a time it is the same, only slower; and branches inside branches.
    flow(
        &street,
        "single",
        json!([{"parallel": {"a": {"parallel": {"x": "adds", "y": "echo"}}, "b": "adds"}, "concurrency": 1}]),
    );
    let result = street.host.result("single", &json!({"n": 1}));
    assert_eq!(result, json!({"a": {"x": {"n": 2}, "y": {"n": 1}}, "b": {"n": 2}}));
    // A plain client sees a sequence.
    let action = street.host.send("GET", "/api/v1/namespaces/_/actions/single", None).expect(200).json();
    assert_eq!(action["exec"]["kind"], "sequence");
    assert!(action["exec"]["components"].as_array().unwrap().contains(&json!("/guest/adds")), "{action}");
}

#[test]
fn a_choice_follows_the_text_of_a_field() {
    let street = street();
    flow(
        &street,
        "choice",
        json!([{"choice": "k.of", "cases": {"x": "adds", "true": ["adds", "adds"], "1.5": "echo"}}, "echo"]),
    );
    flow(&street, "other", json!(["adds", {"choice": "n", "cases": {"2": "adds"}, "default": "hello"}]));
    for (of, n) in [(json!("x"), 1), (json!(true), 2), (json!(1.5), 0), (json!("?"), 0), (json!(null), 0)] {
        let result = street.host.result("choice", &json!({"n": 0, "k": {"of": of}}));
        assert_eq!(result["n"], n, "{of}");
    }
    assert_eq!(street.host.result("choice", &json!({"n": 0, "k": [1]}))["n"], 0);
    assert_eq!(street.host.result("other", &json!({"n": 1}))["n"], 3);
    assert_eq!(
        street.host.result("other", &json!({"n": 5, "name": "Ada"})),
        json!({"greeting": "Hello, Ada!"})
    );
}

/// An error, an exception, a stop, an exit: each is handed to the handler, and the run goes on, on a lane that is well.
#[test]
fn a_handler_gets_the_error_and_the_run_goes_on() {
    let street = street();
    street.put("spins", "hostile-spin", "hostile.spin.Spin", &json!({"timeout": 300}));
    for (hop, text) in [
        ("throws", "An error has occurred"),
        ("spins", "exceeded its time limits of 300"),
        ("exit", "System.exit"),
        ("hello", "'name' must be a string"),
    ] {
        flow(&street, "caught", json!([{"try": ["echo", hop, "adds"], "catch": "see"}, "tail"]));
        let record = street.beside("caught", &json!({"name": 5})).expect(200).json();
        let result = &record["response"]["result"];
        assert!(result["seen"].as_str().unwrap().contains(text), "{hop}: {record}");
        assert_eq!(names(&street, &record), ["echo", hop, "see", "tail"], "{record}");
    }
    // Nothing failed: the handler does not run. One that fails itself is no longer caught there.
    flow(&street, "fine", json!([{"try": "echo", "catch": "throws"}, "adds"]));
    assert_eq!(street.host.result("fine", &json!({"n": 1})), json!({"n": 2}));
    flow(&street, "again", json!([{"try": {"try": "throws", "catch": "throws"}, "catch": "see"}]));
    let record = street.host.invoke("again", &json!({})).expect(200).json();
    assert_eq!(names(&street, &record), ["throws", "throws", "see"]);
}

#[test]
fn a_map_runs_its_step_for_each_element() {
    let street = street();
    flow(
        &street,
        "each",
        json!([{"map": ["adds", "adds"], "over": "in.list", "into": "out", "concurrency": 3}]),
    );
    let list: Vec<Value> = (0..20).map(|n| json!({"n": n})).collect();
    let record = street.host.invoke("each", &json!({"in": {"list": list}, "keep": true})).expect(200).json();
    let result = &record["response"]["result"];
    let out: Vec<u64> =
        result["out"].as_array().unwrap().iter().map(|one| one["n"].as_u64().unwrap()).collect();
    assert_eq!((out, &result["keep"]), ((2..22).collect(), &json!(true)));
    assert_eq!((record["logs"].as_array().unwrap().len(), &result["in"]["list"][1]), (40, &json!({"n": 1})));
    // Without `into` the results are the value; what is no object is put into one.
    flow(&street, "bare", json!([{"map": "echo", "over": "list"}, {"map": "echo"}]));
    let answer =
        street.host.invoke("bare", &json!({"list": [1, "x", null, [2], {"a": 1}]})).expect(200).json();
    assert_eq!(answer, json!([{"value": 1}, {"value": "x"}, {"value": null}, [2], {"a": 1}]));
    assert_eq!(street.host.invoke("bare", &json!({"list": []})).expect(200).json(), json!([]));
    let empty = street.host.result("each", &json!({"in": {"list": []}, "x": 1}));
    assert_eq!(empty, json!({"in": {"list": []}, "x": 1, "out": []}));
    // No array; too long; too many hops in all.
    let record = street.host.invoke("each", &json!({"in": {"list": 5}})).expect(502).json();
    assert_eq!(error_of(&record), "A map step needs an array: 'in.list' is none.");
    let long: Vec<Value> = (0..=HOPS_MAX).map(|n| json!({"n": n})).collect();
    let record = street.host.invoke("each", &json!({"in": {"list": long}})).expect(502).json();
    assert!(error_of(&record).contains("'in.list' has 61; limits.chain-hops-max is 60"), "{record}");
    let many: Vec<Value> = (0..HOPS_MAX).map(|n| json!({"n": n})).collect();
    let record = street.host.invoke("each", &json!({"in": {"list": many}})).expect(502).json();
    assert_eq!(error_of(&record), "Too many actions in one run: limits.chain-hops-max is 60.");
    assert_eq!(record["logs"].as_array().unwrap().len(), HOPS_MAX, "{record}");
}

/// The first failure is the flow's. No further hop of another branch begins; the one that runs is awaited.
#[test]
fn a_branch_that_fails_ends_the_others_after_their_hop() {
    let street = street();
    street.identity("rests", "rest", 1500);
    // The other branch has begun when this one fails.
    street.identity("waits", "rest", 400);
    street.told("fails", "hostile-throws", "hostile.throwing.Throws", &json!({"message": "boom"}));
    flow(
        &street,
        "torn",
        json!([{"parallel": {"slow": ["rests", "adds"], "bad": ["waits", "fails"]}}, "echo"]),
    );
    let record = street.host.invoke("torn", &json!({"n": 1})).expect(502).json();
    assert!(error_of(&record).contains("boom"), "{record}");
    assert_eq!(names(&street, &record), ["waits", "fails", "rests"], "{record}");
    assert_eq!(street.hops(&record)[2]["response"]["status"], "success");
    // The same inside a handler: all is over when it begins.
    flow(
        &street,
        "mended",
        json!([{"try": {"parallel": {"slow": ["rests", "adds"], "bad": ["waits", "fails"]}}, "catch": "hello"}]),
    );
    let record = street.host.invoke("mended", &json!({"n": 1})).expect(200).json();
    assert_eq!(names(&street, &record), ["waits", "fails", "rests", "hello"], "{record}");
    // Of a map, those that have not begun do not begin.
    flow(&street, "row", json!([{"map": "fails", "over": "list", "concurrency": 1}]));
    let record = street.host.invoke("row", &json!({"list": [1, 2, 3]})).expect(502).json();
    assert_eq!(names(&street, &record), ["fails"]);
    // An inner sequence that is called off has a record that says so.
    street.sequence("inner", &["rests", "adds"]);
    flow(&street, "deep", json!([{"parallel": {"slow": "inner", "bad": ["waits", "fails"]}}]));
    let record = street.host.invoke("deep", &json!({"n": 1})).expect(502).json();
    let inner = &street.hops(&record)[2];
    assert!(error_of(inner).contains("called off"), "{inner}");
    assert_eq!(names(&street, inner), ["rests"]);
}

/// One deadline for all hops: the one that runs is stopped, none begins, and only what is around it may go on.
#[test]
fn a_deadline_holds_for_the_whole_flow() {
    let street = street();
    street.put("sleeps", "hostile-sleep", "hostile.sleep.Sleep", &json!({}));
    let text = "The sequence exceeded its time limit of 600 milliseconds.";
    let steps = json!([{"try": ["echo", "sleeps", "echo"], "catch": "hello"}, "echo"]);
    put(&street, "timed", &json!({"steps": steps, "timeout": 600}), "full").expect(200);
    let record = street.beside("timed", &json!({"millis": 60_000})).expect(502).json();
    assert_eq!((error_of(&record).as_str(), annotation(&record, "outcome")), (text, &json!("timeout")));
    let hops = street.hops(&record);
    assert_eq!(names(&street, &record), ["echo", "sleeps"], "no handler of the flow itself: {record}");
    assert!(error_of(&hops[1]).contains("its sequence exceeded its time limit of 600"), "{}", hops[1]);
    assert_eq!(street.host.result("timed", &json!({"millis": 1}))["interrupts"], 0);
    // Many short hops are no way around it.
    street.identity("rests", "rest", 100);
    put(
        &street,
        "long",
        &json!({"steps": [{"map": "rests", "over": "list", "concurrency": 1}], "timeout": 600}),
        "full",
    )
    .expect(200);
    let record = street.host.invoke("long", &json!({"list": (0..50).collect::<Vec<_>>()})).expect(502).json();
    assert_eq!(error_of(&record), text);
    assert!(record["logs"].as_array().unwrap().len() < 10, "{record}");
    // Around it, it is a failure like any other.
    flow(&street, "around", json!([{"try": "timed", "catch": "see"}]));
    let result = street.host.result("around", &json!({"millis": 60_000}));
    assert!(result["seen"].as_str().unwrap().contains(text), "{result}");
}

/// What a hop kept, what a branch changes, what spins, what is too large: nobody else sees it.
#[test]
fn hostile_branches_harm_nobody_else() {
    let street = street();
    street.identity("rests", "rest", 200);
    for records in ["full", "summary"] {
        for how in ["result", "member", "entry-set"] {
            street.keeper("keeper", how, 600);
            let branch = json!(["rests", "echo", "rests", "echo"]);
            let steps = json!(["keeper", {"parallel": {"a": branch, "b": branch}}]);
            put(&street, "kept", &json!({"steps": steps}), records).expect(200);
            let mut result =
                street.beside("kept", &json!({})).expect(200).json()["response"]["result"].clone();
            for name in ["a", "b"] {
                result[name].as_object_mut().unwrap().remove("interrupted");
                assert_eq!(
                    result[name],
                    json!({"n": 1, "list": [1, 2, 3], "nested": {"a": 1}}),
                    "{records} {how}"
                );
            }
            // Kept in one branch, changed while the other and what follows look.
            let steps = json!([{"parallel": {"a": "keeper", "b": ["rests", "echo"]}}, "rests", "echo"]);
            put(&street, "kept", &json!({"steps": steps}), records).expect(200);
            let result =
                street.beside("kept", &json!({"z": 1})).expect(200).json()["response"]["result"].clone();
            assert_eq!(
                result["a"],
                json!({"n": 1, "list": [1, 2, 3], "nested": {"a": 1}}),
                "{records} {how}"
            );
            assert_eq!(result["b"]["z"], 1);
        }
    }
    street.put("spins", "hostile-spin", "hostile.spin.Spin", &json!({"timeout": 300}));
    flow(&street, "spun", json!([{"parallel": {"bad": "spins", "good": ["adds", "adds"]}}]));
    let record = street.beside("spun", &json!({"n": 1, "how": "loop"})).expect(502).json();
    assert!(error_of(&record).contains("exceeded its time limits of 300"), "{record}");
    let good = street.hops(&record).into_iter().filter(|hop| hop["name"] == "adds");
    assert!(good.clone().count() > 0 && good.into_iter().all(|hop| hop["statusCode"] == 0));
    // Each element takes a lane along, and the run goes on.
    let worn =
        json!([{"map": {"try": "spins", "catch": "see"}, "over": "list", "into": "list", "concurrency": 3}]);
    flow(&street, "worn", worn);
    let record = street.beside("worn", &json!({"list": [1, 2, 3, 4, 5, 6]})).expect(200).json();
    let list = record["response"]["result"]["list"].as_array().unwrap();
    let is_stopped = |one: &Value| one["seen"].as_str().is_some_and(|why| why.contains("time limits of 300"));
    assert_eq!(list.iter().filter(|one| is_stopped(one)).count(), 6, "{record}");
    eventually("no thread is lost", || street.host.metric("flock_lost_lanes") == 0.0);
    // Each result is within the limit, together they are not.
    let big = json!({"parallel": {"a": "big", "b": "big", "c": "big"}});
    flow(&street, "huge", json!([{"try": big, "catch": "see"}]));
    let result =
        street.beside("huge", &json!({"bytes": 500_000})).expect(200).json()["response"]["result"].clone();
    assert!(
        result["seen"].as_str().unwrap().contains("parallel step exceeded the allowed length together"),
        "{result}"
    );
    flow(&street, "after", json!(["adds"]));
    assert_eq!(street.host.result("after", &json!({"n": 1})), json!({"n": 2}));
}

#[test]
fn a_flow_that_is_wrong_is_refused_with_its_place() {
    let street = street();
    let refused = |flow: Value, part: &str| {
        let error = put(&street, "bad", &flow, "full").expect(400).error();
        assert!(error.contains("flock-flow") && error.contains(part), "{flow}: {error}");
    };
    refused(
        json!({"steps": ["echo", {"parallel": {"x": {"choice": "k", "cases": {"a": "echo"}, "else": "echo"}}}]}),
        "steps[1].parallel.x: 'else' is unknown here",
    );
    refused(
        json!({"steps": ["echo"], "timeout": 3_600_001}),
        "timeout: it must be a whole number from 1 to 3600000",
    );
    let sequence = |components: Value, flow: Value| {
        let annotations = json!([{"key": "flock-flow", "value": flow}]);
        json!({"exec": {"kind": "sequence", "components": components}, "annotations": annotations})
    };
    let error = street
        .host
        .put("bad", &sequence(json!(["/_/echo"]), json!({"steps": ["echo", "hello"]})))
        .expect(400)
        .error();
    assert!(error.contains("/guest/hello is none of the components"), "{error}");
    let error = street
        .host
        .put("bad", &sequence(json!(["/_/echo", "/_/hello"]), json!({"steps": ["echo"]})))
        .expect(400)
        .error();
    assert!(error.contains("no step runs the component /guest/hello"), "{error}");
    // A flow that was set to null is none.
    flow(&street, "was", json!(["echo"]));
    street.host.put("was", &json!({"exec": {"kind": "sequence", "components": ["/_/hello"]}})).expect(400);
    street.host.put("was", &sequence(json!(["/_/hello"]), Value::Null)).expect(200);
    assert_eq!(street.host.result("was", &json!({"name": "Ada"})), json!({"greeting": "Hello, Ada!"}));
    let many: Vec<&str> = vec!["echo"; 51];
    let error =
        street.host.put("bad", &sequence(json!(["/_/echo"]), json!({"steps": many}))).expect(400).error();
    assert_eq!(error, "Too many actions in the sequence.");
    let error = put(&street, "bad", &json!({"steps": ["nobody"]}), "full").expect(400).error();
    assert_eq!(error, "Sequence component does not exist.");
    let error = put(&street, "bad", &json!({"steps": ["bad"]}), "full").expect(400).error();
    assert_eq!(error, "Sequence may not refer to itself.");
    let body = json!({"exec": source_exec(&source("return args;")), "annotations": [{"key": "flock-flow", "value": {"steps": ["echo"]}}]});
    let error = street.host.put("bad", &body).expect(400).error();
    assert!(error.contains("for sequences, not for java:8"), "{error}");
    assert_eq!(street.host.send("GET", "/api/v1/namespaces/_/actions/bad", None).status, 404);
}

/// A run of a flow counts once, and its records follow the rules of hops.
#[test]
fn a_flow_is_one_call_and_its_records_are_hops() {
    let street = Street::start_with(&Options::default().set("limits.namespace.concurrent-invocations", 1));
    let steps =
        json!([{"map": "echo", "over": "list", "into": "list"}, {"parallel": {"a": "echo", "b": "echo"}}]);
    for records in ["full", "summary", "errors"] {
        put(&street, "kept", &json!({"steps": steps}), records).expect(200);
        let answer =
            street.host.send("POST", "/api/v1/namespaces/_/actions/kept", Some(&json!({"list": [1, 2, 3]})));
        let id = answer.expect(202).json()["activationId"].as_str().unwrap().to_owned();
        let record = street.host.record(&id);
        let list = json!([{"value": 1}, {"value": 2}, {"value": 3}]);
        assert_eq!(
            record["response"]["result"],
            json!({"a": {"list": list}, "b": {"list": list}}),
            "{record}"
        );
        let ids = record["logs"].as_array().unwrap();
        assert_eq!(ids.len(), 5);
        for id in ids {
            let path = format!("/api/v1/namespaces/_/activations/{}", id.as_str().unwrap());
            if records == "errors" {
                assert_eq!(street.host.send("GET", &path, None).status, 404);
            } else {
                let hop = street.host.record(id.as_str().unwrap());
                let expected = if records == "full" { Value::Null } else { json!("summary") };
                assert_eq!(annotation(&hop, "records"), &expected, "{hop}");
            }
        }
    }
}

/// One lane for all chains of the namespace, and one instance of each function: branches take turns, and nobody waits for
/// a lane that waits for him. With many runs at once, too.
#[test]
fn a_flow_needs_one_lane() {
    for instances in [1, 8] {
        let options = Options::default().set("instances.max", instances).set("lanes.chains-max", instances);
        let street = Street::start_with(&options);
        let branch = json!(["echo", {"parallel": {"x": "identity", "y": ["echo", "identity2"]}}]);
        let steps = json!([{"map": {"parallel": {"a": branch, "b": branch}}, "over": "list", "into": "list"}, "echo"]);
        put(&street, "nested", &json!({"steps": steps}), "summary").expect(200);
        let client = street.host.client();
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..6)
                .map(|run| {
                    let client = &client;
                    scope.spawn(move || {
                        let payload = json!({"list": [{"run": run, "at": 0}, {"run": run, "at": 1}]});
                        client.invoke("nested", &payload).unwrap().expect(200).json()
                    })
                })
                .collect();
            for (run, ended) in runs.into_iter().enumerate() {
                let record = ended.join().unwrap();
                let list = record["response"]["result"]["list"].as_array().unwrap();
                for (at, one) in list.iter().enumerate() {
                    for way in ["/a/x", "/a/y", "/b/x", "/b/y"] {
                        let end = one.pointer(way).unwrap();
                        assert_eq!((&end["run"], &end["at"]), (&json!(run), &json!(at)), "{record}");
                    }
                }
                // Two elements of two branches, each with a hop, and one and two in its own branches; and the last.
                assert_eq!(record["logs"].as_array().unwrap().len(), 17, "{record}");
            }
        });
        assert_eq!(street.host.metric("flock_in_flight"), 0.0);
    }
}

/// Sequences in sequences, each with steps as deep as may be: what is too deep is a component that is not there, and the
/// stack of a lane is not the limit.
#[test]
fn nesting_is_bounded_over_all_flows() {
    let street = street();
    let deep = |name: &str| (0..13).fold(json!(name), |step, _| json!([step]));
    flow(&street, "level0", deep("adds"));
    for level in 1..=8 {
        flow(&street, &format!("level{level}"), deep(&format!("level{}", level - 1)));
    }
    assert_eq!(street.host.result("level2", &json!({"n": 1})), json!({"n": 2}));
    let record = street.beside("level8", &json!({"n": 1})).expect(502).json();
    assert_eq!(error_of(&record), "Sequence component does not exist.");
    // The same when a conductor names it, which is looked up on the lane.
    let names = source(
        "if (args.has(\"n\")) { JsonObject r = new JsonObject(); r.addProperty(\"action\", \"level8\"); return r; } return args;",
    );
    let annotations = json!([{"key": "conductor", "value": true}]);
    street.host.put("names", &json!({"exec": source_exec(&names), "annotations": annotations})).expect(200);
    let record = street.beside("names", &json!({"n": 1})).expect(502).json();
    assert_eq!(error_of(&record), "Sequence component does not exist.");
}

/// Each result may nest as deep as a value may; what holds all of them is one level deeper.
#[test]
fn results_together_nest_no_deeper_than_a_value_may() {
    const DEPTH_MAX: usize = 512;
    let street = street();
    let deep = source(&format!(
        "JsonElement e = new JsonPrimitive(1); for (int i = 1; i < {DEPTH_MAX}; i++) {{ JsonArray a = new JsonArray(); \
         a.add(e); e = a; }} JsonObject r = new JsonObject(); r.add(\"deep\", e); return r;"
    ));
    street.host.put("deep", &json!({"exec": source_exec(&deep)})).expect(200);
    assert_eq!(street.host.invoke("deep", &json!({})).status, 200);
    for (what, step) in [
        ("parallel", json!({"parallel": {"a": "deep"}})),
        ("map", json!({"map": "deep", "over": "list"})),
        ("map", json!({"map": "deep", "over": "list", "into": "list"})),
    ] {
        flow(&street, "joins", json!([step]));
        let record = street.beside("joins", &json!({"list": [1]})).expect(502).json();
        assert_eq!(record["response"]["status"], "application error", "{step}: {record}");
        let text = format!("The results of a {what} step together are no value");
        assert!(error_of(&record).starts_with(&text), "{step}: {record}");
        flow(&street, "handled", json!([{"try": step, "catch": "hello"}]));
        let result = street.host.result("handled", &json!({"list": [1]}));
        assert_eq!(result, json!({"greeting": "Hello, stranger!"}), "{step}");
    }
}

/// `into` names a member as it is written, with a point in it or without; `over` follows points.
#[test]
fn an_empty_list_goes_where_a_full_one_does() {
    let street = street();
    flow(&street, "counts", json!([{"map": "echo", "over": "a.b", "into": "a.b"}]));
    for list in [json!([{}]), json!([])] {
        let result = street.host.result("counts", &json!({"a": {"b": list}}));
        assert_eq!(result, json!({"a": {"b": list}, "a.b": list}));
    }
}
