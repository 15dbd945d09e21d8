//! What the gate asks for a function before the JDK does something that costs: a thread, a large array, a socket, a file.
//!
//! The funclet is found by its number in a table; a number that is not there (the funclet has ended) gets nothing.

use std::{path::PathBuf, sync::Mutex};

use jni::{
    EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    objects::{JClass, JIntArray, JObject, JString, JThread},
    sys::{JNI_TRUE, jboolean, jint, jlong},
};

use crate::{
    account, agent, files::FILES_MAX, funclet, known, lane, limits::Limit, threads, threads::TooMany,
    watchers,
};

/// The answer that lets the JDK go on.
const GO_ON: jint = -1;

/// Held while memory is added to what a holder has.
static HOLDING: Mutex<()> = Mutex::new(());

/// A limit of the namespace is less than this by itself.
const OF_NAMESPACE: jint = -2;

fn refusal(limit: u32) -> jint {
    jint::try_from(limit).unwrap_or(jint::MAX)
}

/// A thread is about to be started.
pub(super) extern "system" fn adopt<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    thread: JThread<'local>,
) -> jint {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(0) };
            if !agent::is_new(env, &thread) {
                // It will not start: Thread.start itself says so.
                return Ok(GO_ON);
            }
            Ok(match threads::adopt(env, &funclet.crew, &thread) {
                Ok(()) => GO_ON,
                Err(TooMany::OfAction(limit)) => refusal(limit),
                Err(TooMany::OfNamespace(limit)) => OF_NAMESPACE.saturating_sub(refusal(limit)),
            })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// An array of this size is about to be made.
pub(super) extern "system" fn admits<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    bytes: jlong,
) -> jboolean {
    unowned
        .with_env(|_env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(!JNI_TRUE) };
            let account = &funclet.crew.account;
            let bytes = u64::try_from(bytes).unwrap_or(0);
            if bytes > account.heap_limit_bytes() {
                account.refuse_array(bytes);
                return Ok(!JNI_TRUE);
            }
            // What is held beside it may be garbage: the watch over the heap is to look, and a collection to say so.
            if account.heap().survivor_bytes.saturating_add(bytes) > account.heap_limit_bytes() {
                account::suspect();
            }
            Ok(JNI_TRUE)
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// Memory outside of the heap lives as long as its holder, which may hold some already.
pub(super) extern "system" fn hold<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    holder: JObject<'local>,
    bytes: jlong,
) {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(()) };
            let account = &funclet.crew.account;
            let bytes = u64::try_from(bytes).unwrap_or(0);
            funclet.allocated_outside(bytes);
            {
                // Several threads may take memory by one holder.
                let _alone = lane::lock(&HOLDING);
                // The holder may be a sample itself.
                let before = agent::tag_of(env, &holder);
                let more = account.charge_outside(bytes);
                agent::tag(env, &holder, before.map_or(more, |before| account::joined(before, more)));
            }
            account::wait_for_collection();
            Ok(())
        })
        .resolve::<ThrowRuntimeExAndDefault>();
}

/// A class file is about to be defined that counts as so many classes more than one.
pub(super) extern "system" fn defining<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    more: jint,
) {
    unowned
        .with_env(|_env| -> Result<_, jni::errors::Error> {
            if let Some(funclet) = funclet::find(funclet.cast_unsigned()) {
                funclet.crew.account.class_weighs(u32::try_from(more).unwrap_or(0));
            }
            Ok(())
        })
        .resolve::<ThrowRuntimeExAndDefault>();
}

/// A socket is about to be made beside so many other channels.
pub(super) extern "system" fn admit_socket<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    others: jint,
) -> jint {
    unowned
        .with_env(|_env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(0) };
            let limit = funclet.crew.limits.sockets;
            let others = u32::try_from(others).unwrap_or(0);
            if funclet.belongings.socket_count().saturating_add(others) < limit {
                return Ok(GO_ON);
            }
            funclet.crew.refuse(Limit::Sockets);
            Ok(refusal(limit))
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// A socket was made.
pub(super) extern "system" fn socket<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    descriptor: JObject<'local>,
) {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            if let Some(funclet) = funclet::find(funclet.cast_unsigned()) {
                funclet.belongings.add_socket(env, &descriptor);
            }
            Ok(())
        })
        .resolve::<ThrowRuntimeExAndDefault>();
}

/// A watcher of folders is about to be made.
pub(super) extern "system" fn admit_watcher<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
) -> jint {
    unowned
        .with_env(|_env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(0) };
            let refused = watchers::admit(&funclet.crew.limits.namespace);
            Ok(refused.map_or_else(|limit| refusal(u32::try_from(limit).unwrap_or(u32::MAX)), |()| GO_ON))
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// Descriptors of a watcher were opened, which nothing closes but the thread that they are for.
pub(super) extern "system" fn descriptors<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    numbers: JIntArray<'local>,
) {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(()) };
            let mut found = vec![0; numbers.len(env)?];
            numbers.get_region(env, 0, &mut found)?;
            funclet.belongings.add_group(&found);
            watchers::made(&funclet.crew.limits.namespace, &found);
            Ok(())
        })
        .resolve::<ThrowRuntimeExAndDefault>();
}

/// A file was opened beside so many other descriptors, or, for null, is about to be. Over a limit it is closed again.
pub(super) extern "system" fn file<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    descriptor: JObject<'local>,
    others: jint,
) -> jint {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let others = u32::try_from(others).unwrap_or(0);
            let number = if descriptor.is_null() { None } else { known::file_number(env, &descriptor) };
            let refused = match funclet::find(funclet.cast_unsigned()) {
                Some(funclet) => funclet.belongings.open_file(number, others),
                None => Err(0),
            };
            if refused.is_err() && number.is_some() {
                known::close_file(env, &descriptor);
            }
            Ok(refused.map_or_else(refusal, |()| GO_ON))
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// Closes a folder that a function of which no thread lives any more has left open.
pub(super) extern "system" fn folder(
    _env: EnvUnowned<'_>,
    _host: JClass<'_>,
    handle: jlong,
    descriptor: jint,
) {
    // SAFETY: both are the JDK's, which has given them to nobody but the object that Java has kept, and has not begun to close them.
    unsafe {
        libc::closedir(handle as *mut libc::DIR);
        libc::close(descriptor);
    }
}

/// A file is about to be opened for writing.
pub(super) extern "system" fn writes<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    path: JString<'local>,
) -> jint {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let Some(funclet) = funclet::find(funclet.cast_unsigned()) else { return Ok(0) };
            let path = PathBuf::from(path.try_to_string(env)?);
            Ok(if funclet.belongings.files.announce(path) { GO_ON } else { refusal(FILES_MAX) })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}
