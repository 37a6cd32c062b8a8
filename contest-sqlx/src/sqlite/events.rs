//! Domain events: reading, leasing and pruning. Commits write them.

use async_trait::async_trait;
use contest_core::id::UserId;
use contest_core::model::{Event, EventNumber};
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use contest_core::time::Timestamp;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::cells::{Cells, capped};
use super::error::during;
use super::pool::{begin, commit};
use super::{Prepared, SqliteStore};

pub(super) const AFTER: &str = "
SELECT user_id, number, value FROM user_events
WHERE user_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3";

/// The first waiting user who is not leased.
macro_rules! next {
    () => {
        "SELECT user_id FROM event_deliveries
         WHERE delivered < last AND (leased_until IS NULL OR leased_until <= ?1)
         ORDER BY place LIMIT 1"
    };
}

pub(super) const NEXT: &str = next!();

/// A leased user queues behind all waiting users. Places are counted by the store, so no clock can make a
/// user wait forever.
pub(super) const LEASE: &str = concat!(
    "UPDATE event_deliveries 
     SET holder = ?2, leased_until = ?3, attempts = attempts + 1, place = (
        SELECT place + 1 FROM event_deliveries WHERE delivered < last ORDER BY place DESC LIMIT 1)
     WHERE user_id = (",
    next!(),
    ") RETURNING user_id, delivered, attempts"
);

pub(super) const ACKNOWLEDGE: &str = "
UPDATE event_deliveries
SET delivered = max(delivered, min(?3, last)), holder = NULL, leased_until = NULL,
    attempts = CASE WHEN min(?3, last) > delivered THEN 0 ELSE attempts END
WHERE user_id = ?1 AND holder = ?2";

pub(super) const GIVE_BACK: &str = "
UPDATE event_deliveries SET holder = NULL, leased_until = ?3 WHERE user_id = ?1 AND holder = ?2";

pub(super) const PRUNE: &str = "
DELETE FROM user_events WHERE (user_id, number) IN (
    SELECT e.user_id, e.number
    FROM user_events e CROSS JOIN event_deliveries d ON d.user_id = e.user_id
    WHERE e.at < ?1 AND e.number <= d.delivered ORDER BY e.at LIMIT ?2)";

#[async_trait]
impl EventLog for SqliteStore {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let mut connection = self.read().await?;
        read_after(&mut connection, user.as_uuid(), capped(after.0), limit).await
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        // Checked by a read first: a poll that finds nothing does not block writers.
        if !self.is_any_user_waiting(lease.now).await? {
            return Ok(None);
        }
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        let taken: Option<(Uuid, i64, u32)> = sqlx::query_as(LEASE)
            .bind(lease.now.as_micros())
            .bind(lease.holder.0)
            .bind(lease.until.as_micros())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(during("leasing events"))?;
        let Some((user, delivered, attempt)) = taken else {
            return Ok(None);
        };
        let events = read_after(&mut transaction, user, delivered, limit.max(1)).await;
        // Commits the lease even if the events cannot be read: then the next poll gets another user.
        commit(transaction).await?;
        let (user, events) = (user.into(), events?);
        if events.is_empty() {
            let message =
                format!("user_events has none of the undelivered events of user_id {user}");
            return Err(StoreError::inconsistent(message));
        }
        Ok(Some(EventBatch {
            user,
            attempt,
            events,
        }))
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(ACKNOWLEDGE).bind(user.as_uuid()).bind(holder.0);
        let query = query.bind(capped(through.0));
        Ok(self.change(query, "acknowledging events").await? > 0)
    }

    async fn give_back_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(GIVE_BACK).bind(user.as_uuid()).bind(holder.0);
        let query = query.bind(until.as_micros());
        Ok(self.change(query, "giving events back").await? > 0)
    }

    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let query = sqlx::query(PRUNE).bind(before.as_micros()).bind(limit);
        self.change(query, "pruning events").await
    }
}

impl SqliteStore {
    async fn is_any_user_waiting(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut connection = self.read().await?;
        let next = sqlx::query(NEXT)
            .bind(now.as_micros())
            .fetch_optional(&mut *connection)
            .await
            .map_err(during("looking for undelivered events"))?;
        Ok(next.is_some())
    }

    async fn change(&self, query: Prepared<'_>, what: &'static str) -> Result<u64, StoreError> {
        let mut connection = self.write().await?;
        let mut transaction = begin(&mut connection).await?;
        let done = query.execute(&mut *transaction).await;
        let done = done.map_err(during(what))?;
        commit(transaction).await?;
        Ok(done.rows_affected())
    }
}

async fn read_after(
    connection: &mut SqliteConnection,
    user: Uuid,
    after: i64,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query(AFTER)
        .bind(user)
        .bind(after)
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(during("reading events"))?;
    let cells = |row| Cells::of(row, "user_events");
    rows.iter().map(|row| cells(row).json("value")).collect()
}
