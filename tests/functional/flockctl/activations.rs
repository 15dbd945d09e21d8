//! `activations` and `logs`: what has run, what it said, and what comes.

use std::{
    io::{BufRead, BufReader},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{User, jar};
use crate::support::{Flockd, eventually};

/// A child that ends with its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A way to a host that can be cut and mended.
struct Way {
    url: String,
    is_open: Arc<AtomicBool>,
    sockets: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(host: &Flockd) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let way = Self { url, is_open: Arc::new(true.into()), sockets: Arc::default() };
        let (is_open, sockets) = (Arc::clone(&way.is_open), Arc::clone(&way.sockets));
        let host = host.url.strip_prefix("http://").unwrap().to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // One that comes while the way is cut finds its connection closed.
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(&host).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    sockets.lock().unwrap().push(from.try_clone().unwrap());
                    std::thread::spawn(move || {
                        // Either end may go at any time.
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Write);
                    });
                }
            }
        });
        way
    }

    fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for socket in self.sockets.lock().unwrap().drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

fn id_of(run: &Value) -> String {
    run["activationId"].as_str().unwrap().to_owned()
}

#[test]
fn records_are_listed_and_shown() {
    let host = Flockd::start();
    let user = User::of(&host);
    assert_eq!(user.run(&["activations", "--json"]).json(), json!([]));
    user.run(&["activations", "get", "--last"]).fails(5, &["there is no activation yet"]);
    user.run(&["deploy", &jar("hello")]).ok();
    user.run(&["deploy", &jar("hostile-chatty"), "--name", "chatty"]).ok();
    let first = id_of(&host.invoke("hello", &json!({"name": "Ada"})).json());
    let failed = id_of(&host.invoke("hello", &json!({"name": 3})).json());
    std::thread::sleep(Duration::from_millis(3));
    let last = id_of(&host.invoke("chatty", &json!({"how": "both", "lines": 2})).json());
    for id in [&first, &failed, &last] {
        host.record(id);
    }

    let text = user.run(&["activations"]).ok();
    assert_eq!(user.run(&["activations", "list"]).ok(), text);
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), 4, "{text}");
    for (row, parts) in rows.iter().zip([
        ["ACTIVATION", "STATUS", "DURATION", "BEGAN"],
        [last.as_str(), "chatty", "success", "cold"],
        [&failed, "hello", "application error", "warm"],
        [&first, "hello", "success", "cold"],
    ]) {
        for part in parts {
            assert!(row.contains(part), "{part:?} is not in {row:?}");
        }
    }
    let ids = |words: &[&str]| {
        let words: Vec<&str> =
            ["activations", "list", "--json"].into_iter().chain(words.iter().copied()).collect();
        let rows = user.run(&words).json();
        rows.as_array().unwrap().iter().map(id_of).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), [last.clone(), failed.clone(), first.clone()]);
    assert_eq!(ids(&["--name", "hello", "--limit", "1"]), std::slice::from_ref(&failed));
    assert_eq!(ids(&["-n", "/guest/hello", "--skip", "1"]), std::slice::from_ref(&first));
    assert_eq!(ids(&["--since", "1h"]).len(), 3);
    assert_eq!(ids(&["--upto", "2020-01-01"]).len(), 0);
    let start = host.record(&last)["start"].to_string();
    assert_eq!(ids(&["--since", &start]), std::slice::from_ref(&last));
    let full = user.run(&["activations", "list", "--full", "--json"]).json();
    assert_eq!(
        (full[0]["logs"].as_array().unwrap().len(), &full[0]["response"]["success"]),
        (2, &json!(true))
    );
    user.run(&["activations", "list", "-f"]).says(&["stdout: 0....", "Hello, Ada!"]);
    user.run(&["activations", "list", "--since", "soon"]).fails(2, &["--since", "90s"]);
    user.run(&["activations", "list", "--limit", "500"]).fails(6, &["range of 0 to 200"]);

    // One of them, by its id or as the newest.
    let record = user.run(&["activations", "get", &first, "--json"]).json();
    assert_eq!(record, host.record(&first));
    let text = user.run(&["activations", "get", &first]).says(&[
        &first,
        "/guest/hello 0.0.1",
        "success",
        "cold start",
    ]);
    assert!(text.contains("\"greeting\": \"Hello, Ada!\""), "{text}");
    assert_eq!(id_of(&user.run(&["activations", "get", "--last", "--json"]).json()), last);
    let words = ["activations", "get", "--last", "--name", "hello", "--json"];
    assert_eq!(id_of(&user.run(&words).json()), failed);
    let text = user.run(&["activations", "result", &first]).ok();
    assert_eq!(text, "{\n  \"greeting\": \"Hello, Ada!\"\n}\n");
    let result = user.run(&["activations", "result", &failed, "--json"]).json();
    assert_eq!(
        (&result["success"], &result["result"]["error"]),
        (&json!(false), &json!("'name' must be a string"))
    );
    let lines = user.run(&["activations", "logs", &last]).ok();
    assert!(lines.contains(" stdout: 0...") && lines.contains(" stderr: 0..."), "{lines}");
    let bare = format!("0{0}\n0{0}\n", ".".repeat(79));
    assert_eq!(user.run(&["activations", "logs", "--last", "--strip"]).ok(), bare);
    assert_eq!(
        user.run(&["activations", "logs", &last, "--json"]).json()["logs"].as_array().unwrap().len(),
        2
    );
    assert_eq!(user.run(&["activations", "logs", &first]).ok(), "");

    for part in ["get", "logs", "result"] {
        user.run(&["activations", part, "0123456789abcdef0123456789abcdef"]).fails(5, &["404"]);
        user.run(&["activations", part, "abc"]).fails(6, &["Activation id length is 3 but must be 32."]);
        user.run(&["activations", part]).fails(2, &["ID"]);
        user.run(&["activations", part, &first, "--last"]).fails(2, &["--last"]);
    }
}

