//! Use cases: complete and abandon a contest.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, UserId};
use crate::model::Contest;
use crate::store::{FinishError, FinishKind};

impl Engine {
    /// Finishes an active contest.
    ///
    /// # Errors
    /// [`Error::ContestNotFound`]; [`Error::ContestNotAccepting`] when it has ended, from its
    /// deadline on as expired; [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest ends or it does not.
    pub async fn complete_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Contest, Error> {
        let span = operation_span!("contest.complete", user = user, contest = contest);
        self.observe(span, self.finish(user, contest, FinishKind::Complete))
            .await
    }

    /// Gives an active contest up. What was marked in it stays solved.
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
        self.observe(span, self.finish(user, contest, FinishKind::Abandon))
            .await
    }

    async fn finish(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
    ) -> Result<Contest, Error> {
        let now = self.inner.clock.now();
        match self
            .inner
            .store
            .finish_contest(user, contest, kind, now)
            .await
        {
            Ok(record) => self.view(record, now).await,
            Err(FinishError::ContestNotFound) => Err(Error::ContestNotFound { contest }),
            Err(FinishError::NotAccepting(reason)) => {
                Err(Error::ContestNotAccepting { contest, reason })
            }
            Err(FinishError::Store(error)) => Err(error.into()),
        }
    }
}
