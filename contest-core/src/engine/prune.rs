//! Use case: prune contests.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::UserId;
use crate::rules::PruneContests;
use crate::time::Timestamp;

impl Engine {
    /// Deletes the user's contests that began before this instant and have ended, with the requests they were
    /// created with. Returns whether there may have been any.
    ///
    /// Progress, days, streaks and the log of solves stay as they are, the numbers of ended contests too, and
    /// the problems of the deleted contests still count as attempted. The contests themselves are not found
    /// any more: they are in no list, result, pace or replay, reviews and
    /// [`LeastUsed`](crate::select::Strategy::LeastUsed) do not count them, and their idempotency keys are
    /// free; boards of rounds lose them. A host calls it to bound the space of a user; see also
    /// [`Limits::contests_per_day`](crate::rules::Limits::contests_per_day).
    ///
    /// ```
    /// use contest_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    /// let engine = Engine::builder(store).build().await?;
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    /// let contest = engine.create_contest(user, &request).await?.contest;
    /// engine.complete_contest(user, contest.id).await?;
    ///
    /// engine.prune_contests(user, "9999-01-01T00:00:00Z".parse()?).await?;
    /// assert!(engine.contest(user, contest.id).await.is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Refusal::ImportUnfinished`](crate::rules::Refusal::ImportUnfinished), [`Error::Contended`],
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contests are deleted or not.
    pub async fn prune_contests(&self, user: UserId, before: Timestamp) -> Result<bool, Error> {
        let span = operation_span!("contest.prune_contests", user = user);
        let prune = PruneContests { before };
        self.observe(span, self.fresh_answer(user, &prune)).await
    }
}
