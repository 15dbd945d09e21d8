//! Records as they are made, for those who follow a namespace.
//!
//! A record is handed on as it goes to the store, without a copy. Who cannot keep up loses records and is told how many; nothing
//! waits for a follower. Where nobody follows, a record costs one look at a number.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::broadcast::{Receiver, Sender, channel, error::RecvError};

use crate::model::Activation;

use super::activations::action_of;

/// Records that wait for the slowest follower of a namespace.
const WAITING_MAX: usize = 64;

#[derive(Debug)]
struct Topic {
    sender: Sender<Arc<Activation>>,
    followers: usize,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub struct Feed {
    followers: AtomicUsize,
    /// By namespace; none when the host is stopping.
    topics: Mutex<Topics>,
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
pub enum Followed {
    /// A record.
    Record(Arc<Activation>),
    /// So many were lost to it.
    Missed(u64),
}

/// One follower; dropping it ends that.
#[derive(Debug)]
pub struct Follower {
    feed: Arc<Feed>,
    namespace: String,
    action: Option<String>,
    records: Receiver<Arc<Activation>>,
}

impl Feed {
    /// Hands a record on.
    pub fn publish(&self, record: &Arc<Activation>) {
        if self.followers.load(Ordering::Relaxed) == 0 {
            return;
        }
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.by_namespace.get(&record.namespace) {
            // The last follower may be leaving.
            let _ = topic.sender.send(Arc::clone(record));
        }
    }

    /// Follows the records of a namespace from now on, or those of one action in it.
    pub fn follow(
        self: &Arc<Self>,
        namespace: &str,
        action: Option<String>,
        allowed: usize,
    ) -> Result<Follower, TooMany> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Topic { sender: channel(WAITING_MAX).0, followers: 0 };
        if topics.is_closed {
            // A stream that ends at once: its sender is gone.
            let records = channel(1).1;
            self.followers.fetch_add(1, Ordering::Relaxed);
            return Ok(Follower { feed: Arc::clone(self), namespace: namespace.to_owned(), action, records });
        }
        let followers = topics.by_namespace.get(namespace).map_or(0, |topic| topic.followers);
        if followers >= allowed {
            return Err(TooMany { count: followers + 1, allowed });
        }
        let topic = topics.by_namespace.entry(namespace.to_owned()).or_insert_with(new);
        topic.followers += 1;
        let records = topic.sender.subscribe();
        self.followers.fetch_add(1, Ordering::Relaxed);
        Ok(Follower { feed: Arc::clone(self), namespace: namespace.to_owned(), action, records })
    }

    /// Ends all followers, and at once those who come.
    pub fn close(&self) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.is_closed = true;
        topics.by_namespace.clear();
    }
}

impl Follower {
    /// The next; none when the host stops.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            return match self.records.recv().await {
                Ok(record) => match &self.action {
                    Some(action) if action != action_of(&record) => continue,
                    _ => Some(Followed::Record(record)),
                },
                Err(RecvError::Lagged(count)) => Some(Followed::Missed(count)),
                Err(RecvError::Closed) => None,
            };
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
        let mut first = feed.follow("one", None, 1)?;
        assert_eq!(feed.follow("one", None, 1).err(), Some(TooMany { count: 2, allowed: 1 }));
        drop(feed.follow("two", None, 1)?);
        drop(feed.follow("two", None, 1)?);
        feed.close();
        assert!(first.next().await.is_none());
        drop(first);
        assert_eq!(feed.followers.load(Ordering::Relaxed), 0);
        assert!(feed.follow("one", None, 1)?.next().await.is_none());
        Ok(())
    }
}
