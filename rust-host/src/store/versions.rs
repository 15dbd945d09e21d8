//! Former versions of actions, and how calls are split between them and the current one.
//!
//! An update keeps the version before it, the last few of each action. A rollback copies one of them into a new version, so
//! numbers only grow. Traffic is a share in percent for each former version that still serves; the rest is the current
//! one's. Which versions there are, and those that serve, are in memory; the others are read when somebody asks.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{Action, ActionPath, Exec, SemVer};

use super::{Store, StoreError, lock};

/// What format 7 has beyond format 6.
pub(super) const TABLES: &str = "
CREATE TABLE versions (
    namespace TEXT NOT NULL,
    local     TEXT NOT NULL,
    version   TEXT NOT NULL,
    replaced  INTEGER NOT NULL,
    entity    TEXT NOT NULL,
    PRIMARY KEY (namespace, local, version)
) STRICT;
CREATE TABLE traffic (
    namespace TEXT NOT NULL,
    local     TEXT NOT NULL,
    version   TEXT NOT NULL,
    percent   INTEGER NOT NULL,
    PRIMARY KEY (namespace, local, version)
) STRICT;
";

/// A former version that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Its number.
    pub version: SemVer,
    /// When it was made.
    pub updated_epoch_millis: u64,
    /// When the next one took its place.
    pub replaced_epoch_millis: u64,
    /// Its kind.
    pub kind: String,
    /// SHA-256 of its code; empty for a sequence.
    pub digest: String,
}

impl Former {
    fn of(action: &Action, replaced_epoch_millis: u64) -> Self {
        let digest = match &action.exec {
            Exec::Java { code, .. } => code.digest.clone(),
            Exec::Sequence { .. } | Exec::Builtin { .. } => String::new(),
        };
        Self {
            version: action.version,
            updated_epoch_millis: action.updated_epoch_millis,
            replaced_epoch_millis,
            kind: action.exec.kind().to_owned(),
            digest,
        }
    }
}

/// The part of the calls that a former version gets. The action is the one that was current: whatever is loaded for it goes on.
#[derive(Debug, Clone)]
pub struct Share {
    /// Percent of the calls.
    pub percent: u32,
    /// The version.
    pub action: Arc<Action>,
}

/// How calls are split. Of each hundred in a row every version gets its percent, well mixed.
#[derive(Debug)]
struct Split {
    shares: Vec<Share>,
    turn: AtomicU32,
}

/// Has no common divisor with 100, so that a hundred turns meet each place once.
const STRIDE: u32 = 61;

impl Split {
    fn next(&self) -> Option<&Arc<Action>> {
        let mut place = self.turn.fetch_add(1, Ordering::Relaxed).wrapping_mul(STRIDE) % 100;
        for share in &self.shares {
            if place < share.percent {
                return Some(&share.action);
            }
            place -= share.percent;
        }
        None
    }
}

/// What is held in memory, by the path of the action.
#[derive(Debug, Default)]
pub(super) struct Table {
    kept: Mutex<HashMap<String, Vec<Former>>>,
    splits: RwLock<HashMap<String, Split>>,
    /// Is there any split? Most hosts have none.
    has_splits: AtomicBool,
}

