//! The trait for domain events: an outbox in the store.

use async_trait::async_trait;

use crate::id::UserId;
use crate::model::{Event, EventNumber};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Stores the domain events of users, and who is delivering them. Optional: an engine does not need it.
///
/// # Contract
/// - A commit and its events are stored in one step.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The user's events after the one with this number, delivered or not, in order; at most `limit`.
    ///
    /// # Errors
    /// If the store fails.
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;

    /// Leases one user who has undelivered events, and returns the first of them, in order.
    ///
    /// # Contract
    /// - Only a user whose events are not leased at `lease.now`: never leased, given back, or the lease
    ///   has ended. Concurrent calls do not get the same user.
    /// - `None` if there is no such user.
    /// - At most `limit` events, and at least one: a limit of zero counts as one.
    /// - Fair: a leased user queues behind all users already waiting.
    /// - [`attempt`](EventBatch::attempt) counts the leases of a user since an event was last
    ///   acknowledged, however they ended.
    ///
    /// # Errors
    /// If the store fails.
    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError>;

    /// Marks the user's events up to this number as delivered, and ends the lease.
    ///
    /// # Contract
    /// - Only for the holder of the lease, even after it has run out, unless another holder has taken
    ///   it since: then nothing changes and the answer is `false`.
    /// - Delivered events stay delivered: a smaller number only ends the lease.
    ///
    /// # Errors
    /// If the store fails.
    async fn acknowledge_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        through: EventNumber,
    ) -> Result<bool, StoreError>;

    /// Gives a lease back undelivered: the user can be leased again from `until` on.
    ///
    /// # Contract
    /// - Only for the holder of the lease, as for [`acknowledge_events`](Self::acknowledge_events).
    ///
    /// # Errors
    /// If the store fails.
    async fn give_back_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Removes at most `limit` delivered events from before `before`. Returns how many.
    ///
    /// # Contract
    /// - Undelivered events stay, and numbers are never reused.
    ///
    /// # Errors
    /// If the store fails.
    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// The holder of a lease: one running dispatcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseHolder(pub uuid::Uuid);

/// The right to deliver a user's events for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The holder.
    pub holder: LeaseHolder,
    /// When it begins.
    pub now: Timestamp,
    /// The first instant at which another holder may take it.
    pub until: Timestamp,
}

/// Undelivered events of one user, in order; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBatch {
    /// The user.
    pub user: UserId,
    /// The number of the attempt to deliver the first of them, from 1. It is stored with the events, so
    /// it counts the attempts of all processes, including those that have crashed.
    pub attempt: u32,
    /// The events.
    pub events: Vec<Event>,
}
