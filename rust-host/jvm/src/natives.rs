//! What Java calls. Every native has one shape: `with_env`, work, `resolve`; no panic crosses into Java.
//!
//! A native trusts no number that comes from Java: the lane is found through the thread that calls, never through an
//! address, and a funclet through a table.

use std::{collections::HashMap, sync::atomic::Ordering, time::Instant};

use jni::{
    EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    jni_sig, jni_str,
    objects::{JByteArray, JByteBuffer, JClass, JObject, JThread},
    sys::{jint, jlong},
};

mod ask;
mod hop;
mod outward;

use crate::{
    JvmError,
    calls::{Answer, Call, Stream, Waited},
    funclet, known,
    lane::{self, SEAT, Seat},
    spares,
    wire::{self, Status},
};

/// Size of a fresh lane buffer. Pages that are not touched cost nothing.
const BUFFER_BYTES: usize = 64 * 1024;

/// So much of its stack a lane has before its first call; most functions need no more.
const STACK_BYTES: usize = 128 * 1024;

/// The most that a lane buffer may grow to: what a Java ByteBuffer can address.
const BUFFER_MAX_BYTES: usize = i32::MAX as usize;

/// Ties the natives to `flock.boot.Host`.
pub(crate) fn register(env: &mut jni::Env<'_>) -> Result<(), JvmError> {
    let host = env.find_class(jni_str!("flock/boot/Host"))?;
    // SAFETY: each signature below is the one of the Rust function beside it, and all are static in Java.
    unsafe {
        use jni::NativeMethod as Native;
        env.register_native_methods(
            host,
            &[
                Native::from_raw_parts(
                    jni_str!("enter"),
                    jni_str!("(J)Ljava/nio/ByteBuffer;"),
                    enter as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("spare"),
                    jni_str!("(JJLjava/lang/Object;)Ljava/lang/Object;"),
                    spare as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("grow"),
                    jni_str!("(I)Ljava/nio/ByteBuffer;"),
                    grow as *mut _,
                ),
                Native::from_raw_parts(jni_str!("swap"), jni_str!("(IIII)I"), swap as *mut _),
                Native::from_raw_parts(
                    jni_str!("next"),
                    jni_str!("(IIII)Ljava/lang/Object;"),
                    hop::next as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("begin"),
                    jni_str!("(Ljava/lang/String;[B)J"),
                    outward::begin as *mut _,
                ),
                Native::from_raw_parts(jni_str!("await"), jni_str!("(JI)[B"), outward::end as *mut _),
                Native::from_raw_parts(jni_str!("initialising"), jni_str!("(ZZ)V"), initialising as *mut _),
                Native::from_raw_parts(jni_str!("log"), jni_str!("(JI[BII)V"), log as *mut _),
                Native::from_raw_parts(
                    jni_str!("adopt"),
                    jni_str!("(JLjava/lang/Thread;)I"),
                    ask::adopt as *mut _,
                ),
                Native::from_raw_parts(jni_str!("admits"), jni_str!("(JJ)Z"), ask::admits as *mut _),
                Native::from_raw_parts(
                    jni_str!("hold"),
                    jni_str!("(JLjava/lang/Object;J)V"),
                    ask::hold as *mut _,
                ),
                Native::from_raw_parts(jni_str!("defining"), jni_str!("(JI)V"), ask::defining as *mut _),
                Native::from_raw_parts(
                    jni_str!("admitSocket"),
                    jni_str!("(JI)I"),
                    ask::admit_socket as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("socket"),
                    jni_str!("(JLjava/io/FileDescriptor;)V"),
                    ask::socket as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("admitWatcher"),
                    jni_str!("(J)I"),
                    ask::admit_watcher as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("descriptors"),
                    jni_str!("(J[I)V"),
                    ask::descriptors as *mut _,
                ),
                Native::from_raw_parts(
                    jni_str!("file"),
                    jni_str!("(JLjava/io/FileDescriptor;I)I"),
                    ask::file as *mut _,
                ),
                Native::from_raw_parts(jni_str!("folder"), jni_str!("(JI)V"), ask::folder as *mut _),
                Native::from_raw_parts(
                    jni_str!("writes"),
                    jni_str!("(JLjava/lang/String;)I"),
                    ask::writes as *mut _,
                ),
            ],
        )?;
    }
    Ok(())
}

