//! A socket whose peer must read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

use super::places::{Activity, Busy};

/// How long written bytes may wait for the peer to read.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    pub(super) limit: Duration,
    /// The limit once the connection must close.
    pub(super) closing_limit: Duration,
    /// Becomes true when the connection must close.
    pub(super) closing: watch::Receiver<bool>,
}

impl Patience {
    /// When a wait that began at `since` ends. There is no such instant for limits of centuries.
    fn deadline(&self, since: Instant) -> Option<Instant> {
        let limit = if *self.closing.borrow() {
            self.closing_limit
        } else {
            self.limit
        };
        since.checked_add(limit)
    }
}

/// A socket on which writing fails if the peer does not read in time: from the first write that must
/// wait until a flush succeeds, which is when the system has taken everything.
pub(super) struct WriteDeadline {
    stream: TcpStream,
    patience: Patience,
    activity: Arc<Activity>,
    waiting: Option<Waiting>,
}

/// Written bytes wait for the peer.
struct Waiting {
    since: Instant,
    timer: Pin<Box<Sleep>>,
    _busy: Busy,
}

impl WriteDeadline {
    /// While bytes wait, the connection is busy.
    pub(super) fn new(stream: TcpStream, patience: Patience, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            patience,
            activity,
            waiting: None,
        }
    }

    /// `result`, or the end of the peer's time.
    fn bound<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() {
            return result;
        }
        let waiting = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            Waiting {
                since: now,
                timer: Box::pin(tokio::time::sleep_until(now)),
                _busy: self.activity.begin(),
            }
        });
        let Some(deadline) = self.patience.deadline(waiting.since) else {
            return result;
        };
        if waiting.timer.deadline() != deadline {
            waiting.timer.as_mut().reset(deadline);
        }
        if waiting.timer.as_mut().poll(cx).is_pending() {
            return result;
        }
        // Without it, the system would keep the unread bytes for minutes.
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "unread bytes are left to the system");
        }
        let unread = "the client did not read in time";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, unread)))
    }
}

impl AsyncRead for WriteDeadline {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for WriteDeadline {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bound(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.bound(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = result {
            self.waiting = None;
        }
        self.bound(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
