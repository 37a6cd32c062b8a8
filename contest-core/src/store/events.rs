//! The port for domain events: an outbox beside the store.

use async_trait::async_trait;

use crate::id::UserId;
use crate::model::{Event, EventNumber};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Keeps the domain events of users, and who is delivering them. Optional: an engine does not need it.
///
/// # Contract
/// - A commit's events are kept in the same step as the commit.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The user's events after the one with this number, delivered or not, in order; at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    async fn events_after(
        &self,
        user: UserId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;

    /// Leases one user who has undelivered events, and returns the first of them, in order.
    ///
    /// # Contract
    /// - Only a user whose events are not leased at `lease.now`: never leased, given back, or leased
    ///   until then. Of calls that race, one gets a user.
    /// - `None` when there is no such user.
    /// - At most `limit` events, and at least one: a limit of zero counts as one.
    /// - Fair: a leased user queues behind all users already waiting.
    /// - [`attempt`](EventBatch::attempt) counts the leases of a user since an event was last
    ///   acknowledged, whichever way they ended.
    ///
    /// # Errors
    /// When the store fails.
    async fn lease_events(
        &self,
        lease: Lease,
        limit: u32,
    ) -> Result<Option<EventBatch>, StoreError>;

    /// Notes that the user's events up to this number are delivered, and ends the lease.
    ///
    /// # Contract
    /// - Only for the holder of the lease, even when it has run out, unless another has taken it since:
    ///   then nothing changes and the answer is `false`.
    /// - What is delivered stays so: a smaller number ends the lease and does nothing else.
    ///
    /// # Errors
    /// When the store fails.
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
    /// When the store fails.
    async fn give_back_events(
        &self,
        user: UserId,
        holder: LeaseHolder,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Removes delivered events from before `before`, at most `limit` of them. Says how many.
    ///
    /// # Contract
    /// - Undelivered events stay, and no number is given twice.
    ///
    /// # Errors
    /// When the store fails.
    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Who delivers events: one running dispatcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseHolder(pub uuid::Uuid);

/// The right to deliver a user's events for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who takes it.
    pub holder: LeaseHolder,
    /// When it begins.
    pub now: Timestamp,
    /// The first instant at which another may take it.
    pub until: Timestamp,
}

/// Undelivered events of one user, in order; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBatch {
    /// Whose events.
    pub user: UserId,
    /// Which attempt to deliver the first of them this is: 1, then 2, and so on. Kept with the events, so
    /// it counts those of all processes, also those that died.
    pub attempt: u32,
    /// The events.
    pub events: Vec<Event>,
}
