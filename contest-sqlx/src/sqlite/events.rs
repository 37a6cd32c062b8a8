//! Domain events in SQLite: reading them, and who delivers them. `outbox` writes them.

use async_trait::async_trait;
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ContestId, UserId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::during;
use crate::sqlite::pool::{acquire, begin, commit};
use crate::sqlite::rows::{Cells, ending_kind};

pub(super) const AFTER: &str = "
SELECT user_id, number, at, kind, contest_id, problem_id, ending, deadline, epoch
FROM user_events WHERE user_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3";

/// Who is waiting and was leased longest ago, or never.
macro_rules! next {
    ($now:literal) => {
        concat!(
            "SELECT user_id FROM event_delivery
             WHERE delivered < head AND (leased_until IS NULL OR leased_until <= ",
            $now,
            ") ORDER BY leased_at, user_id LIMIT 1"
        )
    };
}

pub(super) const NEXT: &str = next!("?1");

pub(super) const LEASE: &str = concat!(
    "UPDATE event_delivery SET holder = ?2, leased_until = ?3, leased_at = ?1 WHERE user_id = (",
    next!("?1"),
    ") RETURNING user_id, delivered"
);

pub(super) const ACKNOWLEDGE: &str = "
UPDATE event_delivery
SET delivered = max(delivered, min(?3, head)), holder = NULL, leased_until = NULL
WHERE user_id = ?1 AND holder = ?2";

pub(super) const FORGET: &str = "
DELETE FROM user_events WHERE (user_id, number) IN (
    SELECT e.user_id, e.number
    FROM user_events e CROSS JOIN event_delivery d ON d.user_id = e.user_id
    WHERE e.at < ?1 AND e.number <= d.delivered ORDER BY e.at LIMIT ?2)";

#[async_trait]
impl EventLog for SqliteStore {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        read_after(&mut connection, user, place(after), limit).await
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        // Whoever looks in vain keeps no writer waiting.
        if !self.is_anybody_waiting(lease.now).await? {
            return Ok(None);
        }
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let Some((user, delivered)) = take(&mut transaction, lease).await? else {
            return Ok(None);
        };
        let events = read_after(&mut transaction, user, delivered, limit.max(1)).await?;
        // Whatever is wrong with this user, the next look is for another one.
        commit(transaction).await?;
        if events.is_empty() {
            return Err(StoreError::inconsistent(format!(
                "user_events has none of the undelivered events of user {user}"
            )));
        }
        Ok(Some(EventBatch { user, events }))
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let done = sqlx::query(ACKNOWLEDGE)
            .bind(user.as_uuid())
            .bind(holder.0)
            .bind(place(through))
            .execute(&mut *transaction)
            .await
            .map_err(during("acknowledging events"))?;
        commit(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let done = sqlx::query(FORGET)
            .bind(before.as_micros())
            .bind(limit)
            .execute(&mut *transaction)
            .await
            .map_err(during("forgetting events"))?;
        commit(transaction).await?;
        Ok(done.rows_affected())
    }
}

impl SqliteStore {
    async fn is_anybody_waiting(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut connection = acquire(&self.reader).await?;
        let next = sqlx::query(NEXT)
            .bind(now.as_micros())
            .fetch_optional(&mut *connection)
            .await
            .map_err(during("looking for undelivered events"))?;
        Ok(next.is_some())
    }
}

/// Leases a user. Also says how far their events are delivered.
async fn take(
    connection: &mut SqliteConnection,
    lease: Lease,
) -> Result<Option<(UserId, i64)>, StoreError> {
    let taken: Option<(Uuid, i64)> = sqlx::query_as(LEASE)
        .bind(lease.now.as_micros())
        .bind(lease.holder.0)
        .bind(lease.until.as_micros())
        .fetch_optional(connection)
        .await
        .map_err(during("leasing events"))?;
    Ok(taken.map(|(user, delivered)| (user.into(), delivered)))
}

async fn read_after(
    connection: &mut SqliteConnection,
    user: UserId,
    after: i64,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query(AFTER)
        .bind(user.as_uuid())
        .bind(after)
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(during("reading events"))?;
    rows.iter().map(event).collect()
}

/// A number as the tables have it; beyond their last one there is nothing.
fn place(number: EventNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    let cells = Cells {
        row,
        table: "user_events",
    };
    Ok(Event {
        user: cells.id("user_id")?,
        number: EventNumber(cells.count("number")?),
        at: cells.time("at")?,
        kind: kind(cells)?,
    })
}

fn kind(cells: Cells<'_>) -> Result<EventKind, StoreError> {
    let contest = || cells.id("contest_id");
    Ok(match cells.get("kind")? {
        "contest_created" => EventKind::ContestCreated {
            contest: contest()?,
        },
        "contest_extended" => EventKind::ContestExtended {
            contest: contest()?,
            deadline: cells.time("deadline")?,
        },
        "contest_resumed" => EventKind::ContestResumed {
            contest: contest()?,
        },
        "contest_finished" => EventKind::ContestFinished {
            contest: contest()?,
            ending: ending_kind(cells)?
                .ok_or_else(|| cells.wrong("ending", &"there is no ending"))?,
        },
        "problem_solved" => EventKind::ProblemSolved {
            problem: cells.id("problem_id")?,
            contest: cells
                .get::<Option<Uuid>>("contest_id")?
                .map(ContestId::from),
        },
        "problem_unsolved" => EventKind::ProblemUnsolved {
            problem: cells.id("problem_id")?,
            contest: contest()?,
        },
        "progress_reset" => EventKind::ProgressReset {
            epoch: cells.count("epoch")?,
        },
        other => return Err(cells.wrong("kind", &format!("`{other}` is no kind of event"))),
    })
}
