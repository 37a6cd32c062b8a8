//! The log, on standard error.

use std::io;

use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::exit::Failure;

/// Installs the subscriber of this process.
pub(super) fn install(
    filter: &str,
    json: bool,
    #[cfg(feature = "otlp")] traces: Option<Box<dyn Layer<Registry> + Send + Sync>>,
) -> Result<(), Failure> {
    // The log does not exist yet, so this goes to standard error.
    let filter = EnvFilter::try_new(filter)
        .inspect_err(|error| eprintln!("error: the log's filter is invalid: {error}"))
        .map_err(|error| Failure::usage("the log's filter is invalid").because(error))?;
    let registry = Registry::default();
    #[cfg(feature = "otlp")]
    let registry = registry.with(traces);
    registry
        .with(written(json))
        .with(filter)
        .try_init()
        .map_err(|error| Failure::new("the log could not be set up").because(error))
}

fn written<S>(json: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer = fmt::layer().with_writer(io::stderr);
    if json {
        let layer = layer.json().flatten_event(true).with_current_span(false);
        Box::new(layer)
    } else {
        let colours = io::IsTerminal::is_terminal(&io::stderr());
        Box::new(layer.with_ansi(colours))
    }
}
