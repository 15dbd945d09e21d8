//! The payload of a call: JSON text, checked once.

use bytes::Bytes;

use crate::model::{
    Parameters,
    json::{Members, check_depth},
};

/// Checked JSON text.
#[derive(Debug, Clone)]
pub enum Payload {
    /// An object.
    Object(Bytes),
    /// An array: what an action of a sequence may hand on.
    Array(Bytes),
}

impl Payload {
    /// An empty object.
    pub fn empty() -> Self {
        Self::Object(Bytes::from_static(b"{}"))
    }

    /// Checks the text of a request. The error says what is wrong.
    pub fn parse(text: Bytes) -> Result<Self, String> {
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Ok(Self::empty()),
            Some(b'[') => {
                check_depth(&text)?;
                serde_json::from_slice::<&serde_json::value::RawValue>(&text)
                    .map_err(|error| error.to_string())?;
                Ok(Self::Array(text))
            }
            Some(_) => {
                Members::parse(&text)?;
                Ok(Self::Object(text))
            }
        }
    }

    /// Checks the text of a request that must be an object.
    pub fn parse_object(text: Bytes) -> Result<Self, String> {
        let not_object = || "JSON object expected".to_owned();
        let begins = text.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_value =
            begins.is_some_and(|byte| matches!(byte, b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9'));
        if is_value && serde_json::from_slice::<&serde_json::value::RawValue>(&text).is_ok() {
            return Err(not_object());
        }
        match Self::parse(text)? {
            Self::Array(_) => Err(not_object()),
            object @ Self::Object(_) => Ok(object),
        }
    }

    /// The text with those parameters under it that it does not set itself. An array takes none.
    pub fn merged_over(&self, parameters: &Parameters) -> Bytes {
        match self {
            Self::Array(text) => text.clone(),
            Self::Object(text) if parameters.of_call().next().is_none() => text.clone(),
            Self::Object(text) => match Members::parse(text) {
                Ok(members) => {
                    let mut under = parameters.merge_under(&members);
                    let open = text.iter().position(|byte| *byte == b'{').unwrap_or(0);
                    if members.0.is_empty() {
                        under.pop();
                    }
                    let mut merged = Vec::with_capacity(text.len() + under.len());
                    merged.push(b'{');
                    merged.extend_from_slice(under.as_bytes());
                    merged.extend_from_slice(&text[open + 1..]);
                    merged.into()
                }
                // It was an object when it was checked.
                Err(_) => text.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(payload: &'static str, parameters: &str) -> Result<String, Box<dyn std::error::Error>> {
        let parameters: Parameters = serde_json::from_str(parameters)?;
        let text = Payload::parse(Bytes::from_static(payload.as_bytes()))?.merged_over(&parameters);
        serde_json::from_slice::<serde_json::Value>(&text)?;
        Ok(String::from_utf8(text.to_vec())?)
    }

    #[test]
    fn parameters_go_under_the_payload() -> Result<(), Box<dyn std::error::Error>> {
        let two = r#"[{"key":"a","value":1},{"key":"b","value":[2]}]"#;
        assert_eq!(merged("{}", two)?, r#"{"a":1,"b":[2]}"#);
        assert_eq!(merged(" { } ", two)?, r#"{"a":1,"b":[2] } "#);
        assert_eq!(merged(r#"{"b":9}"#, two)?, r#"{"a":1,"b":9}"#);
        assert_eq!(merged(r#"{"a":8,"b":9}"#, two)?, r#"{"a":8,"b":9}"#);
        assert_eq!(merged(r#"{"a":8}"#, "[]")?, r#"{"a":8}"#);
        assert_eq!(merged("[1]", two)?, "[1]");
        assert_eq!(merged("", two)?, r#"{"a":1,"b":[2]}"#);
        Ok(())
    }

    #[test]
    fn other_json_is_refused() {
        for bad in ["1", "null", "\"x\"", "{", "[1", "[] x", "{}{}"] {
            assert!(Payload::parse(Bytes::from_static(bad.as_bytes())).is_err(), "{bad}");
        }
        for bad in ["1", "-1", "null", "true", "\"x\"", "[]", " [1] "] {
            let parsed = Payload::parse_object(Bytes::from_static(bad.as_bytes())).err();
            assert_eq!(parsed.as_deref(), Some("JSON object expected"), "{bad}");
        }
        assert!(
            Payload::parse_object(Bytes::from_static(b"nope")).is_err_and(|text| text.contains("line 1"))
        );
        assert!(Payload::parse_object(Bytes::from_static(b"{}")).is_ok());
    }
}
