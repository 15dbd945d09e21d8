//! What all tests share: a real `flockd` on a free port with a data directory of its own, and a small HTTP client.
//!
//! A host ends with its test, also when the test fails. `FLOCK_TEST_JDK` chooses the JDK.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test program uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

mod client;
mod dice;
mod woven;

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

pub use client::Client;
pub use dice::Dice;

/// Time for a host to start or stop, generous for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a host is started.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Configuration as `FLOCK_*` variables.
    pub variables: Vec<(String, String)>,
    /// Further flags of `flockd serve`.
    pub flags: Vec<String>,
    /// Another `flockd` than the one that was built with the tests.
    pub program: Option<PathBuf>,
}

impl Options {
    /// Sets a configuration key.
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        let name = format!("FLOCK_{}", key.replace(['.', '-'], "_").to_uppercase());
        self.variables.push((name, value.to_string()));
        self
    }

    /// Is it the host that a user starts who sets nothing?
    fn is_plain(&self) -> bool {
        self.variables.is_empty() && self.flags.is_empty() && self.program.is_none()
    }

    /// Runs another `flockd`.
    pub fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Adds a flag.
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }
}

/// A running host.
#[derive(Debug)]
pub struct Flockd {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// `uuid:key` of the namespace guest.
    pub auth: String,
    data: Data,
    log: PathBuf,
    stdout: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
enum Data {
    Own(TempDir),
    Kept(PathBuf),
}

impl Data {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The `error` of the body.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

impl Flockd {
    /// Starts a host with a fresh data directory.
    pub fn start() -> Self {
        Self::start_with(&Options::default())
    }

    /// Starts a host with a fresh data directory.
    pub fn start_with(options: &Options) -> Self {
        let folder = tempfile::Builder::new().prefix("flock-test-").tempdir().unwrap();
        woven::lay(folder.path());
        let host = Self::launch(Data::Own(folder), options);
        woven::take(host.data(), options);
        host
    }

    /// Starts a host on a data directory that outlives it.
    pub fn start_on(folder: &Path, options: &Options) -> Self {
        Self::launch(Data::Kept(folder.to_owned()), options)
    }

