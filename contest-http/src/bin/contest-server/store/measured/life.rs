//! The rarer turns of a contest's life, and what a user has done with single problems.

use std::collections::HashMap;

use contest_core::model::{ContestRecord, Epoch, Practice, Solve};
use contest_core::store::{
    ExtendError, LifeRepository, PracticeRepository, Reset, ResetError, ResumeError, SolvePage,
    Store, StoreError, StoreOperation as Operation, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};

use super::{Measured, count_if_late, measured};
use crate::telemetry::metrics;

#[async_trait]
impl<S: Store> PracticeRepository for Measured<S> {
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        let call = self.0.practice_among(user, candidates);
        measured(Operation::PracticeAmong, call).await
    }

    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError> {
        let call = self.0.list_solves(user, page);
        measured(Operation::ListSolves, call).await
    }
}

#[async_trait]
impl<S: Store> LifeRepository for Measured<S> {
    async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        let call = self.0.extend_contest(user, contest, deadline, now);
        let answer = measured(Operation::ExtendContest, call).await;
        if let Err(ExtendError::NotAccepting(why)) = &answer {
            count_if_late(*why);
        }
        answer
    }

    async fn resume_contest(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        let call = self.0.resume_contest(user, contest, now);
        let answer = measured(Operation::ResumeContest, call).await;
        if let Err(ResumeError::DeadlinePassed { .. }) = &answer {
            metrics::came_too_late();
        }
        answer
    }

    async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        let call = self.0.reset_progress(user, now);
        let answer = measured(Operation::ResetProgress, call).await;
        if let Ok(Reset {
            settled: Some(_), ..
        }) = &answer
        {
            metrics::contest_expired();
        }
        answer
    }

    async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError> {
        let call = self.0.current_epoch(user);
        measured(Operation::CurrentEpoch, call).await
    }
}
