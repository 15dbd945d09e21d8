//! Conductors: actions whose results say which action runs next, by OpenWhisk's rules.

use serde_json::{Value, json};

use super::{
    street::{Street, annotation, error_of},
    support::{Options, source, source_exec},
};

/// A conductor that follows the list in its input `plan`: a name is an action that runs on what there is, an object is
/// what it returns as it is, but for the state. It ends with what there is.
const PLANNED: &str = "\
    JsonElement at = args.remove(\"$at\"); JsonElement plan = args.remove(\"$plan\"); \
    if (plan == null) plan = args.remove(\"plan\"); \
    int step = at == null ? 0 : at.getAsInt(); \
    JsonObject r = new JsonObject(); \
    if (plan == null || step >= plan.getAsJsonArray().size()) { r.add(\"params\", args); return r; } \
    JsonElement next = plan.getAsJsonArray().get(step); \
    if (next.isJsonObject()) { r = next.deepCopy().getAsJsonObject(); } \
    else { r.add(\"action\", next); r.add(\"params\", args); } \
    JsonObject state = new JsonObject(); state.addProperty(\"$at\", step + 1); state.add(\"$plan\", plan); \
    if (!r.has(\"state\")) r.add(\"state\", state); \
    return r;";

/// The most actions that these tests let a sequence have.
const LENGTH_MAX: usize = 4;

fn street() -> Street {
    let street = Street::start_with(&Options::default().set("limits.sequence-length-max", LENGTH_MAX));
    for name in ["planned", "planned2"] {
        conductor(&street, name, PLANNED);
    }
    street.host.put("adds", &json!({"exec": source_exec(&source(
        "args.addProperty(\"n\", args.get(\"n\").getAsInt() + args.get(\"by\").getAsInt()); args.remove(\"by\"); return args;"
    )), "parameters": [{"key": "by", "value": 10}]})).expect(200);
    street
}

fn conductor(street: &Street, name: &str, body: &str) {
    let annotations = json!([{"key": "conductor", "value": true}]);
    street
        .host
        .put(name, &json!({"exec": source_exec(&source(body)), "annotations": annotations}))
        .expect(200);
}

fn names(street: &Street, record: &Value) -> Vec<String> {
    street.hops(record).iter().map(|hop| hop["name"].as_str().unwrap().to_owned()).collect()
}

/// The whole way: what runs, what it gets, and the records.
#[test]
fn a_conductor_says_what_runs_and_all_leave_records() {
    let street = street();
    street.sequence("twice", &["adds", "adds"]);
    let plan = json!({"plan": ["adds", "/_/echo", "/guest/twice"], "n": 1});
    let record = street.host.invoke("planned", &plan).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"n": 31}), "{record}");
    assert_eq!(
        names(&street, &record),
        ["planned", "adds", "planned", "echo", "planned", "twice", "planned"]
    );
    for (key, value) in [("kind", json!("sequence")), ("conductor", json!(true)), ("topmost", json!(true))] {
        assert_eq!(annotation(&record, key), &value, "{record}");
    }
    let hops = street.hops(&record);
    for hop in &hops {
        assert_eq!(hop["cause"], record["activationId"], "{hop}");
        assert_eq!(annotation(hop, "causedBy"), "sequence");
        assert_eq!(annotation(hop, "conductor"), &Value::Null, "{hop}");
    }
    assert_eq!(hops[1]["response"]["result"]["n"], 11);
    // What the component gave, the state over it; parameters of the component under what it is given.
    assert_eq!(hops[2]["response"]["result"]["params"], json!({"n": 11}));
    assert_eq!(names(&street, &hops[5]), ["adds", "adds"]);
    assert_eq!(record["duration"], hops.iter().map(|hop| hop["duration"].as_u64().unwrap()).sum::<u64>());
    assert_eq!(street.host.record(record["activationId"].as_str().unwrap()), record);
    // Without an action it is over at once; without parameters all of the result is.
    let record = street.host.invoke("planned", &json!({"a": 1})).expect(200).json();
    assert_eq!(
        (&record["response"]["result"], names(&street, &record)),
        (&json!({"a": 1}), vec!["planned".into()])
    );
}

