//! The client layer against a host of a few lines that answers one connection at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use serde_json::json;

use super::*;

/// What the host read: the head in lower case and the body.
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Answers each of the given texts to one request, then ends.
pub(crate) fn fake_host(answers: Vec<String>) -> (String, JoinHandle<Vec<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let worker = std::thread::spawn(move || {
        let serve = |answer: String| {
            let (stream, _) = listener.accept().expect("a connection");
            serve_one(stream, &answer)
        };
        answers.into_iter().map(serve).collect()
    });
    (format!("http://{address}"), worker)
}

fn serve_one(mut stream: TcpStream, answer: &str) -> Seen {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).expect("a line") > 0, "cut: {head}");
    }
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if !answer.starts_with("HTTP/1.1 413") {
        if head.contains("expect: 100-continue") {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").expect("100");
        }
        reader.read_exact(&mut body).expect("a body");
    }
    stream.write_all(answer.as_bytes()).expect("an answer");
    Seen { head, body }
}

pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

pub(crate) fn client(base_url: &str, auth: Option<&str>) -> Client {
    let settings =
        Settings { base_url: base_url.to_owned(), auth: auth.map(str::to_owned), namespace: "_".into() };
    Client::new(&settings, Trust::CertificatesChecked, None, Progress::Hidden)
}

#[test]
fn a_put_looks_like_one_of_wsk() {
    let (url, host) = fake_host(vec![http("200 OK", "", "{\"ok\":1}")]);
    let answer = client(&url, Some("u:k")).put("/api/v1/x?overwrite=true", &json!({"a": "ß"}));
    let value = answer.and_then(|a| a.value("x")).expect("200");
    assert_eq!(value, json!({"ok": 1}));
    let seen = host.join().expect("the host ends").remove(0);
    assert!(seen.head.starts_with("put /api/v1/x?overwrite=true http/1.1\r\n"), "{}", seen.head);
    for line in [
        "authorization: basic dtpr\r\n",
        "content-type: application/json\r\n",
        "content-length: 11\r\n",
        "user-agent: flockctl/",
    ] {
        assert!(seen.head.contains(line), "{line} in {}", seen.head);
    }
    for absent in ["transfer-encoding", "expect"] {
        assert!(!seen.head.contains(absent), "{absent} in {}", seen.head);
    }
    assert_eq!(seen.body, "{\"a\":\"ß\"}\n".as_bytes());
}

#[test]
fn no_key_is_sent_where_none_is_needed() {
    let (url, host) = fake_host(vec![http("200 OK", "", "pong")]);
    let answer = client(&url, Some("u:k")).get_open("/ping").expect("200");
    assert_eq!(answer.text, "pong");
    let seen = host.join().expect("the host ends").remove(0);
    assert!(!seen.head.contains("authorization"), "{}", seen.head);
}

#[test]
fn a_missing_key_is_found_before_anything_is_sent() {
    let failure = client("http://127.0.0.1:9", None).get("/x").expect_err("no key");
    assert_eq!(failure.kind, Kind::Unauthorized);
}

#[test]
fn a_large_body_asks_first_and_reads_the_refusal() {
    let big = json!({ "code": "x".repeat(3 << 20) });
    let refusal = "{\"error\":\"Request larger than allowed\",\"code\":\"t9\"}";
    let answers = vec![http("413 Too Large", "", refusal), http("200 OK", "", "{}")];
    let (url, host) = fake_host(answers);
    let client = client(&url, Some("u:k"));
    let failure = client.put("/a", &big).and_then(|a| a.value("a")).expect_err("413");
    assert_eq!(failure.kind, Kind::Refused);
    assert!(failure.text().contains("(HTTP 413, transaction t9)"), "{}", failure.text());
    client.put("/a", &big).and_then(|a| a.value("a")).expect("200");
    let seen = host.join().expect("the host ends");
    assert_eq!(seen[1].body, format!("{big}\n").as_bytes());
}

#[test]
fn statuses_become_kinds_with_the_text_of_the_host() {
    let table = [
        ("401 Unauthorized", Kind::Unauthorized),
        ("403 Forbidden", Kind::Unauthorized),
        ("404 Not Found", Kind::NotFound),
        ("409 Conflict", Kind::Refused),
        ("429 Too Many Requests", Kind::Refused),
        ("500 Internal Server Error", Kind::Server),
        ("503 Service Unavailable", Kind::Server),
    ];
    for (status, kind) in table {
        let (url, host) = fake_host(vec![http(status, "", "{\"error\":\"why\",\"code\":\"id\"}")]);
        let answer = client(&url, Some("u:k")).delete("/x");
        let failure = answer.and_then(|a| a.value("thing")).expect_err(status);
        assert_eq!(failure.kind, kind, "{status}");
        assert!(failure.text().starts_with("error: thing: why (HTTP "), "{}", failure.text());
        host.join().expect("the host ends");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (url, host) = fake_host(vec![http("301 Moved", "location: https://else/\r\n", "")]);
    let answer = client(&url, Some("u:k")).get("/x");
    let failure = answer.and_then(|a| a.value("x")).expect_err("301");
    assert_eq!(failure.kind, Kind::Server);
    assert!(failure.text().contains("https://else/"), "{}", failure.text());
    host.join().expect("the host ends");
}

#[test]
fn html_instead_of_json_is_a_server_failure() {
    let (url, host) = fake_host(vec![http("200 OK", "", "<html>")]);
    let answer = client(&url, Some("u:k")).get("/x");
    let failure = answer.and_then(|a| a.value("x")).expect_err("html");
    assert_eq!(failure.kind, Kind::Server);
    host.join().expect("the host ends");
}

#[test]
fn a_closed_port_and_a_cut_answer_are_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let failure = client(&url, Some("u:k")).get("/x").expect_err("nobody listens");
    assert_eq!(failure.kind, Kind::Unreachable);
    let (url, host) = fake_host(vec!["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".into()]);
    let failure = client(&url, Some("u:k")).get("/x").expect_err("cut");
    assert_eq!(failure.kind, Kind::Unreachable);
    host.join().expect("the host ends");
}

#[test]
fn a_host_that_does_not_answer_is_still_running() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let wait = Duration::from_millis(200);
    let failure = client(&url, Some("u:k")).post("/x", "{}\n", wait).expect_err("silence");
    assert_eq!(failure.kind, Kind::StillRunning);
}

#[test]
fn plain_http_behind_https_is_said_to_be_a_matter_of_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let host = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).expect("a client hello");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("an answer");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let failure = client(&url, Some("u:k")).get("/x").expect_err("no TLS");
    assert_eq!(failure.kind, Kind::Unreachable);
    assert!(failure.text().contains("--insecure"), "{}", failure.text());
    host.join().expect("the host ends");
}
