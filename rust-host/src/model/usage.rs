//! What an activation used. Each number has its unit in its name; JSON spells the names in camel case.

use serde::{Deserialize, Serialize};

/// The use of one activation. Of what belongs to the whole instance (heap, threads, classes) it is the state at the end
/// of the call or, where the name says so, the peak while it ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// CPU of the lane and of every thread that the function started.
    pub cpu_micros: u64,
    /// From the begin of the call on its lane to its end.
    pub wall_micros: u64,
    /// From the arrival of the request to the begin.
    pub wait_micros: u64,
    /// Loading and initialising, if this call did that; part of `wall_micros`.
    pub init_micros: u64,
    /// Bytes allocated in the Java heap, by the lane and by every thread that the function started.
    pub allocated_bytes: u64,
    /// Live heap of the instance at the end.
    pub live_heap_bytes: u64,
    /// Largest live heap of the instance that was seen while the call ran.
    pub peak_heap_bytes: u64,
    /// Most threads of the function at a time while the call ran; lanes do not count.
    pub threads: u64,
    /// Classes that the instance has defined so far.
    pub classes: u64,
    /// Memory that those classes take outside of the heap, estimated from their size.
    pub metaspace_bytes: u64,
    /// Log output, before the limit cut it.
    pub log_bytes: u64,
    /// Files that the instance wrote, as they stand at the end.
    pub temp_bytes: u64,
    /// Open sockets of the instance at the end.
    pub sockets: u64,
}

impl Usage {
    /// All numbers with the names that JSON has for them, in its order.
    pub fn members(&self) -> [(&'static str, u64); 13] {
        [
            ("cpuMicros", self.cpu_micros),
            ("wallMicros", self.wall_micros),
            ("waitMicros", self.wait_micros),
            ("initMicros", self.init_micros),
            ("allocatedBytes", self.allocated_bytes),
            ("liveHeapBytes", self.live_heap_bytes),
            ("peakHeapBytes", self.peak_heap_bytes),
            ("threads", self.threads),
            ("classes", self.classes),
            ("metaspaceBytes", self.metaspace_bytes),
            ("logBytes", self.log_bytes),
            ("tempBytes", self.temp_bytes),
            ("sockets", self.sockets),
        ]
    }

    /// Adds the use of a hop to that of its sequence. Wall and wait time are the sequence's own.
    pub fn add_hop(&mut self, hop: &Self) {
        self.cpu_micros += hop.cpu_micros;
        self.init_micros += hop.init_micros;
        self.allocated_bytes += hop.allocated_bytes;
        self.log_bytes += hop.log_bytes;
        self.peak_heap_bytes = self.peak_heap_bytes.max(hop.peak_heap_bytes);
        self.threads = self.threads.max(hop.threads);
    }
}
