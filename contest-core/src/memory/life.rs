//! Extending, resuming and resetting, in memory.

use async_trait::async_trait;

use crate::id::{ContestId, UserId};
use crate::memory::MemoryStore;
use crate::memory::user::User;
use crate::model::{ContestRecord, ContestStatus, EndingKind, Epoch, EventKind};
use crate::store::{ExtendError, LifeRepository, Reset, ResetError, ResumeError, StoreError};
use crate::time::Timestamp;

#[async_trait]
impl LifeRepository for MemoryStore {
    async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        self.inner
            .users
            .update(user, |user| extend(user, contest, deadline, now))
            .unwrap_or(Err(ExtendError::ContestNotFound))
    }

    async fn resume_contest(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        self.inner
            .users
            .update(user, |user| resume(user, contest, now))
            .unwrap_or(Err(ResumeError::ContestNotFound))
    }

    async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        self.inner.users.write(user, |user| reset(user, now))
    }

    async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError> {
        Ok(self.inner.users.read(user, |user| user.epoch))
    }
}

fn extend(
    user: &mut User,
    contest: ContestId,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<ContestRecord, ExtendError> {
    let record = user
        .contests
        .get_mut(&contest)
        .ok_or(ExtendError::ContestNotFound)?;
    record
        .check_accepting(now)
        .map_err(ExtendError::NotAccepting)?;
    if deadline < record.deadline {
        return Err(ExtendError::EarlierDeadline {
            deadline: record.deadline,
        });
    }
    if deadline > record.deadline {
        record.deadline = deadline;
        let extended = EventKind::ContestExtended { contest, deadline };
        user.outbox.append(now, extended);
    }
    Ok(record.clone())
}

fn resume(
    user: &mut User,
    contest: ContestId,
    now: Timestamp,
) -> Result<ContestRecord, ResumeError> {
    let record = user
        .contests
        .get(&contest)
        .ok_or(ResumeError::ContestNotFound)?;
    if record.check_accepting(now).is_ok() {
        return Ok(record.clone());
    }
    if record.ending.map(|ending| ending.kind) != Some(EndingKind::Abandoned) {
        return Err(ResumeError::NotAbandoned {
            status: record.status(now),
        });
    }
    if now >= record.deadline {
        return Err(ResumeError::DeadlinePassed {
            deadline: record.deadline,
        });
    }
    if let Some(contest) = active(user, now) {
        return Err(ResumeError::ActiveContestExists { contest });
    }
    user.settle(now);
    user.reopen(contest, now)
        .ok_or(ResumeError::ContestNotFound)
}

fn reset(user: &mut User, now: Timestamp) -> Result<Reset, ResetError> {
    if let Some(contest) = active(user, now) {
        return Err(ResetError::ActiveContestExists { contest });
    }
    let settled = user.settle(now);
    let removed = user.forget_solves(now);
    user.epoch = Epoch {
        number: user.epoch.number + 1,
        began_at: Some(now),
    };
    let epoch = user.epoch.number;
    user.outbox.append(now, EventKind::ProgressReset { epoch });
    Ok(Reset {
        epoch: user.epoch,
        removed,
        settled,
    })
}

/// The active contest; after [`User::settle`] there is none without an ending.
fn active(user: &User, now: Timestamp) -> Option<ContestId> {
    let open = user.open_contest()?;
    (open.status(now) == ContestStatus::Active).then_some(open.id)
}
