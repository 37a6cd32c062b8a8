//! Use cases: mark and unmark a problem of a contest.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, ProblemId, UserId};
use crate::store::{Mark, MarkError, Marked};

impl Engine {
    /// Marks a problem of an active contest as solved, and with it the problem for the user. Doing
    /// so again changes nothing.
    ///
    /// After the deadline a contest accepts marks for as long as its
    /// [late policy](crate::engine::EngineBuilder::late_policy) says. It is expired all the same; the
    /// solve counts like any other, and [`late_by`](crate::model::ContestProblem::late_by) tells it
    /// apart.
    ///
    /// # Errors
    /// [`Error::ContestNotFound`], [`Error::ContestNotAccepting`], [`Error::ProblemNotInContest`],
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The mark, the solve and the progress change together or not at all.
    pub async fn mark_solved(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
    ) -> Result<Marked, Error> {
        let span = operation_span!(
            "contest.mark",
            user = user,
            contest = contest,
            problem = problem
        );
        self.observe(span, self.set_mark(user, contest, problem, Mark::Solved))
            .await
    }

    /// Takes the mark of a problem of an active contest back. The problem becomes unsolved again,
    /// unless it was solved elsewhere before. Doing so again changes nothing.
    ///
    /// # Errors
    /// As [`mark_solved`](Self::mark_solved); from the deadline on always
    /// [`Error::ContestNotAccepting`].
    ///
    /// # Cancel safety
    /// As [`mark_solved`](Self::mark_solved).
    pub async fn unmark(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
    ) -> Result<Marked, Error> {
        let span = operation_span!(
            "contest.unmark",
            user = user,
            contest = contest,
            problem = problem
        );
        self.observe(span, self.set_mark(user, contest, problem, Mark::Unsolved))
            .await
    }

    async fn set_mark(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
    ) -> Result<Marked, Error> {
        let now = self.inner.clock.now();
        let outcome = self
            .inner
            .store
            .mark_problem(user, contest, problem, mark, now)
            .await;
        outcome.map_err(|error| match error {
            MarkError::ContestNotFound => Error::ContestNotFound { contest },
            MarkError::NotAccepting(reason) => Error::ContestNotAccepting { contest, reason },
            MarkError::ProblemNotInContest => Error::ProblemNotInContest { contest, problem },
            MarkError::Store(error) => error.into(),
        })
    }
}
