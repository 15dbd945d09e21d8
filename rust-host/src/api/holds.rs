//! Code that requests and answers hold in memory: bounded before it is taken, for the host and for each namespace.
//!
//! A deployment counts from its head until its answer is sent, with the length that its head says; an answer with code from
//! before the code is read until it is sent or its connection ends. What does not fit waits a little, and is refused then.
//! What is small is not counted in bytes, so that a full host still takes it; and who holds nothing may always have a quarter, however
//! large a single code is.

use std::{
    collections::HashMap,
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::model::EntityName;

use super::request::Client;

/// What is not larger is not counted.
const SMALL_BYTES: usize = 64 << 10;
/// A namespace may have one part of so many.
const PARTS: usize = 4;
/// How long what does not fit waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a bound is for, in words.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    /// What is counted.
    pub what: &'static str,
    /// The key of the bound of a namespace in number.
    pub number_key: &'static str,
    /// The key of the bound in bytes.
    pub bytes_key: &'static str,
}

/// Deployments.
pub const DEPLOYMENTS: Names = Names {
    what: "deployments",
    number_key: "limits.namespace.deployments",
    bytes_key: "limits.deployments-max-bytes",
};
/// Answers that have the code of an action.
pub const CODE_ANSWERS: Names = Names {
    what: "answers with code",
    number_key: "http.connections-max",
    bytes_key: "http.code-answers-max-bytes",
};

/// See the head of this file.
#[derive(Debug, Clone)]
pub struct Holds(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    names: Names,
    bytes_max: usize,
    /// Of a namespace.
    number_max: usize,
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    bytes: usize,
    /// Number and bytes of those that have some.
    by_namespace: HashMap<EntityName, (usize, usize)>,
}

/// Why there is no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Full {
    /// The namespace has too many, or too much.
    Namespace(String),
    /// The host has too much.
    Host(String),
}

/// One request or answer that is counted. It is so until it is let go.
#[derive(Debug)]
pub struct Hold {
    of: Arc<Inner>,
    namespace: EntityName,
    bytes: usize,
}

impl Holds {
    /// With so many bytes for all, and so many holds for a namespace.
    pub fn new(names: Names, bytes_max: usize, number_max: usize) -> Self {
        Self(Arc::new(Inner { names, bytes_max, number_max, held: Mutex::default(), freed: Notify::new() }))
    }

    /// Counts one more of a namespace, with so many bytes. Waits for room, for as long as there is a client to wait for.
    pub async fn enter(&self, namespace: &EntityName, bytes: usize, client: &Client) -> Result<Hold, Full> {
        let mut hold = self.0.enter(namespace)?;
        let patience = tokio::time::sleep(PATIENCE);
        let mut patience = pin!(patience);
        loop {
            let mut freed = pin!(self.0.freed.notified());
            // Before it is looked: what goes in between counts.
            freed.as_mut().enable();
            let Err(full) = hold.take(bytes) else { return Ok(hold) };
            tokio::select! {
                () = freed => {}
                () = patience.as_mut() => return Err(full),
                () = client.gone() => return Err(full),
            }
        }
    }
}

impl Inner {
    fn enter(self: &Arc<Self>, namespace: &EntityName) -> Result<Hold, Full> {
        let mut held = lock(&self.held);
        let (number, _) = held.by_namespace.entry(namespace.clone()).or_default();
        if *number >= self.number_max {
            let Names { what, number_key, .. } = self.names;
            return Err(Full::Namespace(format!(
                "Too many {what}: namespace {namespace} has {number} at a time, which is the limit ({number_key})."
            )));
        }
        *number += 1;
        Ok(Hold { of: Arc::clone(self), namespace: namespace.clone(), bytes: 0 })
    }
}

impl Hold {
    fn take(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes <= SMALL_BYTES {
            return Ok(());
        }
        let mut held = lock(&self.of.held);
        let Names { what, bytes_key, .. } = self.of.names;
        let (max, all) = (self.of.bytes_max, held.bytes);
        let Some((_, of_namespace)) = held.by_namespace.get_mut(&self.namespace) else { return Ok(()) };
        let share = max / PARTS;
        if *of_namespace > 0 && *of_namespace + bytes > share {
            return Err(Full::Namespace(format!(
                "Too many {what}: those of namespace {} may have {share} bytes together, a part of {bytes_key}.",
                self.namespace
            )));
        }
        if all > 0 && all + bytes > max {
            return Err(Full::Host(format!(
                "Too many {what}: all of this host may have {max} bytes together ({bytes_key}). Try again later."
            )));
        }
        *of_namespace += bytes;
        held.bytes += bytes;
        self.bytes = bytes;
        Ok(())
    }

