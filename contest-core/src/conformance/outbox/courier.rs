//! Somebody who delivers events.

use uuid::Uuid;

use crate::conformance::failure::{During, Outcome};
use crate::id::UserId;
use crate::model::EventNumber;
use crate::store::{EventLog, Lease, LeaseHolder};
use crate::time::Timestamp;

/// One holder of leases, through one handle.
#[derive(Clone, Copy)]
pub(super) struct Courier<'a> {
    log: &'a dyn EventLog,
    pub(super) holder: LeaseHolder,
}

/// What a courier got: whose events, and their numbers.
pub(super) type Load = Option<(UserId, Vec<u64>)>;

impl<'a> Courier<'a> {
    pub(super) fn new(log: &'a dyn EventLog, number: u128) -> Self {
        Self {
            log,
            holder: LeaseHolder(Uuid::from_u128(0xc0 << 64 | number)),
        }
    }

    /// Leases somebody's events.
    pub(super) async fn lease(self, now: Timestamp, until: Timestamp, limit: u32) -> Outcome<Load> {
        let lease = Lease {
            holder: self.holder,
            now,
            until,
        };
        let batch = self.log.lease_events(lease, limit).await;
        let batch = batch.during(format_args!("leasing events at {now} until {until}"))?;
        Ok(batch.map(|batch| {
            let numbers = batch.events.iter().map(|event| event.number.0);
            (batch.user, numbers.collect())
        }))
    }

    /// Notes what is delivered. Says whether it was noted.
    pub(super) async fn acknowledge(self, user: UserId, through: u64) -> Outcome<bool> {
        let through = EventNumber(through);
        let noted = self
            .log
            .acknowledge_events(user, self.holder, through)
            .await;
        noted.during("acknowledging events")
    }
}
