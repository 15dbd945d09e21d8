//! The lane of a short function drives connections (`rust-host/src/reactor.rs`). One that turns long, does not end, or
//! ends its own thread while it does holds up nobody else.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    neighbour::Street,
    support::{Options, eventually, source},
};

/// So many short calls in a row, one by one, before each attack.
const SHORT: usize = 60;
/// Attacks until one must have hit a lane that drives: it may have lost the reactor just before, on a busy machine.
const TRIES: usize = 40;

/// Short, long, endless, or the end of its own thread, as it is told.
const BODY: &str = "    int millis = args.get(\"millis\").getAsInt();
    if (millis < 0) { while (true) { millis = 1 / (millis | 1) - 2; } }
    if (millis > 0) { Thread.sleep(millis); }
    if (args.has(\"exit\")) { System.exit(1); }
    return args;";

fn street(timeout_millis: u64) -> Street {
    street_with(timeout_millis, &Options::default())
}

fn street_with(timeout_millis: u64, options: &Options) -> Street {
    let street = Street::start_with(options);
    street.deploy_source("turncoat", &source(BODY), timeout_millis);
    street
}

/// So many that its lane drives.
fn short_calls(street: &Street) {
    for _ in 0..SHORT {
        street.host.result("turncoat", &json!({ "millis": 0 }));
    }
}

fn has_driven(street: &Street) -> bool {
    street.host.metric("flock_reactor_leads_total") > 0.0
}

/// Short calls, and at once this one, again until the lane was away with the reactor.
fn strike(street: &Street, payload: &Value, status: u16) {
    let taken = || street.host.metric("flock_reactor_losses_total");
    let before = taken();
    for _ in 0..TRIES {
        short_calls(street);
        let answer = street.beside(|| street.host.invoke("turncoat", payload));
        assert_eq!(answer.status, status, "{}", answer.text());
        if taken() > before {
            return;
        }
    }
    panic!("no lane that led was away for long in {TRIES} times {SHORT} calls");
}

#[test]
fn a_lane_that_drives_and_turns_long_holds_up_nobody() {
    let street = street(60_000);
    strike(&street, &json!({ "millis": 700 }), 200);
    assert!(has_driven(&street));
}

/// A connection that is kept, to send a call over it and to read the answer later.
fn connect(street: &Street) -> TcpStream {
    let stream = TcpStream::connect(street.host.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// A call that takes so long.
fn request(street: &Street, time: Duration) -> String {
    let body = json!({ "millis": time.as_millis() }).to_string();
    format!(
        "POST /api/v1/namespaces/_/actions/turncoat?blocking=true HTTP/1.1\r\nHost: flock\r\n\
         Authorization: Basic {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        STANDARD.encode(&street.host.auth),
        body.len()
    )
}

fn send(mut stream: &TcpStream, request: &str) {
    stream.write_all(request.as_bytes()).unwrap();
}

/// Reads a whole answer, which must be a success.
fn answered(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map(Result::unwrap);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let length = |line: &String| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()
    };
    let mut body = vec![0; head.iter().find_map(length).unwrap()];
    reader.read_exact(&mut body).unwrap();
    assert!(head[0].starts_with("HTTP/1.1 200 "), "{head:?} {}", String::from_utf8_lossy(&body));
}

/// Two calls come at the same moment over connections that the function's only lane drives; it takes the long one.
#[test]
fn a_call_that_a_lane_left_behind_does_not_wait_for_the_long_one() {
    const LONG: Duration = Duration::from_secs(4);
    let street = street_with(60_000, &Options::default().set("http.workers", 1));
    let (for_long, at_once) = (request(&street, LONG), request(&street, Duration::ZERO));
    let (long, short) = (connect(&street), connect(&street));
    for _ in 0..3 {
        // A new version, whose only lane has not been joined by another one.
        street.deploy_source("turncoat", &source(BODY), 60_000);
        short_calls(&street);
        let began = Instant::now();
        send(&long, &for_long);
        send(&short, &at_once);
        answered(&short);
        assert!(began.elapsed() < LONG, "it waited for the long one");
        answered(&long);
        assert!(began.elapsed() >= LONG);
    }
    assert!(has_driven(&street));
}

/// Two lanes of a function lead both reactors. The one that drives takes a long call and leaves two; the other one, or a
/// further lane, takes them: the last of them does not wait until a long one is over.
#[test]
fn calls_that_a_lane_left_behind_go_to_the_lane_of_the_other_reactor_and_to_further_ones() {
    const LONG: Duration = Duration::from_secs(2);
    let street = street_with(60_000, &Options::default().set("http.workers", 2));
    let (for_long, at_once) = (request(&street, LONG), request(&street, Duration::ZERO));
    // They are dealt out in turn: the even ones are of one reactor, the odd ones of the other.
    let streams: Vec<TcpStream> = (0..6).map(|_| connect(&street)).collect();
    for order in [[0, 2, 4], [1, 3, 5], [0, 1, 2], [4, 2, 0], [5, 3, 1], [1, 0, 3]] {
        street.deploy_source("turncoat", &source(BODY), 60_000);
        std::thread::scope(|scope| {
            for stream in &streams[..2] {
                let at_once = &at_once;
                scope.spawn(move || {
                    for _ in 0..5 * SHORT {
                        send(stream, at_once);
                        answered(stream);
                    }
                });
            }
        });
        let [one, other, short] = order.map(|at| &streams[at]);
        let began = Instant::now();
        send(one, &for_long);
        send(other, &for_long);
        send(short, &at_once);
        answered(short);
        assert!(began.elapsed() < LONG / 2, "{order:?}: it waited {:?}", began.elapsed());
        answered(one);
        answered(other);
        assert!(began.elapsed() >= LONG);
    }
    assert!(has_driven(&street));
}

#[test]
fn a_lane_that_drives_and_never_ends_is_stopped_alone() {
    let street = street(300);
    strike(&street, &json!({ "millis": -1 }), 502);
    strike(&street, &json!({ "millis": 600_000 }), 502);
    assert_eq!(street.host.metric("flock_lost_lanes"), 0.0);
    eventually("the lanes are gone", || street.host.metric("flock_expired") >= 2.0);
    street.host.result("turncoat", &json!({ "millis": 0 }));
}

#[test]
fn a_function_that_exits_leaves_the_reactor_to_others() {
    let street = street(60_000);
    for _ in 0..10 {
        short_calls(&street);
        let answer = street.beside(|| street.host.invoke("turncoat", &json!({ "millis": 0, "exit": true })));
        assert_eq!(answer.status, 502, "{}", answer.text());
    }
    assert!(has_driven(&street));
}

#[test]
fn an_update_and_a_deletion_end_a_lane_that_drives() {
    let street = street(60_000);
    for round in 0..10 {
        short_calls(&street);
        if round % 2 == 0 {
            street.deploy_source("turncoat", &source("    return args;"), 60_000);
            assert_eq!(street.host.result("turncoat", &json!({ "a": 1 })), json!({ "a": 1 }));
        } else {
            street.host.send("DELETE", "/api/v1/namespaces/_/actions/turncoat", None).expect(200);
            assert_eq!(street.host.invoke("turncoat", &json!({})).status, 404);
            street.deploy_source("turncoat", &source("    return args;"), 60_000);
        }
    }
    assert!(has_driven(&street));
}
