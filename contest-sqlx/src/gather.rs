//! Gathered commits: while one commit is under way, those of other users wait and go together next.
//!
//! A store has a few *places* for commits that run at once. A commit that finds one free runs alone,
//! without being copied. Any other joins the batch that is forming. A batch waits for a place, closes,
//! and is made by a function of the store, which answers for each of its commits.
//!
//! There is no task and no timer. The calls that wait for a batch run it: one of them polls it, and
//! when that call is dropped another takes over. A call that is dropped before its batch closes takes
//! its commit out. When all calls of a batch are dropped, so is the batch, wherever it is.
//!
//! Batches get places in the order in which they began, and have at most one commit of a user, so that
//! the commits of a user stay in order. An exception is a commit whose batch answers
//! [`Outcome::Alone`]: it queues again.

mod batch;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use contest_core::store::{Commit, CommitError};
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use batch::{Batch, Member};

/// The most commits of a batch.
const MOST_COMMITS: usize = 64;

/// The most solves and events of a batch. A commit with more runs alone.
const MOST_ROWS: usize = 1_000;

/// What became of one commit of a batch.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was made, or not.
    Ended(Result<(), CommitError>),
    /// Nothing of it was kept. Its call makes it alone, in a place of its own.
    Alone,
}

/// Lets commits run alone or in batches.
pub(crate) struct Gatherer {
    places: Arc<Semaphore>,
    /// The batch that began last, until its calls are gone.
    latest: Mutex<Weak<Batch>>,
}

impl Gatherer {
    /// With this number of places.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            latest: Mutex::new(Weak::new()),
        }
    }

    /// Makes a commit: by `alone`, or in a batch that `together` makes. `alone` is polled only while
    /// the call has a place. `together` is called once for a batch, that of the call which began it,
    /// and answers in the order of the commits; its future is polled while the batch has a place.
    ///
    /// # Cancel safety
    /// Dropped before its commit is under way, nothing happens. Dropped later, `alone` is dropped, and
    /// a batch goes on as long as it has other calls.
    pub(crate) async fn commit(
        &self,
        commit: &Commit,
        alone: impl Future<Output = Result<(), CommitError>> + Send,
        together: impl FnOnce(Vec<Commit>) -> BoxFuture<'static, Vec<Outcome>> + Send + 'static,
    ) -> Result<(), CommitError> {
        if let Ok(_place) = self.places.try_acquire() {
            return alone.await;
        }
        if rows(commit) <= MOST_ROWS
            && let Outcome::Ended(outcome) = self.join(commit, together).await
        {
            return outcome;
        }
        // Never closed, so it is a place.
        let _place = self.places.acquire().await;
        alone.await
    }

    /// Joins the batch that is forming, or begins one.
    fn join(
        &self,
        commit: &Commit,
        together: impl FnOnce(Vec<Commit>) -> BoxFuture<'static, Vec<Outcome>> + Send + 'static,
    ) -> Member {
        let mut latest = lock(&self.latest);
        let joined = latest.upgrade().and_then(|batch| batch.join(commit));
        joined.unwrap_or_else(|| {
            let member = Batch::begin(commit, Arc::clone(&self.places), together);
            *latest = Arc::downgrade(member.batch());
            member
        })
    }
}

impl fmt::Debug for Gatherer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatherer")
            .field("free_places", &self.places.available_permits())
            .finish_non_exhaustive()
    }
}

fn rows(commit: &Commit) -> usize {
    commit.solves.len() + commit.events.len()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
