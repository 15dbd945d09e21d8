//! Which host and which key: flags before variables before the file; and what a wrong one comes to.

use super::User;
use crate::support::Flockd;

/// A key of the right form that no host knows.
const WRONG: &str = "11111111-2222-3333-4444-555555555555:wrong";

/// An address where nobody listens.
fn closed() -> String {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", socket.local_addr().unwrap())
}

fn props(host: &str, auth: &str) -> String {
    format!("# written by hand\n\nAPIHOST={host}\nAUTH={auth}\n")
}

#[test]
fn flags_come_before_variables_before_the_file() {
    let host = Flockd::start();
    let (url, auth) = (host.url.as_str(), host.auth.as_str());
    let nowhere = closed();
    let ask = ["namespace"];

    // Each source alone.
    let user = User::new();
    user.run(&["namespace", "--apihost", url, "--auth", auth]).says(&["guest"]);
    user.run(&["--apihost", url, "--auth", auth, "namespace"]).says(&["guest"]);
    User::new().with("APIHOST", url).with("AUTH", auth).run(&ask).says(&["guest"]);
    User::new().with("__OW_API_HOST", url).with("__OW_API_KEY", auth).run(&ask).says(&["guest"]);
    let bare = url.strip_prefix("http://").unwrap();
    User::new().with("APIHOST", bare).with("AUTH", auth).run(&ask).says(&["guest"]);
    let user = User::new();
    user.write(".wskprops", &props(url, auth));
    user.run(&ask).says(&["guest"]);

    // The file that WSK_CONFIG_FILE names replaces the one at home.
    user.write("other", &props(&nowhere, auth));
    let other = user.home.path().join("other");
    let user = user.with("WSK_CONFIG_FILE", other.to_str().unwrap());
    user.run(&ask).fails(3, &["cannot reach", &nowhere]);
    // A variable comes before the file, the client's own before those of an action, a flag before both.
    let user = user.with("__OW_API_HOST", url);
    user.run(&ask).says(&["guest"]);
    let user = user.with("APIHOST", &nowhere);
    user.run(&ask).fails(3, &[&nowhere]);
    user.run(&["namespace", "--apihost", url]).says(&["guest"]);
    let user = User::of(&host).with("AUTH", WRONG);
    user.run(&ask).fails(4, &["401"]);
    user.run(&["namespace", "--auth", auth]).says(&["guest"]);
    let user = User::of(&host).with("__OW_API_KEY", WRONG);
    user.run(&ask).fails(4, &["401"]);
    user.with("AUTH", auth).run(&ask).says(&["guest"]);
    // An empty variable says nothing.
    User::of(&host).with("AUTH", "").with("APIHOST", "").run(&ask).says(&["guest"]);

    // NAMESPACE in the file is where names without a namespace are looked for.
    let user = User::new();
    user.write(".wskprops", &format!("{}NAMESPACE=guest\n", props(url, auth)));
    user.run(&["list"]).ok();
    user.write(".wskprops", &format!("{}NAMESPACE=other\n", props(url, auth)));
    user.run(&["list"]).fails(4, &["'other'", "403"]);
}

#[test]
fn what_is_wrong_with_the_settings_is_said() {
    let host = Flockd::start();
    let user = User::new().with("APIHOST", &host.url);
    user.run(&["list"]).fails(4, &["there is no key", "AUTH=UUID:KEY"]);
    user.run(&["list", "--auth", WRONG]).fails(4, &["401", "check AUTH", "transaction "]);
    let said = user.run(&["list", "--auth", WRONG, "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said.stderr).unwrap();
    assert_eq!((&said["exit"], &said["status"]), (&4.into(), &401.into()), "{said}");
    assert!(said["error"].as_str().unwrap().contains("The supplied authentication is invalid"), "{said}");
    assert!(said["code"].is_string() && said["advice"].is_string(), "{said}");

    for (auth, text) in
        [("nocolon", "UUID:KEY"), (":key", "UUID:KEY"), ("uuid:", "UUID:KEY"), ("a:b\n", "UUID:KEY")]
    {
        user.run(&["list", "--auth", auth]).fails(2, &[text]);
    }
    for (apihost, text) in [
        ("ftp://h", "scheme"),
        ("http://h/path", "path"),
        ("http://u:p@h", "user name"),
        ("h h", "not a host"),
    ] {
        User::new().run(&["ping", "--apihost", apihost]).fails(2, &[text, "next: "]);
    }

    let user = User::new().with("WSK_CONFIG_FILE", "/nowhere/wskprops");
    user.run(&["ping"]).fails(2, &["WSK_CONFIG_FILE", "/nowhere/wskprops"]);
    let user = User::new();
    user.write(".wskprops", "AUTH=a:b\nAPIHOST h\n");
    user.run(&["ping"]).fails(2, &[".wskprops:2", "KEY=VALUE"]);

    let nowhere = closed();
    for words in [vec!["ping"], vec!["list"], vec!["invoke", "x"], vec!["logs", "x"], vec!["activations"]] {
        let words: Vec<&str> = words.into_iter().chain(["--apihost", &nowhere, "--auth", WRONG]).collect();
        let out = User::new().run(&words).fails(3, &["cannot reach", &nowhere, "start flockd"]);
        assert_eq!(out, "");
    }
}
