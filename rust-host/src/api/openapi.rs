//! `GET /api/v1/api-docs`: the document of the HTTP API. A test calls everything that is in it, and finds nothing that answers
//! and is not.

use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    namespaces::only_get,
    request::Head,
    respond::{Reply, ok},
};

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// Nothing.
    No,
    /// A JSON object, or nothing.
    Json,
    /// Anything.
    Any,
}

/// One method of a path.
struct Operation {
    method: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    headers: &'static [&'static str],
    body: Body,
    /// Good answers, then those for what is wrong with the request.
    statuses: &'static [u16],
}

const fn get(summary: &'static str, query: &'static [&'static str], statuses: &'static [u16]) -> Operation {
    Operation { method: "get", summary, query, headers: &[], body: Body::No, statuses }
}

const fn put(summary: &'static str, statuses: &'static [u16]) -> Operation {
    let query = &["overwrite", "check", "canary"];
    Operation { method: "put", summary, query, headers: &[], body: Body::Json, statuses }
}

const fn post(summary: &'static str, query: &'static [&'static str], statuses: &'static [u16]) -> Operation {
    Operation { method: "post", summary, query, headers: &[], body: Body::Json, statuses }
}

const fn delete(
    summary: &'static str,
    query: &'static [&'static str],
    statuses: &'static [u16],
) -> Operation {
    Operation { method: "delete", summary, query, headers: &[], body: Body::No, statuses }
}

const PAGE: &[&str] = &["limit", "skip", "count"];
const OF_LIST: &[u16] = &[200, 400, 401, 403, 406];
const OF_ONE: &[u16] = &[200, 400, 401, 403, 404, 406, 409];
const OF_PUT: &[u16] = &[200, 400, 401, 403, 404, 406, 408, 409, 413, 415, 429];
const OF_CODE: &[u16] = &[200, 400, 401, 403, 404, 406, 409, 429, 500, 503];
const OF_DEPLOYMENT: &[u16] = &[200, 400, 401, 403, 404, 406, 408, 409, 413, 415, 429, 500, 503];
const OF_INVOKE: &[u16] = &[200, 202, 400, 401, 403, 404, 406, 408, 409, 413, 415, 429, 500, 502, 503];
const INVOKE: &[&str] = &["blocking", "result", "timeout"];
const OPEN: &[u16] = &[200];
const OF_DOCUMENT: &[u16] = &[200, 406];

/// Every path there is. A path with `{path}` at its end may have more segments.
const PATHS: &[(&str, &[Operation])] = &[
    ("/", &[get("Kinds and limits of the host", &[], OPEN)]),
    ("/ping", &[get("Says pong", &[], OPEN)]),
    ("/healthz", &[get("Is the process there?", &[], OPEN)]),
    ("/readyz", &[get("Are calls answered?", &[], &[200, 503])]),
    ("/metrics", &[get("Metrics for Prometheus", &[], OPEN)]),
    ("/api/v1", &[get("The version of the API and of the host", &[], OF_DOCUMENT)]),
    ("/api/v1/api-docs", &[get("This document", &[], OF_DOCUMENT)]),
    ("/api/v1/docs", &[get("This document, as a page", &[], OF_DOCUMENT)]),
    ("/api/v1/namespaces", &[get("The namespace of the key", &[], &[200, 401, 406])]),
    ("/api/v1/namespaces/{namespace}/limits", &[get("Its limits", &[], OF_LIST)]),
    ("/api/v1/namespaces/{namespace}/actions", &[get("Actions", PAGE, OF_LIST)]),
    (
        "/api/v1/namespaces/{namespace}/actions/{action}",
        &[
            get("An action", &["code"], OF_CODE),
            put("Makes or changes an action", OF_DEPLOYMENT),
            post("Invokes an action", INVOKE, OF_INVOKE),
            delete("Deletes an action", &[], OF_CODE),
        ],
    ),
    ("/api/v1/namespaces/{namespace}/actions/{package}/", &[get("Actions of a package", PAGE, OF_ONE)]),
    (
        "/api/v1/namespaces/{namespace}/actions/{package}/{action}",
        &[
            get("An action of a package", &["code"], OF_CODE),
            put("Makes or changes an action of a package", OF_DEPLOYMENT),
            post("Invokes an action of a package, or through a binding", INVOKE, OF_INVOKE),
            delete("Deletes an action of a package", &[], OF_CODE),
        ],
    ),
    (
        "/api/v1/namespaces/{namespace}/packages",
        &[get("Packages, or those that another namespace shares", PAGE, OF_LIST)],
    ),
    (
        "/api/v1/namespaces/{namespace}/packages/{package}",
        &[
            get("A package and what is in it", &[], OF_ONE),
            put("Makes or changes a package or binding", OF_PUT),
            delete("Deletes a package or binding", &["force"], OF_ONE),
        ],
    ),
    ("/api/v1/namespaces/{namespace}/triggers", &[get("Triggers", PAGE, OF_LIST)]),
    (
        "/api/v1/namespaces/{namespace}/triggers/{trigger}",
        &[
            get("A trigger and its rules", &[], OF_ONE),
            put("Makes or changes a trigger", OF_PUT),
            post("Fires a trigger", &[], &[202, 204, 400, 401, 403, 404, 406, 408, 409, 413, 415, 429]),
            delete("Deletes a trigger", &[], OF_ONE),
        ],
    ),
    ("/api/v1/namespaces/{namespace}/rules", &[get("Rules", PAGE, OF_LIST)]),
    (
        "/api/v1/namespaces/{namespace}/rules/{rule}",
        &[
            get("A rule", &[], OF_ONE),
            put("Makes or changes a rule", OF_PUT),
            post("Switches a rule on or off", &[], OF_PUT),
            delete("Deletes a rule", &[], OF_ONE),
        ],
    ),
    (
        "/api/v1/namespaces/{namespace}/activations",
        &[get("Records", &["limit", "skip", "count", "docs", "name", "since", "upto"], OF_LIST)],
    ),
    ("/api/v1/namespaces/{namespace}/activations/{id}", &[get("A record", &[], OF_ONE)]),
    ("/api/v1/namespaces/{namespace}/activations/{id}/logs", &[get("Its log lines", &[], OF_ONE)]),
    ("/api/v1/namespaces/{namespace}/activations/{id}/result", &[get("Its result", &[], OF_ONE)]),
    ("/api/v1/web/{namespace}/{package}/{action}", WEB),
    ("/api/v1/web/{namespace}/{package}/{action}/{path}", WEB),
    (
        "/api/v1/web/whisk.system/apimgmt/getApi.http",
        &[get("API routes", &["basepath", "limit", "skip"], &[200, 400, 401, 406])],
    ),
    (
        "/api/v1/web/whisk.system/apimgmt/createApi.http",
        &[post("Makes API routes", &["responsetype"], &[200, 400, 401, 406, 408, 413, 502])],
    ),
    (
        "/api/v1/web/whisk.system/apimgmt/deleteApi.http",
        &[delete("Deletes API routes", &["basepath", "relpath", "operation"], &[200, 401, 406, 502])],
    ),
    ("/routes/{namespace}/{path}", ROUTES),
    (
        "/flock/v1/usage",
        &[get("What was used, as a bill", &["by", "since", "upto", "limit"], &[200, 400, 401])],
    ),
    ("/flock/v1/funclets", &[get("The functions that are loaded", &[], &[200, 401])]),
    ("/flock/v1/versions/{action}", VERSIONS),
    ("/flock/v1/versions/{package}/{action}", VERSIONS),
    (
        "/flock/v1/logs",
        &[Operation {
            headers: &[super::logs::LAST_EVENT_ID],
            ..get(
                "Records as they are made, as server-sent events",
                &["name", "seconds"],
                &[200, 400, 401, 429],
            )
        }],
    ),
    ("/flock/v1/leaks", &[get("Dropped functions whose classes do not go", &[], &[200, 401])]),
    ("/flock/v1/top", &[get("What the loaded functions do", &[], &[200, 400, 401])]),
];

const VERSIONS: &[Operation] = &[
    get("The current version of an action and the former ones that are kept", &[], OF_ONE),
    post("Makes a new version of a former one", &["check", "canary"], OF_DEPLOYMENT),
    Operation {
        method: "put",
        summary: "Gives former versions parts of the calls",
        query: &[],
        headers: &[],
        body: Body::Json,
        statuses: OF_DEPLOYMENT,
    },
];

const WEB: &[Operation] = &[
    web("get", Body::No),
    web("put", Body::Any),
    web("post", Body::Any),
    web("delete", Body::Any),
    web("patch", Body::Any),
    web("head", Body::No),
    web("options", Body::No),
];

const ROUTES: &[Operation] = WEB;

const fn web(method: &'static str, body: Body) -> Operation {
    // A web action says any final status.
    Operation { method, summary: "Calls a web action", query: &[], headers: &[], body, statuses: &[] }
}

/// Answers with the document.
pub fn answer(head: &Head) -> Result<Reply, ApiError> {
    only_get(head)?;
    Ok(ok(&document()))
}

/// The document.
pub fn document() -> Value {
    let paths: Map<String, Value> = PATHS
        .iter()
        .map(|(path, operations)| {
            let members = operations.iter().map(|one| (one.method.to_owned(), operation(path, one)));
            ((*path).to_owned(), Value::Object(members.collect()))
        })
        .collect();
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "OpenWhisk REST API, as Flock has it",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/" }],
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "basic" } },
            "schemas": { "Error": {
                "type": "object",
                "required": ["error", "code"],
                "properties": {
                    "error": { "type": "string" },
                    "code": { "type": "string", "description": "the id of the transaction" },
                },
            }},
        },
        "paths": paths,
    })
}

