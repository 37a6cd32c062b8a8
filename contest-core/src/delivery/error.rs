//! Why nothing was delivered.

use std::time::Duration;

use crate::delivery::SinkError;
use crate::id::UserId;
use crate::store::StoreError;

/// Why a call of [`dispatch_once`](crate::delivery::Dispatcher::dispatch_once) delivered nothing, or
/// does not know whether what it delivered is noted. Whatever it was, no event is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// The log failed: the lease or the acknowledgement may be there or not.
    #[error("the log of events failed")]
    Log(#[from] StoreError),
    /// The sink refused the events. They are tried again after a wait.
    #[error("the events of user {user} were not delivered")]
    Sink {
        /// Whose events.
        user: UserId,
        /// What the sink said.
        source: SinkError,
    },
    /// Leasing and delivering took too long, so the sink was cut off. The events are tried again once
    /// the lease has run out.
    #[error(
        "leasing and delivering events was given up after {} ms: make batches smaller or the \
         lease longer", after.as_millis()
    )]
    TimedOut {
        /// How long it took.
        after: Duration,
    },
}
