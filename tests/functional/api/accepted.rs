//! What was accepted runs and leaves its own record, whatever its client does and whenever it ends; a restart finds nothing
//! that it would have to call lost.

use std::{io::Write, net::TcpStream, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{actions, activation_id, activations, deploy_as, put_sequence};
use crate::support::{Flockd, Options, eventually, jar_exec};

/// So many calls of each kind.
const CALLS: usize = 60;

/// Stops the host in order and starts the next one on its folder.
fn restart(mut host: Flockd, folder: &Path) -> Flockd {
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0), "{}", host.log());
    Flockd::start_on(folder, &Options::default())
}

/// The records of an action, all of which must be a success.
fn successes(host: &Flockd, name: &str) -> usize {
    let path = activations(&format!("?name={name}&docs=true&limit=200"));
    let list = host.send("GET", &path, None).expect(200).json();
    let list = list.as_array().unwrap();
    for record in list {
        assert_eq!(record["response"]["status"], "success", "{record}");
    }
    list.len()
}

/// Sends a request and closes the connection some moments later, before there is an answer or after.
fn send_and_go(host: &Flockd, request: &str, stay: Duration) {
    let mut stream = TcpStream::connect(host.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    std::thread::sleep(stay);
}

#[test]
fn what_was_accepted_runs_though_its_client_goes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default());
    // One instance: its count is that of all runs, by whichever way.
    let limits = json!({"concurrency": 10, "instances": 1});
    host.put("counter", &json!({"exec": jar_exec("counter", "counter.Counter"), "limits": limits}))
        .expect(200);
    put_sequence(&host, "row", &json!(["/_/counter"])).expect(200);
    host.result("counter", &json!({}));
    host.result("row", &json!({}));
    let basic = STANDARD.encode(&host.auth);
    for call in 0..CALLS {
        let path = actions(if call % 2 == 0 { "/counter" } else { "/row" });
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {basic}\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        // Both kinds with each of four pauses.
        let pauses = u64::try_from(call / 2 % 4).unwrap();
        send_and_go(&host, &request, Duration::from_micros(300 * pauses));
    }
    std::thread::sleep(Duration::from_secs(1));
    eventually("all have ended", || host.metric("flock_in_flight") == 0.0);
    let runs = host.result("counter", &json!({}))["count"].as_u64().unwrap();

    let host = restart(host, folder.path());
    let (counted, rows) = (successes(&host, "counter"), successes(&host, "row"));
    assert_eq!(u64::try_from(counted).unwrap(), runs, "records of runs, hops among them");
    assert!(rows > 1 && counted > rows + 2, "nothing was accepted: {counted} runs, {rows} sequences");
}

/// A call ends at the very moment when its client is told that it was accepted.
#[test]
fn a_call_that_ends_when_the_wait_does_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default());
    deploy_as(&host, "sleep", "hostile-sleep", "hostile.sleep.Sleep");
    host.result("sleep", &json!({"millis": 0}));
    let client = host.client();
    let wait = |call: usize| {
        let payload = json!({"millis": 97 + call % 5});
        let answer = client.send("POST", "actions/sleep?blocking=true&timeout=100", Some(&payload)).unwrap();
        assert!([200, 202].contains(&answer.status), "{}", answer.text());
        activation_id(&answer)
    };
    let ids: Vec<String> = std::thread::scope(|scope| {
        let wait = &wait;
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(move || (0..CALLS / 4).map(wait).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), CALLS);

    let host = restart(host, folder.path());
    for id in &ids {
        let record = host.record(id);
        assert_eq!(record["response"]["status"], "success", "{record}");
    }
    assert_eq!(successes(&host, "sleep"), CALLS + 1);
}
