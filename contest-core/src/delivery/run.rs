//! Delivering for as long as a host runs.

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
    /// Delivers events until `stop` is there: batch after batch while there are some, then a look now
    /// and then. After errors it waits longer each time; each is told to `tracing`, as an error if an
    /// event was set aside and otherwise as a warning, and none ends it. A host that wants them itself calls [`dispatch_once`](Self::dispatch_once) in a
    /// loop of its own.
    ///
    /// It spawns nothing: its caller runs it, usually next to a server or as a task of the
    /// host. The batch in hand when `stop` comes is delivered and acknowledged first, which a lease
    /// bounds. To run without an end, pass [`std::future::pending()`].
    ///
    /// It must run inside a Tokio runtime whose time driver is on.
    ///
    /// # Cancel safety
    /// It can be dropped at any time, as [`dispatch_once`](Self::dispatch_once) can.
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
                    tell(&error);
                    errors += 1;
                    self.wait_after(errors)
                }
            };
            // `stop` is asked first, also when there is no reason to wait.
            if let Either::Left(_) = select(stop.as_mut(), pin!(pause(wait))).await {
                return;
            }
        }
    }

    /// How long to wait after this number of errors in a row.
    fn wait_after(&self, errors: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(errors.saturating_sub(1));
        FIRST_WAIT.saturating_mul(doubled).min(self.longest_wait)
    }
}

async fn pause(wait: Duration) {
    if wait.is_zero() {
        // Others on this thread get their turn, however much there is to deliver.
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

/// Tells of an error with everything below it.
fn tell(error: &DispatchError) {
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
