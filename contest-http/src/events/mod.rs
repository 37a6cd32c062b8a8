//! A user's events as they happen: server-sent events over an [`EventLog`].
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use contest_core::store::EventLog;
//! use contest_http::events::EventStreams;
//!
//! # fn streams(log: Arc<dyn EventLog>, shutdown: impl Future<Output = ()> + Send + 'static) -> EventStreams {
//! // `log` is the store whose outbox is on; `shutdown` is ready when the server is to end.
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

/// How the events of users are streamed; given to [`Api::events`](crate::Api::events).
///
/// A stream asks the log for the next page of events, sends them, and asks again after the
/// [interval](Self::with_poll_interval). It is driven by the connection that reads it: no task runs
/// beside it, a client that reads slowly is asked for slowly, and one that leaves takes its stream
/// with it. Its timer needs a Tokio runtime whose time driver is on.
///
/// A stream ends when the host [ends](Self::with_end), when the log fails, and after the
/// [longest time](Self::with_longest). Clients come back with the number of the last event they saw,
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
    /// Streams what `log` holds, with the defaults.
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

    /// How long a stream with nothing to send waits before it asks the log again; 1 s unless set,
    /// and never less than 1 ms. Upper bound of an event's latency; each open stream polls at this
    /// interval.
    #[must_use]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// After how long without an event a comment is sent, so that proxies keep the connection and a
    /// client that is gone is noticed; 15 s unless set. Looked at whenever the log is asked.
    #[must_use]
    pub fn with_keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// Ends a stream after this long; 10 min unless set. The client comes back and is identified again,
    /// so a token that has expired is served for at most this long.
    #[must_use]
    pub fn with_longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// How many streams may be open in all, and how many of one user; 1,024 and 8 unless set. More are
    /// refused.
    #[must_use]
    pub fn with_most(mut self, all: usize, of_a_user: usize) -> Self {
        self.permits = Permits::new(all, of_a_user);
        self
    }

    /// Ends every stream, and refuses new ones, when `end` is ready: when the host drains its
    /// connections. Without this, an open stream keeps its connection until its client leaves.
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

    /// A stream of the user's events from that start, as the body of an answer. The first page is read
    /// before the answer begins, so that a failing log is an error instead of an empty stream.
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
