//! What the JDK keeps for whoever comes next: files that are open behind URLs, objects and settings that are one for all, services, the
//! tools in the process.

use std::{fs, time::Duration};

use serde_json::json;

use super::{
    support::jar_bytes,
    tenant::{Street, all_refused, end},
};

/// What a function may set or take, for itself alone. The rest of what it tries is refused.
const OWN: [&str; 10] =
    ["zip", "jar", "sessions", "beanPath", "editor", "designTime", "bundle", "driver", "sqlLog", "password"];

#[test]
fn what_one_function_takes_or_changes_no_other_sees() {
    let street = Street::start();
    street.deploy("hostile-commons");
    let before = street.victim("commons", &json!({ "how": "look" }));
    for name in ["zip", "jar", "sessions", "sockets", "profile"] {
        assert!(end(&before, name).starts_with("got "), "{name}: {before:#?}");
    }
    for name in ["bundle", "editor", "password", "remoteLog", "sqlLog"] {
        assert_eq!(end(&before, name), "absent", "{name}");
    }
    let taken = street.attack("commons", &json!({ "how": "take" }));
    for (name, end) in &taken {
        let end = end.as_str().unwrap();
        if OWN.contains(&name.as_str()) {
            assert!(end.starts_with("got "), "{name}: {end}");
        } else {
            // The bean is of newer JDKs, and where each virtual thread has a thread of its own, nothing can be set.
            let has_none = ["ClassNotFoundException", "UnsupportedOperationException"];
            let is_jdks_no = name == "scheduler" && has_none.iter().any(|error| end.contains(error));
            assert!(
                end.starts_with("refused: ") && end.contains("a function cannot") || is_jdks_no,
                "{name}: {end}"
            );
        }
    }
    assert_eq!(street.victim("commons", &json!({ "how": "look" })), before);
    let own = street.attack("commons", &json!({ "how": "look" }));
    assert!(end(&own, "sessions").starts_with("got 77 77"), "{own:#?}");
    assert_ne!(end(&own, "sockets"), end(&before, "sockets"), "each has TLS sockets of its own");
    // What the victim has closed meanwhile is still open for the attacker.
    let kept = street.attack("commons", &json!({ "how": "keeps" }));
    assert!(end(&kept, "mounted").starts_with("got "), "{kept:?}");
}

#[test]
fn an_open_file_of_one_function_opens_to_no_other() {
    let street = Street::start();
    street.deploy("hostile-commons");
    let held = street.victim("commons", &json!({ "how": "hold" }));
    assert_eq!(end(&held, "held"), "got what the owner alone may read", "{held:?}");
    let payload = json!({ "how": "open", "url": end(&held, "url"), "file": end(&held, "file") });
    assert!(all_refused(&street.attack("commons", &payload)) >= 8);
    let kept = street.victim("commons", &json!({ "how": "keeps" }));
    assert_eq!(end(&kept, "mounted"), "got 1");
}

/// The first function of the host that asks for drivers: the JDK looks for them once, by whoever comes first.
#[test]
fn services_are_the_functions_own() {
    let street = Street::start();
    street.deploy("hostile-commons");
    for seen in [
        street.attack("commons", &json!({ "how": "services" })),
        street.victim("commons", &json!({ "how": "services" })),
    ] {
        assert_eq!(end(&seen, "engines"), "got 1 1", "its jar has one, and the JDK none: {seen:?}");
        assert_eq!(end(&seen, "script"), "absent");
        assert_eq!(end(&seen, "drivers"), "got 0", "of others: {seen:?}");
        // One by the initialiser of the class, one by the look for services; not by the JDK's own look as well.
        assert_eq!(end(&seen, "driversMade"), "got 2");
    }
}

#[test]
fn the_compiler_in_the_process_works_on_its_own_files_only() {
    let street = Street::start();
    street.deploy("hostile-commons");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    fs::write(path.join("Other.java"), "public class Other {}").unwrap();
    fs::write(path.join("arguments.txt"), "--version").unwrap();
    fs::write(path.join("other.jar"), jar_bytes("hostile-exit")).unwrap();
    let mut ends = street.attack("commons", &json!({ "how": "compile", "path": path }));
    for name in ["own", "ownJar", "ownClassPath"] {
        let got = ends.remove(name).unwrap();
        assert!(got.as_str().unwrap().starts_with("got "), "{name}: {got}");
    }
    assert!(all_refused(&ends) >= 8, "{ends:?}");
    assert_eq!(fs::read_dir(&path).unwrap().count(), 3, "nothing was written");
}

/// The thread by which monitors look again is of the one who starts the first of all.
#[test]
fn monitors_go_on_when_the_function_that_had_the_first_has_ended() {
    let street = Street::start();
    street.deploy("hostile-commons");
    assert_eq!(end(&street.attack("commons", &json!({ "how": "watch" })), "monitor"), "got looks");
    street.host.send("DELETE", "/api/v1/namespaces/_/actions/commons", None).expect(200);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(end(&street.victim("commons", &json!({ "how": "watch" })), "monitor"), "got looks");
}