impl Table {
    pub(super) fn load(connection: &Connection) -> Result<Self, StoreError> {
        let table = Self::default();
        {
            let mut query = connection.prepare("SELECT replaced, entity FROM versions ORDER BY replaced")?;
            let rows = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            let mut kept = lock(&table.kept);
            for row in rows {
                let (replaced, entity) = row?;
                let action = read(&entity)?;
                let former = Former::of(&action, u64::try_from(replaced).unwrap_or(0));
                kept.entry(action.path.to_string()).or_default().push(former);
            }
        }
        let mut query = connection.prepare(
            "SELECT traffic.percent, versions.entity FROM traffic JOIN versions USING (namespace, local, version)",
        )?;
        let rows = query.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?)))?;
        let mut shares: HashMap<String, Vec<Share>> = HashMap::new();
        for row in rows {
            let (percent, entity) = row?;
            let action = Arc::new(read(&entity)?);
            shares.entry(action.path.to_string()).or_default().push(Share { percent, action });
        }
        for (path, shares) in shares {
            table.split(&path, shares);
        }
        Ok(table)
    }

    /// Sets the split of an action; no shares: all calls go to the current version.
    fn split(&self, path: &str, shares: Vec<Share>) {
        let mut splits = self.splits.write().unwrap_or_else(PoisonError::into_inner);
        if shares.is_empty() {
            splits.remove(path);
        } else {
            splits.insert(path.to_owned(), Split { shares, turn: AtomicU32::new(0) });
        }
        self.has_splits.store(!splits.is_empty(), Ordering::Release);
    }

    /// The digests of the code of all.
    pub(super) fn digests(&self) -> HashSet<String> {
        lock(&self.kept).values().flatten().map(|former| former.digest.clone()).collect()
    }

    pub(super) fn uses_code(&self, digest: &str) -> bool {
        lock(&self.kept).values().flatten().any(|former| former.digest == digest)
    }

    /// Forgets an action. Gives the digests of its former versions.
    pub(super) fn forget(&self, path: &str) -> Vec<String> {
        self.split(path, Vec::new());
        let gone = lock(&self.kept).remove(path).unwrap_or_default();
        gone.into_iter().map(|former| former.digest).filter(|digest| !digest.is_empty()).collect()
    }
}

fn read(entity: &str) -> Result<Action, StoreError> {
    serde_json::from_str(entity)
        .map_err(|error| StoreError::Corrupt { what: "version of an action", why: error.to_string() })
}

/// The parts of the former versions when a new one comes whose part is `part`, and `old` was the current one.
fn parts_after(part: Part, before: Vec<Share>, old: Option<&Arc<Action>>) -> Vec<Share> {
    match part {
        Part::All => Vec::new(),
        Part::Same => before,
        Part::Percent(percent) => {
            let sum: u32 = before.iter().map(|share| share.percent).sum();
            let of_old = 100_u32.saturating_sub(sum);
            let mut shares = before;
            shares.extend(old.map(|old| Share { percent: of_old, action: Arc::clone(old) }));
            let mut parts: Vec<u32> = shares.iter().map(|share| share.percent).collect();
            fit(&mut parts, 100_u32.saturating_sub(percent));
            shares.iter_mut().zip(parts).for_each(|(share, part)| share.percent = part);
            shares.retain(|share| share.percent > 0);
            shares
        }
    }
}

/// Makes parts of a hundred parts of `whole` in the same proportions, as well as whole numbers can.
fn fit(parts: &mut [u32], whole: u32) {
    let sum = parts.iter().sum::<u32>().max(1);
    let mut left = whole;
    let mut rests: Vec<(u32, usize)> = Vec::new();
    for (at, part) in parts.iter_mut().enumerate() {
        rests.push((*part * whole % sum, at));
        *part = *part * whole / sum;
        left -= *part;
    }
    rests.sort_by_key(|(rest, at)| (std::cmp::Reverse(*rest), *at));
    for (_, at) in rests.into_iter().take(left as usize) {
        parts[at] += 1;
    }
}

/// What an update does to the versions of an action.
#[derive(Debug, Clone, Copy)]
pub struct Succession {
    /// How many former versions are kept.
    pub kept_max: usize,
    /// The part of the calls that the new version gets.
    pub part: Part,
}

/// The part of the calls that a new version gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// All.
    #[default]
    All,
    /// So many of a hundred. The versions that got calls before keep the rest, in their proportions.
    Percent(u32),
    /// What the version had in whose place it comes.
    Same,
}

/// What an update has to write: rows to make and to delete.
pub(super) struct Plan {
    path: ActionPath,
    list: Vec<Former>,
    archived: Option<(Former, Arc<Action>, String)>,
    dropped: Vec<Former>,
    shares: Vec<Share>,
}

