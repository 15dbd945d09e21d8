//! Follows activations by asking again and again, since OpenWhisk's API has no stream ([`crate::stream`] is Flock's).
//!
//! A record appears in the list when its run has ended, but is sorted by when the run began. So each
//! round looks back further than the newest start by the longest time a run may take, and
//! remembers what it has already given out. More than `MAX_PAGES` full pages of new records in one round
//! are not read: following is for people, and the rest is in the store.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::Args;

use crate::Session;
use crate::failure::{Failure, Kind};
use crate::names::{collection_path, encode, query};
use crate::records::Record;

/// OpenWhisk's longest run.
const LOOK_BACK_MILLIS: i64 = 300_000;
/// What a host gives at once when asked for all: OpenWhisk's maximum.
const PAGE_ROWS: usize = 200;
const MAX_PAGES: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// Milliseconds between two rounds
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(50..))]
    interval: u64,
    /// End after this many seconds [default: on Ctrl-C]
    #[arg(long, value_name = "SECONDS")]
    exit: Option<u64>,
}

impl FollowArgs {
    /// For how long.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.exit.map(Duration::from_secs)
    }
}

pub(crate) struct Follower<'a> {
    session: &'a Session,
    namespace: String,
    /// Only activations of this action.
    name: Option<String>,
    /// Id and start of what was given out.
    seen: HashMap<String, i64>,
    newest_start: i64,
}

impl<'a> Follower<'a> {
    /// With `since`, what began after that moment is given out too; without, only what ends from
    /// now on.
    pub(crate) fn begin(
        session: &'a Session,
        namespace: &str,
        name: Option<String>,
        since: Option<i64>,
    ) -> Result<Follower<'a>, Failure> {
        let mut follower = Follower {
            session,
            namespace: namespace.to_owned(),
            name,
            seen: HashMap::new(),
            newest_start: 0,
        };
        match since {
            Some(millis) => follower.newest_start = millis.saturating_add(LOOK_BACK_MILLIS),
            None => {
                let newest = follower.page(1, 0, 0)?;
                follower.newest_start = newest.first().map_or(0, |r| r.start);
                follower.unseen()?;
            }
        }
        Ok(follower)
    }

    /// Calls `each` for every record until time is up. Records come oldest first.
    pub(crate) fn run(
        mut self,
        args: &FollowArgs,
        mut each: impl FnMut(&Record, &str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let limit = args.limit();
        loop {
            for id in self.unseen()? {
                if let Some((record, text)) = fetch(self.session, &self.namespace, &id)? {
                    each(&record, &text)?;
                }
            }
            let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(());
            }
            let pause = Duration::from_millis(args.interval);
            std::thread::sleep(left.map_or(pause, |left| pause.min(left)));
        }
    }

    fn page(&self, limit: usize, skip: usize, since: i64) -> Result<Vec<Record>, Failure> {
        let path = collection_path(&self.namespace, "activations");
        let flags = query(&[
            ("limit", Some(limit.to_string())),
            ("skip", Some(skip.to_string())),
            ("since", (since > 0).then(|| since.to_string())),
            ("name", self.name.clone()),
        ]);
        let answer = self.session.client.get(&format!("{path}{flags}"))?;
        let text = answer.accepted("activations")?;
        serde_json::from_str(text).map_err(|e| {
            Failure::new(Kind::Server, format!("the list of activations cannot be read: {e}"))
                .advise("check --apihost: this may not be an OpenWhisk host")
        })
    }

    /// Ids that were not given out yet, oldest first. They count as given out from now on.
    fn unseen(&mut self) -> Result<Vec<String>, Failure> {
        let since = self.newest_start.saturating_sub(LOOK_BACK_MILLIS);
        let mut fresh = Vec::new();
        for page in 0..MAX_PAGES {
            let rows = self.page(0, page * PAGE_ROWS, since)?;
            let count = rows.len();
            let new = rows.into_iter().filter(|r| !self.seen.contains_key(&r.activation_id));
            fresh.extend(new.map(|r| (r.start, r.activation_id)));
            if count < PAGE_ROWS {
                break;
            }
        }
        // Two pages may overlap when records arrive between them.
        fresh.sort();
        fresh.dedup();
        for (start, id) in &fresh {
            self.newest_start = self.newest_start.max(*start);
            self.seen.insert(id.clone(), *start);
        }
        let oldest = self.newest_start.saturating_sub(LOOK_BACK_MILLIS);
        self.seen.retain(|_, start| *start >= oldest);
        Ok(fresh.into_iter().map(|(_, id)| id).collect())
    }
}

/// A record and its text; nothing when the host has dropped it meanwhile.
pub(crate) fn fetch(
    session: &Session,
    namespace: &str,
    id: &str,
) -> Result<Option<(Record, String)>, Failure> {
    let path = format!("{}/{}", collection_path(namespace, "activations"), encode(id));
    let answer = session.client.get(&path)?;
    if answer.status == 404 {
        return Ok(None);
    }
    let text = answer.accepted(&format!("activation {id}"))?;
    Ok(Record::parse(text).map(|record| (record, text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::{client, fake_host, http};
    use crate::output::{Output, Reader};

    fn row(id: &str, start: i64) -> String {
        format!("{{\"activationId\":\"{id}\",\"start\":{start},\"name\":\"h\"}}")
    }

    #[test]
    fn late_records_are_given_out_once_and_old_ones_never() {
        let list = |rows: &[String]| http("200 OK", "", &format!("[{}]", rows.join(",")));
        let (a, b, late) = (row("a", 1_000_000), row("b", 1_000_500), row("late", 999_000));
        let (url, host) = fake_host(vec![
            list(std::slice::from_ref(&a)),
            list(std::slice::from_ref(&a)),
            list(&[b.clone(), a.clone(), late.clone()]),
            http("200 OK", "", &late),
            http("200 OK", "", &b),
            list(&[b.clone(), a, late]),
        ]);
        let session = Session {
            client: client(&url, Some("u:k")),
            output: Output::new(Reader::Program),
            namespace: "_".into(),
        };
        let follower = Follower::begin(&session, "_", Some("p/h".into()), None).expect("begun");
        let args = FollowArgs { interval: 1100, exit: Some(1) };
        let mut given = Vec::new();
        let ran = follower.run(&args, |record, _| {
            given.push(record.activation_id.clone());
            Ok(())
        });
        ran.expect("two rounds");
        assert_eq!(given, ["late", "b"]);
        let seen = host.join().expect("the host ends");
        assert!(seen[0].head.contains("activations?limit=1&skip=0&name=p%2fh "), "{}", seen[0].head);
        assert!(seen[2].head.contains("?limit=0&skip=0&since=700000&name="), "{}", seen[2].head);
    }
}
