//! One stream: pages of the log as text, and what is sent when there are none.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use contest_core::UserId;
use contest_core::model::{Event, EventNumber};
use contest_core::store::StoreError;
use futures::future::select;
use futures::{Stream, StreamExt as _, stream};
use tokio::time::sleep;

use super::permits::Permit;
use super::{EventStreams, Start};
use crate::details::ProblemDetails;
use crate::error::store_failure;

pub(crate) const MEDIA_TYPE: &str = "text/event-stream";

/// The most events asked for at a time, which bounds what a stream holds.
const PAGE: u32 = 100;
/// The first thing sent, at once, so that a client sees the stream open: after how many
/// milliseconds to come back when it ends.
const OPENING: &[u8] = b"retry: 2000\n\n";
/// A comment, which clients pass over.
const NOTHING: &[u8] = b":\n\n";

/// Where a stream is.
pub(super) struct Feed {
    streams: Arc<EventStreams>,
    user: UserId,
    /// The last event that was sent.
    after: EventNumber,
    /// What is to be sent without asking.
    ready: Option<Bytes>,
    /// Whether the log may hold more than it gave.
    more: bool,
    /// For how long nothing was sent.
    quiet: Duration,
    _permit: Permit,
}

impl Feed {
    /// Reads the first page. Where the stream begins anew, says so first.
    pub(super) async fn begin(
        streams: Arc<EventStreams>,
        user: UserId,
        start: Start,
        permit: Permit,
    ) -> Result<Self, ProblemDetails> {
        let mut opening = OPENING.to_vec();
        let after = match start {
            Start::After(after) => after,
            Start::Anew(after) => {
                opening.extend_from_slice(anew(after).as_bytes());
                after
            }
        };
        let mut feed = Self {
            streams,
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

    /// The stream, which ends with the host or after its longest time, even in the middle of a wait.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        let end = self.streams.end.clone();
        let tired = Box::pin(sleep(self.streams.longest));
        stream::unfold(self, Self::next)
            .take_until(select(end, tired))
            .map(Ok)
    }

    /// What to send next. None ends the stream: the client comes back, and learns then what is wrong.
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
                    tracing::warn!(%error, "a stream of events was ended");
                    return None;
                }
            }
            if self.ready.is_none() && self.quiet >= self.streams.keep_alive {
                self.ready = Some(Bytes::from_static(NOTHING));
            }
        }
    }

    /// The next page behind `text`, unless both are empty.
    async fn page(&mut self, mut text: Vec<u8>) -> Result<Option<Bytes>, StoreError> {
        let log = &self.streams.log;
        let events = log.events_after(self.user, self.after, PAGE).await?;
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

/// An event as clients read it. JSON holds no line breaks, so one line is all it takes.
fn write(text: &mut Vec<u8>, event: &Event) {
    let head = format!(
        "id: {}\nevent: {}\ndata: ",
        event.number.0,
        event.kind.name()
    );
    text.extend_from_slice(head.as_bytes());
    // Writing plain data to memory does not fail; if it did, the number still says that there was one.
    if let Err(error) = serde_json::to_writer(&mut *text, event) {
        tracing::error!(%error, "an event could not be written");
    }
    text.extend_from_slice(b"\n\n");
}
