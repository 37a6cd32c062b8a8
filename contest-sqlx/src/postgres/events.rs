//! Domain events: reading, leasing and pruning. Commits write them.

use async_trait::async_trait;
use contest_core::id::UserId;
use contest_core::model::{Event, EventNumber};
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use contest_core::time::Timestamp;
use uuid::Uuid;

use super::PgStore;
use super::cells::column;
use super::commit::stored;
use super::time::PgTime;
use crate::encoding::{from_json, from_signed};

pub(super) const EVENTS_AFTER: &str = "
SELECT value FROM {schema}.user_events WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT $3";

/// Locks nothing: `LEASE` skips a user that was leased meanwhile.
pub(super) const FIND_WAITING: &str = "
SELECT user_id, leased_at FROM {schema}.event_deliveries
WHERE waiting AND leased_until <= $1 ORDER BY leased_at, user_id LIMIT $2";

/// Leases a user that was found, unless another dispatcher was first.
pub(super) const LEASE: &str = "
UPDATE {schema}.event_deliveries SET holder = $4, leased_at = $3, leased_until = $5, attempts = attempts + 1
WHERE user_id = $1 AND leased_at = $2 AND waiting AND leased_until <= $3
RETURNING delivered, attempts";

pub(super) const ACKNOWLEDGE: &str = "
UPDATE {schema}.event_deliveries
SET delivered = greatest(delivered, least($3, last)),
    waiting = greatest(delivered, least($3, last)) < last,
    attempts = CASE WHEN least($3, last) > delivered THEN 0 ELSE attempts END,
    holder = NULL, leased_until = '-infinity'
WHERE user_id = $1 AND holder = $2 RETURNING user_id";

pub(super) const GIVE_BACK: &str = "
UPDATE {schema}.event_deliveries SET holder = NULL, leased_until = $3
WHERE user_id = $1 AND holder = $2 RETURNING user_id";

pub(super) const FIND_OLD: &str = "
SELECT e.user_id, e.number FROM {schema}.user_events e
JOIN {schema}.event_deliveries d ON d.user_id = e.user_id AND e.number <= d.delivered
WHERE e.at < $1 LIMIT $2";

/// Delivered events stay delivered, so this removes the rows found without checking again.
pub(super) const REMOVE_OLD: &str = "
DELETE FROM {schema}.user_events e USING unnest($1::uuid[], $2::bigint[]) o (user_id, number)
WHERE e.user_id = o.user_id AND e.number = o.number RETURNING e.number";

/// Users that one search for a lease returns.
const CANDIDATES: i64 = 32;
/// How often leasing searches, if others leased all users found.
const LOOKS: usize = 64;

#[async_trait]
impl EventLog for PgStore {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let query = &self.sql().events_after;
        let rows = self.fetch(|| {
            let query = query.query().bind(user.as_uuid());
            query.bind(place(after)).bind(i64::from(limit))
        });
        let read = |row| from_json(column(row, "value")?, "user_events", "value", user);
        rows.await?.iter().map(read).collect()
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        let now = stored("the lease", lease.now)?;
        for _ in 0..LOOKS {
            let find = &self.sql().find_waiting;
            let found = self.fetch(|| find.query().bind(now).bind(CANDIDATES));
            let found = found.await?;
            if found.is_empty() {
                return Ok(None);
            }
            for row in &found {
                let user: UserId = column::<Uuid>(row, "user_id")?.into();
                let leased_at = column(row, "leased_at")?;
                let leased = self.lease(user, leased_at, lease).await?;
                let Some((delivered, attempt)) = leased else {
                    continue;
                };
                let events = self.events_after(user, delivered, limit.max(1)).await?;
                // Empty if the user was erased since.
                if !events.is_empty() {
                    return Ok(Some(EventBatch {
                        user,
                        attempt,
                        events,
                    }));
                }
            }
        }
        Err(StoreError::transient(
            "other dispatchers leased every user first",
        ))
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        let acknowledge = &self.sql().acknowledge;
        let rows = self.change(|| {
            let query = acknowledge.query().bind(user.as_uuid()).bind(holder.0);
            query.bind(place(through))
        });
        Ok(!rows.await?.is_empty())
    }

    async fn give_back_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let until = stored("the lease", until)?;
        let give_back = &self.sql().give_back;
        let rows = self.change(|| {
            let query = give_back.query().bind(user.as_uuid()).bind(holder.0);
            query.bind(until)
        });
        Ok(!rows.await?.is_empty())
    }

    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let (before, limit) = (PgTime::nearest(before), i64::from(limit));
        let find = &self.sql().find_old;
        let found = self.fetch(|| find.query().bind(before).bind(limit)).await?;
        let (mut users, mut numbers) = (Vec::new(), Vec::new());
        for row in &found {
            users.push(column::<Uuid>(row, "user_id")?);
            numbers.push(column::<i64>(row, "number")?);
        }
        let remove = &self.sql().remove_old;
        let removed = self.change(|| remove.query().bind(users.clone()).bind(numbers.clone()));
        Ok(removed.await?.len() as u64)
    }
}

impl PgStore {
    /// Leases a user whose row is as it was found. Returns the last delivered event and the number of this
    /// attempt to deliver the next one.
    async fn lease(
        &self,
        user: UserId,
        leased_at: PgTime,
        lease: Lease,
    ) -> Result<Option<(EventNumber, u32)>, StoreError> {
        let now = stored("the lease", lease.now)?;
        let until = stored("the lease", lease.until)?;
        let rows = self.change(|| {
            let query = self.sql().lease.query().bind(user.as_uuid());
            let query = query.bind(leased_at).bind(now);
            query.bind(lease.holder.0).bind(until)
        });
        let rows = rows.await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let number = |name| from_signed(column(row, name)?, "event_deliveries", name, user);
        let attempt = u32::try_from(number("attempts")?).unwrap_or(u32::MAX);
        Ok(Some((EventNumber(number("delivered")?), attempt)))
    }
}

/// A number to compare with those of the tables, which have none above `i64::MAX`.
fn place(number: EventNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}
