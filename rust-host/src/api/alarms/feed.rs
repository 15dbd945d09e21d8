//! `/whisk.system/alarms/alarm`, `interval` and `once`: feed actions. A client makes a trigger, then invokes one of them with
//! a `lifecycleEvent`. The texts of errors are those of OpenWhisk's package.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    api::{Host, error::ApiError},
    model::{
        ActionPath, EntityName, Trigger, TriggerPath,
        alarm::{Alarm, DeleteAfter, Schedule, read_cron, read_date, read_zone},
        time::now_epoch_millis,
    },
    store::{entities::Changes, namespaces::Identity},
};

/// Which feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// By a cron pattern.
    Alarm,
    /// Every so many minutes.
    Interval,
    /// One time.
    Once,
}

impl Feed {
    /// The feed behind the name of a built-in action.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "alarms/alarm" => Some(Self::Alarm),
            "alarms/interval" => Some(Self::Interval),
            "alarms/once" => Some(Self::Once),
            _ => None,
        }
    }
}

/// What a client is told: the result, or why not.
type Said = Result<Value, String>;

/// An interval that names no first date begins so much later.
const FIRST_AFTER_MILLIS: u64 = 30_000;

/// Answers an invocation of a feed. An error is one of the host.
pub async fn answer(
    host: &Arc<Host>,
    feed: Feed,
    caller: &Arc<Identity>,
    arguments: &Value,
) -> Result<Said, ApiError> {
    let trigger = match trigger_of(host, caller, arguments) {
        Ok(trigger) => trigger,
        Err(why) => return Ok(Err(why)),
    };
    let _writing = host.writing.lock().await;
    let known = host.store.entity::<Alarm>(&trigger.namespace, &trigger.name);
    let exists = host.store.entity::<Trigger>(&trigger.namespace, &trigger.name).is_some();
    let event = arguments["lifecycleEvent"].as_str().unwrap_or("CREATE").to_ascii_uppercase();
    let now = now_epoch_millis();
    let mut changes = Changes::default();
    let said = match (event.as_str(), known) {
        ("DELETE", _) => {
            changes.delete::<Alarm>(&trigger.namespace, &trigger.name);
            Ok(success())
        }
        _ if !exists => Err(format!("trigger /{trigger} does not exist")),
        ("CREATE", _) => match made(feed, &trigger, arguments, now) {
            Ok(alarm) => {
                changes.put(Arc::new(Alarm {
                    updated_epoch_millis: host.store.update_epoch_millis(),
                    ..alarm
                }))?;
                Ok(success())
            }
            Err(why) => Err(why),
        },
        ("READ" | "UPDATE" | "PAUSE" | "UNPAUSE", None) => Err(format!("trigger /{trigger} has no alarm")),
        ("READ", Some(alarm)) => Ok(shown(&alarm)),
        ("UPDATE", Some(alarm)) => match changed(&alarm, arguments, now) {
            Ok(alarm) => {
                changes.put(Arc::new(Alarm {
                    updated_epoch_millis: host.store.update_epoch_millis(),
                    ..alarm
                }))?;
                Ok(success())
            }
            Err(why) => Err(why),
        },
        ("PAUSE" | "UNPAUSE", Some(alarm)) => {
            let mut alarm =
                Alarm { is_active: event == "UNPAUSE", switched_epoch_millis: now, ..(*alarm).clone() };
            if alarm.is_active {
                // What came while it was off is not made up for.
                alarm.last_epoch_millis = alarm.last_epoch_millis.max(now);
            }
            alarm.updated_epoch_millis = host.store.update_epoch_millis();
            changes.put(Arc::new(alarm))?;
            Ok(success())
        }
        _ => Err("unsupported lifecycleEvent".to_owned()),
    };
    if !changes.is_empty() {
        host.store.commit(changes).await?;
        host.alarms.notify_one();
    }
    Ok(said)
}

fn success() -> Value {
    json!({ "status": "success" })
}

/// The trigger that is meant, which must be of the namespace whose key is given.
fn trigger_of(host: &Host, caller: &Arc<Identity>, arguments: &Value) -> Result<TriggerPath, String> {
    let identity = match &arguments["authKey"] {
        Value::Null => Arc::clone(caller),
        Value::String(pair) => pair
            .split_once(':')
            .and_then(|(uuid, key)| host.store.authenticate(uuid, key))
            .ok_or("the authKey parameter is not valid")?,
        _ => return Err("the authKey parameter must be a string".to_owned()),
    };
    let name = arguments["triggerName"].as_str().ok_or("no trigger name parameter was provided")?;
    let path = match EntityName::parse(name) {
        Ok(name) => TriggerPath { namespace: identity.namespace.clone(), name },
        Err(_) => match ActionPath::parse(name, &identity.namespace) {
            Ok(ActionPath { namespace, package: None, name }) => TriggerPath { namespace, name },
            _ => return Err(format!("the triggerName parameter '{name}' is not valid")),
        },
    };
    if path.namespace == identity.namespace {
        Ok(path)
    } else {
        Err(format!("The supplied authentication is not authorized to access '{path}'."))
    }
}

