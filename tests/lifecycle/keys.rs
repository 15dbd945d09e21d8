//! Namespaces and their keys: made, listed and revoked beside a running host; the well-known key of development.

use serde_json::json;

use super::{
    support::{Flockd, Options, eventually, flockd},
    words::{Said, run},
};

const WELL_KNOWN: &str =
    "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP";
const NAMESPACES: &str = "/api/v1/namespaces";

fn keys(folder: &std::path::Path, arguments: &[&str]) -> Said {
    run(flockd().arg("keys").args(arguments).arg("--data").arg(folder))
}

fn status(host: &Flockd, auth: &str) -> u16 {
    host.send_as(Some(auth), "GET", NAMESPACES, None).status
}

#[test]
fn keys_are_made_listed_and_revoked_beside_a_running_host() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    let made = keys(host.data(), &["create", "team-a"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let auth = made.out.trim().to_owned();
    assert_eq!(auth.split(':').map(str::len).collect::<Vec<_>>(), [36, 64], "{auth}");
    eventually("the new key is known", || status(&host, &auth) == 200);
    let spaces = host.send_as(Some(&auth), "GET", NAMESPACES, None).expect(200).json();
    assert_eq!(spaces, json!(["team-a"]));
    // A second pair for the same namespace, so that keys can be changed without a gap.
    let second = keys(host.data(), &["create", "team-a"]).out.trim().to_owned();
    assert_ne!(second, auth);
    eventually("the second key is known", || status(&host, &second) == 200);
    assert_eq!(status(&host, &auth), 200);
    // Each namespace has actions of its own, and no way to those of another.
    let actions = host.send_as(Some(&auth), "GET", "/api/v1/namespaces/_/actions", None).expect(200).json();
    assert_eq!(actions, json!([]));
    host.send_as(Some(&auth), "GET", "/api/v1/namespaces/guest/actions", None).expect(403);
    host.send_as(
        Some(&auth),
        "POST",
        "/api/v1/namespaces/guest/actions/hello?blocking=true",
        Some(&json!({})),
    )
    .expect(403);

    let listed = keys(host.data(), &["list"]).out;
    let uuids: Vec<&str> =
        [&auth, &second, &host.auth].iter().map(|auth| auth.split(':').next().unwrap()).collect();
    for uuid in &uuids {
        assert!(listed.contains(uuid), "{listed}");
    }
    let secret = auth.split(':').nth(1).unwrap();
    assert!(!listed.contains(secret), "the list shows a secret");
    for file in ["flock.db", "flock.db-wal"] {
        let bytes = std::fs::read(host.data().join(file)).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{file} holds a secret");
    }

    let revoked = keys(host.data(), &["revoke", "team-a"]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    eventually("the keys are gone", || status(&host, &auth) == 401 && status(&host, &second) == 401);
    assert_eq!(status(&host, &host.auth), 200);
    let again = keys(host.data(), &["revoke", "team-a"]);
    again.fails_with(&["team-a"]);
    keys(host.data(), &["create", "no/name"]).fails_with(&["no/name"]);
}

#[test]
fn keys_can_be_made_before_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let auth = keys(folder.path(), &["create", "early"]).out.trim().to_owned();
    let host = Flockd::start_on(folder.path(), &Options::default());
    assert_eq!(status(&host, &auth), 200);
    assert_eq!(status(&host, &host.auth), 200);
}

#[test]
fn wrong_keys_are_refused() {
    let host = Flockd::start();
    let (uuid, key) = host.auth.split_once(':').unwrap();
    let other_end = if key.ends_with('x') { 'y' } else { 'x' };
    assert_eq!(host.send_as(None, "GET", NAMESPACES, None).status, 401);
    for wrong in [
        String::new(),
        ":".to_owned(),
        uuid.to_owned(),
        format!("{uuid}:"),
        format!(":{key}"),
        format!("{uuid}:{}{other_end}", &key[..63]),
        format!("{uuid}:{key}x"),
        format!("{uuid}:{}", &key[..63]),
        format!("{}:{key}", uuid::Uuid::new_v4()),
        WELL_KNOWN.to_owned(),
        "ü:ö".to_owned(),
    ] {
        let answer = host.send_as(Some(&wrong), "GET", NAMESPACES, None);
        assert_eq!(answer.status, 401, "{wrong}");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"OpenWhisk secure realm\""));
        assert!(answer.json()["code"].is_string());
    }
    for header in ["Basic", "Basic !!!", "Bearer abc", "basic", "Basic AAAA=A"] {
        let answer = host.send_raw("GET", NAMESPACES, &[("authorization", header.to_owned())], b"");
        assert_eq!(answer.status, 401, "{header}: {}", answer.text());
    }
}

#[test]
fn dev_mode_takes_the_key_that_everybody_knows_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let own = {
        let host = Flockd::start_on(folder.path(), &Options::default());
        assert_eq!(status(&host, WELL_KNOWN), 401);
        host.auth.clone()
    };
    {
        let host = Flockd::start_on(folder.path(), &Options::default().flag("--dev"));
        assert_eq!(host.auth, WELL_KNOWN);
        let spaces = host.send_as(Some(WELL_KNOWN), "GET", NAMESPACES, None).expect(200).json();
        assert_eq!(spaces, json!(["guest"]));
    }
    // A host that is no longer for development does not keep that key.
    let host = Flockd::start_on(folder.path(), &Options::default());
    assert_eq!(status(&host, WELL_KNOWN), 401);
    assert_eq!(host.auth, own);
}

/// The random key of a first start is another one each time.
#[test]
fn first_starts_make_keys_of_their_own() {
    let (one, two) = (Flockd::start(), Flockd::start());
    assert_ne!(one.auth, two.auth);
    assert_ne!(one.url, two.url);
}
