//! Extra time, resuming, and beginning again.

use contest_core::model::{ContestRecord, ContestStatus, Epoch, SolveEventKind};
use contest_core::store::{
    ExtendError, LifeRepository, Reset, ResetError, ResumeError, StoreError, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};

use crate::store::NotebookStore;
use crate::user::User;

#[async_trait]
impl LifeRepository for NotebookStore {
    async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        match self.open().users.get_mut(&user) {
            Some(user) => user.extend(contest, deadline, now),
            None => Err(ExtendError::ContestNotFound),
        }
    }

    /// Looking whether another contest is active and taking the end back happen under one lock, so
    /// that no other call begins a contest in between.
    async fn resume_contest(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        match self.open().users.get_mut(&user) {
            Some(user) => user.resume(contest, now),
            None => Err(ResumeError::ContestNotFound),
        }
    }

    async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        self.open().users.entry(user).or_default().reset(now)
    }

    async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError> {
        Ok(self.read(user, |user| user.epoch))
    }
}

impl User {
    fn extend(
        &mut self,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        let record = self.contests.get_mut(&contest);
        let record = record.ok_or(ExtendError::ContestNotFound)?;
        let accepting = record.check_accepting(now);
        accepting.map_err(ExtendError::NotAccepting)?;
        if deadline < record.deadline {
            let deadline = record.deadline;
            return Err(ExtendError::EarlierDeadline { deadline });
        }
        record.deadline = deadline;
        Ok(record.clone())
    }

    /// Refusals come first, in the order the port gives them; then the changes.
    fn resume(&mut self, contest: ContestId, now: Timestamp) -> Result<ContestRecord, ResumeError> {
        let record = self.contests.get(&contest);
        let record = record.ok_or(ResumeError::ContestNotFound)?;
        let (status, deadline) = (record.status(now), record.deadline);
        match status {
            ContestStatus::Active => return Ok(record.clone()),
            ContestStatus::Abandoned if now < deadline => {}
            ContestStatus::Abandoned => return Err(ResumeError::DeadlinePassed { deadline }),
            status => return Err(ResumeError::NotAbandoned { status }),
        }
        if let Some(active) = self.active(now) {
            let contest = active.id;
            return Err(ResumeError::ActiveContestExists { contest });
        }
        self.settle(now);
        let record = self.contests.get_mut(&contest);
        let record = record.ok_or(ResumeError::ContestNotFound)?;
        record.ending = None;
        Ok(record.clone())
    }

    /// The history keeps what was solved, and gets an event for each solve that goes.
    fn reset(&mut self, now: Timestamp) -> Result<Reset, ResetError> {
        if let Some(active) = self.active(now) {
            let contest = active.id;
            return Err(ResetError::ActiveContestExists { contest });
        }
        let settled = self.settle(now);
        let solves = std::mem::take(&mut self.solves);
        for problem in solves.keys() {
            self.append(SolveEventKind::Removed, *problem, now, None);
        }
        self.epoch = Epoch {
            number: self.epoch.number + 1,
            began_at: Some(now),
        };
        Ok(Reset {
            epoch: self.epoch,
            removed: solves.len() as u64,
            settled,
        })
    }
}
