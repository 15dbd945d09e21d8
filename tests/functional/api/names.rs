//! Names of actions: which are good, which are not, and how they travel in a path.

use super::{NO_PATH, NOT_FOUND, actions, expect_error, hello, names};
use crate::support::Flockd;

const ILLEGAL: &str = "The name of the entity contains illegal characters.";

/// Percent-encodes all but letters and digits.
fn encode(text: &str) -> String {
    let one = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[test]
fn good_names_are_good_in_every_path() {
    let host = Flockd::start();
    let longest = "n".repeat(256);
    let good =
        ["a", "_", "9", "a b", "a  b", "A.B", "me@home", "a&b", "a-b", "x.", "y@", "z-", "_x", &longest];
    for name in good {
        let path = actions(&format!("/{}", encode(name)));
        let made = host.send("PUT", &path, Some(&hello())).expect(200).json();
        assert_eq!(made["name"], name);
        assert_eq!(host.send("GET", &path, None).expect(200).json()["name"], name);
        let run = host.send("POST", &format!("{path}?blocking=true"), None).expect(200).json();
        assert_eq!(run["name"], name);
        assert_eq!(host.record(run["activationId"].as_str().unwrap())["name"], name);
    }
    let mut listed = names(&host.send("GET", &actions("?limit=0"), None).expect(200).json());
    let mut all: Vec<String> = good.iter().map(|name| (*name).to_owned()).collect();
    listed.sort();
    all.sort();
    assert_eq!(listed, all);

    // Encoded or not, it is the same name; its case counts; a plus sign is no space.
    host.send("GET", &actions("/%61"), None).expect(200);
    host.send("GET", &actions("/a&b"), None).expect(200);
    host.send("GET", &actions("/me@home"), None).expect(200);
    expect_error(&host.send("GET", &actions("/A"), None), 404, NOT_FOUND);
    expect_error(&host.send("GET", &actions("/a+b"), None), 400, ILLEGAL);

    let path = actions(&format!("/{}", encode("a b")));
    host.send("DELETE", &path, None).expect(200);
    expect_error(&host.send("GET", &path, None), 404, NOT_FOUND);
    host.send("GET", &actions("/a"), None).expect(200);
}

#[test]
fn bad_names_are_refused_by_every_method() {
    let host = Flockd::start();
    let bad = [
        " a", "a ", ".a", "-a", "@a", "&a", "a/b", "a\nb", "a\n", "a\tb", "a\0", "ä", "aä", "日本", "a?b",
        "a#b", "a%b", "a*b", "a:b", "a\\b", "a\"b", "a+b", ".", "..", "%", " ",
    ];
    for name in bad {
        let path = actions(&format!("/{}", encode(name)));
        for method in ["PUT", "GET", "POST", "DELETE"] {
            let body = hello();
            let body = (method == "PUT").then_some(&body);
            expect_error(&host.send(method, &path, body), 400, ILLEGAL);
        }
    }
    let long = "n".repeat(257);
    // OpenWhisk's text, as it is.
    let too_long = "Name segement longer than allowed: 257 > 256.";
    expect_error(&host.send("PUT", &actions(&format!("/{long}")), Some(&hello())), 400, too_long);
    expect_error(&host.send("GET", &actions(&format!("/{long}")), None), 400, too_long);
    expect_error(&host.send("PUT", &actions("/%ff"), Some(&hello())), 400, "UTF-8");
    expect_error(&host.send("PUT", &actions("/%"), Some(&hello())), 400, ILLEGAL);

    let path = format!("/api/v1/namespaces/{long}/actions");
    expect_error(&host.send("GET", &path, None), 400, "Namespace longer than allowed: 257 > 256.");

    // A namespace is a name too. Packages do not nest, and none of this name exists.
    expect_error(&host.send("GET", "/api/v1/namespaces/a%2Fb/actions", None), 400, "illegal characters");
    expect_error(&host.send("PUT", &actions("/absent/a"), Some(&hello())), 404, NOT_FOUND);
    expect_error(&host.send("GET", &actions("/absent/"), None), 404, NOT_FOUND);
    expect_error(&host.send("PUT", &actions("/a/b/c"), Some(&hello())), 404, NO_PATH);
    assert!(names(&host.send("GET", &actions(""), None).expect(200).json()).is_empty());
}
