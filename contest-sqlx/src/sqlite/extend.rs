//! Moving the deadline of a contest.

use contest_core::model::{ContestRecord, EventKind};
use contest_core::store::ExtendError;
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};

use crate::sqlite::SqliteStore;
use crate::sqlite::contests::find;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};

pub(super) const EXTEND: &str = "
UPDATE contests SET deadline = ?3 WHERE user_id = ?1 AND id = ?2";

impl SqliteStore {
    pub(super) async fn extend(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let mut record = find(&mut transaction, user, contest)
            .await?
            .ok_or(ExtendError::ContestNotFound)?;
        record
            .check_accepting(now)
            .map_err(ExtendError::NotAccepting)?;
        if deadline < record.deadline {
            let deadline = record.deadline;
            return Err(ExtendError::EarlierDeadline { deadline });
        }
        if deadline == record.deadline {
            return Ok(record);
        }
        sqlx::query(EXTEND)
            .bind(user.as_uuid())
            .bind(contest.as_uuid())
            .bind(deadline.as_micros())
            .execute(&mut *transaction)
            .await
            .map_err(during("extending a contest"))?;
        let extended = EventKind::ContestExtended { contest, deadline };
        self.tell(&mut transaction, user, now, [extended]).await?;
        commit(transaction).await?;
        record.deadline = deadline;
        Ok(record)
    }
}
