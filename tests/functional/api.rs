//! OpenWhisk's REST API as a black box: paths, statuses, bodies, headers, error texts.
//!
//! One file for each part of the API. A test starts a host of its own and groups what belongs together, because a host
//! takes half a second to start.

mod accepted;
mod actions;
mod activations;
mod alarms;
mod budgets;
mod conventions;
mod frame;
mod info;
mod invoke;
mod logs;
mod names;
mod openapi;
mod packages;
mod refusals;
mod routes;
mod sequences;
mod tenants;
mod throttling;
mod triggers;
mod usage;
mod web;

use serde_json::{Value, json};

use crate::support::{Answer, Flockd, jar_exec};

/// What 404 says.
const NOT_FOUND: &str = "The requested resource does not exist.";

/// What 404 says of a path that is none.
const NO_PATH: &str = "The requested resource could not be found.";

/// The body of a PUT that deploys the sample hello.
fn hello() -> Value {
    json!({ "exec": jar_exec("hello", "hello.Hello") })
}

/// `/api/v1/namespaces/_/actions/REST`.
fn actions(rest: &str) -> String {
    format!("/api/v1/namespaces/_/actions{rest}")
}

/// `/api/v1/namespaces/_/activations/REST`.
fn activations(rest: &str) -> String {
    format!("/api/v1/namespaces/_/activations{rest}")
}

/// The value of an annotation of an action or a record; null where there is none.
fn annotation<'a>(entity: &'a Value, key: &str) -> &'a Value {
    let list = entity["annotations"].as_array().unwrap();
    list.iter().find(|each| each["key"] == key).map_or(&Value::Null, |each| &each["value"])
}

/// The names in a list of actions or records.
fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|each| each["name"].as_str().unwrap().to_owned()).collect()
}

/// Fails unless the answer is an error as OpenWhisk writes one: this status and text, and the transaction's id twice.
#[track_caller]
fn expect_error(answer: &Answer, status: u16, text: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let said = body["error"].as_str().unwrap();
    assert!(said.contains(text), "{said:?} does not say {text:?}");
    assert_eq!(body["code"].as_str(), answer.header("x-request-id"), "{body}");
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
}

/// Deploys a method of a built jar under another name than the jar's.
#[track_caller]
fn deploy_as(host: &Flockd, name: &str, jar_name: &str, main: &str) -> Value {
    host.put(name, &json!({ "exec": jar_exec(jar_name, main) })).expect(200).json()
}

/// Makes or updates a sequence.
fn put_sequence(host: &Flockd, name: &str, components: &Value) -> Answer {
    host.put(name, &json!({ "exec": { "kind": "sequence", "components": components } }))
}

/// The header with the activation's id, which every answer to an invocation has.
#[track_caller]
fn activation_id(answer: &Answer) -> String {
    let id = answer.header("x-openwhisk-activation-id").unwrap().to_owned();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    id
}
