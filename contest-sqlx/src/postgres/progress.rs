//! Counts.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contest_core::id::UserId;
use contest_core::model::{ContestCounts, PerDifficulty, Topic};
use contest_core::store::{ProgressRepository, StoreError};
use contest_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::PgStore;
use super::error::{from_sqlx, inconsistent};
use super::retry::again;
use super::rows::count;
use super::time::PgTime;

pub(super) const BY_DIFFICULTY: &str = "
SELECT easy, medium, hard FROM {schema}.user_progress WHERE user_id = $1";

pub(super) const BY_TOPIC: &str = "
SELECT topic, solved FROM {schema}.user_topics WHERE user_id = $1 AND solved > 0";

/// Ended contests are counted; the one without a stored ending, if there is one, is looked at.
pub(super) const COUNT_CONTESTS: &str = "
SELECT completed, abandoned, expired,
       (SELECT c.deadline > $2 FROM {schema}.contests c
        WHERE c.user_id = $1 AND c.ending IS NULL) AS open_is_active
FROM {schema}.user_progress WHERE user_id = $1";

/// Which solves lie between the first and the last bound comes from `solves_order`; which of them
/// are of retired problems, from `problems_retired`.
pub(super) const COUNT_BETWEEN: &str = "
SELECT width_bucket(s.solved_at, $2::timestamptz[]) AS place, count(*) AS solves
FROM {schema}.solves s
WHERE s.user_id = $1 AND s.solved_at >= $3 AND s.solved_at < $4
  AND NOT EXISTS (SELECT FROM {schema}.problems p WHERE p.id = s.problem_id AND p.retired)
GROUP BY place";

#[async_trait]
impl ProgressRepository for PgStore {
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError> {
        let query = || {
            let query = self.sql().by_difficulty.query().bind(user.as_uuid());
            query.fetch_optional(self.reader())
        };
        let Some(row) = again(query).await.map_err(from_sqlx)? else {
            return Ok(PerDifficulty::default());
        };
        let counter = |column| counter(&row, column, user);
        Ok(PerDifficulty::new(
            counter("easy")?,
            counter("medium")?,
            counter("hard")?,
        ))
    }

    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError> {
        let query = || {
            let query = self.sql().by_topic.query().bind(user.as_uuid());
            query.fetch_all(self.reader())
        };
        let rows = again(query).await.map_err(from_sqlx)?;
        rows.iter().map(|row| topic(row, user)).collect()
    }

    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError> {
        let query = || {
            let query = self.sql().count_contests.query().bind(user.as_uuid());
            query
                .bind(PgTime::nearest(now))
                .fetch_optional(self.reader())
        };
        let Some(row) = again(query).await.map_err(from_sqlx)? else {
            return Ok(ContestCounts::default());
        };
        let open_is_active: Option<bool> = row.try_get("open_is_active").map_err(from_sqlx)?;
        let counter = |column| counter(&row, column, user);
        Ok(ContestCounts {
            active: u64::from(open_is_active == Some(true)),
            completed: counter("completed")?,
            abandoned: counter("abandoned")?,
            expired: counter("expired")? + u64::from(open_is_active == Some(false)),
        })
    }

    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError> {
        let [first, .., last] = bounds else {
            return Ok(Vec::new());
        };
        let times: Vec<_> = bounds.iter().map(|at| PgTime::nearest(*at)).collect();
        let (first, last) = (PgTime::nearest(*first), PgTime::nearest(*last));
        let query = || {
            let query = self.sql().count_between.query().bind(user.as_uuid());
            let query = query.bind(times.as_slice()).bind(first).bind(last);
            query.fetch_all(self.reader())
        };
        let rows = again(query).await.map_err(from_sqlx)?;
        let mut counts = vec![0; bounds.len() - 1];
        for row in &rows {
            let (place, solves) = interval(row).map_err(from_sqlx)?;
            if let Some(count) = counts.get_mut(place) {
                *count = solves;
            }
        }
        Ok(counts)
    }
}

fn counter(row: &PgRow, column: &str, user: UserId) -> Result<u64, StoreError> {
    count(row.try_get(column).map_err(from_sqlx)?, column, user)
}

fn topic(row: &PgRow, user: UserId) -> Result<(Topic, u64), StoreError> {
    let name: String = row.try_get("topic").map_err(from_sqlx)?;
    let topic =
        Topic::new(name).map_err(|error| inconsistent("user_topics", "topic", user, error))?;
    let solved: i64 = row.try_get("solved").map_err(from_sqlx)?;
    let solved = u64::try_from(solved)
        .map_err(|error| inconsistent("user_topics", "solved", user, error))?;
    Ok((topic, solved))
}

/// The place of an interval, counted from 0, and the solves in it.
fn interval(row: &PgRow) -> Result<(usize, u64), sqlx::Error> {
    let place: i32 = row.try_get("place")?;
    let solves: i64 = row.try_get("solves")?;
    let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
    Ok((place, solves.unsigned_abs()))
}
