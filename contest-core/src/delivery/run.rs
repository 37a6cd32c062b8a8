//! Delivers events for as long as a host runs.

use std::error::Error;
use std::fmt::Write as _;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures::future::{Either, select};

use crate::delivery::{DispatchError, Dispatched, Dispatcher};

/// The wait after the first error.
const FIRST_WAIT: Duration = Duration::from_millis(100);

impl Dispatcher {
    /// Delivers events until `stop` completes: batch after batch while there are any, then polling. It
    /// waits longer after each error in a row. Errors do not end it; it logs each with `tracing`, as an
    /// error if an event was set aside and otherwise as a warning. A host that wants to handle errors
    /// itself calls [`dispatch_once`](Self::dispatch_once) in a loop.
    ///
    /// It spawns no task: run it next to a server, or in a task of the host. When `stop` completes, the
    /// current batch is delivered and acknowledged first, which the lease bounds. To run without an
    /// end, pass [`std::future::pending()`].
    ///
    /// It must run inside a Tokio runtime whose time driver is on.
    ///
    /// # Cancel safety
    /// It can be dropped at any time, like [`dispatch_once`](Self::dispatch_once).
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut errors = 0;
        loop {
            let wait = match self.dispatch_once().await {
                Ok(done) => {
                    errors = 0;
                    match done {
                        Dispatched::Nothing => self.idle_wait,
                        _ => Duration::ZERO,
                    }
                }
                Err(error) => {
                    log(&error);
                    errors += 1;
                    self.wait_after(errors)
                }
            };
            // Polls `stop` first, even without a pause.
            if let Either::Left(_) = select(stop.as_mut(), pin!(pause(wait))).await {
                return;
            }
        }
    }

    /// The wait after this number of errors in a row.
    fn wait_after(&self, errors: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(errors.saturating_sub(1));
        FIRST_WAIT.saturating_mul(doubled).min(self.longest_wait)
    }
}

async fn pause(wait: Duration) {
    if wait.is_zero() {
        // Lets other tasks of this thread run, however much there is to deliver.
        return yield_once().await;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "it waits for new events, not for a rule"
    )]
    tokio::time::sleep(wait).await;
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Logs an error with its sources.
pub(super) fn log(error: &DispatchError) {
    let mut causes = String::new();
    let mut below = error.source();
    while let Some(source) = below {
        let _ = write!(causes, ": {source}");
        below = source.source();
    }
    if matches!(error, DispatchError::SetAside { .. }) {
        tracing::error!("{error}{causes}");
    } else {
        tracing::warn!("{error}{causes}");
    }
}
