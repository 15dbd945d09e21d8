//! Threads that unpack and compile code: each takes memory and a core, so they are few at a time, and stand back behind those
//! of functions.
//!
//! Jars and sources have places of their own: a compiler takes long, at a hostile source a minute, and no jar waits for it. Of
//! each, places go round by namespace: the next one is that of which fewest are at work, and among these the one whose turn is
//! longest ago. So whoever sends much waits for itself; and of the places for jars no namespace has all.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::oneshot;

use crate::model::EntityName;

/// Of one namespace at a time.
const SHARE: usize = 2;

/// What is to be made into an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// A jar, to be unpacked: quick.
    Jar,
    /// A source, to be compiled: slow.
    Source,
}

impl Work {
    /// Of code that is a jar or not.
    pub fn of(binary: bool) -> Self {
        if binary { Self::Jar } else { Self::Source }
    }

    /// At a time.
    fn most(self) -> usize {
        match self {
            Self::Jar => 3,
            Self::Source => 2,
        }
    }
}

/// See the head of this file.
#[derive(Debug, Clone, Default)]
pub struct Makers(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    at_work: Vec<(EntityName, Work)>,
    /// In the order in which they came.
    waiting: Vec<Waiting>,
    /// When each namespace had its last turn. Forgotten when nothing is at work.
    turns: HashMap<(EntityName, Work), u64>,
    turn: u64,
}

#[derive(Debug)]
struct Waiting {
    namespace: EntityName,
    work: Work,
    tell: oneshot::Sender<Place>,
}

/// The right to make one image. It ends when it is let go.
#[derive(Debug)]
pub struct Place {
    makers: Makers,
    namespace: EntityName,
    work: Work,
}

impl Makers {
    /// Waits for a place. Who waits no more gets none.
    pub async fn place(&self, namespace: &EntityName, work: Work) -> io::Result<Place> {
        let (tell, told) = oneshot::channel();
        lock(&self.0).waiting.push(Waiting { namespace: namespace.clone(), work, tell });
        self.deal();
        told.await.map_err(io::Error::other)
    }

    /// Gives the places that are free to those whose turn it is.
    fn deal(&self) {
        loop {
            let next = lock(&self.0).next();
            let Some(Waiting { namespace, work, tell }) = next else { return };
            // Who has just gone lets the place go, which deals again.
            let _ = tell.send(Place { makers: self.clone(), namespace, work });
        }
    }
}

impl Line {
    /// Takes the next one out of the line and counts it as at work.
    fn next(&mut self) -> Option<Waiting> {
        self.waiting.retain(|waiting| !waiting.tell.is_closed());
        let candidates = self.waiting.iter().enumerate().filter(|(_, waiting)| self.may_begin(waiting));
        let (at, _) = candidates.min_by_key(|(_, waiting)| {
            let turn = self.turns.get(&(waiting.namespace.clone(), waiting.work)).copied().unwrap_or(0);
            (self.share(waiting), turn)
        })?;
        let next = self.waiting.remove(at);
        self.at_work.push((next.namespace.clone(), next.work));
        self.turn += 1;
        self.turns.insert((next.namespace.clone(), next.work), self.turn);
        Some(next)
    }

    fn may_begin(&self, waiting: &Waiting) -> bool {
        let all = self.at_work.iter().filter(|(_, work)| *work == waiting.work).count();
        all < waiting.work.most() && self.share(waiting) < SHARE
    }

    /// What its namespace has at work of the same kind.
    fn share(&self, waiting: &Waiting) -> usize {
        let of = |(namespace, work): &&(EntityName, Work)| {
            *namespace == waiting.namespace && *work == waiting.work
        };
        self.at_work.iter().filter(of).count()
    }

    fn ended(&mut self, namespace: &EntityName, work: Work) {
        let of = |(other, kind): &(EntityName, Work)| other == namespace && *kind == work;
        if let Some(at) = self.at_work.iter().position(of) {
            self.at_work.swap_remove(at);
        }
        if self.at_work.is_empty() && self.waiting.is_empty() {
            self.turns.clear();
        }
    }
}

