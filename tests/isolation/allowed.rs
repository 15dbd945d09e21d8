//! What the operator allows is allowed, and to whom it is said only; what cannot be understood stops the start.

use serde_json::json;

use super::{
    support::{Options, flockd},
    tenant::{Street, all_refused, end},
};

#[test]
fn files_are_allowed_by_namespace_and_links_do_not_lead_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for name in ["shared", "writable", "private"] {
        std::fs::create_dir(root.join(name)).unwrap();
        std::fs::write(root.join(name).join("file.txt"), name).unwrap();
    }
    std::os::unix::fs::symlink(root.join("private"), root.join("shared/link")).unwrap();
    let shared = root.join("shared");
    let allow = format!("{} guest={}:rw", shared.display(), root.join("writable").display());
    let street = Street::start_with(&Options::default().set("isolation.files-allow", allow));
    street.deploy("hostile-paths");
    let open = |name: &str| json!({ "how": "open", "path": root.join(name) });
    for seen in
        [street.attack("paths", &open("shared/file.txt")), street.victim("paths", &open("shared/file.txt"))]
    {
        assert_eq!(end(&seen, "open"), "got shared");
    }
    assert_eq!(end(&street.attack("paths", &open("writable/file.txt")), "open"), "got writable");
    all_refused(&street.victim("paths", &open("writable/file.txt")));
    for way in ["private/file.txt", "shared/../private/file.txt", "shared/link/file.txt"] {
        all_refused(&street.attack("paths", &open(way)));
    }
    // What may be read may not be written.
    all_refused(&street.attack("paths", &json!({ "how": "write", "path": shared.join("file.txt") })));
    assert_eq!(std::fs::read_to_string(shared.join("file.txt")).unwrap(), "shared");
    street.attack("paths", &json!({ "how": "write", "path": root.join("writable/file.txt") }));
    let changed = std::fs::read_to_string(root.join("writable/file.txt")).ok();
    assert_ne!(changed.as_deref(), Some("writable"), "what may be written was");
}

#[test]
fn what_cannot_be_understood_stops_the_start() {
    for (key, value) in [("files-allow", "etc/passwd"), ("net-allow", "example.org")] {
        let folder = tempfile::tempdir().unwrap();
        let output = flockd()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .env(format!("FLOCK_ISOLATION_{}", key.replace('-', "_").to_uppercase()), value)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(&format!("isolation.{key}")) && said.contains(value),
            "{said}"
        );
    }
}
