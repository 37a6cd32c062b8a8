//! Use cases: record solves that happened outside a contest.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error, LimitExceeded};
use crate::id::{ProblemId, UserId};
use crate::model::NewSolve;
use crate::store::{RecordSolvesError, RecordedSolves};

impl Engine {
    /// Records that the user has solved a problem now. Doing so again changes nothing.
    ///
    /// # Errors
    /// As [`record_solves`](Self::record_solves).
    ///
    /// # Cancel safety
    /// As [`record_solves`](Self::record_solves).
    pub async fn record_solve(
        &self,
        user: UserId,
        problem: ProblemId,
    ) -> Result<RecordedSolves, Error> {
        let span = operation_span!("contest.record_solve", user = user, problem = problem);
        let solve = NewSolve::new(problem, self.inner.clock.now());
        self.observe(span, self.store_solves(user, &[solve])).await
    }

    /// Records solves of any time up to now, such as a history from elsewhere: all or none. Of
    /// several solves of a problem the earliest counts. Problems that are already solved stay as
    /// they are, and so do marks in contests.
    ///
    /// # Errors
    /// [`Error::SolveInFuture`], [`Error::UnknownProblems`], [`Error::LimitExceeded`],
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// All are recorded, with the progress, or none.
    pub async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, Error> {
        let span = operation_span!("contest.record_solves", user = user, solves = solves.len());
        self.observe(span, async {
            LimitExceeded::check("solves", solves.len(), 0..=self.inner.limits.solves)?;
            let now = self.inner.clock.now();
            if let Some(future) = solves.iter().find(|solve| solve.solved_at > now) {
                return Err(Error::SolveInFuture {
                    problem: future.problem,
                });
            }
            self.store_solves(user, &earliest_of_each(solves)).await
        })
        .await
    }

    async fn store_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, Error> {
        let outcome = self.inner.store.record_solves(user, solves).await;
        outcome.map_err(|error| match error {
            RecordSolvesError::UnknownProblems { problems } => Error::UnknownProblems { problems },
            RecordSolvesError::Store(error) => error.into(),
        })
    }
}

/// One solve for each problem, in the order the problems were first named.
fn earliest_of_each(solves: &[NewSolve]) -> Vec<NewSolve> {
    let mut places = BTreeMap::new();
    let mut kept: Vec<NewSolve> = Vec::with_capacity(solves.len());
    for solve in solves {
        match places.entry(solve.problem) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(*solve);
            }
            Entry::Occupied(place) => {
                if let Some(earlier) = kept.get_mut(*place.get()) {
                    earlier.solved_at = earlier.solved_at.min(solve.solved_at);
                }
            }
        }
    }
    kept
}