#[test]
fn logs_of_an_action_are_those_of_its_runs() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["logs", "chatty"]).fails(5, &["action chatty", "404"]);
    user.run(&["deploy", &jar("hostile-chatty"), "--name", "chatty"]).ok();
    assert_eq!(user.run(&["logs", "chatty"]).ok(), "", "it is there, but never ran");
    user.run(&["sequence", "twice", "chatty,chatty"]).ok();
    for length in [1, 2, 3] {
        let run = host.invoke("chatty", &json!({"lines": 1, "bytesPerLine": length})).json();
        host.record(&id_of(&run));
        std::thread::sleep(Duration::from_millis(3));
    }
    assert_eq!(user.run(&["logs", "chatty", "--strip"]).ok(), "0\n0.\n0..\n", "the oldest is first");
    assert_eq!(user.run(&["logs", "chatty", "--strip", "--limit", "1"]).ok(), "0..\n");
    assert_eq!(user.run(&["logs", "chatty", "--since", "2099-01-01"]).ok(), "");
    let text = user.run(&["logs", "/guest/chatty", "--json"]).ok();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0]["logs"][0].as_str().unwrap().ends_with(" stdout: 0"), "{}", lines[0]);
    assert_eq!(lines[0]["name"], "chatty");

    // The record of a sequence has only ids; its logs are those of its actions.
    let run = host.invoke("twice", &json!({"lines": 2, "bytesPerLine": 3})).expect(200).json();
    let record = host.record(&id_of(&run));
    for hop in record["logs"].as_array().unwrap() {
        host.record(hop.as_str().unwrap());
    }
    assert_eq!(user.run(&["logs", "twice", "--strip"]).ok().lines().count(), 2 + 2);
    for (words, text) in
        [(["--limit", "0"], "--limit"), (["--limit", "201"], "--limit"), (["--interval", "1"], "--interval")]
    {
        user.run(&[&["logs", "chatty"][..], &words].concat()).fails(2, &[text]);
    }
}

#[test]
fn runs_are_followed_as_they_end() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("hostile-chatty"), "--name", "chatty"]).ok();
    user.run(&["deploy", &jar("hello")]).ok();
    let earlier = id_of(&host.invoke("chatty", &json!({"lines": 1, "bytesPerLine": 5})).json());
    host.record(&earlier);

    // Each follower says on stderr, by -v, when it has asked what is already there. Only then the runs begin.
    let follow = |words: &[&str], file: &str| {
        let path = user.home.path().join(file);
        let trace = std::fs::File::create(&path).unwrap();
        let words = [words, &["--exit", "60", "--interval", "100", "-v"]].concat();
        let mut child = user.command(&words).stdout(Stdio::piped()).stderr(trace).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        (Ended(child), lines, path)
    };
    let (_logs, mut logs, logs_trace) = follow(&["logs", "-f", "chatty", "--strip"], "logs");
    let (_poll, mut poll, poll_trace) = follow(&["activations", "poll", "--json"], "poll");
    let asked = |path: &Path| std::fs::read_to_string(path).unwrap().matches("\n< 200").count();
    // The stream gives what comes from its first answer on.
    eventually("both follow", || asked(&logs_trace) >= 1 && asked(&poll_trace) >= 2);
    let run = |name: &str, payload: Value| {
        let id = id_of(&host.invoke(name, &payload).json());
        host.record(&id);
        std::thread::sleep(Duration::from_millis(3));
        id
    };
    let second = run("chatty", json!({"lines": 1, "bytesPerLine": 6}));
    let third = run("hello", json!({}));
    let fourth = run("chatty", json!({"lines": 1, "bytesPerLine": 7}));
    // Neither what was before nor, where an action is named, other actions.
    assert_eq!((logs.next().unwrap(), logs.next().unwrap()), ("0.....".to_owned(), "0......".to_owned()));
    for id in [second, third, fourth] {
        assert_eq!(id_of(&serde_json::from_str(&poll.next().unwrap()).unwrap()), id);
    }

    // With a time, what was before comes too.
    let text = user.run(&["activations", "poll", "chatty", "--since", "1h", "--exit", "0"]).ok();
    assert!(
        text.contains(&earlier) && text.contains(" stdout: 0....\n") && !text.contains("hello"),
        "{text}"
    );
    user.run(&["logs", "-f", "chatty", "--since", "1h", "--strip", "--exit", "1"])
        .says(&["0....\n0.....\n0......\n"]);
}

#[test]
fn a_stream_that_breaks_off_goes_on_where_it_was() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("hostile-chatty"), "--name", "chatty"]).ok();
    let way = Way::to(&host);
    let path = user.home.path().join("trace");
    let words = ["--apihost", &way.url, "-v", "logs", "-f", "chatty", "--strip", "--exit", "60"];
    let trace = std::fs::File::create(&path).unwrap();
    let mut child = user.command(&words).stdout(Stdio::piped()).stderr(trace).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let _child = Ended(child);
    let said = || std::fs::read_to_string(&path).unwrap();
    eventually("it follows", || said().contains("< 200 (events)"));
    let run = |length: usize| {
        let run = host.invoke("chatty", &json!({"lines": 1, "bytesPerLine": length})).expect(200);
        host.record(&id_of(&run.json()));
    };
    run(1);
    assert_eq!(lines.next().unwrap(), "0");
    way.cut();
    run(2);
    run(3);
    way.mend();
    run(4);
    for line in ["0.", "0..", "0..."] {
        assert_eq!(lines.next().unwrap(), line);
    }
    assert!(said().contains("the stream of chatty broke off; opening it again (1 of 5)"), "{}", said());
}
