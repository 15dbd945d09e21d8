//! The bytes of a function's classes and resources, as the class loaders see them: one mapped file, shared.
//!
//! Java holds a direct ByteBuffer over the mapping. A class loader that somebody still refers to may read it after its
//! funclet was dropped, so the bytes outlive the [`Image`]: they are let go only when the JVM has collected the buffer
//! (its slices keep it alive), which a weak reference tells. They are looked for at the end of each image and after each
//! collection that the host asks for.

use std::sync::{Arc, Mutex};

use jni::{
    jni_sig, jni_str,
    objects::{JByteBuffer, JObject, JValue},
    refs::{Global, Weak},
};

use crate::{
    JvmError,
    boot::Vm,
    lane::{self, lock},
};

/// Bytes that stay where they are, such as a mapped file.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Mappings whose image is gone but whose buffer Java may still hold.
static FADING: Mutex<Vec<(Weak<JByteBuffer<'static>>, Bytes)>> = Mutex::new(Vec::new());

/// An opened image.
pub struct Image {
    object: Global<JObject<'static>>,
    buffer: Option<Weak<JByteBuffer<'static>>>,
    bytes: Bytes,
    vm: Vm,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({} bytes)", (*self.bytes).as_ref().len())
    }
}

impl Image {
    /// Lets Java read the index. The bytes must be in the image format of the shim.
    pub fn open(vm: &Vm, bytes: Bytes) -> Result<Self, JvmError> {
        let slice = (*bytes).as_ref();
        let limit_bytes = i32::MAX as usize;
        if slice.len() > limit_bytes {
            return Err(JvmError::TooLarge { what: "an image", bytes: slice.len(), limit_bytes });
        }
        let (object, buffer) = vm.attached_with_memory(|env, shim| {
            // SAFETY: Java only reads (the shim makes it read-only), and the bytes neither move nor go away while Java
            // can reach the buffer: see the head of this file.
            let buffer = unsafe { env.new_direct_byte_buffer(slice.as_ptr().cast_mut(), slice.len()) }?;
            let object = env
                .call_static_method(
                    &shim.class,
                    jni_str!("openImage"),
                    jni_sig!("(Ljava/nio/ByteBuffer;)Ljava/lang/Object;"),
                    &[JValue::Object(&buffer)],
                )?
                .l()?;
            Ok((env.new_global_ref(object)?, env.new_weak_ref(buffer)?))
        })?;
        Ok(Self { object, buffer: Some(buffer), bytes, vm: vm.clone() })
    }

    pub(crate) fn object(&self) -> &JObject<'static> {
        &self.object
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            lock(&FADING).push((buffer, Arc::clone(&self.bytes)));
        }
        sweep(&self.vm);
    }
}

/// Lets go of the mappings whose buffers the JVM has collected. On a lane nothing is done: the next one does it.
pub(crate) fn sweep(vm: &Vm) {
    if lane::is_lent() || lock(&FADING).is_empty() {
        return;
    }
    let swept = vm.attached(|env, _shim| {
        let mut fading = lock(&FADING);
        let mut kept = Vec::with_capacity(fading.len());
        for (buffer, bytes) in fading.drain(..) {
            if buffer.upgrade_local(env)?.is_some() {
                kept.push((buffer, bytes));
            }
        }
        *fading = kept;
        Ok(())
    });
    if let Err(error) = swept {
        tracing::warn!(%error, "mapped images could not be swept");
    }
}
