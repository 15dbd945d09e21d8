//! The limits of an action: OpenWhisk's, with its names and units, and those that it lacks.
//!
//! A limit that an action does not name is `None` here and takes the operator's default when it is needed
//! ([`ActionLimits::resolved`]), so a changed default holds for actions that are already deployed. OpenWhisk's four are
//! fixed at deploy, as in OpenWhisk. What a client sends is checked against the operator's ranges; the error names field,
//! value and bound.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
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
    /// Live heap of one instance, mebibytes. Each instance has it whole; what all may hold together is the namespace's
    /// limit.
    #[serde(rename = "memory")]
    pub memory_mebibytes: u32,
    /// Time for initialising, and again for a run, milliseconds.
    #[serde(rename = "timeout")]
    pub timeout_millis: u32,
    /// CPU that an activation may use, on its lane and on the threads that it started, milliseconds.
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u32>,
    /// Threads of one instance that the function started; lanes do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// Classes that one instance may define.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<u32>,
    /// Sockets of one instance that are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sockets: Option<u32>,
    /// Bytes of the files that one instance wrote.
    #[serde(rename = "tempBytes", default, skip_serializing_if = "Option::is_none")]
    pub temp_bytes: Option<u32>,
    /// What one instance may allocate, mebibytes a second, averaged over a second.
    #[serde(rename = "allocationRate", default, skip_serializing_if = "Option::is_none")]
    pub allocation_mebibytes_per_second: Option<u32>,
}

/// All limits as they hold: what the action leaves open is the operator's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedLimits {
    /// See [`ActionLimits::concurrency`].
    pub concurrency: u32,
    /// Most instances.
    pub instances: u32,
    /// See [`ActionLimits::logs_mebibytes`].
    pub logs_mebibytes: u32,
    /// See [`ActionLimits::memory_mebibytes`].
    pub memory_mebibytes: u32,
    /// See [`ActionLimits::timeout_millis`].
    pub timeout_millis: u32,
    /// See [`ActionLimits::cpu_millis`].
    pub cpu_millis: u32,
    /// See [`ActionLimits::threads`].
    pub threads: u32,
    /// See [`ActionLimits::classes`].
    pub classes: u32,
    /// See [`ActionLimits::sockets`].
    pub sockets: u32,
    /// See [`ActionLimits::temp_bytes`].
    pub temp_bytes: u32,
    /// See [`ActionLimits::allocation_mebibytes_per_second`].
    pub allocation_mebibytes_per_second: u32,
}

impl ActionLimits {
    /// With the operator's defaults for what the action leaves open.
    pub fn resolved(&self, ranges: &LimitRanges) -> ResolvedLimits {
        ResolvedLimits {
            concurrency: self.concurrency,
            instances: self.instances.unwrap_or(ranges.instances_max),
            logs_mebibytes: self.logs_mebibytes,
            memory_mebibytes: self.memory_mebibytes,
            timeout_millis: self.timeout_millis,
            cpu_millis: self.cpu_millis.unwrap_or(ranges.cpu_millis.default),
            threads: self.threads.unwrap_or(ranges.threads.default),
            classes: self.classes.unwrap_or(ranges.classes.default),
            sockets: self.sockets.unwrap_or(ranges.sockets.default),
            temp_bytes: self.temp_bytes.unwrap_or(ranges.temp_bytes.default),
            allocation_mebibytes_per_second: self
                .allocation_mebibytes_per_second
                .unwrap_or(ranges.allocation_mebibytes_per_second.default),
        }
    }
}

/// The limits as a client gives them: what is left out keeps its value; null takes the host's default again, where an action may
/// leave the limit open.
///
/// The values are taken as they come, so that what is wrong with one can be said with its name and its bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LimitsPut {
    /// See [`ActionLimits::concurrency`].
    pub concurrency: Option<Value>,
    /// See [`ActionLimits::instances`].
    #[serde(deserialize_with = "given")]
    pub instances: Option<Value>,
    /// See [`ActionLimits::logs_mebibytes`].
    pub logs: Option<Value>,
    /// See [`ActionLimits::memory_mebibytes`].
    pub memory: Option<Value>,
    /// See [`ActionLimits::timeout_millis`].
    pub timeout: Option<Value>,
    /// See [`ActionLimits::cpu_millis`].
    #[serde(deserialize_with = "given")]
    pub cpu: Option<Value>,
    /// See [`ActionLimits::threads`].
    #[serde(deserialize_with = "given")]
    pub threads: Option<Value>,
    /// See [`ActionLimits::classes`].
    #[serde(deserialize_with = "given")]
    pub classes: Option<Value>,
    /// See [`ActionLimits::sockets`].
    #[serde(deserialize_with = "given")]
    pub sockets: Option<Value>,
    /// See [`ActionLimits::temp_bytes`].
    #[serde(rename = "tempBytes", deserialize_with = "given")]
    pub temp_bytes: Option<Value>,
    /// See [`ActionLimits::allocation_mebibytes_per_second`].
    #[serde(rename = "allocationRate", deserialize_with = "given")]
    pub allocation_rate: Option<Value>,
}

