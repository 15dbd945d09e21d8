//! `flockd limits`: what single namespaces may, in the place of what the configuration allows each.

use std::path::Path;

use clap::{Args, Subcommand};

use flock::{
    model::{EntityName, Quota},
    store::{Store, namespaces, quotas},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sets limits of a namespace; those that are not named stay.
    Set {
        /// The namespace.
        namespace: String,
        #[command(flatten)]
        given: Given,
    },
    /// Lists the namespaces with limits of their own; - is where the configuration holds.
    List,
    /// Takes the limits of a namespace away: the configuration holds for it again.
    Clear {
        /// The namespace.
        namespace: String,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Given {
    /// Invocations in flight (0 to 4294967295); 0 lets none in.
    #[arg(long, value_name = "N")]
    concurrent_invocations: Option<u32>,
    /// Invocations a minute (0 to 4294967295).
    #[arg(long, value_name = "N")]
    invocations_per_minute: Option<u32>,
    /// Trigger fires a minute (0 to 4294967295).
    #[arg(long, value_name = "N")]
    fires_per_minute: Option<u32>,
}

pub(crate) fn run(command: &Command, folder: &Path) -> Result<(), String> {
    let text = |error: flock::store::StoreError| error.to_string();
    let mut connection = Store::connect(folder).map_err(text)?;
    namespaces::prepare(&mut connection).map_err(text)?;
    match command {
        Command::Set { namespace, given } => {
            let name = parse(namespace)?;
            let known = namespaces::list(&connection).map_err(text)?;
            if !known.iter().any(|identity| identity.namespace == name) {
                return Err(format!(
                    "there is no namespace `{namespace}`; `flockd keys list` shows those that there are"
                ));
            }
            let given = Quota {
                concurrent_invocations: given.concurrent_invocations,
                invocations_per_minute: given.invocations_per_minute,
                fires_per_minute: given.fires_per_minute,
            };
            show(&name, &quotas::set(&mut connection, &name, given).map_err(text)?);
        }
        Command::List => {
            let mut all: Vec<_> = quotas::list(&connection).map_err(text)?.into_iter().collect();
            all.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
            for (name, quota) in all {
                show(&name, &quota);
            }
        }
        Command::Clear { namespace } => {
            if !quotas::clear(&connection, &parse(namespace)?).map_err(text)? {
                return Err(format!(
                    "`{namespace}` has no limits of its own; `flockd limits list` shows those that have"
                ));
            }
        }
    }
    Ok(())
}

fn show(name: &EntityName, quota: &Quota) {
    let number = |limit: Option<u32>| limit.map_or("-".to_owned(), |limit| limit.to_string());
    println!(
        "{name}\tconcurrent-invocations={}\tinvocations-per-minute={}\tfires-per-minute={}",
        number(quota.concurrent_invocations),
        number(quota.invocations_per_minute),
        number(quota.fires_per_minute)
    );
}

fn parse(text: &str) -> Result<EntityName, String> {
    EntityName::parse(text).map_err(|_| format!("`{text}` is no valid name"))
}
