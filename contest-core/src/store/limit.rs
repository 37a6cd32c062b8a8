//! A limit on concurrent calls of a store.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::{Interceptor, StoreCall, StoreError, StoreOutcome};

/// An [`Interceptor`] that limits the calls in flight; further calls wait in order of arrival.
///
/// Clones share the limit, so several stores can be limited together. A waiting call can be dropped at
/// any time and leaves the queue.
#[derive(Debug, Clone)]
pub struct InFlightLimit(Arc<Semaphore>);

impl InFlightLimit {
    /// At most `calls` concurrent calls.
    pub fn new(calls: NonZeroUsize) -> Self {
        let calls = calls.get().min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(calls)))
    }

    /// How many more calls could start now.
    pub fn available(&self) -> usize {
        self.0.available_permits()
    }
}

#[async_trait]
impl Interceptor for InFlightLimit {
    type Permit = OwnedSemaphorePermit;

    async fn before(&self, _: StoreCall) -> Result<Self::Permit, StoreError> {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        permit.map_err(|closed| StoreError::permanent("the limit is closed").with_source(closed))
    }

    async fn after(
        &self,
        _: StoreCall,
        _: StoreOutcome,
        permit: Self::Permit,
    ) -> Result<(), StoreError> {
        drop(permit);
        Ok(())
    }
}
