//! What a loaded action holds at this moment, all its instances together.

use serde::Serialize;

/// See the head of this file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gauges {
    /// Live heap.
    pub live_heap_bytes: u64,
    /// Largest live heap of an instance that was seen.
    pub peak_heap_bytes: u64,
    /// Threads that the function started.
    pub threads: u64,
    /// Classes.
    pub classes: u64,
    /// Memory outside of the heap for loaders and classes, estimated.
    pub metaspace_bytes: u64,
    /// Open sockets.
    pub sockets: u64,
    /// Files.
    pub temp_bytes: u64,
    /// Lanes.
    pub lanes: u64,
    /// Calls that wait for a lane.
    pub queued: u64,
    /// Threads that were stopped and live on.
    pub lost_threads: u64,
    /// Calls of other functions that wait for a lock that it holds.
    pub blocked_calls: u64,
    /// Instances.
    pub instances: u64,
}

impl Gauges {
    /// Adds those of another action. The peak is that of the larger one.
    pub fn add(&mut self, other: &Self) {
        self.live_heap_bytes += other.live_heap_bytes;
        self.peak_heap_bytes = self.peak_heap_bytes.max(other.peak_heap_bytes);
        self.threads += other.threads;
        self.classes += other.classes;
        self.metaspace_bytes += other.metaspace_bytes;
        self.sockets += other.sockets;
        self.temp_bytes += other.temp_bytes;
        self.lanes += other.lanes;
        self.queued += other.queued;
        self.lost_threads += other.lost_threads;
        self.blocked_calls += other.blocked_calls;
        self.instances += other.instances;
    }
}
