//! Doing something around every call of a store.

use std::fmt;

use async_trait::async_trait;

use crate::store::forward::forward_repositories;
use crate::store::{Store, StoreError, StoreOperation};

/// What happens around every call of an [`Intercepted`] store.
///
/// # Contract
/// - Dropping a future of either method leaves nothing behind. A call dropped between them drops its
///   permit, and `after` is not called.
#[async_trait]
pub trait Interceptor: fmt::Debug + Send + Sync {
    /// Held during the call.
    type Permit: Send;

    /// Runs before the call.
    ///
    /// # Errors
    /// An error is the call's answer; the store is not called.
    async fn before(&self, operation: StoreOperation) -> Result<Self::Permit, StoreError>;

    /// Runs after the store has answered, whatever the answer.
    ///
    /// # Errors
    /// An error replaces the answer; what the store did stays done.
    async fn after(
        &self,
        operation: StoreOperation,
        permit: Self::Permit,
    ) -> Result<(), StoreError>;
}

/// A store with an [`Interceptor`] around every call.
///
/// ```
/// use std::num::NonZeroUsize;
/// use contest_core::memory::MemoryStore;
/// use contest_core::store::{InFlightLimit, Intercepted};
///
/// let store = Intercepted::new(MemoryStore::new(), InFlightLimit::new(NonZeroUsize::MIN));
/// # let _ = store;
/// ```
#[derive(Debug, Clone)]
pub struct Intercepted<S, I> {
    store: S,
    interceptor: I,
}

impl<S: Store, I: Interceptor> Intercepted<S, I> {
    /// Puts `interceptor` around `store`.
    pub const fn new(store: S, interceptor: I) -> Self {
        Self { store, interceptor }
    }

    /// The store inside.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The interceptor.
    pub const fn interceptor(&self) -> &I {
        &self.interceptor
    }
}

macro_rules! surround {
    ($self:ident, $operation:ident, $method:ident($($argument:expr),*)) => {{
        let permit = $self.interceptor.before(StoreOperation::$operation).await?;
        let answer = $self.store.$method($($argument),*).await;
        $self.interceptor.after(StoreOperation::$operation, permit).await?;
        answer
    }};
}

forward_repositories!(surround, [S: Store, I: Interceptor], Intercepted<S, I>);
