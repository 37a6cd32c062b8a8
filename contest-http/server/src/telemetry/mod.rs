//! Logs, traces and metrics of this process.

pub(crate) mod clients;
pub(crate) mod http;
mod logs;
pub(crate) mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
mod trace_context;

use std::time::Duration;

use crate::cli::{Cli, Command, LogFormat};
use crate::exit::Failure;

/// The telemetry to flush at the end.
#[derive(Debug)]
pub(crate) struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<otlp::Traces>,
}

/// Installs the subscriber. From here on the process can log.
pub(crate) fn install(cli: &Cli) -> Result<Telemetry, Failure> {
    let json = match (cli.log.log_format, &cli.command) {
        (LogFormat::Json, _) => true,
        (LogFormat::Auto, Command::Serve(options)) => !options.dev,
        _ => false,
    };
    #[cfg(feature = "otlp")]
    let traces = match &cli.command {
        Command::Serve(_) => otlp::Traces::from_environment()?,
        _ => None,
    };
    logs::install(
        &cli.log.log_filter,
        json,
        #[cfg(feature = "otlp")]
        traces.as_ref().map(otlp::Traces::layer),
    )?;
    Ok(Telemetry {
        #[cfg(feature = "otlp")]
        traces,
    })
}

impl Telemetry {
    /// Sends buffered spans, within `limit`.
    #[cfg_attr(
        not(feature = "otlp"),
        expect(clippy::unused_async, reason = "nothing is buffered")
    )]
    pub(crate) async fn flush(self, limit: Duration) -> Result<(), Failure> {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            return traces.flush(limit).await;
        }
        let _ = limit;
        Ok(())
    }
}
