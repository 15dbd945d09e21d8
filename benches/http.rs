//! A warm blocking invocation over HTTP beside a bare warp echo, in the same run.
//!
//! Both servers are processes of their own (the bare one is this program again), so the load is the same for both. One
//! thread drives all connections. The ratio is the figure; absolute times are the machine's.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on must fail"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use criterion::{BenchmarkId, Criterion, Throughput};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
};
use warp::Filter;

use support::Flockd;

const BARE: &str = "--serve-bare-warp";
const BODY: &str = r#"{"text":"a payload of about one hundred and thirty bytes, as small calls have","list":[1,2,3],"nested":{"a":true,"b":null}}"#;

fn main() {
    if std::env::args().any(|argument| argument == BARE) {
        serve_bare();
        return;
    }
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
}

/// Echoes a body, with one worker thread: the faster floor on two cores.
fn serve_bare() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let echo = warp::post().and(warp::body::bytes()).map(|body: bytes::Bytes| {
            warp::http::Response::builder().header("content-type", "application/json").body(body).unwrap()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        warp::serve(echo).incoming(listener).run().await;
    });
}

struct Bare {
    child: Child,
    address: SocketAddr,
}

impl Bare {
    fn start() -> Self {
        let mut child =
            Command::new(std::env::current_exe().unwrap()).arg(BARE).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn measure(criterion: &mut Criterion) {
    let bare = Bare::start();
    let flock = Flockd::start();
    flock.deploy("echo", "Echo");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers = [
        ("warp", bare.address, request("/", "")),
        (
            "flock",
            flock.url.strip_prefix("http://").unwrap().parse().unwrap(),
            request(
                "/api/v1/namespaces/_/actions/echo?blocking=true&result=true",
                &format!("Authorization: Basic {}\r\n", STANDARD.encode(&flock.auth)),
            ),
        ),
    ];
    for (_, address, request) in &servers {
        // Warm: the JVM compiles what is hot.
        run(&runtime, *address, request, 32, 60_000);
    }
    for connections in [1, 32] {
        let mut group = criterion.benchmark_group(format!("http/{connections}_connections"));
        group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(8));
        for (name, address, request) in &servers {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|count| run(&runtime, *address, request, connections, count));
            });
        }
        group.finish();
    }
}

fn request(path: &str, headers: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
    .into_bytes()
}

/// Sends `count` requests over this many connections, each waiting for its answer before the next.
fn run(runtime: &Runtime, address: SocketAddr, request: &[u8], connections: u64, count: u64) -> Duration {
    runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
        let began = Instant::now();
        let tasks: Vec<_> = streams
            .into_iter()
            .enumerate()
            .map(|(at, stream)| {
                let share = count / connections + u64::from((at as u64) < count % connections);
                tokio::spawn(drive(stream, request.to_vec(), share))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        began.elapsed()
    })
}

async fn drive(mut stream: TcpStream, request: Vec<u8>, count: u64) {
    let mut buffer = Vec::with_capacity(4096);
    for _ in 0..count {
        stream.write_all(&request).await.unwrap();
        buffer.clear();
        loop {
            assert!(stream.read_buf(&mut buffer).await.unwrap() > 0, "the server closed the connection");
            if is_complete(&buffer) {
                break;
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer));
    }
}

/// Has an answer with a Content-Length arrived whole?
fn is_complete(buffer: &[u8]) -> bool {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    buffer.len() >= end + 4 + length.unwrap_or(0)
}
