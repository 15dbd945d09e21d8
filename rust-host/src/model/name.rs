//! Names of entities and paths of actions, by OpenWhisk's rules.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest name, in characters.
pub const NAME_MAX_CHARS: usize = 256;

/// Why a name is refused. The texts are OpenWhisk's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Over the limit.
    #[error("Entity name longer than allowed: {0} > {NAME_MAX_CHARS}.")]
    TooLong(usize),
    /// Characters outside of the pattern.
    #[error("The name of the entity contains illegal characters.")]
    Illegal,
    /// Too few or too many parts.
    #[error(
        "requirement failed: The fully qualified name of the entity must contain at least the namespace and the name of the entity."
    )]
    NotQualified,
}

impl BadName {
    /// The text, where what is named is called so.
    pub fn of(&self, what: &str) -> String {
        match self {
            Self::TooLong(chars) => format!("{what} longer than allowed: {chars} > {NAME_MAX_CHARS}."),
            other => other.to_string(),
        }
    }
}

/// The name of an action, a package or a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntityName(String);

impl EntityName {
    /// Checks a name: a word character, then up to 254 of word characters and `@ . & -` and space, not ending in a space.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let chars = text.chars().count();
        if chars > NAME_MAX_CHARS {
            return Err(BadName::TooLong(chars));
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let inner = |c: char| word(c) || matches!(c, '@' | '.' | '&' | '-' | ' ');
        let starts = text.chars().next().is_some_and(word);
        let ends = text.chars().next_back().is_some_and(|c| inner(c) && c != ' ');
        if starts && ends && text.chars().all(inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::Illegal)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an action is: namespace, package if it is in one, name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActionPath {
    /// The namespace.
    pub namespace: EntityName,
    /// The package, if any.
    pub package: Option<EntityName>,
    /// The action's own name.
    pub name: EntityName,
}

impl ActionPath {
    /// Reads `/ns/name`, `/ns/pkg/name`, `ns/name` or `ns/pkg/name`; a namespace `_` becomes `default_namespace`.
    pub fn parse(text: &str, default_namespace: &EntityName) -> Result<Self, BadName> {
        let parts: Vec<&str> = text.strip_prefix('/').unwrap_or(text).split('/').collect();
        let namespace = |part: &str| match part {
            "_" => Ok(default_namespace.clone()),
            other => EntityName::parse(other),
        };
        match parts.as_slice() {
            [ns, name] => {
                Ok(Self { namespace: namespace(ns)?, package: None, name: EntityName::parse(name)? })
            }
            [ns, package, name] => Ok(Self {
                namespace: namespace(ns)?,
                package: Some(EntityName::parse(package)?),
                name: EntityName::parse(name)?,
            }),
            _ => Err(BadName::NotQualified),
        }
    }

    /// Reads a name as a conductor or a flow gives it: besides what [`ActionPath::parse`] reads after a slash, `name` and
    /// `pkg/name` of the default namespace.
    pub fn resolve(text: &str, default_namespace: &EntityName) -> Result<Self, BadName> {
        if text.starts_with('/') || text.matches('/').count() > 1 {
            Self::parse(text, default_namespace)
        } else {
            Self::parse(&format!("/{default_namespace}/{text}"), default_namespace)
        }
    }

    /// `name` or `pkg/name`: the key within a namespace.
    pub fn local(&self) -> String {
        match &self.package {
            Some(package) => format!("{package}/{}", self.name),
            None => self.name.to_string(),
        }
    }

    /// What OpenWhisk calls the action's namespace: `ns` or `ns/pkg`.
    pub fn namespace_path(&self) -> String {
        match &self.package {
            Some(package) => format!("{}/{package}", self.namespace),
            None => self.namespace.to_string(),
        }
    }
}

/// `ns/name` or `ns/pkg/name`.
impl fmt::Display for ActionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.local())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_pattern() {
        for good in ["a", "A_1", "a b", "a@b.c&d-e", "_x", "9"] {
            assert!(EntityName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a ", "a/b", "-a", "a\n", "ä", "a?b"] {
            assert_eq!(EntityName::parse(bad), Err(BadName::Illegal), "{bad:?}");
        }
        assert_eq!(EntityName::parse(&"a".repeat(257)), Err(BadName::TooLong(257)));
        assert!(EntityName::parse(&"a".repeat(256)).is_ok());
    }

    #[test]
    fn paths_resolve_the_default_namespace() -> Result<(), BadName> {
        let guest = EntityName::parse("guest")?;
        assert_eq!(ActionPath::parse("/_/a", &guest)?.to_string(), "guest/a");
        assert_eq!(ActionPath::parse("/x/p/a", &guest)?.to_string(), "x/p/a");
        assert_eq!(ActionPath::parse("a", &guest), Err(BadName::NotQualified));
        for (text, path) in
            [("a", "guest/a"), ("p/a", "guest/p/a"), ("/x/a", "x/a"), ("x/p/a", "x/p/a"), ("/_/a", "guest/a")]
        {
            assert_eq!(ActionPath::resolve(text, &guest)?.to_string(), path);
        }
        assert!(
            ActionPath::resolve("/a", &guest).is_err() && ActionPath::resolve("a/b/c/d", &guest).is_err()
        );
        Ok(())
    }
}
