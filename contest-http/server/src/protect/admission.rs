//! Admission of requests: rate limits, requests in flight, time and body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use contest_core::UserId;
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::address::{Client, Proxies};
use super::body::{Bounded, Fault};
use super::rate::Limiter;
use contest_http::Identity;
use contest_http::ProblemDetails;

/// Seconds until a retry, after a request that was refused or timed out.
const RETRY_AFTER: u32 = 1;

#[derive(Debug)]
pub(super) struct Admission {
    pub(super) addresses: Option<Limiter<Client>>,
    pub(super) proxies: Proxies,
    pub(super) slots: Semaphore,
    pub(super) timeout: Duration,
    pub(super) users: Option<UserLimit>,
    pub(super) body_limit: usize,
    pub(super) body_timeout: Duration,
}

#[derive(Debug)]
pub(super) struct UserLimit {
    pub(super) identity: Arc<dyn Identity>,
    pub(super) limiter: Limiter<UserId>,
}

/// The middleware: refuses the request or passes it on.
pub(super) async fn admit(
    State(admission): State<Arc<Admission>>,
    request: Request,
    next: Next,
) -> Response {
    let answer = admission.answer(request, next).await;
    answer.unwrap_or_else(ProblemDetails::into_response)
}

impl Admission {
    async fn answer(&self, request: Request, next: Next) -> Result<Response, ProblemDetails> {
        let (parts, body) = request.into_parts();
        if let Some(addresses) = &self.addresses {
            let client = self.proxies.client(&parts);
            addresses.check(&client).map_err(ProblemDetails::too_many)?;
        }
        let _slot = self.slots.try_acquire().map_err(|_| overloaded())?;
        let request = Request::from_parts(parts, body);
        timeout(self.timeout, self.admitted(request, next))
            .await
            .map_err(|_| timed_out())?
    }

    async fn admitted(&self, request: Request, next: Next) -> Result<Response, ProblemDetails> {
        let (parts, body) = request.into_parts();
        if let Some(users) = &self.users
            && let Ok(user) = users.identity.identify(&parts).await
        {
            users
                .limiter
                .check(&user)
                .map_err(ProblemDetails::too_many)?;
        }
        let fault = Fault::default();
        let body = self.bounded(body, &fault)?;
        let response = next.run(Request::from_parts(parts, body)).await;
        // The handler cannot know why it could not read the body; this layer does.
        match fault.refusal() {
            Some(refusal) if !response.status().is_success() => Err(refusal),
            _ => Ok(response),
        }
    }

    fn bounded(&self, body: Body, fault: &Fault) -> Result<Body, ProblemDetails> {
        if body.is_end_stream() {
            return Ok(body);
        }
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > self.body_limit {
            return Err(ProblemDetails::too_large());
        }
        let fault = fault.clone();
        Ok(Body::new(Bounded::new(
            body,
            self.body_limit,
            self.body_timeout,
            fault,
        )))
    }
}

fn overloaded() -> ProblemDetails {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    ProblemDetails::new(status, "overloaded", "Overloaded")
        .with_detail("the service handles as many requests as it can: try again")
        .with_retry_after(RETRY_AFTER)
}

fn timed_out() -> ProblemDetails {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    ProblemDetails::new(status, "timed_out", "Not done in time")
        .with_detail(
            "the request took too long and may have been carried out nevertheless: try again",
        )
        .with_retry_after(RETRY_AFTER)
}
