//! A lane of chains: one Java thread that runs the hops of one namespace's chains, each in the funclet that its
//! [`Work`] shows.
//!
//! The thread is made like any lane's; what is charged, and for whom, changes at each hop (`natives::hop`).

use std::sync::Arc;

use jni::{
    jni_sig, jni_str,
    objects::{JThread, JValue},
};

use crate::{JvmError, boot::Vm, calls::Work, lane::Lane};

impl Lane {
    /// Starts a thread that asks `work` for hops until it gets none.
    pub fn start_for_chains(vm: &Vm, work: Arc<dyn Work>) -> Result<Self, JvmError> {
        let lane = Self::announce(None, work);
        let started = vm.attached_with_memory(|env, shim| {
            let thread = env
                .call_static_method(
                    &shim.class,
                    jni_str!("chainLane"),
                    jni_sig!("(J)Ljava/lang/Thread;"),
                    &[JValue::Long(lane.id().cast_signed())],
                )?
                .l()?;
            let thread = env.cast_local::<JThread<'_>>(thread)?;
            env.new_global_ref(thread)
        });
        lane.settle(started)
    }
}
