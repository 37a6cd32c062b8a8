//! The engine: the use cases over any store.
//!
//! A change is one loop: load the user, decide by the [rules](crate::rules), commit on the
//! version that was loaded; after a conflict, again. What was committed last for recent users is
//! remembered, so that their next change needs no load. A read loads and answers.

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
mod queue;
mod remembered;
mod run;
mod select;
mod solves;
mod verify;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

pub use builder::EngineBuilder;
pub use contests::CreatedContest;
pub use error::Error;
pub use history::PaceWindow;
pub use page::{Page, PageLimit};

use crate::catalogue::Catalogue;
use crate::delivery::EventSink;
use crate::engine::catalogue::Reload;
use crate::engine::queue::Queues;
use crate::engine::remembered::Remembered;
use crate::rules::Settings;
use crate::select::SeedSource;
use crate::store::Store;
use crate::time::Clock;

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
/// Dropping the future of any method cancels its work: a method has either asked the store for its
/// one commit or not, and nothing runs on afterwards. With `tokio_util::sync::CancellationToken`:
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
    settings: Settings,
}

impl Engine {
    /// Begins to put an engine over `store` together.
    pub fn builder(store: impl Store + 'static) -> EngineBuilder {
        EngineBuilder::new(Arc::new(store))
    }

    /// The catalogue this engine holds. Holding on to it keeps that snapshot.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(
            &self
                .inner
                .catalogue
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// This engine over another store of the same data, which the host has bound to a transaction of its own,
    /// for example: clock, seeds and settings are shared, the catalogue is the one held now. It
    /// [remembers](EngineBuilder::remembered_users) no users, its calls do not queue up behind calls of this
    /// engine, and a catalogue it loads is not taken over here. So nothing is left here of a transaction that
    /// is rolled back.
    ///
    /// Making one costs no call of the store: make it for a transaction and drop it with that.
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
            settings,
            ..
        } = &*self.inner;
        let inner = Inner {
            store: Arc::new(store),
            catalogue: RwLock::new(self.catalogue()),
            reload: Mutex::default(),
            queues: Queues::default(),
            // What the host may still roll back must not be remembered.
            remembered: Remembered::new(0),
            clock: Arc::clone(clock),
            seeds: Arc::clone(seeds),
            concurrency: *concurrency,
            operation_timeout: *operation_timeout,
            erasures: erasures.clone(),
            settings: settings.clone(),
        };
        let inner = Arc::new(inner);
        Self { inner }
    }

    /// The store below, for what the engine does not offer.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What the host allows.
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
