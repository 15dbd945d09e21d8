//! Who watches folders. The kernel gives a user few instances for that (`max_user_instances` of inotify, 128 on many systems), and the
//! whole host is one user: functions together may have half of them, those of one namespace an eighth.

use std::sync::{Arc, Mutex, OnceLock, Weak};

use crate::{
    belongings::{inode, is_still},
    lane::lock,
    limits::NamespaceThreads,
};

const INSTANCES: &str = "/proc/sys/fs/inotify/max_user_instances";
/// Where the kernel does not say it.
const INSTANCES_USUAL: usize = 128;

static WATCHERS: Mutex<Vec<Watcher>> = Mutex::new(Vec::new());

/// One that was made, and may have been closed since.
struct Watcher {
    namespace: Weak<NamespaceThreads>,
    descriptors: Vec<(i32, u64)>,
}

/// May the functions of a namespace have one more? The error is the limit that it would break.
pub(crate) fn admit(namespace: &Arc<NamespaceThreads>) -> Result<(), usize> {
    let all_max = instances() / 2;
    let own_max = (instances() / 8).max(1);
    let mut all = lock(&WATCHERS);
    // One of the descriptors is a socket, whose inode is its own: what was closed is never mistaken.
    all.retain(|watcher| watcher.descriptors.iter().all(|&open| is_still(open)));
    let own = all.iter().filter(|watcher| watcher.namespace.as_ptr() == Arc::as_ptr(namespace)).count();
    if own >= own_max {
        return Err(own_max);
    }
    if all.len() >= all_max { Err(all_max) } else { Ok(()) }
}

/// One was made with these descriptors.
pub(crate) fn made(namespace: &Arc<NamespaceThreads>, numbers: &[i32]) {
    let descriptors = numbers.iter().filter_map(|&number| Some((number, inode(number)?.0))).collect();
    lock(&WATCHERS).push(Watcher { namespace: Arc::downgrade(namespace), descriptors });
}

fn instances() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| {
        let said = std::fs::read_to_string(INSTANCES).ok();
        said.and_then(|text| text.trim().parse().ok()).unwrap_or(INSTANCES_USUAL)
    })
}
