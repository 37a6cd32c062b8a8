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

/// The answer to a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedContest {
    /// The contest.
    pub contest: Contest,
    /// Whether an earlier call under the same idempotency key created it.
    pub repeated: bool,
    /// The expired contest that was settled in the same step, if there was one.
    pub settled: Option<ContestId>,
}

impl Engine {
    /// Creates a contest that begins now: selects problems for the user and stores the contest whole, in
    /// one step. At the moment it is stored, none of its problems is retired, or solved unless the
    /// request allows it.
    ///
    /// # Errors
    /// - [`Refusal::ActiveContestExists`] with the id of the active contest. Of any number of
    ///   concurrent calls, in any number of processes, one wins and the others get this.
    /// - [`Refusal::IdempotencyKeyReused`] when the key was used for a different request.
    /// - [`Refusal::Selection`] when no problem is eligible, or too few in strict mode.
    /// - [`Refusal::LimitExceeded`], [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest is created whole or not at all. A caller that cannot know which repeats the call
    /// under the same idempotency key.
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
            let Done { answer, after, now } = self.run(user, &create).await?;
            let Created {
                contest,
                repeated,
                settled,
            } = answer;
            let contest = self.view(user, &contest, after.record.as_ref(), now);
            let contest = contest.await?;
            Ok(CreatedContest {
                contest,
                repeated,
                settled,
            })
        })
        .await
    }

    /// Marks a problem of an active contest as solved, and with it the problem for the user. Doing so
    /// again changes nothing, also after the contest has ended.
    ///
    /// After the deadline a contest accepts marks for as long as its
    /// [late policy](crate::engine::EngineBuilder::late_policy) says. It is expired all the same;
    /// the solve counts like any other, and
    /// [`late_by`](crate::progress::ContestProblem::late_by) tells it apart.
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

    /// Takes the mark of a problem of an active contest back. The problem becomes unsolved again, unless
    /// it was solved elsewhere. Doing so again changes nothing.
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

    /// Completes an active contest. One that is completed is answered as it is.
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

    /// Abandons an active contest. What was marked in it stays solved. One that is abandoned is answered
    /// as it is.
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

    /// Moves the deadline of an active contest to a later one: extra time that the host grants. It must
    /// not be callable by users.
    ///
    /// The deadline is an instant and not a length of time, so that a call can be repeated.
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

    /// Resumes an abandoned contest: it is active again, with the marks and the deadline it had. A
    /// contest that is active stays as it is.
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

    /// Runs a use case that answers with a contest in `span`.
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

    /// A contest as it stands at `now`, with its problems' details. One that another process created
    /// from a newer catalogue makes this engine reload.
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
