//! Records as they are made, for those who follow a namespace.
//!
//! The writing thread tells followers of what it has committed, in the order of the rows. Each record has a *position*, the
//! number of its row, so who knows the last one that it has seen can find the rest in the store ([`super::following`]): a follower
//! that cannot keep up reads there what it has not got here. Nothing waits for a follower. Where nobody follows, a record costs
//! one look at a number.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use tokio::sync::broadcast::{Receiver, Sender, channel, error::RecvError};

use crate::model::ActivationId;

/// Records that wait for the slowest follower of a namespace; what it does not get here it finds in the store.
const WAITING_MAX: usize = 16;

/// A record as its followers get it.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// The number of its row; none: the store had no room for it.
    pub position: Option<i64>,
    /// Its id.
    pub id: ActivationId,
    /// `name` or `pkg/name` of what ran.
    pub action: String,
    /// The record without its result, JSON text.
    pub text: String,
}

/// What the writing thread tells of once it is committed: the namespace and the record.
pub(super) type Told = (String, Event);

/// The text of an event, from the parts that the store keeps.
pub(super) fn text(summary_open: &str, logs: &str) -> String {
    format!("{summary_open},\"logs\":{logs}}}")
}

#[derive(Debug)]
struct Topic {
    sender: Sender<Arc<Event>>,
    followers: usize,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub struct Feed {
    followers: AtomicUsize,
    topics: Mutex<Topics>,
    /// The last number of a row that was given out.
    position: AtomicI64,
}

#[derive(Debug, Default)]
struct Topics {
    by_namespace: HashMap<String, Topic>,
    is_closed: bool,
}

/// A namespace has as many followers as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many log streams are open (count: {count}, allowed: {allowed}).")]
pub struct TooMany {
    /// With this one.
    pub count: usize,
    /// The limit.
    pub allowed: usize,
}

/// What a follower gets.
#[derive(Debug)]
pub(super) enum Followed {
    /// A record.
    Record(Arc<Event>),
    /// There were too many for it.
    Behind,
}

/// One follower; dropping it ends that.
#[derive(Debug)]
pub struct Follower {
    feed: Arc<Feed>,
    namespace: String,
    records: Receiver<Arc<Event>>,
}

impl Feed {
    /// For a store whose last row has this number.
    pub(super) fn after(position: i64) -> Self {
        Self { position: position.into(), ..Self::default() }
    }

    /// The number for a new row: never one that was given out before, also when the rows with the largest are gone.
    pub(super) fn next_position(&self) -> i64 {
        self.position.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Does anybody follow the namespace?
    pub(super) fn is_followed(&self, namespace: &str) -> bool {
        self.followers.load(Ordering::Relaxed) > 0
            && self.topics.lock().unwrap_or_else(PoisonError::into_inner).by_namespace.contains_key(namespace)
    }

    /// Hands a record on.
    pub(super) fn publish(&self, (namespace, event): Told) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.by_namespace.get(&namespace) {
            // The last follower may be leaving.
            let _ = topic.sender.send(Arc::new(event));
        }
    }

    /// Follows the records of a namespace from now on.
    pub fn follow(self: &Arc<Self>, namespace: &str, allowed: usize) -> Result<Follower, TooMany> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Topic { sender: channel(WAITING_MAX).0, followers: 0 };
        if topics.is_closed {
            // A stream that ends at once: its sender is gone.
            let records = channel(1).1;
            self.followers.fetch_add(1, Ordering::Relaxed);
            return Ok(Follower { feed: Arc::clone(self), namespace: namespace.to_owned(), records });
        }
        let followers = topics.by_namespace.get(namespace).map_or(0, |topic| topic.followers);
        if followers >= allowed {
            return Err(TooMany { count: followers + 1, allowed });
        }
        let topic = topics.by_namespace.entry(namespace.to_owned()).or_insert_with(new);
        topic.followers += 1;
        let records = topic.sender.subscribe();
        self.followers.fetch_add(1, Ordering::Relaxed);
        Ok(Follower { feed: Arc::clone(self), namespace: namespace.to_owned(), records })
    }

    /// Ends all followers, and at once those who come.
    pub fn close(&self) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.is_closed = true;
        topics.by_namespace.clear();
    }
}

impl Follower {
    /// The namespace.
    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The next; none when the host stops.
    pub(super) async fn next(&mut self) -> Option<Followed> {
        match self.records.recv().await {
            Ok(record) => Some(Followed::Record(record)),
            Err(RecvError::Lagged(_)) => Some(Followed::Behind),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.feed.followers.fetch_sub(1, Ordering::Relaxed);
        let mut topics = self.feed.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.by_namespace.get_mut(&self.namespace) {
            topic.followers -= 1;
            if topic.followers == 0 {
                topics.by_namespace.remove(&self.namespace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn followers_are_counted_by_namespace_and_end_with_the_feed()
    -> Result<(), Box<dyn std::error::Error>> {
        let feed = Arc::new(Feed::default());
        let mut first = feed.follow("one", 1)?;
        assert_eq!(feed.follow("one", 1).err(), Some(TooMany { count: 2, allowed: 1 }));
        drop(feed.follow("two", 1)?);
        drop(feed.follow("two", 1)?);
        assert!(feed.is_followed("one") && !feed.is_followed("two"));
        feed.close();
        assert!(first.next().await.is_none());
        drop(first);
        assert_eq!(feed.followers.load(Ordering::Relaxed), 0);
        assert!(feed.follow("one", 1)?.next().await.is_none());
        Ok(())
    }
}
