//! `trace`: an activation and what it caused, as a waterfall.

use serde_json::{Value, json};

use super::{User, jar};
use crate::support::Flockd;

#[test]
fn the_hops_of_a_sequence_follow_one_another() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("echo"), "--main", "Echo"]).ok();
    user.run(&["deploy", &jar("hello")]).ok();
    user.run(&["sequence", "inner", "echo,hello"]).ok();
    user.run(&["sequence", "outer", "echo,inner,echo"]).ok();
    let run = host.invoke("outer", &json!({"name": "Ada"})).expect(200).json();
    let id = run["activationId"].as_str().unwrap().to_owned();
    host.record(&id);
    let lines = user.run(&["trace", &id, "--json"]).json();
    let lines = lines.as_array().unwrap();
    let shape: Vec<(String, u64)> = lines
        .iter()
        .map(|line| (line["action"].as_str().unwrap().to_owned(), line["depth"].as_u64().unwrap()))
        .collect();
    let expected = [("outer", 0), ("echo", 1), ("inner", 1), ("echo", 2), ("hello", 2), ("echo", 1)];
    let expected: Vec<_> = expected.map(|(name, depth)| (format!("/guest/{name}"), depth)).to_vec();
    assert_eq!(shape, expected);
    // Each begins when the one before it is over.
    let at = |line: &Value| line["atMicros"].as_u64().unwrap();
    assert!(lines.windows(2).all(|two| at(&two[0]) <= at(&two[1])), "{lines:?}");
    assert_eq!(lines[4]["resultBytes"], json!(r#"{"greeting":"Hello, Ada!"}"#.len()));
    let text = user.run(&["trace", &id]).ok();
    for part in ["WAIT", "INIT", "RUN", "CPU", "ALLOCATED", "    hello", "success", "="] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn what_an_action_calls_stands_below_it() {
    let host = Flockd::start();
    let user = User::of(&host);
    for name in ["sum1", "sum2"] {
        user.run(&["deploy", &jar("array-sum"), "--name", name, "--main", "arraysum.ArraySum"]).ok();
    }
    let run = host.invoke("sum1", &json!({"array": [1], "next": ["sum2"]})).expect(200).json();
    let id = run["activationId"].as_str().unwrap().to_owned();
    host.record(&id);
    let lines = user.run(&["trace", &id, "--json"]).json();
    assert_eq!((&lines[0]["action"], &lines[1]["action"]), (&json!("/guest/sum1"), &json!("/guest/sum2")));
    assert_eq!(lines[1]["cause"], id.as_str());
}

#[test]
fn an_id_that_is_none_is_refused() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["trace", "0193a1b2c3d4e5f60718293a4b5c6d7e"])
        .fails(5, &["activation 0193a1b2c3d4e5f60718293a4b5c6d7e"]);
    user.run(&["trace"]).fails(2, &["<ID>"]);
}
