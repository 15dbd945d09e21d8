//! Configuration errors name the key; `flockd config` shows every key; a JDK that does not do is refused with the reason.

use std::fs;

use super::{
    support::{Options, flockd, serve_command},
    words::{Said, run},
};

fn with_variable(name: &str, value: &str) -> Said {
    run(flockd().arg("config").env(name, value))
}

fn with_file(text: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flock.toml");
    fs::write(&path, text).unwrap();
    run(flockd().arg("config").arg("--config").arg(&path))
}

#[test]
fn variables_that_are_wrong_are_named() {
    for (name, value, texts) in [
        ("FLOCK_NO_SUCH_KEY", "1", &["FLOCK_NO_SUCH_KEY", "flockd config"][..]),
        ("FLOCK_HTTP_WORKERS", "two", &["FLOCK_HTTP_WORKERS", "http.workers", "to 256"]),
        ("FLOCK_HTTP_CONNECTIONS_MAX", "0", &["http.connections-max", "from 1 to", "connections"]),
        ("FLOCK_HTTP_WORKERS", "-1", &["http.workers"]),
        ("FLOCK_HTTP_HEADER_TIMEOUT_MILLIS", "15s", &["http.header-timeout-millis", "ms", "without a unit"]),
        ("FLOCK_LIMITS_PAYLOAD_MAX_BYTES", "1 MB", &["limits.payload-max-bytes", "bytes"]),
        ("FLOCK_JVM_HEAP_MAX_MEBIBYTES", "1g", &["jvm.heap-max-mebibytes", "MiB"]),
        ("FLOCK_RECORDS_MAX_MEBIBYTES", "0", &["records.max-mebibytes", "from 1 to 1073741824", "MiB"]),
        ("FLOCK_LISTEN", "everywhere", &["listen", "ADDRESS:PORT"]),
        ("FLOCK_LISTEN", "127.0.0.1", &["listen", "ADDRESS:PORT"]),
        ("FLOCK_DEV", "perhaps", &["dev", "true or false"]),
        ("FLOCK_LOG_FORMAT", "xml", &["log.format", "auto, text, json"]),
        (
            "FLOCK_LIMITS_ACTION_TIMEOUT_MILLIS_MIN",
            "70000",
            &["limits.action.timeout-millis", "does not hold"],
        ),
        ("FLOCK_LIMITS_ACTION_LOGS_MEBIBYTES_MAX", "5", &["limits.action.logs-mebibytes-max"]),
        ("FLOCK_LIMITS_ACTION_MEMORY_MEBIBYTES_DEFAULT", "4096", &["limits.action.memory-mebibytes-default"]),
    ] {
        with_variable(name, value).fails_with(texts);
    }
}

#[test]
fn files_that_are_wrong_are_named() {
    for (text, texts) in [
        ("[http]\nporkers = 3\n", &["http.porkers", "flock.toml"][..]),
        ("speed = 3\n", &["speed"]),
        ("[http]\nworkers = \"3\"\n", &["http.workers"]),
        ("[http]\nheader-timeout-millis = \"15s\"\n", &["http.header-timeout-millis"]),
        ("[http]\nworkers = 300\n", &["http.workers", "to 256"]),
        ("[http]\nworkers = 1.5\n", &["http.workers"]),
        ("[limits.action]\ntimeout-millis-max = 50\n", &["limits.action.timeout-millis-max"]),
        ("[jvm]\noptions = \"-Xss1m\"\n", &["jvm.options", "list"]),
        ("[http\n", &["flock.toml", "TOML"]),
        ("http = 3\n", &["http"]),
    ] {
        with_file(text).fails_with(texts);
    }
    run(flockd().args(["config", "--config", "/nonexistent/flock.toml"]))
        .fails_with(&["/nonexistent/flock.toml"]);
}

