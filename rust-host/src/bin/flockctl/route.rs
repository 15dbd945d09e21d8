//! `route add|list|delete`: HTTP paths of one's own that lead to web actions. What `wsk api` calls an API, by its routes.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::Session;
use crate::client::ANSWER_TIMEOUT;
use crate::entities::{ran, text};
use crate::failure::{Failure, Kind};
use crate::names::{EntityName, query};
use crate::table::Table;

const EXAMPLES: &str = "\
Examples:
  flockctl deploy Books.java --web yes
  flockctl route add GET /books Books                    prints the URL
  flockctl route add GET '/books/{id}' Books --base /club
  flockctl route add POST /books Books --base /club --response http
  flockctl route list
  flockctl route delete /books GET --base /club
  flockctl route delete --base /club                     all routes under it

The action must be a web action. It gets {id} as an argument, the whole path as __ow_path.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct RouteArgs {
    #[command(subcommand)]
    command: RouteCommand,
}

#[derive(Debug, Subcommand)]
enum RouteCommand {
    /// Add a route, or lead it elsewhere
    Add(AddArgs),
    /// List routes
    #[command(visible_alias = "ls")]
    List,
    /// Delete routes
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Method {
    Get,
    Put,
    Post,
    Delete,
    Options,
    Head,
    Patch,
}

impl Method {
    fn word(self) -> String {
        format!("{self:?}").to_ascii_lowercase()
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Response {
    Http,
    Json,
    Text,
    Html,
    Svg,
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Method
    #[arg(ignore_case = true)]
    method: Method,
    /// Path under the base path; {NAME} stands for any one segment
    path: String,
    /// The web action
    action: String,
    /// Base path
    #[arg(long, value_name = "PATH", default_value = "/")]
    base: String,
    /// What the action's result is: an answer (http), or the content of one
    #[arg(long, value_name = "TYPE", default_value = "json")]
    response: Response,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Path under the base path [default: all]
    path: Option<String>,
    /// Method [default: all]
    #[arg(ignore_case = true)]
    method: Option<Method>,
    /// Base path
    #[arg(long, value_name = "PATH", default_value = "/")]
    base: String,
}

fn management(operation: &str, pairs: &[(&str, Option<String>)]) -> String {
    format!("/api/v1/web/whisk.system/apimgmt/{operation}.http{}", query(pairs))
}

pub(crate) fn run(session: &Session, args: &RouteArgs) -> Result<(), Failure> {
    match &args.command {
        RouteCommand::Add(args) => add(session, args),
        RouteCommand::List => list(session),
        RouteCommand::Delete(args) => delete(session, args),
    }
}

fn add(session: &Session, args: &AddArgs) -> Result<(), Failure> {
    let action = EntityName::parse(&args.action, &session.namespace)?;
    let found = session.client.get(&format!("{}?code=false", action.action_path()))?;
    let found = found.value(&format!("action {}", action.short()))?;
    let annotation = |key: &str| {
        let list = found["annotations"].as_array()?;
        Some(list.iter().find(|annotation| annotation["key"] == key)?["value"].clone())
    };
    if annotation("web-export") != Some(Value::Bool(true)) {
        return Err(Failure::usage(format!("action {} is no web action", action.short()))
            .advise(format!("flockctl deploy FILE --name {} --web yes", action.short())));
    }
    // The last three are for a gateway that is not in the host: OpenWhisk's management asks for them.
    let mut target = json!({
        "name": action.short(),
        "namespace": action.namespace,
        "backendMethod": args.method.word(),
        "backendUrl": format!(
            "{}/api/v1/web/{}/{}/{}.http",
            session.client.base_url(),
            action.namespace,
            action.package.as_deref().unwrap_or("default"),
            action.name
        ),
        "authkey": session.client.key_pair(),
    });
    if let Some(secret @ (Value::String(_) | Value::Number(_))) = annotation("require-whisk-auth") {
        target["secureKey"] = secret;
    }
    let body = json!({ "apidoc": {
        "namespace": session.namespace,
        "gatewayBasePath": args.base,
        "gatewayPath": args.path,
        "gatewayMethod": args.method.word(),
        "action": target,
    }});
    let response = format!("{:?}", args.response).to_ascii_lowercase();
    let path = management("createApi", &[("responsetype", Some(response))]);
    let answer = session.client.post(&path, &format!("{body}\n"), ANSWER_TIMEOUT)?;
    let made = ran(&answer, &format!("route {}", args.path), Kind::Refused)?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    session.output.text(&format!("{}{}", text(&made, "gwApiUrl"), args.path))
}

fn list(session: &Session) -> Result<(), Failure> {
    let answer = session.client.get(&management("getApi", &[]))?;
    let apis = answer.value("routes")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let mut table = Table::with_heading(&["METHOD", "URL", "ACTION"]);
    for api in apis["apis"].as_array().into_iter().flatten() {
        let url = text(&api["value"], "gwApiUrl");
        for (path, operations) in api["value"]["apidoc"]["paths"].as_object().into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                let target = &operation["x-openwhisk"];
                let package = match text(target, "package") {
                    "default" => String::new(),
                    package => format!("{package}/"),
                };
                table.row([
                    method.to_ascii_uppercase().into(),
                    format!("{url}{path}").into(),
                    format!("/{}/{package}{}", text(target, "namespace"), text(target, "action")).into(),
                ]);
            }
        }
    }
    session.output.styled(&table.render(&session.output))
}

fn delete(session: &Session, args: &DeleteArgs) -> Result<(), Failure> {
    let path = management(
        "deleteApi",
        &[
            ("basepath", Some(args.base.clone())),
            ("relpath", args.path.clone()),
            ("operation", args.method.map(Method::word)),
        ],
    );
    let what =
        format!("route {}{}", args.base.trim_end_matches('/'), args.path.as_deref().unwrap_or_default());
    ran(&session.client.delete(&path)?, &what, Kind::Refused)?;
    if session.output.for_program() {
        return session.output.json(&json!({ "deleted": [what] }));
    }
    session.output.text(&format!("deleted {what}"))
}
