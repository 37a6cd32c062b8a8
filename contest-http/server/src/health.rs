//! `/healthz` (the process is up) and `/readyz` (it can serve requests).

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use contest_http::ProblemDetails;
use contest_server::serve::ShuttingDown;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde_json::json;
use tokio::time::timeout;

use crate::exit::Chain;
use crate::remembered::Remembered;
use crate::store::Backend;

/// The state that `/readyz` reports.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    store: Backend,
    limit: Duration,
    shutting_down: ShuttingDown,
    latest: Remembered<Result<(), &'static str>>,
}

impl Health {
    /// `store` must answer within `limit` for the process to be ready.
    pub(crate) fn new(store: Backend, limit: Duration, shutting_down: ShuttingDown) -> Self {
        Self {
            store,
            limit,
            shutting_down,
            latest: Remembered::default(),
        }
    }

    /// `/healthz` and `/readyz`.
    pub(crate) fn router(&self) -> Router {
        let health = self.clone();
        let ready = move || async move { health.ready().await };
        Router::new()
            .route(
                "/healthz",
                get(|| async { uncached(Json(json!({"status": "up"}))) }),
            )
            .route("/readyz", get(ready))
    }

    async fn ready(&self) -> Response {
        if self.shutting_down.has_begun() {
            return uncached(not_ready("the process is shutting down"));
        }
        match self.latest.get(self.check()).await {
            Ok(()) => uncached(Json(json!({"status": "ready"}))),
            Err(why) => uncached(not_ready(why)),
        }
    }

    async fn check(&self) -> Result<(), &'static str> {
        match timeout(self.limit, self.store.ping()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!("not ready: {}", Chain(&error));
                Err("the store cannot be used")
            }
            Err(_) => {
                tracing::warn!(limit = ?self.limit, "not ready: the store does not answer");
                Err("the store does not answer")
            }
        }
    }
}

fn not_ready(why: &str) -> ProblemDetails {
    ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "Not ready")
        .with_detail(why)
        .with_retry_after(1)
}

fn uncached(answer: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}
