//! Wraps every operation: a span with its outcome, and the timeout.

use std::future::Future;
use std::time::Duration;

use tracing::{Instrument, Span};

use crate::engine::{Engine, Error};

/// A span for an operation. `outcome` is filled in when it ends: `ok`, the error's code, or `cancelled`
/// if its future was dropped.
macro_rules! operation_span {
    ($name:literal $(, $field:ident = $value:expr)*) => {
        tracing::info_span!($name, $($field = %$value,)* outcome = tracing::field::Empty)
    };
}
pub(super) use operation_span;

impl Engine {
    /// Runs `work` in `span`, for at most the operation timeout.
    pub(super) async fn observe<T>(
        &self,
        span: Span,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.observe_for(self.inner.operation_timeout, span, work)
            .await
    }

    /// Runs `work` in `span`, for at most `limit`.
    pub(super) async fn observe_for<T>(
        &self,
        limit: Option<Duration>,
        span: Span,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut outcome = Outcome {
            span: span.clone(),
            text: "cancelled",
        };
        let work = work.instrument(span);
        let result = match limit {
            None => work.await,
            Some(after) => {
                let timed = tokio::time::timeout(after, work).await;
                timed.unwrap_or(Err(Error::TimedOut { after }))
            }
        };
        outcome.text = result.as_ref().map_or_else(Error::code, |_| "ok");
        result
    }
}

/// Records the outcome on drop, so that a cancelled operation has one too.
struct Outcome {
    span: Span,
    text: &'static str,
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.span.record("outcome", self.text);
    }
}
