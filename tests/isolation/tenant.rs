//! A host with an attacker's namespace (guest) and a victim's (`other`), and the answers of functions that try many things at once.

use serde_json::{Map, Value, json};

use super::support::{Flockd, Options, eventually, flockd, jar_exec, project, source_exec};

/// See the head of this file.
pub(crate) struct Street {
    pub(crate) host: Flockd,
    other: String,
}

impl Street {
    pub(crate) fn start() -> Self {
        Self::start_with(&Options::default())
    }

    pub(crate) fn start_with(options: &Options) -> Self {
        let host = Flockd::start_with(options);
        let output = flockd().args(["keys", "create", "other", "--data"]).arg(host.data()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let other = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        eventually("the key of the other namespace is known", || {
            host.send_as(Some(&other), "GET", "/api/v1/namespaces", None).status == 200
        });
        Self { host, other }
    }

    /// Deploys a hostile jar under its folder's name, in both namespaces.
    pub(crate) fn deploy(&self, jar: &str) {
        let folder = jar.strip_prefix("hostile-").unwrap();
        let body = json!({ "exec": jar_exec(jar, &main_of(folder)), "limits": { "instances": 1 } });
        let path = format!("/api/v1/namespaces/_/actions/{folder}?overwrite=true");
        for auth in [&self.host.auth, &self.other] {
            self.host.send_as(Some(auth), "PUT", &path, Some(&body)).expect(200);
        }
    }

    /// Deploys Java source, in both namespaces.
    pub(crate) fn deploy_source(&self, name: &str, source: &str) {
        let path = format!("/api/v1/namespaces/_/actions/{name}?overwrite=true");
        let body = json!({ "exec": source_exec(source), "limits": { "instances": 1 } });
        for auth in [&self.host.auth, &self.other] {
            self.host.send_as(Some(auth), "PUT", &path, Some(&body)).expect(200);
        }
    }

    #[track_caller]
    fn call_as(&self, auth: &str, name: &str, payload: &Value) -> Map<String, Value> {
        let path = format!("/api/v1/namespaces/_/actions/{name}?blocking=true");
        let answer = self.host.send_as(Some(auth), "POST", &path, Some(payload)).expect(200).json();
        answer["response"]["result"].as_object().unwrap().clone()
    }

    /// The key of the victim's namespace.
    pub(crate) fn other(&self) -> &str {
        &self.other
    }

    /// What the attacker's function answers.
    #[track_caller]
    pub(crate) fn attack(&self, name: &str, payload: &Value) -> Map<String, Value> {
        self.call_as(&self.host.auth, name, payload)
    }

    /// What the victim's function answers.
    #[track_caller]
    pub(crate) fn victim(&self, name: &str, payload: &Value) -> Map<String, Value> {
        self.call_as(&self.other, name, payload)
    }
}

fn main_of(folder: &str) -> String {
    let path = project().join("functions/hostile").join(folder).join("action.properties");
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().find_map(|line| line.strip_prefix("main=")).unwrap().trim().to_owned()
}

/// Fails unless each attempt came to nothing: it was refused, or found nothing. Gives the number of attempts.
#[track_caller]
pub(crate) fn all_refused(answer: &Map<String, Value>) -> usize {
    let got: Vec<String> = answer
        .iter()
        .filter(|(_, end)| {
            let end = end.as_str().unwrap_or_default();
            !["refused", "nothing", "absent"].iter().any(|word| end.starts_with(word))
        })
        .map(|(name, end)| format!("{name}: {end}"))
        .collect();
    assert!(got.is_empty(), "{got:#?}");
    answer.len()
}

/// Fails unless each attempt had its result.
#[track_caller]
pub(crate) fn all_work(answer: &Map<String, Value>) {
    let failed: Vec<String> = answer
        .iter()
        .filter(|(_, end)| !end.as_str().unwrap_or_default().starts_with("got "))
        .map(|(name, end)| format!("{name}: {end}"))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// The text of one attempt.
#[track_caller]
pub(crate) fn end<'a>(answer: &'a Map<String, Value>, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no attempt {name}: {answer:?}"))
}
