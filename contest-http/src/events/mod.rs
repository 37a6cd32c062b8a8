//! Server-sent events: a user's own events as they happen, over an [`EventLog`], and the changes of boards of
//! [rounds](crate::Api::rounds).
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

mod boards;
mod feed;
mod permits;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use contest_core::UserId;
use contest_core::model::EventNumber;
use contest_core::store::EventLog;
use futures::future::{self, BoxFuture, Shared, select};
use futures::{FutureExt as _, Stream, StreamExt as _};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::time::sleep;

use crate::details::ProblemDetails;
use crate::error::store_failure;
use feed::Feed;
use permits::{Permit, Permits};

pub(crate) use boards::{BoardWatch, Boards};

pub(crate) const MEDIA_TYPE: &str = "text/event-stream";

/// Tells proxies not to buffer the response.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Sent at once, so that the client sees the stream open. After the end, the client waits this many
/// milliseconds before it reconnects.
const OPENING: &str = "retry: 2000\n\n";
/// A comment, which clients ignore.
const NOTHING: Bytes = Bytes::from_static(b":\n\n");

/// Streams of events, for [`Api::events`](crate::Api::events): of users' own events, and of boards.
///
/// A stream reads a page of events from the log, sends it, and reads again after the
/// [interval](Self::with_poll_interval). The connection drives it: there is no background task, a slow
/// client slows the reading, and a disconnect drops the stream. Its timer needs a Tokio runtime with the
/// time driver enabled.
///
/// All streams of a board share what one of them reads, so that a board is read at most once in an interval,
/// however many watch it.
///
/// A stream ends when the host [ends](Self::with_end), when the store fails, and after the
/// [longest time](Self::with_longest). Clients reconnect, with the number of the last event they saw, and
/// are identified again.
pub struct EventStreams {
    log: Option<Arc<dyn EventLog>>,
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
    /// Streams boards, and the events of `log`, with the defaults.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self {
            log: Some(log),
            ..Self::without_log()
        }
    }

    /// Streams boards only, with the defaults.
    pub fn without_log() -> Self {
        Self {
            log: None,
            poll_interval: Duration::from_secs(1),
            keep_alive: Duration::from_secs(15),
            longest: Duration::from_mins(10),
            permits: Permits::new(1_024, 8),
            end: future::pending().boxed().shared(),
        }
    }

    /// How long a stream with nothing to send waits before it reads again; 1 s by default, at least 1 ms.
    /// Upper bound of an event's latency, and half that of a board's; each open stream of events polls at
    /// this interval.
    #[must_use]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// A comment is sent after this long without an event; 15 s by default. It keeps proxies from closing
    /// the connection and detects clients that have left. Checked when the stream reads.
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

    /// Whether there is a log of users' events.
    pub(crate) const fn has_log(&self) -> bool {
        self.log.is_some()
    }

    fn log(&self) -> Result<&Arc<dyn EventLog>, ProblemDetails> {
        self.log.as_ref().ok_or_else(no_events)
    }

    /// Whether the log has this event, or a later one.
    ///
    /// # Errors
    /// What to answer when there is no log, or it fails.
    pub(crate) async fn reaches(
        &self,
        user: UserId,
        event: EventNumber,
    ) -> Result<bool, ProblemDetails> {
        let log = self.log()?;
        let Some(before) = event.0.checked_sub(1) else {
            return Ok(true);
        };
        let found = log.events_after(user, EventNumber(before), 1).await;
        found
            .map(|events| !events.is_empty())
            .map_err(|error| store_failure(&error))
    }

    /// A stream of the user's events from that start. The first page is read before the response begins, so
    /// that a failing log is an error response.
    pub(crate) async fn open(
        self: &Arc<Self>,
        user: UserId,
        start: Start,
    ) -> Result<Response, ProblemDetails> {
        let log = Arc::clone(self.log()?);
        let permit = self.permit(user)?;
        let feed = Feed::begin(Arc::clone(self), log, user, start, permit).await?;
        Ok(self.response(feed.into_stream()))
    }

    /// The right to a stream of this user, until dropped.
    fn permit(&self, user: UserId) -> Result<Permit, ProblemDetails> {
        if self.end.clone().now_or_never().is_some() {
            return Err(ProblemDetails::unavailable());
        }
        self.permits.take(user)
    }

    /// The response that sends these texts. It ends with the host or after its longest time, even while there is
    /// nothing to send.
    fn response(&self, texts: impl Stream<Item = Bytes> + Send + 'static) -> Response {
        let tired = Box::pin(sleep(self.longest));
        let texts = texts.take_until(select(self.end.clone(), tired));
        let mut response = Response::new(Body::from_stream(texts.map(Ok::<_, Infallible>)));
        for (name, value) in [
            (CONTENT_TYPE, MEDIA_TYPE),
            (CACHE_CONTROL, "no-store"),
            (X_ACCEL_BUFFERING, "no"),
        ] {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// 404: the host keeps no event log.
pub(crate) fn no_events() -> ProblemDetails {
    let status = StatusCode::NOT_FOUND;
    ProblemDetails::new(status, "no_events", "No events")
        .with_detail("no events are stored here: get the current state instead")
}

impl fmt::Debug for EventStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStreams")
            .field("has_log", &self.has_log())
            .field("poll_interval", &self.poll_interval)
            .field("keep_alive", &self.keep_alive)
            .field("longest", &self.longest)
            .field("permits", &self.permits)
            .finish_non_exhaustive()
    }
}
