//! The rarer turns of a contest's life, and epochs: the port. `extend`, `resume` and `reset` hold the
//! writes.

use async_trait::async_trait;
use contest_core::model::{ContestRecord, Epoch};
use contest_core::store::{
    ExtendError, LifeRepository, Reset, ResetError, ResumeError, StoreError,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::acquire;
use crate::sqlite::rows::Cells;

pub(super) const EPOCH: &str = "
SELECT user_id, epoch, epoch_began_at FROM user_progress WHERE user_id = ?1";

#[async_trait]
impl LifeRepository for SqliteStore {
    async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<ContestRecord, ExtendError> {
        self.extend(user, contest, deadline, now).await
    }

    async fn resume_contest(
        &self,
        user: UserId,
        contest: ContestId,
        now: Timestamp,
    ) -> Result<ContestRecord, ResumeError> {
        self.resume(user, contest, now).await
    }

    async fn reset_progress(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        self.reset(user, now).await
    }

    async fn current_epoch(&self, user: UserId) -> Result<Epoch, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let row = sqlx::query(EPOCH)
            .bind(user.as_uuid())
            .fetch_optional(&mut *connection)
            .await
            .map_err(during("reading the epoch"))?;
        let Some(row) = &row else {
            return Ok(Epoch::default());
        };
        let cells = Cells {
            row,
            table: "user_progress",
        };
        let began_at = cells.get::<Option<i64>>("epoch_began_at")?;
        Ok(Epoch {
            number: cells.count("epoch")?,
            began_at: began_at.map(Timestamp::from_micros),
        })
    }
}
