//! What holds for every request: credentials, methods, transaction ids, content types, other origins.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{NOT_FOUND, actions, activation_id, activations, expect_error, hello};
use crate::support::{Answer, Flockd, Options, jar_exec};

#[test]
fn a_request_needs_the_right_key() {
    let host = Flockd::start();
    let with = |value: Option<String>| {
        let headers: Vec<_> = value.into_iter().map(|value| ("authorization", value)).collect();
        host.send_raw("GET", &actions(""), &headers, b"")
    };
    let basic = |pair: &str| Some(format!("Basic {}", STANDARD.encode(pair)));
    let (uuid, key) = host.auth.split_once(':').unwrap();

    let refused = |answer: &Answer, text: &str| {
        expect_error(answer, 401, text);
        let challenge = answer.header("www-authenticate").unwrap();
        assert_eq!(challenge, "Basic realm=\"OpenWhisk secure realm\"");
    };
    refused(&with(None), "requires authentication");
    let wrong = [
        basic(&format!("{uuid}:wrong")),
        basic(&format!("{uuid}:")),
        basic(&format!("{uuid}:{key}x")),
        basic(&format!("00000000-0000-0000-0000-000000000000:{key}")),
        basic(uuid),
        basic(":"),
        basic(""),
        Some(format!("Bearer {}", STANDARD.encode(&host.auth))),
        Some("Basic".to_owned()),
        Some("Basic !!!".to_owned()),
        Some(format!("Basic {}", host.auth)),
        Some(format!("Basic {}", STANDARD.encode(b"\xff\xfe:\xff"))),
    ];
    for value in wrong {
        refused(&with(value), "The supplied authentication is invalid");
    }
    // The scheme's case does not count.
    with(Some(format!("bAsIc {}", STANDARD.encode(&host.auth)))).expect(200);
    // Nobody learns without a key what exists.
    for path in ["/api/v1/namespaces", "/api/v1/namespaces/_/limits", "/api/v1/namespaces/x/nothing"] {
        refused(&host.send_as(None, "GET", path, None), "requires authentication");
    }
}

#[test]
fn methods_and_content_types_that_do_not_fit_are_refused() {
    let host = Flockd::start();
    host.send("PUT", &actions("/hello"), Some(&hello())).expect(200);
    for (method, path, allowed) in [
        ("PATCH", actions("/hello"), "GET, PUT, POST, DELETE"),
        ("POST", actions(""), "GET"),
        ("DELETE", actions("/"), "GET"),
        ("PUT", activations("/0123456789abcdef0123456789abcdef"), "GET"),
        ("POST", activations(""), "GET"),
        ("DELETE", activations("/0123456789abcdef0123456789abcdef/logs"), "GET"),
        ("DELETE", "/api/v1/namespaces".to_owned(), "GET"),
    ] {
        let answer = host.send(method, &path, None);
        expect_error(&answer, 405, &format!("HTTP method not allowed, supported methods: {allowed}"));
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }

    let auth = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
    let send = |method: &str, path: &str, kind: Option<&str>, body: &[u8]| {
        let mut headers = vec![auth.clone()];
        headers.extend(kind.map(|kind| ("content-type", kind.to_owned())));
        host.send_raw(method, path, &headers, body)
    };
    let (put, post) = (actions("/hello?overwrite=true"), actions("/hello?blocking=true"));
    for kind in
        [None, Some("text/plain"), Some("application/octet-stream"), Some("application/jsonp"), Some("")]
    {
        let shown = kind.filter(|kind| !kind.is_empty()).map(|kind| format!(" [{kind}]")).unwrap_or_default();
        let text = format!("The request's Content-Type{shown} is not supported. Expected:\napplication/json");
        expect_error(&send("PUT", &put, kind, b"{}"), 415, &text);
        expect_error(&send("POST", &post, kind, b"{}"), 415, &text);
    }
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        send("PUT", &put, Some(kind), b"{}").expect(200);
        send("POST", &post, Some(kind), b"{}").expect(200);
    }
    // Without a body there is nothing whose type could be wrong.
    send("POST", &post, None, b"").expect(200);
}

#[test]
fn a_client_gets_no_type_that_it_does_not_take() {
    let host = Flockd::start();
    let body =
        json!({"exec": jar_exec("echo", "Echo"), "annotations": [{"key": "web-export", "value": true}]});
    host.put("echo", &body).expect(200);
    let auth = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
    let only = |kind: &str| "Resource representation is only available with these types:\n".to_owned() + kind;
    let get = |path: &str, accept: &str| {
        host.send_raw("GET", path, &[auth.clone(), ("accept", accept.to_owned())], b"")
    };
    for accept in ["application/json", "text/html, */*;q=0.1", "APPLICATION/*", "nonsense", ""] {
        get(&actions(""), accept).expect(200);
    }
    for accept in ["text/html", "text/*, image/png", "application/json;q=0, */*"] {
        expect_error(&get(&actions(""), accept), 406, &only("application/json"));
    }
    expect_error(&get(&actions("/absent"), "text/html"), 406, &only("application/json"));
    // A web action has run when its answer turns out not to fit. What has no body fits always.
    let headers =
        [("content-type", "application/json".to_owned()), ("accept", "application/json".to_owned())];
    let web = |extension: &str, body: &[u8]| {
        host.send_raw("POST", &format!("/api/v1/web/guest/default/echo.{extension}"), &headers, body)
    };
    let refused = web("http", b"{\"body\":\"<p/>\"}");
    expect_error(&refused, 406, &only("text/html; charset=UTF-8"));
    assert_eq!(host.record(&activation_id(&refused))["response"]["success"], true);
    expect_error(&web("svg", b"{\"svg\":\"<svg/>\"}"), 406, &only("image/svg+xml"));
    web("http", b"{\"body\":{\"a\":1}}").expect(200);
    web("http", b"{}").expect(204);
    // What is not of OpenWhisk's API does not ask.
    get("/healthz", "application/json").expect(200);
}

