//! A user's events as they happen: server-sent events over an [`EventLog`].
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use contest_core::store::EventLog;
//! use contest_http::events::EventStreams;
//!
//! # fn streams(log: Arc<dyn EventLog>, shutdown: impl Future<Output = ()> + Send + 'static) -> EventStreams {
//! // `log` is a store with its outbox on; `shutdown` completes when the server should end.
//! EventStreams::new(log)
//!     .with_poll_interval(Duration::from_millis(500))
//!     .with_end(shutdown)
//! # }
//! ```

mod feed;
mod permits;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use contest_core::UserId;
use contest_core::model::EventNumber;
use contest_core::store::EventLog;
use futures::FutureExt as _;
use futures::future::{self, BoxFuture, Shared};

use crate::details::ProblemDetails;
use crate::error::store_failure;
use feed::Feed;
use permits::Permits;

pub(crate) use feed::MEDIA_TYPE;

/// Streams users their events; for [`Api::events`](crate::Api::events).
///
/// A stream reads a page of events from the log, sends it, and reads again after the
/// [interval](Self::with_poll_interval). The connection drives it: there is no background task, a slow
/// client slows the reading, and a disconnect drops the stream. Its timer needs a Tokio runtime with the
/// time driver enabled.
///
/// A stream ends when the host [ends](Self::with_end), when the log fails, and after the
/// [longest time](Self::with_longest). Clients reconnect with the number of the last event they saw,
/// and are identified again.
pub struct EventStreams {
    log: Arc<dyn EventLog>,
    poll_interval: Duration,
    keep_alive: Duration,
    longest: Duration,
    permits: Permits,
    end: Shared<BoxFuture<'static, ()>>,
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// After the last event that the client has seen.
    After(EventNumber),
    /// After the latest event: the client names one that has not happened, such as one of before a
    /// backup was restored.
    Anew(EventNumber),
}

impl EventStreams {
    /// Streams the events of `log`, with the defaults.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self {
            log,
            poll_interval: Duration::from_secs(1),
            keep_alive: Duration::from_secs(15),
            longest: Duration::from_mins(10),
            permits: Permits::new(1_024, 8),
            end: future::pending().boxed().shared(),
        }
    }

    /// How long a stream with nothing to send waits before it reads the log again; 1 s by default, at
    /// least 1 ms. Upper bound of an event's latency; each open stream polls at this interval.
    #[must_use]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// A comment is sent after this long without an event; 15 s by default. It keeps proxies from closing
    /// the connection and detects clients that have left. Checked when the log is read.
    #[must_use]
    pub fn with_keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// Ends a stream after this long; 10 min by default. The client reconnects and is identified again,
    /// so an expired token is served for at most this long.
    #[must_use]
    pub fn with_longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// The most open streams in all, and of one user; 1,024 and 8 by default. Further ones are refused. The limit
    /// of a user falls in proportion to the streams that are free, down to one.
    #[must_use]
    pub fn with_most(mut self, all: usize, of_a_user: usize) -> Self {
        self.permits = Permits::new(all, of_a_user);
        self
    }

    /// Ends every stream, and refuses new ones, when `end` completes. Use it when the host drains its
    /// connections: otherwise an open stream keeps its connection until its client leaves or its longest
    /// time is over.
    #[must_use]
    pub fn with_end(mut self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        self.end = end.boxed().shared();
        self
    }

    /// Whether the log has this event, or a later one.
    ///
    /// # Errors
    /// What to answer when the log fails.
    pub(crate) async fn reaches(
        &self,
        user: UserId,
        event: EventNumber,
    ) -> Result<bool, ProblemDetails> {
        let Some(before) = event.0.checked_sub(1) else {
            return Ok(true);
        };
        let found = self.log.events_after(user, EventNumber(before), 1).await;
        found
            .map(|events| !events.is_empty())
            .map_err(|error| store_failure(&error))
    }

    /// A stream of the user's events from that start, as the body of a response. The first page is read
    /// before the response begins, so that a failing log is an error response.
    pub(crate) async fn open(
        self: &Arc<Self>,
        user: UserId,
        start: Start,
    ) -> Result<axum::body::Body, ProblemDetails> {
        if self.end.clone().now_or_never().is_some() {
            return Err(ProblemDetails::unavailable());
        }
        let permit = self.permits.take(user)?;
        let feed = Feed::begin(Arc::clone(self), user, start, permit).await?;
        Ok(axum::body::Body::from_stream(feed.into_stream()))
    }
}

impl fmt::Debug for EventStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStreams")
            .field("poll_interval", &self.poll_interval)
            .field("keep_alive", &self.keep_alive)
            .field("longest", &self.longest)
            .field("permits", &self.permits)
            .finish_non_exhaustive()
    }
}
