//! Records of fired triggers. They stand among the activations; nothing runs that could be lost between two of their states.

use rusqlite::params;

use crate::model::trigger::Firing;

use super::{Store, StoreError};

impl Store {
    /// Stores the record of a fired trigger; when this returns, it survives.
    pub async fn record_firing(&self, firing: Firing) -> Result<(), StoreError> {
        self.writer
            .write(move |db| {
                db.prepare_cached(
                    "INSERT OR REPLACE INTO activations (id, namespace, action, start, summary, response, logs)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    firing.id.as_bytes(),
                    firing.trigger.namespace.as_str(),
                    firing.trigger.name.as_str(),
                    firing.start_epoch_millis.cast_signed(),
                    firing.summary_open_json(),
                    firing.response_json(),
                    firing.logs_json(),
                ])?;
                Ok(())
            })
            .await
    }
}
