//! Alarms: triggers that the clock fires. What a schedule is, and which tick comes next.
//!
//! A tick is a moment in milliseconds since 1970. An alarm remembers the last tick that it took, and the next one is always
//! later than that, so a clock that is set back does not make a tick come twice. Times of day are those of the alarm's time
//! zone: one that a change to summer time leaves out is not there on that day.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EntityName;

/// When an alarm goes off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Schedule {
    /// At the moments of a cron pattern of five or six fields, the first of six being seconds.
    Cron {
        /// The pattern.
        cron: String,
        /// An IANA name, such as `Europe/Berlin`.
        timezone: String,
    },
    /// Again and again after so many minutes.
    Interval {
        /// So many.
        minutes: u64,
        /// The first tick.
        from_epoch_millis: u64,
    },
    /// One time.
    Once {
        /// When.
        at_epoch_millis: u64,
        /// What is deleted then.
        delete: DeleteAfter,
    },
}

/// What an alarm that goes off once takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeleteAfter {
    /// Nothing.
    False,
    /// The trigger.
    True,
    /// The trigger and its rules.
    Rules,
}

/// The alarm of a trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// The namespace.
    pub namespace: EntityName,
    /// The trigger, whose name is the alarm's.
    pub trigger: EntityName,
    /// When it goes off.
    pub schedule: Schedule,
    /// What the trigger is fired with.
    pub payload: Value,
    /// Not before this.
    pub start_epoch_millis: Option<u64>,
    /// Not at or after this.
    pub stop_epoch_millis: Option<u64>,
    /// Ticks that are left; none: no end.
    pub ticks_left: Option<u64>,
    /// The last tick that it took, or the moment from which it counts.
    pub last_epoch_millis: u64,
    /// Is it on?
    pub is_active: bool,
    /// When it was switched on or off.
    pub switched_epoch_millis: u64,
    /// Milliseconds since 1970 of the last change.
    pub updated_epoch_millis: u64,
}

impl Alarm {
    /// The next tick after both the last one and `after`.
    pub fn next(&self, after_epoch_millis: u64) -> Option<u64> {
        if !self.is_active || self.ticks_left == Some(0) {
            return None;
        }
        let after = after_epoch_millis.max(self.last_epoch_millis);
        // Dates from the start on, the start included.
        let after = after.max(self.start_epoch_millis.map_or(0, |start| start.saturating_sub(1)));
        let next = match &self.schedule {
            Schedule::Cron { cron, timezone } => next_of_cron(cron, timezone, after)?,
            Schedule::Interval { minutes, from_epoch_millis } => {
                let step = minutes.saturating_mul(60_000).max(1);
                if after < *from_epoch_millis {
                    *from_epoch_millis
                } else {
                    from_epoch_millis
                        .checked_add(((after - from_epoch_millis) / step + 1).checked_mul(step)?)?
                }
            }
            // One that was missed is still to come.
            Schedule::Once { at_epoch_millis, .. } => {
                (*at_epoch_millis > self.last_epoch_millis).then_some(*at_epoch_millis)?
            }
        };
        self.stop_epoch_millis.is_none_or(|stop| next < stop).then_some(next)
    }
}

/// Reads a pattern; the error is the pattern's fault.
pub fn read_cron(pattern: &str) -> Option<Cron> {
    if !(5..=6).contains(&pattern.split_whitespace().count()) {
        return None;
    }
    CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build().parse(pattern).ok()
}

/// The zone of this name.
pub fn read_zone(name: &str) -> Option<Tz> {
    name.parse().ok()
}

fn next_of_cron(pattern: &str, zone: &str, after_epoch_millis: u64) -> Option<u64> {
    let (cron, zone) = (read_cron(pattern)?, read_zone(zone)?);
    let after = zone.timestamp_millis_opt(i64::try_from(after_epoch_millis).ok()?).single()?;
    let next = cron.find_next_occurrence(&after, false).ok()?;
    u64::try_from(next.timestamp_millis()).ok()
}

