//! How much is kept of hops, by host, namespace, sequence and action; and that large values are kept once.

use serde_json::{Value, json};

use super::{
    street::{Street, annotation},
    support::Options,
};

fn status_of(street: &Street, id: &Value) -> u16 {
    let path = format!("/api/v1/namespaces/_/activations/{}", id.as_str().unwrap());
    street.host.send("GET", &path, None).status
}

fn says(word: &str) -> Value {
    json!([{"key": "records", "value": word}])
}

#[test]
fn what_is_kept_follows_action_sequence_namespace_and_host() {
    let street = Street::start_with(
        &Options::default()
            .set("records.hops", "errors")
            .set("records.hops-by-namespace", "guest=summary other=full"),
    );
    let echo = super::support::jar_exec("echo", "Echo");
    street.host.put("whole", &json!({"exec": echo, "annotations": says("full")})).expect(200);
    street.host.put("nothing", &json!({"exec": echo, "annotations": says("errors")})).expect(200);
    street.sequence("inner", &["echo"]);
    street.sequence("mixed", &["echo", "whole", "nothing", "inner", "echo"]);
    let payload = json!({"value": "x"});
    let record = street.host.invoke("mixed", &payload).expect(200).json();
    // The sequence itself is kept whole: it is what the client asked for.
    assert_eq!(record["response"]["result"], payload);
    let stored = street.host.record(record["activationId"].as_str().unwrap());
    assert_eq!(stored, record);
    let ids = record["logs"].as_array().unwrap();
    assert_eq!(ids.len(), 5);
    for (at, is_summary) in [(0, true), (1, false), (3, true), (4, true)] {
        let hop = street.host.record(ids[at].as_str().unwrap());
        let (result, marked) =
            if is_summary { (json!({}), json!("summary")) } else { (payload.clone(), Value::Null) };
        assert_eq!(
            (&hop["response"]["result"], annotation(&hop, "records")),
            (&result, &marked),
            "{at}: {hop}"
        );
        assert_eq!((&hop["statusCode"], &hop["cause"]), (&json!(0), &record["activationId"]), "{hop}");
        assert!(annotation(&hop, "usage")["wallMicros"].is_u64(), "{hop}");
    }
    assert_eq!(status_of(&street, &ids[2]), 404, "of a hop that went well nothing is kept");

    // What fails is kept whole, with its logs.
    street.host.put("nothing", &json!({
        "exec": super::support::jar_exec("hostile-throws", "hostile.throwing.Throws"), "annotations": says("errors"),
    })).expect(200);
    let record = street.host.invoke("mixed", &json!({"message": "boom"})).expect(502).json();
    let hop = street.host.record(record["logs"][2].as_str().unwrap());
    assert!(hop["response"]["result"]["error"].as_str().unwrap().contains("boom"), "{hop}");
    assert!(!hop["logs"].as_array().unwrap().is_empty(), "{hop}");
    // Called by itself, an action's record is whole whatever it says of its runs as a hop.
    street.host.put("nothing", &json!({"exec": echo, "annotations": says("errors")})).expect(200);
    let alone = street.host.invoke("nothing", &payload).expect(200).json();
    assert_eq!(street.host.record(alone["activationId"].as_str().unwrap())["response"]["result"], payload);
    // Usage is counted whatever is kept.
    let calls = street.host.metric("flock_activations_total{outcome=\"success\",start=\"warm\"}");
    assert!(calls >= 1.0);
}

#[test]
fn a_value_larger_than_a_result_may_pass_between_hops_where_nobody_writes_it() {
    let street = Street::start();
    street.told(
        "makes",
        "hostile-big-result",
        "hostile.bigresult.BigResult",
        &json!({"how": "text", "bytes": 3_000_000}),
    );
    let measures = super::support::source(
        "JsonObject r = new JsonObject(); r.addProperty(\"length\", args.get(\"text\").getAsString().length()); return r;",
    );
    street.host.put("measures", &json!({"exec": super::support::source_exec(&measures)})).expect(200);
    street.sequence_with("large", &["makes", "echo", "measures"], &says("summary"));
    assert_eq!(street.host.result("large", &json!({})), json!({"length": 3_000_000}));
    // In full, each hop's result is in its record, and OpenWhisk's limit holds for it.
    street.sequence_with("large", &["makes", "echo", "measures"], &says("full"));
    let record = street.host.invoke("large", &json!({})).expect(502).json();
    assert_eq!(record["response"]["status"], "application error");
    let error = record["response"]["result"]["error"].as_str().unwrap();
    assert!(
        error.starts_with(
            "The action produced a response that exceeded the allowed length: 3000011 > 1048576"
        ),
        "{error:.200}"
    );
    assert_eq!(record["logs"].as_array().unwrap().len(), 1);
    // A hundred megabytes: by value or by a limit, but never at the neighbour's cost.
    street.told(
        "makes",
        "hostile-big-result",
        "hostile.bigresult.BigResult",
        &json!({"how": "text", "bytes": 100_000_000}),
    );
    street.sequence_with("huge", &["makes", "echo", "measures"], &says("summary"));
    let answer = street.beside("huge", &json!({}));
    assert_eq!(answer.expect(200).json()["response"]["result"], json!({"length": 100_000_000}));
}