/// The calling thread sits down as the lane that was announced under this number.
extern "system" fn enter<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    id: jlong,
) -> JByteBuffer<'local> {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let Some(lane) = lane::take_arriving(id.cast_unsigned()) else {
                return Err(jni::errors::Error::NullPtr("no lane of this number is expected"));
            };
            let (buffer, spare_number) = match spares::take_prepared() {
                Some(prepared) => (prepared.buffer, Some(prepared.java_number)),
                None => (vec![0; BUFFER_BYTES], None),
            };
            // From here on its end is told, also when the heap is full and the next lines fail.
            let aboard = lane.funclet();
            let mut seat = Seat { lane, aboard, buffer, waiting: Vec::new(), asked: HashMap::new() };
            if let Some(number) = spare_number {
                seat.lane.arrive(number);
                seat.lane.begin_fresh(env);
            } else {
                let thread = current_thread(env)?;
                seat.lane.arrive(known::thread_number(env, &thread).unwrap_or(0));
            }
            let buffer = share(env, &mut seat.buffer)?;
            SEAT.set(Some(seat));
            Ok(buffer)
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// The calling thread was made ahead: it waits for its funclet, and becomes a lane of it.
extern "system" fn spare<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    lane: jlong,
    spare: JObject<'local>,
) -> JObject<'local> {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let thread = current_thread(env)?;
            let java_number = known::thread_number(env, &thread).unwrap_or(0);
            let prepared = spares::Prepared { buffer: vec![0; BUFFER_BYTES], java_number };
            touch_stack();
            let (object, thread) = (env.new_global_ref(spare)?, env.new_global_ref(thread)?);
            let numbers = (funclet.cast_unsigned(), lane.cast_unsigned());
            match spares::wait(numbers, object, thread, prepared) {
                Some(funclet) => env.new_local_ref(&*funclet),
                None => Ok(JObject::null()),
            }
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// Has the kernel give the thread now what it will need of its stack: the JVM looks that far ahead of each call.
#[inline(never)]
fn touch_stack() {
    let mut pages = [0_u8; STACK_BYTES];
    std::hint::black_box(&mut pages);
}

pub(crate) fn current_thread<'local>(
    env: &mut jni::Env<'local>,
) -> Result<JThread<'local>, jni::errors::Error> {
    let thread = env.call_static_method(
        jni_str!("java/lang/Thread"),
        jni_str!("currentThread"),
        jni_sig!("()Ljava/lang/Thread;"),
        &[],
    )?;
    let thread = thread.l()?;
    env.cast_local::<JThread<'_>>(thread)
}

/// Replaces the lane's buffer; a request that did not fit the old one is then in the new one.
extern "system" fn grow<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    min_bytes: jint,
) -> JByteBuffer<'local> {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            SEAT.with_borrow_mut(|seat| {
                let seat = seat.as_mut().ok_or(jni::errors::Error::NullPtr("not a lane"))?;
                let wanted = usize::try_from(min_bytes).unwrap_or(0).max(seat.waiting.len());
                let mut fresh = vec![0; wanted.max(BUFFER_BYTES)];
                let waiting = std::mem::take(&mut seat.waiting);
                fresh[..waiting.len()].copy_from_slice(&waiting);
                seat.buffer = fresh;
                share(env, &mut seat.buffer)
            })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// Gives the last answer and waits for the next call. -1 ends the lane.
