//! Use cases: record attempts and solves, and reset progress.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::NewSolve;
use crate::rules::{
    RecordAttempts, RecordAttemptsOutside, RecordSolves, RecordedAttempts, RecordedSolves, Reset,
    ResetProgress,
};
use crate::scoring::Attempt;

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

    /// Records attempts at problems of a contest that the host has judged, or is judging: all or none. A known
    /// attempt is judged again, after the end of the contest too. It must not be callable by users: they
    /// [mark](Self::mark_solved) problems.
    ///
    /// ```
    /// use contest_core::model::SubmissionId;
    /// use contest_core::prelude::*;
    /// use contest_core::scoring::{Attempt, Icpc, Verdict};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    /// let engine = Engine::builder(store).build().await?;
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?)
    ///     .with_scoring(Icpc::default());
    /// let contest = engine.create_contest(user, &request).await?.contest;
    ///
    /// let problem = contest.problems[0].problem.id;
    /// let attempt = |id: &str, verdict| {
    ///     let attempt = Attempt::new(problem, contest.started_at, verdict);
    ///     SubmissionId::new(id).map(|id| attempt.with_submission(id))
    /// };
    /// let judged = [attempt("101", Verdict::Rejected)?, attempt("102", Verdict::Accepted)?];
    /// engine.record_attempts(user, contest.id, &judged).await?;
    /// let score = engine.contest(user, contest.id).await?.score;
    /// assert_eq!((score.solved, score.penalty.as_secs() / 60), (1, 20));
    ///
    /// // Submission 101 is judged again.
    /// engine.record_attempts(user, contest.id, &[attempt("101", Verdict::NotCounted)?]).await?;
    /// assert_eq!(engine.contest(user, contest.id).await?.score.penalty.as_secs(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`RecordAttempts`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// All are recorded, with the marks and the progress, or none.
    pub async fn record_attempts(
        &self,
        user: UserId,
        contest: ContestId,
        attempts: &[Attempt],
    ) -> Result<RecordedAttempts, Error> {
        let span = operation_span!(
            "contest.record_attempts",
            user = user,
            contest = contest,
            attempts = attempts.len()
        );
        let attempts = attempts.to_vec();
        self.answer(span, user, RecordAttempts { contest, attempts })
            .await
    }

    /// Records attempts outside contests that the host has judged, or is judging: all or none. Give a known
    /// attempt its time again to judge it again. It must not be callable by users.
    ///
    /// # Errors
    /// See [`RecordAttemptsOutside`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// All are recorded, with the progress, or none.
    pub async fn record_attempts_outside(
        &self,
        user: UserId,
        attempts: &[Attempt],
    ) -> Result<RecordedAttempts, Error> {
        let span = operation_span!(
            "contest.record_attempts_outside",
            user = user,
            attempts = attempts.len()
        );
        let attempts = attempts.to_vec();
        self.answer(span, user, RecordAttemptsOutside { attempts })
            .await
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
