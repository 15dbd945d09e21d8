//! What a restart keeps of packages, triggers, rules and alarms, and what a `kill -9` does.

use serde_json::{Value, json};

use super::support::{Flockd, Options, eventually, jar_exec};

fn path(rest: &str) -> String {
    format!("/api/v1/namespaces/_/{rest}")
}

fn read(host: &Flockd, rest: &str) -> Value {
    host.send("GET", &path(rest), None).expect(200).json()
}

fn fires(host: &Flockd, trigger: &str) -> usize {
    read(host, &format!("activations?limit=0&name={trigger}")).as_array().unwrap().len()
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn alarm(host: &Flockd, kind: &str, trigger: &str, parameters: &Value) {
    let mut body = parameters.clone();
    (body["lifecycleEvent"], body["triggerName"]) = ("CREATE".into(), format!("/_/{trigger}").into());
    let path = format!("/api/v1/namespaces/whisk.system/actions/alarms/{kind}?blocking=true&result=true");
    host.send("POST", &path, Some(&body)).expect(200);
}

#[test]
fn entities_survive_a_kill_and_alarms_go_on_by_their_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Flockd::start_on(folder.path(), &Options::default());
    let named = |key: &str| json!({"parameters": [{"key": key, "value": 1}]});
    host.send("PUT", &path("packages/p"), Some(&named("package"))).expect(200);
    let binding = json!({"binding": {"namespace": "_", "name": "p"}});
    host.send("PUT", &path("packages/b"), Some(&binding)).expect(200);
    host.put("p/echo", &json!({"exec": jar_exec("echo", "Echo")})).expect(200);
    let (started, seconds) = (now(), json!({"cron": "* * * * * *"}));
    for (name, action) in [("every", "b/echo"), ("missed", "p/echo"), ("off", "p/echo")] {
        host.send("PUT", &path(&format!("triggers/{name}")), Some(&named("trigger"))).expect(200);
        let rule = json!({"trigger": format!("/_/{name}"), "action": format!("/_/{action}")});
        host.send("PUT", &path(&format!("rules/{name}-rule")), Some(&rule)).expect(200);
    }
    host.send("POST", &path("rules/off-rule"), Some(&json!({"status": "inactive"}))).expect(200);
    host.send("PUT", &path("triggers/gone"), None).expect(200);
    host.send("DELETE", &path("triggers/gone"), None).expect(200);
    let kept = [
        "packages",
        "packages/b",
        "triggers",
        "triggers/off",
        "rules",
        "rules/off-rule",
        "actions/p/echo?code=false",
    ];
    let before: Vec<Value> = kept.iter().map(|rest| read(&host, rest)).collect();
    alarm(&host, "alarm", "every", &seconds);
    let once = now() + 2500;
    alarm(&host, "once", "missed", &json!({"date": once}));
    eventually("the alarm has fired", || fires(&host, "every") >= 1);
    host.kill();
    let killed = now();
    eventually("the date has passed", || now() > once);

    let again = now();
    let mut host = Flockd::start_on(folder.path(), &Options::default());
    let after: Vec<Value> = kept.iter().map(|rest| read(&host, rest)).collect();
    assert_eq!(after, before);
    host.send("GET", &path("triggers/gone"), None).expect(404);
    // What was missed once fires at the start; what comes each second goes on, and makes up for nothing.
    eventually("the missed one has fired", || fires(&host, "missed") == 1);
    let first = fires(&host, "every");
    eventually("the other goes on", || fires(&host, "every") > first);
    // No tick has fired twice: there were no more seconds while a host ran.
    let seen = fires(&host, "every") as u64;
    let possible = (killed - started) / 1000 + 1 + (now() - again) / 1000 + 1;
    assert!(seen <= possible, "{seen} fires in {possible} seconds");
    assert_eq!(host.result("b/echo", &json!({})), json!({"package": 1}));
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0), "{}", host.log());
}
