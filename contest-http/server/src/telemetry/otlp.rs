//! Traces by OTLP over HTTP, configured by the conventional `OTEL_*` variables, which the SDK reads.
//!
//! On when `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set. The endpoint must be `http`,
//! such as that of a collector next to this process, which forwards the traces.

use std::env;
use std::time::Duration;

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::{Layer, Registry};

use super::metrics::HttpCall;
use crate::exit::Failure;

const NAME: &str = "contest";
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// The exporter of spans. A thread of the SDK sends them in batches.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// `None` if no endpoint is set.
    pub(super) fn from_environment() -> Result<Option<Self>, Failure> {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        if !ENDPOINTS.into_iter().any(set) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_http().build();
        let exporter =
            exporter.map_err(|error| Failure::usage("OTLP could not be set up").because(error))?;
        let mut resource = Resource::builder();
        if !set("OTEL_SERVICE_NAME") {
            resource = resource.with_service_name(NAME);
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        Ok(Some(Self(provider)))
    }

    /// The layer that exports the spans of this process.
    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        Box::new(OpenTelemetryLayer::new(self.0.tracer(NAME)))
    }

    /// Sends buffered spans.
    pub(super) async fn flush(self, limit: Duration) -> Result<(), Failure> {
        let late = || Failure::new("traces were not sent in time");
        let sending = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(limit));
        match tokio::time::timeout(limit, sending).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(late().because(error)),
            Ok(Err(error)) => Err(late().because(error)),
            Err(error) => Err(late().because(error)),
        }
    }
}

/// Makes the span of a request part of its caller's trace. Without a subscriber for traces it does
/// nothing.
pub(super) fn continue_trace(span: &tracing::Span, call: &HttpCall, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&Headers(headers));
    if span.set_parent(context).is_ok() {
        span.record("otel.name", format!("{} {}", call.method(), call.route()));
        span.record("otel.kind", "server");
    }
}

struct Headers<'r>(&'r HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
