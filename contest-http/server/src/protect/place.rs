//! The place of a request among those in flight.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::memory::BodyMemory;

/// The place of a request, which has none while its body is awaited. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Place(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Place {
    /// A place, if one is free.
    pub(super) fn take(places: &Arc<Semaphore>) -> Option<Self> {
        let permit = places.clone().try_acquire_owned().ok()?;
        Some(Self(Arc::new(Inner {
            places: places.clone(),
            held: Mutex::new(Some(permit)),
        })))
    }

    /// Gives the place back for now.
    pub(super) fn leave(&self) {
        drop(self.taken());
    }

    /// Takes a place again, unless it still has one. False if none is free.
    pub(super) fn retake(&self) -> bool {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = self.0.places.clone().try_acquire_owned().ok();
        }
        held.is_some()
    }

    /// `body`, which keeps the place and `memory` until it is sent or dropped. A body without a known
    /// length, such as a stream of events, may be endless: it keeps nothing.
    pub(super) fn keep_for(&self, body: Body, memory: BodyMemory) -> Body {
        let ends = !body.is_end_stream() && body.size_hint().exact().is_some();
        let place = self.taken();
        if !ends {
            return body;
        }
        Body::new(Sending {
            body,
            _place: place,
            _memory: memory,
        })
    }

    fn taken(&self) -> Option<OwnedSemaphorePermit> {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.take()
    }
}

/// The body of a response that is still in flight.
struct Sending {
    body: Body,
    /// None if the handler has not waited for the request's body.
    _place: Option<OwnedSemaphorePermit>,
    _memory: BodyMemory,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
