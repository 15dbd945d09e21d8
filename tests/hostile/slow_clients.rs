//! Clients that are slow, go away or send too much: they cost their own connection and nobody else's time.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    neighbour::Street,
    support::Options,
    wire::{End, Wire, head, request},
};

const PING: &[u8] = b"GET /ping HTTP/1.1\r\nHost: test\r\n\r\n";
const INVOKE: &str = "/api/v1/namespaces/_/actions/echo?blocking=true";
const PATIENCE: Duration = Duration::from_secs(10);

fn impatient() -> Street {
    let options =
        Options::default().set("http.header-timeout-millis", 400).set("http.body-timeout-millis", 400);
    let street = Street::start_with(&options);
    street.deploy("echo", "Echo");
    street
}

#[test]
fn a_head_that_stalls_is_ended() {
    let street = impatient();
    street.beside(|| {
        for part in [
            &b""[..],
            b"G",
            b"GET /ping HTTP/1.1\r\n",
            b"GET /ping HTTP/1.1\r\nHost: te",
            &PING[..PING.len() - 1],
        ] {
            let mut wire = Wire::open(&street.host);
            wire.send(part);
            let began = Instant::now();
            let end = wire.read_all(PATIENCE);
            assert_eq!(end, End::Closed, "{}", String::from_utf8_lossy(part));
            assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            assert!(wire.status().is_none_or(|status| status == 408), "{}", wire.text());
        }
    });
}

