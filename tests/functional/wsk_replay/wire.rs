//! Requests as wsk writes them: the headers of Go's HTTP client in their order, a line feed after each JSON body, one
//! connection for each run of the program. It fails when the host closes a connection that wsk would use again.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::support::{Answer, Flockd};

/// What wsk says it is.
const USER_AGENT: &str = "OpenWhisk-CLI/1.0 (2024-09-25T00:00:00.000+0000) linux amd64";
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// One run of wsk: its connection.
pub(super) struct Run<'a> {
    host: &'a Flockd,
    stream: BufReader<TcpStream>,
}

impl<'a> Run<'a> {
    /// Connects.
    pub(super) fn new(host: &'a Flockd) -> Self {
        let address = host.url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { host, stream: BufReader::new(stream) }
    }

    /// A request with the key. The path follows `/api/v1`.
    pub(super) fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let auth = format!("Basic {}", STANDARD.encode(&self.host.auth));
        self.exchange(method, &format!("/api/v1{path}"), Some(&auth), body)
    }

    /// A GET with the key.
    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    /// A GET without the key. The path is the whole one.
    pub(super) fn get_open(&mut self, path: &str) -> Answer {
        self.exchange("GET", path, None, None)
    }

    fn exchange(&mut self, method: &str, path: &str, auth: Option<&str>, body: Option<&Value>) -> Answer {
        let host = self.host.url.strip_prefix("http://").unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n");
        let body = body.map(|value| format!("{value}\n")).unwrap_or_default();
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        if let Some(auth) = auth {
            head += &format!("Authorization: {auth}\r\n");
        }
        if !body.is_empty() {
            head += "Content-Type: application/json\r\n";
        }
        head += "Accept-Encoding: gzip\r\n\r\n";
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let answer = read(&mut self.stream);
        assert_ne!(answer.header("connection"), Some("close"), "{method} {path}");
        answer
    }
}

/// Reads an answer that says its length.
fn read(stream: &mut BufReader<TcpStream>) -> Answer {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line();
    let status =
        first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or_else(|| panic!("{first:?}"));
    let status = status.parse().unwrap();
    let mut headers = Vec::new();
    loop {
        let line = line();
        match line.split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None if line.is_empty() => break,
            None => panic!("no header: {line}"),
        }
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    // Go asks for gzip and takes plain bodies; a coding that it was not told of would break it.
    assert_eq!(answer.header("content-encoding"), None);
    // A 204 has no body, and no length of one.
    let length: usize =
        if status == 204 { 0 } else { answer.header("content-length").unwrap().parse().unwrap() };
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body).unwrap();
    answer
}
