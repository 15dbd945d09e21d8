//! The functions that are measured: jars of functions/samples and functions/hostile, with an input and what the answer must hold.
//!
//! Fails, by name, when a jar has not been built.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// See the head of this file.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) jar: PathBuf,
    pub(crate) main: String,
    /// JSON text.
    pub(crate) payload: String,
    /// The answer holds at least this.
    pub(crate) expected: Value,
}

impl Function {
    /// The sample of this name with its own input.
    pub(crate) fn sample(root: &Path, name: &str) -> Result<Self> {
        let folder = root.join("functions/samples").join(name);
        let read = |file: &str| {
            let path = folder.join(file);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let payload = read("input.json")?.trim().to_owned();
        let expected = serde_json::from_str(&read("expected.json")?).context("expected.json")?;
        Self::of(root, name, name, &folder, payload, expected)
    }

    /// The sample `echo` with a text that makes its input about so long.
    pub(crate) fn echo(root: &Path, bytes: usize) -> Result<Self> {
        let sent = json!({"text": "x".repeat(bytes.saturating_sub(11))});
        let folder = root.join("functions/samples/echo");
        Self::of(root, "echo", "echo", &folder, sent.to_string(), sent)
    }

    /// The hostile function of this name with this input.
    pub(crate) fn hostile(root: &Path, name: &str, payload: &Value) -> Result<Self> {
        let (jar, folder) = (format!("hostile-{name}"), root.join("functions/hostile").join(name));
        Self::of(root, name, &jar, &folder, payload.to_string(), json!({}))
    }

    fn of(
        root: &Path,
        name: &str,
        jar: &str,
        folder: &Path,
        payload: String,
        expected: Value,
    ) -> Result<Self> {
        let properties = folder.join("action.properties");
        let text = std::fs::read_to_string(&properties).with_context(|| properties.display().to_string())?;
        let main = text
            .lines()
            .find_map(|line| line.strip_prefix("main="))
            .context("no main= in action.properties")?;
        let jar = root.join("functions/build/jars").join(format!("{jar}.jar"));
        if !jar.exists() {
            bail!("{} is missing: run make build", jar.display());
        }
        Ok(Self { name: name.to_owned(), jar, main: main.trim().to_owned(), payload, expected })
    }

    /// An error when an answer does not hold what is expected.
    pub(crate) fn check(&self, answer: &[u8]) -> Result<()> {
        let value: Value = serde_json::from_slice(answer)
            .with_context(|| format!("{}: no JSON: {:.200}", self.name, String::from_utf8_lossy(answer)))?;
        if !holds(&value, &self.expected) {
            bail!("{}: a wrong answer: {:.200}", self.name, value.to_string());
        }
        Ok(())
    }
}

/// Whether a value has all members of another, with the same values; arrays are the same element by element.
fn holds(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(value), Value::Object(expected)) => {
            expected.iter().all(|(name, member)| value.get(name).is_some_and(|have| holds(have, member)))
        }
        (Value::Array(value), Value::Array(expected)) => {
            value.len() == expected.len() && value.iter().zip(expected).all(|(have, want)| holds(have, want))
        }
        (Value::Number(value), Value::Number(expected)) => value.as_f64() == expected.as_f64(),
        _ => value == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_members_are_fine_others_are_not() {
        assert!(holds(&json!({"a": 1, "b": [1.0, {"c": 2, "d": 3}]}), &json!({"b": [1, {"c": 2}]})));
        assert!(!holds(&json!({"a": 1}), &json!({"b": 1})));
        assert!(!holds(&json!([1, 2]), &json!([1])));
        assert!(!holds(&json!("1"), &json!(1)));
    }
}
