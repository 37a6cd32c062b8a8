//! Breaking promises about the log of events and its leases.

use async_trait::async_trait;
use contest_core::UserId;
use contest_core::model::{Event, EventNumber};
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, StoreError};
use contest_core::time::Timestamp;

use super::{Sabotage, Sabotaged, pause};

#[async_trait]
impl EventLog for Sabotaged {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        // A moment passes, as it does in every store that is not in memory.
        tokio::task::yield_now().await;
        let inside = self
            .inner
            .events_after(user, EventNumber(0), u32::MAX)
            .await?;
        let mut events = self.shown(user, inside);
        let from = match self.how {
            Sabotage::IncludesTheCursor => after.0,
            _ => after.0.saturating_add(1),
        };
        events.retain(|event| event.number.0 >= from);
        events.truncate(limit as usize);
        Ok(events)
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        tokio::task::yield_now().await;
        if self.is(Sabotage::LetsHoldersLeaseAgain) {
            let held = self.state().events.holders.clone();
            for (user, _) in held.into_iter().filter(|(_, by)| *by == lease.holder) {
                let nothing = EventNumber(0);
                self.inner
                    .acknowledge_events(user, lease.holder, nothing)
                    .await?;
            }
        }
        let batch = match self.how {
            Sabotage::ServesTheFirstFirst => self.lease_first(lease, limit).await?,
            _ => self.inner.lease_events(lease, limit).await?,
        };
        let Some(batch) = batch else {
            return Ok(None);
        };
        self.lease(lease, limit, batch).await
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        let by = self.state().events.holders.get(&user).copied();
        let inside = |through| self.inner.acknowledge_events(user, holder, through);
        match self.how {
            Sabotage::AcknowledgesForAnybody => {
                let by = by.unwrap_or(holder);
                self.inner.acknowledge_events(user, by, through).await
            }
            Sabotage::TakesDeliveriesBack => {
                self.state().events.delivered.insert(user, through);
                inside(through).await
            }
            Sabotage::LooksThenAcknowledges => {
                let held = by == Some(holder);
                pause().await;
                Ok(inside(through).await? || held)
            }
            Sabotage::AcknowledgesOneByOne => {
                let mut noted = false;
                for number in 0..=through.0 {
                    let lease = Lease {
                        holder,
                        now: Timestamp::from_micros(0),
                        until: Timestamp::from_micros(0),
                    };
                    noted |= inside(EventNumber(number)).await?;
                    pause().await;
                    if number < through.0 {
                        self.inner.lease_events(lease, 1).await?;
                    }
                }
                Ok(noted)
            }
            _ => inside(through).await,
        }
    }

    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        if self.is(Sabotage::ForgetsUndelivered) {
            self.state().events.hidden_before = Some(before);
        }
        let forgotten = self.inner.forget_events(before, limit).await?;
        if self.is(Sabotage::NumbersAnewAfterForgetting) {
            let users: Vec<_> = self.state().users.iter().copied().collect();
            for user in users {
                let left = self.inner.events_after(user, EventNumber(0), 1).await?;
                if left.is_empty() {
                    let mut state = self.state();
                    state.events.offsets.insert(user, forgotten);
                }
            }
        }
        Ok(forgotten)
    }
}

impl Sabotaged {
    /// What is made of a lease that was taken.
    async fn lease(
        &self,
        lease: Lease,
        limit: u32,
        mut batch: EventBatch,
    ) -> Result<Option<EventBatch>, StoreError> {
        let (user, nothing) = (batch.user, EventNumber(0));
        let give_back = |through| self.inner.acknowledge_events(user, lease.holder, through);
        let limit = limit.max(1);
        match self.how {
            Sabotage::LeasesFromTheStart => {
                batch.events = self.inner.events_after(user, nothing, limit).await?;
            }
            Sabotage::KeepsLeasesUntilTheyRunOut => {
                let until = self.state().events.leased_until.get(&user).copied();
                if until.is_some_and(|until| lease.now < until) {
                    give_back(nothing).await?;
                    return Ok(None);
                }
                let mut state = self.state();
                state.events.leased_until.insert(user, lease.until);
            }
            Sabotage::TakesDeliveriesBack => {
                let delivered = self.state().events.delivered.get(&user).copied();
                let delivered = delivered.unwrap_or_default();
                batch.events = self.inner.events_after(user, delivered, limit).await?;
            }
            Sabotage::LooksThenLeases => {
                give_back(nothing).await?;
                pause().await;
            }
            Sabotage::DeliversWhenLeasing => {
                let last = batch.events.last().map(|event| event.number);
                give_back(last.unwrap_or(nothing)).await?;
                pause().await;
            }
            _ => {}
        }
        self.state().events.holders.insert(user, lease.holder);
        Ok(Some(batch))
    }

    /// Leases the events of the least user there is, whoever waits longer.
    async fn lease_first(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        let mut all = Vec::new();
        while let Some(batch) = self.inner.lease_events(lease, limit).await? {
            all.push(batch);
        }
        all.sort_by_key(|batch| batch.user);
        let mut all = all.into_iter();
        let first = all.next();
        for EventBatch { user, .. } in all {
            let nothing = EventNumber(0);
            self.inner
                .acknowledge_events(user, lease.holder, nothing)
                .await?;
        }
        Ok(first)
    }
}