/// Null is a value, too.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl LimitsPut {
    /// The limits in the value of the annotation [`LIMITS_ANNOTATION`]. Unlike in `limits`, a member that nobody knows is
    /// an error: the annotation is Flock's own, and a slip of the pen in it must not go unseen.
    pub fn from_annotation(value: &Value) -> Result<Self, String> {
        let Value::Object(members) = value else {
            return Err(format!("the annotation {LIMITS_ANNOTATION} must be an object, not {value}"));
        };
        let mut put = Self::default();
        for (name, value) in members {
            let Some(member) = put.member(name) else {
                return Err(format!(
                    "the annotation {LIMITS_ANNOTATION} has no member '{name}'; there are {}",
                    LIMIT_NAMES.join(", ")
                ));
            };
            *member = Some(value.clone());
        }
        Ok(put)
    }

    /// These with `over` laid over them.
    #[must_use]
    pub fn overlaid(mut self, over: Self) -> Self {
        let mut over = over;
        for name in LIMIT_NAMES {
            if let Some(value) = over.member(name).and_then(Option::take)
                && let Some(member) = self.member(name)
            {
                *member = Some(value);
            }
        }
        self
    }

    fn member(&mut self, name: &str) -> Option<&mut Option<Value>> {
        Some(match name {
            "timeout" => &mut self.timeout,
            "memory" => &mut self.memory,
            "logs" => &mut self.logs,
            "concurrency" => &mut self.concurrency,
            "instances" => &mut self.instances,
            "cpu" => &mut self.cpu,
            "threads" => &mut self.threads,
            "classes" => &mut self.classes,
            "sockets" => &mut self.sockets,
            "tempBytes" => &mut self.temp_bytes,
            "allocationRate" => &mut self.allocation_rate,
            _ => return None,
        })
    }
}

/// The annotation that carries limits for clients that cannot send further members of `limits`.
pub const LIMITS_ANNOTATION: &str = "flock-limits";

/// The members of `limits`.
pub const LIMIT_NAMES: [&str; 11] = [
    "timeout",
    "memory",
    "logs",
    "concurrency",
    "instances",
    "cpu",
    "threads",
    "classes",
    "sockets",
    "tempBytes",
    "allocationRate",
];

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
    /// Milliseconds an activation.
    pub cpu_millis: Range,
    /// Threads an instance.
    pub threads: Range,
    /// Classes an instance.
    pub classes: Range,
    /// Sockets an instance.
    pub sockets: Range,
    /// Bytes an instance.
    pub temp_bytes: Range,
    /// Mebibytes a second, an instance.
    pub allocation_mebibytes_per_second: Range,
    /// Most instances that an action may ask for.
    pub instances_max: u32,
}

/// The CPU that the functions of a namespace may use together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuShare {
    /// Thousandths of a core; 0: no cap.
    pub millicores: u32,
    /// What may be saved up and used at once, CPU time.
    pub burst: Duration,
    /// Longest wait of a call when the share is used up.
    pub wait_max: Duration,
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
            cpu_millis: None,
            threads: None,
            classes: None,
            sockets: None,
            temp_bytes: None,
            allocation_mebibytes_per_second: None,
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
        if put.instances == Some(Value::Null) {
            limits.instances = None;
        } else if let Some(value) = &put.instances {
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
        self.apply_further(&mut limits, put)?;
        Ok(limits)
    }

    /// The limits that OpenWhisk lacks.
    fn apply_further(&self, limits: &mut ActionLimits, put: &LimitsPut) -> Result<(), String> {
        let rate = &mut limits.allocation_mebibytes_per_second;
        for (field, unit, value, range, limit) in [
            ("cpu", " milliseconds", &put.cpu, self.cpu_millis, &mut limits.cpu_millis),
            ("threads", "", &put.threads, self.threads, &mut limits.threads),
            ("classes", "", &put.classes, self.classes, &mut limits.classes),
            ("sockets", "", &put.sockets, self.sockets, &mut limits.sockets),
            ("tempBytes", " bytes", &put.temp_bytes, self.temp_bytes, &mut limits.temp_bytes),
            (
                "allocationRate",
                " MiB per second",
                &put.allocation_rate,
                self.allocation_mebibytes_per_second,
                rate,
            ),
        ] {
            if let Some(value) = value {
                *limit = if value.is_null() { None } else { Some(check(field, unit, value, range)?) };
            }
        }
        Ok(())
    }
}

