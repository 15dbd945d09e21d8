//! The table of limits in SPECIFICATION.md, section "Limits": each names its configuration keys, the file that enforces it, its metric and the function or
//! test that proves it. A limit without a proof is none, so a name that does not exist fails here, and so does a key without a row.

use std::collections::BTreeMap;

use super::support::{Flockd, flockd, project};

/// The columns, in their order.
const COLUMNS: [&str; 8] =
    ["limit", "in `limits`", "key", "unit", "default", "enforced by", "metric", "proved by"];

type Row = BTreeMap<&'static str, String>;

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(project().join("SPECIFICATION.md")).unwrap();
    let section = text.split("\n## ").find(|part| part.starts_with("Limits")).expect("a section Limits");
    let mut lines = section.lines().filter(|line| line.starts_with('|')).map(cells);
    assert_eq!(lines.next().expect("a table"), COLUMNS, "the columns of the table");
    lines
        .skip(1)
        .take_while(|cells| cells.len() == COLUMNS.len())
        .map(|cells| COLUMNS.into_iter().zip(cells).collect())
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The names in backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Each key with its unit and default, from `flockd config`.
fn keys() -> BTreeMap<String, (String, String)> {
    let output = flockd().arg("config").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut keys = BTreeMap::new();
    for block in text.split("\n\n") {
        let Some(about) = block.lines().find(|line| line.starts_with("# ")) else { continue };
        let unit = about.rsplit_once(" [").map_or("", |(_, unit)| unit.trim_end_matches(']'));
        let default = block.lines().find_map(|line| line.strip_prefix("# default: \""));
        let default = default.and_then(|rest| rest.split('"').next()).unwrap_or_default();
        if let Some((name, _)) = block.lines().last().and_then(|line| line.split_once(" = ")) {
            keys.insert(name.to_owned(), (unit.to_owned(), default.to_owned()));
        }
    }
    keys
}

/// `limits.action.threads-*` stands for the keys that begin so.
fn matches(pattern: &str, key: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => pattern == key,
    }
}

#[test]
fn every_key_of_a_limit_has_a_row() {
    let rows = rows();
    let patterns: Vec<&str> = rows.iter().flat_map(|row| names(&row["key"])).collect();
    for key in keys().keys().filter(|key| key.starts_with("limits.")) {
        assert!(patterns.iter().any(|pattern| matches(pattern, key)), "{key} has no row");
    }
}

#[test]
fn every_row_names_what_exists() {
    let keys = keys();
    for row in rows() {
        let limit = &row["limit"];
        for pattern in names(&row["key"]) {
            assert!(keys.keys().any(|key| matches(pattern, key)), "{limit}: there is no key {pattern}");
        }
        let files = names(&row["enforced by"]);
        assert!(!files.is_empty(), "{limit}: no file enforces it");
        for file in files {
            assert!(project().join(file).is_file(), "{limit}: there is no file {file}");
        }
        let proofs = names(&row["proved by"]);
        assert!(!proofs.is_empty(), "{limit}: nothing proves it");
        for proof in proofs {
            let is_function =
                project().join("functions/hostile").join(proof).join("action.properties").is_file();
            let is_test = proof.starts_with("tests/") && project().join(proof).is_file();
            assert!(
                is_function || is_test,
                "{limit}: {proof} is neither a hostile function nor a file of tests"
            );
        }
    }
}

/// The unit and the default are those of the key that ends in `-default`, or of the one key there is.
#[test]
fn every_row_has_the_unit_and_default_of_its_key() {
    let keys = keys();
    for row in rows() {
        let limit = &row["limit"];
        for pattern in names(&row["key"]) {
            let of_it: Vec<_> = keys.iter().filter(|(key, _)| matches(pattern, key)).collect();
            let default = of_it
                .iter()
                .find(|(key, _)| key.ends_with("-default") || of_it.len() == 1 || *key == pattern);
            let Some((key, (unit, value))) = default else { panic!("{limit}: {pattern} has no default") };
            assert_eq!(&row["unit"], unit, "{limit}: the unit of {key}");
            assert_eq!(row["default"].replace(',', ""), *value, "{limit}: the default of {key}");
        }
    }
}

#[test]
fn every_metric_is_there() {
    let host = Flockd::start();
    let text = host.send_as(None, "GET", "/metrics", None).expect(200).text();
    for row in rows() {
        let metrics = names(&row["metric"]);
        assert!(!metrics.is_empty(), "{}: no metric", row["limit"]);
        for metric in metrics {
            // With a label it is there whatever happened; without, by its type at least.
            let is_there = text.lines().any(|line| match line.strip_prefix("# TYPE ") {
                Some(rest) => {
                    rest.split(' ').any(|name| name == metric || metric.strip_suffix("_total") == Some(name))
                }
                None => metric.contains('{') && line.starts_with(metric),
            });
            assert!(is_there, "{}: there is no metric {metric}:\n{text}", row["limit"]);
        }
    }
}

/// What a client may set in `limits` is in the table, and the host takes it.
#[test]
fn every_limit_of_an_action_can_be_set() {
    let host = Flockd::start();
    for row in rows() {
        for name in names(&row["in `limits`"]) {
            let value = row["default"].replace(',', "").parse::<u64>().unwrap();
            let put = serde_json::json!({
                "exec": super::support::jar_exec("echo", "Echo"),
                "limits": { name: value },
            });
            let action = host.put("limited", &put).expect(200).json();
            assert_eq!(action["limits"][name], value, "{name}: {action}");
        }
    }
}
