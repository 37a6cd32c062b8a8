//! Bodies that are too large or too slow.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;

use contest_http::ProblemDetails;

/// Why reading a body failed; shared by the body and the layer that responds.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<AtomicU8>);

impl Fault {
    const TOO_LARGE: u8 = 1;
    const TOO_SLOW: u8 = 2;

    /// The response if the body had a fault.
    pub(super) fn refusal(&self) -> Option<ProblemDetails> {
        match self.0.load(Ordering::Relaxed) {
            Self::TOO_LARGE => Some(ProblemDetails::too_large()),
            Self::TOO_SLOW => Some(ProblemDetails::too_slow()),
            _ => None,
        }
    }
}

/// A body that fails when it exceeds its size limit or its deadline.
pub(super) struct Bounded {
    body: Body,
    left: usize,
    deadline: Pin<Box<Sleep>>,
    fault: Fault,
}

impl Bounded {
    /// The timeout starts now.
    pub(super) fn new(body: Body, limit: usize, timeout: Duration, fault: Fault) -> Self {
        Self {
            body,
            left: limit,
            deadline: Box::pin(tokio::time::sleep(timeout)),
            fault,
        }
    }

    fn fail<T>(&self, fault: u8) -> Poll<Option<Result<T, axum::Error>>> {
        self.fault.0.store(fault, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(Refused))))
    }
}

/// The error that handlers see.
#[derive(Debug, thiserror::Error)]
#[error("the body was too large or too slow")]
struct Refused;

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return self.fail(Fault::TOO_SLOW);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        match self.left.checked_sub(length) {
            Some(left) => self.left = left,
            None => return self.fail(Fault::TOO_LARGE),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
