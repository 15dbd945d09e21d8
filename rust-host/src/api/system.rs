//! The namespace `whisk.system`: packages that come with the host and that everybody may read, bind and invoke.
//!
//! They are put in place at each start and are in no database, so they are those of the running version.

use serde_json::{Value, json};

use crate::{
    model::{
        Action, ActionLimits, ActionPath, EntityName, Exec, Package, PackagePath, Parameters, SemVer,
        action::JAVA_DEFAULT_KIND, name::BadName, origin::Shared, package::FEED_ANNOTATION,
        time::now_epoch_millis,
    },
    store::{Store, images::ImageError},
};

/// The namespace of what comes with the host.
pub const SYSTEM: &str = "whisk.system";

/// Why the system's packages are not in place.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// A name here is wrong.
    #[error("a package of {SYSTEM} has a bad name: {0}")]
    Name(#[from] BadName),
    /// The functions' code cannot be kept.
    #[error("the functions of {SYSTEM} cannot be kept: {0}")]
    Code(#[from] ImageError),
}

/// The functions of `utils`: name, class, what it does, its parameters.
const UTILS: [(&str, &str, &str, &[&str]); 4] = [
    ("echo", "flock.utils.Echo", "Returns its input", &[]),
    ("sort", "flock.utils.Sort", "Sorts an array of lines", &["lines"]),
    ("split", "flock.utils.Split", "Splits a string into lines", &["payload", "separator"]),
    ("date", "flock.utils.Date", "Current date and time", &[]),
];

/// The feeds of `alarms`: name, what it does, its parameters.
const ALARMS: [(&str, &str, &[&str]); 3] = [
    (
        "alarm",
        "Fires a trigger when a cron pattern says so",
        &["cron", "timezone", "trigger_payload", "startDate", "stopDate", "maxTriggers", "strict"],
    ),
    (
        "interval",
        "Fires a trigger every so many minutes",
        &["minutes", "trigger_payload", "startDate", "stopDate"],
    ),
    ("once", "Fires a trigger once", &["date", "trigger_payload", "deleteAfterFire"]),
];

/// Puts the packages in place. `utils` is the jar of the functions.
pub fn seat(store: &Store, utils: &[u8], limits: ActionLimits) -> Result<(), SystemError> {
    let now = now_epoch_millis();
    let namespace = EntityName::parse(SYSTEM)?;
    let code = store.keep_code_only(utils)?;
    for (name, description) in
        [("utils", "Functions for strings and lists"), ("alarms", "Triggers by the clock")]
    {
        store.seat_package(Package {
            path: PackagePath { namespace: namespace.clone(), name: EntityName::parse(name)? },
            version: SemVer::FIRST,
            binding: None,
            parameters: Parameters::default(),
            annotations: list(&[("description", json!(description))]),
            publish: true,
            updated_epoch_millis: now,
        });
    }
    let path = |package: &str, name: &str| -> Result<ActionPath, BadName> {
        Ok(ActionPath {
            namespace: namespace.clone(),
            package: Some(EntityName::parse(package)?),
            name: EntityName::parse(name)?,
        })
    };
    for (name, main, description, parameters) in UTILS {
        let exec =
            Exec::Java { kind: JAVA_DEFAULT_KIND.to_owned(), code: code.clone(), main: main.to_owned() };
        store.seat_action(action(
            path("utils", name)?,
            exec,
            &annotations(description, parameters),
            limits,
            now,
        ));
    }
    for (name, description, parameters) in ALARMS {
        let exec = Exec::Builtin { name: format!("alarms/{name}") };
        let mut annotations = annotations(description, parameters);
        annotations.push((FEED_ANNOTATION, json!(true)));
        store.seat_action(action(path("alarms", name)?, exec, &annotations, limits, now));
    }
    Ok(())
}

fn annotations(description: &str, parameters: &[&str]) -> Vec<(&'static str, Value)> {
    let parameters: Vec<Value> = parameters.iter().map(|name| json!({ "name": name })).collect();
    vec![("description", json!(description)), ("parameters", json!(parameters))]
}

fn list(pairs: &[(&str, Value)]) -> Parameters {
    let mut list = Parameters::default();
    for (key, value) in pairs {
        list.set(key, value.clone());
    }
    list
}

fn action(
    path: ActionPath,
    exec: Exec,
    annotations: &[(&str, Value)],
    limits: ActionLimits,
    now: u64,
) -> Action {
    let mut annotations = list(annotations);
    annotations.set("exec", exec.kind().into());
    annotations.set("provide-api-key", false.into());
    Action {
        path,
        version: SemVer::FIRST,
        exec,
        parameters: Parameters::default(),
        annotations,
        limits,
        publish: true,
        updated_epoch_millis: now,
        inherited: None,
        origin: Shared::default(),
    }
}
