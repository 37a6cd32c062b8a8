//! Admission of requests: rate limits, requests in flight, time and body.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use contest_core::UserId;
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::address::Proxies;
use super::body::{Bounded, Fault, Limits};
use super::memory::{BodyMemory, Holder, Memory};
use super::place::Place;
use super::rate::Limiter;
use crate::client::Client;
use contest_http::Identity;
use contest_http::ProblemDetails;

/// Seconds until a retry, after a request that was refused or timed out.
const RETRY_AFTER: u32 = 1;

#[derive(Debug)]
pub(super) struct Admission {
    pub(super) addresses: Option<Limiter<Client>>,
    pub(super) proxies: Proxies,
    pub(super) places: Arc<Semaphore>,
    pub(super) timeout: Duration,
    pub(super) users: Option<UserLimit>,
    pub(super) body_limit: usize,
    pub(super) body_timeout: Duration,
    pub(super) body_memory: Arc<Memory>,
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
        let place = Place::take(&self.places).ok_or_else(overloaded)?;
        let request = Request::from_parts(parts, body);
        timeout(self.timeout, self.admitted(request, next, &place))
            .await
            .map_err(|_| timed_out())?
    }

    async fn admitted(
        &self,
        request: Request,
        next: Next,
        place: &Place,
    ) -> Result<Response, ProblemDetails> {
        let (parts, body) = request.into_parts();
        let mut holder = Holder::Address(self.proxies.client(&parts));
        if let Some(users) = &self.users
            && let Ok(user) = users.identity.identify(&parts).await
        {
            users
                .limiter
                .check(&user)
                .map_err(ProblemDetails::too_many)?;
            holder = Holder::User(user);
        }
        let fault = Fault::default();
        // Held until the response begins: the values parsed from a body take memory, too.
        let memory = BodyMemory::new(self.body_memory.clone(), holder);
        let memory = Arc::new(Mutex::new(memory));
        let body = self.bounded(body, &memory, &fault, place)?;
        let response = next.run(Request::from_parts(parts, body)).await;
        drop(memory);
        // The handler cannot know why it could not read the body; this layer does.
        match fault.refusal() {
            Some(refusal) if !response.status().is_success() => Err(refusal),
            _ => self.sending(response, holder, place),
        }
    }

    /// `response`, which is in flight until it is sent.
    fn sending(
        &self,
        response: Response,
        holder: Holder,
        place: &Place,
    ) -> Result<Response, ProblemDetails> {
        let mut memory = BodyMemory::new(self.body_memory.clone(), holder);
        let length = response.body().size_hint().exact().unwrap_or(0);
        if !memory.grow(usize::try_from(length).unwrap_or(usize::MAX)) {
            return Err(overloaded());
        }
        Ok(response.map(|body| place.keep_for(body, memory)))
    }

    fn bounded(
        &self,
        body: Body,
        memory: &Arc<Mutex<BodyMemory>>,
        fault: &Fault,
        place: &Place,
    ) -> Result<Body, ProblemDetails> {
        if body.is_end_stream() {
            return Ok(body);
        }
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > self.body_limit {
            return Err(ProblemDetails::too_large());
        }
        let limits = Limits {
            bytes: self.body_limit,
            timeout: self.body_timeout,
            memory: memory.clone(),
        };
        let bounded = Bounded::new(body, limits, fault.clone(), place.clone());
        Ok(Body::new(bounded))
    }
}

pub(super) fn overloaded() -> ProblemDetails {
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
