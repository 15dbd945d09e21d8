//! Parameters, environment, payloads and keys: who gets them, and that nobody else does.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    support::{Options, source, source_exec},
    tenant::Street,
};

/// What the victim's action is given in each way, and leaves in each way in which an action may fail.
const SECRETS: [&str; 4] =
    ["secret-parameter-7f3a", "secret-variable-91c4", "secret-payload-5be2", "secret-log-d08e"];

const VICTIM: &str = r#"
    Thread.currentThread().setName("named " + args.get("payload").getAsString());
    System.setProperty("victim", args.get("parameter").getAsString());
    System.out.println("secret-log-d08e " + System.getenv("VARIABLE"));
    Thread.sleep(args.has("millis") ? args.get("millis").getAsLong() : 0);
    throw new IllegalStateException(args.toString());
"#;

const ATTACKER: &str = r#"
    StringBuilder all = new StringBuilder();
    all.append(System.getenv()).append(System.getProperties());
    for (Thread t : Thread.getAllStackTraces().keySet()) all.append(t.getName());
    Thread[] some = new Thread[1000];
    int n = Thread.enumerate(some);
    for (int i = 0; i < n; i++) all.append(some[i].getName());
    try {
        for (var info : java.lang.management.ManagementFactory.getThreadMXBean().dumpAllThreads(false, false))
            all.append(info);
    } catch (SecurityException refused) {
        all.append(refused);
    }
    all.append(java.lang.management.ManagementFactory.getRuntimeMXBean().getSystemProperties());
    JsonObject o = new JsonObject();
    o.addProperty("all", all.toString());
    return o;
"#;

#[test]
fn what_one_action_is_given_no_other_namespace_finds() {
    let street = Street::start();
    let host = &street.host;
    let victim = json!({
        "exec": source_exec(&source(VICTIM)),
        "parameters": [
            { "key": "parameter", "value": SECRETS[0] },
            { "key": "VARIABLE", "value": SECRETS[1], "init": true },
        ],
    });
    let other = Some(street.other());
    let path = "/api/v1/namespaces/_/actions/keeper";
    host.send_as(other, "PUT", path, Some(&victim)).expect(200);
    host.put("seeker", &json!({ "exec": source_exec(&source(ATTACKER)) })).expect(200);
    // Two calls fail and leave records, one still runs while the attacker looks.
    let payload = json!({ "payload": SECRETS[2] });
    for _ in 0..2 {
        host.send_as(other, "POST", &format!("{path}?blocking=true"), Some(&payload)).expect(502);
    }
    let slow = json!({ "payload": SECRETS[2], "millis": 3000 });
    let running = host.send_as(other, "POST", path, Some(&slow)).expect(202).json();
    let mut seen = host.result("seeker", &json!({}))["all"].as_str().unwrap().to_owned();
    let id = running["activationId"].as_str().unwrap();
    for path in [
        "/metrics".to_owned(),
        "/api/v1/namespaces/_/activations?docs=true".to_owned(),
        format!("/api/v1/namespaces/_/activations/{id}"),
        "/api/v1/namespaces/other/activations?docs=true".to_owned(),
        "/api/v1/namespaces/other/actions/keeper".to_owned(),
        "/flock/v1/usage?by=action".to_owned(),
        "/flock/v1/top".to_owned(),
    ] {
        write!(seen, "{path}: {}", host.send("GET", &path, None).text()).unwrap();
    }
    let records = host.send_as(other, "GET", "/api/v1/namespaces/_/activations?docs=true", None).text();
    for secret in SECRETS {
        assert!(!seen.contains(secret), "{secret} in {seen}");
        assert!(!host.log().contains(secret), "{secret} in the host's log");
        assert!(records.contains(secret), "the owner finds {secret} in its own records: {records}");
    }
}

const CALLER: &str = r#"
    var open = new java.net.URL(System.getenv("__OW_API_HOST") + "/api/v1/namespaces").openConnection();
    String key = System.getenv("__OW_API_KEY");
    open.setRequestProperty("authorization",
            "Basic " + java.util.Base64.getEncoder().encodeToString(key.getBytes("UTF-8")));
    JsonObject o = new JsonObject();
    o.addProperty("said", new String(open.getInputStream().readAllBytes(), "UTF-8"));
    o.addProperty("key", key);
    o.addProperty("same", key.equals(System.getenv().get("__OW_API_KEY")));
    return o;
"#;

#[test]
fn an_action_that_asks_for_a_key_has_one_of_its_own_while_it_runs() {
    let street = Street::start_with(&Options::default().set("isolation.net-allow", "guest=127.0.0.0/8"));
    let host = &street.host;
    let put = json!({
        "exec": source_exec(&source(CALLER)),
        "annotations": [{ "key": "provide-api-key", "value": true }],
    });
    host.put("caller", &put).expect(200);
    host.put("twice", &json!({ "exec": { "kind": "sequence", "components": ["/_/caller", "/_/caller"] } }))
        .expect(200);
    let mut keys: Vec<Value> = Vec::new();
    for name in ["caller", "caller", "twice"] {
        let seen = host.result(name, &json!({}));
        assert_eq!(seen["said"], "[\"guest\"]", "{seen}");
        assert_eq!(seen["same"], true);
        host.send_as(seen["key"].as_str(), "GET", "/api/v1/namespaces", None).expect(401);
        assert!(!keys.contains(&seen["key"]), "each activation has its own");
        keys.push(seen["key"].clone());
    }
}
