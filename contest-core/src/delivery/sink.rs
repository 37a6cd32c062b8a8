//! The sink of events.

use async_trait::async_trait;

use crate::store::EventBatch;

/// Why a sink did not accept events: any error of the host.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Accepts events. The host implements it for a [`Dispatcher`](crate::delivery::Dispatcher).
///
/// # Contract
/// - `Ok` means that the sink has accepted all events of the batch, for good: they are not delivered
///   again.
/// - An error means that it has accepted none. The same events are delivered again after a pause, and
///   no other of that user before: the first event alone, to find the failing one, then the others,
///   perhaps with later ones.
/// - Events may be delivered again even after `Ok`, if the acknowledgement got lost. A sink that must
///   not repeat stores the number of the last event accepted from each user, and skips numbers up to
///   it.
/// - [`attempt`](EventBatch::attempt) is the number of attempts for the first event, including this
///   one. A sink that stores events it cannot handle elsewhere returns `Ok`; see also
///   [`Dispatcher::with_set_aside`](crate::delivery::Dispatcher::with_set_aside).
/// - Calls for different users may be concurrent, if several dispatchers, or calls of one, share the
///   sink; calls for one user never are.
///
/// # Cancel safety
/// The future is dropped if it takes too long, and if the dispatcher's is dropped. Its batch then does
/// not count as accepted.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Accepts events of one user, in order; at least one.
    ///
    /// # Errors
    /// Any error that kept the sink from accepting all of them.
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError>;
}
