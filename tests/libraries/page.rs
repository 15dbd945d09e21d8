//! A page on this machine for the HTTP client: every request gets the same short text.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
};

/// See the head of this file. It serves until the test program ends.
pub(crate) struct Page {
    pub(crate) url: String,
}

impl Page {
    pub(crate) fn start(text: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || answer(&stream, text));
            }
        });
        Self { url }
    }
}

fn answer(stream: &TcpStream, text: &str) {
    let head = BufReader::new(stream).lines().map_while(Result::ok);
    if head.into_iter().any(|line| line.is_empty()) {
        let length = text.len();
        let answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
        // A client that went away needs no answer.
        let _ = { stream }.write_all(answer.as_bytes());
    }
}
