//! A store in memory: the reference implementation of the repositories.
//!
//! Made for tests, for small tools, and to read: it is the contract in its plainest form. Nothing
//! survives the process. Users are spread over shards, each behind a reader-writer lock that is held
//! for one step and never across an await.

mod contests;
mod events;
mod life;
mod outbox;
mod practice;
mod problems;
mod progress;
mod shard;
mod solves;
mod turns;
mod user;

use std::fmt;
use std::sync::{Arc, RwLock};

use crate::catalogue::Catalogue;
use crate::memory::shard::{Shards, read, write};

/// A store in memory. Clones share the same data.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::memory::MemoryStore;
///
/// let empty = MemoryStore::new();
/// let with_problems = MemoryStore::with_catalogue(Catalogue::neetcode150());
/// # let _ = (empty, with_problems);
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Held for reading during every step that depends on the problems, so that a publication falls
    /// between two steps and never into one. Always locked before a shard.
    catalogue: RwLock<Arc<Catalogue>>,
    users: Shards,
}

impl MemoryStore {
    /// A store without problems.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store in which `catalogue` is published.
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        let store = Self::new();
        *write(&store.inner.catalogue) = Arc::new(catalogue.with_revision(1));
        store
    }

    /// Keeps domain events from now on, for every clone too: see
    /// [`EventLog`](crate::store::EventLog). Without this the log stays empty.
    ///
    /// Delivered events are kept until they are
    /// [forgotten](crate::store::EventLog::forget_events), so a store whose events nobody delivers
    /// grows.
    ///
    /// ```
    /// use contest_core::memory::MemoryStore;
    ///
    /// let store = MemoryStore::new().with_outbox();
    /// # let _ = store;
    /// ```
    #[must_use]
    pub fn with_outbox(self) -> Self {
        self.inner.users.keep_events();
        self
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("catalogue", &*read(&self.inner.catalogue))
            .finish_non_exhaustive()
    }
}
