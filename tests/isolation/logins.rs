//! What a function is known by elsewhere: passwords, cookies and connections that are logged in go with it, and with nobody else.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::json;

use super::{
    support::Options,
    tenant::{Street, end},
};

/// One request: the number of its connection, its path, and who it says it is.
#[derive(Clone, Debug)]
struct Seen {
    connection: usize,
    path: String,
    password: Option<String>,
    cookie: Option<String>,
}

/// Runs `answer` on a thread for each connection to a new port of this machine.
fn listen(answer: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let connections = Arc::clone(&count);
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let number = connections.fetch_add(1, Ordering::AcqRel) + 1;
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(stream, number));
        }
    });
    (port, count)
}

/// A server that wants a password, gives a cookie, and keeps its connections.
fn serve_logins() -> (u16, Arc<Mutex<Vec<Seen>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&seen);
    let (port, _) = listen(move |stream, connection| {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let mut stream = stream;
        while let Some(first) = lines.next() {
            let mut request = Seen {
                connection,
                path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
                password: None,
                cookie: None,
            };
            for line in lines.by_ref().take_while(|line| !line.is_empty()) {
                if let Some((name, value)) = line.split_once(": ") {
                    match name.to_ascii_lowercase().as_str() {
                        "authorization" => request.password = Some(value.to_owned()),
                        "cookie" => request.cookie = Some(value.to_owned()),
                        _ => {}
                    }
                }
            }
            let (status, head, body) = match request.password {
                None => ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"town\"", "no"),
                Some(_) => ("200 OK", "Set-Cookie: session=7; Path=/", "in"),
            };
            all.lock().unwrap().push(request);
            let answer = format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: 2\r\n\r\n{body}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    (port, seen)
}

#[test]
fn a_remembered_password_is_sent_for_nobody_else() {
    let (port, seen) = serve_logins();
    let allowed = format!("127.0.0.0/8:{port}");
    let street = Street::start_with(&Options::default().set("isolation.net-allow", allowed));
    street.deploy("hostile-commons");
    let fetch = |path: &str| json!({ "how": "fetch", "url": format!("http://127.0.0.1:{port}{path}") });
    let login = |path: &str, user: &str, word: &str| {
        let mut payload = fetch(path);
        payload["user"] = user.into();
        payload["word"] = word.into();
        payload
    };
    // The victim logs in and is remembered; the attacker asks the same server.
    assert_eq!(end(&street.victim("commons", &login("/v1", "ada", "secret")), "answer"), "got 200 in");
    assert_eq!(end(&street.victim("commons", &fetch("/v2")), "answer"), "got 200 in");
    assert_eq!(end(&street.attack("commons", &fetch("/a1")), "answer"), "got 401 no");
    assert_eq!(end(&street.attack("commons", &login("/a2", "bob", "other")), "answer"), "got 200 in");
    assert_eq!(end(&street.attack("commons", &fetch("/a3")), "answer"), "got 200 in");
    assert_eq!(end(&street.victim("commons", &fetch("/v3")), "answer"), "got 200 in");
    let seen = seen.lock().unwrap().clone();
    let of = |prefix: &str| seen.iter().filter(|each| each.path.starts_with(prefix)).collect::<Vec<_>>();
    for (prefix, password) in [("/v", "Basic YWRhOnNlY3JldA=="), ("/a", "Basic Ym9iOm90aGVy")] {
        for request in of(prefix) {
            assert!(request.password.as_deref().is_none_or(|sent| sent == password), "{request:?}");
        }
    }
    // The victim is known at once when it comes again; the attacker was not before it said who it is.
    assert!(of("/v3").iter().all(|each| each.password.is_some() && each.cookie.is_some()), "{seen:?}");
    assert!(of("/a1").iter().all(|each| each.password.is_none() && each.cookie.is_none()), "{seen:?}");
    assert!(of("/a2")[0].cookie.is_none(), "{seen:?}");
    for request in of("/a") {
        assert!(of("/v").iter().all(|each| each.connection != request.connection), "{seen:?}");
    }
}

/// A server that lets everybody bind, as a directory does.
fn serve_directory() -> (u16, Arc<AtomicUsize>) {
    const BIND: u8 = 0x60;
    const UNBIND: u8 = 0x42;
    listen(|mut stream, _| {
        let mut head = [0; 2];
        while stream.read_exact(&mut head).is_ok() {
            let mut message = vec![0; usize::from(head[1])];
            if head[1] >= 0x80 || stream.read_exact(&mut message).is_err() {
                return;
            }
            let (number, operation) = (message[2], message[3]);
            if operation == UNBIND {
                return;
            }
            let done = [0x30, 0x0c, 2, 1, number, BIND + 1, 7, 0x0a, 1, 0, 4, 0, 4, 0];
            if operation == BIND && stream.write_all(&done).is_err() {
                return;
            }
        }
    })
}

/// A pool of connections would give one to whoever asks next, whatever the operator allows it.
#[test]
fn no_connection_to_a_directory_is_lent_to_another() {
    let (port, connections) = serve_directory();
    let allowed = format!("other=none guest=127.0.0.0/8:{port}");
    let street = Street::start_with(&Options::default().set("isolation.net-allow", allowed));
    street.deploy("hostile-commons");
    let ask = json!({ "how": "directory", "url": format!("ldap://127.0.0.1:{port}") });
    let got = street.attack("commons", &ask);
    assert!(end(&got, "answer").starts_with("got connected"), "{got:?}");
    assert_eq!(connections.load(Ordering::Acquire), 1);
    let refused = street.victim("commons", &ask);
    assert!(end(&refused, "answer").contains("isolation.net-allow"), "{refused:?}");
    assert_eq!(connections.load(Ordering::Acquire), 1);
}
