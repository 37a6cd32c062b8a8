//! The server's routes, with their paths and layers.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use contest_core::UserId;
use contest_core::engine::{Engine, Rounds};
use contest_http::events::EventStreams;
use contest_http::{Api, Identity, ProblemDetails, docs, openapi};
use contest_server::protect::Protection;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::health::Health;
use crate::page;
use crate::store::Backend;
use crate::telemetry::clients::Clients;
use crate::telemetry::http::observe;
use crate::telemetry::metrics::Metrics;

/// Polled every few seconds: logged at debug level only, and never refused under load.
pub(crate) const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The format of Prometheus' text exposition.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The parts that the routes use.
pub(crate) struct Parts<I> {
    pub(crate) engine: Engine,
    /// Over the replica, if there is one.
    pub(crate) replica: Option<Engine>,
    pub(crate) rounds: Rounds,
    /// The users who act for the host. Without any, the routes of the host do not exist.
    pub(crate) hosts: Vec<UserId>,
    pub(crate) streams: EventStreams,
    pub(crate) identity: I,
    pub(crate) protection: Protection,
    /// Whether the documentation of the API is served.
    pub(crate) docs: bool,
}

/// The routes of users.
pub(crate) fn router(parts: Parts<impl Identity + 'static>) -> Router {
    let mut api = Api::new(parts.engine, parts.identity)
        .events(parts.streams)
        .rounds(parts.rounds);
    if let Some(replica) = parts.replica {
        api = api.replica(replica);
    }
    let hosts = parts.hosts;
    if !hosts.is_empty() {
        api = api.host(move |user| hosts.contains(&user));
    }
    let mut open = Router::new()
        .nest("/api", api.router())
        .merge(page::router());
    if parts.docs {
        let document = openapi::with_bearer_tokens(openapi::document_under("/api"));
        open = open.merge(docs::router(document));
    }
    parts.protection.apply(open.fallback(not_found))
}

/// The routes of operations. Without `metrics`, there is no `/metrics`.
pub(crate) fn operations(health: &Health, metrics: Option<(Metrics, Backend)>) -> Router {
    let Some((metrics, store)) = metrics else {
        return health.router();
    };
    let render = move || async move { ([(CONTENT_TYPE, EXPOSITION)], metrics.render(&store)) };
    health.router().route("/metrics", get(render))
}

/// Logs and measures the requests of all routes.
pub(crate) fn observed(router: Router, clients: &Clients) -> Router {
    router.layer(from_fn_with_state(clients.clone(), observe))
}

async fn not_found() -> ProblemDetails {
    ProblemDetails::new(StatusCode::NOT_FOUND, "no_such_route", "No such route")
        .with_detail("nothing is served under this path")
}
