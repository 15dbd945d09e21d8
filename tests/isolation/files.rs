//! Files: a function has a folder of its own and reads the JDK's; everything else is not there for it, or refused with the reason.

use std::{collections::BTreeMap, path::Path, time::SystemTime};

use serde_json::json;

use super::{
    support::eventually,
    tenant::{Street, all_refused, all_work, end},
};

const SECRET: &str = "a text that nobody gives away";

/// What is in a folder, with times and modes.
fn state(folder: &Path) -> BTreeMap<String, (String, SystemTime, u32)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| {
            let found = entry.metadata().unwrap();
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            (
                entry.file_name().to_string_lossy().into_owned(),
                (text, found.modified().unwrap(), found.mode()),
            )
        })
        .collect()
}

#[test]
fn no_way_leads_to_a_file_that_is_not_its_own() {
    let street = Street::start();
    street.deploy("hostile-paths");
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().canonicalize().unwrap().join("secret.txt");
    std::fs::write(&secret, SECRET).unwrap();
    let before = state(folder.path());
    for (how, attempts) in [("read", 47), ("write", 28), ("links", 11)] {
        let ends = street.attack("paths", &json!({ "how": how, "path": secret }));
        assert!(all_refused(&ends) >= attempts, "{how}: {} attempts", ends.len());
        assert!(!format!("{ends:?}").contains(SECRET), "{how}: {ends:?}");
    }
    assert_eq!(before, state(folder.path()));
    // The files of the host itself.
    for name in ["flock.db", "wskprops", "runtime/flock-shim.jar"] {
        let path = street.host.data().canonicalize().unwrap().join(name);
        let ends = street.attack("paths", &json!({ "how": "read", "path": path }));
        all_refused(&ends);
    }
    let said = street.attack("paths", &json!({ "how": "open", "path": "/etc/passwd" }));
    let said = end(&said, "open");
    let reason = "a function cannot read /etc/passwd; the operator may allow it with isolation.files-allow";
    assert!(said.contains(reason), "{said}");
}

#[test]
fn its_own_folder_works_is_nobody_elses_and_goes_with_it() {
    let street = Street::start();
    street.deploy("hostile-paths");
    let own = street.attack("paths", &json!({ "how": "own", "name": "left.txt" }));
    all_work(&own);
    let folder = end(&own, "folder").strip_prefix("got ").unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(Path::new(&folder).join("left.txt")).unwrap(), "mine");
    let ends = street.victim("paths", &json!({ "how": "read", "path": format!("{folder}/left.txt") }));
    all_refused(&ends);
    let others = street.victim("paths", &json!({ "how": "own" }));
    all_work(&others);
    assert_ne!(end(&others, "folder"), end(&own, "folder"));
    street.host.send("DELETE", "/api/v1/namespaces/_/actions/paths", None).expect(200);
    eventually("the folder goes with the function", || !Path::new(&folder).exists());
    all_work(&street.victim("paths", &json!({ "how": "own" })));
}

#[test]
fn the_jdk_still_reads_what_it_needs() {
    let street = Street::start();
    street.deploy("hostile-paths");
    all_work(&street.attack("paths", &json!({ "how": "jdk" })));
    // What the attacker's thread has initialised serves the victim as well.
    all_work(&street.victim("paths", &json!({ "how": "jdk" })));
}
