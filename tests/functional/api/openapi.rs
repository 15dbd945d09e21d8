//! The document of the API: all that is in it is there, and all that answers is in it.

use serde_json::{Value, json};

use super::{activation_id, hello};
use crate::support::{Answer, Flockd};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// A host with one of each.
fn furnished() -> (Flockd, String) {
    let host = Flockd::start();
    let body = |more: Value| {
        let mut body = hello();
        body["annotations"] = json!([{"key": "web-export", "value": true}]);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    // Twice: the second makes the first a former version.
    host.put("action", &body(json!({}))).expect(200);
    host.put("action", &body(json!({}))).expect(200);
    let own = |collection: &str, name: &str, body: &Value| {
        let path = format!("/api/v1/namespaces/_/{collection}/{name}?overwrite=true");
        host.send("PUT", &path, Some(body)).expect(200);
    };
    own("packages", "package", &json!({}));
    own("actions/package", "action", &body(json!({})));
    own("actions/package", "action", &body(json!({})));
    own("triggers", "trigger", &json!({}));
    own("rules", "rule", &json!({"trigger": "/_/trigger", "action": "/_/action"}));
    let apidoc = json!({"apidoc": {"gatewayBasePath": "/", "gatewayPath": "/path", "gatewayMethod": "get", "namespace": "_",
        "action": {"name": "action", "namespace": "_", "backendMethod": "get", "backendUrl": "u", "authkey": "k"}}});
    host.send("POST", "/api/v1/web/whisk.system/apimgmt/createApi.http", Some(&apidoc)).expect(200);
    let id = activation_id(&host.invoke("action", &json!({})));
    host.record(&id);
    (host, id)
}

/// A path of the document with the names of what is there.
fn instance(template: &str, id: &str) -> String {
    let name = |segment: &str| match segment {
        "{namespace}" if template.starts_with("/routes") || template.contains("/web/") => "guest".to_owned(),
        "{namespace}" => "_".to_owned(),
        "{id}" => id.to_owned(),
        other => other.trim_matches(['{', '}']).to_owned(),
    };
    template.split('/').map(name).collect::<Vec<_>>().join("/")
}

fn send(host: &Flockd, method: &str, path: &str) -> Answer {
    let body = ["put", "post"].contains(&method).then(|| json!({}));
    // This answer ends when the client says so.
    let path = if path == "/flock/v1/logs" { "/flock/v1/logs?seconds=1" } else { path };
    host.send(&method.to_uppercase(), path, body.as_ref())
}

#[test]
fn all_that_is_in_the_document_answers_as_it_says() {
    let (host, id) = furnished();
    let document = host.send_as(None, "GET", "/api/v1/api-docs", None).expect(200).json();
    assert_eq!(document["openapi"], "3.0.3");
    let mut count = 0;
    // What deletes comes last: first rules, then what they are made of.
    let mut calls = Vec::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let deletes = method == "delete" && template.contains("/namespaces/");
            calls.push((deletes, method.clone(), template.clone(), operation.clone()));
        }
    }
    calls.sort_by_key(|(is_last, _, template, _)| {
        (*is_last, !template.contains("/actions/{package}/{action}"))
    });
    for (_, method, template, operation) in calls {
        let path = instance(&template, &id);
        let answer = send(&host, &method, &path);
        let responses = operation["responses"].as_object().unwrap();
        let is_known =
            responses.contains_key("default") || responses.contains_key(&answer.status.to_string());
        assert!(is_known, "{method} {path}: {} is not in {responses:?}", answer.status);
        // A route has the method that it was made with; all else is there.
        let is_there = ![404, 405].contains(&answer.status) || template.starts_with("/routes");
        assert!(is_there, "{method} {path}: {} {}", answer.status, answer.text());
        if answer.status >= 400 && method != "head" {
            assert!(
                answer.json()["error"].is_string() && answer.json()["code"].is_string(),
                "{method} {path}"
            );
        }
        for parameter in template.split('/').filter(|segment| segment.starts_with('{')) {
            let named = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .any(|each| each["name"] == parameter.trim_matches(['{', '}']));
            assert!(named, "{template} does not describe {parameter}");
        }
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn all_that_answers_is_in_the_document() {
    let (host, id) = furnished();
    let document = host.send_as(None, "GET", "/api/v1/api-docs", None).expect(200).json();
    let paths = document["paths"].as_object().unwrap();
    let is_in = |method: &str, path: &str| {
        paths.iter().any(|(template, operations)| {
            let (wanted, is): (Vec<&str>, Vec<&str>) =
                (template.split('/').collect(), path.split('/').collect());
            // A web action's path has any length.
            let is_long = template.ends_with("{action}/{path}") && is.len() > wanted.len();
            let fits = (wanted.len() == is.len() || is_long)
                && wanted
                    .iter()
                    .zip(&is)
                    .all(|(wanted, is)| wanted == is || (wanted.starts_with('{') && !is.is_empty()));
            fits && !operations[method].is_null()
        })
    };
    // Every path of the document, what stands before and beside it, and what a client may think is there.
    let mut universe = std::collections::BTreeSet::new();
    for template in paths.keys() {
        let path = instance(template, &id);
        for end in path.match_indices('/').map(|(at, _)| at).chain([path.len()]) {
            universe.insert(path[..end.max(1)].to_owned());
        }
        universe.insert(format!("{}/more", path.trim_end_matches('/')));
    }
    for guess in [
        "docs",
        "routes",
        "web",
        "users",
        "experimental/web/_/default/action",
        "namespaces/_/annotations",
        "namespaces/_/rules/rule/status",
    ] {
        universe.insert(format!("/api/v1/{guess}"));
    }
    assert!(universe.len() > 50, "{}", universe.len());
    for path in &universe {
        for method in METHODS {
            // The host answers OPTIONS for every path of the API, for pages of other origins; HEAD goes with GET.
            if method == "options" || method == "delete" {
                continue;
            }
            let wanted = if method == "head" { "get" } else { method };
            let answer = send(&host, method, path);
            let is_there = ![404, 405].contains(&answer.status);
            assert!(
                !is_there || is_in(wanted, path),
                "{method} {path} answers {} and is not in the document",
                answer.status
            );
        }
    }
    // What deletes is asked where the document does not say so.
    for path in universe.iter().filter(|path| !is_in("delete", path)) {
        let answer = send(&host, "delete", path);
        assert!([404, 405].contains(&answer.status), "delete {path} answers {}", answer.status);
    }
}
