//! What a store author hands to the suite.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use crate::store::{EventLog, Store};

/// Makes stores to test. Closures that return a future of a [`StoreUnderTest`] are factories.
#[async_trait]
pub trait StoreFactory: Send + Sync {
    /// A fresh store without problems or users.
    ///
    /// # Contract
    /// - Nothing that is done to one store can be seen in another.
    /// - It is called once for each case, from several cases at a time.
    ///
    /// # Errors
    /// Whatever kept it from making a store; the case reports it as its own failure.
    async fn fresh(&self) -> Result<StoreUnderTest, Box<dyn Error + Send + Sync>>;
}

#[async_trait]
impl<F, Fut> StoreFactory for F
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<StoreUnderTest, Box<dyn Error + Send + Sync>>> + Send,
{
    async fn fresh(&self) -> Result<StoreUnderTest, Box<dyn Error + Send + Sync>> {
        self().await
    }
}

/// A store to test, seen through two handles.
pub struct StoreUnderTest {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The same data as another process would see it: another connection, pool or handle.
    pub other: Arc<dyn Store>,
    /// The log of the store's domain events, if it keeps one.
    pub events: Option<Arc<dyn EventLog>>,
    /// The same log as another process would see it.
    pub other_events: Option<Arc<dyn EventLog>>,
    // Declared, and so dropped, after the stores.
    guard: Option<Box<dyn Any + Send + Sync>>,
}

impl StoreUnderTest {
    /// A store whose other handle is the store itself. Give it one of its own
    /// ([`with_other`](Self::with_other)) wherever the back end allows two.
    pub fn new(store: impl Store + 'static) -> Self {
        let store: Arc<dyn Store> = Arc::new(store);
        Self {
            other: Arc::clone(&store),
            store,
            events: None,
            other_events: None,
            guard: None,
        }
    }

    /// With another handle on the same data.
    #[must_use]
    pub fn with_other(mut self, other: impl Store + 'static) -> Self {
        self.other = Arc::new(other);
        self
    }

    /// With the log of the domain events of the store, for
    /// [`outbox_conformance_tests!`](crate::outbox_conformance_tests). Its other handle is the log
    /// itself, unless it gets [one of its own](Self::with_other_events).
    #[must_use]
    pub fn with_events(mut self, log: impl EventLog + 'static) -> Self {
        let log: Arc<dyn EventLog> = Arc::new(log);
        self.other_events.get_or_insert_with(|| Arc::clone(&log));
        self.events = Some(log);
        self
    }

    /// With another handle on the same log.
    #[must_use]
    pub fn with_other_events(mut self, log: impl EventLog + 'static) -> Self {
        self.other_events = Some(Arc::new(log));
        self
    }

    /// With something that is dropped after the stores: a directory, a database, a container.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Any + Send + Sync) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// The two handles in turn, so that what is numbered is spread over them.
    pub(super) fn handle(&self, number: usize) -> Arc<dyn Store> {
        Arc::clone(if number.is_multiple_of(2) {
            &self.store
        } else {
            &self.other
        })
    }
}

impl fmt::Debug for StoreUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreUnderTest")
            .field("two_handles", &!Arc::ptr_eq(&self.store, &self.other))
            .field("events", &self.events.is_some())
            .field("guarded", &self.guard.is_some())
            .finish_non_exhaustive()
    }
}
