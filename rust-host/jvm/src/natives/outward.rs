//! Calls of other actions that a function makes from Java: begun here, and waited for in short turns, in which the host
//! can stop the lane (`stop::place_of` knows this native).
//!
//! The table of what was begun is the lane's and holds one call's: at the end of the call it is emptied.

use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use jni::{
    EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    objects::{JByteArray, JClass, JString},
    sys::{jint, jlong},
};

use crate::{
    calls::{TellKind, Told},
    lane::{SEAT, lock},
};

/// Most calls that one call has begun and not seen the end of.
const ASKED_MAX: usize = 1000;

static NEXT_TICKET: AtomicU64 = AtomicU64::new(1);

/// Begins a call. What goes wrong is told at its end.
pub(super) extern "system" fn begin<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    action: JString<'local>,
    payload: JByteArray<'local>,
) -> jlong {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let action = action.try_to_string(env)?;
            // The lane is not held meanwhile: finding the function may take a while, and the host asks for its call.
            let running = SEAT.with_borrow(|seat| {
                let seat = seat.as_ref()?;
                let caller = lock(&seat.lane.current).as_ref().and_then(|call| call.caller());
                Some((caller, seat.asked.len()))
            });
            let begun = match running {
                Some((_, begun)) if begun >= ASKED_MAX => {
                    Err(format!("{begun} calls of other actions have not ended; the limit is {ASKED_MAX}"))
                }
                Some((Some(caller), _)) => {
                    let (bytes, limit) = (payload.len(env)?, caller.payload_max_bytes());
                    if bytes > limit {
                        // Before it is copied: the host's memory is nobody's.
                        Err(format!("the payload is larger than allowed: {bytes} > {limit} bytes"))
                    } else {
                        caller.call(&action, env.convert_byte_array(&payload)?)
                    }
                }
                _ => Err("no call runs that could call another action".to_owned()),
            };
            let end = begun.unwrap_or_else(refused);
            let ticket = NEXT_TICKET.fetch_add(1, Ordering::Relaxed);
            SEAT.with_borrow_mut(|seat| {
                if let Some(seat) = seat {
                    seat.asked.insert(ticket, end);
                }
            });
            Ok(ticket.cast_signed())
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

fn refused(why: String) -> Receiver<Told> {
    let (tell, end) = mpsc::channel();
    // It is received below.
    let _ = tell.send(Told { kind: TellKind::Refused, body: why.into() });
    end
}

/// Waits for the end of a call that was begun. Null: it has not come within that time.
pub(super) extern "system" fn end<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    ticket: jlong,
    millis: jint,
) -> JByteArray<'local> {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            let ticket = ticket.cast_unsigned();
            let asked = SEAT.with_borrow_mut(|seat| seat.as_mut()?.asked.remove(&ticket));
            let wait = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
            let told = match asked.as_ref().map(|end| end.recv_timeout(wait)) {
                Some(Ok(told)) => told,
                Some(Err(RecvTimeoutError::Timeout)) => {
                    SEAT.with_borrow_mut(|seat| {
                        if let (Some(seat), Some(end)) = (seat, asked) {
                            seat.asked.insert(ticket, end);
                        }
                    });
                    return Ok(JByteArray::null());
                }
                Some(Err(RecvTimeoutError::Disconnected)) => {
                    Told { kind: TellKind::Refused, body: "the host has lost the call".into() }
                }
                None => Told { kind: TellKind::Refused, body: "the call that began it has ended".into() },
            };
            let mut bytes = Vec::with_capacity(told.body.len() + 1);
            bytes.push(told.kind as u8);
            bytes.extend_from_slice(&told.body);
            env.byte_array_from_slice(&bytes)
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}