fn made(feed: Feed, trigger: &TriggerPath, arguments: &Value, now: u64) -> Result<Alarm, String> {
    let start = future(arguments, "startDate", now)?;
    let mut alarm = Alarm {
        namespace: trigger.namespace.clone(),
        trigger: trigger.name.clone(),
        schedule: Schedule::Once { at_epoch_millis: 0, delete: DeleteAfter::False },
        payload: payload(arguments)?.unwrap_or_else(|| json!({})),
        start_epoch_millis: start,
        stop_epoch_millis: None,
        ticks_left: None,
        last_epoch_millis: now,
        is_active: true,
        switched_epoch_millis: now,
        updated_epoch_millis: now,
    };
    alarm.schedule = match feed {
        Feed::Once => {
            let at = future(arguments, "date", now)?
                .ok_or("alarms once trigger feed is missing the date parameter")?;
            alarm.start_epoch_millis = None;
            let delete = delete_after(arguments)?.unwrap_or(DeleteAfter::False);
            alarm.schedule = Schedule::Once { at_epoch_millis: at, delete };
            return Ok(alarm);
        }
        Feed::Interval => Schedule::Interval {
            minutes: minutes(arguments)?.ok_or("interval trigger feed is missing the minutes parameter")?,
            from_epoch_millis: start.unwrap_or(now + FIRST_AFTER_MILLIS),
        },
        Feed::Alarm => Schedule::Cron {
            cron: cron(arguments)?.ok_or("alarms trigger feed is missing the cron parameter")?,
            timezone: zone(arguments)?.unwrap_or_else(|| "UTC".to_owned()),
        },
    };
    alarm.ticks_left = match &arguments["maxTriggers"] {
        Value::Null => None,
        _ if feed == Feed::Interval => {
            return Err("maxTriggers is not supported for the interval trigger feed".to_owned());
        }
        _ if !arguments["stopDate"].is_null() => {
            return Err("maxTriggers is not allowed when the stopDate parameter is specified".to_owned());
        }
        value => Some(value.as_u64().ok_or("the maxTriggers parameter must be a whole number")?),
    };
    alarm.stop_epoch_millis = stop(arguments, alarm.start_epoch_millis, now)?;
    check(&alarm, now)
}

/// A pattern that never comes, or first after the stop, is a mistake that is better said at once.
fn check(alarm: &Alarm, now: u64) -> Result<Alarm, String> {
    if alarm.next(now).is_some() || alarm.ticks_left == Some(0) || !alarm.is_active {
        return Ok(alarm.clone());
    }
    Err(match (&alarm.schedule, alarm.stop_epoch_millis) {
        (_, Some(_)) => "the first scheduled trigger fire is not until after the stop date".to_owned(),
        (Schedule::Cron { cron, .. }, None) => format!("cron pattern '{cron}' never comes"),
        _ => "the first scheduled trigger fire never comes".to_owned(),
    })
}

fn changed(old: &Alarm, arguments: &Value, now: u64) -> Result<Alarm, String> {
    let mut alarm = old.clone();
    let payload = payload(arguments)?;
    let mut any = payload.is_some();
    alarm.payload = payload.unwrap_or(alarm.payload);
    match &mut alarm.schedule {
        Schedule::Once { at_epoch_millis, delete } => {
            if let Some(at) = future(arguments, "date", now)? {
                (*at_epoch_millis, any) = (at, true);
            }
            if let Some(wanted) = delete_after(arguments)? {
                (*delete, any) = (wanted, true);
            }
        }
        Schedule::Interval { minutes: every, from_epoch_millis } => {
            if let Some(wanted) = minutes(arguments)? {
                (*every, any) = (wanted, true);
            }
            if let Some(start) = future(arguments, "startDate", now)? {
                (*from_epoch_millis, alarm.start_epoch_millis, any) = (start, Some(start), true);
            }
        }
        Schedule::Cron { cron: pattern, timezone } => {
            if let Some(wanted) = cron(arguments)? {
                (*pattern, any) = (wanted, true);
            }
            if let Some(wanted) = zone(arguments)? {
                (*timezone, any) = (wanted, true);
            }
            if let Some(start) = future(arguments, "startDate", now)? {
                (alarm.start_epoch_millis, any) = (Some(start), true);
            }
        }
    }
    if !matches!(alarm.schedule, Schedule::Once { .. })
        && let Some(stop) = stop(arguments, alarm.start_epoch_millis, now)?
    {
        (alarm.stop_epoch_millis, any) = (Some(stop), true);
    }
    if let (Some(start), Some(stop)) = (alarm.start_epoch_millis, alarm.stop_epoch_millis)
        && start >= stop
    {
        return Err(format!(
            "startDate parameter '{start}' must be less than the stopDate parameter '{stop}'"
        ));
    }
    if !any {
        return Err("no updatable parameters were specified".to_owned());
    }
    check(&alarm, now)
}

