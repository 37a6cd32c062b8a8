//! Checking the counters against what they count, and rebuilding them.

use contest_core::UserId;
use contest_core::store::StoreError;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::Cells;

/// A counter that is not what recounting gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterMismatch {
    /// Whose counter it is.
    pub user: UserId,
    /// Which: `easy`, `medium`, `hard`, `completed`, `abandoned`, `expired`, `events`, or `topic:`
    /// and the topic.
    pub counter: String,
    /// What is stored.
    pub stored: i64,
    /// What recounting gives.
    pub counted: i64,
}

/// Every counter as stored and every fact as one, summed up side by side.
const DRIFT: &str = "
SELECT user_id, counter, sum(stored) AS stored, sum(counted) AS counted FROM (
    SELECT user_id, 'easy' AS counter, easy AS stored, 0 AS counted FROM user_progress
    UNION ALL SELECT user_id, 'medium', medium, 0 FROM user_progress
    UNION ALL SELECT user_id, 'hard', hard, 0 FROM user_progress
    UNION ALL SELECT user_id, 'completed', completed, 0 FROM user_progress
    UNION ALL SELECT user_id, 'abandoned', abandoned, 0 FROM user_progress
    UNION ALL SELECT user_id, 'expired', expired, 0 FROM user_progress
    UNION ALL SELECT user_id, 'events', events, 0 FROM user_progress
    UNION ALL SELECT user_id, 'topic:' || topic, solved, 0 FROM user_topics
    UNION ALL SELECT s.user_id, lower(p.difficulty), 0, 1
        FROM solves s JOIN problems p ON p.id = s.problem_id WHERE NOT p.retired
    UNION ALL SELECT s.user_id, 'topic:' || t.value, 0, 1
        FROM solves s JOIN problems p ON p.id = s.problem_id JOIN json_each(p.topics) t
        WHERE NOT p.retired
    UNION ALL SELECT user_id, ending, 0, 1 FROM contests WHERE ending IS NOT NULL
    UNION ALL SELECT user_id, 'events', 0, 1 FROM solve_events
) GROUP BY user_id, counter HAVING sum(stored) <> sum(counted) ORDER BY user_id, counter";

const FORGET: &str = "DELETE FROM user_topics; DELETE FROM user_progress;";

const COUNT: &str = "
INSERT INTO user_progress
    (user_id, easy, medium, hard, completed, abandoned, expired, events)
SELECT user_id,
       count(*) FILTER (WHERE fact = 'Easy'), count(*) FILTER (WHERE fact = 'Medium'),
       count(*) FILTER (WHERE fact = 'Hard'), count(*) FILTER (WHERE fact = 'completed'),
       count(*) FILTER (WHERE fact = 'abandoned'), count(*) FILTER (WHERE fact = 'expired'),
       count(*) FILTER (WHERE fact = 'event')
FROM (
    SELECT s.user_id, p.difficulty AS fact
        FROM solves s JOIN problems p ON p.id = s.problem_id WHERE NOT p.retired
    UNION ALL SELECT user_id, ending FROM contests WHERE ending IS NOT NULL
    UNION ALL SELECT user_id, 'event' FROM solve_events
) GROUP BY user_id";

const COUNT_TOPICS: &str = "
INSERT INTO user_topics (user_id, topic, solved)
SELECT s.user_id, t.value, count(*)
FROM solves s JOIN problems p ON p.id = s.problem_id JOIN json_each(p.topics) t
WHERE NOT p.retired GROUP BY s.user_id, t.value";

impl SqliteStore {
    /// Recounts everything and returns the counters that differ; none, if the store is sound. Reads
    /// the whole database, in one snapshot, without keeping writers waiting.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// Changes nothing.
    pub async fn verify(&self) -> Result<Vec<CounterMismatch>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        drift(&mut connection).await
    }

    /// Counts everything anew and returns the counters that were corrected. Reads the whole database
    /// and keeps writers waiting meanwhile.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// Done whole or not at all.
    pub async fn rebuild(&self) -> Result<Vec<CounterMismatch>, StoreError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let drift = drift(&mut transaction).await?;
        if !drift.is_empty() {
            for script in [FORGET, COUNT, COUNT_TOPICS] {
                sqlx::raw_sql(script)
                    .execute(&mut *transaction)
                    .await
                    .map_err(during("rebuilding the counters"))?;
            }
            commit(transaction).await?;
        }
        Ok(drift)
    }
}

async fn drift(connection: &mut SqliteConnection) -> Result<Vec<CounterMismatch>, StoreError> {
    let rows = sqlx::raw_sql(DRIFT)
        .fetch_all(connection)
        .await
        .map_err(during("recounting"))?;
    let entry = |row: &SqliteRow| {
        let cells = Cells {
            row,
            table: "user_progress",
        };
        Ok(CounterMismatch {
            user: cells.id("user_id")?,
            counter: cells.get("counter")?,
            stored: cells.get("stored")?,
            counted: cells.get("counted")?,
        })
    };
    rows.iter().map(entry).collect()
}