    fn launch(data: Data, options: &Options) -> Self {
        let log = data.path().join("test.log");
        let mut command = serve_command(data.path(), options);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(std::fs::File::options().create(true).append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (send, lines) = mpsc::channel();
        let printed = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line.clone());
                // Nobody listens after the start; reading on keeps the pipe open.
                let _ = send.send(line);
            }
        });
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        let url = loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                // The JVM may have begun a line of its own before (-Xcheck:jni does).
                Ok(line) => match line.split_once("listening on ") {
                    Some((_, url)) => break url.to_owned(),
                    None => seen.push(line),
                },
                Err(error) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    panic!(
                        "flockd did not start ({error}): {seen:?}\n{}",
                        std::fs::read_to_string(&log).unwrap_or_default()
                    );
                }
            }
        };
        let props = std::fs::read_to_string(data.path().join("wskprops")).unwrap();
        let auth = props.lines().find_map(|line| line.strip_prefix("AUTH=")).unwrap().to_owned();
        Self { child, url, auth, data, log, stdout: printed }
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the host logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// What the process, the JVM in it included, printed on standard output.
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lock().unwrap().clone()
    }

    /// A client of its own, for other threads.
    pub fn client(&self) -> Client {
        Client::new(&self.url, &self.auth)
    }

    /// A value of `/metrics`, by its whole name.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.send_as(None, "GET", "/metrics", None).expect(200).text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no metric {name}:\n{text}")).trim().parse().unwrap()
    }

    /// A field of the kernel's summary of the host's memory, such as `Rss`, in KiB.
    pub fn memory_kib(&self, name: &str) -> u64 {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid())).unwrap();
        let line = rollup.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap()
    }

    /// Sends a signal by name, such as TERM or KILL.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status().unwrap();
        assert!(done.success());
    }

    /// Waits for the process to end.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "flockd does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills the process at once.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Is the process alive?
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// A request with the credentials of guest. The path begins with a slash.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.send_as(Some(&self.auth), method, path, body)
    }

    /// A request with these credentials.
    pub fn send_as(&self, auth: Option<&str>, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut headers = Vec::new();
        if let Some(auth) = auth {
            headers.push(("authorization", format!("Basic {}", STANDARD.encode(auth))));
        }
        let body = body.map(|value| {
            headers.push(("content-type", "application/json".to_owned()));
            value.to_string().into_bytes()
        });
        self.send_raw(method, path, &headers, body.as_deref().unwrap_or_default())
    }

    /// A request as it is.
    pub fn send_raw(&self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            // A redirect is an answer like any other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let mut bytes = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut bytes).unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
                .collect(),
            body: bytes,
        }
    }

    /// Deploys one of the built jars under its own name, with this main.
    #[track_caller]
    pub fn deploy(&self, jar_name: &str, main: &str) -> Value {
        self.put(jar_name, &json!({ "exec": jar_exec(jar_name, main) })).expect(200).json()
    }

    /// Creates or updates an action.
    pub fn put(&self, name: &str, body: &Value) -> Answer {
        self.send("PUT", &format!("/api/v1/namespaces/_/actions/{name}?overwrite=true"), Some(body))
    }

    /// Invokes and waits; gives the whole answer.
    pub fn invoke(&self, name: &str, payload: &Value) -> Answer {
        self.send("POST", &format!("/api/v1/namespaces/_/actions/{name}?blocking=true"), Some(payload))
    }

    /// Invokes, expects success, gives the result.
    #[track_caller]
    pub fn result(&self, name: &str, payload: &Value) -> Value {
        self.invoke(name, payload).expect(200).json()["response"]["result"].clone()
    }

    /// The record of an activation, once it is there.
    pub fn record(&self, id: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.send("GET", &format!("/api/v1/namespaces/_/activations/{id}"), None);
            if answer.status == 200 {
                return answer.json();
            }
            assert!(Instant::now() < deadline, "no record of {id}: {}", answer.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Flockd {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `flockd serve` on a free port, in an environment without surprises.
pub fn serve_command(data: &Path, options: &Options) -> Command {
    let mut command = options.program.as_ref().map_or_else(flockd, Command::new);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(&options.flags);
    if let Ok(jdk) = std::env::var("FLOCK_TEST_JDK")
        && !jdk.is_empty()
        && !options.flags.iter().any(|flag| flag == "--jdk")
    {
        command.arg("--jdk").arg(jdk);
    }
    command.envs(options.variables.clone());
    command
}

/// The JDK of the tests: that which `FLOCK_TEST_JDK` names, or the one that a host would choose.
pub fn jdk() -> PathBuf {
    let named = std::env::var("FLOCK_TEST_JDK").ok().filter(|jdk| !jdk.is_empty());
    named.map(PathBuf::from).unwrap_or_else(|| {
        let found = Command::new(project().join("scripts/jdk.sh")).arg("run").output().unwrap();
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
    })
}

/// `flockd` itself. Cargo names it to tests; benchmarks are a package of their own and take what was built before.
pub fn flockd() -> Command {
    let built = || project().join("target/release/flockd");
    Command::new(option_env!("CARGO_BIN_EXE_flockd").map_or_else(built, PathBuf::from))
}

/// The folder of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A built jar.
pub fn jar_bytes(name: &str) -> Vec<u8> {
    let path = project().join("functions/build/jars").join(format!("{name}.jar"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `make build` builds the functions", path.display()))
}

/// `exec` for a built jar.
pub fn jar_exec(name: &str, main: &str) -> Value {
    json!({ "kind": "java:default", "code": STANDARD.encode(jar_bytes(name)), "main": main })
}

/// `exec` for Java source whose class is Main.
pub fn source_exec(source: &str) -> Value {
    json!({ "kind": "java:default", "code": source, "main": "Main" })
}

/// Source of a class Main with this body for `main(JsonObject args)`.
pub fn source(body: &str) -> String {
    format!(
        "import com.google.gson.*;\npublic class Main {{\n  public static JsonObject main(JsonObject args) throws Exception {{\n{body}\n  }}\n}}\n"
    )
}

/// Waits until something holds.
#[track_caller]
pub fn eventually(what: &str, holds: impl FnMut() -> bool) {
    eventually_within(PATIENCE, what, holds);
}

/// The same for what takes longer by its nature.
#[track_caller]
pub fn eventually_within(patience: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
