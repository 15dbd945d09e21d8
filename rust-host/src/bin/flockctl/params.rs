//! `KEY VALUE` pairs and parameter files: what becomes JSON, and how.
//!
//! A value that reads as JSON is JSON (`3`, `true`, `{"a":1}`, `"3"`), any other is a string.
//! Numbers keep their digits only as far as a 64-bit integer or double holds them; a payload
//! that needs more goes into a file, which is sent as it is.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The `KEY VALUE` pairs that clap delivers as one flat list.
pub(crate) fn pairs(flat: &[String]) -> impl Iterator<Item = (&str, &str)> {
    let (chunks, _) = flat.as_chunks::<2>();
    chunks.iter().map(|[key, value]| (key.as_str(), value.as_str()))
}

pub(crate) fn parse_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Reads a parameter file; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|e| Failure::file("read", path, &e))
}

fn not_json(path: &Path, cause: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {cause}", path.display()))
        .advise("the file must hold one JSON object, such as {\"name\": \"Ada\"}")
}

/// The object in a parameter file.
pub(crate) fn read_object(path: &Path) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(&read_text(path)?) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(not_json(path, &"this is JSON, but not an object")),
        Err(e) => Err(not_json(path, &e)),
    }
}

/// The body of an invocation: the file as it is when it stands alone, else file and pairs merged,
/// the pairs winning.
pub(crate) fn payload(file: Option<&Path>, flat: &[String]) -> Result<String, Failure> {
    match file {
        Some(path) if flat.is_empty() => {
            let text = read_text(path)?;
            match serde_json::from_str(&text) {
                Ok(Value::Object(_) | Value::Array(_)) => Ok(text),
                Ok(_) => Err(not_json(path, &"this is JSON, but neither object nor array")),
                Err(e) => Err(not_json(path, &e)),
            }
        }
        _ => {
            let mut map = match file {
                Some(path) => read_object(path)?,
                None => Map::new(),
            };
            for (key, value) in pairs(flat) {
                map.insert(key.to_owned(), parse_value(value));
            }
            Ok(format!("{}\n", Value::Object(map)))
        }
    }
}

/// `[{key, value}, ..]`, as parameters and annotations travel. A later value of a key wins.
#[derive(Debug, Default)]
pub(crate) struct KeyValues {
    entries: Vec<(String, Value, bool)>,
}

impl KeyValues {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.put(key, value, false);
    }

    /// A parameter that is only given to the initialisation, as environment.
    pub(crate) fn set_init(&mut self, key: &str, value: Value) {
        self.put(key, value, true);
    }

    pub(crate) fn set_pairs(&mut self, flat: &[String]) {
        for (key, value) in pairs(flat) {
            self.set(key, parse_value(value));
        }
    }

    /// Takes over a list that the host sent.
    pub(crate) fn set_list(&mut self, list: &Value) {
        for entry in list.as_array().into_iter().flatten() {
            if let Some(key) = entry["key"].as_str() {
                let init = entry["init"].as_bool() == Some(true);
                self.put(key, entry["value"].clone(), init);
            }
        }
    }

    fn put(&mut self, key: &str, value: Value, init: bool) {
        match self.entries.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => (entry.1, entry.2) = (value, init),
            None => self.entries.push((key.to_owned(), value, init)),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let entries = self.entries.iter().map(|(key, value, init)| {
            let mut entry = json!({ "key": key, "value": value });
            if *init {
                entry["init"] = true.into();
            }
            entry
        });
        entries.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| w.to_string()).collect()
    }

    #[test]
    fn values_are_json_when_they_read_as_json() {
        let table = [
            ("3", json!(3)),
            ("-2.5", json!(-2.5)),
            ("true", json!(true)),
            ("null", json!(null)),
            ("\"3\"", json!("3")),
            ("{\"a\":[1]}", json!({"a": [1]})),
            ("Ada", json!("Ada")),
            ("", json!("")),
            ("{broken", json!("{broken")),
            ("1 2", json!("1 2")),
        ];
        for (text, expected) in table {
            assert_eq!(parse_value(text), expected, "for {text:?}");
        }
    }

    #[test]
    fn a_payload_is_one_line_of_json() {
        let text = payload(None, &flat(&["a", "x", "b", "2"])).ok();
        assert_eq!(text.as_deref(), Some("{\"a\":\"x\",\"b\":2}\n"));
        assert_eq!(payload(None, &[]).ok().as_deref(), Some("{}\n"));
    }

    #[test]
    fn files_alone_are_sent_as_they_are_and_merged_with_pairs() {
        let path = std::env::temp_dir().join(format!("flockctl-params-{}", std::process::id()));
        let write = |text: &str| std::fs::write(&path, text).expect("a temporary file");
        write("{\"n\": 12345678901234567890123, \"a\": 1}");
        let alone = payload(Some(&path), &[]).ok();
        assert_eq!(alone.as_deref(), Some("{\"n\": 12345678901234567890123, \"a\": 1}"));
        write("{\"a\": 1, \"b\": 2}");
        let merged = payload(Some(&path), &flat(&["a", "9"])).ok();
        assert_eq!(merged.as_deref(), Some("{\"a\":9,\"b\":2}\n"));
        write("[1]");
        assert_eq!(payload(Some(&path), &[]).ok().as_deref(), Some("[1]"));
        assert!(payload(Some(&path), &flat(&["a", "9"])).is_err());
        for bad in ["3", "", "{"] {
            write(bad);
            assert!(payload(Some(&path), &[]).is_err(), "{bad:?}");
        }
        std::fs::remove_file(&path).expect("the file goes");
        assert!(payload(Some(&path), &[]).is_err());
    }

    #[test]
    fn later_keys_win_and_keep_their_place() {
        let mut list = KeyValues::default();
        list.set_list(&json!([{"key": "a", "value": 1}, {"key": "b", "value": 2, "init": true}]));
        list.set_pairs(&flat(&["a", "3"]));
        list.set_init("E", json!("v"));
        let expected = json!([
            {"key": "a", "value": 3},
            {"key": "b", "value": 2, "init": true},
            {"key": "E", "value": "v", "init": true}
        ]);
        assert_eq!(list.to_json(), expected);
    }
}
