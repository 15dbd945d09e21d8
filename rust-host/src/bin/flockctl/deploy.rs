//! `deploy FILE`: a jar or a source file becomes an action.
//!
//! One PUT, in the form in which OpenWhisk's own client sends it. What is not given keeps its old
//! value on an update. Annotations are the exception that needs care: the host replaces the whole
//! list, so when one is given the old ones are fetched first and kept.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::Session;
use crate::entrypoint::find_main;
use crate::failure::Failure;
use crate::javasource;
use crate::names::EntityName;
use crate::params::{KeyValues, pairs, read_object};

const EXAMPLES: &str = "\
Examples:
  flockctl deploy hello.jar                          action `hello`; main and convention are found in the jar
  flockctl deploy target/app-1.0.jar --name tools/app --main com.acme.App#handle
  flockctl deploy Hello.java -p greeting '\"Hi\"' --env TZ UTC --timeout 5000
  flockctl deploy hello.jar --memory 512 --concurrency 8 --web yes
  flockctl deploy hello.jar --check --canary 10      the version before keeps 90 of 100 calls
  flockctl deploy hello.jar --cpu 500 --threads 4 --temp-bytes 1048576

Values of --param and --annotation are JSON where they read as JSON, else text.
Parameters that are given (--param, --param-file, --env) replace all that the action had;
annotations are added to those it had.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeployArgs {
    /// Jar with all it needs, or a .java source file
    #[arg(value_name = "JAR|FILE.java")]
    file: PathBuf,
    /// Name of the action [default: the file's name without its extension]
    #[arg(short, long)]
    name: Option<String>,
    /// CLASS, CLASS#METHOD or AWS Lambda's CLASS::METHOD [default: the only class that is written as a function]
    #[arg(long, value_name = "CLASS[#METHOD]")]
    main: Option<String>,
    /// Runtime kind
    #[arg(long, default_value = "java:default")]
    kind: String,
    /// Memory limit in megabytes: the live heap of one instance
    #[arg(short, long, value_name = "MB")]
    memory: Option<u32>,
    /// Time limit of a run in milliseconds
    #[arg(short, long, value_name = "MS")]
    timeout: Option<u32>,
    /// Limit of log output of a run in megabytes
    #[arg(short, long, value_name = "MB")]
    logs: Option<u32>,
    /// How many runs may share an instance at a time
    #[arg(short, long, value_name = "N")]
    concurrency: Option<u32>,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Parameter that every run gets; repeatable
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    param: Vec<String>,
    /// File with a JSON object of parameters; - is standard input
    #[arg(short = 'P', long, value_name = "FILE")]
    param_file: Option<PathBuf>,
    /// Environment variable of the action; repeatable
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    env: Vec<String>,
    #[command(flatten)]
    annotations: AnnotationArgs,
    /// Fail with exit code 6 when an action of this name exists
    #[arg(long)]
    no_overwrite: bool,
    #[command(flatten)]
    step: StepArgs,
}

/// How a version takes the place of the one before. Other hosts do not know this.
#[derive(Debug, Default, Args)]
pub(crate) struct StepArgs {
    /// Load and initialise the version first; if that fails the one before stays
    #[arg(long)]
    check: bool,
    /// Give the new version this part of the calls only (1 to 99); the one before keeps the rest
    #[arg(long, value_name = "PERCENT")]
    canary: Option<u32>,
}

impl StepArgs {
    /// What stands in the query, each with a sign before it.
    pub(crate) fn query(&self) -> String {
        let check = if self.check { "&check=true" } else { "" };
        let canary = self.canary.map(|percent| format!("&canary={percent}")).unwrap_or_default();
        format!("{check}{canary}")
    }
}

