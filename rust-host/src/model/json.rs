//! JSON text that passes through without being taken apart: checks, top-level members, merging.
//!
//! A payload is checked once when it comes in (syntax, depth, an object or an array) and stays text until Java reads it.

use std::borrow::Cow;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deepest nesting that a payload, a parameter or an annotation may have.
pub const DEPTH_MAX: usize = 512;

/// The top-level members of an object, in order, with the text of each value. A name may stand twice.
#[derive(Debug)]
pub struct Members<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Takes an object's text apart. The error says what is wrong and where.
    pub fn parse(text: &'a [u8]) -> Result<Self, String> {
        check_depth(text)?;
        let mut reader = serde_json::Deserializer::from_slice(text);
        let members = reader.deserialize_map(Collector).map_err(|error| error.to_string())?;
        reader.end().map_err(|error| error.to_string())?;
        Ok(members)
    }

    /// The text of the last member of this name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.get())
    }

    /// Is there a member of this name?
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

struct Collector;

/// A key that borrows from the text where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        reader.deserialize_str(KeyVisitor)
    }
}

impl<'de> Visitor<'de> for Collector {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

/// Refuses text that nests deeper than [`DEPTH_MAX`], without recursion.
pub fn check_depth(text: &[u8]) -> Result<(), String> {
    let (mut depth, mut rest) = (0_usize, text);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => rest = after_string(rest),
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(format!("the JSON nests deeper than {DEPTH_MAX} levels"));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// What follows the closing quote of the string that begins here.
fn after_string(mut text: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', text) {
        let skipped = if text[at] == b'"' { 1 } else { 2 };
        text = text.get(at + skipped..).unwrap_or_default();
        if skipped == 1 {
            return text;
        }
    }
    &[]
}

/// A JSON string with its quotes.
pub fn quote(text: &str) -> String {
    // Writing a text cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// `{"error": text}`.
pub fn error_object(text: &str) -> String {
    format!("{{\"error\":{}}}", quote(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_text() -> Result<(), String> {
        let members = Members::parse(br#" {"a": 1.50, "b\n":[1, 2] ,"a":{"x":null}} "#)?;
        let seen: Vec<_> = members.0.iter().map(|(k, v)| (k.as_ref(), v.get())).collect();
        assert_eq!(seen, [("a", "1.50"), ("b\n", "[1, 2]"), ("a", "{\"x\":null}")]);
        assert!(members.has("b\n") && !members.has("c"));
        Ok(())
    }

    #[test]
    fn bad_text_is_refused() {
        for bad in ["", "[]", "1", "{", "{}x", "{\"a\":}", "{'a':1}", "{\"a\":01}", "\u{feff}{}"] {
            assert!(Members::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Members::parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn depth_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(check_depth(nested(512).as_bytes()).is_ok());
        assert!(check_depth(nested(513).as_bytes()).is_err());
        assert!(check_depth(format!("\"\\\"{}\"", "[".repeat(600)).as_bytes()).is_ok());
    }
}
