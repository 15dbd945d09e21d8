//! One request to the host and its answer, with all errors turned into `Failure`.
//!
//! Requests look like those of OpenWhisk's own client: Basic auth, bodies with a length and a line
//! feed at the end. Redirects are not followed, since the key would go to another host. Large bodies
//! ask first (`Expect: 100-continue`), so that "too large" is read instead of a broken connection.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use ureq::http::{HeaderMap, Request, Uri};
use ureq::tls::TlsConfig;
use ureq::{Agent, AsSendBody, SendBody, Timeout};

use crate::failure::{Failure, Kind};
use crate::output::Output;
use crate::settings::{Settings, is_loopback};
use crate::upload::{Progress, Upload};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take that waits for no function.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// The answer to a deploy comes after the host has read, checked and maybe compiled the code.
pub(crate) const DEPLOY_TIMEOUT: Duration = Duration::from_secs(300);
const MAX_ANSWER_BYTES: u64 = 256 << 20;
const ASK_FIRST_BYTES: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    CertificatesChecked,
    AnyCertificate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Sent,
    Withheld,
}

pub(crate) struct Client {
    agent: Agent,
    base_url: String,
    authorization: Option<String>,
    key_pair: Option<String>,
    /// Writes a line on stderr for each request and answer.
    trace: Option<Output>,
    progress: Progress,
}

/// What came back, whatever the status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) activation: Option<String>,
    transaction: Option<String>,
    location: Option<String>,
}

impl Client {
    pub(crate) fn new(
        settings: &Settings,
        trust: Trust,
        trace: Option<Output>,
        progress: Progress,
    ) -> Client {
        let tls = TlsConfig::builder().disable_verification(trust == Trust::AnyCertificate);
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("flockctl/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .tls_config(tls.build());
        let uri = settings.base_url.parse::<Uri>().ok();
        if uri.and_then(|u| u.host().map(is_loopback)) == Some(true) {
            config = config.proxy(None);
        }
        let basic = |auth: &String| format!("Basic {}", BASE64_STANDARD.encode(auth));
        Client {
            agent: config.build().new_agent(),
            base_url: settings.base_url.clone(),
            authorization: settings.auth.as_ref().map(basic),
            key_pair: settings.auth.clone(),
            trace,
            progress,
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The key, for a feed that acts later.
    pub(crate) fn key_pair(&self) -> Option<&str> {
        self.key_pair.as_deref()
    }

    /// A GET that needs no key.
    pub(crate) fn get_open(&self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, None, Key::Withheld, ANSWER_TIMEOUT)
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, None, Key::Sent, ANSWER_TIMEOUT)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.send("DELETE", path, None, Key::Sent, ANSWER_TIMEOUT)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let text = format!("{body}\n");
        self.send("PUT", path, Some(text.as_bytes()), Key::Sent, DEPLOY_TIMEOUT)
    }

    pub(crate) fn post(&self, path: &str, body: &str, wait: Duration) -> Result<Answer, Failure> {
        self.send("POST", path, Some(body.as_bytes()), Key::Sent, wait)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
        key: Key,
        wait: Duration,
    ) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.base_url);
        let started = Instant::now();
        let mut request = Request::builder().method(method).uri(&url).header("accept", "application/json");
        if key == Key::Sent {
            request = request.header("authorization", self.key()?);
        }
        if let Some(trace) = &self.trace {
            trace.note(&format!("> {method} {url} ({} bytes)", body.map_or(0, <[u8]>::len)));
        }
        let answer = match body {
            Some(bytes) => {
                request =
                    request.header("content-type", "application/json").header("content-length", bytes.len());
                if bytes.len() >= ASK_FIRST_BYTES {
                    request = request.header("expect", "100-continue");
                }
                let mut upload = Upload::new(bytes, self.progress);
                self.run(request.body(SendBody::from_reader(&mut upload)), wait)
            }
            None => self.run(request.body(()), wait),
        }?;
        if let Some(trace) = &self.trace {
            trace.note(&format!(
                "< {} in {} ms ({} bytes), transaction {}",
                answer.status,
                started.elapsed().as_millis(),
                answer.text.len(),
                answer.transaction.as_deref().unwrap_or("none")
            ));
        }
        Ok(answer)
    }

    /// Opens a stream of server-sent events, to go on after the event of this id; none where the host has no such stream.
    pub(crate) fn events(
        &self,
        path: &str,
        after: Option<&str>,
    ) -> Result<Option<ureq::BodyReader<'static>>, Failure> {
        let url = format!("{}{path}", self.base_url);
        let mut request = Request::builder()
            .method("GET")
            .uri(&url)
            .header("accept", "text/event-stream")
            .header("authorization", self.key()?);
        if let Some(id) = after {
            request = request.header("last-event-id", id);
        }
        let request =
            request.body(()).map_err(|e| Failure::usage(format!("cannot build the request: {e}")))?;
        if let Some(trace) = &self.trace {
            trace.note(&format!("> GET {url} (events)"));
        }
        let configured = self.agent.configure_request(request).timeout_recv_response(Some(ANSWER_TIMEOUT));
        let response = self.agent.run(configured.build()).map_err(|e| self.lost(e))?;
        if let Some(trace) = &self.trace {
            trace.note(&format!("< {} (events)", response.status().as_u16()));
        }
        let kind = text_of(response.headers(), "content-type").unwrap_or_default();
        let is_stream = response.status().as_u16() == 200 && kind.starts_with("text/event-stream");
        Ok(is_stream.then(|| response.into_body().into_reader()))
    }

    fn key(&self) -> Result<&str, Failure> {
        self.authorization.as_deref().ok_or_else(|| {
            Failure::new(Kind::Unauthorized, format!("there is no key for {}", self.base_url)).advise(
                "put AUTH=UUID:KEY into ~/.wskprops or the environment, or give --auth; flockd prints at its start where its key is",
            )
        })
    }

    fn run(
        &self,
        request: Result<Request<impl AsSendBody>, ureq::http::Error>,
        wait: Duration,
    ) -> Result<Answer, Failure> {
        let request = request.map_err(|e| Failure::usage(format!("cannot build the request: {e}")))?;
        let configured = self.agent.configure_request(request);
        let request = configured.timeout_recv_response(Some(wait)).build();
        let mut response = self.agent.run(request).map_err(|e| self.lost(e))?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES);
        let bytes = body.read_to_vec().map_err(|e| self.lost(e))?;
        let header = |name: &str| text_of(response.headers(), name);
        Ok(Answer {
            status: response.status().as_u16(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            activation: header("x-openwhisk-activation-id"),
            transaction: header("x-request-id"),
            location: header("location"),
        })
    }

    /// No answer: why, and what to look at.
    fn lost(&self, cause: ureq::Error) -> Failure {
        let host = &self.base_url;
        match cause {
            ureq::Error::Timeout(Timeout::RecvResponse | Timeout::RecvBody) => Failure::new(
                Kind::StillRunning,
                format!("{host} did not answer in time"),
            )
            .advise("what was asked may still happen; look with: flockctl activations list"),
            ureq::Error::Io(e) if is_cut_off(&e) => Failure::new(
                Kind::Unreachable,
                format!("{host} closed the connection before it answered"),
            )
            .advise("if this was an upload, it may be larger than the host allows (flockctl limits); else see the log of flockd"),
            cause if is_insecure(&cause) => Failure::new(
                Kind::Unreachable,
                format!("no secure connection to {host}: {cause}"),
            )
            .advise("use --apihost http://HOST:PORT where the host speaks plain HTTP, or --insecure for a certificate of your own"),
            cause => Failure::new(Kind::Unreachable, format!("cannot reach {host}: {cause}"))
                .advise("start flockd, or say where it listens with --apihost or APIHOST"),
        }
    }
}

