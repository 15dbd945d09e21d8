//! A value belongs to one hop at a time: whoever keeps a reference to it changes nothing that another hop or a record sees.
//!
//! The hostile hops change what they kept from a thread of their own, without pause, while the hops after them look at it
//! again and again.

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of, loaded},
    support::{eventually, source, source_exec},
};

fn fresh() -> Value {
    json!({"n": 1, "list": [1, 2, 3], "nested": {"a": 1}})
}

/// What the last hop of "kept" gave, and what the records say, without what the resting hops add.
fn seen(street: &Street, has_records: bool) -> Vec<Value> {
    let record = street.beside("kept", &json!({})).expect(200).json();
    let hops = if has_records { street.hops(&record) } else { Vec::new() };
    let results = std::iter::once(&record).chain(&hops).map(|record| {
        let mut result = record["response"]["result"].clone();
        result.as_object_mut().unwrap().remove("interrupted");
        result
    });
    results.collect()
}

/// Each way of keeping a reference, with records in full and in summary: the value is handed on in other ways.
#[test]
fn what_is_kept_and_changed_later_reaches_nobody() {
    let street = Street::start();
    street.identity("rests", "rest", 40);
    for records in ["full", "summary", "errors"] {
        for how in ["result", "input", "member", "entry-set", "iterator", "number"] {
            street.keeper("keeper", how, 400);
            let mut hops = vec!["keeper"];
            hops.extend(["rests", "echo"].repeat(5));
            street.sequence_with("kept", &hops, &json!([{"key": "records", "value": records}]));
            let seen = seen(&street, records == "full");
            if seen.iter().all(|value| *value == fresh()) {
                continue;
            }
            // On a machine that is busy otherwise the change may have come before the end of the hop: that is its right.
            let again: Vec<Value> = (0..3).flat_map(|_| self::seen(&street, records == "full")).collect();
            assert!(again.iter().all(|value| *value == fresh()), "{records} {how}: {seen:?}, then {again:?}");
        }
    }
}

/// The other way round: what the next hop adds to a value does not come back to the hop that had it in a static.
#[test]
fn what_the_next_hop_changes_does_not_come_back() {
    let street = Street::start();
    street.keeper("cached", "cached", 0);
    street
        .host
        .put(
            "tagged",
            &json!({
                "exec": super::support::jar_exec("echo", "Echo"),
                "parameters": [{"key": "tag", "value": "next"}],
            }),
        )
        .expect(200);
    for records in ["full", "summary"] {
        let annotations = json!([{"key": "records", "value": records}]);
        street.sequence_with("taint", &["cached", "tagged", "echo"], &annotations);
        let result = street.host.result("taint", &json!({}));
        assert_eq!(result["tag"], "next");
    }
    street.sequence("clean", &["cached"]);
    assert_eq!(street.host.result("clean", &json!({}))["tag"], Value::Null);
    // A function may go on with what it returned before: its own next call sees its own changes.
    let first = street.host.result("taint", &json!({"add": 1}))["n"].as_u64().unwrap();
    let second = street.host.result("taint", &json!({"add": 1}))["n"].as_u64().unwrap();
    assert_eq!(second, first + 1);
}

/// What is no JSON ends the chain at the hop that gave it.
#[test]
fn a_value_that_is_no_json_ends_the_chain_at_its_hop() {
    let street = Street::start();
    for records in ["full", "summary"] {
        for (hop, payload, text) in [
            ("deep", json!({"how": "cycle"}), "nested deeper than"),
            ("deep", json!({"how": "object", "depth": 5000}), "nested deeper than"),
            ("nan", json!({"how": "nan"}), "NaN"),
            ("nan", json!({"how": "forged"}), "JSON"),
            ("nan", json!({"how": "throwing"}), ""),
            ("null", json!({}), "returned null"),
        ] {
            let annotations = json!([{"key": "records", "value": records}]);
            street.sequence_with("odd", &["echo", hop, "echo"], &annotations);
            let record = street.beside("odd", &payload).expect(502).json();
            assert_eq!(record["response"]["status"], "action developer error", "{records} {payload}");
            assert!(error_of(&record).contains(text), "{records} {payload}: {record}");
            assert_eq!(record["logs"].as_array().unwrap().len(), 2, "{records} {payload}");
        }
    }
}

