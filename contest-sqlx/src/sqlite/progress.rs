//! Counts in SQLite.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contest_core::UserId;
use contest_core::model::{ContestCounts, PerDifficulty, Topic};
use contest_core::store::{ProgressRepository, StoreError};
use contest_core::time::Timestamp;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::acquire;
use crate::sqlite::rows::Cells;

pub(super) const BY_DIFFICULTY: &str = "
SELECT user_id, easy, medium, hard FROM user_progress WHERE user_id = ?1";

pub(super) const BY_TOPIC: &str = "
SELECT user_id, topic, solved FROM user_topics WHERE user_id = ?1 AND solved > 0";

/// The stored ends from the counters, and the deadline of the contest without one.
pub(super) const CONTESTS: &str = "
SELECT ?1 AS user_id, ifnull(p.completed, 0) AS completed, ifnull(p.abandoned, 0) AS abandoned,
       ifnull(p.expired, 0) AS expired, o.deadline
FROM (SELECT 1)
LEFT JOIN user_progress p ON p.user_id = ?1
LEFT JOIN contests o ON o.user_id = ?1 AND o.ending IS NULL";

pub(super) const SOLVES_BETWEEN: &str = "
SELECT (SELECT count(*) FROM solves s CROSS JOIN problems p ON p.id = s.problem_id
        WHERE s.user_id = ?1 AND s.solved_at >= j.value ->> 0 AND s.solved_at < j.value ->> 1
          AND NOT p.retired) AS solves
FROM json_each(?2) j ORDER BY j.key";

#[async_trait]
impl ProgressRepository for SqliteStore {
    async fn solved_by_difficulty(&self, user: UserId) -> Result<PerDifficulty<u64>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let row = sqlx::query(BY_DIFFICULTY)
            .bind(user.as_uuid())
            .fetch_optional(&mut *connection)
            .await
            .map_err(during("reading the counts by difficulty"))?;
        let Some(row) = &row else {
            return Ok(PerDifficulty::default());
        };
        let cells = Cells {
            row,
            table: "user_progress",
        };
        let (easy, medium) = (cells.count("easy")?, cells.count("medium")?);
        Ok(PerDifficulty::new(easy, medium, cells.count("hard")?))
    }

    async fn solved_by_topic(&self, user: UserId) -> Result<BTreeMap<Topic, u64>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let rows = sqlx::query(BY_TOPIC)
            .bind(user.as_uuid())
            .fetch_all(&mut *connection)
            .await
            .map_err(during("reading the counts by topic"))?;
        let entry = |row| {
            let cells = Cells {
                row,
                table: "user_topics",
            };
            let topic = Topic::new(cells.get::<&str>("topic")?)
                .map_err(|error| cells.wrong("topic", &error).with_source(error))?;
            Ok((topic, cells.count("solved")?))
        };
        rows.iter().map(entry).collect()
    }

    async fn count_contests(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<ContestCounts, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let row = sqlx::query(CONTESTS)
            .bind(user.as_uuid())
            .fetch_one(&mut *connection)
            .await
            .map_err(during("counting contests"))?;
        let cells = Cells {
            row: &row,
            table: "user_progress",
        };
        let mut counts = ContestCounts {
            active: 0,
            completed: cells.count("completed")?,
            abandoned: cells.count("abandoned")?,
            expired: cells.count("expired")?,
        };
        match cells.get::<Option<i64>>("deadline")? {
            Some(deadline) if now < Timestamp::from_micros(deadline) => counts.active += 1,
            Some(_) => counts.expired += 1,
            None => {}
        }
        Ok(counts)
    }

    async fn count_solves_between(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<Vec<u64>, StoreError> {
        if bounds.len() < 2 {
            return Ok(Vec::new());
        }
        let mut connection = acquire(&self.reader).await?;
        let rows = sqlx::query(SOLVES_BETWEEN)
            .bind(user.as_uuid())
            .bind(intervals_json(bounds))
            .fetch_all(&mut *connection)
            .await
            .map_err(during("counting solves by time"))?;
        let count = |row| {
            let cells = Cells {
                row,
                table: "solves",
            };
            cells.count("solves")
        };
        rows.iter().map(count).collect()
    }
}

/// The intervals between neighbouring bounds as a JSON array of `[from, until]`.
fn intervals_json(bounds: &[Timestamp]) -> String {
    let pairs = bounds.iter().zip(bounds.iter().skip(1));
    let interval = |(from, until): (&Timestamp, &Timestamp)| {
        format!("[{},{}]", from.as_micros(), until.as_micros())
    };
    let intervals: Vec<_> = pairs.map(interval).collect();
    format!("[{}]", intervals.join(","))
}
