//! What the Java thread of a lane of chains calls: the answer of one hop, and the next hop, whichever chain it is of.
//!
//! The funclet of the hop is the native's result; what is wanted of the hop and the length of its frame stand at the
//! begin of the buffer, the frame behind them.

use jni::{
    EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    objects::{JClass, JObject},
    sys::jint,
};

use crate::{
    lane::{SEAT, Seat},
    wire::{HOP_HEAD_BYTES, Status, write_hop_head},
};

use super::{answer, begin};

/// Gives the last answer and waits for the next hop. Null ends the lane.
pub(super) extern "system" fn next<'local>(
    mut unowned: EnvUnowned<'local>,
    _host: JClass<'local>,
    status: jint,
    length: jint,
    total_bytes: jint,
    init_micros: jint,
) -> JObject<'local> {
    unowned
        .with_env(|env| -> Result<_, jni::errors::Error> {
            SEAT.with_borrow_mut(|seat| {
                let Some(seat) = seat.as_mut() else { return Ok(JObject::null()) };
                if let Some(status) = Status::from_java(status)
                    && !answer(env, seat, status, length, total_bytes, init_micros)
                {
                    return Ok(JObject::null());
                }
                take_next(env, seat)
            })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

fn take_next<'local>(
    env: &mut jni::Env<'local>,
    seat: &mut Seat,
) -> Result<JObject<'local>, jni::errors::Error> {
    while let Some((call, waited)) = seat.lane.work.next() {
        let mut object = None;
        seat.board(|funclet| object = env.new_local_ref(&funclet.object).ok());
        // Without a funclet nothing can run; dropping the call answers it as a failure of the host.
        let Some(object) = object else {
            seat.alight();
            continue;
        };
        seat.lane.begin_clocks(waited);
        let wishes = call.wishes();
        if let Some(bytes) = begin(env, seat, call, HOP_HEAD_BYTES) {
            write_hop_head(&mut seat.buffer, wishes, bytes);
            if !seat.waiting.is_empty() {
                write_hop_head(&mut seat.waiting, wishes, bytes);
            }
            return Ok(object);
        }
        seat.alight();
    }
    Ok(JObject::null())
}
