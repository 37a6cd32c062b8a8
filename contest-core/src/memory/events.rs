//! The event log.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use async_trait::async_trait;

use crate::id::UserId;
use crate::memory::{MemoryStore, length};
use crate::model::{Event, EventNumber};
use crate::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use crate::time::Timestamp;

/// The events of all users, and their leases.
#[derive(Default)]
pub(super) struct Outbox {
    /// Whether events are stored.
    pub(super) on: bool,
    logs: BTreeMap<UserId, Log>,
    /// The users with undelivered events, the longest waiting first.
    queue: BTreeMap<u64, UserId>,
    /// The end of the queue.
    end: u64,
}

#[derive(Default)]
struct Log {
    events: BTreeMap<EventNumber, Event>,
    last: EventNumber,
    delivered: EventNumber,
    /// The leases since `delivered` last moved.
    attempts: u32,
    holder: Option<LeaseHolder>,
    /// When it can be leased again; `None` for at once.
    free_from: Option<Timestamp>,
    /// Its place in the queue.
    place: Option<u64>,
}

impl Outbox {
    pub(super) fn append(&mut self, user: UserId, events: &[Event]) {
        let Some(last) = events.last().filter(|_| self.on) else {
            return;
        };
        let log = self.logs.entry(user).or_default();
        log.events
            .extend(events.iter().map(|event| (event.number, event.clone())));
        log.last = last.number;
        if log.place.is_none() {
            self.move_to_end(user);
        }
    }

    pub(super) fn erase(&mut self, user: UserId) {
        let place = self.logs.remove(&user).and_then(|log| log.place);
        place.map(|place| self.queue.remove(&place));
    }

    /// Moves the user to the end of the queue, or out of it if everything is delivered.
    fn move_to_end(&mut self, user: UserId) {
        let Some(log) = self.logs.get_mut(&user) else {
            return;
        };
        log.place.take().map(|place| self.queue.remove(&place));
        if log.delivered < log.last {
            log.place = Some(self.end);
            self.queue.insert(self.end, user);
            self.end += 1;
        }
    }

    fn lease(&mut self, lease: Lease, limit: usize) -> Option<EventBatch> {
        let free = |log: &Log| log.free_from.is_none_or(|from| from <= lease.now);
        let mut waiting = self.queue.values().copied();
        let user = waiting.find(|user| self.logs.get(user).is_some_and(free))?;
        self.move_to_end(user);
        let log = self.logs.get_mut(&user)?;
        (log.holder, log.free_from) = (Some(lease.holder), Some(lease.until));
        log.attempts = log.attempts.saturating_add(1);
        Some(EventBatch {
            user,
            attempt: log.attempts,
            events: log.after(log.delivered, limit),
        })
    }

    /// Ends a lease, if the holder has it. Returns whether it had.
    fn end_lease(&mut self, user: UserId, holder: LeaseHolder, end: impl FnOnce(&mut Log)) -> bool {
        let log = self.logs.get_mut(&user);
        let Some(log) = log.filter(|log| log.holder == Some(holder)) else {
            return false;
        };
        log.holder = None;
        end(log);
        if log.delivered >= log.last {
            self.move_to_end(user);
        }
        true
    }
}

impl Log {
    fn after(&self, after: EventNumber, limit: usize) -> Vec<Event> {
        let events = self.events.range((Excluded(after), Unbounded));
        events.map(|(_, event)| event.clone()).take(limit).collect()
    }

    fn prune(&mut self, before: Timestamp, limit: u64) -> u64 {
        let (mut pruned, delivered) = (0, self.delivered);
        self.events.retain(|number, event| {
            let old = *number <= delivered && event.at < before && pruned < limit;
            pruned += u64::from(old);
            !old
        });
        pruned
    }
}

#[async_trait]
impl EventLog for MemoryStore {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let data = self.read();
        let log = data.outbox.logs.get(&user);
        Ok(log
            .map(|log| log.after(after, length(limit)))
            .unwrap_or_default())
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        Ok(self.write().outbox.lease(lease, length(limit.max(1))))
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        Ok(self.write().outbox.end_lease(user, holder, |log| {
            log.free_from = None;
            let through = through.min(log.last);
            if through > log.delivered {
                (log.delivered, log.attempts) = (through, 0);
            }
        }))
    }

    async fn give_back_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let free_from = Some(until);
        Ok(self
            .write()
            .outbox
            .end_lease(user, holder, |log| log.free_from = free_from))
    }

    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut left = u64::from(limit);
        for log in self.write().outbox.logs.values_mut() {
            left -= log.prune(before, left);
        }
        Ok(u64::from(limit) - left)
    }
}
