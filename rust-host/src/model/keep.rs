//! How much is kept of a hop of a sequence that went well. What failed is always kept whole.

use super::{Action, EntityName};

/// The annotation by which an action says it of its own runs as a hop, and a sequence of its hops.
pub const KEEP_ANNOTATION: &str = "records";

/// See the head of this file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keep {
    /// The record with result and logs.
    #[default]
    Full,
    /// The record as a list shows it: without result and logs.
    Summary,
    /// Nothing.
    Errors,
}

impl Keep {
    /// The words.
    pub const WORDS: [&str; 3] = ["full", "summary", "errors"];

    /// What a word means.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "full" => Self::Full,
            "summary" => Self::Summary,
            "errors" => Self::Errors,
            _ => return None,
        })
    }

    /// What an action asks for, if it does. A word that nobody knows, of before it was looked at, asks for nothing.
    fn asked_by(action: &Action) -> Option<Self> {
        Self::parse(action.annotations.get(KEEP_ANNOTATION)?.as_str()?)
    }
}

/// What an operator sets, for all namespaces and for some.
#[derive(Debug, Clone, Default)]
pub struct KeepRules {
    /// Where nobody says otherwise.
    pub default: Keep,
    /// By namespace.
    pub namespaces: Vec<(EntityName, Keep)>,
}

impl KeepRules {
    /// Reads `NAMESPACE=WORD`.
    pub fn parse_row(text: &str) -> Result<(EntityName, Keep), String> {
        let wrong = || format!("'{text}' is not NAMESPACE=WORD with one of {}", Keep::WORDS.join(", "));
        let (name, word) = text.split_once('=').ok_or_else(wrong)?;
        let name = EntityName::parse(name).map_err(|_| wrong())?;
        Ok((name, Keep::parse(word).ok_or_else(wrong)?))
    }

    /// For a hop: the action's own word, then its sequence's, then its namespace's, then the host's.
    pub fn of(&self, hop: &Action, sequence: &Action) -> Keep {
        let of_namespace = |name: &EntityName| {
            self.namespaces.iter().find(|(named, _)| named == name).map(|(_, keep)| *keep)
        };
        Keep::asked_by(hop)
            .or_else(|| Keep::asked_by(sequence))
            .or_else(|| of_namespace(&sequence.path.namespace))
            .unwrap_or(self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_refused() -> Result<(), String> {
        let (name, keep) = KeepRules::parse_row("guest=summary")?;
        assert_eq!((name.as_str(), keep), ("guest", Keep::Summary));
        for bad in ["guest", "guest=all", "=full", "a/b=full"] {
            assert!(KeepRules::parse_row(bad).is_err_and(|why| why.contains(bad)), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn every_word_is_known() {
        assert!(Keep::WORDS.iter().all(|word| Keep::parse(word).is_some()));
    }
}