#[test]
fn transactions_have_ids_and_browsers_get_what_they_need() {
    let host = Flockd::start();
    let auth = ("authorization", format!("Basic {}", STANDARD.encode(&host.auth)));
    let with = |name: &'static str, value: &str| {
        host.send_raw("GET", &actions("/absent"), &[auth.clone(), (name, value.to_owned())], b"")
    };

    // A client's own id comes back, in the header and in the error's code. Without one, each request gets a new one.
    let answer = with("x-request-id", "my id-1");
    expect_error(&answer, 404, NOT_FOUND);
    assert_eq!(answer.header("x-request-id"), Some("my id-1"));
    let fresh: HashSet<String> = (0..5)
        .map(|_| host.send("GET", &actions(""), None).expect(200).header("x-request-id").unwrap().to_owned())
        .collect();
    assert_eq!(fresh.len(), 5);
    assert!(fresh.iter().all(|id| id.len() == 32), "{fresh:?}");
    // What the ids of the host's own work begin with is nobody else's.
    assert_ne!(with("x-request-id", "sid_mine").header("x-request-id"), Some("sid_mine"));
    let long = "x".repeat(2000);
    let answer = with("x-request-id", &long);
    assert!(answer.header("x-request-id").is_some_and(|id| id != long && id.len() < 300));

    // A page of another origin may read all answers, errors too. Others get no such headers.
    let origin = ("origin", "https://example.org".to_owned());
    let from_page = |method: &str, path: &str, headers: &[(&str, String)]| {
        let mut all = vec![origin.clone()];
        all.extend_from_slice(headers);
        host.send_raw(method, path, &all, b"")
    };
    for answer in [
        from_page("GET", &actions(""), std::slice::from_ref(&auth)).expect(200),
        from_page("GET", &actions("/absent"), std::slice::from_ref(&auth)).expect(404),
        from_page("GET", &actions(""), &[]).expect(401),
        from_page("OPTIONS", &actions("/hello"), &[]).expect(200),
        from_page("OPTIONS", "/api/v1/namespaces", &[]).expect(200),
    ] {
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let headers = answer.header("access-control-allow-headers").unwrap();
        let methods = answer.header("access-control-allow-methods").unwrap();
        for word in ["Authorization", "Content-Type"] {
            assert!(headers.contains(word), "{headers}");
        }
        for word in ["GET", "DELETE", "POST", "PUT"] {
            assert!(methods.contains(word), "{methods}");
        }
    }
    let plain = host.send("GET", &actions(""), None).expect(200);
    assert_eq!(plain.header("access-control-allow-origin"), None);
    // A question before the request carries no key and changes nothing.
    let asked = host.send_as(None, "OPTIONS", &actions("/new"), Some(&json!({}))).expect(200);
    assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
    expect_error(&host.send("GET", &actions("/new"), None), 404, NOT_FOUND);
}

/// Sends bytes as they are and gives the status line.
fn exchange(host: &Flockd, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).unwrap() == 1 && byte[0] != b'\r' {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

#[test]
fn bodies_may_come_in_chunks_but_not_without_end() {
    let host = Flockd::start_with(&Options::default().set("limits.payload-max-bytes", 2048));
    host.send("PUT", &actions("/hello"), Some(&hello())).expect(200);
    let head = |path: &str, more: &str| {
        let basic = STANDARD.encode(&host.auth);
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {basic}\r\nContent-Type: application/json\r\n{more}\r\n\r\n"
        )
    };
    let path = actions("/hello?blocking=true");
    let chunks = |pieces: &[&str]| {
        let mut text = head(&path, "Transfer-Encoding: chunked");
        for piece in pieces {
            text += &format!("{:x}\r\n{piece}\r\n", piece.len());
        }
        text + "0\r\n\r\n"
    };
    assert_eq!(exchange(&host, chunks(&["{\"name\":", "\"A", "da\"}"]).as_bytes()), "HTTP/1.1 200 OK");
    assert_eq!(exchange(&host, chunks(&[]).as_bytes()), "HTTP/1.1 200 OK");
    assert_eq!(exchange(&host, chunks(&["{\"name\":", "1"]).as_bytes()), "HTTP/1.1 400 Bad Request");
    let piece = " ".repeat(1000);
    let large = chunks(&["{", &piece, &piece, &piece, "}"]);
    assert_eq!(exchange(&host, large.as_bytes()), "HTTP/1.1 413 Payload Too Large");
    // Who asks first is told at once that its body is not wanted.
    let promised = head(&path, "Content-Length: 99999999999\r\nExpect: 100-continue");
    assert_eq!(exchange(&host, promised.as_bytes()), "HTTP/1.1 413 Payload Too Large");
    assert_eq!(exchange(&host, b"nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    // A target without a path.
    let tunnel = exchange(&host, b"CONNECT example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(tunnel.starts_with("HTTP/1.1 4"), "{tunnel}");
    assert!(!host.log().contains("panicked"), "{}", host.log());
    assert_eq!(host.result("hello", &json!({})), json!({"greeting": "Hello, stranger!"}));
}