/// One byte now and then is no progress: the time counts for the whole head.
#[test]
fn a_head_that_trickles_is_ended() {
    let street = impatient();
    street.beside(|| {
        let mut wire = Wire::open(&street.host);
        let began = Instant::now();
        for byte in b"GET /ping HTTP/1.1\r\nX-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".iter() {
            if !wire.send(&[*byte]) || wire.read_all(Duration::from_millis(50)) == End::Closed {
                break;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    });
}

#[test]
fn a_body_that_stalls_is_ended() {
    let street = impatient();
    street.beside(|| {
        for (framing, sent) in [
            ("Content-Length: 100\r\n", &b"{\"a\":"[..]),
            ("Content-Length: 100\r\n", b""),
            ("Transfer-Encoding: chunked\r\n", b"5\r\n{\"a\":\r\n"),
            ("Transfer-Encoding: chunked\r\n", b"ff"),
        ] {
            let mut wire = Wire::open(&street.host);
            wire.send(
                format!(
                    "{}Content-Type: application/json\r\n{framing}\r\n",
                    head(&street.host, "POST", INVOKE)
                )
                .as_bytes(),
            );
            wire.send(sent);
            let began = Instant::now();
            let end = wire.read_answer(PATIENCE);
            assert_ne!(end, End::Hangs, "{framing}");
            assert!(wire.status().is_none_or(|status| status == 408), "{}", wire.text());
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            // The rest of such a body cannot be told from a new request: the connection is over.
            assert_eq!(wire.read_all(PATIENCE), End::Closed, "{framing}");
        }
    });
}

/// What is answered elsewhere than on the thread that reads the connection must not cost the client its connection.
#[test]
fn a_body_that_comes_after_its_head_does_not_end_the_connection() {
    let street = impatient();
    street.beside(|| {
        for _ in 0..30 {
            let whole =
                request(&street.host, "PUT", "/api/v1/namespaces/_/actions/none/echo", b"{\"exec\":{}}");
            let head_bytes = whole.windows(4).position(|part| part == b"\r\n\r\n").unwrap() + 4;
            let mut wire = Wire::open(&street.host);
            wire.send(&whole[..head_bytes]);
            std::thread::sleep(Duration::from_millis(20));
            wire.send(&whole[head_bytes..]);
            assert_eq!(wire.read_answer(PATIENCE), End::Answered);
            assert_eq!(wire.status(), Some(404), "{}", wire.text());
            assert!(!wire.text().to_lowercase().contains("connection: close"), "{}", wire.text());
        }
    });
}

#[test]
fn a_body_that_is_cut_off_calls_nothing() {
    let street = impatient();
    let count = street.host.metric("flock_in_flight");
    street.beside(|| {
        for sent in [&b"{\"a\":1"[..], b"{}", b""] {
            let mut wire = Wire::open(&street.host);
            wire.send(
                format!(
                    "{}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n",
                    head(&street.host, "POST", INVOKE)
                )
                .as_bytes(),
            );
            wire.send(sent);
            wire.finish();
            assert_ne!(wire.read_all(PATIENCE), End::Hangs);
            assert!(wire.status().is_none_or(|status| status == 400), "{}", wire.text());
        }
    });
    assert_eq!(street.host.metric("flock_in_flight"), count);
    let list = street.host.send("GET", "/api/v1/namespaces/_/activations?name=echo", None).expect(200);
    assert_eq!(list.json(), json!([]));
}

#[test]
fn a_length_over_the_limit_is_refused_without_reading_it_all() {
    let street = Street::start();
    street.deploy("echo", "Echo");
    street.beside(|| {
        for length in ["1048577", "99999999999", "18446744073709551615", "99999999999999999999999999"] {
            let mut wire = Wire::open(&street.host);
            wire.send(
                format!(
                    "{}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
                    head(&street.host, "POST", INVOKE)
                )
                .as_bytes(),
            );
            wire.send(b"{\"a\":");
            assert_ne!(wire.read_answer(PATIENCE), End::Hangs, "{length}");
            let status = wire.status();
            // hyper refuses a length that it cannot count in its own way.
            assert!([Some(413), Some(400), Some(431)].contains(&status), "{length}: {}", wire.text());
        }
    });
    assert!(street.host.memory_kib("Rss") < 1024 * 1024, "{} KiB", street.host.memory_kib("Rss"));
}

/// However little time a body has: what is too long is not too slow.
#[test]
fn a_length_over_the_limit_is_told_by_an_impatient_host_too() {
    let street = impatient();
    street.beside(|| {
        let mut wire = Wire::open(&street.host);
        wire.send(
            format!(
                "{}Content-Type: application/json\r\nContent-Length: 1048577\r\n\r\n",
                head(&street.host, "POST", INVOKE)
            )
            .as_bytes(),
        );
        wire.send(b"{\"a\":");
        assert_ne!(wire.read_answer(PATIENCE), End::Hangs);
        assert_eq!(wire.status(), Some(413), "{}", wire.text());
    });
}

#[test]
fn a_body_without_a_length_is_bounded_too() {
    let street = Street::start();
    street.deploy("echo", "Echo");
    street.beside(|| {
        let mut wire = Wire::open(&street.host);
        wire.send(
            format!(
                "{}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                head(&street.host, "POST", INVOKE)
            )
            .as_bytes(),
        );
        let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
        for _ in 0..40 {
            if !wire.send(&chunk) {
                break;
            }
        }
        wire.send(b"0\r\n\r\n");
        assert_ne!(wire.read_answer(PATIENCE), End::Hangs);
        assert_eq!(wire.status(), Some(413), "{}", wire.text());
    });
}

#[test]
fn many_idle_connections_keep_nobody_out() {
    let street = impatient();
    street.beside(|| {
        let idle: Vec<Wire> = (0..200).map(|_| Wire::open(&street.host)).collect();
        street.host.result("echo", &json!({ "a": 1 }));
        drop(idle);
    });
}

/// Beyond the most connections others wait, and come in when one has gone.
#[test]
fn connections_over_the_limit_wait_their_turn() {
    let options = Options::default().set("http.connections-max", 3).set("http.header-timeout-millis", 400);
    let host = super::support::Flockd::start_with(&options);
    let idle: Vec<Wire> = (0..6).map(|_| Wire::open(&host)).collect();
    let began = Instant::now();
    host.send_as(None, "GET", "/ping", None).expect(200);
    assert!(began.elapsed() < PATIENCE);
    drop(idle);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let street = impatient();
    let mut wire = Wire::open(&street.host);
    let mut bytes = Vec::new();
    for number in 0..20 {
        bytes.extend_from_slice(&request(
            &street.host,
            "POST",
            INVOKE,
            format!("{{\"number\":{number}}}").as_bytes(),
        ));
    }
    bytes.extend_from_slice(b"GET /ping HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    wire.send(&bytes);
    assert_eq!(wire.read_all(PATIENCE), End::Closed);
    assert_eq!(wire.statuses(), [200; 21]);
    let text = wire.text();
    let places: Vec<_> =
        (0..20).map(|number| text.find(&format!("\"number\":{number}}}")).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

/// A client that goes away while its blocking call runs loses the answer, not the record.
#[test]
fn a_client_that_goes_away_leaves_a_record() {
    let street = Street::start();
    street.deploy("hostile-sleep", "hostile.sleep.Sleep");
    let path = "/api/v1/namespaces/_/actions/hostile-sleep?blocking=true";
    let mut wire = Wire::open(&street.host);
    wire.send(&request(&street.host, "POST", path, b"{\"millis\":300}"));
    super::support::eventually("the call runs", || street.host.metric("flock_in_flight") >= 1.0);
    drop(wire);
    super::support::eventually("its record is there", || {
        let list =
            street.host.send("GET", "/api/v1/namespaces/_/activations?name=hostile-sleep", None).expect(200);
        list.json().as_array().is_some_and(|records| records.len() == 1)
    });
}
