//! Images that are missing or damaged when a function is called: its JDK, or the format of images, is another one than at its deployment.
//!
//! They are made on threads that stand back behind those of functions, few at a time, each once however many call; source that
//! this JDK does not compile is tried once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Mutex as AsyncMutex;

use crate::{
    model::{Code, EntityName},
    store::{
        Store,
        images::{ImageError, Maker},
        makers::{Makers, Work},
    },
};

use super::LoadError;

type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// See the head of this file.
#[derive(Default)]
pub(super) struct Remakes {
    makers: Makers,
    /// What is being made, by the digest of the code.
    running: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
    /// What the compiler said, by the digest of the source.
    refused: Mutex<HashMap<String, String>>,
}

impl Remakes {
    /// The image of this code, of a function of this namespace.
    pub(super) async fn image(
        &self,
        namespace: &EntityName,
        store: &Arc<Store>,
        maker: &Maker,
        code: &Code,
    ) -> Result<Bytes, LoadError> {
        let turn = self.turn(&code.digest);
        let _turn = turn.lock().await;
        if let Some(why) = lock(&self.refused).get(&code.digest) {
            return Err(ImageError::Compile(why.clone()).into());
        }
        // Where another call has made it meanwhile it is only mapped.
        let (store, maker, of_thread) = (Arc::clone(store), maker.clone(), code.clone());
        let place = self.makers.place(namespace, Work::of(code.binary)).await.map_err(ImageError::File)?;
        let image = place.run(move || store.map_image(&maker, &of_thread)).await;
        let image = image.map_err(ImageError::File)?;
        if let Err(ImageError::Compile(why)) = &image {
            lock(&self.refused).insert(code.digest.clone(), why.clone());
        }
        Ok(image?)
    }

    fn turn(&self, digest: &str) -> Arc<AsyncMutex<()>> {
        let mut running = lock(&self.running);
        if let Some(turn) = running.get(digest).and_then(Weak::upgrade) {
            return turn;
        }
        running.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::<AsyncMutex<()>>::default();
        running.insert(digest.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
