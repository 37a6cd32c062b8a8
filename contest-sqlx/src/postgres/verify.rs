//! Checking the counters against a recount of everything, and repairing them. Maintenance: both
//! read all users.

use contest_core::id::UserId;
use contest_core::store::StoreError;
use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use super::PgStore;
use super::error::from_sqlx;
use super::sql::{Sql, Statements};
use super::transaction::{begin, begin_snapshot};

/// What counting from scratch gives, next to what is stored.
macro_rules! with_recount {
    ($statement:literal) => {
        concat!(
            "
WITH counted AS (
    SELECT user_id, sum(easy) AS easy, sum(medium) AS medium, sum(hard) AS hard,
           sum(completed) AS completed, sum(abandoned) AS abandoned, sum(expired) AS expired
    FROM (
        SELECT s.user_id, (p.difficulty = 1)::int AS easy, (p.difficulty = 2)::int AS medium,
               (p.difficulty = 3)::int AS hard, 0 AS completed, 0 AS abandoned, 0 AS expired
        FROM {schema}.solves s JOIN {schema}.problems p ON p.id = s.problem_id
        WHERE NOT p.retired
        UNION ALL
        SELECT user_id, 0, 0, 0, (ending = 1)::int, (ending = 2)::int, (ending = 3)::int
        FROM {schema}.contests WHERE ending IS NOT NULL
    ) AS facts
    GROUP BY user_id
), compared AS (
    SELECT user_id, n.counter, coalesce(n.stored, 0)::bigint AS stored,
           coalesce(n.counted, 0)::bigint AS counted
    FROM counted c FULL JOIN {schema}.user_progress p USING (user_id)
    CROSS JOIN LATERAL (VALUES
        ('easy', p.easy, c.easy), ('medium', p.medium, c.medium), ('hard', p.hard, c.hard),
        ('completed', p.completed, c.completed), ('abandoned', p.abandoned, c.abandoned),
        ('expired', p.expired, c.expired)
    ) AS n (counter, stored, counted)
)",
            $statement
        )
    };
}

macro_rules! with_topic_recount {
    ($statement:literal) => {
        concat!(
            "
WITH counted AS (
    SELECT s.user_id, t.topic, count(DISTINCT p.id) AS solved
    FROM {schema}.solves s JOIN {schema}.problems p ON p.id = s.problem_id,
         LATERAL unnest(p.topics) AS t (topic)
    WHERE NOT p.retired
    GROUP BY s.user_id, t.topic
), compared AS (
    SELECT user_id, topic, coalesce(t.solved, 0) AS stored, coalesce(c.solved, 0) AS counted
    FROM counted c FULL JOIN {schema}.user_topics t USING (user_id, topic)
)",
            $statement
        )
    };
}

pub(super) const VERIFY_COUNTERS: &str = with_recount!(
    "
SELECT user_id, counter, stored, counted FROM compared WHERE stored <> counted
ORDER BY user_id, counter"
);

pub(super) const VERIFY_TOPICS: &str = with_topic_recount!(
    "
SELECT user_id, 'topic ' || topic AS counter, stored, counted FROM compared
WHERE stored <> counted ORDER BY user_id, topic"
);

/// What the numbers of an outbox say against its events. Delivered ones may have been forgotten.
pub(super) const VERIFY_EVENTS: &str = "
WITH compared AS (
    SELECT user_id, n.counter, coalesce(n.stored, 0)::bigint AS stored,
           coalesce(n.counted, 0)::bigint AS counted
    FROM (
        SELECT e.user_id, max(e.number) AS last,
               count(*) FILTER (WHERE e.number > d.delivered AND e.number <= d.head) AS undelivered
        FROM {schema}.user_events e LEFT JOIN {schema}.event_delivery d USING (user_id)
        GROUP BY e.user_id
    ) AS c FULL JOIN {schema}.event_delivery d USING (user_id)
    CROSS JOIN LATERAL (VALUES
        ('last event', d.head, greatest(d.head, c.last)),
        ('undelivered events', d.head - d.delivered, c.undelivered)
    ) AS n (counter, stored, counted)
)
SELECT user_id, counter, stored, counted FROM compared WHERE stored <> counted
ORDER BY user_id, counter";