/// Expansion without end is stopped by a limit of the hop that made it, as it is in a single call.
#[test]
fn a_value_that_unfolds_without_end_is_the_fault_of_its_hop() {
    let street = Street::start();
    street.put("laughs", "hostile-deep-result", "hostile.deepresult.DeepResult", &json!({"timeout": 1000}));
    street.sequence_with(
        "fun",
        &["echo", "laughs", "echo"],
        &json!([{"key": "records", "value": "summary"}]),
    );
    let record = street.beside("fun", &json!({"how": "laughs", "depth": 100})).expect(502).json();
    let hops = record["logs"].as_array().unwrap().len();
    assert_eq!(hops, 2, "{record}");
    assert_eq!(street.host.result("hello", &json!({})), json!({"greeting": "Hello, stranger!"}));
}

/// A function that is an object keeps in a field what it gave; no class of it has a static one.
const CACHING: &str = "import com.google.gson.*; public class Main { private JsonObject cache;
    public JsonObject handle(JsonObject in) {
        if (cache == null) { cache = new JsonObject(); cache.addProperty(\"n\", 1); }
        return cache;
    } }";

#[test]
fn the_fields_of_an_object_are_not_handed_on() {
    let street = Street::start();
    let exec = json!({"kind": "java:default", "code": CACHING, "main": "Main::handle"});
    street.host.put("cached", &json!({"exec": exec, "limits": {"instances": 1}})).expect(200);
    let taints = source("args.addProperty(\"secret\", 1); return args;");
    street.host.put("taints", &json!({"exec": source_exec(&taints)})).expect(200);
    for records in ["full", "summary"] {
        street.sequence_with("taint", &["cached", "taints"], &json!([{"key": "records", "value": records}]));
        assert_eq!(street.host.result("taint", &json!({})), json!({"n": 1, "secret": 1}));
        assert_eq!(street.host.result("cached", &json!({})), json!({"n": 1}), "{records}");
    }
}

/// A value is what its text says, whether it moved or was copied.
#[test]
fn a_part_in_two_places_is_two_parts_for_the_next_hop() {
    let street = Street::start();
    let shares = source(
        "JsonObject part = new JsonObject(); JsonArray all = new JsonArray(); all.add(part); \
         args.add(\"best\", part); args.add(\"all\", all); return args;",
    );
    let chooses = source("args.getAsJsonObject(\"best\").add(\"among\", args.get(\"all\")); return args;");
    street.host.put("shares", &json!({"exec": source_exec(&shares)})).expect(200);
    street.host.put("chooses", &json!({"exec": source_exec(&chooses)})).expect(200);
    for records in ["full", "summary"] {
        let annotations = json!([{"key": "records", "value": records}]);
        street.sequence_with("choice", &["shares", "chooses", "echo"], &annotations);
        let result = street.host.result("choice", &json!({}));
        assert_eq!(result, json!({"best": {"among": [{}]}, "all": [{}]}), "{records}");
    }
}

/// Java lets a function put into gson's own map what is no name; the hop after it is not to blame, with parameters or without.
#[test]
fn a_member_whose_name_is_no_text_ends_the_chain_at_its_hop() {
    let street = Street::start();
    let odd = source("((java.util.Map) args.asMap()).put(7, new JsonPrimitive(1)); return args;");
    street.host.put("unnamed", &json!({"exec": source_exec(&odd)})).expect(200);
    let parameters = json!([{"key": "p", "value": 1}]);
    let exec = super::support::jar_exec("echo", "Echo");
    street.host.put("told", &json!({"exec": exec, "parameters": parameters})).expect(200);
    for records in ["full", "summary"] {
        let annotations = json!([{"key": "records", "value": records}]);
        street.sequence_with("odd", &["unnamed", "told"], &annotations);
        let record = street.beside("odd", &json!({})).expect(502).json();
        assert_eq!(record["response"]["status"], "action developer error", "{records}: {record}");
        assert_eq!(record["logs"].as_array().unwrap().len(), 1, "{records}: {record}");
    }
}

/// A number or text of a class of its own says the same to the next hop, in a branch and in the record.
#[test]
fn what_a_hop_gets_is_what_the_text_says() {
    let street = Street::start();
    let gives = "static Object kept; public static JsonObject main(JsonObject args) { JsonObject r = new JsonObject(); \
                 r.addProperty(\"f\", 0.1f); r.addProperty(\"big\", 1e20); r.addProperty(\"s\", \"x\\ud800y\"); return r; }";
    let exec = source_exec(&format!("import com.google.gson.*; public class Main {{ {gives} }}"));
    street.host.put("gives", &json!({ "exec": exec })).expect(200);
    let looks = source(
        "JsonObject r = new JsonObject(); r.addProperty(\"f\", args.get(\"f\").getAsDouble()); \
         r.addProperty(\"big\", args.get(\"big\").getAsLong()); \
         r.addProperty(\"s\", (int) args.get(\"s\").getAsString().charAt(1)); return r;",
    );
    street.host.put("looks", &json!({"exec": source_exec(&looks)})).expect(200);
    for records in ["full", "summary"] {
        let annotations = json!([{"key": "records", "value": records}]);
        street.sequence_with("row", &["gives", "looks"], &annotations);
        let given = street.host.result("gives", &json!({}));
        assert_eq!(street.host.result("row", &json!({})), street.host.result("looks", &given), "{records}");
    }
}

/// What a hop keeps of what it is handed counts as its own, whoever made it, and whether that one could keep it.
#[test]
fn what_a_hop_keeps_is_its_own_memory() {
    const RUNS: usize = 400;
    let street = Street::start();
    let text = "char[] c = new char[1_000_000]; java.util.Arrays.fill(c, 'x'); c[args.get(\"n\").getAsInt()] = 'y'; \
                JsonObject r = new JsonObject(); r.addProperty(\"text\", new String(c)); return r;";
    let gives = |fields: &str| {
        let main = format!("public static JsonObject main(JsonObject args) {{ {text} }}");
        source_exec(&format!("import com.google.gson.*; public class Main {{ {fields} {main} }}"))
    };
    street.host.put("confined", &json!({"exec": gives("")})).expect(200);
    street.host.put("open", &json!({"exec": gives("static Object last;")})).expect(200);
    let hoards = "import com.google.gson.*; import java.util.*; public class Main { static List<JsonObject> kept = new ArrayList<>(); \
                  public static JsonObject main(JsonObject args) { kept.add(args); \
                  JsonObject r = new JsonObject(); r.addProperty(\"kept\", kept.size()); return r; } }";
    for (gives, records) in [("confined", "summary"), ("open", "summary"), ("open", "full")] {
        street
            .host
            .put("hoards", &json!({"exec": source_exec(hoards), "limits": {"memory": 128}}))
            .expect(200);
        street.sequence_with("both", &[gives, "hoards"], &json!([{"key": "records", "value": records}]));
        let ends: Vec<Value> =
            (0..RUNS).map(|n| street.host.invoke("both", &json!({"n": n})).json()).collect();
        // Its instance is given up in a call, which fails, or between two.
        let most = ends.iter().filter_map(|record| record["response"]["result"]["kept"].as_u64()).max();
        assert!(most.is_some_and(|most| most < RUNS as u64 / 2), "{gives} {records}: {most:?} MB within 128");
        for record in ends.iter().filter(|record| record["response"]["status"] != "success") {
            let hops = street.hops(record);
            assert_eq!(hops.last().unwrap()["name"], "hoards", "{gives} {records}: {record}");
            assert_eq!(annotation(record, "outcome"), "memory", "{gives} {records}: {record}");
        }
    }
}

/// A run that fails with a value on its lane takes it along: the lane, which waits for other chains, keeps nothing of it.
#[test]
fn an_idle_lane_keeps_no_value() {
    const RUNS: usize = 3;
    let street = Street::start();
    let makes = source(
        "byte[] b = new byte[args.get(\"mb\").getAsInt() << 20]; java.util.Arrays.fill(b, (byte) 'x'); \
         JsonObject r = new JsonObject(); if (args.has(\"alone\")) return r; \
         r.addProperty(\"text\", new String(b, java.nio.charset.StandardCharsets.ISO_8859_1)); return r;",
    );
    let body =
        json!({"exec": source_exec(&makes), "limits": {"memory": 128, "concurrency": 4, "instances": 1}});
    street.host.put("makes", &body).expect(200);
    let rests =
        source("Thread.sleep(args.has(\"millis\") ? args.get(\"millis\").getAsInt() : 0); return args;");
    let single = json!({"exec": source_exec(&rests), "limits": {"concurrency": 1, "instances": 1}});
    street.host.put("single", &single).expect(200);
    let annotations = json!([{"key": "records", "value": "summary"},
        {"key": "flock-flow", "value": {"steps": ["makes", "single"], "timeout": 1500}}]);
    street.sequence_with("large", &["makes", "single"], &annotations);
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| street.host.invoke("single", &json!({"millis": 5000})));
        eventually("it runs", || loaded(&street, "single")["running"] == 1);
        let runs: Vec<_> =
            (0..RUNS).map(|_| scope.spawn(|| street.host.invoke("large", &json!({"mb": 16})))).collect();
        for run in runs {
            let record = run.join().unwrap().expect(502).json();
            assert_eq!(annotation(&record, "outcome"), "timeout", "{record}");
        }
        for _ in 0..3 {
            assert_eq!(street.host.result("makes", &json!({"mb": 90, "alone": true})), json!({}));
        }
        busy.join().unwrap().expect(200);
    });
}