/// What is no object is put into one; state goes over what a component gave.
#[test]
fn what_is_no_object_is_boxed_and_state_goes_first() {
    let street = street();
    let end = |last: Value| street.host.result("planned", &json!({"plan": [last]}));
    assert_eq!(end(json!({"params": 5})), json!({"value": 5}));
    assert_eq!(end(json!({"params": [1], "state": 1})), json!({"value": [1]}));
    assert_eq!(end(json!({"state": 1, "x": 2})), json!({"state": 1, "x": 2}));
    let result =
        street.host.result("planned", &json!({"plan": [{"action": "echo", "params": "x", "state": "s"}]}));
    assert_eq!(result, json!({"value": "x", "state": "s"}), "the state was boxed and the plan forgotten");
    let over = json!({"plan": [{"action": "echo", "params": {"a": 1, "b": 1}, "state": {"b": 2}}]});
    assert_eq!(street.host.result("planned", &over), json!({"a": 1, "b": 2}));
    let none = json!({"plan": [{"action": "echo", "state": {}}]});
    assert_eq!(street.host.result("planned", &none), json!({}));
}

/// An action that is not there, that may not be used, that is no name: the conductor is told, in OpenWhisk's words.
#[test]
fn bad_names_come_back_to_the_conductor() {
    let street = street();
    for (name, text) in [
        (json!("nobody"), "Failed to resolve action with name 'guest/nobody' during composition."),
        (json!("/other/a"), "Failed entitlement check for action with name 'other/a' during composition."),
        (json!(7), "Failed to parse action name from json value 7 during composition."),
        (json!("a/b/c/d"), "Failed to parse action name from json value \"a/b/c/d\" during composition."),
        (
            json!("/whisk.system/alarms/alarm"),
            "Failed to resolve action with name 'whisk.system/alarms/alarm' during composition.",
        ),
    ] {
        let record = street.host.invoke("planned", &json!({"plan": [name, "echo"]})).expect(200).json();
        assert_eq!(record["response"]["result"], json!({"error": text}));
        // The error went into the conductor, which named another action, which gave it back and so failed.
        assert_eq!(names(&street, &record), ["planned", "planned", "echo", "planned"], "{record}");
    }
}

/// A component that throws or is stopped is the conductor's business; a conductor that fails ends it all.
#[test]
fn failures_of_components_come_back_and_those_of_the_conductor_end_it() {
    let street = street();
    street.put("spins", "hostile-spin", "hostile.spin.Spin", &json!({"timeout": 300}));
    for (hop, text) in [
        ("throws", "An error has occurred"),
        ("spins", "exceeded its time limits of 300"),
        ("exit", "System.exit"),
    ] {
        let plan = json!({"plan": [hop, {"action": "hello", "params": {"name": "Ada"}}]});
        let record = street.beside("planned", &plan).expect(200).json();
        assert_eq!(record["response"]["result"], json!({"greeting": "Hello, Ada!"}), "{record}");
        let hops = street.hops(&record);
        assert_eq!(names(&street, &record), ["planned", hop, "planned", "hello", "planned"]);
        assert!(error_of(&hops[1]).contains(text), "{}", hops[1]);
    }
    conductor(&street, "broken", "throw new IllegalStateException(\"lost\");");
    let record = street.host.invoke("broken", &json!({})).expect(502).json();
    assert!(error_of(&record).contains("lost"), "{record}");
    assert_eq!(
        (&record["response"]["status"], names(&street, &record).len()),
        (&json!("action developer error"), 1)
    );
    // An error of its own ends it, whatever else it says.
    let plan = json!({"plan": [{"error": "enough", "action": "echo"}]});
    let record = street.host.invoke("planned", &plan).expect(502).json();
    assert_eq!((error_of(&record).as_str(), names(&street, &record).len()), ("enough", 1));
}

/// n components, 2n + 1 conductors, over all conductors of one run.
#[test]
fn a_composition_is_bounded() {
    let street = street();
    conductor(
        &street,
        "endless",
        "JsonObject r = new JsonObject(); r.addProperty(\"action\", args.has(\"next\") ? args.get(\"next\").getAsString() : \"echo\"); \
         r.add(\"params\", args); return r;",
    );
    let record = street.host.invoke("endless", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "Too many actions in the composition.");
    assert_eq!(record["response"]["status"], "application error");
    let names = names(&street, &record);
    let ran = |name: &str| names.iter().filter(|other| *other == name).count();
    assert_eq!((ran("echo"), ran("endless")), (LENGTH_MAX, 2 * LENGTH_MAX + 1), "{names:?}");
    // A conductor that names itself gets no further, and one through a sequence ends, too.
    let record = street.host.invoke("endless", &json!({"next": "endless"})).expect(502).json();
    assert_eq!(error_of(&record), "Too many actions in the composition.");
}

