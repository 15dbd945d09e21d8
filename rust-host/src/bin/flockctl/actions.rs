//! `list`, `get`, `delete`: what is deployed.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use serde_json::{Value, json};

use crate::Session;
use crate::deploy::bytes_text;
use crate::failure::Failure;
use crate::moment::iso;
use crate::names::{EntityName, collection_path, encode, query};
use crate::table::Table;

const LIST_EXAMPLES: &str = "\
Examples:
  flockctl list
  flockctl list tools                  the actions of package `tools`
  flockctl list --limit 200 --skip 200
  flockctl --json list | jq -r '.[].name'";

const GET_EXAMPLES: &str = "\
Examples:
  flockctl get hello
  flockctl get hello --save hello.jar
  flockctl --json get tools/app";

const DELETE_EXAMPLES: &str = "\
Examples:
  flockctl delete hello
  flockctl delete a b tools/c";

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only the actions of this package
    package: Option<String>,
    /// At most this many; 0 is as many as the host gives at once
    #[arg(short, long, value_name = "N", default_value_t = 30)]
    limit: u32,
    /// Leave out the first ones
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    skip: u32,
}

#[derive(Debug, Args)]
#[command(after_help = GET_EXAMPLES)]
pub(crate) struct GetArgs {
    /// Name of the action
    name: String,
    /// Write the code, jar or source, into a file that does not exist yet; - is standard output
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// Names of the actions
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

pub(crate) fn list(session: &Session, args: &ListArgs) -> Result<(), Failure> {
    let mut path = collection_path(&session.namespace, "actions");
    if let Some(package) = &args.package {
        path += &format!("/{}/", encode(package));
    }
    path += &query(&[("limit", Some(args.limit.to_string())), ("skip", Some(args.skip.to_string()))]);
    let answer = session.client.get(&path)?;
    let actions = answer.value("actions")?;
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    let rows = actions.as_array().map(Vec::as_slice).unwrap_or_default();
    let titles = ["NAME", "VERSION", "KIND", "MEMORY", "TIMEOUT", "UPDATED"];
    let mut table = Table::with_heading(&titles);
    for action in rows {
        table.row([
            full_name(action).into(),
            text(action, "version").into(),
            annotation(action, "exec").unwrap_or("-").into(),
            number(&action["limits"]["memory"], "MB").into(),
            number(&action["limits"]["timeout"], "ms").into(),
            action["updated"].as_i64().map_or("-".into(), iso).into(),
        ]);
    }
    session.output.styled(&table.render(&session.output))?;
    if rows.is_empty() && args.skip == 0 {
        session.output.hint("nothing is deployed; next: flockctl deploy JAR");
    } else if args.limit > 0 && rows.len() as u64 >= u64::from(args.limit) {
        let next = u64::from(args.skip) + rows.len() as u64;
        session.output.hint(&format!("there may be more; next: flockctl list --skip {next}"));
    }
    Ok(())
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or("-")
}

fn number(value: &Value, unit: &str) -> String {
    value.as_u64().map_or("-".into(), |n| format!("{n} {unit}"))
}

fn annotation<'a>(action: &'a Value, key: &str) -> Option<&'a str> {
    let list = action["annotations"].as_array()?;
    list.iter().find(|a| a["key"] == key)?["value"].as_str()
}

/// The namespace of an answer holds the package too.
fn full_name(action: &Value) -> String {
    format!("/{}/{}", text(action, "namespace"), text(action, "name"))
}

pub(crate) fn get(session: &Session, args: &GetArgs) -> Result<(), Failure> {
    let name = EntityName::parse(&args.name, &session.namespace)?;
    let code = args.save.is_some();
    let path = format!("{}?code={code}", name.action_path());
    let answer = session.client.get(&path)?;
    let action = answer.value(&format!("action {}", name.short()))?;
    if let Some(file) = &args.save {
        return save(session, &action, &name, file);
    }
    if session.output.for_program() {
        return session.output.json_text(&answer.text);
    }
    show(session, &action)
}