/// A date as a client writes it: milliseconds since 1970, or a text in the forms of ISO 8601; without a zone it is UTC.
pub fn read_date(value: &Value) -> Option<u64> {
    let millis = match value {
        Value::Number(number) => return number.as_u64(),
        Value::String(text) => {
            let text = text.trim();
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() > 4 {
                return text.parse().ok();
            }
            let naive = |format: &str| NaiveDateTime::parse_from_str(text, format).ok();
            let whole = DateTime::parse_from_rfc3339(text).ok().map(|date| date.with_timezone(&Utc));
            let whole = whole.or_else(|| {
                naive("%Y-%m-%dT%H:%M:%S%.f")
                    .or_else(|| naive("%Y-%m-%dT%H:%M"))
                    .or_else(|| naive("%Y-%m-%d %H:%M:%S"))
                    .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
                    .map(|date| date.and_utc())
            });
            whole?.timestamp_millis()
        }
        _ => return None,
    };
    u64::try_from(millis).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> u64 {
        read_date(&Value::from(text)).unwrap_or_else(|| panic!("{text}"))
    }

    fn alarm(schedule: Schedule) -> Alarm {
        let name = || EntityName::parse("x").unwrap_or_else(|error| panic!("{error}"));
        Alarm {
            namespace: name(),
            trigger: name(),
            schedule,
            payload: Value::Null,
            start_epoch_millis: None,
            stop_epoch_millis: None,
            ticks_left: None,
            last_epoch_millis: 0,
            is_active: true,
            switched_epoch_millis: 0,
            updated_epoch_millis: 0,
        }
    }

    fn cron(pattern: &str, zone: &str) -> Alarm {
        alarm(Schedule::Cron { cron: pattern.to_owned(), timezone: zone.to_owned() })
    }

    /// The ticks after a moment, as UTC.
    fn ticks(alarm: &Alarm, after: &str, count: usize) -> Vec<String> {
        let mut last = at(after);
        let mut seen = Vec::new();
        while seen.len() < count {
            let Some(next) = alarm.next(last) else { break };
            assert!(next > last);
            let date = DateTime::<Utc>::from_timestamp_millis(next.cast_signed());
            seen.push(date.map(|date| date.format("%m-%dT%H:%M:%S").to_string()).unwrap_or_default());
            last = next;
        }
        seen
    }

    #[test]
    fn patterns_of_five_and_six_fields_tick_in_their_zone() {
        assert_eq!(
            ticks(&cron("*/15 * * * *", "UTC"), "2026-01-01T00:00:00Z", 3),
            ["01-01T00:15:00", "01-01T00:30:00", "01-01T00:45:00"]
        );
        assert_eq!(
            ticks(&cron("*/20 * * * * *", "UTC"), "2026-01-01T00:00:01Z", 3),
            ["01-01T00:00:20", "01-01T00:00:40", "01-01T00:01:00"]
        );
        assert_eq!(
            ticks(&cron("0 9 * * MON", "America/New_York"), "2026-01-01T00:00:00Z", 2),
            ["01-05T14:00:00", "01-12T14:00:00"]
        );
        assert_eq!(ticks(&cron("30 8 * * *", "Asia/Kolkata"), "2026-01-01T00:00:00Z", 1), ["01-01T03:00:00"]);
        // Every hour of the clock, also when an hour is left out in spring and comes twice in autumn.
        let hourly = ticks(&cron("0 * * * *", "Europe/Berlin"), "2026-03-28T23:30:00Z", 4);
        assert_eq!(hourly, ["03-29T00:00:00", "03-29T01:00:00", "03-29T02:00:00", "03-29T03:00:00"]);
        let daily = ticks(&cron("0 12 * * *", "Europe/Berlin"), "2026-03-28T00:00:00Z", 3);
        assert_eq!(daily, ["03-28T11:00:00", "03-29T10:00:00", "03-30T10:00:00"]);
        for bad in ["", "* * * *", "* * * * * * *", "60 * * * *", "a b c d e", "@daily", "* * * * 9"] {
            assert!(read_cron(bad).is_none(), "{bad}");
        }
        assert!(read_zone("Mars/Olympus").is_none());
        // What never comes is found out.
        assert_eq!(cron("0 0 30 2 *", "UTC").next(at("2026-01-01")), None);
    }

    #[test]
    fn intervals_keep_their_beat() {
        let beat = alarm(Schedule::Interval { minutes: 10, from_epoch_millis: at("2026-01-01T00:03:00Z") });
        assert_eq!(ticks(&beat, "2025-12-31T00:00:00Z", 2), ["01-01T00:03:00", "01-01T00:13:00"]);
        assert_eq!(ticks(&beat, "2026-01-01T05:00:00Z", 2), ["01-01T05:03:00", "01-01T05:13:00"]);
    }

    #[test]
    fn starts_and_stops_bound_all_and_ticks_never_come_again() {
        let mut bounded = cron("0 * * * *", "UTC");
        bounded.start_epoch_millis = Some(at("2026-01-01T02:00:00Z"));
        bounded.stop_epoch_millis = Some(at("2026-01-01T04:00:00Z"));
        assert_eq!(ticks(&bounded, "2026-01-01T00:00:00Z", 9), ["01-01T02:00:00", "01-01T03:00:00"]);
        // The clock was set back: what was taken is not taken again.
        bounded.last_epoch_millis = at("2026-01-01T02:00:00Z");
        assert_eq!(bounded.next(at("2026-01-01T01:00:00Z")), Some(at("2026-01-01T03:00:00Z")));
        bounded.ticks_left = Some(0);
        assert_eq!(bounded.next(0), None);
        bounded.ticks_left = None;
        bounded.is_active = false;
        assert_eq!(bounded.next(0), None);

        let mut once = alarm(Schedule::Once { at_epoch_millis: 5000, delete: DeleteAfter::False });
        assert_eq!(
            (once.next(0), once.next(9000)),
            (Some(5000), Some(5000)),
            "a missed one is still to come"
        );
        once.last_epoch_millis = 5000;
        assert_eq!(once.next(0), None);
    }

    #[test]
    fn dates_have_many_forms() {
        for text in [
            "2026-01-02T03:04:05Z",
            "2026-01-02T04:04:05+01:00",
            "2026-01-02T03:04:05",
            "2026-01-02 03:04:05",
            "1767323045000",
        ] {
            assert_eq!(at(text), 1_767_323_045_000, "{text}");
        }
        assert_eq!(read_date(&Value::from(7)), Some(7));
        assert_eq!(at("2026-01-02"), 1_767_312_000_000);
        for bad in
            [Value::from(""), Value::from("soon"), Value::from(-1), Value::Null, Value::from("2026-13-01")]
        {
            assert_eq!(read_date(&bad), None, "{bad}");
        }
    }
}
