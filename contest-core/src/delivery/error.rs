//! Errors of a delivery.

use std::time::Duration;

use crate::delivery::SinkError;
use crate::id::UserId;
use crate::model::EventNumber;
use crate::store::StoreError;

/// Why a call of [`dispatch_once`](crate::delivery::Dispatcher::dispatch_once) delivered nothing, or
/// whether its delivery is acknowledged is unknown. No event is lost, and none is skipped unless it is
/// [set aside](Self::SetAside).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// The log failed. The lease or the acknowledgement may have been stored.
    #[error("the event log failed")]
    Log(#[from] StoreError),
    /// The sink did not accept the events. They are tried again after a pause.
    #[error("the events of user {user} were not delivered (attempt {attempt})")]
    Sink {
        /// The user.
        user: UserId,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// The sink's error.
        source: SinkError,
    },
    /// Leasing and delivering took too long, so the sink was cancelled. The events are tried again
    /// after a pause, or once the lease has run out.
    #[error(
        "leasing and delivering events was given up after {} ms: make batches smaller or the \
         lease longer", after.as_millis()
    )]
    TimedOut {
        /// How long it took.
        after: Duration,
    },
    /// The last attempt that the host allows failed, so this event is [set
    /// aside](crate::delivery::Dispatcher::with_set_aside): it counts as delivered.
    #[error("event {} of user {user} was set aside after {attempts} attempts", number.0)]
    SetAside {
        /// The user.
        user: UserId,
        /// The number of the event. `log.events_after` with the number before it returns it, until it
        /// is pruned.
        number: EventNumber,
        /// How many attempts failed.
        attempts: u32,
        /// The error of the last attempt.
        source: SinkError,
    },
}
