//! What a hop of a chain costs: the hand-over from one function to the next on the chain's lane.
//!
//! The time is the sequence's own wall time, from its record, over its hops; HTTP and the wake of the lane are spread over
//! many hops. `chain/hop/RECORDS/FUNCTION/SIZE`: RECORDS says what is kept of each hop. FUNCTION: `noop` gives back what
//! it gets, `transform` adds one to a member; both are confined, so the value itself moves. `keeping` is `noop` beside a
//! static field that could keep a value, so the next hop gets a copy. `chain/length/N`: a whole run of N hops.
//! `chain/direct`: the floor, the same transform called from Java. `chain/http`: the ceiling, one call over HTTP to the
//! same host, as many of which a client would need in the place of a chain.

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
use criterion::{Criterion, criterion_group, criterion_main};
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

    /// The time of so many hops, in runs of `length`.
    fn hops(&self, name: &str, length: usize, payload: &Value, count: u64) -> Duration {
        let runs = count.div_ceil(length as u64);
        let sum: Duration = (0..runs).map(|_| self.run(name, payload)).sum();
        sum.mul_f64(count as f64 / (runs * length as u64) as f64)
    }
}

fn hop(criterion: &mut Criterion) {
    let bench = Bench::start();
    for (records, function) in [
        ("summary", "noop"),
        ("summary", "transform"),
        ("summary", "keeping"),
        ("full", "noop"),
        ("full", "transform"),
        ("full", "keeping"),
    ] {
        for (size, bytes) in SIZES {
            let is_heavy = bytes >= 100_000 && (records == "full" || function == "keeping");
            let length = if is_heavy { 50 } else { 1000 };
            let name = format!("{records}-{function}");
            bench.sequence(&name, function, length, records);
            let payload = payload(bytes);
            for _ in 0..if is_heavy { 5 } else { 30 } {
                bench.run(&name, &payload);
            }
            criterion.bench_function(&format!("chain/hop/{records}/{function}/{size}"), |bencher| {
                bencher.iter_custom(|count| bench.hops(&name, length, &payload, count));
            });
        }
    }
    for length in LENGTHS {
        bench.sequence("length", "transform", length, "full");
        let payload = payload(1_000);
        criterion.bench_function(&format!("chain/length/{length}"), |bencher| {
            bencher.iter_custom(|count| (0..count).map(|_| bench.run("length", &payload)).sum());
        });
    }
    for (size, bytes) in SIZES {
        let payload = payload(bytes);
        criterion.bench_function(&format!("chain/direct/{size}"), |bencher| {
            bencher.iter_custom(|count| {
                let result = bench.host.result("direct", &json!({"count": count, "in": payload}));
                Duration::from_nanos(result["nanos"].as_u64().unwrap())
            });
        });
    }
    let mut wire = Wire::open(&bench.host);
    let request = wire.request(&payload(1_000));
    criterion.bench_function("chain/http/1KB", |bencher| {
        bencher.iter_custom(|count| {
            let began = Instant::now();
            (0..count).for_each(|_| wire.call(&request));
            began.elapsed()
        });
    });
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

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = hop
}
criterion_main!(benches);
