//! The JDK's woven classes are kept from one start to the next: used when they fit, made anew when anything about them is
//! wrong, and never needed. However they came to be, the gate is there.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::support::{Flockd, Options, eventually, jdk, source, source_exec};

const MADE: &str = "were woven and are kept";
const ANEW: &str = "were made anew and kept";
const NOT_KEPT: &str = "cannot be kept";
/// What a start begins is over then.
const SETTLED: Duration = Duration::from_secs(3);

/// Starts a host, sees that it outlives a function that wants to end it, and gives what it logged.
fn log_of_a_start(folder: &Path, options: &Options) -> String {
    let _ = fs::remove_file(folder.join("test.log"));
    let mut host = Flockd::start_on(folder, options);
    host.put("exit", &json!({ "exec": source_exec(&source("    System.exit(3); return args;")) }))
        .expect(200);
    let answer = host.invoke("exit", &json!({})).expect(502).text();
    assert!(answer.contains("System.exit(3) called from within an action"), "{answer}");
    assert!(host.is_alive());
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0), "{}", host.log());
    host.log()
}

fn kept(folder: &Path) -> PathBuf {
    folder.join("runtime/woven-classes")
}

fn is_silent(log: &str) -> bool {
    ![MADE, ANEW, NOT_KEPT].iter().any(|line| log.contains(line))
}

#[test]
fn the_second_start_uses_them_and_damaged_ones_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, options) = (folder.path(), Options::default());
    let log = log_of_a_start(folder, &options);
    assert!(log.contains(MADE), "{log}");
    let first = fs::read(kept(folder)).unwrap();
    assert_eq!(fs::metadata(kept(folder)).unwrap().permissions().mode() & 0o777, 0o600);
    let log = log_of_a_start(folder, &options);
    assert!(is_silent(&log), "{log}");

    let mut damaged = first.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(kept(folder), &damaged).unwrap();
    let log = log_of_a_start(folder, &options);
    assert!(log.contains(ANEW) && log.contains("they are damaged"), "{log}");
    assert!(fs::read(kept(folder)).unwrap() == first);

    fs::write(kept(folder), &first[..first.len() - 1]).unwrap();
    let log = log_of_a_start(folder, &options);
    assert!(log.contains(ANEW) && log.contains("they are damaged"), "{log}");

    fs::set_permissions(kept(folder), fs::Permissions::from_mode(0o660)).unwrap();
    let log = log_of_a_start(folder, &options);
    assert!(log.contains(ANEW) && log.contains("a file of the host's own"), "{log}");
}

#[test]
fn what_weaving_leaves_behind_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let start = || Flockd::start_on(folder.path(), &Options::default());
    drop(start());
    let later = start();
    std::thread::sleep(SETTLED);
    let later_kib = later.memory_kib("Pss_Anon");
    drop(later);
    fs::remove_file(kept(folder.path())).unwrap();
    let first = start();
    eventually("a first start has little more than a later one", || {
        first.memory_kib("Pss_Anon") < later_kib + later_kib / 3
    });
}

#[test]
fn another_jdk_or_other_options_have_their_own_and_a_folder_that_takes_none_does_without() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, options) = (folder.path(), Options::default());
    log_of_a_start(folder, &options);

    // The same files under another name, and with another line in what they say of themselves.
    let home = folder.join("other-jdk");
    fs::create_dir(&home).unwrap();
    for entry in fs::read_dir(jdk()).unwrap().map(Result::unwrap) {
        if entry.file_name() != "release" {
            symlink(fs::canonicalize(entry.path()).unwrap(), home.join(entry.file_name())).unwrap();
        }
    }
    let release = fs::read_to_string(jdk().join("release")).unwrap();
    fs::write(home.join("release"), release.clone() + "PATCHED=\"1\"\n").unwrap();
    let other = Options::default().flag("--jdk").flag(home.to_str().unwrap());
    let log = log_of_a_start(folder, &other);
    assert!(log.contains(ANEW) && log.contains("another JDK"), "{log}");
    fs::write(home.join("release"), release + "PATCHED=\"2\"\n").unwrap();
    let log = log_of_a_start(folder, &other);
    assert!(log.contains(ANEW) && log.contains("another JDK"), "{log}");
    let log = log_of_a_start(folder, &other);
    assert!(is_silent(&log), "{log}");

    // The heap changes no class; what the operator says to the JVM may.
    let log = log_of_a_start(folder, &options);
    assert!(log.contains(ANEW) && log.contains("another JDK"), "{log}");
    let log = log_of_a_start(folder, &options.clone().set("jvm.heap-max-mebibytes", 200));
    assert!(is_silent(&log), "{log}");
    let log = log_of_a_start(folder, &options.clone().set("jvm.options", "-Xss600k"));
    assert!(log.contains(ANEW) && log.contains("other options"), "{log}");

    fs::remove_file(kept(folder)).unwrap();
    fs::create_dir(kept(folder)).unwrap();
    for _ in 0..2 {
        let log = log_of_a_start(folder, &options);
        assert!(log.contains(NOT_KEPT), "{log}");
    }
}
