//! Every sample is deployed as its folder says and gives the answer that its folder expects.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::support::{Flockd, jar_exec, project};

fn property(text: &str, name: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        .map(|value| value.trim().to_owned())
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The members of what is expected must be in the answer; it may have others.
fn assert_has(sample: &str, answer: &Value, expected: &Value) {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            for (key, value) in expected {
                let found =
                    answer.get(key).unwrap_or_else(|| panic!("{sample}: no member {key} in {answer:?}"));
                assert_has(sample, found, value);
            }
        }
        _ => assert_eq!(answer, expected, "{sample}"),
    }
}

#[test]
fn every_sample_answers_as_its_folder_says() {
    let host = Flockd::start();
    let mut names = Vec::new();
    for entry in fs::read_dir(project().join("functions/samples")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(properties) = fs::read_to_string(folder.join("action.properties")) else { continue };
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let main = property(&properties, "main").unwrap_or_else(|| panic!("{name} has no main"));
        let exec = match property(&properties, "source") {
            Some(file) => {
                json!({ "kind": "java:default", "code": fs::read_to_string(folder.join(file)).unwrap(), "main": main })
            }
            None => jar_exec(&name, &main),
        };
        host.put(&name, &json!({ "exec": exec })).expect(200);
        let result = host.result(&name, &read_json(&folder.join("input.json")));
        assert_has(&name, &result, &read_json(&folder.join("expected.json")));
        assert!(folder.join("README.md").is_file(), "{name} has no README.md");
        names.push(name);
    }
    assert!(names.len() >= 12, "{names:?}");
}

/// Each function of the hostile folder, called as its action.properties says with a harmless payload, leaves the host whole.
#[test]
fn every_jar_that_was_built_can_be_deployed() {
    let host = Flockd::start();
    for folder in ["samples", "hostile"] {
        for entry in fs::read_dir(project().join("functions").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(properties) = fs::read_to_string(path.join("action.properties")) else { continue };
            if property(&properties, "source").is_some() {
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let jar = if folder == "hostile" { format!("hostile-{name}") } else { name };
            host.deploy(&jar, &property(&properties, "main").unwrap());
        }
    }
    host.send_as(None, "GET", "/healthz", None).expect(200);
}
