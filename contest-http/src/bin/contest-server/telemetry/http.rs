//! What surrounds every request: a span, a line in the log, and its measures.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use contest_core::next::rules::Refusal;
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument as _;

use super::metrics::{self, HttpCall};
use super::trace_context::TraceParent;
use crate::app::PROBES;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Must be a layer of the outermost router: the template of the route is known there.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let call = HttpCall::begin(request.method(), route.as_ref().map(MatchedPath::as_str));
    let span = span(&call, request.headers());
    let mut answered = Answered { call, id: None };
    let answer = async {
        let response = next.run(request).await;
        answered.call.status = Some(response.status());
        if let Some(refusal) = response.extensions().get::<Refusal>() {
            metrics::refused(refusal);
        }
        answered.id = response.headers().get(REQUEST_ID).cloned();
        drop(answered);
        response
    };
    answer.instrument(span).await
}

/// Logs the request when it is answered, or when the client went away.
struct Answered {
    call: HttpCall,
    /// What the layers inside call the request.
    id: Option<HeaderValue>,
}

impl Drop for Answered {
    fn drop(&mut self) {
        let (status, millis) = (self.call.status(), self.call.millis());
        if PROBES.contains(&self.call.route()) {
            tracing::debug!(status, millis, "answered");
        } else {
            let request_id = self.id.as_ref().and_then(|id| id.to_str().ok());
            tracing::info!(request_id, status, millis, "answered");
        }
    }
}

fn span(call: &HttpCall, headers: &HeaderMap) -> tracing::Span {
    let parent = TraceParent::of(headers);
    let span = tracing::info_span!(
        "http",
        method = call.method(),
        route = call.route(),
        trace_id = parent.map(|parent| parent.trace),
        parent_id = parent.map(|parent| parent.parent),
        otel.name = tracing::field::Empty,
        otel.kind = tracing::field::Empty,
    );
    #[cfg(feature = "otlp")]
    super::otlp::continue_trace(&span, call, headers);
    span
}
