//! `invoke`: payloads, waiting or not, and its exit codes.

use serde_json::json;

use super::{User, jar, path_text};
use crate::support::Flockd;

#[test]
fn payloads_come_from_flags_files_and_standard_input() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("echo")]).ok();
    let result = |words: &[&str]| {
        let words: Vec<&str> =
            ["invoke", "echo", "-r", "--json"].into_iter().chain(words.iter().copied()).collect();
        user.run(&words)
    };
    assert_eq!(result(&[]).json(), json!({}));
    let flags = [
        "-p",
        "n",
        "3",
        "-p",
        "t",
        "text",
        "--param",
        "o",
        "{\"a\":[null]}",
        "-p",
        "m",
        "-2",
        "-p",
        "n",
        "4",
    ];
    assert_eq!(result(&flags).json(), json!({"n": 4, "t": "text", "o": {"a": [null]}, "m": -2}));
    let file = path_text(&user.write("payload.json", r#"{"a": 1, "b": "ä"}"#));
    assert_eq!(result(&["-P", &file]).json(), json!({"a": 1, "b": "ä"}));
    assert_eq!(result(&["-P", &file, "-p", "a", "2"]).json(), json!({"a": 2, "b": "ä"}));
    let words = ["invoke", "echo", "-r", "--json", "-P", "-"];
    assert_eq!(user.run_with_input(&words, "{\"in\":\t1}\n").json(), json!({"in": 1}));
    // A number that no double holds is not spoilt on its way to the host.
    let long = r#"{"n":123456789012345678901234567890}"#;
    let ran = user.run_with_input(&words, long).ok();
    assert_eq!(ran.trim(), long);

    user.run_with_input(&words, "{").fails(2, &["JSON object"]);
    user.run_with_input(&words, "3").fails(2, &["neither object nor array"]);
    user.run_with_input(&words, "[1]").fails(6, &["400"]);
    result(&["-P", "absent.json"]).fails(2, &["absent.json"]);
    result(&["-p", "alone"]).fails(2, &["--param"]);
    user.run(&["invoke"]).fails(2, &["NAME"]);
    let large = format!("{{\"pad\":\"{}\"}}", "x".repeat(1 << 20));
    user.run_with_input(&words, &large).fails(6, &["413", "Request larger than allowed", "flockctl limits"]);
}

#[test]
fn an_invocation_ends_in_one_of_its_ways() {
    let host = Flockd::start();
    let user = User::of(&host);
    for (name, words) in [
        ("hello", vec![]),
        ("hostile-sleep", vec!["--timeout", "2000"]),
        ("hostile-throws", vec![]),
        ("hostile-chatty", vec![]),
        ("hostile-array", vec!["--main", "hostile.array.Array#toArray"]),
    ] {
        let file = jar(name);
        user.run(&["deploy", &file].into_iter().chain(words).collect::<Vec<_>>()).ok();
    }

    // For people: the result indented; the record taken apart; the id.
    let text = user.run(&["invoke", "hello", "-r", "-p", "name", "Ada"]).ok();
    assert_eq!(text, "{\n  \"greeting\": \"Hello, Ada!\"\n}\n");
    let chatty = ["invoke", "hostile-chatty", "-b", "-p", "lines", "2"];
    user.run(&chatty).says(&[
        "activation",
        "/guest/hostile-chatty 0.0.1",
        "success",
        "result",
        "logs",
        "stdout: 1....",
    ]);
    let record = user.run(&[&chatty[..], &["--json"]].concat()).json();
    assert_eq!(
        (&record["response"]["result"]["lines"], record["logs"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    let text = user.run(&["invoke", "hello"]).says(&["started hello as activation "]);
    let id = text.split_whitespace().last().unwrap();
    assert_eq!(host.record(id)["statusCode"], 0);
    let id =
        user.run(&["invoke", "/guest/hello", "--json"]).json()["activationId"].as_str().unwrap().to_owned();
    assert_eq!(host.record(&id)["name"], "hello");
    let keys = ["invoke", "hostile-array", "-p", "a", "1", "--json"];
    assert_eq!(user.run(&[&keys[..], &["-r"]].concat()).json(), json!(["a"]));
    assert_eq!(user.run(&[&keys[..], &["-b"]].concat()).json(), json!(["a"]), "an array stands alone");

    // Errors of the action: the result is on stdout, what to do about it on stderr.
    let bad = ["invoke", "hello", "-p", "name", "3"];
    let said = ["application error", "'name' must be a string", "502", "flockctl activations logs "];
    let text = user.run(&[&bad[..], &["-b"]].concat()).fails(1, &said);
    assert!(text.contains("application error") && text.contains("'name' must be a string"), "{text}");
    let ran = user.run(&[&bad[..], &["-r", "--json"]].concat());
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!((&error["exit"], &error["status"]), (&json!(1), &json!(502)), "{error}");
    host.record(error["activationId"].as_str().unwrap());
    let result: serde_json::Value = serde_json::from_str(&ran.fails(1, &[])).unwrap();
    assert_eq!(result, json!({"error": "'name' must be a string"}));
    let throws = ["invoke", "hostile-throws", "-p", "message", "boom", "-b"];
    let text = user.run(&throws).fails(1, &["action developer error", "boom"]);
    assert!(text.contains("Throws.java:"), "the way to the fault is in the logs: {text}");
    // A message with an escape sequence, NUL and a line break does no harm to JSON.
    let ran = user.run(&["invoke", "hostile-throws", "-r", "--json"]);
    serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap();
    ran.fails(1, &[]);
    let slow = ["invoke", "hostile-sleep", "-p", "millis", "30000", "-r"];
    user.run(&slow).fails(1, &["exceeded its time limits of 2000 milliseconds"]);

    // Still running, with its id on stdout for a program.
    let wait = ["invoke", "hostile-sleep", "-p", "millis", "500", "--timeout", "20"];
    let text = user
        .run(&[&wait[..], &["-b"]].concat())
        .fails(8, &["still running as activation ", "flockctl activations result"]);
    assert_eq!(text, "");
    let text = user.run(&[&wait[..], &["-r", "--json"]].concat()).fails(8, &["still running"]);
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(host.record(said["activationId"].as_str().unwrap())["statusCode"], 0);
    user.run(&wait).fails(2, &["--timeout", "-b or -r"]);
    user.run(&["invoke", "hello", "-b", "--timeout", "60001"])
        .fails(6, &["Timeout must be number of milliseconds"]);

    user.run(&["invoke", "absent", "-r"]).fails(5, &["action absent", "404"]);
    user.run(&["invoke", "absent"]).fails(5, &["404"]);
    user.run(&["invoke", "a/b/c"]).fails(2, &["is not the name of an action"]);
    user.run(&["invoke", "/other/hello"]).fails(4, &["403"]);
}
