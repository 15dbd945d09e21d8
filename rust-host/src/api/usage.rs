//! `/flock/v1/usage` and `/flock/v1/top`: what functions used, as a bill and as they run.
//!
//! A namespace's key sees that namespace; the operator's key sees all. The bill is kept by the minute, so a period begins
//! and ends with whole minutes; the answer says which ones. What was counted but not yet written is written first, so a
//! call is in the bill as soon as its answer is there.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    model::time::now_epoch_millis,
    observe::{gauges::Gauges, tally::Tally},
    store::usage::Period,
};

use super::{
    Host,
    auth::{self, Viewer},
    error::ApiError,
    namespaces::only_get,
    request::Head,
    respond::{Reply, ok},
};

const MINUTE_MILLIS: u64 = 60_000;
const HOUR_MILLIS: u64 = 3_600_000;

/// How rows are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Namespace,
    Action,
    Activation,
}

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Question {
    by: By,
    since_epoch_millis: u64,
    upto_epoch_millis: u64,
    limit: usize,
}

/// `GET /flock/v1/usage`.
pub async fn usage(host: &Host, head: &Head) -> Result<Reply, ApiError> {
    only_get(head)?;
    let viewer = auth::viewer(&host.store, &head.headers).await?;
    let question = question(head, now_epoch_millis())?;
    host.book_usage().await?;
    match question.by {
        By::Activation => by_activation(host, &viewer, question).await,
        _ => by_sums(host, &viewer, question).await,
    }
}

/// `GET /flock/v1/top`.
pub async fn top(host: &Host, head: &Head) -> Result<Reply, ApiError> {
    const ROWS_DEFAULT: usize = 1000;
    const ROWS_MAX: usize = 20_000;
    only_get(head)?;
    let viewer = auth::viewer(&host.store, &head.headers).await?;
    let limit = limit(head, ROWS_DEFAULT, ROWS_MAX)?;
    let now = Instant::now();
    let mut rows: Vec<(Tally, Value)> = gauges(host, &viewer)
        .into_iter()
        .map(|((namespace, action), gauges)| {
            let row = host.metrics.ledger.row(&namespace, &action);
            let (totals, pace) = (row.totals(), row.pace(now));
            let mut value = json!({
                "namespace": namespace,
                "action": action,
                "calls": totals.calls,
                "callsPerSecond": pace.calls_per_second,
                "p50Micros": pace.p50_micros,
                "p99Micros": pace.p99_micros,
                "cpuMicros": totals.cpu_micros,
                "allocatedBytes": totals.allocated_bytes,
                "outcomes": totals.outcomes_json(),
            });
            extend(&mut value, gauges_json(&gauges));
            (totals, value)
        })
        .collect();
    rows.sort_by_key(|(totals, _)| std::cmp::Reverse(totals.cpu_micros));
    rows.truncate(limit);
    Ok(ok(&json!({
        "epochMillis": now_epoch_millis(),
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "lostThreads": host.invoker.funclets.watchdog().lost_count(),
        "rows": rows.into_iter().map(|(_, value)| value).collect::<Vec<_>>(),
    })))
}

async fn by_sums(host: &Host, viewer: &Viewer, question: Question) -> Result<Reply, ApiError> {
    let period = Period {
        namespace: viewer.namespace().map(str::to_owned),
        from_minute: question.since_epoch_millis / MINUTE_MILLIS,
        upto_minute: question.upto_epoch_millis / MINUTE_MILLIS,
    };
    let effective = (period.from_minute * MINUTE_MILLIS, (period.upto_minute + 1) * MINUTE_MILLIS - 1);
    let found = host.store.usage(period).await?;
    let fold = |(namespace, action): (String, String)| match question.by {
        By::Namespace => (namespace, String::new()),
        _ => (namespace, action),
    };
    let mut sums: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let mut total = Tally::default();
    for (key, tally) in found {
        total.add(&tally);
        sums.entry(fold(key)).or_default().add(&tally);
    }
    let mut held: HashMap<(String, String), Gauges> = HashMap::new();
    for (key, gauges) in gauges(host, viewer) {
        held.entry(fold(key)).or_default().add(&gauges);
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.cpu_micros));
    let rows = rows.into_iter().take(question.limit).map(|(key, tally)| {
        let mut row = json!({ "namespace": key.0 });
        if question.by == By::Action {
            row["action"] = key.1.as_str().into();
        }
        extend(&mut row, tally.to_json());
        if let Some(gauges) = held.get(&key) {
            row["now"] = gauges_json(gauges);
        }
        row
    });
    Ok(answer(question, effective, rows.collect(), &total))
}

async fn by_activation(host: &Host, viewer: &Viewer, question: Question) -> Result<Reply, ApiError> {
    let span = (question.since_epoch_millis, question.upto_epoch_millis);
    let namespace = viewer.namespace().map(str::to_owned);
    let bills = host.store.activation_bills(namespace, span, question.limit).await?;
    let mut total = Tally::default();
    let rows = bills.into_iter().map(|bill| {
        total.add(&bill.tally());
        bill.into_json()
    });
    let rows = rows.collect();
    Ok(answer(question, span, rows, &total))
}

fn answer(question: Question, span: (u64, u64), rows: Vec<Value>, total: &Tally) -> Reply {
    let by = match question.by {
        By::Namespace => "namespace",
        By::Action => "action",
        By::Activation => "activation",
    };
    ok(&json!({ "by": by, "since": span.0, "upto": span.1, "rows": rows, "total": total.to_json() }))
}