    /// These bytes, counted for as long as somebody has them.
    pub fn around(self, body: Vec<u8>) -> Bytes {
        struct Counted(Vec<u8>, #[expect(dead_code, reason = "held, not read")] Hold);
        impl AsRef<[u8]> for Counted {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        Bytes::from_owner(Counted(body, self))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&self.of.held);
        held.bytes -= self.bytes;
        if let Some((number, bytes)) = held.by_namespace.get_mut(&self.namespace) {
            *number -= 1;
            *bytes -= self.bytes;
            if *number == 0 {
                held.by_namespace.remove(&self.namespace);
            }
        }
        drop(held);
        if self.bytes > 0 {
            self.of.freed.notify_waiters();
        }
    }
}

impl std::error::Error for Full {}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(why) | Self::Host(why) => f.write_str(why),
        }
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names { what: "parcels", number_key: "number", bytes_key: "bytes" };
    const MAX: usize = 16 * SMALL_BYTES;

    #[test]
    fn a_namespace_is_bounded_and_leaves_room_to_others() -> Result<(), Box<dyn std::error::Error>> {
        let holds = Holds::new(NAMES, MAX, 3);
        let enter = |name: &str| -> Result<Hold, Box<dyn std::error::Error>> {
            Ok(holds.0.enter(&EntityName::parse(name)?).map_err(|full| full.to_string())?)
        };
        let part = MAX / PARTS;
        let mut first = enter("one")?;
        first.take(part)?;
        let mut second = enter("one")?;
        assert!(matches!(second.take(SMALL_BYTES + 1), Err(Full::Namespace(_))));
        assert_eq!(second.take(SMALL_BYTES), Ok(()), "what is small is not counted");
        let third = enter("one")?;
        let refused = enter("one").err().map(|why| why.to_string()).unwrap_or_default();
        assert_eq!(refused, "Too many parcels: namespace one has 3 at a time, which is the limit (number).");
        let mut others = Vec::new();
        for name in ["two", "three", "four"] {
            let mut hold = enter(name)?;
            hold.take(part)?;
            others.push(hold);
        }
        let mut last = enter("five")?;
        assert!(matches!(last.take(part), Err(Full::Host(_))));
        drop(first);
        assert_eq!(last.take(part), Ok(()));
        drop((second, third, others, last));
        assert!(lock(&holds.0.held).by_namespace.is_empty());
        assert_eq!(lock(&holds.0.held).bytes, 0);
        Ok(())
    }

    #[test]
    fn what_is_larger_than_all_goes_alone() -> Result<(), Box<dyn std::error::Error>> {
        let holds = Holds::new(NAMES, MAX, 3);
        let mut large = holds.0.enter(&EntityName::parse("one")?)?;
        assert_eq!(large.take(2 * MAX), Ok(()));
        let body = large.around(vec![1, 2, 3]);
        let mut other = holds.0.enter(&EntityName::parse("two")?)?;
        assert!(matches!(other.take(SMALL_BYTES + 1), Err(Full::Host(_))));
        let part = body.slice(1..2);
        drop(body);
        assert!(other.take(SMALL_BYTES + 1).is_err(), "a part of it is there still");
        drop(part);
        assert_eq!(other.take(SMALL_BYTES + 1), Ok(()));
        Ok(())
    }

    #[tokio::test]
    async fn what_does_not_fit_waits_for_room_and_for_its_client() -> Result<(), Box<dyn std::error::Error>> {
        let holds = Holds::new(NAMES, MAX, 8);
        let (one, two) = (EntityName::parse("one")?, EntityName::parse("two")?);
        let client = Client::default();
        let first = holds.enter(&one, MAX, &client).await?;
        let (connection, gone) = Client::connected();
        let waits = holds.enter(&two, MAX, &gone);
        drop(connection);
        assert!(matches!(waits.await, Err(Full::Host(_))));
        let (waits, ()) = tokio::join!(holds.enter(&two, MAX, &client), async { drop(first) });
        assert_eq!(waits?.bytes, MAX);
        Ok(())
    }
}
