//! Load on something that answers: as much as it takes, or as much as is decided beforehand.
//!
//! [`closed`] finds out how much a server takes: each connection asks again as soon as it is
//! answered. Times found that way are too good to be true. While the server stalls nobody asks, so a
//! stall is one slow answer among thousands of fast ones, whoever else would have come meanwhile.
//! [`open`] finds out how long answers take: requests are due at fixed instants whatever the server
//! does, and each one's time is counted from when it was due, waiting for a free connection
//! included.

mod closed;
mod http;
mod latencies;
mod open;

pub use closed::closed;
pub use http::HttpConnection;
pub use latencies::Latencies;
pub use open::{Arrivals, open, spin_until};

use crate::Outcome;

/// Something that one request at a time can be made through.
#[expect(
    async_fn_in_trait,
    reason = "all of a load is polled by one thread: nothing needs to be `Send`"
)]
pub trait Connection {
    /// Makes the next request and waits for its answer.
    ///
    /// # Errors
    /// The connection broke, or the answer is not what was asked for. The whole load ends with it.
    async fn call(&mut self) -> Outcome<()>;
}
