//! What surrounds every request: an id, a span, a line in the log, and its measures.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use contest_core::select::{SeedSource as _, SystemSeeds};
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument as _;

use super::metrics::HttpCall;
use super::trace_context::TraceParent;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Must be a layer of the outermost router: the template of the route is known there.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let call = HttpCall::begin(request.method(), route.as_ref().map(MatchedPath::as_str));
    let span = span(&call, &id, request.headers());
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let mut answered = Answered(call);
    let answer = async {
        let response = next.run(request).await;
        answered.0.status = Some(response.status());
        drop(answered);
        response
    };
    let mut response = answer.instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Logs the request when it is answered, or when the client went away.
struct Answered(HttpCall);

impl Drop for Answered {
    fn drop(&mut self) {
        let (status, millis) = (self.0.status(), self.0.millis());
        tracing::info!(status, millis, "answered");
    }
}

/// The caller's id of the request, if it is a short plain text; a new one otherwise.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let given = headers
        .get(REQUEST_ID)
        .filter(|value| (1..=64).contains(&value.len()) && value.as_bytes().iter().all(plain));
    given.cloned().unwrap_or_else(|| {
        let text = format!("{:016x}", SystemSeeds.next_seed());
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("none"))
    })
}

fn span(call: &HttpCall, id: &HeaderValue, headers: &HeaderMap) -> tracing::Span {
    let parent = TraceParent::of(headers);
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = call.method(),
        route = call.route(),
        trace_id = parent.map(|parent| parent.trace),
        parent_id = parent.map(|parent| parent.parent),
        otel.name = format!("{} {}", call.method(), call.route()),
        otel.kind = "server",
    );
    #[cfg(feature = "otlp")]
    super::otlp::continue_trace(&span, headers);
    span
}
