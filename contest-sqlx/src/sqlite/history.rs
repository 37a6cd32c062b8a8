//! History: pages of contests and attempts.
//!
//! The first row of each answer has the user's version, if there is a record, so that an empty page has
//! the version, too. The other rows are the page.

use async_trait::async_trait;
use contest_core::id::{ContestId, UserId, Version};
use contest_core::select::SelectionRequest;
use contest_core::store::{
    AttemptPage, ContestList, ContestPage, HistoryPage, HistoryRepository, StoreError, TimeOrder,
};
use contest_core::time::Timestamp;
use contest_core::user::AttemptRecord;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::cells::Cells;
use super::error::during;
use super::pool::LongRead;
use super::user::record_of;
use super::{Prepared, SqliteStore};
use crate::encoding::{
    from_contest, from_submission, to_contest, to_json, to_submission, to_verdict,
};

pub(super) const CONTESTS: &str = "
SELECT version, user_id, NULL AS contest_id, state AS value,
    (SELECT ordinals FROM user_sets WHERE user_id = ?1 AND name = 'solved') AS solved,
    (SELECT ordinals FROM user_sets WHERE user_id = ?1 AND name = 'seen') AS seen
FROM user_records WHERE user_id = ?1
UNION ALL SELECT * FROM (
    SELECT NULL, user_id, contest_id, value, NULL, NULL FROM contests
    WHERE user_id = ?1 AND contest_id < ?2 ORDER BY contest_id DESC LIMIT ?3)";

macro_rules! attempts {
    ($follows:literal, $order:literal) => {
        concat!(
            "SELECT version, user_id, NULL AS at, NULL AS problem, NULL AS contest, NULL AS submission,
                    NULL AS verdict, NULL AS score, NULL AS epoch, NULL AS recorded_at, NULL AS undone_at
             FROM user_records WHERE user_id = ?1
             UNION ALL SELECT * FROM (
                SELECT NULL, user_id, at, problem, contest, submission, verdict, score, epoch, recorded_at,
                    undone_at
                FROM attempts
                WHERE user_id = ?1 AND (at, problem, contest, submission) ",
            $follows,
            " (?2, ?3, ?4, ?5) ORDER BY at ",
            $order,
            ", problem ",
            $order,
            ", contest ",
            $order,
            ", submission ",
            $order,
            " LIMIT ?6)"
        )
    };
}

pub(super) const OLDEST_ATTEMPTS: &str = attempts!(">", "ASC");
pub(super) const LATEST_ATTEMPTS: &str = attempts!("<", "DESC");

pub(super) const COUNTS: &str = "
SELECT version, user_id, NULL AS solved FROM user_records WHERE user_id = ?1
UNION ALL SELECT * FROM (
    SELECT NULL, NULL, (SELECT count(DISTINCT problem) FROM attempts
                        WHERE user_id = ?1 AND at >= j.value ->> 0 AND at < j.value ->> 1
                          AND undone_at IS NULL AND verdict = 'accepted')
    FROM json_each(?2) j ORDER BY j.key)";

pub(super) const REQUEST: &str = "
SELECT user_id, contest_id, value FROM contest_requests WHERE user_id = ?1 AND contest_id = ?2";

/// Greater than every id. The empty blob is less than every id.
pub(super) const AFTER_EVERY_ID: [u8; 17] = [0xff; 17];

#[async_trait]
impl HistoryRepository for SqliteStore {
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError> {
        let before = page.before.map(|id| id.as_uuid().as_bytes().to_vec());
        let query = sqlx::query(CONTESTS)
            .bind(user.as_uuid())
            .bind(before.unwrap_or(AFTER_EVERY_ID.to_vec()))
            .bind(page.limit);
        let rows = self.read_all(query, page.limit).await;
        let rows = rows?.map_err(during("reading contests"))?;
        let mut list = ContestList::default();
        for row in &rows {
            let record = Cells::of(row, "user_records");
            match record.get::<Option<Uuid>>("version")? {
                Some(_) => list.record = Some(record_of(record, "value")?),
                None => list.items.push(Cells::of(row, "contests").json("value")?),
            }
        }
        Ok(list)
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        let (statement, (at, id)) = match page.order {
            TimeOrder::OldestFirst => (OLDEST_ATTEMPTS, (i64::MIN, &[][..])),
            TimeOrder::LatestFirst => (LATEST_ATTEMPTS, (i64::MAX, &AFTER_EVERY_ID[..])),
        };
        let query = sqlx::query(statement).bind(user.as_uuid());
        let query = match &page.after {
            None => query.bind(at).bind(id).bind(id).bind(""),
            Some(key) => query
                .bind(key.at.as_micros())
                .bind(key.problem.as_uuid())
                .bind(from_contest(key.contest))
                .bind(from_submission(key.submission.as_ref())),
        };
        let query = query.bind(page.limit);
        self.page(query, page.limit, "attempts", attempt).await
    }

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        let bounds = bounds.iter().map(|bound| bound.as_micros());
        let intervals: Vec<_> = bounds.clone().zip(bounds.skip(1)).collect();
        let query = sqlx::query(COUNTS).bind(user.as_uuid());
        let query = query.bind(to_json("bounds", &intervals)?);
        self.page(query, u32::MAX, "attempts", |cells| cells.count("solved"))
            .await
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        let query = sqlx::query(REQUEST).bind(user.as_uuid());
        let mut connection = self.read().await?;
        let row = query
            .bind(contest.as_uuid())
            .fetch_optional(&mut *connection)
            .await
            .map_err(during("reading a request"))?;
        let cells = row.as_ref().map(|row| Cells::of(row, "contest_requests"));
        cells.map(|cells| cells.json("value")).transpose()
    }
}