/// What loaded actions hold, of those that the caller may see.
fn gauges(host: &Host, viewer: &Viewer) -> Vec<((String, String), Gauges)> {
    let all = host.invoker.funclets.gauges().into_iter();
    all.filter(|(namespace, ..)| viewer.namespace().is_none_or(|own| own == namespace))
        .map(|(namespace, action, gauges)| ((namespace, action), gauges))
        .collect()
}

fn gauges_json(gauges: &Gauges) -> Value {
    serde_json::to_value(gauges).unwrap_or_default()
}

fn extend(object: &mut Value, members: Value) {
    if let (Value::Object(object), Value::Object(members)) = (object, members) {
        object.extend(members);
    }
}

fn question(head: &Head, now_epoch_millis: u64) -> Result<Question, ApiError> {
    const ROWS_DEFAULT: usize = 1000;
    const ROWS_MAX: usize = 10_000;
    const ACTIVATIONS_DEFAULT: usize = 100;
    const ACTIVATIONS_MAX: usize = 1000;
    if let Some(other) = head.other_than(&["by", "since", "upto", "limit"]) {
        return Err(ApiError::bad_query(other, "is none of by, since, upto, limit"));
    }
    let by = match head.query("by") {
        Some("namespace") => By::Namespace,
        None | Some("action") => By::Action,
        Some("activation") => By::Activation,
        Some(other) => {
            let why = format_args!("'{other}' is none of namespace, action, activation");
            return Err(ApiError::bad_query("by", why));
        }
    };
    let moment = |name: &str, default: u64| match head.query(name) {
        None => Ok(default),
        Some(text) => parse_moment(text, now_epoch_millis).ok_or_else(|| {
            let why = "is neither milliseconds since 1970 nor a time ago such as 90s, 10m, 2h or 3d";
            ApiError::bad_query(name, format_args!("'{text}' {why}"))
        }),
    };
    let upto = moment("upto", now_epoch_millis)?;
    let since = moment("since", upto.saturating_sub(HOUR_MILLIS))?;
    if since > upto {
        let why = format_args!("it is later than 'upto': {since} > {upto}");
        return Err(ApiError::bad_query("since", why));
    }
    let (default, max) = match by {
        By::Activation => (ACTIVATIONS_DEFAULT, ACTIVATIONS_MAX),
        _ => (ROWS_DEFAULT, ROWS_MAX),
    };
    let limit = limit(head, default, max)?;
    Ok(Question { by, since_epoch_millis: since, upto_epoch_millis: upto, limit })
}

fn limit(head: &Head, default: usize, max: usize) -> Result<usize, ApiError> {
    let Some(text) = head.query("limit") else { return Ok(default) };
    text.parse().ok().filter(|limit| (1..=max).contains(limit)).ok_or_else(|| {
        ApiError::bad_query("limit", format_args!("'{text}' is not a whole number from 1 to {max}"))
    })
}

/// Milliseconds since 1970, or how long before `now`: a number with s, m, h or d.
fn parse_moment(text: &str, now_epoch_millis: u64) -> Option<u64> {
    if let Ok(millis) = text.parse::<u64>() {
        // What does not fit the database is beyond all times.
        return Some(millis.min(u64::MAX / 4));
    }
    let unit_millis = match text.chars().last()? {
        's' => 1000,
        'm' => MINUTE_MILLIS,
        'h' => HOUR_MILLIS,
        'd' => 24 * HOUR_MILLIS,
        _ => return None,
    };
    let number: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    Some(now_epoch_millis.saturating_sub(number.saturating_mul(unit_millis)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Result<Question, String> {
        let head = Head {
            method: warp::http::Method::GET,
            segments: Vec::new(),
            query: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            headers: warp::http::HeaderMap::new(),
            transaction_id: Arc::from("t"),
            client: crate::api::request::Client::default(),
        };
        question(&head, 10 * HOUR_MILLIS).map_err(|error| error.text)
    }

    #[test]
    fn a_question_has_defaults_and_bounds() -> Result<(), String> {
        let plain = asked(&[])?;
        assert_eq!((plain.by, plain.since_epoch_millis, plain.limit), (By::Action, 9 * HOUR_MILLIS, 1000));
        let asked_all = asked(&[("by", "activation"), ("since", "2h"), ("upto", "90m"), ("limit", "7")])?;
        assert_eq!(asked_all.since_epoch_millis, 8 * HOUR_MILLIS);
        assert_eq!(asked_all.upto_epoch_millis, 8 * HOUR_MILLIS + 30 * MINUTE_MILLIS);
        assert_eq!((asked_all.by, asked_all.limit), (By::Activation, 7));
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (pairs, name) in [
            (vec![("by", "user")], "'by'"),
            (vec![("namespace", "guest")], "'namespace'"),
            (vec![("since", "yesterday")], "'since'"),
            (vec![("since", "1y")], "'since'"),
            (vec![("since", "ß")], "'since'"),
            (vec![("upto", "-5")], "'upto'"),
            (vec![("upto", "2h"), ("since", "1h")], "'since'"),
            (vec![("limit", "0")], "'limit'"),
            (vec![("by", "activation"), ("limit", "1001")], "'limit'"),
        ] {
            let error = asked(&pairs).err().unwrap_or_default();
            assert!(error.contains(name), "{pairs:?}: {error}");
        }
    }
}
