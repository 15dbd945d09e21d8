//! The ticks of alarms.
//!
//! A tick is marked as taken, in the database, before its trigger is fired. So it fires at most once: a host that dies in
//! between loses it. Ticks that pass while the host is down are skipped, but for a `once`, which fires at the next start. A
//! host that is late fires one tick for all that have passed since it looked last.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::sleep};

use crate::{
    api::{
        Host,
        triggers::{DeleteRules, deletion, fire},
    },
    invoke::payload::Payload,
    model::{
        Parameters, Trigger,
        alarm::{Alarm, DeleteAfter, Schedule},
        time::now_epoch_millis,
    },
    store::{StoreError, entities::Changes},
};

/// The longest sleep, so that a clock that is set is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Triggers that are fired at a time.
const TOGETHER: usize = 16;

/// Fires triggers by the clock for as long as the host lives.
pub async fn run(host: Arc<Host>) {
    let turns = Arc::new(Semaphore::new(TOGETHER));
    // What passed before this start is not made up for.
    let mut looked_epoch_millis = now_epoch_millis();
    // Reading a pattern costs more than looking at a clock: the next tick of each alarm, for as long as it is the same.
    let mut ticks: HashMap<usize, (Arc<Alarm>, Option<u64>)> = HashMap::new();
    loop {
        let now = now_epoch_millis();
        // A clock that was set back does not make ticks come again; see Alarm::next.
        let since = looked_epoch_millis.min(now);
        let mut due: Vec<Arc<Alarm>> = Vec::new();
        let mut next = u64::MAX;
        let mut looked_at = HashMap::with_capacity(ticks.len());
        for alarm in host.store.all_entities::<Alarm>() {
            let key = Arc::as_ptr(&alarm) as usize;
            let known = ticks.remove(&key).filter(|(known, _)| Arc::ptr_eq(known, &alarm));
            let tick = known.map_or_else(|| alarm.next(since), |(_, tick)| tick);
            match tick {
                Some(tick) if tick <= now => due.push(Arc::clone(&alarm)),
                Some(tick) => next = next.min(tick),
                None => {}
            }
            looked_at.insert(key, (alarm, tick));
        }
        ticks = looked_at;
        looked_epoch_millis = now;
        if !due.is_empty() {
            take(&host, &turns, &due, now).await;
            continue;
        }
        let pause = Duration::from_millis(next.saturating_sub(now)).min(LOOK_EVERY);
        tokio::select! {
            () = sleep(pause) => {}
            () = host.alarms.notified() => {}
        }
    }
}

/// Marks ticks as taken, then fires.
async fn take(host: &Arc<Host>, turns: &Arc<Semaphore>, due: &[Arc<Alarm>], now: u64) {
    let taken = match mark(host, due, now).await {
        Ok(taken) => taken,
        Err(error) => {
            tracing::error!(%error, "alarms cannot be marked; they are tried again");
            sleep(LOOK_EVERY).await;
            return;
        }
    };
    for alarm in taken {
        let Ok(turn) = Arc::clone(turns).acquire_owned().await else { return };
        let host = Arc::clone(host);
        tokio::spawn(async move {
            ring(&host, &alarm).await;
            drop(turn);
        });
    }
}

async fn mark(host: &Arc<Host>, due: &[Arc<Alarm>], now: u64) -> Result<Vec<Arc<Alarm>>, StoreError> {
    let _writing = host.writing.lock().await;
    let mut changes = Changes::default();
    let mut taken = Vec::new();
    for alarm in due {
        // It may have been changed or deleted since it was looked at.
        let known = host.store.entity::<Alarm>(&alarm.namespace, &alarm.trigger);
        if !known.is_some_and(|known| Arc::ptr_eq(&known, alarm)) {
            continue;
        }
        let mut marked = (**alarm).clone();
        marked.last_epoch_millis = now;
        marked.ticks_left = marked.ticks_left.map(|left| left.saturating_sub(1));
        let marked = Arc::new(marked);
        changes.put(Arc::clone(&marked))?;
        taken.push(marked);
    }
    host.store.commit(changes).await?;
    Ok(taken)
}

async fn ring(host: &Arc<Host>, alarm: &Alarm) {
    let path = format!("{}/{}", alarm.namespace, alarm.trigger);
    let trigger = host.store.entity::<Trigger>(&alarm.namespace, &alarm.trigger);
    let identity = host.store.identity_of(&alarm.namespace);
    let (Some(trigger), Some(identity)) = (trigger, identity) else {
        tracing::warn!(trigger = path, "an alarm has no trigger or no key any more");
        return;
    };
    let transaction_id: Arc<str> = uuid::Uuid::new_v4().simple().to_string().into();
    let payload = Payload::Object(alarm.payload.to_string().into());
    let sent = (payload, &Parameters::default());
    if let Err(error) = fire::fire(host, &trigger, &identity, sent, &transaction_id).await {
        tracing::warn!(trigger = path, error = error.text, "an alarm's trigger was not fired");
    }
    if let Schedule::Once { delete, .. } = &alarm.schedule {
        let rules = match delete {
            DeleteAfter::False => return,
            DeleteAfter::True => DeleteRules::No,
            DeleteAfter::Rules => DeleteRules::Yes,
        };
        let _writing = host.writing.lock().await;
        let gone = match deletion(host, &trigger.path, rules) {
            Ok(changes) => host.store.commit(changes).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.text),
        };
        if let Err(error) = gone {
            tracing::warn!(trigger = path, error, "a trigger was not deleted after its alarm");
        }
    }
}