impl SqliteStore {
    /// Reads a page of at most `limit` entries. A long one ends with its call.
    pub(super) async fn read_all(
        &self,
        query: Prepared<'_>,
        limit: u32,
    ) -> Result<Result<Vec<SqliteRow>, sqlx::Error>, StoreError> {
        const SHORT: u32 = 50;
        let mut connection = self.read().await?;
        Ok(if limit <= SHORT {
            query.fetch_all(&mut *connection).await
        } else {
            let read = LongRead::new(connection, self.memory).await?;
            read.fetch_all(query).await
        })
    }

    async fn page<T>(
        &self,
        query: Prepared<'_>,
        limit: u32,
        table: &'static str,
        item: impl Fn(Cells<'_>) -> Result<T, StoreError>,
    ) -> Result<HistoryPage<T>, StoreError> {
        let rows = self.read_all(query, limit).await;
        let rows = rows?.map_err(during("reading the past"))?;
        let mut page = HistoryPage {
            version: None,
            items: Vec::with_capacity(rows.len()),
        };
        for row in &rows {
            let cells = Cells::of(row, table);
            match cells.get::<Option<Uuid>>("version")? {
                Some(version) => page.version = Some(Version::from(version)),
                None => page.items.push(item(cells)?),
            }
        }
        Ok(page)
    }
}

fn attempt(cells: Cells<'_>) -> Result<AttemptRecord, StoreError> {
    let undone_at: Option<i64> = cells.get("undone_at")?;
    let score = cells.get::<Option<&str>>("score")?;
    Ok(AttemptRecord {
        at: cells.time("at")?,
        problem: cells.id("problem")?,
        contest: to_contest(cells.get("contest")?),
        submission: to_submission(cells.get("submission")?, cells.table, cells)?,
        verdict: to_verdict(cells.get("verdict")?, cells.table, cells)?,
        score: score.map(|_| cells.json("score")).transpose()?,
        epoch: cells.count("epoch")?,
        recorded_at: cells.time("recorded_at")?,
        undone_at: undone_at.map(Timestamp::from_micros),
    })
}
