//! An event log that the test scripts, and that counts its reads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use contest_core::UserId;
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError, async_trait};
use contest_core::time::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Log {
    events: Mutex<Vec<Event>>,
    pub(super) asked: AtomicUsize,
    pub(super) largest: AtomicU32,
    pub(super) broken: AtomicBool,
}

impl Log {
    /// Something happens to `user`.
    pub(super) fn append(&self, user: UserId) {
        let mut events = self.events.lock().unwrap();
        let before = events.iter().filter(|event| event.user == user).count();
        events.push(Event {
            user,
            number: EventNumber(u64::try_from(before).unwrap() + 1),
            at: Timestamp::from_micros(1_774_787_400_000_000),
            kind: EventKind::ProgressReset { epoch: 7 },
        });
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl EventLog for Log {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.largest.fetch_max(limit, Ordering::SeqCst);
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::transient("password=hunter2"));
        }
        let events = self.events.lock().unwrap();
        let own = events.iter().filter(|event| event.user == user);
        let later = own.filter(|event| event.number > after);
        Ok(later.take(limit as usize).cloned().collect())
    }

    async fn lease_events(&self, _: Lease, _: u32) -> Result<Option<EventBatch>, StoreError> {
        unreachable!("a stream delivers nothing to a sink")
    }

    async fn acknowledge_events(
        &self,
        _: UserId,
        _: LeaseHolder,
        _: EventNumber,
    ) -> Result<bool, StoreError> {
        unreachable!("a stream delivers nothing to a sink")
    }

    async fn give_back_events(
        &self,
        _: UserId,
        _: LeaseHolder,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        unreachable!("a stream delivers nothing to a sink")
    }

    async fn prune_events(&self, _: Timestamp, _: u32) -> Result<u64, StoreError> {
        unreachable!("a stream removes nothing")
    }
}
