//! The rarer turns of a contest's life, and epochs: the port. `extend`, `resume` and `reset` hold the
//! writes.

use async_trait::async_trait;
use contest_core::id::{ContestId, UserId};
use contest_core::model::{ContestRecord, Epoch};
use contest_core::store::{
    ExtendError, LifeRepository, Reset, ResetError, ResumeError, StoreError,
};
use contest_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::PgStore;
use super::error::{from_sqlx, inconsistent};
use super::retry::again;
use super::rows::count;
use super::time::PgTime;

pub(super) const CURRENT_EPOCH: &str = "
SELECT epoch, epoch_began_at FROM {schema}.user_progress WHERE user_id = $1";

#[async_trait]
impl LifeRepository for PgStore {
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
        let query = || {
            let query = self.sql().current_epoch.query().bind(user.as_uuid());
            query.fetch_optional(self.writer())
        };
        match again(query).await.map_err(from_sqlx)? {
            None => Ok(Epoch::default()),
            Some(row) => epoch(&row, user),
        }
    }
}

fn epoch(row: &PgRow, user: UserId) -> Result<Epoch, StoreError> {
    let number = row.try_get("epoch").map_err(from_sqlx)?;
    let began_at: Option<PgTime> = row.try_get("epoch_began_at").map_err(from_sqlx)?;
    let began_at = began_at.map(Timestamp::try_from).transpose();
    Ok(Epoch {
        number: count(number, "epoch", user)?,
        began_at: began_at
            .map_err(|error| inconsistent("user_progress", "epoch_began_at", user, error))?,
    })
}
