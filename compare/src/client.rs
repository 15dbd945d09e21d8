//! The client that drives every target in the same way: HTTP/1.1 over TCP without Nagle's delay, requests prepared beforehand.
//!
//! A *closed* loop sends the next request of a connection when the last is answered: it measures how fast answers can follow one
//! another, and says nothing of a pause's cost to those who would have called meanwhile (coordinated omission). The *open* loop
//! sends by the clock and counts each wait from when the request was due.

pub(crate) mod blocking;
pub(crate) mod closed;
pub(crate) mod open;
pub(crate) mod wire;

use std::{net::SocketAddr, time::Instant};

/// Where a deployed function answers, and how to ask it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// Method, path and headers, each line with its end, without Content-Length and the empty line.
    pub(crate) head: String,
    /// Whether a connection serves further requests.
    pub(crate) keep_alive: bool,
    /// Whether the payload travels as the member `value` of an object.
    pub(crate) in_value: bool,
    /// What its process must answer with 200 once before it can be called.
    pub(crate) initialise: Option<Vec<u8>>,
    /// When its process was started, if it is one of its own.
    pub(crate) spawned: Option<Instant>,
}

impl Place {
    /// A function that is called by POST on this path.
    pub(crate) fn post(address: SocketAddr, path: &str) -> Self {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
        Self { address, head, keep_alive: true, in_value: false, initialise: None, spawned: None }
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The whole request with this payload, which is JSON text.
    pub(crate) fn request(&self, payload: &str) -> Vec<u8> {
        let body = if self.in_value { format!("{{\"value\":{payload}}}") } else { payload.to_owned() };
        let close = if self.keep_alive { "" } else { "Connection: close\r\n" };
        format!("{}{close}Content-Length: {}\r\n\r\n{body}", self.head, body.len()).into_bytes()
    }
}
