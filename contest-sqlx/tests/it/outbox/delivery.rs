//! Delivering events to a journal, and what a journal must look like.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use contest_core::delivery::{EventSink, SinkError};
use contest_core::model::{Event, EventNumber};
use contest_core::prelude::*;
use contest_core::store::{EventBatch, Lease, LeaseHolder, async_trait};
use uuid::Uuid;

use super::place::Logged;

/// How long whoever was killed keeps its lease.
pub(super) const LEASE: Duration = Duration::from_millis(150);

/// A file that several processes deliver events to.
pub(super) struct Journal(File);

impl Journal {
    pub(super) fn open(path: &Path) -> Self {
        let file = OpenOptions::new().append(true).create(true).open(path);
        Self(file.unwrap())
    }

    /// Each line is one write, and so is never mixed with another.
    fn take(&self, batch: &EventBatch) {
        for event in &batch.events {
            let line = format!("{}\n", serde_json::to_string(event).unwrap());
            (&self.0).write_all(line.as_bytes()).unwrap();
        }
    }
}

#[async_trait]
impl EventSink for Journal {
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError> {
        self.take(batch);
        Ok(())
    }
}

/// Somebody who delivers step by step.
pub(super) struct Dispatcher {
    store: Arc<dyn Logged>,
    holder: LeaseHolder,
    journal: Journal,
}

impl Dispatcher {
    pub(super) fn new(store: Arc<dyn Logged>, journal: &Path, number: u64) -> Self {
        Self {
            store,
            holder: LeaseHolder(Uuid::from_u128(number.into())),
            journal: Journal::open(journal),
        }
    }

    pub(super) async fn lease(&self, now: Timestamp) -> Option<EventBatch> {
        let lease = Lease {
            holder: self.holder,
            now,
            until: now + LEASE,
        };
        self.store.lease_events(lease, 4).await.unwrap()
    }

    pub(super) fn deliver(&self, batch: &EventBatch) {
        self.journal.take(batch);
    }

    /// Says whether it still held the lease.
    pub(super) async fn acknowledge(&self, batch: &EventBatch) -> bool {
        let last = batch.events.last().unwrap().number;
        let noted = self.store.acknowledge_events(batch.user, self.holder, last);
        noted.await.unwrap()
    }

    /// Delivers the next few events, if there are some to be had.
    pub(super) async fn once(&self, now: Timestamp) -> bool {
        let Some(batch) = self.lease(now).await else {
            return false;
        };
        self.deliver(&batch);
        self.acknowledge(&batch).await;
        true
    }
}

/// What was delivered, in the order it was.
pub(super) fn journal(file: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

/// Nothing was delivered before what comes before it, and everything that was is what the log has.
/// Returns how far each user's events got.
pub(super) fn check_order(
    journal: &[Event],
    log: &HashMap<UserId, Vec<Event>>,
) -> HashMap<UserId, u64> {
    let mut through: HashMap<UserId, u64> = HashMap::new();
    for event in journal {
        let through = through.entry(event.user).or_default();
        let EventNumber(number) = event.number;
        assert!(number <= *through + 1, "{event:?} came after {through}");
        *through = number.max(*through);
        let place = usize::try_from(number - 1).unwrap();
        assert_eq!(log[&event.user][place], *event);
    }
    through
}
