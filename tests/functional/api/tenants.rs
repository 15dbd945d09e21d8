//! Namespaces and their keys: `flockd keys`, and that one namespace sees nothing of another.

use std::{path::Path, process::Output};

use serde_json::{Value, json};

use super::{NOT_FOUND, actions, activation_id, activations, annotation, expect_error, hello};
use crate::support::{Answer, Flockd, eventually, flockd};

/// Runs `flockd keys`.
fn keys(folder: &Path, words: &[&str]) -> Output {
    flockd().arg("keys").args(words).arg("--data").arg(folder).output().unwrap()
}

/// Makes a key and gives it, `uuid:key`.
pub(super) fn create_key(folder: &Path, namespace: &str) -> String {
    let output = keys(folder, &["create", namespace]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_namespace_sees_nothing_of_another() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    let record = activation_id(&host.invoke("hello", &json!({})));
    host.record(&record);

    // A key that is made beside the running host works soon.
    let other = create_key(host.data(), "other");
    let send =
        |method: &str, path: &str, body: Option<&Value>| host.send_as(Some(&other), method, path, body);
    let get = |path: &str| -> Answer { send("GET", path, None) };
    eventually("the new key is known", || get("/api/v1/namespaces").status == 200);
    assert_eq!(get("/api/v1/namespaces").json(), json!(["other"]));

    assert_eq!(get(&actions("")).expect(200).json(), json!([]));
    assert_eq!(get(&activations("")).expect(200).json(), json!([]));
    assert_eq!(get(&activations("?count=true")).expect(200).json(), json!({"activations": 0}));
    expect_error(&get(&actions("/hello")), 404, NOT_FOUND);
    for part in ["", "/logs", "/result"] {
        expect_error(&get(&activations(&format!("/{record}{part}"))), 404, NOT_FOUND);
    }
    let guest = "/api/v1/namespaces/guest";
    let of_record = format!("activations/{record}");
    let (body, result) = (hello(), format!("{of_record}/result"));
    // The text names what the path names, whether it is there or not.
    for (method, rest, body, what) in [
        ("GET", "actions", None, "guest"),
        ("GET", "actions/", None, "guest"),
        ("GET", "actions/hello", None, "guest/hello"),
        ("GET", "actions/absent", None, "guest/absent"),
        ("POST", "actions/hello?blocking=true", Some(&body), "guest/hello"),
        ("PUT", "actions/new", Some(&body), "guest/new"),
        ("PUT", "actions/hello?overwrite=true", Some(&body), "guest/hello"),
        ("DELETE", "actions/hello", None, "guest/hello"),
        ("DELETE", "actions/p/hello", None, "guest/p/hello"),
        ("DELETE", "packages/p", None, "guest/p"),
        ("GET", "triggers", None, "guest"),
        ("POST", "triggers/t", None, "guest/t"),
        ("GET", "rules/r", None, "guest/r"),
        ("GET", "activations", None, "guest"),
        ("GET", &of_record, None, &format!("guest/{record}")),
        ("GET", &result, None, &format!("guest/{record}")),
        ("GET", "limits", None, "guest"),
    ] {
        let denied = format!("The supplied authentication is not authorized to access '{what}'.");
        expect_error(&send(method, &format!("{guest}/{rest}"), body), 403, &denied);
    }
    let chain = json!({"exec": {"kind": "sequence", "components": ["/guest/hello"]}});
    expect_error(&send("PUT", &actions("/chain"), Some(&chain)), 403, "'guest/hello'");
    let chain = json!({"exec": {"kind": "sequence", "components": ["/_/hello"]}});
    expect_error(&send("PUT", &actions("/chain"), Some(&chain)), 400, "Sequence component does not exist.");

    // The same name is another action there, and its records are its own.
    let mut echo = json!({"exec": host.send("GET", &actions("/echo"), None).expect(200).json()["exec"]});
    echo["parameters"] = json!([{"key": "owner", "value": "other"}]);
    let made = send("PUT", &actions("/hello"), Some(&echo)).expect(200).json();
    assert_eq!((&made["namespace"], &made["version"]), (&json!("other"), &json!("0.0.1")));
    let run = send("POST", &actions("/hello?blocking=true"), None).expect(200).json();
    assert_eq!((&run["namespace"], &run["subject"]), (&json!("other"), &json!("other")));
    assert_eq!(
        (annotation(&run, "path"), &run["response"]["result"]),
        (&json!("other/hello"), &json!({"owner": "other"}))
    );
    assert_eq!(host.result("hello", &json!({})), json!({"greeting": "Hello, stranger!"}));
    let id = run["activationId"].as_str().unwrap();
    eventually("its record is there", || get(&activations(&format!("/{id}"))).status == 200);
    expect_error(&host.send("GET", &activations(&format!("/{id}")), None), 404, NOT_FOUND);
    send("DELETE", &actions("/hello"), None).expect(200);
    host.send("GET", &actions("/hello"), None).expect(200);
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let host = Flockd::start();
    let works = |key: &str| host.send_as(Some(key), "GET", "/api/v1/namespaces", None).status == 200;
    let (first, second) = (create_key(host.data(), "team one"), create_key(host.data(), "team one"));
    assert_ne!(first, second);
    eventually("both keys of the namespace work", || works(&first) && works(&second));
    host.send_as(Some(&first), "PUT", &actions("/hello"), Some(&hello())).expect(200);
    // They are keys of one namespace. It may be named too.
    host.send_as(Some(&second), "GET", "/api/v1/namespaces/team%20one/actions/hello", None).expect(200);

    let list = keys(host.data(), &["list"]);
    assert!(list.status.success());
    let list = String::from_utf8(list.stdout).unwrap();
    let uuid = |key: &str| key.split_once(':').unwrap().0.to_owned();
    for key in [&first, &second, &host.auth] {
        let (uuid, secret) = key.split_once(':').unwrap();
        assert!(list.contains(uuid), "{list}");
        assert!(!list.contains(secret), "the secret half must not be shown");
    }
    assert!(list.lines().any(|line| line == format!("team one\t{}", uuid(&first))), "{list}");

    assert!(keys(host.data(), &["revoke", "team one"]).status.success());
    eventually("revoked keys are refused", || !works(&first) && !works(&second));
    expect_error(&host.send_as(Some(&first), "GET", &actions(""), None), 401, "invalid");
    host.send("GET", &actions(""), None).expect(200);
    // What it had deployed is still there for its next key.
    let third = create_key(host.data(), "team one");
    eventually("the new key works", || works(&third));
    host.send_as(Some(&third), "GET", &actions("/hello"), None).expect(200);

    for (words, text) in [
        (["revoke", "nobody"], "nobody"),
        (["create", "a/b"], "a/b"),
        (["create", ""], "name"),
        (["revoke", "a b "], "a b "),
    ] {
        let output = keys(host.data(), &words);
        assert!(!output.status.success(), "{words:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(text), "{words:?}: {error}");
    }
}
