//! What the instances of a namespace hold together: threads, counted where they start, and live heap, added up here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
};

use flock_jvm::NamespaceThreads;

use super::{Keeper, lock};

/// All namespaces that have loaded a function.
#[derive(Default)]
pub struct Namespaces {
    threads_max: u32,
    all: Mutex<HashMap<String, Namespace>>,
}

struct Namespace {
    threads: Arc<NamespaceThreads>,
    keepers: Vec<Weak<dyn Keeper>>,
}

impl std::fmt::Debug for Namespaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Namespaces({})", lock(&self.all).len())
    }
}

impl Namespaces {
    pub(super) fn new(threads_max: u32) -> Self {
        Self { threads_max, all: Mutex::default() }
    }

    /// The counter of a namespace's threads.
    pub fn threads(&self, namespace: &str) -> Arc<NamespaceThreads> {
        Arc::clone(&self.of(&mut lock(&self.all), namespace).threads)
    }

    /// An instance was loaded.
    pub fn add(&self, namespace: &str, keeper: Weak<dyn Keeper>) {
        let mut all = lock(&self.all);
        let keepers = &mut self.of(&mut all, namespace).keepers;
        if keepers.len() == keepers.capacity() {
            keepers.retain(|keeper| keeper.strong_count() > 0);
        }
        keepers.push(keeper);
    }

    fn of<'a>(&self, all: &'a mut HashMap<String, Namespace>, name: &str) -> &'a mut Namespace {
        all.entry(name.to_owned()).or_insert_with(|| Namespace {
            threads: Arc::new(NamespaceThreads { limit: self.threads_max, ..NamespaceThreads::default() }),
            keepers: Vec::new(),
        })
    }

    /// The instances of one namespace.
    pub(super) fn keepers_of(&self, namespace: &str) -> Vec<Arc<dyn Keeper>> {
        let all = lock(&self.all);
        let keepers = all.get(namespace).map(|namespace| &namespace.keepers);
        keepers.into_iter().flatten().filter_map(Weak::upgrade).collect()
    }

    /// The instances that are loaded, by namespace.
    pub(super) fn keepers(&self) -> Vec<(String, Vec<Arc<dyn Keeper>>)> {
        lock(&self.all)
            .iter()
            .map(|(name, namespace)| {
                (name.clone(), namespace.keepers.iter().filter_map(Weak::upgrade).collect())
            })
            .collect()
    }
}