fn operation(path: &str, operation: &Operation) -> Value {
    let of_path = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let of_path = of_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let of_query = operation
        .query
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
    let of_header = operation
        .headers
        .iter()
        .map(|name| json!({ "name": name, "in": "header", "schema": { "type": "string" } }));
    let parameters: Vec<Value> = of_path.chain(of_query).chain(of_header).collect();
    let mut value = json!({
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses(operation.statuses),
    });
    match operation.body {
        Body::No => {}
        Body::Json => {
            value["requestBody"] =
                json!({ "content": { "application/json": { "schema": { "type": "object" } } } })
        }
        Body::Any => value["requestBody"] = json!({ "content": { "*/*": {} } }),
    }
    if operation.statuses.contains(&401) {
        value["security"] = json!([{ "key": [] }]);
    }
    value
}

fn responses(statuses: &[u16]) -> Value {
    if statuses.is_empty() {
        return json!({ "default": { "description": "What the action says" } });
    }
    let one = |status: &u16| {
        let text =
            warp::http::StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        let mut response = json!({ "description": text.unwrap_or_default() });
        // An action's own failure has the action's result.
        if *status >= 400 && ![500, 502].contains(status) {
            response["content"] =
                json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
        }
        (status.to_string(), response)
    };
    Value::Object(statuses.iter().map(one).collect())
}
