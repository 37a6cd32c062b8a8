//! A bound on what is in flight against a store.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::{Interceptor, StoreError, StoreOperation};

/// An [`Interceptor`] that lets at most so many calls run at once; the others wait in turn.
///
/// Clones share the bound, so that several stores can be limited together. A waiting call can be
/// dropped at any time and gives up its place; [`EngineBuilder::operation_timeout`] bounds the wait.
///
/// [`EngineBuilder::operation_timeout`]: crate::engine::EngineBuilder::operation_timeout
#[derive(Debug, Clone)]
pub struct InFlightLimit(Arc<Semaphore>);

impl InFlightLimit {
    /// At most `calls` at once.
    pub fn new(calls: NonZeroUsize) -> Self {
        Self(Arc::new(Semaphore::new(
            calls.get().min(Semaphore::MAX_PERMITS),
        )))
    }

    /// How many more calls could start now.
    pub fn available(&self) -> usize {
        self.0.available_permits()
    }
}

#[async_trait]
impl Interceptor for InFlightLimit {
    type Permit = OwnedSemaphorePermit;

    async fn before(&self, _: StoreOperation) -> Result<Self::Permit, StoreError> {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        permit.map_err(|closed| StoreError::permanent("the limit is closed").with_source(closed))
    }

    async fn after(&self, _: StoreOperation, permit: Self::Permit) -> Result<(), StoreError> {
        drop(permit);
        Ok(())
    }
}
