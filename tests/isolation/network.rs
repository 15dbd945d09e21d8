//! Addresses: by default this machine, private networks and metadata services are refused by the address that the kernel would get, and
//! nobody listens. No test leaves the machine.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::json;

use super::{
    support::Options,
    tenant::{Street, all_refused, end},
};

/// This machine, private networks and metadata services, in many forms.
const CLOSED: [&str; 21] = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fe80::1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
];

/// A server that answers the number of the connection, and keeps it open.
fn serve() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let number = seen.fetch_add(1, Ordering::AcqRel) + 1;
            std::thread::spawn(move || answer(stream, number));
        }
    });
    (port, count)
}

fn answer(mut stream: TcpStream, number: usize) {
    let mut buffer = [0; 4096];
    while let Ok(length) = stream.read(&mut buffer) {
        let text = number.to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        if length == 0 || stream.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn no_way_leads_to_this_machine_or_a_private_network() {
    let street = Street::start();
    street.deploy("hostile-net");
    let (port, connections) = serve();
    for host in ["127.0.0.1", "localhost", "::1", "0.0.0.0"] {
        let ends = street.attack("net", &json!({ "how": "connect", "host": host, "port": port }));
        assert!(all_refused(&ends) >= 20, "{ends:?}");
        for (name, end) in &ends {
            assert!(end.as_str().unwrap().contains("isolation.net-allow"), "{name}: {end}");
        }
    }
    assert_eq!(connections.load(Ordering::Acquire), 0);
    let ends = street.attack("net", &json!({ "how": "addresses", "addresses": CLOSED }));
    for (address, end) in &ends {
        assert_eq!(end, "refused", "{address}");
    }
    let ends = street.attack("net", &json!({ "how": "listen" }));
    assert!(all_refused(&ends) >= 11, "{ends:?}");
    assert!(
        end(&ends, "server")
            .contains("a function cannot listen; the operator may allow it with isolation.listen")
    );
}

/// One host: the namespace guest may reach one port of this machine, `other` nothing at all.
#[test]
fn the_operator_allows_by_namespace_and_nobody_takes_the_connection_of_another() {
    let (port, connections) = serve();
    let (elsewhere, not_allowed) = serve();
    let allowed = format!("other=none guest=127.0.0.0/8:{port}");
    let street = Street::start_with(&Options::default().set("isolation.net-allow", allowed));
    street.deploy("hostile-net");
    let fetch = json!({ "how": "idle", "port": port });
    assert_eq!(end(&street.attack("net", &fetch), "answer"), "got 1");
    assert_eq!(end(&street.attack("net", &fetch), "answer"), "got 1", "its idle connection is used again");
    let refused = street.victim("net", &fetch);
    assert!(end(&refused, "answer").contains("isolation.net-allow"), "{refused:?}");
    assert_eq!(connections.load(Ordering::Acquire), 1);
    all_refused(&street.attack("net", &json!({ "how": "idle", "port": elsewhere })));
    assert_eq!(not_allowed.load(Ordering::Acquire), 0);
    // Who may connect to nothing may not ask for names either.
    let asked = street.victim("net", &json!({ "how": "resolve", "name": "localhost.localdomain" }));
    assert!(end(&asked, "addresses").contains("isolation.net-allow"), "{asked:?}");
}
