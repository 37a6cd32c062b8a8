//! Taking the abandonment of a contest back.

use contest_core::model::{ContestRecord, EndingKind, EventKind};
use contest_core::store::{ResumeError, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::contests::find;
use crate::sqlite::create::{open_contest, settle};
use crate::sqlite::error::during;
use crate::sqlite::outbox;
use crate::sqlite::pool::{acquire, begin, commit};

pub(super) const REOPEN: &str = "
UPDATE contests SET ending = NULL, ended_at = NULL WHERE user_id = ?1 AND id = ?2";

pub(super) const COUNT_RESUMED: &str = "
UPDATE user_progress SET abandoned = abandoned - 1 WHERE user_id = ?1";

impl SqliteStore {
    pub(super) async fn resume(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let mut record = find(&mut transaction, user, contest)
            .await?
            .ok_or(ResumeError::ContestNotFound)?;
        if record.check_accepting(now).is_ok() {
            return Ok(record);
        }
        check_abandoned(&record, now)?;
        let open = open_contest(&mut transaction, user).await?;
        if let Some((contest, deadline)) = open
            && now < deadline
        {
            return Err(ResumeError::ActiveContestExists { contest });
        }
        if let Some((expired, _)) = open {
            settle(&mut transaction, user, expired).await?;
        }
        reopen(&mut transaction, user, contest).await?;
        let settled = open.map(|(expired, _)| outbox::settled(expired));
        let resumed = EventKind::ContestResumed { contest };
        let events = settled.into_iter().chain([resumed]);
        self.tell(&mut transaction, user, now, events).await?;
        commit(transaction).await?;
        record.ending = None;
        Ok(record)
    }
}

fn check_abandoned(record: &ContestRecord, now: Timestamp) -> Result<(), ResumeError> {
    if record.ending.map(|ending| ending.kind) != Some(EndingKind::Abandoned) {
        let status = record.status(now);
        return Err(ResumeError::NotAbandoned { status });
    }
    if now >= record.deadline {
        let deadline = record.deadline;
        return Err(ResumeError::DeadlinePassed { deadline });
    }
    Ok(())
}

async fn reopen(
    connection: &mut SqliteConnection,
    user: UserId,
    contest: ContestId,
) -> Result<(), StoreError> {
    let failed = during("resuming a contest");
    sqlx::query(REOPEN)
        .bind(user.as_uuid())
        .bind(contest.as_uuid())
        .execute(&mut *connection)
        .await
        .map_err(&failed)?;
    sqlx::query(COUNT_RESUMED)
        .bind(user.as_uuid())
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(())
}
