//! What the Java thread of a lane of chains calls: the answer of one hop, and the next hop, whichever chain it is of. When a chain
//! is over the lane is told first, so that it lets go of the chain's value before it waits for another.
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
    calls::{Call, Waited},
    lane::{SEAT, Seat},
    wire::{HOP_HEAD_BYTES, Status, write_hop_end, write_hop_head},
};

use super::{answer, begin};

/// Gives the last answer and the next hop. Null: there is none. After an answer the lane may ask again, and waits then.
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
                let Some(status) = Status::from_java(status) else { return take_next(env, seat) };
                if !answer(env, seat, status, length, total_bytes, init_micros) {
                    write_hop_end(&mut seat.buffer, false);
                    return Ok(JObject::null());
                }
                while let Some(call) = seat.lane.work.go_on() {
                    if let Some(object) = enter(env, seat, call, Waited::No) {
                        return Ok(object);
                    }
                }
                write_hop_end(&mut seat.buffer, true);
                Ok(JObject::null())
            })
        })
        .resolve::<ThrowRuntimeExAndDefault>()
}

fn take_next<'local>(
    env: &mut jni::Env<'local>,
    seat: &mut Seat,
) -> Result<JObject<'local>, jni::errors::Error> {
    while let Some((call, waited)) = seat.lane.work.next() {
        if let Some(object) = enter(env, seat, call, waited) {
            return Ok(object);
        }
    }
    write_hop_end(&mut seat.buffer, false);
    Ok(JObject::null())
}

/// Begins a hop. None: it could not begin, and is answered.
fn enter<'local>(
    env: &mut jni::Env<'local>,
    seat: &mut Seat,
    call: Box<dyn Call>,
    waited: Waited,
) -> Option<JObject<'local>> {
    let mut object = None;
    seat.board(|funclet| object = env.new_local_ref(&funclet.object).ok());
    // Without a funclet nothing can run; dropping the call answers it as a failure of the host.
    let Some(object) = object else {
        seat.alight();
        return None;
    };
    seat.lane.begin_clocks(waited);
    let wishes = call.wishes();
    let Some(bytes) = begin(env, seat, call, HOP_HEAD_BYTES) else {
        seat.alight();
        return None;
    };
    write_hop_head(&mut seat.buffer, wishes, bytes);
    if !seat.waiting.is_empty() {
        write_hop_head(&mut seat.waiting, wishes, bytes);
    }
    Some(object)
}
