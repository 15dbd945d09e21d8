//! `chain create`, `chain draw` and `chain run`.

use serde_json::json;

use super::{User, jar};
use crate::support::Flockd;

const FLOW: &str = r#"{"timeout": 30000, "steps": [
    "echo",
    {"parallel": {"told": "hello", "same": ["echo", "echo"]}},
    {"try": {"map": "hello", "over": "same.list", "into": "all", "concurrency": 2}, "catch": "echo"}
]}"#;

fn user() -> (Flockd, User) {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("echo"), "--main", "Echo"]).ok();
    user.run(&["deploy", &jar("hello")]).ok();
    (host, user)
}

#[test]
fn a_chain_is_made_drawn_and_run() {
    let (host, user) = user();
    user.write("flow.json", FLOW);
    let made = user.run(&["chain", "create", "report", "flow.json", "-a", "description", "both"]);
    made.says(&["deployed /guest/report 0.0.1", "6 steps, 2 actions"]);
    let action = host.send("GET", "/api/v1/namespaces/_/actions/report", None).expect(200).json();
    assert_eq!(action["exec"]["components"], json!(["/guest/echo", "/guest/hello"]));
    let annotated =
        |key: &str| action["annotations"].as_array().unwrap().iter().any(|entry| entry["key"] == key);
    assert!(annotated("flock-flow") && annotated("description"), "{action}");
    user.run(&["chain", "create", "report", "flow.json", "--no-overwrite"]).fails(6, &["already exists"]);

    let tree = user.run(&["chain", "draw", "report"]).ok();
    let expected = "\
/guest/report (at most 30000 ms)
├─ echo
├─ parallel
│  ├─ told: hello
│  └─ same
│     ├─ echo
│     └─ echo
└─ with a handler
   ├─ try: for each of same.list into all, 2 at a time
   │  └─ each: hello
   └─ catch: echo
";
    assert_eq!(tree, expected);
    user.run(&["chain", "draw", "--file", "flow.json", "--dot"])
        .says(&["digraph chain {", "[label=\"told\"]"]);
    user.run(&["chain", "draw", "report", "--svg"]).says(&[
        "<svg ",
        "prefers-color-scheme:dark",
        ">echo</text>",
    ]);
    assert_eq!(user.run(&["chain", "draw", "report", "--json"]).json()["timeout"], 30000);
    user.run(&["sequence", "plain", "echo,hello"]).ok();
    user.run(&["chain", "draw", "plain"]).says(&["/guest/plain\n├─ /guest/echo\n└─ /guest/hello"]);

    user.write("input.json", r#"{"name": "Ada", "list": [{"name": "Bo"}, {"name": "Cy"}]}"#);
    let result = user.run(&["--json", "chain", "run", "report", "-P", "input.json"]).json();
    assert_eq!(result["told"], json!({"greeting": "Hello, Ada!"}));
    assert_eq!(result["all"], json!([{"greeting": "Hello, Bo!"}, {"greeting": "Hello, Cy!"}]));
    let traced = user.run(&["chain", "run", "report", "-P", "input.json", "--trace"]).ok();
    for part in ["\"greeting\": \"Hello, Cy!\"", "ALLOCATED", "report", "  hello", "="] {
        assert!(traced.contains(part), "{part:?} is not in {traced}");
    }
    assert_eq!(traced.lines().filter(|line| line.starts_with("  hello")).count(), 3, "{traced}");
}

#[test]
fn what_is_wrong_is_said_before_the_host_is_asked_and_after() {
    let (_host, user) = user();
    user.write("bad.json", r#"{"steps": ["echo", {"parallel": {"x": {"try": "echo"}}}]}"#);
    user.run(&["chain", "create", "c", "bad.json"])
        .fails(2, &["bad.json: steps[1].parallel.x: 'catch' is missing", "chain create --help"]);
    user.write("wide.json", r#"{"steps": [{"map": "echo", "concurrency": 65}]}"#);
    user.run(&["chain", "create", "c", "wide.json"])
        .fails(6, &["flock-flow: steps[0].concurrency: it must be a whole number from 1 to 64"]);
    user.write("none.json", r#"{"steps": ["nobody"]}"#);
    user.run(&["chain", "create", "c", "none.json"]).fails(6, &["Sequence component does not exist."]);
    user.write("list.json", "[]");
    user.run(&["chain", "create", "c", "list.json"])
        .fails(2, &["list.json: this is JSON, but not an object"]);
    user.run(&["chain", "create", "c", "no-such-file"]).fails(2, &["no-such-file"]);
    user.run(&["chain", "draw", "hello"]).fails(2, &["action hello is no sequence"]);
    user.run(&["chain", "draw", "nobody"]).fails(5, &["nobody"]);
    user.run(&["chain", "draw"]).fails(2, &["NAME"]);
    user.run(&["chain", "draw", "x", "--dot", "--svg"]).fails(2, &["--dot"]);
    user.write("fails.json", r#"{"steps": ["hello"]}"#);
    user.run(&["chain", "create", "fails", "fails.json"]).ok();
    let shown = user
        .run(&["chain", "run", "fails", "-p", "name", "5", "--trace"])
        .fails(1, &["'name' must be a string"]);
    assert!(shown.contains("ALLOCATED"), "{shown}");
    for words in [&["chain", "--help"][..], &["chain", "create", "--help"], &["chain", "run", "--help"]] {
        user.run(words).says(&["chain"]);
    }
}
