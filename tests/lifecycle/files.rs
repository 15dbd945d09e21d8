//! What a start leaves and says: file modes, ports, logs, health, metrics.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;

use super::support::{Flockd, Options, eventually};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_data_is_its_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("made/by/the/host");
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    // The test's own log would make the folder before the host does.
    let mut command = super::support::serve_command(&folder, &Options::default());
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    eventually("the host has written wskprops", || folder.join("wskprops").is_file());
    let modes: Vec<_> =
        ["", "wskprops", "flock.db", "code"].iter().map(|name| (*name, mode(&folder.join(name)))).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(modes, [("", 0o700), ("wskprops", 0o600), ("flock.db", 0o600), ("code", 0o700)]);
}

#[test]
fn wskprops_is_what_clients_read() {
    let host = Flockd::start();
    let props = fs::read_to_string(host.data().join("wskprops")).unwrap();
    let lines: Vec<&str> = props.lines().collect();
    assert_eq!(
        lines,
        [&*format!("APIHOST={}", host.url), &*format!("AUTH={}", host.auth), "NAMESPACE=guest"]
    );
}

#[test]
fn port_0_takes_a_free_port_and_says_so_in_one_line() {
    let host = Flockd::start();
    let listening: Vec<String> =
        host.stdout().into_iter().filter(|line| line.starts_with("listening on http://127.0.0.1:")).collect();
    assert_eq!(listening.len(), 1);
    assert_ne!(listening[0], "listening on http://127.0.0.1:0");
    eventually("the JDK and the credentials are named", || {
        let said = host.stdout().join("\n");
        said.contains("JDK ") && said.contains(&host.data().join("wskprops").display().to_string())
    });
}

#[test]
fn the_log_is_json_when_no_terminal_reads_it() {
    let mut host = Flockd::start();
    host.signal("TERM");
    host.wait();
    let log = host.log();
    assert!(!log.trim().is_empty());
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            event["timestamp"].is_string() && event["level"].is_string() && event["message"].is_string(),
            "{line}"
        );
    }
    let mut host = Flockd::start_with(&Options::default().set("log.format", "text"));
    host.signal("TERM");
    host.wait();
    assert!(host.log().lines().all(|line| serde_json::from_str::<Value>(line).is_err()), "{}", host.log());
    assert!(host.log().contains("INFO"), "{}", host.log());
}

#[test]
fn the_secret_is_never_logged_or_printed() {
    let mut host = Flockd::start_with(&Options::default().set("log.filter", "debug"));
    host.deploy("hello", "hello.Hello");
    host.result("hello", &serde_json::json!({ "name": "Ada" }));
    host.signal("TERM");
    host.wait();
    let secret = host.auth.split(':').nth(1).unwrap();
    assert!(!host.log().contains(secret));
    assert!(!host.stdout().join("\n").contains(secret));
}

#[test]
fn health_and_metrics_need_no_key() {
    let host = Flockd::start();
    assert_eq!(host.send_as(None, "GET", "/ping", None).expect(200).text(), "pong");
    host.send_as(None, "GET", "/healthz", None).expect(200);
    host.send_as(None, "GET", "/readyz", None).expect(200);
    host.deploy("hello", "hello.Hello");
    host.deploy("hostile-throws", "hostile.throwing.Throws");
    host.result("hello", &serde_json::json!({}));
    host.result("hello", &serde_json::json!({}));
    host.invoke("hostile-throws", &serde_json::json!({})).expect(502);
    let text = host.send_as(None, "GET", "/metrics", None).expect(200).text();
    for line in [
        "flock_activations_total{outcome=\"success\",start=\"cold\"} 1",
        "flock_activations_total{outcome=\"success\",start=\"warm\"} 1",
        "flock_activations_total{outcome=\"developer_error\",start=\"cold\"} 1",
        "flock_loaded 2",
        "flock_in_flight 0",
        "flock_dropped_records 0",
    ] {
        assert!(text.lines().any(|found| found == line), "no line {line:?} in\n{text}");
    }
    assert!(host.metric("flock_lanes") >= 2.0);
    assert!(host.metric("flock_activation_seconds_count") >= 3.0);
}

/// A lane that has nothing to do ends; the function stays loaded and keeps its statics.
#[test]
fn idle_lanes_end_and_statics_stay() {
    let host = Flockd::start_with(&Options::default().set("lanes.idle-millis", 100));
    let put = serde_json::json!({
        "exec": super::support::jar_exec("counter", "counter.Counter"),
        "limits": { "concurrency": 1, "instances": 1 },
    });
    host.put("counter", &put).expect(200);
    for count in 1..=3 {
        assert_eq!(host.result("counter", &serde_json::json!({}))["count"], count);
        eventually("the lane ends", || host.metric("flock_lanes") == 0.0);
    }
    assert_eq!(host.metric("flock_loaded"), 1.0);
}
