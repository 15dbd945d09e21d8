//! `GET /flock/v1/logs`: records as server-sent events, for the key's own namespace, bounded, ended with the host, and resumed
//! by `Last-Event-ID`. And `X-OW-EXTRA-LOGGING`.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{actions, activation_id, expect_error, hello, put_sequence, tenants::create_key};
use crate::support::{Answer, Flockd, Options, eventually, jar_exec};

/// An id that no record has: none comes after it.
const LAST: &str = "ffffffffffffffffffffffffffffffff";

/// An open stream, and the id of the last event.
struct Stream(BufReader<TcpStream>, String);

/// An event without its id.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    name: String,
    data: String,
}

impl Stream {
    /// Opens one and waits until the host says that nothing is missed from here on.
    fn open(host: &Flockd, auth: &str, query: &str) -> Self {
        Self::open_after(host, auth, query, "")
    }

    /// The same for a client that comes back with the id of the last event that it has seen.
    fn open_after(host: &Flockd, auth: &str, query: &str, seen: &str) -> Self {
        let address = host.url.strip_prefix("http://").unwrap();
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head = format!(
            "GET /flock/v1/logs{query} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {}\r\nLast-Event-ID: {seen}\r\n\r\n",
            STANDARD.encode(auth)
        );
        socket.write_all(head.as_bytes()).unwrap();
        let mut stream = Self(BufReader::new(socket), seen.to_owned());
        let status = stream.line().unwrap();
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        while !stream.line().expect("the head ends").is_empty() {}
        let open = stream.event();
        assert_eq!((open.name.as_str(), open.data.as_str()), ("open", "{}"));
        stream
    }

    /// A line; none at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.0.read_line(&mut line).unwrap();
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event. Lines that begin with a length are of the chunks in which a body comes.
    fn event(&mut self) -> Event {
        let mut event = Event { name: String::new(), data: String::new() };
        loop {
            let line = self.line().expect("the stream goes on");
            match line.split_once(':') {
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("data", data)) => event.data = data.to_owned(),
                Some(("id", id)) => self.1 = id.to_owned(),
                _ if line.is_empty() && !event.name.is_empty() => return event,
                _ => {}
            }
        }
    }

    /// The next record, whose id is the event's.
    fn record(&mut self) -> Value {
        let event = self.event();
        assert_eq!(event.name, "activation");
        let record: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(record["activationId"], self.1.as_str());
        record
    }

    /// The ids of the next records.
    fn ids(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.record()["activationId"].as_str().unwrap().to_owned()).collect()
    }
}

