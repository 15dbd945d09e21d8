//! Points in time as people write and read them: ISO 8601 in UTC out, several forms in.
//!
//! UTC and not local time, because log lines of functions are in UTC and have to line up.
//! The calendar is the proleptic Gregorian one; leap seconds do not exist, as in Unix time.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_SECONDS: i64 = 86_400;

/// `2026-11-23T19:03:34Z`
pub(crate) fn iso(epoch_millis: i64) -> String {
    let seconds = epoch_millis.div_euclid(1000);
    let (year, month, day) = date_of(seconds.div_euclid(DAY_SECONDS));
    let in_day = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Milliseconds since 1970 from: such a number, `90s`/`10m`/`2h`/`3d` ago, an ISO date
/// (`2026-11-23`) or an ISO time in UTC (`2026-11-23T19:03:34Z`, the seconds may be left out).
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    parse_at(text, now_millis())
}

pub(crate) fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

fn parse_at(text: &str, now_millis: i64) -> Result<i64, String> {
    let parsed = if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        ago(text, now_millis).or_else(|| iso_millis(text))
    };
    parsed.ok_or_else(|| {
        "give milliseconds since 1970, a time ago (90s, 10m, 2h, 3d) or 2026-11-23T19:03:34Z".into()
    })
}

fn ago(text: &str, now_millis: i64) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit_millis = match unit {
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => DAY_SECONDS * 1000,
        _ => return None,
    };
    let count: i64 = number.parse().ok().filter(|n| *n >= 0)?;
    Some((now_millis.checked_sub(count.checked_mul(unit_millis)?)?).max(0))
}

fn iso_millis(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00"));
    let mut date = date.splitn(3, '-').map(|part| number(part, 4));
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':');
    let hour = number(time.next()?, 2)?;
    let minute = number(time.next()?, 2)?;
    let second: f64 = time.next().unwrap_or("0").parse().ok()?;
    let days = days_of(year, month, day);
    let real = date_of(days) == (year, month, day);
    if !real || hour > 23 || minute > 59 || !(0.0..60.0).contains(&second) {
        return None;
    }
    let whole = days * DAY_SECONDS + hour * 3600 + minute * 60;
    Some(whole * 1000 + (second * 1000.0) as i64)
}

fn number(digits: &str, most: usize) -> Option<i64> {
    let good = digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| digits.parse().ok()).flatten()
}

/// Year, month and day of a day number. Years are counted from March, so that the leap day is the
/// last of its year; 400 years have 146,097 days.
fn date_of(day_number: i64) -> (i64, i64, i64) {
    let shifted = day_number + 719_468; // days from 0000-03-01 to 1970-01-01
    let era = shifted.div_euclid(146_097);
    let in_era = shifted.rem_euclid(146_097);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let march_month = (month + 9) % 12;
    let in_year = (153 * march_month + 2) / 5 + day - 1;
    let in_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + in_year;
    era * 146_097 + in_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let table = [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (1_795_460_614_000, "2026-11-23T19:03:34Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ];
        for (millis, text) in table {
            assert_eq!(iso(millis), text);
            assert_eq!(parse_at(text, 0), Ok(millis.div_euclid(1000) * 1000), "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_returns() {
        for day in -146_097..146_097 {
            let (y, m, d) = date_of(day);
            assert_eq!(days_of(y, m, d), day);
        }
    }

    #[test]
    fn the_other_forms() {
        assert_eq!(parse_at("1795460614000", 5), Ok(1_795_460_614_000));
        assert_eq!(parse_at("90s", 100_000), Ok(10_000));
        assert_eq!(parse_at("2h", 7_200_001), Ok(1));
        assert_eq!(parse_at("3d", 5), Ok(0));
        assert_eq!(parse_at("1970-01-02", 0), Ok(86_400_000));
        assert_eq!(parse_at("1970-01-01T00:01", 0), Ok(60_000));
        assert_eq!(parse_at("1970-01-01T00:00:01.250Z", 0), Ok(1250));
        for bad in ["", "x", "-5m", "5y", "2026-02-30", "2026-13-01", "2026-01-01T24:00", "ß"] {
            assert!(parse_at(bad, 0).is_err(), "{bad:?}");
        }
    }
}
