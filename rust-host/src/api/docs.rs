//! `GET /api/v1/docs`: the document of the HTTP API as a page that a person can read, without a script.

use std::fmt::Write;

use serde_json::Value;
use warp::http::{HeaderValue, StatusCode, header};

use super::{
    error::ApiError,
    namespaces::only_get,
    openapi::document,
    request::Head,
    respond::{Reply, text},
};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}\
    table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}\
    code{font-size:.95em}";

/// Answers with the page.
pub fn answer(head: &Head) -> Result<Reply, ApiError> {
    only_get(head)?;
    let mut reply = text(StatusCode::OK, page(&document()));
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(reply)
}

fn page(document: &Value) -> String {
    let title = escaped(document["info"]["title"].as_str().unwrap_or_default());
    let version = escaped(document["info"]["version"].as_str().unwrap_or_default());
    let mut rows = String::new();
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let further = parameters.iter().filter(|each| each["in"] != "path");
            let further: Vec<&str> = further.filter_map(|each| each["name"].as_str()).collect();
            let statuses = operation["responses"].as_object().into_iter().flatten();
            let statuses: Vec<&str> = statuses.map(|(status, _)| status.as_str()).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                rows,
                "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                method.to_uppercase(),
                escaped(path),
                escaped(operation["summary"].as_str().unwrap_or_default()),
                escaped(&further.join(" ")),
                statuses.join(" "),
                if operation["security"].is_array() { "yes" } else { "" },
            );
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\n\
         <body><h1>{title} {version}</h1>\n<p>The same for programs: <a href=\"/api/v1/api-docs\">OpenAPI</a>. A key is the user and password of \
         HTTP Basic.</p>\n<table><tr><th>method</th><th>path</th><th>what</th><th>query and headers</th><th>answers</th><th>key</th></tr>\n\
         {rows}</table></body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
