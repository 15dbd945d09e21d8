//! `list`, `get`, `delete`, `namespace`, `limits`, `ping`.

use serde_json::{Value, json};

use super::{User, jar, path_text};
use crate::support::{Flockd, jar_bytes};

#[test]
fn actions_are_listed_shown_saved_and_deleted() {
    let host = Flockd::start();
    let user = User::of(&host);
    assert_eq!(user.run(&["list", "--json"]).json(), json!([]));
    user.run(&["list"]).says(&["NAME", "VERSION"]);
    for name in ["a", "b", "c d"] {
        user.run(&["deploy", &jar("hello"), "--name", name]).ok();
    }
    let text = user.run(&["list"]).ok();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), 4, "{text}");
    for (row, name) in rows[1..].iter().zip(["/guest/c d", "/guest/b", "/guest/a"]) {
        assert!(row.starts_with(name), "{text}");
        for cell in ["0.0.1", "java:8", "256 MB", "60000 ms"] {
            assert!(row.contains(cell), "{row}");
        }
    }
    assert!(!text.contains('\u{1b}'), "colours are for terminals");
    assert_eq!(user.run(&["ls"]).ok(), text);
    let names = |words: &[&str]| {
        let rows = user.run(words).json();
        rows.as_array().unwrap().iter().map(|row| row["name"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(names(&["list", "--json", "--limit", "1", "--skip", "1"]), ["b"]);
    assert_eq!(names(&["list", "--json", "-l", "0", "-s", "2"]), ["a"]);
    user.run(&["list", "--limit", "201"]).fails(6, &["400", "range of 0 to 200"]);
    user.run(&["list", "--limit", "x"]).fails(2, &["--limit"]);
    user.run(&["list", "pkg"]).fails(5, &["404"]);

    user.run(&["get", "c d"]).says(&[
        "/guest/c d",
        "main",
        "hello.Hello",
        "updated",
        "provide-api-key = false",
    ]);
    let action = user.run(&["get", "/guest/a", "--json"]).json();
    assert_eq!((&action["name"], action["exec"].get("code")), (&json!("a"), None));
    user.run(&["get", "absent"]).fails(5, &["action absent", "does not exist", "404", "flockctl list"]);
    user.run(&["get", "/other/a"]).fails(4, &["403"]);
    user.run(&["get", "a/"]).fails(2, &["is not the name of an action"]);
    user.run(&["get"]).fails(2, &["NAME"]);

    let saved = user.home.path().join("saved.jar");
    let words = ["get", "a", "--save", &path_text(&saved)];
    user.run(&words).says(&["saved", "saved.jar"]);
    assert_eq!(std::fs::read(&saved).unwrap(), jar_bytes("hello"));
    user.run(&words).fails(2, &["cannot write", "does not exist yet"]);
    let said = user.run(&["get", "a", "--save", "second.jar", "--json"]).json();
    assert_eq!((&said["file"], &said["bytes"]), (&json!("second.jar"), &json!(jar_bytes("hello").len())));
    let output = user.command(&["get", "a", "--save", "-"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(0), jar_bytes("hello")));

    // All that can go goes; the first that cannot decides the exit code.
    let ran = user.run(&["delete", "a", "absent", "c d", "gone"]);
    let (stdout, stderr) = (ran.stdout.clone(), ran.stderr.clone());
    ran.fails(5, &["action absent", "action gone"]);
    assert_eq!(stdout, "deleted a\ndeleted c d\n", "{stderr}");
    assert_eq!(user.run(&["rm", "b", "--json"]).json(), json!({"deleted": ["/guest/b"]}));
    user.run(&["delete", "b"]).fails(5, &["404"]);
    user.run(&["delete"]).fails(2, &["NAME"]);
    assert_eq!(user.run(&["list", "--json"]).json(), json!([]));
}

#[test]
fn the_host_is_asked_what_it_is() {
    let host = Flockd::start();
    let user = User::of(&host);
    assert_eq!(user.run(&["namespace"]).ok(), "guest\n");
    assert_eq!(user.run(&["namespace", "--json"]).json(), json!(["guest"]));
    user.run(&["limits"]).says(&["LIMIT", "maxActionMemory", "512", "1048576 B"]);
    assert_eq!(user.run(&["limits", "--json"]).json()["maxActionTimeout"], 300_000);

    user.run(&["ping"]).says(&["pong from http://127.0.0.1:", " ms"]);
    let pong = user.run(&["ping", "--json"]).json();
    assert_eq!((&pong["pong"], &pong["apihost"]), (&json!(true), &json!(host.url)));
    assert!(pong["roundTripMicros"].as_u64().is_some_and(|micros| micros > 0), "{pong}");
    // It needs no key.
    User::new().run(&["ping", "--apihost", &host.url]).says(&["pong"]);
}

#[test]
fn something_else_than_a_host_is_told_apart() {
    // One answer for each connection, as something that is no OpenWhisk host would give.
    let serve = |answer: &'static str| {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut stream, _) = socket.accept().unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        (url, served)
    };
    let html = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
    let moved =
        "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[";
    for (words, answer, code, text) in [
        (&["ping"][..], html, 7, "not with pong"),
        (&["list"], html, 7, "<html></html>"),
        (&["list"], moved, 7, "http://elsewhere/"),
        (&["list"], cut, 3, "cl"),
        (&["list"], "", 3, "closed the connection"),
    ] {
        let (url, served) = serve(answer);
        let user = User::new().with("APIHOST", &url).with("AUTH", "u:k");
        user.run(words).fails(code, &[text, "next: "]);
        let request = served.join().unwrap();
        assert!(request.starts_with("GET /"), "{request}");
        assert_eq!(request.contains("authorization: Basic"), words != ["ping"], "{request}");
    }
}
