//! Random and damaged requests against one host. None of them may cause a 5xx without a cause, a hang or a crash.
//!
//! A seeded generator, printed, makes a failure repeatable: `FLOCK_TEST_FUZZ_SEED` and `FLOCK_TEST_FUZZ_REQUESTS` set it.
//! 501 is what a later version will have, 503 a host that stops, 502 an action's own failure, which has a record.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    neighbour::Street,
    support::{Dice, Flockd, Options, jar_bytes},
    wire::{End, Wire, head, request},
};

mod damage;

use damage::Garbage;

const REQUESTS: usize = 1_500;
const CLIENTS: usize = 6;
/// Over the limit of a body.
const OVERLONG_BYTES: usize = 6_000_000;
/// No request may take longer, whatever it is: the time limits below, and room for a busy machine.
const BOUND: Duration = Duration::from_secs(20);
const RESIDENT_GROWTH_MAX_KIB: u64 = 700 * 1024;

#[test]
fn random_requests_do_no_harm() {
    let number = |name: &str, default: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let requests = number("FLOCK_TEST_FUZZ_REQUESTS", REQUESTS);
    let seed = number("FLOCK_TEST_FUZZ_SEED", std::process::id() as usize) as u64;
    println!("seed {seed}, {requests} requests");
    let options = Options::default()
        .set("http.header-timeout-millis", 300)
        .set("http.body-timeout-millis", 300)
        .set("limits.action.timeout-millis-default", 2_000);
    let mut street = Street::start_with(&options);
    street.deploy("echo", "Echo");
    let before_kib = street.host.memory_kib("Rss");
    let next = AtomicUsize::new(0);
    let garbage = Garbage::new(&jar_bytes("hello"));
    let mut statuses = std::collections::BTreeMap::new();
    street.beside(|| {
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| {
                    scope.spawn(|| {
                        let mut seen = Vec::new();
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number >= requests {
                                return seen;
                            }
                            // Each request has dice of its own, so that it is the same whatever thread sends it.
                            let mut dice =
                                Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
                            seen.extend(attempt(&street.host, number, &mut dice, &garbage));
                        }
                    })
                })
                .collect();
            for client in clients {
                for status in client.join().unwrap() {
                    *statuses.entry(status).or_insert(0) += 1;
                }
            }
        });
    });
    println!("answers: {statuses:?}");
    assert!(street.host.is_alive());
    for expected in [200, 400, 401, 404, 413] {
        assert!(statuses.contains_key(&expected), "the requests never reached a {expected}: {statuses:?}");
    }
    street.host.result("echo", &json!({ "alive": true }));
    assert_eq!(street.host.metric("flock_in_flight"), 0.0);
    let after_kib = street.host.memory_kib("Rss");
    println!("resident: {} MiB before, {} MiB after", before_kib / 1024, after_kib / 1024);
    assert!(after_kib < before_kib + RESIDENT_GROWTH_MAX_KIB, "{before_kib} KiB, {after_kib} KiB");
    let log = street.host.log();
    assert!(!log.contains("panicked"), "{log}");
    assert!(!log.contains("fault of the host"), "{log}");
}

/// Sends one request and gives the statuses of its answers.
fn attempt(host: &Flockd, number: usize, dice: &mut Dice, garbage: &Garbage) -> Vec<u16> {
    let bytes = match dice.roll(12) {
        // Whatever the dice say, some bodies are longer than any may be.
        _ if number.is_multiple_of(500) => request(
            host,
            "POST",
            "/api/v1/namespaces/_/actions/echo?blocking=true",
            &vec![b'x'; OVERLONG_BYTES],
        ),
        0 => garbage.noise(dice),
        1 => {
            let whole = request(host, "POST", &garbage.echo(dice), &garbage.json(dice));
            garbage.damaged(dice, &whole)
        }
        2 => garbage.framing(dice, host),
        3 => garbage.headers(dice, host),
        4 | 5 => {
            let (method, path) = (garbage.method(dice), garbage.path(dice));
            request(host, method, &path, &garbage.json(dice))
        }
        6 | 7 => request(host, "POST", &garbage.echo(dice), &garbage.json(dice)),
        8 => request(host, "PUT", &garbage.action(dice), &garbage.entity(dice)),
        9 => return deploy(host, number, dice, garbage),
        10 => {
            let mut all = Vec::new();
            for _ in 0..=dice.roll(6) {
                all.extend(request(host, "POST", &garbage.echo(dice), &garbage.json(dice)));
            }
            all
        }
        _ => format!("{}\r\n", head(host, "GET", &garbage.list(dice))).into_bytes(),
    };
    send(host, number, &bytes, dice)
}

/// A damaged jar: refused, or deployed and then called.
fn deploy(host: &Flockd, number: usize, dice: &mut Dice, garbage: &Garbage) -> Vec<u16> {
    let path = format!("/api/v1/namespaces/_/actions/fuzz{}", dice.roll(8));
    let put = request(host, "PUT", &format!("{path}?overwrite=true"), &garbage.jar(dice));
    let mut statuses = send(host, number, &put, dice);
    if statuses.first() == Some(&200) {
        let call = request(host, "POST", &format!("{path}?blocking=true"), b"{\"name\":\"Ada\"}");
        statuses.extend(send(host, number, &call, dice));
    }
    statuses
}

fn send(host: &Flockd, number: usize, bytes: &[u8], dice: &mut Dice) -> Vec<u16> {
    let began = Instant::now();
    let mut wire = Wire::open(host);
    if dice.roll(10) == 0 && bytes.len() > 2 {
        // In two pieces, with a pause.
        let cut = 1 + dice.roll(bytes.len() as u64 - 1) as usize;
        if wire.send(&bytes[..cut]) {
            std::thread::sleep(Duration::from_millis(dice.roll(60)));
            wire.send(&bytes[cut..]);
        }
    } else {
        wire.send(bytes);
    }
    match dice.roll(20) {
        // A client that goes away, and one that has no more to say.
        0 => return Vec::new(),
        1 => wire.finish(),
        _ => {}
    }
    let end = wire.read_answer(BOUND);
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
    assert_ne!(end, End::Hangs, "request {number} hangs: {}", shown());
    assert!(began.elapsed() < BOUND, "request {number} took {:?}: {}", began.elapsed(), shown());
    let statuses = wire.statuses();
    for status in &statuses {
        let is_record =
            *status == 502 && wire.text().to_ascii_lowercase().contains("x-openwhisk-activation-id");
        let is_sound = (100..500).contains(status) || [501, 503].contains(status) || is_record;
        assert!(is_sound, "request {number} got {status}: {}\n{}", shown(), wire.text());
    }
    statuses
}