impl Plan {
    /// The rows, in the transaction that writes the new version.
    pub(super) fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        let (namespace, local) = (self.path.namespace.as_str(), self.path.local());
        db.prepare_cached("DELETE FROM traffic WHERE namespace = ?1 AND local = ?2")?
            .execute(params![namespace, local])?;
        for former in &self.dropped {
            db.prepare_cached("DELETE FROM versions WHERE namespace = ?1 AND local = ?2 AND version = ?3")?
                .execute(params![namespace, local, former.version.to_string()])?;
        }
        if let Some((former, _, entity)) = &self.archived {
            let replaced = i64::try_from(former.replaced_epoch_millis).unwrap_or(i64::MAX);
            db.prepare_cached("INSERT OR REPLACE INTO versions VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![namespace, local, former.version.to_string(), replaced, entity])?;
        }
        for share in &self.shares {
            db.prepare_cached("INSERT INTO traffic VALUES (?1, ?2, ?3, ?4)")?.execute(params![
                namespace,
                local,
                share.action.version.to_string(),
                share.percent
            ])?;
        }
        Ok(())
    }
}

impl Store {
    /// What to write when `action` takes the place of the one that is stored under its path.
    pub(super) fn plan_succession(&self, action: &Action, how: Succession) -> Result<Plan, StoreError> {
        let path = action.path.to_string();
        let mut list = lock(&self.versions.kept).get(&path).cloned().unwrap_or_default();
        let mut dropped: Vec<Former> =
            list.extract_if(.., |former| former.version == action.version).collect();
        let mut archived = None;
        let mut shares = self.traffic(&action.path);
        if let Some(old) = self.action(&action.path).filter(|old| old.version != action.version) {
            let entity = serde_json::to_string(&*old)
                .map_err(|error| StoreError::Corrupt { what: "action", why: error.to_string() })?;
            let former = Former::of(&old, action.updated_epoch_millis);
            list.retain(|other| other.version != former.version);
            list.push(former.clone());
            shares = parts_after(how.part, shares, Some(&old));
            archived = Some((former, old, entity));
        } else {
            shares = parts_after(how.part, shares, None);
        }
        shares.retain(|share| share.action.version != action.version && how.kept_max > 0);
        // One that gets calls is kept.
        let mut surplus = list.len().saturating_sub(how.kept_max);
        dropped.extend(list.extract_if(.., |former| {
            let goes = surplus > 0 && !shares.iter().any(|share| share.action.version == former.version);
            surplus -= usize::from(goes);
            goes
        }));
        if dropped.iter().any(|gone| archived.as_ref().is_some_and(|(kept, ..)| gone.version == kept.version))
        {
            archived = None;
        }
        Ok(Plan { path: action.path.clone(), list, archived, dropped, shares })
    }

    /// What was planned is written. Gives the digests of code that may be unused now.
    pub(super) fn succeeded(&self, plan: &Plan) -> Vec<String> {
        let path = plan.path.to_string();
        self.versions.split(&path, plan.shares.clone());
        let mut kept = lock(&self.versions.kept);
        if plan.list.is_empty() {
            kept.remove(&path);
        } else {
            kept.insert(path, plan.list.clone());
        }
        let dropped = plan.dropped.iter().map(|former| former.digest.clone());
        dropped.filter(|digest| !digest.is_empty()).collect()
    }

    /// The number after all that the action has, and had where that is kept.
    pub fn next_version(&self, current: &Action) -> SemVer {
        let kept = self.former_versions(&current.path);
        kept.iter().map(|former| former.version).fold(current.version, SemVer::max).next()
    }

    /// The former versions of an action that are kept, the oldest first.
    pub fn former_versions(&self, path: &ActionPath) -> Vec<Former> {
        lock(&self.versions.kept).get(&path.to_string()).cloned().unwrap_or_default()
    }

    /// A former version.
    pub async fn former_version(
        self: &Arc<Self>,
        path: &ActionPath,
        version: SemVer,
    ) -> Result<Option<Action>, StoreError> {
        let (namespace, local) = (path.namespace.to_string(), path.local());
        let entity = self
            .read(move |db| {
                let found = db
                    .prepare_cached(
                        "SELECT entity FROM versions WHERE namespace = ?1 AND local = ?2 AND version = ?3",
                    )?
                    .query_row(params![namespace, local, version.to_string()], |row| row.get::<_, String>(0))
                    .optional()?;
                Ok(found)
            })
            .await?;
        entity.map(|entity| read(&entity)).transpose()
    }

