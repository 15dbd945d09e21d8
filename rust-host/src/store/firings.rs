//! Records of fired triggers. They stand among the activations; nothing runs that could be lost between two of their states.

use rusqlite::params;

use crate::model::trigger::Firing;

use super::{
    Store, StoreError,
    feed::{Event, text},
    holdings,
};

impl Store {
    /// Stores the record of a fired trigger; when this returns, it survives.
    pub async fn record_firing(&self, firing: Firing) -> Result<(), StoreError> {
        let feed = std::sync::Arc::clone(&self.feed);
        self.writer
            .write_and_tell(Box::new(move |db, holdings, told| {
                let (namespace, name) = (firing.trigger.namespace.as_str(), firing.trigger.name.as_str());
                let position = feed.next_position();
                let (summary, response, logs) =
                    (firing.summary_open_json(), firing.response_json(), firing.logs_json());
                db.prepare_cached(
                    "INSERT INTO activations (id, namespace, action, start, summary, response, logs, rowid)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    firing.id.as_bytes(),
                    namespace,
                    name,
                    firing.start_epoch_millis.cast_signed(),
                    summary,
                    response,
                    logs,
                    position,
                ])?;
                holdings.add(namespace, holdings::bytes([&summary, &response, &logs], 0));
                if feed.is_followed(namespace) {
                    let text = text(&summary, &logs);
                    let event =
                        Event { position: Some(position), id: firing.id, action: name.to_owned(), text };
                    told.push((namespace.to_owned(), event));
                }
                Ok(())
            }))
            .await
    }
}
