//! Puts the gate into the JDK when the JVM has just started: the shim weaves the classes of its table, or they are there from
//! an earlier start, and the JVM takes them all at once.

use std::{path::PathBuf, time::Instant};

use jni::{
    Env, EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    jni_sig, jni_str,
    objects::{JByteArray, JClass, JObject, JObjectArray, JString},
    sys::{jboolean, jint},
};

use crate::{
    JvmError, agent,
    woven::{self, Key, Unusable},
};

/// Where woven classes are kept, and what they have to be made from.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) path: PathBuf,
    pub(crate) key: Key,
}

/// How the gate came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// From what an earlier start had kept, or it is not there.
    Kept,
    /// Classes were woven, which leaves much behind in the heap.
    Woven,
}

/// Puts the gate in. `kept`: none where what they depend on cannot be told.
pub(crate) fn put(env: &mut Env<'_>, kept: Option<&Kept>) -> Result<Put, JvmError> {
    let began = Instant::now();
    let class = env.find_class(jni_str!("flock/shim/gate/NativeLoom"))?;
    register(env, &class)?;
    if cfg!(feature = "ungated") {
        return put_nothing(env, &class).map(|()| Put::Kept);
    }
    let (woven, why) = match kept.map(|kept| woven::read(&kept.path, &kept.key)) {
        Some(Ok(woven)) => (env.byte_array_from_slice(&woven)?, None),
        Some(Err(why)) => (weave(env, &class)?, Some(why)),
        None => (weave(env, &class)?, None),
    };
    let put = if kept.is_some() && why.is_none() { Put::Kept } else { Put::Woven };
    env.call_static_method(&class, jni_str!("put"), jni_sig!("([B)V"), &[(&woven).into()])?;
    env.unregister_native_methods(&class)?;
    if !agent::end_redefining() {
        return Err(JvmError::Redefines);
    }
    let millis = began.elapsed().as_millis();
    match (kept, why) {
        (Some(kept), Some(why)) => {
            let bytes = env.convert_byte_array(&woven)?;
            match (woven::write(&kept.path, &kept.key, &bytes), why) {
                (Ok(()), Unusable::None) => {
                    tracing::info!(millis, "the JDK's classes were woven and are kept for the next start")
                }
                (Ok(()), why) => {
                    tracing::warn!(%why, millis, "woven classes of an earlier start are not used; they were made anew and kept")
                }
                (Err(error), why) => {
                    tracing::warn!(%why, %error, file = %kept.path.display(), millis, "woven classes cannot be kept: each start makes them anew")
                }
            }
        }
        _ => tracing::debug!(millis, "the gate is in"),
    }
    Ok(put)
}

/// Makes the gate's own classes ready and weaves none: what a bench holds the real one against.
fn put_nothing(env: &mut Env<'_>, class: &JClass<'_>) -> Result<(), JvmError> {
    tracing::warn!(
        "built without the gate, for measuring only: functions can do anything to one another and to the host"
    );
    let nothing = env.byte_array_from_slice(&[0; 8])?;
    env.call_static_method(class, jni_str!("put"), jni_sig!("([B)V"), &[(&nothing).into()])?;
    Ok(())
}

fn weave<'local>(env: &mut Env<'local>, class: &JClass<'local>) -> Result<JByteArray<'local>, JvmError> {
    let woven = env.call_static_method(class, jni_str!("weave"), jni_sig!("()[B"), &[])?.l()?;
    Ok(env.cast_local::<JByteArray<'_>>(woven)?)
}

fn register(env: &mut Env<'_>, class: &JClass<'_>) -> Result<(), JvmError> {
    // SAFETY: each signature below is the one of the Rust function beside it, and all are static in Java.
    unsafe {
        use jni::NativeMethod as Native;
        env.register_native_methods(
            class,
            &[
                Native::from_raw_parts(
                    jni_str!("opened"),
                    jni_str!("(Ljava/lang/Module;Ljava/lang/String;Ljava/lang/Module;)Z"),
                    opened as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("reads"),
                    jni_str!("(Ljava/lang/Module;Ljava/lang/Module;)Z"),
                    reads as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("redefined"),
                    jni_str!("([Ljava/lang/Class;[[B)I"),
                    redefined as *mut _,
                ),
            ],
        )?;
    }
    Ok(())
}

extern "system" fn opened<'local>(
    mut unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    module: JObject<'local>,
    package: JString<'local>,
    to: JObject<'local>,
) -> jboolean {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let package = package.try_to_string(env)?;
            Ok(agent::open(env, &module, &package, &to))
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

extern "system" fn reads<'local>(
    mut unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    module: JObject<'local>,
    read: JObject<'local>,
) -> jboolean {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> { Ok(agent::read(env, &module, &read)) })
        .resolve::<ThrowRuntimeExAndDefault>()
}

extern "system" fn redefined<'local>(
    mut unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    types: JObjectArray<'local, JClass<'local>>,
    class_files: JObjectArray<'local, JByteArray<'local>>,
) -> jint {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let count = types.len(env)?;
            env.with_local_frame(count + 8, |env| {
                let mut all = Vec::with_capacity(count);
                for index in 0..count {
                    let class_file = class_files.get_element(env, index)?;
                    let bytes = env.convert_byte_array(&class_file)?;
                    env.delete_local_ref(class_file);
                    all.push((types.get_element(env, index)?, bytes));
                }
                Ok(agent::redefine(env, &all))
            })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}