fn shown(alarm: &Alarm) -> Value {
    let mut config = json!({
        "name": alarm.trigger,
        "namespace": alarm.namespace,
        "payload": alarm.payload,
    });
    match &alarm.schedule {
        Schedule::Once { at_epoch_millis, delete } => {
            config["date"] = (*at_epoch_millis).into();
            config["deleteAfterFire"] = json!(delete);
        }
        Schedule::Interval { minutes, from_epoch_millis } => {
            config["minutes"] = (*minutes).into();
            config["startDate"] = (*from_epoch_millis).into();
        }
        Schedule::Cron { cron, timezone } => {
            config["cron"] = cron.as_str().into();
            config["timezone"] = timezone.as_str().into();
            config["startDate"] = json!(alarm.start_epoch_millis);
        }
    }
    if let Some(stop) = alarm.stop_epoch_millis {
        config["stopDate"] = stop.into();
    }
    if let Some(left) = alarm.ticks_left {
        config["maxTriggers"] = left.into();
    }
    json!({
        "config": config,
        "status": { "active": alarm.is_active, "dateChanged": alarm.switched_epoch_millis },
        "nextFire": alarm.next(now_epoch_millis()),
    })
}

fn payload(arguments: &Value) -> Result<Option<Value>, String> {
    match &arguments["trigger_payload"] {
        Value::Null => Ok(None),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => Ok(Some(object)),
            _ => Ok(Some(json!({ "payload": text }))),
        },
        object @ Value::Object(_) => Ok(Some(object.clone())),
        _ => Err("the trigger_payload parameter must be an object or a string".to_owned()),
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn date(arguments: &Value, name: &str) -> Result<Option<u64>, String> {
    match &arguments[name] {
        Value::Null => Ok(None),
        value => read_date(value)
            .map(Some)
            .ok_or_else(|| format!("{name} parameter '{}' is not a valid Date", as_text(value))),
    }
}

fn future(arguments: &Value, name: &str, now: u64) -> Result<Option<u64>, String> {
    match date(arguments, name)? {
        Some(at) if at <= now => {
            Err(format!("{name} parameter '{}' must be in the future", as_text(&arguments[name])))
        }
        other => Ok(other),
    }
}

fn stop(arguments: &Value, start: Option<u64>, now: u64) -> Result<Option<u64>, String> {
    let stop = future(arguments, "stopDate", now)?;
    if let (Some(stop), Some(start)) = (stop, start)
        && stop <= start
    {
        return Err(format!(
            "stopDate parameter '{}' must be greater than the startDate parameter '{}'",
            as_text(&arguments["stopDate"]),
            as_text(&arguments["startDate"]),
        ));
    }
    Ok(stop)
}

fn minutes(arguments: &Value) -> Result<Option<u64>, String> {
    let number = match &arguments["minutes"] {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match number {
        None => Err("the minutes parameter must be an integer".to_owned()),
        Some(number) if number > 0 => Ok(Some(number.unsigned_abs())),
        Some(_) => Err("the minutes parameter must be an integer greater than zero".to_owned()),
    }
}

fn cron(arguments: &Value) -> Result<Option<String>, String> {
    match &arguments["cron"] {
        Value::Null => Ok(None),
        Value::String(pattern) if read_cron(pattern).is_some() => Ok(Some(pattern.clone())),
        other => Err(format!("cron pattern '{}' is not valid", as_text(other))),
    }
}

fn zone(arguments: &Value) -> Result<Option<String>, String> {
    match &arguments["timezone"] {
        Value::Null => Ok(None),
        Value::String(name) if read_zone(name).is_some() => Ok(Some(name.clone())),
        other => Err(format!("timezone '{}' is not known", as_text(other))),
    }
}

fn delete_after(arguments: &Value) -> Result<Option<DeleteAfter>, String> {
    match as_text(&arguments["deleteAfterFire"]).trim().to_ascii_lowercase().as_str() {
        "null" => Ok(None),
        "false" => Ok(Some(DeleteAfter::False)),
        "true" => Ok(Some(DeleteAfter::True)),
        "rules" => Ok(Some(DeleteAfter::Rules)),
        _ => Err("deleteAfterFire parameter must be one of [false, true, rules].".to_owned()),
    }
}
