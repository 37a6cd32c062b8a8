//! One stream: pages of the log as text, and comments that keep the connection open.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use contest_core::UserId;
use contest_core::model::{Event, EventNumber};
use contest_core::store::{EventLog, StoreError};
use futures::{Stream, stream};
use tokio::time::sleep;

use super::permits::Permit;
use super::{EventStreams, NOTHING, OPENING, Start};
use crate::details::ProblemDetails;
use crate::error::store_failure;

/// The most events read at a time: bounds the memory of a stream.
const PAGE: u32 = 100;

/// The state of a stream.
pub(super) struct Feed {
    streams: Arc<EventStreams>,
    log: Arc<dyn EventLog>,
    user: UserId,
    /// The last event sent.
    after: EventNumber,
    /// Text to send before the log is read again.
    ready: Option<Bytes>,
    /// Whether the log may have another page.
    more: bool,
    /// Time since something was sent.
    quiet: Duration,
    _permit: Permit,
}

impl Feed {
    /// Reads the first page. Where the stream begins anew, says so first.
    pub(super) async fn begin(
        streams: Arc<EventStreams>,
        log: Arc<dyn EventLog>,
        user: UserId,
        start: Start,
        permit: Permit,
    ) -> Result<Self, ProblemDetails> {
        let mut opening = OPENING.as_bytes().to_vec();
        let after = match start {
            Start::After(after) => after,
            Start::Anew(after) => {
                opening.extend_from_slice(anew(after).as_bytes());
                after
            }
        };
        let mut feed = Self {
            streams,
            log,
            user,
            after,
            ready: None,
            more: true,
            quiet: Duration::ZERO,
            _permit: permit,
        };
        let first = feed.page(opening).await;
        feed.ready = first.map_err(|error| store_failure(&error))?;
        Ok(feed)
    }

    /// The texts to send.
    pub(super) fn into_stream(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, Self::next)
    }

    /// The next text to send. `None` ends the stream when the log fails: the client reconnects and gets
    /// the failure as an error response.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if let Some(ready) = self.ready.take() {
                self.quiet = Duration::ZERO;
                return Some((ready, self));
            }
            if !self.more {
                let interval = self.streams.poll_interval;
                sleep(interval).await;
                self.quiet += interval;
            }
            match self.page(Vec::new()).await {
                Ok(page) => self.ready = page,
                Err(error) => {
                    tracing::warn!(%error, "the log failed: ended a stream of events");
                    return None;
                }
            }
            if self.ready.is_none() && self.quiet >= self.streams.keep_alive {
                self.ready = Some(NOTHING);
            }
        }
    }

    /// `text` with the next page appended. `None` if both are empty.
    async fn page(&mut self, mut text: Vec<u8>) -> Result<Option<Bytes>, StoreError> {
        let events = self.log.events_after(self.user, self.after, PAGE).await?;
        self.more = events.len() == PAGE as usize;
        for event in &events {
            write(&mut text, event);
            self.after = event.number;
        }
        Ok((!text.is_empty()).then(|| text.into()))
    }
}

/// Tells a client that its number is of no event here. Its `id` takes the place of that number.
fn anew(after: EventNumber) -> String {
    let EventNumber(number) = after;
    format!("id: {number}\nevent: stream_restarted\ndata: {{\"after\":{number}}}\n\n")
}

/// Writes an event as a message. Compact JSON has no line breaks, so one `data` line is enough.
fn write(text: &mut Vec<u8>, event: &Event) {
    let head = format!(
        "id: {}\nevent: {}\ndata: ",
        event.number.0,
        event.kind.name()
    );
    text.extend_from_slice(head.as_bytes());
    // Writing plain data to memory does not fail. If it did, the client would still get the number.
    if let Err(error) = serde_json::to_writer(&mut *text, event) {
        tracing::error!(%error, "an event could not be written");
    }
    text.extend_from_slice(b"\n\n");
}
