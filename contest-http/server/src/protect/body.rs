//! Bodies of requests that are too large, too slow or too many.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;

use contest_http::ProblemDetails;

use super::admission::overloaded;
use super::memory::BodyMemory;
use super::place::Place;

/// Why reading a body failed; shared by the body and the layer that responds.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<AtomicU8>);

impl Fault {
    const TOO_LARGE: u8 = 1;
    const TOO_SLOW: u8 = 2;
    const OVERLOADED: u8 = 3;

    /// The response if the body had a fault.
    pub(super) fn refusal(&self) -> Option<ProblemDetails> {
        match self.0.load(Ordering::Relaxed) {
            Self::TOO_LARGE => Some(ProblemDetails::too_large()),
            Self::TOO_SLOW => Some(ProblemDetails::too_slow()),
            Self::OVERLOADED => Some(overloaded()),
            _ => None,
        }
    }
}

/// A body that fails when it exceeds its size limit, its deadline or the memory for bodies. Its request
/// has no place among those in flight while the body is awaited.
pub(super) struct Bounded {
    body: Body,
    left: usize,
    deadline: Pin<Box<Sleep>>,
    fault: Fault,
    place: Place,
    memory: Arc<Mutex<BodyMemory>>,
}

/// The limits of a body.
pub(super) struct Limits {
    pub(super) bytes: usize,
    /// Starts when the body is made.
    pub(super) timeout: Duration,
    /// Of the request, which holds it longer than the body lives.
    pub(super) memory: Arc<Mutex<BodyMemory>>,
}

impl Bounded {
    pub(super) fn new(body: Body, limits: Limits, fault: Fault, place: Place) -> Self {
        Self {
            body,
            left: limits.bytes,
            deadline: Box::pin(tokio::time::sleep(limits.timeout)),
            fault,
            place,
            memory: limits.memory,
        }
    }

    /// Counts `bytes` that were received.
    fn count(&mut self, bytes: usize) -> Result<(), u8> {
        self.left = self.left.checked_sub(bytes).ok_or(Fault::TOO_LARGE)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.grow(bytes) {
            Ok(())
        } else {
            Err(Fault::OVERLOADED)
        }
    }

    fn fail<T>(&self, fault: u8) -> Poll<Option<Result<T, axum::Error>>> {
        self.fault.0.store(fault, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(Refused))))
    }
}

/// The error that handlers see.
#[derive(Debug, thiserror::Error)]
#[error("the body was too large, too slow or one too many")]
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
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            self.place.leave();
            return Poll::Pending;
        };
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        if let Err(fault) = self.count(length) {
            return self.fail(fault);
        }
        let ended = frame.is_none() || self.body.is_end_stream();
        if ended && !self.place.retake() {
            return self.fail(Fault::OVERLOADED);
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
