//! Use cases: record solves outside contests, and reset progress.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ProblemId, UserId};
use crate::model::NewSolve;
use crate::rules::{RecordSolves, RecordedSolves, Reset, ResetProgress};

impl Engine {
    /// Records that the user has solved a problem now, for the first time or again.
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
        self.record_solves(user, &[NewSolve::now(problem)]).await
    }

    /// Records solves of any time up to now, such as a history from elsewhere: all or none. A solve
    /// that is ahead by no more than the [clock
    /// allowance](crate::engine::EngineBuilder::clock_allowance) counts as now, and so does one without
    /// a time. Marks in contests do not change. The same problem at the same time is the same solve, so
    /// a call in which every solve has a time can be repeated.
    ///
    /// # Errors
    /// See [`RecordSolves`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// All are recorded, with the progress, or none.
    pub async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, Error> {
        let span = operation_span!("contest.record_solves", user = user, solves = solves.len());
        // Read once, so that all attempts record the same solve.
        let now = self.inner.clock.now();
        let timed = |solve: &NewSolve| NewSolve::new(solve.problem, solve.solved_at.unwrap_or(now));
        let solves = solves.iter().map(timed).collect();
        self.answer(span, user, RecordSolves { solves }).await
    }

    /// Begins a new epoch of the user's progress: no problem counts as solved any more. The log, the
    /// contests with their marks, and the counts of contests stay. The cost does not depend on how much
    /// was solved.
    ///
    /// Each call begins another epoch.
    ///
    /// # Errors
    /// [`Refusal::ActiveContestExists`](crate::rules::Refusal::ActiveContestExists) while a
    /// contest is active; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// Everything is reset, or nothing.
    pub async fn reset_progress(&self, user: UserId) -> Result<Reset, Error> {
        let span = operation_span!("contest.reset", user = user);
        self.answer(span, user, ResetProgress).await
    }
}
