//! Domain events in memory.

use async_trait::async_trait;

use crate::id::UserId;
use crate::memory::MemoryStore;
use crate::model::{Event, EventNumber};
use crate::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use crate::time::Timestamp;

#[async_trait]
impl EventLog for MemoryStore {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self
            .inner
            .users
            .read(user, |data| data.outbox.after(user, after, limit)))
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let turns = self.inner.users.turns();
        // Everybody who waits by now is asked once. Who is being served keeps a place, and is passed
        // over.
        let (mut from, end) = (0, turns.end());
        while let Some((place, user)) = turns.between(from, end) {
            let leased = self.inner.users.update(user, |data| {
                let events = data.outbox.lease(user, lease, limit);
                if !events.is_empty() {
                    turns.move_to_end(user);
                }
                events
            });
            let events = leased.unwrap_or_default();
            if !events.is_empty() {
                return Ok(Some(EventBatch { user, events }));
            }
            from = place + 1;
        }
        Ok(None)
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        let turns = self.inner.users.turns();
        let noted = self.inner.users.update(user, |data| {
            let held = data.outbox.acknowledge(holder, through);
            if !data.outbox.is_waiting() {
                turns.leave(user);
            }
            held
        });
        Ok(noted.unwrap_or(false))
    }

    /// The cost grows with the number of users.
    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut left = u64::from(limit);
        self.inner.users.for_each(|data| {
            left -= data.outbox.forget(before, left);
            left > 0
        });
        Ok(u64::from(limit) - left)
    }
}
