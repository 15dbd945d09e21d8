//! `chain`: sequences that say in a flow what runs: side by side, by choice, with a handler for errors, for each element.
//!
//! A flow is a JSON file. The host gets a sequence of the actions that it names, with the flow as an annotation.

mod dot;
mod plan;
mod svg;
mod tree;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::Session;
use crate::deploy::{AnnotationArgs, Overwrite, StepArgs, annotations, put_action, say_deployed};
use crate::failure::Failure;
use crate::invoke::{self, InvokeArgs};
use crate::names::EntityName;
use crate::params::read_object;
use crate::trace::{self, TraceArgs};

use plan::{FLOW_ANNOTATION, Plan};

const STEPS: &str = "\
A flow is {\"steps\": [STEP, ..], \"timeout\": MS}. A STEP is the name of an action, a list of
steps, or one of
  {\"parallel\": {\"NAME\": STEP, ..}, \"concurrency\": N}
      steps side by side; their results are joined by name
  {\"choice\": \"FIELD\", \"cases\": {\"VALUE\": STEP, ..}, \"default\": STEP}
      the step for the text of a field
  {\"try\": STEP, \"catch\": STEP}
      the second gets the error of the first
  {\"map\": STEP, \"over\": \"FIELD\", \"into\": \"NAME\", \"concurrency\": N}
      the step for each element of an array
FIELD may be OUTER.INNER. Limits: 256 steps, 16 levels, 64 at a time, a timeout of 3600000 ms.

Examples:
  flockctl chain create report report.json
  echo '{\"steps\": [\"fetch\", \"shrink\"]}' | flockctl chain create small -";

const EXAMPLES: &str = "\
Examples:
  flockctl chain create report report.json
  flockctl chain draw report
  flockctl chain draw --file report.json --svg > report.svg
  flockctl chain run report -p id 7 --trace";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct ChainArgs {
    #[command(subcommand)]
    command: ChainCommand,
}

#[derive(Debug, Subcommand)]
enum ChainCommand {
    /// Create or update a chain from a file with its flow
    Create(CreateArgs),
    /// Draw a chain: as a tree, for Graphviz, or as a picture
    Draw(DrawArgs),
    /// Run a chain, wait for its end and print the result
    Run(RunArgs),
}

#[derive(Debug, Args)]
#[command(after_help = STEPS)]
struct CreateArgs {
    /// Name of the chain
    name: String,
    /// File with the flow, JSON; - is standard input
    file: PathBuf,
    #[command(flatten)]
    annotations: AnnotationArgs,
    /// Fail with exit code 6 when an action of this name exists
    #[arg(long)]
    no_overwrite: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flockctl chain draw report
  flockctl chain draw report --dot | dot -Tpng > report.png
  flockctl chain draw --file report.json --svg > report.svg")]
struct DrawArgs {
    /// Name of a chain or sequence on the host
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    name: Option<String>,
    /// File with a flow, instead of a chain on the host; - is standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write a graph for Graphviz
    #[arg(long, conflicts_with = "svg")]
    dot: bool,
    /// Write a picture, SVG
    #[arg(long)]
    svg: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flockctl chain run report -p id 7
  flockctl chain run report -P input.json --trace")]
struct RunArgs {
    /// Name of the chain
    name: String,
    /// Parameter; repeatable
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    param: Vec<String>,
    /// File with the parameters, a JSON object; - is standard input
    #[arg(short = 'P', long, value_name = "FILE")]
    param_file: Option<PathBuf>,
    /// How long to wait for the end, in milliseconds
    #[arg(short, long, value_name = "MS")]
    timeout: Option<u32>,
    /// Draw the hops as a waterfall below the result; with --json, their list is a second line
    #[arg(long)]
    trace: bool,
}

pub(crate) fn run(session: &Session, args: &ChainArgs) -> Result<(), Failure> {
    match &args.command {
        ChainCommand::Create(args) => create(session, args),
        ChainCommand::Draw(args) => draw(session, args),
        ChainCommand::Run(args) => run_chain(session, args),
    }
}

fn create(session: &Session, args: &CreateArgs) -> Result<(), Failure> {
    let name = EntityName::parse(&args.name, &session.namespace)?;
    let (flow, plan) = read_flow(&args.file)?;
    let mut components = Vec::new();
    for action in plan.actions() {
        let action = EntityName::parse(action, &session.namespace)?.qualified();
        if !components.contains(&action) {
            components.push(action);
        }
    }
    let overwrite = Overwrite::from_flag(args.no_overwrite);
    let mut list = annotations(session, &name, &args.annotations, overwrite)?.unwrap_or_else(|| json!([]));
    if let Value::Array(list) = &mut list {
        list.retain(|entry| entry["key"] != FLOW_ANNOTATION);
        list.push(json!({"key": FLOW_ANNOTATION, "value": flow}));
    }
    let body = json!({
        "namespace": name.namespace,
        "name": name.short(),
        "exec": { "kind": "sequence", "components": components },
        "annotations": list,
    });
    let action = put_action(session, &name, &body, overwrite, &StepArgs::default())?;
    let steps = plan.actions().len();
    say_deployed(session, &name, &action, &format!("a chain of {steps} steps, {} actions", components.len()))
}

fn draw(session: &Session, args: &DrawArgs) -> Result<(), Failure> {
    let (title, plan) = match (&args.file, &args.name) {
        (Some(file), _) => (file.display().to_string(), read_flow(file)?.1),
        (None, name) => of_host(session, name.as_deref().unwrap_or_default())?,
    };
    if args.dot {
        session.output.bytes(dot::draw(&title, &plan).as_bytes())
    } else if args.svg {
        session.output.bytes(svg::draw(&title, &plan).as_bytes())
    } else if session.output.for_program() {
        session.output.json(&plan.to_json())
    } else {
        session.output.text(&tree::draw(&title, &plan))
    }
}

fn read_flow(file: &Path) -> Result<(Value, Plan), Failure> {
    let flow = Value::Object(read_object(file)?);
    let plan = Plan::of_flow(&flow).map_err(|why| {
        Failure::usage(format!("{}: {why}", file.display()))
            .advise("flockctl chain create --help says what a flow is")
    })?;
    Ok((flow, plan))
}

fn of_host(session: &Session, name: &str) -> Result<(String, Plan), Failure> {
    let name = EntityName::parse(name, &session.namespace)?;
    let what = format!("action {}", name.short());
    let action = session.client.get(&format!("{}?code=false", name.action_path()))?.value(&what)?;
    let namespace = action["namespace"].as_str().unwrap_or(&name.namespace);
    let title = format!("/{namespace}/{}", name.name);
    let annotation = action["annotations"]
        .as_array()
        .and_then(|list| list.iter().find(|entry| entry["key"] == FLOW_ANNOTATION));
    let plan = match annotation {
        Some(entry) => {
            Plan::of_flow(&entry["value"]).map_err(|why| Failure::usage(format!("{what}: {why}")))?
        }
        None => Plan::of_components(&action["exec"]["components"]).ok_or_else(|| {
            Failure::usage(format!("{what} is no sequence"))
                .advise("a chain is made by: flockctl chain create")
        })?,
    };
    Ok((title, plan))
}

fn run_chain(session: &Session, args: &RunArgs) -> Result<(), Failure> {
    let call = InvokeArgs::for_result(&args.name, &args.param, args.param_file.as_deref(), args.timeout);
    let (name, answer) = invoke::call(session, &call)?;
    let ended = invoke::finish(session, &call, &name, &answer);
    if args.trace
        && let Some(id) = &answer.activation
    {
        trace::run(session, &TraceArgs { id: id.clone() })?;
    }
    ended
}
