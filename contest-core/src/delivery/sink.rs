//! Where events go.

use async_trait::async_trait;

use crate::store::EventBatch;

/// Why a sink did not take events: whatever the host's own error is.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes events. The host's side of a [`Dispatcher`](crate::delivery::Dispatcher).
///
/// # Contract
/// - `Ok` means that all events of the batch are taken, for good: they do not come again.
/// - An error means that none counts as taken. The same events come again after a pause, and none of
///   that user before: the first of them alone, so that it shows which event fails, then the others,
///   perhaps with more behind them.
/// - Events may come again after `Ok` too, when the acknowledgement got lost. A sink that minds keeps
///   the number of the last event it has taken of each user, and skips what is not greater.
/// - [`attempt`](EventBatch::attempt) says how often the first event was tried, this time included. A sink
///   that keeps what it cannot take in a place of its own answers `Ok` then; see also
///   [`Dispatcher::with_set_aside`](crate::delivery::Dispatcher::with_set_aside).
/// - It is called for several users at once if several dispatchers, or calls of one, share it; never
///   for one user.
///
/// # Cancel safety
/// The future is dropped when it takes too long, and when the dispatcher's is dropped. What it did by
/// then does not count as taken.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Takes events of one user, in order; at least one.
    ///
    /// # Errors
    /// Whatever kept the sink from taking all of them.
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError>;
}