/// A conductor that calls itself through a sequence begins a count of its own each time, so other limits end it.
#[test]
fn a_circle_through_a_sequence_ends() {
    let street = Street::start_with(&Options::default().set("limits.chain-hops-max", 40));
    conductor(
        &street,
        "round",
        "JsonObject r = new JsonObject(); r.addProperty(\"action\", \"way\"); r.add(\"params\", args); return r;",
    );
    street.sequence("way", &["echo", "round"]);
    let record = street.host.invoke("round", &json!({})).expect(502).json();
    assert_eq!(error_of(&record), "Too many actions in one run: limits.chain-hops-max is 40.", "{record}");
    assert_eq!(street.host.result("hello", &json!({"name": "Ada"})), json!({"greeting": "Hello, Ada!"}));
}

/// Conductors inside conductors and sequences; what they end with is what goes on.
#[test]
fn conductors_stand_in_sequences_and_in_conductors() {
    let street = street();
    let inner = json!({"action": "planned2", "params": {"plan": ["adds", "adds"], "n": 1}});
    let record = street.host.invoke("planned", &json!({"plan": [inner, "adds"]})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"n": 31}), "{record}");
    let composition = &street.hops(&record)[1];
    assert_eq!(annotation(composition, "conductor"), true);
    assert_eq!(annotation(composition, "topmost"), false);
    assert_eq!(composition["cause"], record["activationId"]);
    assert_eq!(names(&street, composition), ["planned2", "adds", "planned2", "adds", "planned2"]);
    street.sequence("row", &["planned", "adds", "planned2"]);
    let result = street.host.result("row", &json!({"plan": ["adds", "adds"], "n": 0}));
    assert_eq!(result, json!({"n": 30}));
    // An error that a conductor ends well with ends the sequence around it.
    let record =
        street.host.invoke("row", &json!({"plan": [{"params": {"error": "no"}}]})).expect(502).json();
    assert_eq!((error_of(&record).as_str(), names(&street, &record)), ("no", vec!["planned".to_owned()]));
    let record =
        street.host.invoke("planned", &json!({"plan": [{"params": {"error": "no"}}]})).expect(200).json();
    assert_eq!(error_of(&record), "no", "the conductor itself went well, as in OpenWhisk");
    // Asynchronously, too; and not from Java.
    let answer = street.host.send(
        "POST",
        "/api/v1/namespaces/_/actions/planned",
        Some(&json!({"plan": ["adds"], "n": 2})),
    );
    let id = answer.expect(202).json()["activationId"].as_str().unwrap().to_owned();
    assert_eq!(street.host.record(&id)["response"]["result"], json!({"n": 12}));
    street.put("calling", "hostile-calling", "hostile.calling.Calling", &json!({}));
    let record = street.host.invoke("calling", &json!({"action": "planned"})).expect(502).json();
    assert!(error_of(&record).contains("is a conductor"), "{record}");
}

/// An array that is as deep as a value may be fits into no object: the conductor is told so.
#[test]
fn a_result_that_does_not_fit_into_an_object_comes_back_as_an_error() {
    let street = street();
    let deep = "JsonElement e = new JsonArray(); for (int i = 1; i < 512; i++) { JsonArray a = new JsonArray(); a.add(e); e = a; } \
                return e.getAsJsonArray();";
    let code = format!(
        "import com.google.gson.*; public class Main {{ public static JsonArray main(JsonObject args) {{ {deep} }} }}"
    );
    street.host.put("deep", &json!({"exec": source_exec(&code)})).expect(200);
    conductor(
        &street,
        "asks",
        "if (args.has(\"error\")) { JsonObject r = new JsonObject(); r.add(\"params\", args); \
        args.add(\"told\", args.remove(\"error\")); return r; } JsonObject r = new JsonObject(); r.addProperty(\"action\", \"deep\"); return r;",
    );
    let told = street.host.result("asks", &json!({}));
    assert!(told["told"].as_str().unwrap().contains("deeper than 512 levels"), "{told}");
}