/// Invokes, waits until the record is kept, gives its id.
fn run(host: &Flockd, name: &str) -> String {
    let id = activation_id(&host.invoke(name, &json!({"name": "Ada"})).expect(200));
    host.record(&id);
    id
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
fn who_comes_back_misses_nothing_and_sees_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let other = create_key(folder.path(), "other");
    let mut host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    let own = |rest: &str| format!("/api/v1/namespaces/_/{rest}");
    host.send("PUT", &own("triggers/t"), None).expect(200);
    let rule = json!({"trigger": "/_/t", "action": "/_/echo"});
    host.send("PUT", &own("rules/r"), Some(&rule)).expect(200);

    // Who has seen no record yet has an id too.
    let mut stream = Stream::open(&host, &host.auth, "");
    let begin = stream.1.clone();
    let first = run(&host, "hello");
    assert_eq!(stream.ids(1), [first.as_str()]);
    // More than are read or kept in memory at a time, while nobody follows; the fire of a trigger among them.
    drop(stream);
    let mut all = vec![first.clone()];
    for number in 0..20 {
        all.push(run(&host, if number % 2 == 0 { "echo" } else { "hello" }));
    }
    let fired = activation_id(&host.send("POST", &own("triggers/t"), None).expect(202));
    let rows = || host.send("GET", &own("activations?limit=0&name=echo"), None).json();
    eventually("what the trigger has begun is kept", || rows().as_array().unwrap().len() == 11);
    let begun = rows()[0]["activationId"].as_str().unwrap().to_owned();

    let mut back = Stream::open_after(&host, &host.auth, "", &first);
    let mut missed = back.ids(22);
    // The action may end before or after the record of the fire is written.
    missed[20..].sort();
    let mut last = [fired.clone(), begun.clone()];
    last.sort();
    assert_eq!((&missed[..20], &missed[20..]), (&all[1..], &last[..]));
    // All of it, and what one name has.
    assert_eq!(Stream::open_after(&host, &host.auth, "", &begin).ids(21), all);
    let odd: Vec<String> = all.iter().skip(2).step_by(2).cloned().collect();
    assert_eq!(Stream::open_after(&host, &host.auth, "?name=hello", &first).ids(10), odd);
    assert_eq!(Stream::open_after(&host, &host.auth, "?name=t", &first).ids(1), [fired]);
    // Then it goes on with what comes, each once.
    let live = run(&host, "hello");
    assert_eq!(back.ids(1), [live.as_str()]);

    // Over a restart, too.
    drop(back);
    host.signal("TERM");
    assert!(host.wait().success());
    let host = Flockd::start_on(folder.path(), &Options::default());
    let mut again = Stream::open_after(&host, &host.auth, "", &all[20]);
    assert_eq!(again.ids(3)[2], live);
    let new = run(&host, "hello");
    assert_eq!(again.ids(1), [new.as_str()]);

    // A record that is not kept, or another's: the client is told, and gets those that began after it.
    let expired = Event { name: "expired".to_owned(), data: "{}".to_owned() };
    let mut none = Stream::open_after(&host, &host.auth, "", LAST);
    assert_eq!((none.event(), none.1.as_str()), (expired, LAST));
    let mut others = Stream::open_after(&host, &other, "", &first);
    assert_eq!(others.event().name, "expired");
    host.send_as(Some(&other), "PUT", &actions("/echo"), Some(&json!({"exec": jar_exec("echo", "Echo")})))
        .expect(200);
    let foreign = host.send_as(Some(&other), "POST", &actions("/echo?blocking=true"), None).expect(200);
    assert_eq!(others.ids(1), [activation_id(&foreign)]);
    let newest = run(&host, "hello");
    assert_eq!(none.ids(1), [newest.as_str()]);

    // What is no id.
    let with = |id: &str| -> Answer {
        let auth = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
        let id = ("last-event-id", id.to_owned());
        host.send_raw("GET", "/flock/v1/logs?seconds=1", &[auth, id], b"")
    };
    for (id, text) in [
        ("abc", "Activation id length is 3 but must be 32."),
        (&LAST[1..], "Activation id length is 31 but must be 32."),
        ("gggggggggggggggggggggggggggggggg", "The activation id is not valid."),
        ("-1", "Activation id length is 2 but must be 32."),
    ] {
        let refused = with(id);
        expect_error(&refused, 400, "The header 'Last-Event-ID' was malformed:");
        expect_error(&refused, 400, text);
    }
    assert_eq!(with("").status, 200, "an empty one is none");
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

    // The hops of an inner sequence, too; and of a web action for its owner, but for nobody else.
    put_sequence(&host, "nested", &json!(["/_/both", "/_/echo"])).expect(200);
    host.put("nested", &json!({"annotations": [{"key": "web-export", "value": true}]})).expect(200);
    let logged = ("x-ow-extra-logging", "on".to_owned());
    let basic = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
    let run = |method: &str, path: &str, headers: &[(&str, String)], body: &[u8]| {
        let id = activation_id(&host.send_raw(method, path, headers, body).expect(200));
        host.record(&id)["logs"].as_array().unwrap().clone()
    };
    let is_kept = |id: &&Value| {
        let path = super::activations(&format!("/{}", id.as_str().unwrap()));
        host.send("GET", &path, None).status == 200
    };
    let kept = |ids: &[Value]| ids.iter().filter(is_kept).count();
    let both = [basic.clone(), logged.clone()];
    let web = "/api/v1/web/guest/default/nested.json";
    for (method, path) in [("POST", actions("/nested?blocking=true")), ("GET", web.to_owned())] {
        let ids = run(method, &path, &both, b"");
        let inner = host.record(ids[0].as_str().unwrap())["logs"].as_array().unwrap().clone();
        assert_eq!((kept(&ids), inner.len(), kept(&inner)), (2, 2, 2), "{method} {path}");
    }
    for headers in [std::slice::from_ref(&logged), std::slice::from_ref(&basic)] {
        assert_eq!(kept(&run("GET", web, headers, b"")[1..]), 0);
    }
    // And those of a conductor: it names hello, then nothing.
    let lead =
        json!({"exec": jar_exec("echo", "Echo"), "annotations": [{"key": "conductor", "value": true}]});
    host.put("lead", &lead).expect(200);
    let kind = ("content-type", "application/json".to_owned());
    for (headers, count) in [(vec![basic.clone(), kind.clone()], 0), (vec![basic, kind, logged], 3)] {
        let ids = run("POST", &actions("/lead?blocking=true"), &headers, b"{\"action\":\"hello\"}");
        assert_eq!((ids.len(), kept(&ids)), (3, count));
    }
}