fn check(field: &str, unit: &str, value: &Value, range: Range) -> Result<u32, String> {
    let number = whole(field, unit, value)?;
    // In a request the field is called so, and otherwise in OpenWhisk's text.
    let field = if field == "timeout" { "timeout: duration" } else { field };
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
        let why = format!("{field} {value} is not a whole number{of}");
        // What OpenWhisk calls its own limits here.
        let limit = match field {
            "timeout" => "time limit",
            "memory size" => "memory limit",
            "log size" => "log limit",
            "concurrency" => "concurrency limit",
            "instances" => "instance concurrency limit",
            _ => return why,
        };
        if value.is_number() {
            format!("{limit} must be whole number: {why}")
        } else {
            format!("{limit} malformed: {why}")
        }
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
        cpu_millis: Range { default: 60_000, min: 10, max: 3_600_000 },
        threads: Range { default: 64, min: 0, max: 1024 },
        classes: Range { default: 16_384, min: 64, max: 200_000 },
        sockets: Range { default: 64, min: 0, max: 4096 },
        temp_bytes: Range { default: 1 << 28, min: 0, max: u32::MAX },
        allocation_mebibytes_per_second: Range { default: 16_384, min: 1, max: 1 << 20 },
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
            Err("timeout: duration 300001 milliseconds exceeds allowed threshold of 300000 milliseconds"
                .to_owned())
        );
        let put = LimitsPut { concurrency: Some(0.into()), ..LimitsPut::default() };
        assert_eq!(
            RANGES.apply(RANGES.defaults(), &put),
            Err("concurrency 0 below allowed threshold of 1".to_owned())
        );
        let put = LimitsPut { timeout: Some("1s".into()), ..LimitsPut::default() };
        assert_eq!(
            RANGES.apply(RANGES.defaults(), &put),
            Err("time limit malformed: timeout \"1s\" is not a whole number of milliseconds".to_owned())
        );
    }

    #[test]
    fn what_is_not_named_takes_the_default_of_the_host() -> Result<(), String> {
        let put = LimitsPut { cpu: Some(500.into()), threads: Some(0.into()), ..LimitsPut::default() };
        let limits = RANGES.apply(RANGES.defaults(), &put)?;
        let resolved = limits.resolved(&RANGES);
        assert_eq!((resolved.cpu_millis, resolved.threads, resolved.classes), (500, 0, 16_384));
        assert_eq!((resolved.instances, resolved.temp_bytes), (100, 1 << 28));
        let json = serde_json::to_value(limits).map_err(|error| error.to_string())?;
        assert_eq!((&json["cpu"], &json["threads"]), (&500.into(), &0.into()));
        assert!(json.get("classes").is_none() && json.get("allocationRate").is_none(), "{json}");
        Ok(())
    }

    #[test]
    fn each_further_limit_is_checked_and_named() {
        for (name, unit, bad, bound) in [
            ("cpu", " milliseconds", 9_i64, "below allowed threshold of 10"),
            ("threads", "", 1025, "exceeds allowed threshold of 1024"),
            ("classes", "", 63, "below allowed threshold of 64"),
            ("sockets", "", -1, "below allowed threshold of 0"),
            ("tempBytes", " bytes", 4_294_967_296, "exceeds allowed threshold of 4294967295"),
            ("allocationRate", " MiB per second", 0, "below allowed threshold of 1"),
        ] {
            let put = LimitsPut::from_annotation(&serde_json::json!({ name: bad }));
            let applied = put.and_then(|put| RANGES.apply(RANGES.defaults(), &put));
            assert_eq!(applied, Err(format!("{name} {bad}{unit} {bound}{unit}")));
        }
    }

    #[test]
    fn the_annotation_knows_all_limits_and_refuses_the_rest() -> Result<(), String> {
        let all: serde_json::Map<String, Value> =
            LIMIT_NAMES.iter().map(|name| ((*name).to_owned(), 1.into())).collect();
        let put = LimitsPut::from_annotation(&all.into())?;
        let over = LimitsPut { cpu: Some(7.into()), ..LimitsPut::default() };
        let both = put.clone().overlaid(over);
        assert_eq!(both, LimitsPut { cpu: Some(7.into()), ..put });
        let unknown =
            LimitsPut::from_annotation(&serde_json::json!({ "thread": 4 })).err().unwrap_or_default();
        assert!(unknown.contains("'thread'") && unknown.contains("threads"), "{unknown}");
        let no_object = LimitsPut::from_annotation(&"cpu".into()).err().unwrap_or_default();
        assert!(no_object.contains("must be an object"), "{no_object}");
        Ok(())
    }
}
