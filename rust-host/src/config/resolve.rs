//! Lays the sources over each other and checks each value where it stands.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::model::limits::Range;

use super::keys::{KEYS, Key, Kind};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A command line flag.
    Flag(String),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {} is not valid TOML: {why}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No such key.
    #[error("{place}: there is no key `{key}`; `flockd config` lists all keys")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        place: Source,
    },
    /// The value does not fit.
    #[error("{place}: `{key}` = {value}: {why}")]
    BadValue {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// Where it stands.
        place: Source,
        /// What would fit.
        why: String,
    },
    /// Values contradict each other.
    #[error("{0}")]
    Contradiction(String),
}

/// Every key with its value, as text, and its source.
#[derive(Debug, Clone)]
pub struct Resolved {
    values: BTreeMap<&'static str, (Vec<String>, Source)>,
}

impl Resolved {
    /// Lays file, variables and flags over the defaults. `flags` are pairs of key and value.
    pub fn new(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let mut resolved = Self {
            values: KEYS.iter().map(|key| (key.name, (split(key, key.default), Source::Default))).collect(),
        };
        if let Some(path) = file {
            resolved.lay_file(path)?;
        }
        for (name, value) in variables {
            if name.starts_with("FLOCK_") && !is_foreign(&name) {
                let place = Source::Variable(name.clone());
                let key = KEYS
                    .iter()
                    .find(|key| key.variable() == name)
                    .ok_or_else(|| ConfigError::UnknownKey { key: name, place: place.clone() })?;
                resolved.set(key, split(key, &value), place)?;
            }
        }
        for (name, value) in flags {
            let place = Source::Flag(format!("--{name}"));
            resolved.set(find(name, &place)?, vec![value.clone()], place)?;
        }
        Ok(resolved)
    }

    fn lay_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|why| ConfigError::Unreadable { path: path.to_owned(), why })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Malformed {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        let place = Source::File(path.to_owned());
        let mut flat = Vec::new();
        flatten("", &table, &mut flat);
        for (name, value) in flat {
            let key = find(&name, &place)?;
            let bad = |why: &str| ConfigError::BadValue {
                key: name.clone(),
                value: value.to_string(),
                place: place.clone(),
                why: why.to_owned(),
            };
            let words = match (&value, key.kind) {
                (toml::Value::Integer(number), Kind::Int { .. }) => vec![number.to_string()],
                (toml::Value::Boolean(flag), Kind::Flag) => vec![flag.to_string()],
                (toml::Value::String(text), Kind::Text | Kind::Word(_) | Kind::Address) => {
                    vec![text.clone()]
                }
                (toml::Value::Array(items), Kind::List) => items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(|| bad("it must be a list of texts"))?,
                (_, Kind::Int { .. }) => {
                    return Err(bad(&format!("it must be a whole number of {}, without a unit", key.unit)));
                }
                (_, Kind::Flag) => return Err(bad("it must be true or false")),
                (_, Kind::List) => return Err(bad("it must be a list of texts")),
                _ => return Err(bad("it must be a text")),
            };
            self.set(key, words, place.clone())?;
        }
        Ok(())
    }

    fn set(&mut self, key: &'static Key, words: Vec<String>, place: Source) -> Result<(), ConfigError> {
        let text = words.join(" ");
        let why = match key.kind {
            Kind::Int { min, max } => match text.parse::<u64>() {
                Ok(number) if (min..=max).contains(&number) => None,
                Ok(_) => Some(format!("it must be from {min} to {max} {}", key.unit)),
                Err(_) => Some(format!(
                    "it must be a whole number of {} from {min} to {max}, without a unit",
                    key.unit
                )),
            },
            Kind::Flag if !matches!(text.as_str(), "true" | "false") => {
                Some("it must be true or false".to_owned())
            }
            Kind::Word(allowed) if !allowed.contains(&text.as_str()) => {
                Some(format!("it must be one of {}", allowed.join(", ")))
            }
            Kind::Address if text.parse::<std::net::SocketAddr>().is_err() => {
                Some("it must be ADDRESS:PORT, such as 127.0.0.1:3233 or [::1]:0".to_owned())
            }
            _ => None,
        };
        if let Some(why) = why {
            return Err(ConfigError::BadValue { key: key.name.to_owned(), value: text, place, why });
        }
        self.values.insert(key.name, (words, place));
        Ok(())
    }

    /// A value as text.
    pub fn text(&self, key: &str) -> String {
        self.values.get(key).map(|(words, _)| words.join(" ")).unwrap_or_default()
    }

    /// Where a value came from.
    pub fn source(&self, key: &str) -> Source {
        self.values.get(key).map_or(Source::Default, |(_, place)| place.clone())
    }

    pub(super) fn list(&self, key: &str) -> Vec<String> {
        self.values.get(key).map(|(words, _)| words.clone()).unwrap_or_default()
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.text(key) == "true"
    }

    /// A number; `set` has checked it, so 0 is never a fallback in practice.
    pub(super) fn int(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or_default()
    }

    pub(super) fn int32(&self, key: &str) -> u32 {
        u32::try_from(self.int(key)).unwrap_or(u32::MAX)
    }

    pub(super) fn size(&self, key: &str) -> usize {
        usize::try_from(self.int(key)).unwrap_or(usize::MAX)
    }

    pub(super) fn parsed<T: FromStr>(&self, key: &str) -> Result<T, ConfigError> {
        self.text(key).parse().map_err(|_| ConfigError::BadValue {
            key: key.to_owned(),
            value: self.text(key),
            place: self.source(key),
            why: "it cannot be read".to_owned(),
        })
    }

    /// Default, minimum and maximum of a limit, which must be in order.
    pub(super) fn range(&self, stem: &str) -> Result<Range, ConfigError> {
        let part = |end: &str| self.int32(&format!("{stem}-{end}"));
        let range = Range { default: part("default"), min: part("min"), max: part("max") };
        if range.min <= range.default && range.default <= range.max {
            Ok(range)
        } else {
            Err(ConfigError::Contradiction(format!(
                "`{stem}-min` ({}, {}) <= `{stem}-default` ({}, {}) <= `{stem}-max` ({}, {}) does not hold",
                range.min,
                self.source(&format!("{stem}-min")),
                range.default,
                self.source(&format!("{stem}-default")),
                range.max,
                self.source(&format!("{stem}-max")),
            )))
        }
    }
}

