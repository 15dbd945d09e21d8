//! Class files of functions, changed by the shim before they are kept: see `flock.shim.rewrite`.
//!
//! One class is in Java's hands at a time, so the heap holds little of a large jar. Called at deploy, never on a
//! request's path.

use jni::{
    errors::Error,
    jni_sig, jni_str,
    objects::{JByteArray, JValue},
};

use crate::{JvmError, boot::Vm};

/// The fault of the shim that is the class's own.
const FAULT: &str = "flock.shim.rewrite.RewriteFault";

/// Why a class cannot be rewritten.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// The class has no room for what has to be added, or has too much above it. The text names it.
    #[error("{0}")]
    Refused(String),
    /// The JVM failed.
    #[error(transparent)]
    Jvm(#[from] JvmError),
}

/// The class file as functions may have it; none: as it is. What nobody can read becomes an empty file, which the JVM
/// refuses when the class is asked for: jars carry odd files whose names end in `.class`.
pub fn rewrite(vm: &Vm, class_file: &[u8]) -> Result<Option<Vec<u8>>, RewriteError> {
    let rewritten = vm.attached_with_memory(|env, shim| {
        let bytes = env.byte_array_from_slice(class_file)?;
        let answer = env.call_static_method(
            &shim.class,
            jni_str!("rewrite"),
            jni_sig!("([B)[B"),
            &[JValue::Object(&bytes)],
        );
        if matches!(answer, Err(Error::JavaException)) {
            env.exception_catch()?;
        }
        let array = answer?.l()?;
        if array.is_null() {
            return Ok(None);
        }
        let array = env.cast_local::<JByteArray<'_>>(array)?;
        Ok(Some(env.convert_byte_array(array)?))
    });
    rewritten.map_err(refusal)
}

/// Looks whether the JVM may be given the classes of an image that was just made: see `flock.boot.Ancestry`.
pub fn check_ancestry(vm: &Vm, image: &[u8]) -> Result<(), RewriteError> {
    let checked = vm.attached_with_memory(|env, shim| {
        // SAFETY: Java only reads (the shim makes it read-only), and keeps nothing that leads to the buffer.
        let buffer = unsafe { env.new_direct_byte_buffer(image.as_ptr().cast_mut(), image.len()) }?;
        let answer = env.call_static_method(
            &shim.class,
            jni_str!("checkAncestry"),
            jni_sig!("(Ljava/nio/ByteBuffer;)V"),
            &[JValue::Object(&buffer)],
        );
        if matches!(answer, Err(Error::JavaException)) {
            env.exception_catch()?;
        }
        answer?.v()
    });
    checked.map_err(refusal)
}

fn refusal(error: JvmError) -> RewriteError {
    match error {
        JvmError::Jni(Error::CaughtJavaException { name, msg, .. }) if name == FAULT => {
            RewriteError::Refused(msg)
        }
        other => RewriteError::Jvm(other),
    }
}
