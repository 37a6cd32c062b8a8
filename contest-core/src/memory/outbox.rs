//! The domain events of one user, and who is delivering them.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::id::UserId;
use crate::model::{Event, EventKind, EventNumber};
use crate::store::{Lease, LeaseHolder};
use crate::time::Timestamp;

/// One user's events. It is changed under the lock of the user, and so in the step an event is of.
#[derive(Default)]
pub(super) struct Outbox {
    /// Whether the store keeps events.
    on: bool,
    events: BTreeMap<EventNumber, (Timestamp, EventKind)>,
    /// The number of the last event, forgotten or not.
    last: EventNumber,
    delivered: EventNumber,
    lease: Option<(LeaseHolder, Timestamp)>,
}

impl Outbox {
    /// Keeps events from now on, or does not.
    pub(super) fn keep(&mut self, on: bool) {
        self.on = on;
    }

    /// Appends an event, if events are kept.
    pub(super) fn append(&mut self, at: Timestamp, kind: EventKind) {
        if self.on {
            self.last = EventNumber(self.last.0 + 1);
            self.events.insert(self.last, (at, kind));
        }
    }

    /// The events after one of them, in order.
    pub(super) fn after(&self, user: UserId, after: EventNumber, limit: usize) -> Vec<Event> {
        let events = self
            .events
            .range((Bound::Excluded(after), Bound::Unbounded));
        let event = |(number, (at, kind)): (&EventNumber, &(Timestamp, EventKind))| Event {
            user,
            number: *number,
            at: *at,
            kind: kind.clone(),
        };
        events.take(limit).map(event).collect()
    }

    /// Whether there is something to deliver.
    pub(super) fn is_waiting(&self) -> bool {
        self.delivered < self.last
    }

    /// Takes the lease, if there is something to deliver and nobody is delivering. Gives the first
    /// events, in order; none when it was not taken.
    pub(super) fn lease(&mut self, user: UserId, lease: Lease, limit: usize) -> Vec<Event> {
        let held = self.lease.is_some_and(|(_, until)| lease.now < until);
        if held || !self.is_waiting() {
            return Vec::new();
        }
        self.lease = Some((lease.holder, lease.until));
        self.after(user, self.delivered, limit)
    }

    /// Gives the lease back, and notes what is delivered. Says whether the holder had it.
    pub(super) fn acknowledge(&mut self, holder: LeaseHolder, through: EventNumber) -> bool {
        let held = self.lease.is_some_and(|(by, _)| by == holder);
        if held {
            self.lease = None;
            self.delivered = self.delivered.max(through.min(self.last));
        }
        held
    }

    /// Forgets delivered events from before an instant, at most so many. Says how many.
    pub(super) fn forget(&mut self, before: Timestamp, limit: u64) -> u64 {
        let delivered = self.events.range(..=self.delivered);
        let old = delivered.filter(|(_, (at, _))| *at < before);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let old: Vec<_> = old.map(|(number, _)| *number).take(limit).collect();
        for number in &old {
            self.events.remove(number);
        }
        old.len() as u64
    }
}
