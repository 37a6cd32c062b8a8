//! Errors of the engine's operations.

use std::time::Duration;

use crate::delivery::SinkError;
use crate::rules::Refusal;
use crate::store::StoreError;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules forbid it. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Concurrent changes of the user's data, or of the catalogue, made each attempt a conflict.
    /// Nothing was changed. Try again.
    #[error("the data kept changing: gave up after {attempts} attempts; try again")]
    Contended {
        /// The number of attempts.
        attempts: u32,
    },
    /// The operation took longer than the engine's timeout. A write may have happened.
    #[error("the operation was given up after {} ms", after.as_millis())]
    TimedOut {
        /// The engine's operation timeout.
        after: Duration,
    },
    /// The erasure sink did not accept the event. Nothing was erased.
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

    /// Whether repeating the same call may succeed. To repeat a creation safely, use an [idempotency
    /// key](crate::rules::ContestRequest::with_idempotency_key).
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Contended { .. } | Self::TimedOut { .. } | Self::Sink(_) => true,
            Self::Store(error) => error.is_transient(),
        }
    }
}
