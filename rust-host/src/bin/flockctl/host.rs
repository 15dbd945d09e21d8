//! `namespace`, `limits`, `leaks`, `ping`: what the host says about itself and about the key.

use std::time::Instant;

use serde_json::{Value, json};

use crate::Session;
use crate::failure::{Failure, Kind};
use crate::names::collection_path;
use crate::table::Table;

pub(crate) fn namespace(session: &Session) -> Result<(), Failure> {
    let answer = session.client.get("/api/v1/namespaces")?;
    let names = answer.value("namespaces")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let names = names.as_array().into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    session.output.text(&names.join("\n"))
}

pub(crate) fn limits(session: &Session) -> Result<(), Failure> {
    let path = collection_path(&session.namespace, "limits");
    let answer = session.client.get(&path)?;
    let limits = answer.value("limits")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let mut table = Table::with_heading(&["LIMIT", "VALUE"]);
    for (key, value) in limits.as_object().into_iter().flatten() {
        let shown = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        table.row([key.as_str().into(), shown.into()]);
    }
    session.output.styled(&table.render(&session.output))
}

/// Dropped functions whose classes do not go: a line for each, then what holds it, from the root.
pub(crate) fn leaks(session: &Session) -> Result<(), Failure> {
    let answer = session.client.get("/flock/v1/leaks")?;
    let leaks = answer.value("leaks")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let mut lines = Vec::new();
    for leak in leaks["rows"].as_array().into_iter().flatten() {
        lines.push(leak["action"].as_str().unwrap_or_default().to_owned());
        let chain = leak["chain"].as_array().into_iter().flatten();
        lines.extend(chain.filter_map(Value::as_str).map(|link| format!("  {link}")));
    }
    session.output.text(&lines.join("\n"))
}

pub(crate) fn ping(session: &Session) -> Result<(), Failure> {
    let started = Instant::now();
    let answer = session.client.get_open("/ping")?;
    let host = session.client.base_url();
    let text = answer.accepted("ping")?;
    if text.trim().trim_matches('"') != "pong" {
        return Err(Failure::new(Kind::Server, format!("{host} answers, but not with pong"))
            .with_status(answer.status)
            .advise("check --apihost: this may not be an OpenWhisk host"));
    }
    let micros = started.elapsed().as_micros();
    if session.output.for_program() {
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        return session.output.json(&json!({"apihost": host, "pong": true, "roundTripMicros": micros}));
    }
    let millis = micros as f64 / 1000.0;
    session.output.text(&format!("pong from {host} in {millis:.1} ms"))
}
