//! Ending a contest.

use contest_core::lifecycle::check_accepting;
use contest_core::model::{ContestRecord, Ending, EndingKind, EventKind};
use contest_core::store::{FinishError, FinishKind, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::contests::find;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::ending_text;

pub(super) const END: &str = "
UPDATE contests SET ending = ?3, ended_at = ?4
WHERE user_id = ?1 AND id = ?2 AND ending IS NULL";

pub(super) const COUNT: &str = "
INSERT INTO user_progress (user_id, completed, abandoned)
VALUES (?1, ?2 = 'completed', ?2 = 'abandoned')
ON CONFLICT (user_id) DO UPDATE SET
    completed = completed + excluded.completed,
    abandoned = abandoned + excluded.abandoned";

impl SqliteStore {
    pub(super) async fn finish(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        let kind = match kind {
            FinishKind::Complete => EndingKind::Completed,
            FinishKind::Abandon => EndingKind::Abandoned,
        };
        let ending = Ending { kind, at: now };
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let mut record = find(&mut transaction, user, contest)
            .await?
            .ok_or(FinishError::ContestNotFound)?;
        check_accepting(record.ending, record.started_at, record.deadline, now)
            .map_err(FinishError::NotAccepting)?;
        end(&mut transaction, user, contest, ending).await?;
        let finished = EventKind::ContestFinished {
            contest,
            ending: ending.kind,
        };
        self.tell(&mut transaction, user, now, [finished]).await?;
        commit(transaction).await?;
        record.ending = Some(ending);
        Ok(record)
    }
}

async fn end(
    connection: &mut SqliteConnection,
    user: UserId,
    contest: ContestId,
    ending: Ending,
) -> Result<(), StoreError> {
    let failed = during("ending a contest");
    sqlx::query(END)
        .bind(user.as_uuid())
        .bind(contest.as_uuid())
        .bind(ending_text(ending.kind))
        .bind(ending.at.as_micros())
        .execute(&mut *connection)
        .await
        .map_err(&failed)?;
    sqlx::query(COUNT)
        .bind(user.as_uuid())
        .bind(ending_text(ending.kind))
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(())
}