extern "system" fn swap<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    status: jint,
    length: jint,
    total_bytes: jint,
    init_micros: jint,
) -> jint {
    const END: jint = -1;
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            SEAT.with_borrow_mut(|seat| {
                let Some(seat) = seat.as_mut() else { return Ok(END) };
                if let Some(status) = Status::from_java(status)
                    && !answer(env, seat, status, length, total_bytes, init_micros)
                {
                    return Ok(END);
                }
                Ok(take_next(env, seat))
            })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

/// Hands the answer to the running call. False: somebody else has taken the call, so this lane is doomed.
fn answer(
    env: &mut jni::Env<'_>,
    seat: &mut Seat,
    status: Status,
    length: jint,
    total: jint,
    init: jint,
) -> bool {
    let taken = {
        let mut current = lane::lock(&seat.lane.current);
        seat.lane.began_micros.store(0, Ordering::Release);
        current.take()
    };
    // What nobody waits for any more ends by itself.
    seat.asked.clear();
    let Some(call) = taken else {
        return false;
    };
    let used = seat.used(env);
    seat.alight();
    let length = usize::try_from(length).unwrap_or(0).min(seat.buffer.len());
    seat.lane.work.answered(status, used.broken);
    call.done(Answer {
        status,
        body: &seat.buffer[..length],
        total_bytes: usize::try_from(total).unwrap_or(0).max(length),
        init_micros: u64::try_from(init).ok(),
        used,
    });
    true
}

/// Blocks for the next call, puts its frame into the buffer (or aside, if it does not fit) and gives its length.
fn take_next(env: &mut jni::Env<'_>, seat: &mut Seat) -> jint {
    while let Some((call, waited)) = seat.lane.work.next() {
        seat.lane.begin_clocks(waited);
        // Bounded where it is written.
        if let Some(bytes) = begin(env, seat, call, 0) {
            return bytes as jint;
        }
    }
    // What the thread did for the host since its last call is not the function's.
    seat.lane.begin_clocks(Waited::Yes);
    -1
}

/// Begins a call: its frame goes behind so many bytes of the buffer, or aside. Gives the frame's length; none: the call
/// could not begin and is answered.
fn begin(env: &mut jni::Env<'_>, seat: &mut Seat, mut call: Box<dyn Call>, at: usize) -> Option<usize> {
    if let Some(funclet) = &seat.aboard {
        seat.lane.settle_background(env, funclet);
    }
    let now = Instant::now();
    call.begin(now);
    if let Some(funclet) = &seat.aboard {
        funclet.drain_stray(|stream, text| call.line(stream, text));
    }
    let head = call.head();
    let bytes = wire::frame_bytes(&head, call.payload());
    if at + bytes > BUFFER_MAX_BYTES {
        // The host bounds payloads far below this; dropping the call answers it as a failure of the host.
        tracing::error!(bytes, "a request frame is too large for a lane; the call is dropped");
        return None;
    }
    if at + bytes <= seat.buffer.len() {
        wire::write_frame(&mut seat.buffer[at..], &head, call.payload());
    } else {
        seat.waiting.resize(at + bytes, 0);
        wire::write_frame(&mut seat.waiting[at..], &head, call.payload());
    }
    let mut current = lane::lock(&seat.lane.current);
    *current = Some(call);
    seat.lane.begin_phases();
    seat.lane.begin_time(now);
    Some(bytes)
}

/// The lane says when it begins to load and initialise the function, by itself or as another lane does it, and when that has
/// ended. The time limit counts for each part anew.
extern "system" fn initialising<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    begins: jni::sys::jboolean,
    own: jni::sys::jboolean,
) {
    unowned
        .with_env(|_env| -> Result<_, jni::errors::Error> {
            SEAT.with_borrow(|seat| {
                if let Some(Seat { lane, .. }) = seat {
                    let current = lane::lock(&lane.current);
                    lane.phase(begins, own);
                    if current.is_some() {
                        lane.begin_time(Instant::now());
                    }
                }
            });
            Ok(())
        })
        .resolve::<ThrowRuntimeExAndDefault>();
}

/// A line of output: to the call of the calling lane, or, from another thread, to what its funclet runs.
extern "system" fn log<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    funclet: jlong,
    stream: jint,
    bytes: JByteArray<'local>,
    offset: jint,
    length: jint,
) {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let mut raw = vec![0_i8; usize::try_from(length).unwrap_or(0)];
            bytes.get_region(env, offset, &mut raw)?;
            let raw: Vec<u8> = raw.into_iter().map(i8::cast_unsigned).collect();
            let text = String::from_utf8_lossy(&raw);
            let stream = if stream == 2 { Stream::Stderr } else { Stream::Stdout };
            let of_lane = SEAT.with_borrow(|seat| {
                seat.as_ref().is_some_and(|seat| {
                    if let Some(call) = lane::lock(&seat.lane.current).as_mut() {
                        call.line(stream, &text);
                    }
                    true
                })
            });
            if !of_lane {
                funclet::log_line(funclet.cast_unsigned(), stream, &text);
            }
            Ok(())
        })
        .resolve::<ThrowRuntimeExAndDefault>();
}

/// A direct ByteBuffer over memory that the seat owns.
fn share<'local>(
    env: &mut jni::Env<'local>,
    memory: &mut [u8],
) -> Result<JByteBuffer<'local>, jni::errors::Error> {
    // SAFETY: the memory belongs to the seat of this thread and is not moved (only replaced by `grow`, after which the
    // lane uses the new buffer alone). The lane keeps the ByteBuffer to itself and its thread ends before the seat is
    // dropped, so Java does not touch it afterwards.
    unsafe { env.new_direct_byte_buffer(memory.as_mut_ptr(), memory.len()) }
}