impl Place {
    /// Runs the work on a thread of its own and gives what came of it. It goes on, and keeps its place, when nobody waits any
    /// more.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let (tell, told) = oneshot::channel();
        thread::Builder::new().name("image".to_owned()).spawn(move || {
            flock_jvm::stand_back();
            let made = work();
            // The next one may begin, whether or not this one's client still waits.
            drop(self);
            let _ = tell.send(made);
        })?;
        told.await.map_err(io::Error::other)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.makers.0).ended(&self.namespace, self.work);
        self.makers.deal();
    }
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{
        Work::{Jar, Source},
        *,
    };
    use crate::model::name::BadName;

    /// A line, driven by hand.
    #[derive(Default)]
    struct Street {
        line: Line,
        told: Vec<oneshot::Receiver<Place>>,
    }

    impl Street {
        fn come(&mut self, name: &str, work: Work) -> Result<(), BadName> {
            let (tell, told) = oneshot::channel();
            self.line.waiting.push(Waiting { namespace: EntityName::parse(name)?, work, tell });
            self.told.push(told);
            Ok(())
        }

        /// Whose work begins now, in order.
        fn begun(&mut self) -> Vec<(String, Work)> {
            let next = || self.line.next().map(|next| (next.namespace.to_string(), next.work));
            std::iter::from_fn(next).collect()
        }

        /// One ends; whose begins in its place?
        fn end(&mut self, name: &str, work: Work) -> Result<Vec<(String, Work)>, BadName> {
            self.line.ended(&EntityName::parse(name)?, work);
            Ok(self.begun())
        }
    }

    fn of(name: &str, work: Work) -> Vec<(String, Work)> {
        vec![(name.to_owned(), work)]
    }

    #[test]
    fn a_namespace_waits_for_itself_and_not_for_others() -> Result<(), BadName> {
        let mut street = Street::default();
        for _ in 0..6 {
            street.come("much", Source)?;
        }
        assert_eq!(street.begun().len(), SHARE, "nobody else waits");
        street.come("much", Jar)?;
        assert_eq!(street.begun(), of("much", Jar), "no source holds up a jar");
        street.come("little", Source)?;
        street.come("less", Source)?;
        assert_eq!(street.begun(), []);
        assert_eq!(street.end("much", Source)?, of("little", Source));
        assert_eq!(street.end("much", Source)?, of("less", Source));
        // Places go round.
        street.come("little", Source)?;
        assert_eq!(street.end("little", Source)?, of("much", Source));
        street.come("less", Source)?;
        assert_eq!(street.end("less", Source)?, of("little", Source));
        assert_eq!(street.end("much", Source)?, of("less", Source));
        Ok(())
    }

    #[test]
    fn jars_of_one_namespace_leave_a_place_to_the_others() -> Result<(), BadName> {
        let mut street = Street::default();
        for _ in 0..4 {
            street.come("much", Jar)?;
        }
        assert_eq!(street.begun().len(), SHARE);
        street.come("little", Jar)?;
        assert_eq!(street.begun(), of("little", Jar));
        Ok(())
    }

    #[test]
    fn who_waits_no_more_gets_no_place() -> Result<(), BadName> {
        let mut street = Street::default();
        for name in ["one", "two", "three", "gone", "four"] {
            street.come(name, Jar)?;
        }
        assert_eq!(street.begun().len(), Jar.most());
        drop(street.told.remove(3));
        assert_eq!(street.end("one", Jar)?, of("four", Jar));
        assert!(street.line.waiting.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_its_work_panics_or_is_never_begun()
    -> Result<(), Box<dyn std::error::Error>> {
        let (makers, name) = (Makers::default(), EntityName::parse("one")?);
        for _ in 0..2 * Jar.most() {
            drop(makers.place(&name, Source).await?);
            let place = makers.place(&name, Jar).await?;
            assert!(place.run::<()>(|| std::panic::resume_unwind(Box::new(()))).await.is_err());
        }
        assert_eq!(makers.place(&name, Jar).await?.run(|| 7).await?, 7);
        Ok(())
    }
}
