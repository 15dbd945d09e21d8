//! `GET /flock/v1/logs`: records as server-sent events, for the key's own namespace, bounded, and ended with the host. And
//! `X-OW-EXTRA-LOGGING`.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{actions, expect_error, hello, put_sequence, tenants::create_key};
use crate::support::{Flockd, Options, eventually};

/// An open stream.
struct Stream(BufReader<TcpStream>);

impl Stream {
    /// Opens one and waits until the host says that nothing is missed from here on.
    fn open(host: &Flockd, auth: &str, query: &str) -> Self {
        let address = host.url.strip_prefix("http://").unwrap();
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head = format!(
            "GET /flock/v1/logs{query} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {}\r\n\r\n",
            STANDARD.encode(auth)
        );
        socket.write_all(head.as_bytes()).unwrap();
        let mut stream = Self(BufReader::new(socket));
        let status = stream.line().unwrap();
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        stream.until("event:open");
        stream
    }

    /// A line; none at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.0.read_line(&mut line).unwrap();
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// The next line that begins so, without that.
    fn until(&mut self, start: &str) -> String {
        loop {
            let line = self.line().expect("the stream goes on");
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim().to_owned();
            }
        }
    }

    fn record(&mut self) -> Value {
        self.until("event:activation");
        serde_json::from_str(&self.until("data:")).unwrap()
    }
}

#[test]
fn records_come_as_they_are_made_to_their_own_namespace() {
    let folder = tempfile::tempdir().unwrap();
    let other = create_key(folder.path(), "other");
    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    host.send_as(Some(&other), "PUT", &actions("/hello"), Some(&hello())).expect(200);
    let mut all = Stream::open(&host, &host.auth, "");
    let mut one = Stream::open(&host, &host.auth, "?name=hello");
    let mut others = Stream::open(&host, &other, "");

    let id = |answer: Value| answer["activationId"].as_str().unwrap().to_owned();
    let echo = id(host.invoke("echo", &json!({"a": 1})).expect(200).json());
    let first = id(host.invoke("hello", &json!({"name": "Ada"})).expect(200).json());
    let post = actions("/hello?blocking=true");
    let foreign = id(host.send_as(Some(&other), "POST", &post, Some(&json!({}))).expect(200).json());

    assert_eq!(all.record()["activationId"], echo);
    let record = all.record();
    assert_eq!((&record["activationId"], &record["namespace"]), (&json!(first), &json!("guest")));
    assert!(record["logs"].is_array() && record["response"].is_null(), "{record}");
    assert_eq!(one.record()["activationId"], first, "only the action that is named");
    assert_eq!(others.record()["activationId"], foreign, "nothing of another namespace");

    // What is asked wrongly.
    for (query, text) in [
        ("?seconds=0", "The value '0' is not in the range of 1 to 86400."),
        ("?seconds=x", "The value 'x' is not in the range of 1 to 86400."),
        ("?name=a/b/c", "'simple' name"),
    ] {
        expect_error(&host.send("GET", &format!("/flock/v1/logs{query}"), None), 400, text);
    }
    expect_error(&host.send_as(None, "GET", "/flock/v1/logs", None), 401, "requires authentication");
    expect_error(&host.send("POST", "/flock/v1/logs", Some(&json!({}))), 405, "HTTP method not allowed");
    let timed = host.send("GET", "/flock/v1/logs?seconds=1", None).expect(200);
    assert_eq!(timed.header("content-type"), Some("text/event-stream"));
    assert!(timed.text().starts_with("event:open"), "{}", timed.text());
}

#[test]
fn streams_are_bounded_by_namespace_and_end_with_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let other = create_key(folder.path(), "other");
    let options = Options::default().set("limits.namespace.log-streams", 2);
    let mut host = Flockd::start_on(folder.path(), &options);
    let mut first = Stream::open(&host, &host.auth, "");
    let second = Stream::open(&host, &host.auth, "");
    let full = host.send("GET", "/flock/v1/logs?seconds=1", None);
    expect_error(&full, 429, "Too many log streams are open (count: 3, allowed: 2).");
    let _others = Stream::open(&host, &other, "");
    // A client that leaves makes room, though nothing was to be sent to it.
    drop(second);
    eventually("there is room again", || host.send("GET", "/flock/v1/logs?seconds=1", None).status == 200);
    host.signal("TERM");
    let mut last = String::new();
    while let Some(line) = first.line() {
        last = line;
    }
    assert_eq!(last, "", "the last chunk is there: the end is no broken connection");
    assert!(host.wait().success());
}

#[test]
fn a_client_may_ask_for_the_records_of_all_hops() {
    let options = Options::default().set("records.hops", "errors");
    let host = Flockd::start_with(&options);
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    put_sequence(&host, "both", &json!(["/_/hello", "/_/echo"])).expect(200);
    let hops = |headers: &[(&str, String)]| -> Vec<Value> {
        let auth = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
        let kind = ("content-type", "application/json".to_owned());
        let headers = [&[auth, kind], headers].concat();
        let answer = host
            .send_raw("POST", &actions("/both?blocking=true"), &headers, b"{\"name\":\"Ada\"}")
            .expect(200);
        let ids = answer.json()["logs"].as_array().unwrap().clone();
        assert_eq!(ids.len(), 2);
        let path = |id: &Value| super::activations(&format!("/{}", id.as_str().unwrap()));
        ids.iter()
            .map(|id| host.send("GET", &path(id), None))
            .filter(|answer| answer.status == 200)
            .map(|answer| answer.json())
            .collect()
    };
    assert_eq!(hops(&[]).len(), 0, "the operator keeps none");
    let kept = hops(&[("x-ow-extra-logging", "on".to_owned())]);
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0]["response"]["result"]["greeting"], "Hello, Ada!");
    assert_eq!(hops(&[("x-ow-extra-logging", "off".to_owned())]).len(), 0);
}
