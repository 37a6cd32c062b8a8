//! Problems in memory.

use std::sync::Arc;

use async_trait::async_trait;

use crate::catalogue::Catalogue;
use crate::memory::MemoryStore;
use crate::memory::shard::{read, write};
use crate::store::{ProblemRepository, PublishError, StoreError};

#[async_trait]
impl ProblemRepository for MemoryStore {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        let catalogue = Arc::clone(&read(&self.inner.catalogue));
        Ok(Catalogue::clone(&catalogue))
    }

    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        // Merging takes a while for a large catalogue. It happens outside the lock, and again if
        // somebody else published meanwhile.
        loop {
            let stored = Arc::clone(&read(&self.inner.catalogue));
            let Some(merged) = catalogue.published_over(&stored)? else {
                return Ok(stored.revision());
            };
            let mut current = write(&self.inner.catalogue);
            if Arc::ptr_eq(&current, &stored) {
                let revision = merged.revision();
                *current = Arc::new(merged);
                return Ok(revision);
            }
        }
    }
}