/// Variables that begin like a key but are for the build, the tests or the command line itself.
fn is_foreign(name: &str) -> bool {
    name == "FLOCK_CONFIG" || ["FLOCK_TEST_", "FLOCK_GRADLE"].iter().any(|prefix| name.starts_with(prefix))
}

fn find(name: &str, place: &Source) -> Result<&'static Key, ConfigError> {
    KEYS.iter()
        .find(|key| key.name == name)
        .ok_or_else(|| ConfigError::UnknownKey { key: name.to_owned(), place: place.clone() })
}

fn split(key: &Key, text: &str) -> Vec<String> {
    match key.kind {
        Kind::List => text.split_whitespace().map(str::to_owned).collect(),
        _ => vec![text.to_owned()],
    }
}

/// `[http] workers = 2` and `http.workers = 2` are the same key.
fn flatten(prefix: &str, table: &toml::Table, out: &mut Vec<(String, toml::Value)>) {
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&path, inner, out),
            other => out.push((path, other.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn message(result: Result<Resolved, ConfigError>) -> String {
        result.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn later_sources_win() -> Result<(), ConfigError> {
        let variables = [("FLOCK_HTTP_WORKERS".to_owned(), "3".to_owned())];
        let resolved = Resolved::new(None, variables.clone(), &[])?;
        assert_eq!(resolved.text("http.workers"), "3");
        let resolved = Resolved::new(None, variables, &[("http.workers", "4".to_owned())])?;
        assert_eq!(resolved.text("http.workers"), "4");
        assert_eq!(resolved.source("http.workers"), Source::Flag("--http.workers".to_owned()));
        Ok(())
    }

    #[test]
    fn errors_name_the_key_and_its_source() {
        let of = |name: &str, value: &str| {
            message(Resolved::new(None, [(name.to_owned(), value.to_owned())], &[]))
        };
        assert!(of("FLOCK_HTTP_WORKER", "1").contains("no key `FLOCK_HTTP_WORKER`"));
        assert!(of("FLOCK_HTTP_WORKERS", "2s").contains("variable FLOCK_HTTP_WORKERS: `http.workers` = 2s"));
        assert!(of("FLOCK_HTTP_WORKERS", "257").contains("from 0 to 256"));
        assert!(of("FLOCK_LISTEN", "localhost").contains("ADDRESS:PORT"));
    }

    #[test]
    fn a_file_may_nest_and_its_errors_are_clear() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("flock.toml");
        std::fs::write(
            &path,
            "listen = \"127.0.0.1:0\"\n[http]\nworkers = 5\n[jvm]\noptions = [\"-Xss1m\"]\n",
        )?;
        let resolved = Resolved::new(Some(&path), [], &[])?;
        assert_eq!(resolved.text("http.workers"), "5");
        assert_eq!(resolved.list("jvm.options"), ["-Xss1m"]);
        std::fs::write(&path, "[http]\nworkers = \"5 threads\"\n")?;
        assert!(message(Resolved::new(Some(&path), [], &[])).contains("without a unit"));
        std::fs::write(&path, "[http]\nporkers = 5\n")?;
        assert!(message(Resolved::new(Some(&path), [], &[])).contains("no key `http.porkers`"));
        Ok(())
    }

    #[test]
    fn defaults_are_valid_and_ranges_must_be_in_order() -> Result<(), ConfigError> {
        let config = Config::from_resolved(&Resolved::new(None, [], &[])?)?;
        assert!(config.data.is_absolute(), "a relative default is taken from where the host was started");
        let key = "limits.action.timeout-millis-max";
        let resolved = Resolved::new(None, [], &[(key, "50".to_owned())])?;
        let error = Config::from_resolved(&resolved).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains(key)));
        Ok(())
    }

    #[test]
    fn dev_refuses_other_addresses() -> Result<(), ConfigError> {
        let flags = [("dev", "true".to_owned()), ("listen", "0.0.0.0:0".to_owned())];
        assert!(Config::from_resolved(&Resolved::new(None, [], &flags)?).is_err());
        Ok(())
    }
}
