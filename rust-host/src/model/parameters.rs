//! Parameters and annotations: lists of key and value, as OpenWhisk writes them, and their merge with a payload.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::{Members, quote};

/// One parameter or annotation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Passed in the environment when the function is initialised, not with each call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub init: bool,
}

/// A list of parameters or annotations with unique keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Parameters(pub Vec<Parameter>);

/// A list of objects, each with a key and a value. The text of the error is OpenWhisk's.
impl TryFrom<Value> for Parameters {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, &'static str> {
        let parameter = |value: Value| {
            let Value::Object(mut members) = value else { return None };
            let init = match members.get("init") {
                None => false,
                Some(value) => value.as_bool()?,
            };
            let Some(Value::String(key)) = members.remove("key") else { return None };
            Some(Parameter { key, value: members.remove("value")?, init })
        };
        let Value::Array(list) = value else { return Err("parameters malformed!") };
        list.into_iter().map(parameter).collect::<Option<_>>().map(Self).ok_or("parameters malformed!")
    }
}

impl Parameters {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|parameter| parameter.key == key).map(|parameter| &parameter.value)
    }

    /// Is the value of a key true, or anything but false, null, zero and the empty text?
    pub fn is_truthy(&self, key: &str) -> bool {
        match self.get(key) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        }
    }

    /// Sets a key, in its old place where it has one.
    pub fn set(&mut self, key: &str, value: Value) {
        match self.0.iter_mut().find(|parameter| parameter.key == key) {
            Some(parameter) => parameter.value = value,
            None => self.0.push(Parameter { key: key.to_owned(), value, init: false }),
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        self.0.retain(|parameter| parameter.key != key);
    }

    /// These with `over` laid over them.
    #[must_use]
    pub fn overlaid(mut self, over: &Self) -> Self {
        for parameter in &over.0 {
            match self.0.iter_mut().find(|present| present.key == parameter.key) {
                Some(present) => *present = parameter.clone(),
                None => self.0.push(parameter.clone()),
            }
        }
        self
    }

    /// The same list in no more memory than it takes: lists that stay grow by more than they need.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        self.0.shrink_to_fit();
        self
    }

    /// The same list with the last of equal keys kept.
    #[must_use]
    pub fn deduplicated(self) -> Self {
        Self::default().overlaid(&self)
    }

    /// Those passed with each call.
    pub fn of_call(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter().filter(|parameter| !parameter.init)
    }

    /// Those passed in the environment, values as text.
    pub fn of_init(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().filter(|parameter| parameter.init).map(|parameter| {
            let text = match &parameter.value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            (parameter.key.clone(), text)
        })
    }

    /// Bytes of all keys and values as JSON, for the size limit.
    pub fn json_bytes(&self) -> usize {
        self.0.iter().map(|p| p.key.len() + p.value.to_string().len()).sum()
    }

    /// The members of a call's payload that stand before the client's own, as `"k":v,`, without those that `members`
    /// overrides.
    pub fn merge_under(&self, members: &Members<'_>) -> String {
        let mut text = String::new();
        for parameter in self.of_call().filter(|parameter| !members.has(&parameter.key)) {
            text.push_str(&quote(&parameter.key));
            text.push(':');
            text.push_str(&parameter.value.to_string());
            text.push(',');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(json: &str) -> Parameters {
        serde_json::from_str(json).unwrap_or_default()
    }

    #[test]
    fn defaults_stand_under_the_payload() -> Result<(), String> {
        let parameters = list(
            r#"[{"key":"a","value":1},{"key":"b","value":"x"},{"key":"E","value":2,"init":true},{"key":"N","value":null,"init":true}]"#,
        );
        let members = Members::parse(br#"{"a":5}"#)?;
        assert_eq!(parameters.merge_under(&members), r#""b":"x","#);
        assert_eq!(
            parameters.of_init().collect::<Vec<_>>(),
            [("E".to_owned(), "2".to_owned()), ("N".to_owned(), String::new())]
        );
        Ok(())
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let parameters = list(r#"[{"key":"a","value":1},{"key":"b","value":2},{"key":"a","value":3}]"#);
        assert_eq!(parameters.deduplicated(), list(r#"[{"key":"a","value":3},{"key":"b","value":2}]"#));
    }

    #[test]
    fn lists_are_read_strictly() {
        for bad in [
            "{}",
            "1",
            "[1]",
            r#"[{"key":"a"}]"#,
            r#"[{"value":1}]"#,
            r#"[{"key":1,"value":1}]"#,
            r#"[{"key":"a","value":1,"init":1}]"#,
        ] {
            let error = serde_json::from_str::<Parameters>(bad).map_err(|error| error.to_string());
            assert!(error.is_err_and(|text| text.starts_with("parameters malformed!")), "{bad}");
        }
        assert_eq!(list(r#"[{"key":"a","value":null,"more":1}]"#).0.len(), 1);
    }

    #[test]
    fn truth_of_annotations() {
        let of = |value: &str| list(&format!(r#"[{{"key":"k","value":{value}}}]"#)).is_truthy("k");
        for yes in ["true", "1", "\"x\"", "{}", "[]"] {
            assert!(of(yes), "{yes}");
        }
        for no in ["false", "null", "0", "\"\""] {
            assert!(!of(no), "{no}");
        }
    }
}
