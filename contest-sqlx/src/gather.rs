//! Gathered commits: while one commit runs, commits of other users wait, and then go together.
//!
//! A store has a few *places* for commits that run at once. A commit that finds a free place runs alone
//! and is not copied. Any other commit joins the batch that is forming. A batch waits for a place, closes,
//! and is made by a function of the store, which returns an outcome for each commit.
//!
//! There is no task and no timer. The calls that wait for a batch run it: one of them polls it, and
//! when that call is dropped, another one takes over. A call that is dropped before its batch closes
//! removes its commit. When all calls of a batch are dropped, the batch is dropped in whatever state it is.
//!
//! Batches get places in the order in which they began, and have at most one commit per user, so the
//! commits of a user stay in order. The exception is a commit whose batch answers
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

/// The maximum of commits in a batch.
const MOST_COMMITS: usize = 64;

/// The maximum of attempts and events in a batch. A commit with more runs alone.
const MOST_ROWS: usize = 1_000;

/// The outcome of one commit of a batch.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It succeeded or failed.
    Ended(Result<(), CommitError>),
    /// It left nothing. Its call makes it again, alone, in a place of its own.
    Alone,
}

/// Lets commits run alone or in batches.
pub(crate) struct Gatherer {
    places: Arc<Semaphore>,
    /// The latest batch, until its calls are gone.
    latest: Mutex<Weak<Batch>>,
}

impl Gatherer {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            latest: Mutex::new(Weak::new()),
        }
    }

    /// Makes a commit: by `alone`, or in a batch made by `together`. `alone` is polled only while
    /// the call has a place. Of a batch, only the `together` of its first call is called. It returns the
    /// outcomes in the order of the commits; its future is polled only while the batch has a place.
    ///
    /// # Cancel safety
    /// Dropped before its commit runs, nothing happens. Dropped later, `alone` is dropped; a batch goes on
    /// as long as it has other calls.
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
        // The semaphore is never closed, so this is a place.
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
    commit.attempts.len() + commit.events.len()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
