//! The shutdown: steps in order, each bounded and logged. The exit code names the first unfinished
//! step.

use contest_server::serve::Outcome;
use tokio_util::sync::CancellationToken;

use crate::cli::ServeOptions;
use crate::exit::{Chain, Exit};
use crate::signals::Stops;
use crate::store::Backend;
use crate::telemetry::Telemetry;

/// Starts the shutdown on the first signal, and completes on the second.
pub(crate) async fn watch(mut stops: Stops, stop: &CancellationToken) -> Exit {
    let signal = stops.next().await;
    tracing::info!(signal, "shutting down: finishing the requests in flight");
    stop.cancel();
    let signal = stops.next().await;
    tracing::error!(signal, "a second signal: ending at once");
    Exit::Forced
}

/// Logs how the requests in flight ended, and returns the exit code of this step.
pub(crate) fn drained(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Drained => {
            tracing::info!("shutting down: every request is answered");
            Exit::Done
        }
        Outcome::Cut { connections } => {
            tracing::error!(
                connections,
                "shutting down: the drain deadline passed, requests were cut"
            );
            Exit::Cut
        }
    }
}

/// After the requests: closes the store, then flushes telemetry.
pub(crate) async fn finish(
    drained: Exit,
    store: &Backend,
    telemetry: Telemetry,
    options: &ServeOptions,
) -> Exit {
    let closed = match store.close(options.close_timeout).await {
        Ok(()) => {
            tracing::info!("shutting down: the store is closed");
            Exit::Done
        }
        Err(error) => {
            tracing::error!("shutting down: the store was not closed: {}", Chain(&error));
            Exit::NotClosed
        }
    };
    let flushed = match telemetry.flush(options.flush_timeout).await {
        Ok(()) => {
            tracing::info!("shutting down: telemetry is flushed");
            Exit::Done
        }
        Err(failure) => {
            tracing::error!("shutting down: {}", Chain(&failure));
            Exit::NotFlushed
        }
    };
    let unfinished = |exit: &Exit| *exit != Exit::Done;
    let steps = [drained, closed, flushed];
    steps.into_iter().find(unfinished).unwrap_or(Exit::Done)
}