/// The TLS handshake failed; some of its errors come wrapped as input and output.
fn is_insecure(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => true,
        ureq::Error::Io(e) => e.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// The connection stood and was then closed by the other side.
fn is_cut_off(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned()).filter(|v| !v.is_empty())
}

impl Answer {
    /// The JSON of a 2xx answer; `what` names in an error what was asked for.
    pub(crate) fn value(&self, what: &str) -> Result<Value, Failure> {
        serde_json::from_str(self.accepted(what)?).map_err(|_| self.strange(what))
    }

    /// The text of a 2xx answer.
    pub(crate) fn accepted(&self, what: &str) -> Result<&str, Failure> {
        match self.status {
            200..=299 => Ok(&self.text),
            _ => Err(self.refusal(what)),
        }
    }

    /// The failure that an answer with another status is.
    pub(crate) fn refusal(&self, what: &str) -> Failure {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let kind = Kind::of_status(self.status);
        let Some(said) = error_text(&body["error"]) else {
            return self.strange(what);
        };
        let transaction = body["code"].as_str().map(str::to_owned);
        let failure = Failure::new(kind, format!("{what}: {said}"))
            .with_status(self.status)
            .with_transaction(transaction.or_else(|| self.transaction.clone()))
            .with_activation(self.activation.clone());
        match advice(self.status) {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    }

    /// An answer that no OpenWhisk host gives.
    fn strange(&self, what: &str) -> Failure {
        let kind = match self.status {
            200..=399 => Kind::Server,
            status => Kind::of_status(status),
        };
        let mut begin: String = self.text.trim().chars().take(200).collect();
        if begin.is_empty() {
            begin = "an empty body".into();
        }
        let failure = Failure::new(kind, format!("{what}: the host answered with {begin}"))
            .with_status(self.status)
            .with_transaction(self.transaction.clone());
        match (&self.location, advice(self.status)) {
            (Some(location), _) => failure
                .advise(format!("the host points to {location}; if you trust it, name it with --apihost")),
            (None, Some(advice)) => failure.advise(advice),
            (None, None) => failure.advise("check --apihost: this may not be an OpenWhisk host"),
        }
    }
}

/// `error` is a text from the host, and any JSON from a function.
pub(crate) fn error_text(error: &Value) -> Option<String> {
    match error {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn advice(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("check AUTH: --auth, then the environment, then ~/.wskprops is used"),
        403 => Some("use the key of the namespace that owns it"),
        404 => Some("see what there is with: flockctl list, flockctl activations list"),
        409 => Some("delete it first, or choose another name"),
        413 => Some("see what is allowed with: flockctl limits"),
        429 => Some("wait a little and try again; flockctl limits shows the rates"),
        500..=599 => Some("see the log of flockd; the transaction id stands there too"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
pub(crate) mod tests;
