//! Why an operation did not happen.

use std::time::Duration;

use crate::delivery::SinkError;
use crate::rules::Refusal;
use crate::store::StoreError;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules forbid it. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others changed the same user's data, or the catalogue, each time before this operation could.
    /// Nothing was changed. Try again.
    #[error("the data kept changing: gave up after {attempts} attempts; try again")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// The operation took longer than the engine allows. A write may have happened all the same.
    #[error("the operation was given up after {} ms", after.as_millis())]
    TimedOut {
        /// The engine's operation timeout.
        after: Duration,
    },
    /// The host's sink did not take the event that a user is erased. Nothing was erased.
    #[error("the sink did not take the event that a user is erased")]
    Sink(#[source] SinkError),
    /// The store failed. A write may have happened if the failure is
    /// [transient](StoreError::is_transient).
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A stable name of the kind of error, such as `contest_not_found`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Contended { .. } => "contended",
            Self::TimedOut { .. } => "timed_out",
            Self::Sink(_) => "sink_error",
            Self::Store(_) => "store_error",
        }
    }

    /// Whether the same call may succeed if made again without any change. After a creation that
    /// ended so, use an [idempotency key](crate::rules::ContestRequest::with_idempotency_key).
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Contended { .. } | Self::TimedOut { .. } | Self::Sink(_) => true,
            Self::Store(error) => error.is_transient(),
        }
    }
}
