//! Nothing is forgotten: every folder of functions/hostile is used by a row or a test, and described in its README.

use std::{collections::BTreeSet, path::Path};

use super::{attacks, support::project};

fn folders() -> BTreeSet<String> {
    let shelf = project().join("functions/hostile");
    let entries = std::fs::read_dir(&shelf).unwrap().flatten();
    let names = entries.filter(|entry| entry.path().join("action.properties").exists());
    names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// All Rust text below a folder.
fn text_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "node_modules" {
            text.push_str(&text_below(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    text
}

#[test]
fn every_hostile_function_is_used() {
    let used: BTreeSet<&str> =
        attacks::ALL.iter().flat_map(|(_, rows)| *rows).map(|row| row.folder).collect();
    let tests = text_below(&project().join("tests"));
    let unused: Vec<String> = folders()
        .into_iter()
        .filter(|name| !used.contains(name.as_str()) && !tests.contains(&format!("\"hostile-{name}\"")))
        .collect();
    assert!(unused.is_empty(), "no row and no test uses {unused:?}");
}

#[test]
fn every_row_has_its_function_and_every_payload_is_json() {
    let folders = folders();
    for row in attacks::ALL.iter().flat_map(|(_, rows)| *rows) {
        assert!(folders.contains(row.folder), "{}", row.title());
        assert!(row.payload().is_object(), "{}", row.title());
        assert!(!super::attack::main_of(row.folder).is_empty());
    }
}

#[test]
fn no_row_is_there_twice() {
    let mut seen = BTreeSet::new();
    for (_, rows) in attacks::ALL {
        for row in *rows {
            assert!(seen.insert(format!("{}{:?}", row.title(), row.main)), "{}", row.title());
        }
    }
}

/// The README has a row for each folder, and each variant that a row uses stands in it.
#[test]
fn the_readme_knows_every_function_and_variant() {
    let text = std::fs::read_to_string(project().join("functions/hostile/README.md")).unwrap();
    let line = |name: &str| text.lines().find(|line| line.starts_with(&format!("| {name} |")));
    for name in folders() {
        assert!(line(&name).is_some(), "functions/hostile/README.md has no row for {name}");
    }
    for row in attacks::ALL.iter().flat_map(|(_, rows)| *rows) {
        let payload = row.payload();
        for key in ["how", "what", "through"] {
            if let Some(variant) = payload[key].as_str() {
                assert!(
                    line(row.folder).unwrap().contains(variant),
                    "no {key} {variant} in the row of {}",
                    row.folder
                );
            }
        }
    }
}