    /// The former versions that get a part of the calls.
    pub fn traffic(&self, path: &ActionPath) -> Vec<Share> {
        if !self.versions.has_splits.load(Ordering::Acquire) {
            return Vec::new();
        }
        let splits = self.versions.splits.read().unwrap_or_else(PoisonError::into_inner);
        splits.get(&path.to_string()).map(|split| split.shares.clone()).unwrap_or_default()
    }

    /// The former versions that get a part of the calls, of all actions.
    pub fn shared_versions(&self) -> Vec<Arc<Action>> {
        if !self.versions.has_splits.load(Ordering::Acquire) {
            return Vec::new();
        }
        let splits = self.versions.splits.read().unwrap_or_else(PoisonError::into_inner);
        splits.values().flat_map(|split| &split.shares).map(|share| Arc::clone(&share.action)).collect()
    }

    /// Are the calls of this action split?
    pub fn is_split(&self, path: &ActionPath) -> bool {
        !self.traffic(path).is_empty()
    }

    /// Does this version get calls: is it the current one, or one that has a part?
    pub fn serves(&self, action: &Arc<Action>) -> bool {
        let stored = action.stored();
        self.action(&stored.path).is_some_and(|current| Arc::ptr_eq(&current, stored))
            || self.traffic(&stored.path).iter().any(|share| Arc::ptr_eq(&share.action, stored))
    }

    /// Gives former versions their parts of the calls, in the place of what was set before.
    pub async fn set_traffic(&self, path: &ActionPath, shares: Vec<(u32, Action)>) -> Result<(), StoreError> {
        let (namespace, local) = (path.namespace.to_string(), path.local());
        let rows: Vec<_> =
            shares.iter().map(|(percent, action)| (*percent, action.version.to_string())).collect();
        self.writer
            .write(move |db| {
                db.execute("DELETE FROM traffic WHERE namespace = ?1 AND local = ?2", [&namespace, &local])?;
                for (percent, version) in rows {
                    db.prepare_cached("INSERT INTO traffic VALUES (?1, ?2, ?3, ?4)")?
                        .execute(params![namespace, local, version, percent])?;
                }
                Ok(())
            })
            .await?;
        let before = self.traffic(path);
        let shares = shares.into_iter().map(|(percent, action)| {
            let known = before.iter().find(|share| share.action.version == action.version);
            let action = known.map_or_else(|| Arc::new(action), |share| Arc::clone(&share.action));
            Share { percent, action }
        });
        self.versions.split(&path.to_string(), shares.collect());
        Ok(())
    }

    /// The version that the next call gets, where the current one is `current`.
    pub(super) fn version_in_turn(&self, current: Arc<Action>) -> Arc<Action> {
        if !self.versions.has_splits.load(Ordering::Acquire) {
            return current;
        }
        let splits = self.versions.splits.read().unwrap_or_else(PoisonError::into_inner);
        splits.get(&current.path.to_string()).and_then(Split::next).cloned().unwrap_or(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_turns_meet_every_place_once() {
        let mut places: Vec<u32> = (0..100u32).map(|turn| turn.wrapping_mul(STRIDE) % 100).collect();
        places.sort_unstable();
        assert_eq!(places, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn parts_keep_their_proportions() {
        for (before, whole, after) in [
            (vec![100_u32], 90, vec![90]),
            (vec![90, 10], 90, vec![81, 9]),
            (vec![90, 10], 50, vec![45, 5]),
            (vec![33, 33, 34], 99, vec![33, 33, 33]),
            (vec![99, 1], 1, vec![1, 0]),
            (vec![50, 50], 1, vec![1, 0]),
        ] {
            let mut parts = before.clone();
            fit(&mut parts, whole);
            assert_eq!(parts, after, "{before:?}");
        }
    }
}
