//! Why nothing was delivered.

use std::time::Duration;

use crate::delivery::SinkError;
use crate::id::UserId;
use crate::model::EventNumber;
use crate::store::StoreError;

/// Why a call of [`dispatch_once`](crate::delivery::Dispatcher::dispatch_once) delivered nothing, or
/// does not know whether what it delivered is noted. No event is lost, and none but one that is
/// [set aside](Self::SetAside) is passed over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// The log failed: the lease or the acknowledgement may be there or not.
    #[error("the log of events failed")]
    Log(#[from] StoreError),
    /// The sink failed to take the events. They are tried again after a pause.
    #[error("the events of user {user} were not delivered (attempt {attempt})")]
    Sink {
        /// Whose events.
        user: UserId,
        /// Which attempt it was, from 1.
        attempt: u32,
        /// What the sink said.
        source: SinkError,
    },
    /// Leasing and delivering took too long, so the sink was cut off. The events are tried again after a
    /// pause, or once the lease has run out.
    #[error(
        "leasing and delivering events was given up after {} ms: make batches smaller or the \
         lease longer", after.as_millis()
    )]
    TimedOut {
        /// How long it took.
        after: Duration,
    },
    /// The last of the attempts that the host allows failed, so this event is
    /// [set aside](crate::delivery::Dispatcher::with_set_aside): it counts as delivered.
    #[error("event {} of user {user} was set aside after {attempts} attempts", number.0)]
    SetAside {
        /// Whose event.
        user: UserId,
        /// Its number. `log.events_after` of the number before gives it, until it is pruned.
        number: EventNumber,
        /// How many attempts failed.
        attempts: u32,
        /// Why the last one failed.
        source: SinkError,
    },
}