/// A value that passes through unchanged is stored once, whoever's record it is in, and read as ever.
#[test]
fn a_large_value_of_many_hops_is_stored_once() {
    let street = Street::start();
    street.sequence("passes", &["echo"; 8]);
    let payload = json!({"text": "y".repeat(200_000)});
    let record = street.host.invoke("passes", &payload).expect(200).json();
    for hop in street.hops(&record) {
        assert_eq!(hop["response"]["result"], payload);
        assert_eq!((&hop["response"]["size"], &hop["response"]["success"]), (&json!(200_011), &json!(true)));
        let path =
            format!("/api/v1/namespaces/_/activations/{}/result", hop["activationId"].as_str().unwrap());
        assert_eq!(street.host.send("GET", &path, None).expect(200).json()["result"], payload);
    }
    let listed =
        street.host.send("GET", "/api/v1/namespaces/_/activations?docs=true&name=passes", None).json();
    assert_eq!(listed[0], record);
    let db = rusqlite::Connection::open(street.host.data().join("flock.db")).unwrap();
    let count = |text: &str| db.query_row(text, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM results"), 1);
    assert_eq!(count("SELECT count(*) FROM activations WHERE result IS NOT NULL"), 9);
    assert!(count("SELECT sum(length(response)) FROM activations") < 10_000);
}

/// An inner sequence is kept as its outer one says, wherever it stands; the ids of its hops stay.
#[test]
fn records_of_inner_sequences_do_not_depend_on_where_they_stand() {
    let street = Street::start();
    street.sequence("inner", &["echo", "hello"]);
    for (records, is_kept) in [("summary", true), ("errors", false)] {
        for hops in [["inner", "echo"], ["echo", "inner"]] {
            street.sequence_with("outer", &hops, &says(records));
            let record = street.host.invoke("outer", &json!({})).expect(200).json();
            let at = hops.iter().position(|hop| *hop == "inner").unwrap();
            let id = &record["logs"][at];
            if !is_kept {
                assert_eq!(status_of(&street, id), 404, "{hops:?}");
                continue;
            }
            let inner = street.host.record(id.as_str().unwrap());
            assert_eq!(inner["response"]["result"], json!({}), "{hops:?}: {inner}");
            assert_eq!(inner["logs"].as_array().unwrap().len(), 2, "{hops:?}: {inner}");
        }
    }
}

/// The time that a run waits for a lane of its namespace's chains is its wait, and no part of its wall time.
#[test]
fn the_wait_for_a_lane_is_in_the_record() {
    const LANES: usize = 2;
    let street = Street::start_with(&Options::default().set("lanes.chains-max", LANES));
    street.identity("rests", "rest", 1500);
    street.sequence("long", &["rests"]);
    street.sequence("short", &["echo", "echo"]);
    let long = "/api/v1/namespaces/_/actions/long";
    for _ in 0..LANES {
        street.host.send("POST", long, Some(&json!({}))).expect(202);
    }
    let record = street.host.invoke("short", &json!({})).expect(200).json();
    let usage = annotation(&record, "usage");
    let (waited, wall) = (usage["waitMicros"].as_u64().unwrap(), usage["wallMicros"].as_u64().unwrap());
    assert!(waited > 300_000 && wall < waited, "{record}");
    assert_eq!(annotation(&record, "waitTime").as_u64().unwrap(), waited / 1000);
    for hop in street.hops(&record) {
        assert!(hop["start"].as_u64() >= record["start"].as_u64(), "{hop}");
        assert!(annotation(&hop, "usage")["waitMicros"].as_u64().unwrap() < waited, "{hop}");
    }
}

/// More runs that only wait than an action has instances: those of another chain go on.
#[test]
fn many_slow_runs_of_one_chain_hold_up_no_other() {
    const SLOW: usize = 80;
    let street = Street::start();
    street.identity("rests", "rest", 6000);
    street.sequence("long", &["rests"]);
    street.sequence("short", &["echo", "echo"]);
    let long = "/api/v1/namespaces/_/actions/long";
    for _ in 0..SLOW {
        street.host.send("POST", long, Some(&json!({}))).expect(202);
    }
    let record = street.host.invoke("short", &json!({})).expect(200).json();
    let waited = annotation(&record, "usage")["waitMicros"].as_u64().unwrap();
    // The first of the long ones ends after 6 seconds.
    assert!(waited < 3_000_000, "{record}");
}
