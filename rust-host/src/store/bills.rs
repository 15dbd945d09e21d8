//! The usage of single activations, from their records.

use std::sync::Arc;

use rusqlite::params;
use serde_json::{Value, json};

use crate::{
    model::{Outcome, Usage, action::SEQUENCE_KIND},
    observe::tally::Tally,
};

use super::{Store, StoreError, shapes};

/// What one activation used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    id: String,
    namespace: String,
    action: String,
    start_epoch_millis: u64,
    is_sequence: bool,
    outcome: String,
    usage: Usage,
}

impl Store {
    /// The newest activations that began in a span (milliseconds since 1970, both ends included); of one namespace, or of
    /// all. A record without usage is one of a time before it was counted and shows zeros.
    pub async fn activation_bills(
        self: &Arc<Self>,
        namespace: Option<String>,
        span: (u64, u64),
        limit: usize,
    ) -> Result<Vec<Bill>, StoreError> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (since, upto) = (signed(span.0), signed(span.1));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |db| {
            let columns = format!(
                "SELECT summary, {} FROM activations WHERE start >= ?1 AND start <= ?2",
                shapes::OF_RECORD
            );
            let read = |row: &rusqlite::Row<'_>| Ok(shapes::join(row.get(0)?, row.get(1)?));
            let summaries: Vec<String> = match namespace {
                Some(namespace) => db
                    .prepare_cached(&format!(
                        "{columns} AND namespace = ?3 ORDER BY start DESC, id DESC LIMIT ?4"
                    ))?
                    .query_map(params![since, upto, namespace, limit], read)?
                    .collect::<Result<_, _>>()?,
                // Ids are in the order of time, and there is an index of them.
                None => db
                    .prepare_cached(&format!("{columns} ORDER BY id DESC LIMIT ?3"))?
                    .query_map(params![since, upto, limit], read)?
                    .collect::<Result<_, _>>()?,
            };
            Ok(summaries.iter().filter_map(|summary| Bill::parse(summary)).collect())
        })
        .await
    }
}

impl Bill {
    /// From the summary of a record, an object without its last brace.
    fn parse(summary: &str) -> Option<Self> {
        let record: Value = serde_json::from_str(&format!("{summary}}}")).ok()?;
        let text = |key: &str| record[key].as_str().map(str::to_owned);
        let annotation = |key: &str| {
            let list = record["annotations"].as_array()?;
            Some(&list.iter().find(|annotation| annotation["key"] == key)?["value"])
        };
        let annotated = |key: &str| annotation(key)?.as_str().map(str::to_owned);
        Some(Self {
            id: text("activationId")?,
            namespace: text("namespace")?,
            action: annotated("path").or_else(|| text("name"))?,
            start_epoch_millis: record["start"].as_u64()?,
            is_sequence: annotated("kind").as_deref() == Some(SEQUENCE_KIND),
            outcome: annotated("outcome").unwrap_or_default(),
            usage: annotation("usage")
                .and_then(|usage| serde_json::from_value(usage.clone()).ok())
                .unwrap_or_default(),
        })
    }

    /// The same as sums. Of a sequence only calls and times: its hops have records of their own.
    pub fn tally(&self) -> Tally {
        let usage = &self.usage;
        let mut tally = Tally {
            calls: 1,
            outcomes: Outcome::ALL.map(|outcome| u64::from(outcome.name() == self.outcome)),
            wall_micros: usage.wall_micros,
            wait_micros: usage.wait_micros,
            ..Tally::default()
        };
        if !self.is_sequence {
            tally.cold = u64::from(usage.init_micros > 0);
            tally.init_micros = usage.init_micros;
            tally.cpu_micros = usage.cpu_micros;
            tally.allocated_bytes = usage.allocated_bytes;
            tally.log_bytes = usage.log_bytes;
            tally.peak_heap_bytes = usage.peak_heap_bytes;
        }
        tally
    }

    /// The row, as clients get it.
    pub fn into_json(self) -> Value {
        let mut row = json!({
            "namespace": self.namespace,
            "action": self.action,
            "activationId": self.id,
            "start": self.start_epoch_millis,
            "sequence": self.is_sequence,
            "calls": 1,
            "outcome": self.outcome,
        });
        if !self.outcome.is_empty() {
            row["outcomes"] = json!({ self.outcome: 1 });
        }
        if let (Value::Object(row), Ok(Value::Object(usage))) = (&mut row, serde_json::to_value(self.usage)) {
            row.extend(usage);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(kind: &str, usage: &str) -> String {
        format!(
            "{{\"activationId\":\"a1\",\"namespace\":\"guest\",\"name\":\"h\",\"start\":5,\"annotations\":[\
             {{\"key\":\"path\",\"value\":\"guest/p/h\"}},{{\"key\":\"kind\",\"value\":\"{kind}\"}},\
             {{\"key\":\"outcome\",\"value\":\"cpu\"}}{usage}]"
        )
    }

    const USAGE: &str = ",{\"key\":\"usage\",\"value\":{\"cpuMicros\":9,\"wallMicros\":20,\"initMicros\":1}}";

    #[test]
    fn a_record_becomes_a_row() -> Result<(), &'static str> {
        let bill = Bill::parse(&summary("java:17", USAGE)).ok_or("no bill")?;
        let tally = bill.tally();
        assert_eq!((tally.calls, tally.cpu_micros, tally.wall_micros, tally.cold), (1, 9, 20, 1));
        assert_eq!(tally.outcomes_json(), json!({ "cpu": 1 }));
        let row = bill.into_json();
        assert_eq!((&row["action"], &row["cpuMicros"]), (&json!("guest/p/h"), &json!(9)));
        assert_eq!(row["outcomes"], json!({ "cpu": 1 }));
        let sequence = Bill::parse(&summary(SEQUENCE_KIND, USAGE)).ok_or("no bill")?.tally();
        assert_eq!((sequence.cpu_micros, sequence.wall_micros), (0, 20));
        let old = Bill::parse(&summary("java:17", "")).ok_or("no bill")?;
        assert_eq!(old.usage, Usage::default());
        assert_eq!(Bill::parse("{\"x\":1"), None);
        Ok(())
    }
}
