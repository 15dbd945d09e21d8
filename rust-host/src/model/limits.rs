//! The limits of an action, with OpenWhisk's names and units.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an activation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionLimits {
    /// Calls that one instance runs at a time.
    pub concurrency: u32,
    /// Most instances, if the action says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// Log output, mebibytes.
    #[serde(rename = "logs")]
    pub logs_mebibytes: u32,
    /// Live heap, mebibytes.
    #[serde(rename = "memory")]
    pub memory_mebibytes: u32,
    /// Time for initialising, and again for a run, milliseconds.
    #[serde(rename = "timeout")]
    pub timeout_millis: u32,
}

/// The limits as a client gives them: what is left out keeps its value.
///
/// The values are taken as they come, so that what is wrong with one can be said with its name and its bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LimitsPut {
    /// See [`ActionLimits::concurrency`].
    pub concurrency: Option<Value>,
    /// See [`ActionLimits::instances`].
    pub instances: Option<Value>,
    /// See [`ActionLimits::logs_mebibytes`].
    pub logs: Option<Value>,
    /// See [`ActionLimits::memory_mebibytes`].
    pub memory: Option<Value>,
    /// See [`ActionLimits::timeout_millis`].
    pub timeout: Option<Value>,
}

/// A limit's default and range, as the operator set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Used when an action does not say.
    pub default: u32,
    /// Smallest value.
    pub min: u32,
    /// Largest value.
    pub max: u32,
}

/// The ranges of all limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitRanges {
    /// Milliseconds.
    pub timeout_millis: Range,
    /// Mebibytes.
    pub memory_mebibytes: Range,
    /// Mebibytes.
    pub logs_mebibytes: Range,
    /// Calls.
    pub concurrency: Range,
    /// Most instances that an action may ask for.
    pub instances_max: u32,
}

impl LimitRanges {
    /// The defaults.
    pub fn defaults(&self) -> ActionLimits {
        ActionLimits {
            concurrency: self.concurrency.default,
            instances: None,
            logs_mebibytes: self.logs_mebibytes.default,
            memory_mebibytes: self.memory_mebibytes.default,
            timeout_millis: self.timeout_millis.default,
        }
    }

    /// `base` with what `put` names, each checked. The error is OpenWhisk's text: field, value and bound.
    pub fn apply(&self, base: ActionLimits, put: &LimitsPut) -> Result<ActionLimits, String> {
        let mut limits = base;
        if let Some(value) = &put.timeout {
            limits.timeout_millis = check("timeout", " milliseconds", value, self.timeout_millis)?;
        }
        if let Some(value) = &put.memory {
            limits.memory_mebibytes = check("memory size", " MB", value, self.memory_mebibytes)?;
        }
        if let Some(value) = &put.logs {
            limits.logs_mebibytes = check("log size", " MB", value, self.logs_mebibytes)?;
        }
        if let Some(value) = &put.concurrency {
            limits.concurrency = check("concurrency", "", value, self.concurrency)?;
        }
        if let Some(value) = &put.instances {
            let count = whole("instances", "", value)?;
            if count > i64::from(self.instances_max) {
                return Err(format!(
                    "Max action instance concurrency must not exceed your namespace concurrency of {}.",
                    self.instances_max
                ));
            }
            if count < 1 {
                return Err("Action container concurrency must be greater than or equal to 1.".to_owned());
            }
            limits.instances = u32::try_from(count).ok();
        }
        Ok(limits)
    }
}

fn check(field: &str, unit: &str, value: &Value, range: Range) -> Result<u32, String> {
    let number = whole(field, unit, value)?;
    if number < i64::from(range.min) {
        return Err(format!("{field} {number}{unit} below allowed threshold of {}{unit}", range.min));
    }
    match u32::try_from(number) {
        Ok(number) if number <= range.max => Ok(number),
        _ => Err(format!("{field} {number}{unit} exceeds allowed threshold of {}{unit}", range.max)),
    }
}

fn whole(field: &str, unit: &str, value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| {
        let of = if unit.is_empty() { String::new() } else { format!(" of{unit}") };
        format!("{field} {value} is not a whole number{of}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGES: LimitRanges = LimitRanges {
        timeout_millis: Range { default: 60_000, min: 100, max: 300_000 },
        memory_mebibytes: Range { default: 256, min: 128, max: 512 },
        logs_mebibytes: Range { default: 10, min: 0, max: 10 },
        concurrency: Range { default: 1, min: 1, max: 16 },
        instances_max: 100,
    };

    #[test]
    fn what_is_left_out_stays() {
        let put = LimitsPut { memory: Some(128.into()), ..LimitsPut::default() };
        let limits = RANGES.apply(RANGES.defaults(), &put);
        assert_eq!(limits, Ok(ActionLimits { memory_mebibytes: 128, ..RANGES.defaults() }));
    }

    #[test]
    fn the_error_names_field_value_and_bound() {
        let put = LimitsPut { timeout: Some(300_001.into()), ..LimitsPut::default() };
        assert_eq!(
            RANGES.apply(RANGES.defaults(), &put),
            Err("timeout 300001 milliseconds exceeds allowed threshold of 300000 milliseconds".to_owned())
        );
        let put = LimitsPut { concurrency: Some(0.into()), ..LimitsPut::default() };
        assert_eq!(
            RANGES.apply(RANGES.defaults(), &put),
            Err("concurrency 0 below allowed threshold of 1".to_owned())
        );
        let put = LimitsPut { timeout: Some("1s".into()), ..LimitsPut::default() };
        assert_eq!(
            RANGES.apply(RANGES.defaults(), &put),
            Err("timeout \"1s\" is not a whole number of milliseconds".to_owned())
        );
    }
}
