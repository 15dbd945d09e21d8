//! SIGTERM lets what runs end and writes it down; a second one ends the process at once.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use super::support::{Client, Flockd, Options, eventually, jar_exec};

const SLEEP_MILLIS: u64 = 1_500;

fn start(folder: &std::path::Path, options: &Options) -> Flockd {
    let host = Flockd::start_on(folder, options);
    host.put("sleep", &json!({ "exec": jar_exec("hostile-sleep", "hostile.sleep.Sleep") })).expect(200);
    host
}

fn waits_for_in_flight(host: &Flockd, count: f64) {
    eventually("the calls run", || host.metric("flock_in_flight") >= count);
}

#[test]
fn a_stop_lets_running_calls_end_and_keeps_their_records() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = start(folder.path(), &Options::default());
    let client = host.client();
    let later = client.invoke_later("sleep", &json!({ "millis": SLEEP_MILLIS })).unwrap().expect(202).json();
    let address = host.url.trim_start_matches("http://").to_owned();
    let (record, code) = std::thread::scope(|scope| {
        let call =
            scope.spawn(|| client.invoke("sleep", &json!({ "millis": SLEEP_MILLIS })).unwrap().expect(200));
        waits_for_in_flight(&host, 2.0);
        let began = Instant::now();
        host.signal("TERM");
        std::thread::sleep(Duration::from_millis(200));
        assert!(TcpStream::connect(&address).is_err(), "a stopping host takes new connections");
        let code = host.wait().code();
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        (call.join().unwrap().json(), code)
    });
    assert_eq!(code, Some(0), "{}", host.log());
    assert!(record["response"]["result"]["sleptMillis"].as_u64().unwrap() >= SLEEP_MILLIS);

    let host = start(folder.path(), &Options::default());
    for id in [&record["activationId"], &later["activationId"]] {
        let kept = host.record(id.as_str().unwrap());
        assert_eq!(kept["response"]["status"], "success", "{kept}");
    }
}

#[test]
fn a_stop_waits_no_longer_than_the_operator_says() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default().set("drain.timeout-millis", 300);
    let mut host = start(folder.path(), &options);
    let client = host.client();
    let later = client.invoke_later("sleep", &json!({ "millis": 30_000 })).unwrap().expect(202).json();
    waits_for_in_flight(&host, 1.0);
    let began = Instant::now();
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0), "{}", host.log());
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    // It did not end: it is reported as lost, not forgotten.
    let host = start(folder.path(), &options);
    let record = host.record(later["activationId"].as_str().unwrap());
    assert_eq!(record["response"]["status"], "whisk internal error", "{record}");
    let error = record["response"]["result"]["error"].as_str().unwrap();
    assert!(error.contains("restarted"), "{error}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = start(folder.path(), &Options::default());
    host.client().invoke_later("sleep", &json!({ "millis": 30_000 })).unwrap().expect(202);
    waits_for_in_flight(&host, 1.0);
    host.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(host.is_alive());
    let began = Instant::now();
    host.signal("TERM");
    assert_ne!(host.wait().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn an_interrupt_stops_like_a_term() {
    let mut host = Flockd::start();
    host.signal("INT");
    assert_eq!(host.wait().code(), Some(0));
}

/// Connections that do nothing do not hold up a stop.
#[test]
fn idle_connections_do_not_delay_a_stop() {
    let mut host = Flockd::start();
    let client: Client = host.client();
    client.send("GET", "actions", None).unwrap().expect(200);
    let address = host.url.trim_start_matches("http://").to_owned();
    let silent: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let began = Instant::now();
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(silent);
}
