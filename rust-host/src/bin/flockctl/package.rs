//! `package create|bind|list|get|delete`: actions under one name, with parameters that they inherit.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::Session;
use crate::entities::{self, PageArgs, ParameterArgs, plain_name, text, updated};
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  flockctl package create tools -p region eu       then: flockctl deploy csv.jar --name tools/csv
  flockctl package create tools --shared yes       others may read, bind and invoke what is in it
  flockctl package bind /team/tools mine -p region us
  flockctl package list /whisk.system
  flockctl package delete tools --force            with the actions in it

Parameters go to each run of an action: package, then binding, then action, then the call.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct PackageArgs {
    #[command(subcommand)]
    command: PackageCommand,
}

#[derive(Debug, Subcommand)]
enum PackageCommand {
    /// Create or update a package
    Create(CreateArgs),
    /// Give a package another name, with parameters of its own
    Bind(BindArgs),
    /// List packages
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show a package and what is in it
    Get(GetArgs),
    /// Delete packages
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Shared {
    Yes,
    No,
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Name of the package
    name: String,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// May others use it? [default: no, or as it was]
    #[arg(long, value_name = "yes|no")]
    shared: Option<Shared>,
    /// Fail with exit code 6 when a package of this name exists
    #[arg(long)]
    no_overwrite: bool,
}

#[derive(Debug, Args)]
struct BindArgs {
    /// The package, NAME or /NAMESPACE/NAME
    package: String,
    /// Name of the binding
    name: String,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Fail with exit code 6 when a package of this name exists
    #[arg(long)]
    no_overwrite: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// What this namespace shares [default: all of one's own]
    #[arg(value_name = "/NAMESPACE")]
    namespace: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
struct GetArgs {
    /// NAME or /NAMESPACE/NAME
    name: String,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Names of the packages
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Delete what is in them, too
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(session: &Session, args: &PackageArgs) -> Result<(), Failure> {
    match &args.command {
        PackageCommand::Create(args) => {
            let name = plain_name(session, &args.name, "package")?;
            let mut body = json!({});
            args.parameters.put_into(&mut body)?;
            if let Some(shared) = args.shared {
                body["publish"] = matches!(shared, Shared::Yes).into();
            }
            entities::put(session, &name, "packages", "package", &body, args.no_overwrite).map(drop)
        }
        PackageCommand::Bind(args) => {
            let provider = plain_name(session, &args.package, "package")?;
            let name = plain_name(session, &args.name, "package")?;
            let mut body = json!({ "binding": { "namespace": provider.namespace, "name": provider.name } });
            args.parameters.put_into(&mut body)?;
            entities::put(session, &name, "packages", "binding", &body, args.no_overwrite).map(drop)
        }
        PackageCommand::List(args) => {
            let namespace = args.namespace.as_deref().unwrap_or(&session.namespace);
            let titles = ["NAME", "VERSION", "SHARED", "BINDING", "UPDATED"];
            entities::list(session, namespace.trim_matches('/'), "packages", &args.page, &titles, |package| {
                let binding = &package["binding"];
                vec![
                    format!("/{}/{}", text(package, "namespace"), text(package, "name")),
                    text(package, "version").to_owned(),
                    if package["publish"] == true { "yes" } else { "no" }.to_owned(),
                    match binding["name"].as_str() {
                        Some(name) => format!("/{}/{name}", text(binding, "namespace")),
                        None => "-".to_owned(),
                    },
                    updated(package),
                ]
            })
        }
        PackageCommand::Get(args) => {
            let name = plain_name(session, &args.name, "package")?;
            entities::get(session, &name, "packages", "package")
        }
        PackageCommand::Delete(args) => {
            let flags = if args.force { "?force=true" } else { "" };
            entities::delete(session, &args.names, "packages", "package", flags)
        }
    }
}
