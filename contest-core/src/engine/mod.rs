//! The engine: the use cases over any store.
//!
//! A change is one loop: load the user, decide by the [rules](crate::rules), commit on the version that
//! was loaded; start again after a conflict. The engine remembers the last committed state of recent
//! users, so that their next change needs no load. A read loads and answers.

mod boards;
mod builder;
mod catalogue;
mod contests;
mod erase;
mod error;
#[cfg(feature = "serde")]
mod export;
mod gather;
mod history;
mod observe;
mod page;
mod progress;
mod prune;
mod queue;
mod remembered;
mod rounds;
mod run;
mod select;
mod solves;
mod verify;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

pub use boards::{BoardPage, BoardPosition, BoardRow};
pub use builder::EngineBuilder;
pub use contests::CreatedContest;
pub use error::Error;
pub use history::PaceWindow;
pub use page::{Page, PageLimit};
pub use rounds::{Rounds, Viewer};

use crate::catalogue::Catalogue;
use crate::delivery::EventSink;
use crate::engine::builder::LongComputations;
use crate::engine::catalogue::Reload;
use crate::engine::queue::Queues;
use crate::engine::remembered::Remembered;
use crate::rules::Settings;
use crate::select::SeedSource;
use crate::store::Store;
use crate::time::{Clock, Timestamp};

/// Runs contests over a store. Cheap to clone; clones share everything.
///
/// ```
/// use contest_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
/// let engine = Engine::builder(store).build().await?;
///
/// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
/// let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
/// let contest = engine.create_contest(user, &request).await?.contest;
/// for entry in &contest.problems {
///     engine.mark_solved(user, contest.id, entry.problem.id).await?;
/// }
/// engine.complete_contest(user, contest.id).await?;
/// assert_eq!(engine.progress(user).await?.overall().solved, 5);
/// # Ok(()) }
/// ```
///
/// # Cancellation
/// Dropping the future of a method cancels its work: the method has either asked the store for its one
/// commit or not, and nothing runs on afterwards. With `tokio_util::sync::CancellationToken`:
/// `token.run_until_cancelled(engine.progress(user)).await`.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    catalogue: RwLock<Arc<Catalogue>>,
    reload: Mutex<Option<Reload>>,
    queues: Queues,
    remembered: Remembered,
    clock: Arc<dyn Clock>,
    seeds: Arc<dyn SeedSource>,
    concurrency: NonZeroUsize,
    operation_timeout: Option<Duration>,
    erasures: Option<Arc<dyn EventSink>>,
    long_computations: Option<LongComputations>,
    settings: Settings,
}

impl Engine {
    /// A builder for an engine over `store`.
    pub fn builder(store: impl Store + 'static) -> EngineBuilder {
        EngineBuilder::new(Arc::new(store))
    }

    /// The catalogue this engine holds: an immutable snapshot.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(
            &self
                .inner
                .catalogue
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// This engine over another store with the same data, such as one bound to a transaction of the
    /// host. It shares the clock, the seeds and the settings, and starts with the current catalogue. It
    /// [remembers](EngineBuilder::remembered_users) no users, its calls do not wait for calls of this
    /// engine, and this engine does not adopt a catalogue it loads. So a transaction that is rolled
    /// back leaves nothing behind here.
    ///
    /// Making one calls no store: make one per transaction and drop it with the transaction.
    ///
    /// ```
    /// use contest_core::prelude::*;
    /// use contest_core::store::{InFlightLimit, Intercepted};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    /// let engine = Engine::builder(store.clone()).build().await?;
    ///
    /// // The same data through a store that makes one call at a time.
    /// let one = InFlightLimit::new(1.try_into()?);
    /// let careful = engine.with_store(Intercepted::new(store, one));
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// careful.reset_progress(user).await?;
    /// assert_eq!(engine.epoch(user).await?.number, 1);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_store(&self, store: impl Store + 'static) -> Self {
        let Inner {
            clock,
            seeds,
            concurrency,
            operation_timeout,
            erasures,
            long_computations,
            settings,
            ..
        } = &*self.inner;
        let inner = Inner {
            store: Arc::new(store),
            catalogue: RwLock::new(self.catalogue()),
            reload: Mutex::default(),
            queues: Queues::default(),
            // The host may still roll back: do not remember.
            remembered: Remembered::new(0),
            clock: Arc::clone(clock),
            seeds: Arc::clone(seeds),
            concurrency: *concurrency,
            operation_timeout: *operation_timeout,
            erasures: erasures.clone(),
            long_computations: long_computations.clone(),
            settings: settings.clone(),
        };
        let inner = Arc::new(inner);
        Self { inner }
    }

    /// The time that the engine's clock reads.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn next_seed(&self) -> u64 {
        self.inner.seeds.next_seed()
    }

    /// The store, for operations that the engine does not offer.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The host's settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("catalogue", &self.catalogue())
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}
