//! A span, a log line and metrics for every request.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use contest_core::rules::Refusal;
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument as _;

use super::clients::{Clients, Identified};
use super::metrics::{self, HttpCall};
use super::trace_context::TraceParent;
use crate::app::PROBES;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Must be a layer of the outermost router: the template of the route is known there.
pub(crate) async fn observe(
    State(clients): State<Clients>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let (address, identified) = (clients.address(&parts), Identified::default());
    parts.extensions.insert(identified.clone());
    let request = Request::from_parts(parts, body);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let call = HttpCall::begin(request.method(), route.as_ref().map(MatchedPath::as_str));
    let span = span(&call, request.headers());
    let mut answered = Answered {
        call,
        id: None,
        address,
        identified,
        clients,
    };
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

/// Logs the request when it is answered, or when the client has left.
struct Answered {
    call: HttpCall,
    /// The request id that the inner layers have set.
    id: Option<HeaderValue>,
    address: Option<String>,
    identified: Identified,
    clients: Clients,
}

impl Drop for Answered {
    fn drop(&mut self) {
        let (status, millis) = (self.call.status(), self.call.millis());
        let (client, user) = (&self.address, self.clients.user(&self.identified));
        if PROBES.contains(&self.call.route()) {
            tracing::debug!(client, status, millis, "answered");
        } else {
            let request_id = self.id.as_ref().and_then(|id| id.to_str().ok());
            tracing::info!(request_id, client, user, status, millis, "answered");
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use contest_core::catalogue::Catalogue;
    use contest_core::engine::Engine;
    use contest_core::memory::MemoryStore;
    use contest_core::rules::{ContestDuration, ContestRequest};
    use contest_core::select::ProblemCount;
    use contest_core::time::{ManualClock, Timestamp};
    use contest_http::Api;
    use http::{Method, StatusCode};
    use tower::ServiceExt as _;

    use super::*;
    use crate::cli::LogClients;
    use crate::telemetry::metrics::counted;

    #[test]
    fn calls_after_the_deadline_of_their_contest_are_counted() {
        let metrics = counted(async {
            let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
            let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
            let engine = Engine::builder(store).clock(Arc::clone(&clock));
            let engine = engine.build().await.unwrap();
            let user = crate::identity::new_user();
            let (count, minutes) = (ProblemCount::new(1), ContestDuration::from_minutes(10));
            let request = ContestRequest::new(count.unwrap(), minutes.unwrap());
            let created = engine.create_contest(user, &request).await.unwrap();
            let contest = created.contest;
            let clients = Clients::new(LogClients::Off, 0);
            let api = Api::new(engine, move |_: &http::request::Parts| Ok(user));
            let app: Router = api.router().layer(from_fn_with_state(clients, observe));
            let call = async |method, path: &str, body: &'static str| {
                let request = Request::builder().method(method).uri(path);
                let request = request.header("content-type", "application/json");
                let request = request.body(Body::from(body)).unwrap();
                app.clone().oneshot(request).await.unwrap().status()
            };
            clock.advance(Duration::from_mins(10));
            let (id, problem) = (contest.id, contest.problems[0].problem.id);
            let mark = format!("/contests/{id}/problems/{problem}");
            let marked = call(Method::PATCH, &mark, r#"{"is_completed": true}"#).await;
            assert_eq!(marked, StatusCode::CONFLICT);
            for end in ["complete", "abandon"] {
                let ended = call(Method::POST, &format!("/contests/{id}/{end}"), "").await;
                assert_eq!(ended, StatusCode::CONFLICT);
            }
            let elsewhere = format!("/contests/{problem}/complete");
            let unknown = call(Method::POST, &elsewhere, "").await;
            assert_eq!(unknown, StatusCode::NOT_FOUND);
        });
        assert!(metrics.contains("contest_late_calls_total 3"), "{metrics}");
    }
}