/// The limits that OpenWhisk lacks. The ranges are the defaults of a host; `flockctl limits` shows those in force.
#[derive(Debug, Args)]
struct BudgetArgs {
    /// CPU that a run may use, in milliseconds (10 to 3600000)
    #[arg(long, value_name = "MS")]
    cpu: Option<u32>,
    /// Threads that an instance may start (0 to 1024)
    #[arg(long, value_name = "N")]
    threads: Option<u32>,
    /// Classes that an instance may have (64 to 200000)
    #[arg(long, value_name = "N")]
    classes: Option<u32>,
    /// Sockets that an instance may have open (0 to 4096)
    #[arg(long, value_name = "N")]
    sockets: Option<u32>,
    /// Bytes of the files that an instance may write (0 to 4294967295)
    #[arg(long, value_name = "BYTES")]
    temp_bytes: Option<u32>,
    /// What an instance may allocate a second, in megabytes (1 to 1048576)
    #[arg(long, value_name = "MB")]
    allocation_rate: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct AnnotationArgs {
    /// Annotation; repeatable
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    annotation: Vec<String>,
    /// Whether the action answers plain web requests; raw leaves the body unread
    #[arg(long)]
    web: Option<Web>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Web {
    #[value(alias = "true")]
    Yes,
    #[value(alias = "false")]
    No,
    Raw,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    Allowed,
    Refused,
}

impl Overwrite {
    pub(crate) fn from_flag(no_overwrite: bool) -> Overwrite {
        if no_overwrite { Overwrite::Refused } else { Overwrite::Allowed }
    }
}

pub(crate) fn run(session: &Session, args: &DeployArgs) -> Result<(), Failure> {
    let code = Code::read(&args.file, args.main.as_deref())?;
    let given = args.name.clone().map_or_else(|| stem(&args.file), Ok)?;
    let name = EntityName::parse(&given, &session.namespace)?;
    let overwrite = Overwrite::from_flag(args.no_overwrite);
    let mut body = json!({
        "namespace": name.namespace,
        "name": name.short(),
        "exec": { "kind": args.kind, "code": code.text, "main": code.main },
    });
    let limits = limits(args);
    if !limits.is_empty() {
        body["limits"] = limits.into();
    }
    let parameters = parameters(args)?;
    if !parameters.is_empty() {
        body["parameters"] = parameters.to_json();
    }
    if let Some(list) = annotations(session, &name, &args.annotations, overwrite)? {
        body["annotations"] = list;
    }
    let action = put_action(session, &name, &body, overwrite, &args.step)?;
    let why = code.why.map_or(String::new(), |why| format!(" ({why})"));
    let detail = format!("main {}{why}, {}", code.main, bytes_text(code.file_bytes));
    say_deployed(session, &name, &action, &detail)
}

struct Code {
    /// Base64 of a jar, or the source itself: the host tells them apart.
    text: String,
    main: String,
    /// By what the main was found, where it was looked for.
    why: Option<String>,
    file_bytes: usize,
}

impl Code {
    fn read(file: &Path, main: Option<&str>) -> Result<Code, Failure> {
        let bytes = std::fs::read(file).map_err(|e| Failure::file("read", file, &e))?;
        let file_bytes = bytes.len();
        if file.extension().is_some_and(|e| e == "java") {
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure::usage(format!("{} is not UTF-8 text", file.display())))?;
            let main = main.map_or_else(|| javasource::main_class(&text), str::to_owned);
            return Ok(Code { text, main, why: None, file_bytes });
        }
        // A zip ends with its directory, but all jars begin with this sign too.
        if !bytes.starts_with(b"PK") {
            return Err(Failure::usage(format!("{} is not a jar", file.display()))
                .advise("give a .jar (a zip of classes) or a .java source file"));
        }
        let (main, why) = match main {
            Some(main) => (main.to_owned(), None),
            None => find_main(&bytes).map(|found| (found.main, Some(found.why)))?,
        };
        let text = BASE64_STANDARD.encode(&bytes);
        Ok(Code { text, main, why, file_bytes })
    }
}

fn stem(file: &Path) -> Result<String, Failure> {
    let stem = file.file_stem().and_then(|s| s.to_str()).map(str::to_owned);
    stem.ok_or_else(|| Failure::usage("the file has no name to go by").advise("give --name NAME"))
}

fn limits(args: &DeployArgs) -> Map<String, Value> {
    let given = [
        ("timeout", args.timeout),
        ("memory", args.memory),
        ("logs", args.logs),
        ("concurrency", args.concurrency),
        ("cpu", args.budget.cpu),
        ("threads", args.budget.threads),
        ("classes", args.budget.classes),
        ("sockets", args.budget.sockets),
        ("tempBytes", args.budget.temp_bytes),
        ("allocationRate", args.budget.allocation_rate),
    ];
    let given = given.into_iter();
    given.filter_map(|(key, value)| Some((key.to_owned(), value?.into()))).collect()
}

fn parameters(args: &DeployArgs) -> Result<KeyValues, Failure> {
    let mut list = KeyValues::default();
    if let Some(path) = &args.param_file {
        for (key, value) in read_object(path)? {
            list.set(&key, value);
        }
    }
    list.set_pairs(&args.param);
    for (key, value) in pairs(&args.env) {
        list.set_init(key, value.into());
    }
    Ok(list)
}

/// The whole list to send, or nothing when none is to change.
pub(crate) fn annotations(
    session: &Session,
    name: &EntityName,
    args: &AnnotationArgs,
    overwrite: Overwrite,
) -> Result<Option<Value>, Failure> {
    if args.annotation.is_empty() && args.web.is_none() {
        return Ok(None);
    }
    let mut list = KeyValues::default();
    if overwrite == Overwrite::Allowed {
        let path = format!("{}?code=false", name.action_path());
        let answer = session.client.get(&path)?;
        if answer.status != 404 {
            let action = answer.value(&what(name))?;
            list.set_list(&action["annotations"]);
        }
    }
    list.set_pairs(&args.annotation);
    if let Some(web) = args.web {
        let (export, raw) = match web {
            Web::Yes => (true, false),
            Web::No => (false, false),
            Web::Raw => (true, true),
        };
        list.set("web-export", export.into());
        list.set("raw-http", raw.into());
        list.set("final", export.into());
    }
    Ok(Some(list.to_json()))
}

fn what(name: &EntityName) -> String {
    format!("action {}", name.short())
}

/// Sends the action and returns what the host made of it, without the code.
pub(crate) fn put_action(
    session: &Session,
    name: &EntityName,
    body: &Value,
    overwrite: Overwrite,
    step: &StepArgs,
) -> Result<Value, Failure> {
    let flag = overwrite == Overwrite::Allowed;
    let path = format!("{}?overwrite={flag}{}", name.action_path(), step.query());
    let mut action = session.client.put(&path, body)?.value(&what(name))?;
    if let Some(exec) = action.get_mut("exec").and_then(Value::as_object_mut) {
        exec.remove("code");
    }
    Ok(action)
}

pub(crate) fn say_deployed(
    session: &Session,
    name: &EntityName,
    action: &Value,
    detail: &str,
) -> Result<(), Failure> {
    let output = &session.output;
    if output.for_program() {
        return output.json(action);
    }
    let namespace = action["namespace"].as_str().unwrap_or(&name.namespace);
    let version = action["version"].as_str().unwrap_or("?");
    let short = name.short();
    let full = match namespace.contains('/') || name.package.is_none() {
        true => format!("/{namespace}/{}", name.name),
        false => format!("/{namespace}/{short}"),
    };
    output.text(&format!("deployed {full} {version} ({detail})"))?;
    let given = if name.namespace == "_" { short } else { name.qualified() };
    output.hint(&format!("next: flockctl invoke {given} -r"));
    Ok(())
}

/// A size as people say it.
pub(crate) fn bytes_text(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
#[path = "deploy_tests.rs"]
mod tests;
