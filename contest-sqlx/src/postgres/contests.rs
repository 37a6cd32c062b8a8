//! Contests: reading them, and the port.

use async_trait::async_trait;
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::model::{ContestRecord, IdempotencyKey};
use contest_core::store::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishError, FinishKind, Mark,
    MarkError, Marked, NewContest, StoreError,
};
use contest_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgPool, Row as _};

use super::error::{from_sqlx, inconsistent};
use super::retry::again;
use super::rows::ContestRow;
use super::time::PgTime;
use super::{PgStore, sql};

/// A contest with its problems in order, in one row. Both lookups are by primary key.
macro_rules! contest_where {
    ($condition:literal) => {
        concat!(
            "SELECT c.id, c.started_at, c.deadline, c.ending, c.ended_at, c.grace,
                    c.selection::text AS selection, c.request_digest, p.problems, p.completed
             FROM {schema}.contests c
             CROSS JOIN LATERAL (
                 SELECT array_agg(p.problem_id ORDER BY p.place) AS problems,
                        array_agg(p.completed_at ORDER BY p.place) AS completed
                 FROM {schema}.contest_problems p
                 WHERE p.user_id = c.user_id AND p.contest_id = c.id
             ) p
             WHERE c.user_id = $1 AND ",
            $condition
        )
    };
}

pub(super) const FIND: &str = contest_where!("c.id = $2");
pub(super) const FIND_ACTIVE: &str = contest_where!("c.ending IS NULL AND c.deadline > $2");
pub(super) const FIND_BY_KEY: &str = contest_where!("c.idempotency_key = $2");
pub(super) const LIST: &str = contest_where!("true ORDER BY c.id DESC LIMIT $2");
pub(super) const LIST_BEFORE: &str = contest_where!("c.id < $3 ORDER BY c.id DESC LIMIT $2");

#[async_trait]
impl ContestRepository for PgStore {
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
        let statement = &self.sql().find;
        let query = || {
            let query = statement.query().bind(user.as_uuid());
            query.bind(contest.as_uuid()).fetch_optional(self.writer())
        };
        read_one(user, again(query).await)
    }

    async fn find_active_contest(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ContestRecord>, StoreError> {
        let statement = &self.sql().find_active;
        let query = || {
            let query = statement.query().bind(user.as_uuid());
            query
                .bind(PgTime::nearest(now))
                .fetch_optional(self.writer())
        };
        read_one(user, again(query).await)
    }

    async fn find_contest_by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(ContestRecord, [u8; 32])>, StoreError> {
        let statement = &self.sql().find_by_key;
        let query = || {
            let query = statement.query().bind(user.as_uuid());
            query.bind(key.as_str()).fetch_optional(self.writer())
        };
        let Some(row) = again(query).await.map_err(from_sqlx)? else {
            return Ok(None);
        };
        let digest: Vec<u8> = row.try_get("request_digest").map_err(from_sqlx)?;
        let record = read(user, &row)?;
        let digest = digest.try_into().map_err(|digest: Vec<u8>| {
            let found = format!("{} bytes instead of 32", digest.len());
            inconsistent("contests", "request_digest", record.id, found)
        })?;
        Ok(Some((record, digest)))
    }

    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<Vec<ContestRecord>, StoreError> {
        let rows = again(|| list(self.reader(), self.sql(), user, page));
        let rows = rows.await.map_err(from_sqlx)?;
        rows.iter().map(|row| read(user, row)).collect()
    }

    async fn mark_problem(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Marked, MarkError> {
        self.mark(user, contest, problem, mark, now).await
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

async fn list(
    pool: &PgPool,
    sql: &sql::Statements,
    user: UserId,
    page: ContestPage,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let statement = match page.before {
        None => &sql.list,
        Some(_) => &sql.list_before,
    };
    let query = statement.query().bind(user.as_uuid());
    let query = query.bind(i64::from(page.limit));
    match page.before {
        None => query.fetch_all(pool).await,
        Some(before) => query.bind(before.as_uuid()).fetch_all(pool).await,
    }
}

fn read_one(
    user: UserId,
    row: Result<Option<PgRow>, sqlx::Error>,
) -> Result<Option<ContestRecord>, StoreError> {
    let row = row.map_err(from_sqlx)?;
    row.map(|row| read(user, &row)).transpose()
}

pub(super) fn read(user: UserId, row: &PgRow) -> Result<ContestRecord, StoreError> {
    ContestRow::from_row(row).map_err(from_sqlx)?.read(user)
}
