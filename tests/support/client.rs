//! A client that keeps its connection and gives failures back: for threads that call a host which may die under them.

use std::{io::Read, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::Answer;

/// See the head of this file. A clone shares the connections.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    url: String,
    authorization: String,
}

impl Client {
    /// For a host and a pair of `uuid:key`.
    pub fn new(url: &str, auth: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self { agent, url: url.to_owned(), authorization: format!("Basic {}", STANDARD.encode(auth)) }
    }

    /// A request; the path begins after `/api/v1/namespaces/_/`. An error is one of the connection.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/namespaces/_/{path}", self.url))
            .header("authorization", &self.authorization);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut response = self.agent.run(request.body(body).unwrap()).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        Ok(Answer { status: response.status().as_u16(), headers, body: bytes })
    }

    /// Creates or updates an action.
    pub fn put(&self, name: &str, body: &Value) -> Result<Answer, String> {
        self.send("PUT", &format!("actions/{name}?overwrite=true"), Some(body))
    }

    /// Invokes and waits.
    pub fn invoke(&self, name: &str, payload: &Value) -> Result<Answer, String> {
        self.send("POST", &format!("actions/{name}?blocking=true"), Some(payload))
    }

    /// Invokes and does not wait.
    pub fn invoke_later(&self, name: &str, payload: &Value) -> Result<Answer, String> {
        self.send("POST", &format!("actions/{name}"), Some(payload))
    }
}
