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
    /// Which: `easy`, `medium`, `hard`, `completed`, `abandoned`, `expired`, `events`, `topic:` and
    /// the topic, or of the outbox `last event` or `undelivered events`.
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

/// What the numbers of an outbox say against its events. Delivered ones may have been forgotten.
const EVENT_DRIFT: &str = "
SELECT user_id, counter, stored, counted FROM (
    SELECT d.user_id, 'last event' AS counter, d.head AS stored,
           max(d.head, ifnull((SELECT max(e.number) FROM user_events e WHERE e.user_id = d.user_id), 0))
               AS counted
    FROM event_delivery d
    UNION ALL
    SELECT d.user_id, 'undelivered events', d.head - d.delivered,
           (SELECT count(*) FROM user_events e
            WHERE e.user_id = d.user_id AND e.number > d.delivered AND e.number <= d.head)
    FROM event_delivery d
    UNION ALL
    SELECT e.user_id, 'last event', 0, max(e.number) FROM user_events e
    WHERE NOT EXISTS (SELECT 1 FROM event_delivery d WHERE d.user_id = e.user_id) GROUP BY e.user_id
) WHERE stored <> counted ORDER BY user_id, counter";

/// Epochs stay: nothing tells what they would have to be.
const FORGET: &str = "
DELETE FROM user_topics;
UPDATE user_progress
SET easy = 0, medium = 0, hard = 0, completed = 0, abandoned = 0, expired = 0, events = 0;";

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
) WHERE true GROUP BY user_id
ON CONFLICT (user_id) DO UPDATE SET
    easy = excluded.easy, medium = excluded.medium, hard = excluded.hard,
    completed = excluded.completed, abandoned = excluded.abandoned, expired = excluded.expired,
    events = excluded.events";

const COUNT_TOPICS: &str = "
INSERT INTO user_topics (user_id, topic, solved)
SELECT s.user_id, t.value, count(*)
FROM solves s JOIN problems p ON p.id = s.problem_id JOIN json_each(p.topics) t
WHERE NOT p.retired GROUP BY s.user_id, t.value";

impl SqliteStore {
    /// Recounts everything, the outbox included, and returns the counters that differ; none, if the
    /// store is sound. Reads the whole database without keeping writers waiting: the counters in one
    /// snapshot, the outbox in another.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// Changes nothing.
    pub async fn verify(&self) -> Result<Vec<CounterMismatch>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let mut drift = drift(&mut connection, DRIFT).await?;
        drift.extend(self::drift(&mut connection, EVENT_DRIFT).await?);
        Ok(drift)
    }

    /// Counts everything anew and returns the counters that were corrected; epochs and the outbox stay
    /// as they are. Reads the whole database and keeps writers waiting meanwhile.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// Done whole or not at all.
    pub async fn rebuild(&self) -> Result<Vec<CounterMismatch>, StoreError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let drift = drift(&mut transaction, DRIFT).await?;
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

async fn drift(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<Vec<CounterMismatch>, StoreError> {
    let rows = sqlx::raw_sql(statement)
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