fn show(session: &Session, action: &Value) -> Result<(), Failure> {
    let exec = &action["exec"];
    let limits = &action["limits"];
    let mut table = Table::plain();
    let mut row = |key: &str, value: String| table.row([key.into(), value.into()]);
    row("name", full_name(action));
    row("version", text(action, "version").into());
    row("kind", text(exec, "kind").into());
    if let Some(main) = exec["main"].as_str() {
        row("main", main.into());
    }
    if let Some(components) = exec["components"].as_array() {
        let names: Vec<&str> = components.iter().filter_map(Value::as_str).collect();
        row("components", names.join(" -> "));
    }
    row("memory", number(&limits["memory"], "MB"));
    row("timeout", number(&limits["timeout"], "ms"));
    row("logs", number(&limits["logs"], "MB"));
    row("concurrency", number(&limits["concurrency"], ""));
    for (name, key, unit) in [
        ("instances", "instances", ""),
        ("cpu", "cpu", "ms"),
        ("threads", "threads", ""),
        ("classes", "classes", ""),
        ("sockets", "sockets", ""),
        ("temp files", "tempBytes", "bytes"),
        ("allocation rate", "allocationRate", "MB/s"),
    ] {
        if !limits[key].is_null() {
            row(name, number(&limits[key], unit));
        }
    }
    if let Some(updated) = action["updated"].as_i64() {
        row("updated", iso(updated));
    }
    for list in ["parameters", "annotations"] {
        for entry in action[list].as_array().into_iter().flatten() {
            let kind = match (list, entry["init"].as_bool()) {
                ("parameters", Some(true)) => "env",
                ("parameters", _) => "parameter",
                _ => "annotation",
            };
            row(kind, format!("{} = {}", text(entry, "key"), entry["value"]));
        }
    }
    session.output.styled(&table.render(&session.output))
}

fn save(session: &Session, action: &Value, name: &EntityName, file: &Path) -> Result<(), Failure> {
    let exec = &action["exec"];
    let code = exec["code"].as_str().ok_or_else(|| {
        let kind = text(exec, "kind");
        Failure::usage(format!("action {} is of kind {kind} and has no code to save", name.short()))
            .advise(format!("look at it with: flockctl get {}", name.short()))
    })?;
    let bytes = match exec["binary"].as_bool() {
        Some(true) => BASE64_STANDARD.decode(code).map_err(|e| {
            Failure::new(crate::failure::Kind::Server, format!("the code is not base64: {e}"))
        })?,
        _ => code.as_bytes().to_vec(),
    };
    if file == Path::new("-") {
        return session.output.bytes(&bytes);
    }
    let created = std::fs::File::create_new(file);
    let written = created.and_then(|mut f| f.write_all(&bytes));
    written.map_err(|e| Failure::file("write", file, &e).advise("name a file that does not exist yet"))?;
    if session.output.for_program() {
        let saved = json!({"file": file.display().to_string(), "bytes": bytes.len()});
        return session.output.json(&saved);
    }
    session.output.text(&format!("saved {} ({})", file.display(), bytes_text(bytes.len())))
}

/// Deletes all it can; the first failure decides the exit code, the others are told.
pub(crate) fn delete(session: &Session, args: &DeleteArgs) -> Result<(), Failure> {
    let names = args.names.iter().map(|n| EntityName::parse(n, &session.namespace));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let mut deleted = Vec::new();
    let mut first: Option<Failure> = None;
    for name in names {
        let answer = session.client.delete(&name.action_path());
        match answer.and_then(|a| a.accepted(&format!("action {}", name.short())).map(drop)) {
            Ok(()) if session.output.for_program() => deleted.push(name.qualified()),
            Ok(()) => session.output.text(&format!("deleted {}", name.short()))?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_what_lists_carry() {
        let action = json!({
            "namespace": "guest/tools", "name": "app",
            "annotations": [{"key": "exec", "value": "java:8"}],
            "limits": {"memory": 256}
        });
        assert_eq!(full_name(&action), "/guest/tools/app");
        assert_eq!(annotation(&action, "exec"), Some("java:8"));
        assert_eq!(number(&action["limits"]["memory"], "MB"), "256 MB");
        assert_eq!(number(&action["limits"]["timeout"], "ms"), "-");
    }
}
