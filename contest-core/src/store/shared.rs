//! A shared store is a store, and a shared log a log.

use std::sync::Arc;

use async_trait::async_trait;

use crate::id::UserId;
use crate::model::{Event, EventNumber};
use crate::store::forward::forward_repositories;
use crate::store::{EventBatch, EventLog, Lease, LeaseHolder, Store, StoreError};
use crate::time::Timestamp;

macro_rules! pass_on {
    ($self:ident, $operation:ident, $method:ident($($argument:expr),*)) => {
        (**$self).$method($($argument),*).await
    };
}

forward_repositories!(pass_on, [S: Store + ?Sized], Arc<S>);

#[async_trait]
impl<L: EventLog + ?Sized> EventLog for Arc<L> {
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        (**self).events_after(user, after, limit).await
    }

    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError> {
        (**self).lease_events(lease, limit).await
    }

    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError> {
        (**self).acknowledge_events(user, holder, through).await
    }

    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        (**self).forget_events(before, limit).await
    }
}