#[test]
fn config_shows_every_key_with_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flock.toml");
    fs::write(&path, "[http]\nworkers = 3\nconnections-max = 77\n[limits]\npayload-max-bytes = 2048\n")
        .unwrap();
    let said = run(flockd()
        .args(["config", "--listen", "127.0.0.1:9", "--config"])
        .arg(&path)
        .env("FLOCK_HTTP_WORKERS", "4")
        .env("FLOCK_LISTEN", "127.0.0.1:8"));
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "listen = \"127.0.0.1:9\"  # flag --listen".to_owned(),
        "http.workers = \"4\"  # variable FLOCK_HTTP_WORKERS".to_owned(),
        format!("http.connections-max = \"77\"  # file {}", path.display()),
        format!("limits.payload-max-bytes = \"2048\"  # file {}", path.display()),
        "lanes.idle-millis = \"10000\"  # default".to_owned(),
    ] {
        assert!(said.out.lines().any(|found| found == line), "no line {line:?} in\n{}", said.out);
    }
    for key in flock::config::keys::KEYS {
        let start = format!("{} = ", key.name);
        assert!(
            said.out.lines().any(|line| line.starts_with(&start) && line.contains("  # ")),
            "no {}",
            key.name
        );
        assert!(said.out.contains(&key.variable()), "no {}", key.variable());
        assert!(key.unit.is_empty() || said.out.contains(&format!("[{}]", key.unit)), "no unit {}", key.unit);
    }
}

#[test]
fn a_host_does_not_start_with_a_wrong_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default().set("http.workers", "many");
    let said = run(&mut serve_command(folder.path(), &options));
    said.fails_with(&["http.workers"]);
    let options = Options::default().set("jvm.options", "-XX:+NoSuchOption");
    let said = run(&mut serve_command(folder.path(), &options));
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!((said.out + &said.err).contains("NoSuchOption"), "the option is not named");
}

#[test]
fn folders_that_are_no_jdk_are_refused_with_the_reason() {
    let data = tempfile::tempdir().unwrap();
    let jdk = tempfile::tempdir().unwrap();
    let serve = |home: &std::path::Path| {
        run(flockd()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .arg("--jdk")
            .arg(home))
    };
    let named = jdk.path().display().to_string();
    serve("/nonexistent".as_ref()).fails_with(&["--jdk", "/nonexistent", "no such folder"]);
    serve(jdk.path()).fails_with(&[&named, "release"]);
    fs::write(jdk.path().join("release"), "JAVA_VERSION=\"11.0.2\"\n").unwrap();
    serve(jdk.path()).fails_with(&[&named, "Java 11.0.2", "17 to 25"]);
    fs::write(jdk.path().join("release"), "JAVA_VERSION=\"17.0.2\"\nMODULES=\"java.base\"\n").unwrap();
    serve(jdk.path()).fails_with(&[&named, "libjvm.so"]);
    fs::create_dir_all(jdk.path().join("lib/server")).unwrap();
    fs::write(jdk.path().join("lib/server/libjvm.so"), "no library").unwrap();
    serve(jdk.path()).fails_with(&[&named, "java.instrument"]);
    let said = run(flockd()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env("JAVA_HOME", "/nonexistent/java"));
    said.fails_with(&["JAVA_HOME", "/nonexistent/java"]);
}

#[test]
fn flags_that_are_wrong_are_named() {
    let said = run(flockd().args(["serve", "--listen", "nowhere"]));
    said.fails_with(&["--listen", "ADDRESS:PORT"]);
    let said = run(flockd().args(["serve", "--no-such-flag"]));
    assert_ne!(said.code, Some(0));
    assert!(said.err.contains("--no-such-flag"), "{said:?}");
    let said = run(&mut flockd());
    assert!(
        said.err.contains("serve") && said.err.contains("config") && said.err.contains("keys"),
        "{said:?}"
    );
}

#[test]
fn dev_mode_refuses_to_listen_beyond_loopback() {
    let data = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let said = run(flockd().args(["serve", "--dev", "--listen", address, "--data"]).arg(data.path()));
        said.fails_with(&["--dev", "127.0.0.1"]);
    }
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let mut command = flockd();
    command.args(["serve", "--listen", &address, "--data"]).arg(data.path());
    if let Ok(jdk) = std::env::var("FLOCK_TEST_JDK")
        && !jdk.is_empty()
    {
        command.arg("--jdk").arg(jdk);
    }
    run(&mut command).fails_with(&[&address]);
}
