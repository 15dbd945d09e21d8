//! What the host says of itself, the caller's namespace and its limits.

use serde_json::json;

use super::{NO_PATH, NOT_FOUND, expect_error};
use crate::support::{Flockd, Options};

#[test]
fn the_host_says_what_it_is_without_a_key() {
    let host = Flockd::start();
    let open = |path: &str| host.send_as(None, "GET", path, None).expect(200);

    for path in ["/api/v1", "/api/v1/"] {
        let api = open(path).json();
        assert_eq!(api["api_version"], "1.0.0");
        assert_eq!(api["api_version_path"], "v1");
        for text in ["description", "build", "buildno"] {
            assert!(api[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {api}");
        }
        assert!(api["swagger_paths"].is_object(), "{api}");
    }

    let controller = open("/").json();
    assert_eq!(controller["api_paths"], json!(["/api/v1"]));
    for member in ["support", "limits", "runtimes"] {
        assert!(controller[member].is_object(), "{member}: {controller}");
    }
    for limit in ["min_action_memory", "default_min_action_memory"] {
        assert_eq!(controller["limits"][limit], 128 << 20, "{limit}: {controller}");
    }
    assert_eq!(controller["limits"]["default_max_action_duration"], 300_000);
    let kinds = controller["runtimes"]["java"].as_array().unwrap();
    let default: Vec<_> = kinds.iter().filter(|kind| kind["default"] == true).collect();
    assert_eq!(default.len(), 1);
    assert_eq!(default[0]["kind"], "java:8", "the kind that OpenWhisk's clients know");
    assert!(kinds.iter().all(|kind| kind["requireMain"] == true && kind["deprecated"] == false));
    // The members are OpenWhisk's and no others; what deploys reads them as texts and flags.
    let mut members: Vec<&str> = kinds[0].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["attached", "default", "deprecated", "image", "kind", "requireMain"]);
    assert!(kinds[0]["image"].as_str().unwrap().starts_with("flock/java:"), "{controller}");
    open(controller["support"]["docs"].as_str().unwrap());

    // The page that `swagger_paths` names: all operations, for a person, and nothing from elsewhere.
    for path in ["/api/v1/docs", "/api/v1/docs/"] {
        let page = open(path);
        assert_eq!(page.header("content-type"), Some("text/html; charset=UTF-8"));
        let text = page.text();
        for part in [
            "<h1>OpenWhisk REST API",
            "<code>/api/v1/namespaces/{namespace}/actions/{action}</code>",
            "<code>blocking result timeout</code>",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("<script") && !text.contains("http:"), "{text}");
    }
    expect_error(&host.send_as(None, "POST", "/api/v1/docs", None), 405, "not allowed");
    assert_eq!(open("/api/v1/api-docs/").json()["openapi"], "3.0.3");
    assert_eq!(open("/ping").text(), "pong");
    assert_eq!(open("/healthz").text(), "ok");
    assert_eq!(open("/readyz").json()["ready"], true);
    let metrics = open("/metrics");
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    assert!(metrics.text().contains("# TYPE"), "{}", metrics.text());
    for path in ["/nothing", "/api", "/api/v2", "/api/v1/nothing", "/routes", "//"] {
        expect_error(&host.send_as(None, "GET", path, None), 404, NO_PATH);
    }
    expect_error(&host.send_as(None, "GET", "/api/v1/web/guest/default/x", None), 404, NOT_FOUND);
    expect_error(&host.send_as(None, "POST", "/api/v1", None), 405, "not allowed");
}

#[test]
fn a_caller_sees_its_namespace_and_its_limits() {
    let options = Options::default()
        .set("limits.namespace.invocations-per-minute", 7_777)
        .set("limits.namespace.concurrent-invocations", 55)
        .set("limits.action.memory-mebibytes-max", 1024)
        .set("limits.action.timeout-millis-min", 50)
        .set("limits.payload-max-bytes", 4096);
    let host = Flockd::start_with(&options);
    let get = |path: &str| host.send("GET", path, None);

    for path in ["/api/v1/namespaces", "/api/v1/namespaces/"] {
        assert_eq!(get(path).expect(200).json(), json!(["guest"]));
    }
    expect_error(&host.send("POST", "/api/v1/namespaces", None), 405, "not allowed");

    let limits = get("/api/v1/namespaces/_/limits").expect(200).json();
    assert_eq!(limits, get("/api/v1/namespaces/guest/limits").expect(200).json());
    assert_eq!(limits["invocationsPerMinute"], 7_777);
    assert_eq!(limits["concurrentInvocations"], 55);
    assert_eq!((&limits["minActionMemory"], &limits["maxActionMemory"]), (&json!(128), &json!(1024)));
    assert_eq!((&limits["minActionTimeout"], &limits["maxActionTimeout"]), (&json!(50), &json!(300_000)));
    assert_eq!((&limits["minActionLogs"], &limits["maxActionLogs"]), (&json!(0), &json!(10)));
    assert_eq!((&limits["minActionConcurrency"], &limits["maxActionConcurrency"]), (&json!(1), &json!(128)));
    assert_eq!(limits["maxParameterSize"], "1048576 B");
    assert_eq!(limits["maxPayloadSize"], "4096 B");
    for number in ["firesPerMinute", "maxActionInstances"] {
        assert!(limits[number].as_u64().is_some_and(|number| number > 0), "{number}: {limits}");
    }
    expect_error(&get("/api/v1/namespaces/other/limits"), 403, "not authorized to access 'other'");
    expect_error(&get("/api/v1/namespaces/_/limits/more"), 404, NO_PATH);
    expect_error(&host.send("PUT", "/api/v1/namespaces/_/limits", Some(&json!({}))), 405, "not allowed");

    // The collections that clients list beside the actions.
    for collection in ["packages", "triggers", "rules"] {
        let path = format!("/api/v1/namespaces/_/{collection}");
        assert_eq!(get(&format!("{path}?limit=0&skip=0")).expect(200).json(), json!([]));
        let count = get(&format!("{path}?count=true")).expect(200).json();
        assert_eq!(count[collection], 0, "{count}");
        expect_error(&get(&format!("{path}?limit=201")), 400, "range of 0 to 200");
        let named = if collection == "packages" {
            "The requested resource 'guest/absent' does not exist."
        } else {
            NOT_FOUND
        };
        expect_error(&get(&format!("{path}/absent")), 404, named);
    }
    for collection in ["triggers", "rules"] {
        expect_error(&get(&format!("/api/v1/namespaces/other/{collection}")), 403, "'other'");
    }
    // What others share may be listed; of a namespace that does not exist, that is nothing.
    assert_eq!(get("/api/v1/namespaces/other/packages").expect(200).json(), json!([]));
    expect_error(&get("/api/v1/namespaces/_/nothing"), 404, NO_PATH);
    expect_error(&get("/api/v1/namespaces/_"), 404, NO_PATH);
}
