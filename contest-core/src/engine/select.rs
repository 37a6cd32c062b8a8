//! Use cases: select problems without creating a contest, explain a selection, repeat one.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, UserId};
use crate::rules::{ExplainSelection, Refusal, Replay, ReplaySelection, SelectProblems};
use crate::select::{Explanation, Seed, Selection, SelectionRequest};

impl Engine {
    /// Selects problems for the user as [`create_contest`](Self::create_contest) would, and stores
    /// nothing.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`], [`Refusal::Selection`], [`Error::Contended`], [`Error::TimedOut`] or
    /// [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn select(
        &self,
        user: UserId,
        request: &SelectionRequest,
    ) -> Result<Selection, Error> {
        let span = operation_span!("contest.select", user = user);
        let seed = Seed(self.inner.seeds.next_seed());
        let select = SelectProblems { request, seed };
        self.observe(span, self.fresh_answer(user, &select)).await
    }

    /// Selects problems for the user as [`select`](Self::select) does, explains the result, and stores
    /// nothing. A request that cannot be met is explained too. The cost grows with the catalogue: use
    /// it for support and debugging, not for every contest.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`], [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`]. A
    /// selection that fails is explained in the answer.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn explain(
        &self,
        user: UserId,
        request: &SelectionRequest,
    ) -> Result<Explanation, Error> {
        let span = operation_span!("contest.explain", user = user);
        let seed = Seed(self.inner.seeds.next_seed());
        let explain = ExplainSelection { request, seed };
        self.observe(span, self.fresh_answer(user, &explain)).await
    }

    /// Repeats the selection of one of the user's contests from its recorded request and seed, today's
    /// catalogue, and the user's history before the contest, and says whether the result is the same.
    /// Reads all data of the user.
    ///
    /// # Errors
    /// [`Refusal::ContestNotFound`], [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`]. A
    /// selection that fails today is part of the answer.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn replay(&self, user: UserId, contest: ContestId) -> Result<Replay, Error> {
        let span = operation_span!("contest.replay", user = user, contest = contest);
        self.observe(span, async {
            let request = self.inner.store.contest_request(user, contest).await?;
            let request = request.ok_or(Refusal::ContestNotFound { contest })?;
            let replay = ReplaySelection {
                contest,
                request: &request,
            };
            self.fresh_answer(user, &replay).await
        })
        .await
    }
}
