//! What a hop of a chain costs: the hand-over from one function to the next on the chain's lane. A table for
//! SPECIFICATION.md.
//!
//! A hop's time is the difference between a run of many hops and a run of one, by the sequence's own wall time in its
//! record, over the hops: so HTTP, the wake of the lane, the reading of the payload and the writing of the last result
//! are left out. The functions: `noop` gives back what it gets, `transform` adds one to a member; both are confined, so
//! the value itself moves. `keeping` is `noop` beside a static field that could keep a value, so it goes by its
//! text. The floor is the same transform called from Java, the ceiling one call over HTTP to the same host, as many of
//! which a client would need in the place of a chain. Figures are the median, the first and ninth decile, and the least
//! of the runs: on a machine that is busy otherwise the least says most.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on must fail"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use support::{Client, Flockd, Options, source, source_exec};

const TRANSFORM: &str = "args.addProperty(\"n\", args.get(\"n\").getAsInt() + 1); return args;";
const SIZES: [(&str, usize); 4] = [("0", 0), ("1KB", 1_000), ("100KB", 100_000), ("1MB", 1_000_000)];
/// Of one member as text.
const MEMBER_BYTES: usize = 22;
const LENGTHS: [usize; 5] = [2, 5, 10, 50, 100];

/// An object of about this many bytes in small members, with the member that `transform` counts in.
fn payload(bytes: usize) -> Value {
    let mut members = Map::new();
    members.insert("n".to_owned(), json!(1_000_000));
    for at in 0..bytes / MEMBER_BYTES {
        members.insert(format!("member{at:05}"), json!(format!("{:05}", at % 100_000)));
    }
    Value::Object(members)
}

struct Bench {
    host: Flockd,
    client: Client,
}

impl Bench {
    fn start() -> Self {
        let options = Options::default().set("limits.sequence-length-max", 1000).set("log.filter", "warn");
        let host = Flockd::start_with(&options);
        host.put("noop", &json!({"exec": source_exec(&source("return args;"))})).expect(200);
        host.put("transform", &json!({"exec": source_exec(&source(TRANSFORM))})).expect(200);
        let keeping =
            source("return args;").replace("public class Main {", "public class Main { static Object kept;");
        host.put("keeping", &json!({"exec": source_exec(&keeping)})).expect(200);
        let direct = source(
            "long count = args.get(\"count\").getAsLong(); JsonObject in = args.getAsJsonObject(\"in\"); long began = System.nanoTime(); \
             for (long i = 0; i < count; i++) in = step(in); args.addProperty(\"nanos\", System.nanoTime() - began); return args;",
        );
        let step = format!("public class Main {{ static JsonObject step(JsonObject args) {{ {TRANSFORM} }}");
        host.put("direct", &json!({"exec": source_exec(&direct.replace("public class Main {", &step))}))
            .expect(200);
        let client = host.client();
        Self { host, client }
    }

    fn sequence(&self, name: &str, hop: &str, length: usize, records: &str) {
        let components = vec![format!("/_/{hop}"); length];
        let body = json!({
            "exec": {"kind": "sequence", "components": components},
            "annotations": [{"key": "records", "value": records}],
        });
        self.host.put(name, &body).expect(200);
    }

    /// The wall time of one run, by its record.
    fn run(&self, name: &str, payload: &Value) -> Duration {
        let answer = self.client.invoke(name, payload).unwrap();
        assert_eq!(answer.status, 200, "{:.300}", answer.text());
        let record = answer.json();
        let annotations = record["annotations"].as_array().unwrap();
        let usage = &annotations.iter().find(|row| row["key"] == "usage").unwrap()["value"];
        Duration::from_micros(usage["wallMicros"].as_u64().unwrap())
    }

    /// Microseconds of each hop, in so many runs.
    fn hops(&self, function: &str, records: &str, bytes: usize) -> Vec<f64> {
        let is_heavy = bytes >= 100_000 && (records == "full" || function == "keeping");
        let (length, runs) = if is_heavy { (50, 12) } else { (1000, 40) };
        let payload = payload(bytes);
        self.sequence("one", function, 1, records);
        self.sequence("many", function, length, records);
        // Warm: the JVM compiles what is hot.
        (0..runs).for_each(|_| {
            self.run("many", &payload);
        });
        let micros = |name: &str| self.run(name, &payload).as_secs_f64() * 1e6;
        let mut alone: Vec<f64> = (0..runs).map(|_| micros("one")).collect();
        alone.sort_by(f64::total_cmp);
        let alone = alone[alone.len() / 4];
        (0..runs).map(|_| (micros("many") - alone).max(0.0) / (length - 1) as f64).collect()
    }

    /// Nanoseconds of the transform, called from Java.
    fn direct(&self, bytes: usize) -> Vec<f64> {
        let payload = payload(bytes);
        let run = |_| {
            let result = self.host.result("direct", &json!({"count": CALLS, "in": payload}));
            result["nanos"].as_f64().unwrap() / CALLS as f64
        };
        (0..20).map(run).collect()
    }
}

/// Direct calls in a run.
const CALLS: u64 = 100_000;

fn row(name: &str, unit: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    println!("| {name} | {:.2} | {:.2}-{:.2} | {:.2} | {unit} |", at(0.5), at(0.1), at(0.9), at(0.0));
}

fn main() {
    let bench = Bench::start();
    println!("| what | median | deciles | least | unit |\n|---|---|---|---|---|");
    for records in ["summary", "full"] {
        for function in ["noop", "transform", "keeping"] {
            for (size, bytes) in SIZES {
                row(&format!("hop {records} {function} {size}"), "us", bench.hops(function, records, bytes));
            }
        }
    }
    for length in LENGTHS {
        bench.sequence("length", "transform", length, "full");
        let payload = payload(1_000);
        let runs = (0..200).map(|_| bench.run("length", &payload).as_secs_f64() * 1e6).collect();
        row(&format!("run of {length} hops, full, 1KB"), "us", runs);
    }
    for (size, bytes) in SIZES {
        row(&format!("direct call in Java {size}"), "ns", bench.direct(bytes));
    }
    let mut wire = Wire::open(&bench.host);
    let request = wire.request(&payload(1_000));
    let call = |_| {
        let began = Instant::now();
        wire.call(&request);
        began.elapsed().as_secs_f64() * 1e6
    };
    row("call over HTTP 1KB", "us", (0..5000).map(call).collect());
}

/// A client that does as little as can be.
struct Wire {
    stream: TcpStream,
    authorization: String,
    buffer: Vec<u8>,
}

impl Wire {
    fn open(host: &Flockd) -> Self {
        let stream = TcpStream::connect(host.url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, authorization: STANDARD.encode(&host.auth), buffer: vec![0; 1 << 16] }
    }

    fn request(&self, payload: &Value) -> Vec<u8> {
        let body = payload.to_string();
        format!(
            "POST /api/v1/namespaces/_/actions/transform?blocking=true&result=true HTTP/1.1\r\nHost: localhost\r\n\
             Authorization: Basic {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        )
        .into_bytes()
    }

    fn call(&mut self, request: &[u8]) {
        self.stream.write_all(request).unwrap();
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).unwrap();
            assert!(read > 0, "the host closed the connection");
            filled += read;
            let head = self.buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n");
            let Some(head) = head else { continue };
            let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
            assert!(text.starts_with("http/1.1 200"), "{text}");
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            if filled >= head + 4 + length.unwrap_or(0) {
                return;
            }
        }
    }
}
