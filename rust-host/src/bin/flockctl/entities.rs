//! What packages, triggers and rules have in common on the command line: names, lists, showing, deleting, parameters.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::Session;
use crate::client::{Answer, error_text};
use crate::failure::{Failure, Kind};
use crate::moment::iso;
use crate::names::{EntityName, collection_path, encode, query};
use crate::params::{KeyValues, read_object};
use crate::table::Table;

/// Which page of a list.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// At most this many; 0 is as many as the host gives at once
    #[arg(short, long, value_name = "N", default_value_t = 30)]
    limit: u32,
    /// Leave out the first ones
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    skip: u32,
}

/// Parameters and annotations of something that is made.
#[derive(Debug, Args)]
pub(crate) struct ParameterArgs {
    /// Parameter; repeatable. With any, those that were there before are replaced
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    param: Vec<String>,
    /// File with a JSON object of parameters; - is standard input
    #[arg(short = 'P', long, value_name = "FILE")]
    param_file: Option<PathBuf>,
    /// Annotation; repeatable. With any, those that were there before are replaced
    #[arg(short, long, num_args = 2, value_names = ["KEY", "VALUE"], allow_hyphen_values = true)]
    annotation: Vec<String>,
}

impl ParameterArgs {
    /// Puts what was given into the body of a request.
    pub(crate) fn put_into(&self, body: &mut Value) -> Result<(), Failure> {
        let mut parameters = KeyValues::default();
        if let Some(file) = &self.param_file {
            for (key, value) in read_object(file)? {
                parameters.set(&key, value);
            }
        }
        parameters.set_pairs(&self.param);
        let mut annotations = KeyValues::default();
        annotations.set_pairs(&self.annotation);
        for (member, list) in [("parameters", parameters), ("annotations", annotations)] {
            if !list.is_empty() {
                body[member] = list.to_json();
            }
        }
        Ok(())
    }
}

/// `NAME` or `/NAMESPACE/NAME`: something that is in no package.
pub(crate) fn plain_name(session: &Session, text: &str, what: &str) -> Result<EntityName, Failure> {
    let name = EntityName::parse(text, &session.namespace)?;
    match name.package {
        None => Ok(name),
        Some(_) => Err(Failure::usage(format!("'{text}' is not the name of a {what}"))
            .advise("write NAME or /NAMESPACE/NAME")),
    }
}

/// `/api/v1/namespaces/NS/COLLECTION/NAME`
pub(crate) fn path(name: &EntityName, collection: &str) -> String {
    format!("{}/{}", collection_path(&name.namespace, collection), encode(&name.name))
}

/// Prints a list, one row an entity.
pub(crate) fn list(
    session: &Session,
    namespace: &str,
    collection: &str,
    page: &PageArgs,
    titles: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> Result<(), Failure> {
    let flags = query(&[("limit", Some(page.limit.to_string())), ("skip", Some(page.skip.to_string()))]);
    let answer = session.client.get(&format!("{}{flags}", collection_path(namespace, collection)))?;
    let entities = answer.value(collection)?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let mut table = Table::with_heading(titles);
    for entity in entities.as_array().into_iter().flatten() {
        table.row(row(entity).into_iter().map(Into::into));
    }
    session.output.styled(&table.render(&session.output))
}

/// Prints an entity whole.
pub(crate) fn get(session: &Session, name: &EntityName, collection: &str, what: &str) -> Result<(), Failure> {
    let answer = session.client.get(&path(name, collection))?;
    answer.value(&format!("{what} {}", name.name))?;
    session.output.json_text(&answer.text)
}

/// Deletes all it can; the first failure decides the exit code, the others are told.
pub(crate) fn delete(
    session: &Session,
    names: &[String],
    collection: &str,
    what: &str,
    flags: &str,
) -> Result<(), Failure> {
    let names = names.iter().map(|text| plain_name(session, text, what)).collect::<Result<Vec<_>, _>>()?;
    let mut deleted = Vec::new();
    let mut first: Option<Failure> = None;
    for name in names {
        let answer = session.client.delete(&format!("{}{flags}", path(&name, collection)));
        match answer.and_then(|answer| answer.accepted(&format!("{what} {}", name.name)).map(drop)) {
            Ok(()) if session.output.for_program() => deleted.push(name.qualified()),
            Ok(()) => session.output.text(&format!("deleted {what} {}", name.name))?,
            Err(failure) => match &first {
                Some(_) => session.output.failure(&failure),
                None => first = Some(failure),
            },
        }
    }
    if session.output.for_program() {
        session.output.json(&json!({ "deleted": deleted }))?;
    }
    first.map_or(Ok(()), Err)
}

/// Sends a PUT and says what became of it.
pub(crate) fn put(
    session: &Session,
    name: &EntityName,
    collection: &str,
    what: &str,
    body: &Value,
    no_overwrite: bool,
) -> Result<Value, Failure> {
    let path = format!("{}?overwrite={}", path(name, collection), !no_overwrite);
    let answer = session.client.put(&path, body)?;
    let made = answer.value(&format!("{what} {}", name.name))?;
    if session.output.for_program() {
        session.output.json_text(&answer.text)?;
    } else {
        session.output.text(&format!("{what} {} {}", name.name, text(&made, "version")))?;
    }
    Ok(made)
}

pub(crate) fn text<'a>(entity: &'a Value, key: &str) -> &'a str {
    entity[key].as_str().unwrap_or("-")
}

pub(crate) fn updated(entity: &Value) -> String {
    entity["updated"].as_i64().map_or("-".into(), iso)
}

/// `/path/name` of a member that names another entity.
pub(crate) fn reference(entity: &Value, member: &str) -> String {
    format!("/{}/{}", text(&entity[member], "path"), text(&entity[member], "name"))
}

/// The value of a 2xx answer of something that is run rather than kept: what it says of itself is no fault of the host.
pub(crate) fn ran(answer: &Answer, what: &str, kind: Kind) -> Result<Value, Failure> {
    let said: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    match (answer.status, error_text(&said["error"])) {
        (502, Some(text)) => Err(Failure::new(kind, format!("{what}: {text}")).with_status(502)),
        _ => answer.value(what),
    }
}
