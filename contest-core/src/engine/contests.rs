//! Use cases: create and change contests.

use tracing::Span;

use crate::engine::observe::operation_span;
use crate::engine::run::Done;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, ProblemId, UserId};
use crate::progress::Contest;
use crate::rules::{
    ContestRequest, Create, Created, Extend, Finish, FinishKind, MarkProblem, Marked, Resume,
    UnmarkProblem, UseCase,
};
use crate::select::Seed;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::user::{ContestRecord, UserRecord};

/// The result of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedContest {
    /// The contest.
    pub contest: Contest,
    /// Whether an earlier call with the same idempotency key created it.
    pub repeated: bool,
    /// The expired contest settled in the same step, if there was one.
    pub settled: Option<ContestId>,
}

impl Engine {
    /// Creates a contest that begins now: selects problems for the user and stores the contest in one
    /// atomic step. When it is stored, none of its problems is retired, and none is solved unless the
    /// request allows it.
    ///
    /// # Errors
    /// - [`Refusal::ActiveContestExists`] with the id of the active contest. Among concurrent calls, in
    ///   any number of processes, one wins and the others get this error.
    /// - [`Refusal::IdempotencyKeyReused`] when the key was used for a different request.
    /// - [`Refusal::Selection`] when no problem is eligible, or too few in strict mode.
    /// - [`Refusal::LimitExceeded`], [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest is created whole or not at all. To find out which, repeat the call with the same
    /// idempotency key.
    ///
    /// [`Refusal::ActiveContestExists`]: crate::rules::Refusal::ActiveContestExists
    /// [`Refusal::IdempotencyKeyReused`]: crate::rules::Refusal::IdempotencyKeyReused
    /// [`Refusal::Selection`]: crate::rules::Refusal::Selection
    /// [`Refusal::LimitExceeded`]: crate::rules::Refusal::LimitExceeded
    pub async fn create_contest(
        &self,
        user: UserId,
        request: &ContestRequest,
    ) -> Result<CreatedContest, Error> {
        self.observe(operation_span!("contest.create", user = user), async {
            let [seed, random] = [(); 2].map(|()| self.inner.seeds.next_seed());
            let create = Create {
                request,
                seed: Seed(seed),
                random,
            };
            self.create(user, &create).await
        })
        .await
    }

    /// Runs a use case that creates a contest.
    pub(super) async fn create(
        &self,
        user: UserId,
        use_case: &(impl UseCase<Answer = Created> + Sync),
    ) -> Result<CreatedContest, Error> {
        let Done { answer, after, now } = self.run(user, use_case).await?;
        let record = after.record.as_ref();
        Ok(CreatedContest {
            contest: self.view(user, &answer.contest, record, now).await?,
            repeated: answer.repeated,
            settled: answer.settled,
        })
    }

    /// Marks a problem of an active contest as solved; this also counts it as solved for the user.
    /// Repeating the call changes nothing, even after the contest has ended.
    ///
    /// After the deadline a contest accepts marks for as long as its [late
    /// policy](crate::engine::EngineBuilder::late_policy) says. The contest is expired all the same.
    /// The solve counts like any other; [`late_by`](crate::progress::ContestProblem::late_by) shows
    /// that it was late.
    ///
    /// # Errors
    /// See [`MarkProblem`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
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
        let mark = MarkProblem { contest, problem };
        self.answer(span, user, mark).await
    }

    /// Removes the mark of a problem of an active contest. The problem becomes unsolved again, unless
    /// it was solved elsewhere. Repeating the call changes nothing.
    ///
    /// # Errors
    /// See [`UnmarkProblem`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
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
        let unmark = UnmarkProblem { contest, problem };
        self.answer(span, user, unmark).await
    }

    /// Completes an active contest. A completed contest is returned unchanged.
    ///
    /// # Errors
    /// See [`Finish`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest ends or it does not.
    pub async fn complete_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Contest, Error> {
        let span = operation_span!("contest.complete", user = user, contest = contest);
        let kind = FinishKind::Complete;
        self.change(span, user, Finish { contest, kind }).await
    }

    /// Abandons an active contest. The problems marked in it stay solved. An abandoned contest is
    /// returned unchanged.
    ///
    /// # Errors
    /// As [`complete_contest`](Self::complete_contest).
    ///
    /// # Cancel safety
    /// As [`complete_contest`](Self::complete_contest).
    pub async fn abandon_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Contest, Error> {
        let span = operation_span!("contest.abandon", user = user, contest = contest);
        let kind = FinishKind::Abandon;
        self.change(span, user, Finish { contest, kind }).await
    }

    /// Moves the deadline of an active contest to a later instant: extra time that the host grants. It
    /// must not be callable by users.
    ///
    /// The deadline is an instant, not a duration, so that a call can be repeated.
    ///
    /// # Errors
    /// See [`Extend`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The deadline is moved or it is not.
    pub async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
    ) -> Result<Contest, Error> {
        let span = operation_span!("contest.extend", user = user, contest = contest);
        self.change(span, user, Extend { contest, deadline }).await
    }

    /// Resumes an abandoned contest: it is active again, with its marks and its deadline. An active
    /// contest is returned unchanged.
    ///
    /// # Errors
    /// See [`Resume`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest is active again or it is not.
    pub async fn resume_contest(&self, user: UserId, contest: ContestId) -> Result<Contest, Error> {
        let span = operation_span!("contest.resume", user = user, contest = contest);
        self.change(span, user, Resume { contest }).await
    }

    /// Runs a use case that returns a contest, in `span`.
    async fn change(
        &self,
        span: Span,
        user: UserId,
        use_case: impl UseCase<Answer = ContestRecord> + Sync,
    ) -> Result<Contest, Error> {
        self.observe(span, async {
            let Done { answer, after, now } = self.run(user, &use_case).await?;
            self.view(user, &answer, after.record.as_ref(), now).await
        })
        .await
    }

    /// A contest as it stands at `now`, with its problems' details. If another process created it from
    /// a newer catalogue, this engine reloads the catalogue.
    pub(super) async fn view(
        &self,
        user: UserId,
        contest: &ContestRecord,
        record: Option<&UserRecord>,
        now: Timestamp,
    ) -> Result<Contest, Error> {
        if let Some(view) = Contest::new(user, contest, record, &self.catalogue(), now) {
            return Ok(view);
        }
        let catalogue = self.load_catalogue().await?;
        let view = Contest::new(user, contest, record, &catalogue, now);
        Ok(view.ok_or_else(|| {
            let message = format!("contest {} has a problem that is not stored", contest.id);
            StoreError::inconsistent(message)
        })?)
    }
}
