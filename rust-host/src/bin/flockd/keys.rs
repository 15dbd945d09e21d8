//! `flockd keys`: namespaces and their keys.

use std::path::Path;

use clap::Subcommand;

use flock::{
    model::EntityName,
    store::{Store, StoreError, namespaces, operators},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a further key for a namespace and prints it, in the form of ~/.wskprops' AUTH. It is shown this once.
    Create {
        /// The namespace; made if it is new.
        namespace: String,
    },
    /// Lists namespaces and the public half of their keys.
    List,
    /// Makes the operator's key, which reads the usage of all namespaces (flockctl usage, flockctl top) and does nothing
    /// else, and prints it, this once. There is one: --renew makes another.
    Operator {
        /// Make a new one in the place of the one that there is, which no longer works.
        #[arg(long)]
        renew: bool,
    },
    /// Takes all keys of a namespace away. Its actions and records stay.
    Revoke {
        /// The namespace.
        namespace: String,
    },
}

pub(crate) fn run(command: &Command, folder: &Path) -> Result<(), String> {
    let mut connection = Store::connect(folder).map_err(|error| error.to_string())?;
    namespaces::prepare(&mut connection).map_err(|error| error.to_string())?;
    let mut done = || -> Result<(), StoreError> {
        match command {
            Command::Create { namespace } => {
                let namespace = parse(namespace)?;
                let pair = namespaces::fresh(namespace);
                namespaces::add(&connection, &pair)?;
                println!("{pair}");
            }
            Command::Operator { renew } => {
                if !renew && operators::exists(&connection)? {
                    return Err(StoreError::Corrupt {
                        what: "key",
                        why: "there is an operator's key, of which only a hash is kept; --renew makes a new one and ends the old one".to_owned(),
                    });
                }
                println!("{}", operators::renew(&mut connection)?);
            }
            Command::List => {
                for identity in namespaces::list(&connection)? {
                    println!("{}\t{}", identity.namespace, identity.uuid);
                }
            }
            Command::Revoke { namespace } => {
                let namespace = parse(namespace)?;
                let count = namespaces::revoke(&connection, &namespace)?;
                if count == 0 {
                    return Err(StoreError::Corrupt {
                        what: "namespace",
                        why: format!("`{namespace}` has no keys; `flockd keys list` shows those that have"),
                    });
                }
                println!("revoked {count} key(s) of {namespace}");
            }
        }
        Ok(())
    };
    done().map_err(|error| error.to_string())
}

fn parse(text: &str) -> Result<EntityName, StoreError> {
    EntityName::parse(text)
        .map_err(|_| StoreError::Corrupt { what: "namespace", why: format!("`{text}` is no valid name") })
}
