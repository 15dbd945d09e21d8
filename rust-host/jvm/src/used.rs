//! What a call used.

use crate::{limits::Limit, threads::Effort};

/// What a call used. Of what belongs to the whole instance it is the state at the end or the peak, as the name says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// CPU and allocation of the call.
    pub effort: Effort,
    /// Live heap at the end.
    pub live_heap_bytes: u64,
    /// Largest live heap that was seen during the call.
    pub peak_heap_bytes: u64,
    /// Size of the array that was refused, over all that is held; 0: none was.
    pub asked_bytes: u64,
    /// Most threads that the function had started, at a time.
    pub threads: u32,
    /// Classes defined since the instance was loaded.
    pub classes: u32,
    /// Memory outside of the heap for those, estimated.
    pub metaspace_bytes: u64,
    /// Files that it wrote.
    pub temp_bytes: u64,
    /// Open sockets.
    pub sockets: u32,
    /// The limit that something was refused for during the call.
    pub refused: Option<Limit>,
    /// The limit of the instance that is broken.
    pub broken: Option<Limit>,
    /// Time that loading and initialising took, of a call that did that and did not give an answer.
    pub init_micros: Option<u64>,
    /// The heap was full, by the fault of others, when the function asked for memory.
    pub met_full_heap: bool,
}