pub(super) const REBUILD_COUNTERS: &str = with_recount!(
    ", wrong AS (
    SELECT DISTINCT user_id FROM compared WHERE stored <> counted
)
INSERT INTO {schema}.user_progress AS p
    (user_id, version, easy, medium, hard, completed, abandoned, expired)
SELECT w.user_id, 1, coalesce(c.easy, 0), coalesce(c.medium, 0), coalesce(c.hard, 0),
       coalesce(c.completed, 0), coalesce(c.abandoned, 0), coalesce(c.expired, 0)
FROM wrong w LEFT JOIN counted c USING (user_id)
ON CONFLICT (user_id) DO UPDATE
SET version = p.version + 1, easy = excluded.easy, medium = excluded.medium,
    hard = excluded.hard, completed = excluded.completed, abandoned = excluded.abandoned,
    expired = excluded.expired"
);

pub(super) const REBUILD_TOPICS: &str = with_topic_recount!(
    "
INSERT INTO {schema}.user_topics AS t (user_id, topic, solved)
SELECT user_id, topic, counted FROM compared WHERE stored <> counted
ON CONFLICT (user_id, topic) DO UPDATE SET solved = excluded.solved"
);

/// A counter that differs from a recount.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterMismatch {
    /// Whose counter it is.
    pub user: UserId,
    /// Which one: a column of `user_progress`, `topic` and the name of one, or of the outbox
    /// `last event` or `undelivered events`.
    pub counter: String,
    /// What is stored.
    pub stored: i64,
    /// What counting the current solves, the contests and the events from scratch gives.
    pub counted: i64,
}

impl PgStore {
    /// Compares every counter of every user with a recount, all of one instant, and the numbers of the
    /// outbox with its events. Nothing is locked.
    ///
    /// The answer is empty unless somebody changed the tables by hand. For maintenance: it reads all
    /// solves, contests and events.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// Nothing is changed.
    pub async fn verify(&self) -> Result<Vec<CounterMismatch>, StoreError> {
        let mismatches = async {
            let mut connection = self.dedicated().await?;
            let mut transaction = begin_snapshot(&mut connection).await?;
            let sql = self.sql();
            let mut mismatches = compare(&mut transaction, sql).await?;
            mismatches.extend(find(&mut transaction, &sql.verify_events).await?);
            Ok(mismatches)
        };
        mismatches.await.map_err(from_sqlx)
    }

    /// Makes every counter equal to a recount, and says which ones were not. Until it is done, writes
    /// that count wait; reads go on. Epochs and the outbox stay as they are: nothing tells what they
    /// would have to be.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// All is repaired or nothing.
    pub async fn rebuild(&self) -> Result<Vec<CounterMismatch>, StoreError> {
        let repaired = async {
            let mut connection = self.dedicated().await?;
            let mut transaction = begin(&mut connection).await?;
            let sql = self.sql();
            let lock = sql.lock_counters.query();
            lock.execute(&mut *transaction).await?;
            let mismatches = compare(&mut transaction, sql).await?;
            for statement in [&sql.rebuild_counters, &sql.rebuild_topics] {
                statement.query().execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(mismatches)
        };
        repaired.await.map_err(from_sqlx)
    }
}

async fn compare(
    connection: &mut PgConnection,
    sql: &Statements,
) -> Result<Vec<CounterMismatch>, sqlx::Error> {
    let mut mismatches = Vec::new();
    for statement in [&sql.verify_counters, &sql.verify_topics] {
        mismatches.extend(find(connection, statement).await?);
    }
    Ok(mismatches)
}

async fn find(
    connection: &mut PgConnection,
    statement: &Sql,
) -> Result<Vec<CounterMismatch>, sqlx::Error> {
    let rows = statement.query().fetch_all(connection).await?;
    rows.iter().map(mismatch).collect()
}

fn mismatch(row: &PgRow) -> Result<CounterMismatch, sqlx::Error> {
    Ok(CounterMismatch {
        user: UserId::from_uuid(row.try_get("user_id")?),
        counter: row.try_get("counter")?,
        stored: row.try_get("stored")?,
        counted: row.try_get("counted")?,
    })
}
