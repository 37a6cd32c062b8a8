//! Contests in SQLite: reading them. `create`, `marks` and `finish` hold the writes.

use async_trait::async_trait;
use contest_core::model::{ContestRecord, IdempotencyKey};
use contest_core::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishError, FinishKind, Mark,
    MarkError, Marked, NewContest, StoreError,
};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::marks::Place;
use crate::sqlite::pool::acquire;
use crate::sqlite::rows::{self, Cells, contest_columns};
use crate::sqlite::solves::AFTER_EVERY_ID;

pub(super) const FIND: &str = concat!(
    "SELECT ",
    contest_columns!(),
    " FROM contests c WHERE c.user_id = ?1 AND c.id = ?2"
);

pub(super) const FIND_ACTIVE: &str = concat!(
    "SELECT ",
    contest_columns!(),
    " FROM contests c WHERE c.user_id = ?1 AND c.ending IS NULL AND c.deadline > ?2"
);

pub(super) const FIND_BY_KEY: &str = concat!(
    "SELECT c.request_digest, ",
    contest_columns!(),
    " FROM contests c WHERE c.user_id = ?1 AND c.idempotency_key = ?2"
);

pub(super) const LIST: &str = concat!(
    "SELECT ",
    contest_columns!(),
    " FROM contests c WHERE c.user_id = ?1 AND c.id < ?2 ORDER BY c.id DESC LIMIT ?3"
);

#[async_trait]
impl ContestRepository for SqliteStore {
    async fn create_contest(
        &self,
        user: UserId,
        contest: &NewContest,
    ) -> Result<Creation, CreateContestError> {
        self.create(user, contest).await
    }

    async fn find_contest(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<ContestRecord>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        find(&mut connection, user, contest).await
    }

    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let row = sqlx::query(FIND_ACTIVE)
            .bind(user.as_uuid())
            .bind(now.as_micros())
            .fetch_optional(&mut *connection)
            .await
            .map_err(during("reading the active contest"))?;
        row.as_ref().map(rows::contest).transpose()
    }

    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        find_by_key(&mut connection, user, key).await
    }

    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError> {
        let before = match page.before {
            None => AFTER_EVERY_ID.to_vec(),
            Some(id) => id.as_uuid().as_bytes().to_vec(),
        };
        let mut connection = acquire(&self.reader).await?;
        let rows = sqlx::query(LIST)
            .bind(user.as_uuid())
            .bind(before)
            .bind(page.limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(during("listing contests"))?;
        rows.iter().map(rows::contest).collect()
    }

    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        let place = Place {
            user,
            contest,
            problem,
        };
        self.mark(place, mark, now).await
    }

    async fn finish_contest(
        &self,
        user: UserId,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Result<ContestRecord, FinishError> {
        self.finish(user, contest, kind, now).await
    }
}

/// The contest with this id.
pub(super) async fn find(
    connection: &mut SqliteConnection,
    user: UserId,
    contest: ContestId,
) -> Result<Option<ContestRecord>, StoreError> {
    let row = sqlx::query(FIND)
        .bind(user.as_uuid())
        .bind(contest.as_uuid())
        .fetch_optional(connection)
        .await
        .map_err(during("reading a contest"))?;
    row.as_ref().map(rows::contest).transpose()
}

/// The contest created under this key, and the digest of what was asked for.
pub(super) async fn find_by_key(
    connection: &mut SqliteConnection,
    user: UserId,
    key: &IdempotencyKey,
) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
    let row = sqlx::query(FIND_BY_KEY)
        .bind(user.as_uuid())
        .bind(key.as_str())
        .fetch_optional(connection)
        .await
        .map_err(during("reading the contest of a key"))?;
    let Some(row) = &row else { return Ok(None) };
    let cells = Cells {
        row,
        table: "contests",
    };
    let digest = cells
        .get::<&[u8]>("request_digest")?
        .try_into()
        .map_err(|error| cells.wrong("request_digest", &error).with_source(error))?;
    Ok(Some((rows::contest(row)?, digest)))
}
