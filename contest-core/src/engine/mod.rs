//! The engine: the use cases over any store.
//!
//! Each public method is one use case and lives in a file of its own. A method reads the clock once,
//! decides with the pure functions of this crate, and asks the store for at most one write, so
//! nothing is ever half done.

mod activity;
mod as_of;
mod ask;
mod builder;
mod catalogue;
mod contests;
mod create;
mod epoch;
mod error;
mod explain;
mod extend;
mod finish;
mod history;
mod mark;
mod observe;
mod pace;
mod page;
mod progress;
mod replay;
mod request;
mod reset;
mod results;
mod resume;
mod select;
mod solves;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use activity::{Activity, ActivityWindow, ActivityWindowError, DailyActivity};
pub use builder::{EngineBuilder, Limits};
pub use error::{Error, LimitExceeded};
pub use pace::{PaceWindow, PaceWindowError};
pub use page::{Page, PageLimit, PageLimitError};
pub use replay::{Difference, Replay};
pub use request::{ContestDuration, ContestDurationError, ContestRequest};
pub use resume::ResumePolicy;

use crate::catalogue::Catalogue;
use crate::lifecycle::LatePolicy;
use crate::select::{SeedSource, Strategies};
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
/// let contest = engine.create_contest(user, &request).await?;
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
/// one write or not, and nothing runs on afterwards. With `tokio_util::sync::CancellationToken`:
/// `token.run_until_cancelled(engine.progress(user)).await`.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    catalogue: RwLock<Arc<Catalogue>>,
    clock: Arc<dyn Clock>,
    seeds: Arc<dyn SeedSource>,
    concurrency: NonZeroUsize,
    operation_timeout: Option<Duration>,
    limits: Limits,
    late_policy: LatePolicy,
    resume_policy: ResumePolicy,
    strategies: Strategies,
}

impl Engine {
    /// Begins to put an engine over `store` together.
    pub fn builder(store: impl Store + 'static) -> EngineBuilder {
        EngineBuilder::new(Arc::new(store))
    }

    /// The catalogue this engine selects from. Holding on to it keeps that snapshot.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(
            &self
                .inner
                .catalogue
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The store below, for what the engine does not offer.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What requests may ask for.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// What becomes of marks after the deadline of a contest that this engine creates.
    pub fn late_policy(&self) -> LatePolicy {
        self.inner.late_policy
    }

    /// Whether an abandoned contest can be resumed.
    pub fn resume_policy(&self) -> ResumePolicy {
        self.inner.resume_policy
    }

    fn set_catalogue(&self, catalogue: Arc<Catalogue>) {
        *self
            .inner
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner) = catalogue;
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("catalogue", &self.catalogue())
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}
