//! The host identifies the caller.
//!
//! - A function of the request, such as `|request: &Parts| …`, is an [`Identity`].
//! - [`FromExtension`] trusts a [`UserId`] that the host's own middleware has put into the request.
//! - Anything else, such as a look-up of a session, implements [`Identity`].

use std::fmt;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use contest_core::UserId;
use http::request::Parts;

use crate::details::ProblemDetails;
use crate::router::ApiState;

/// Tells who makes a request.
///
/// # Contract
/// - The same person gets the same id for ever.
/// - Dropping the future leaves nothing behind: a client that disconnects drops it.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Who makes this request.
    ///
    /// # Errors
    /// What the client gets to see: [`ProblemDetails::unauthorized`] when it does not say who it is.
    async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails>;
}

#[async_trait]
impl<F> Identity for F
where
    F: Fn(&Parts) -> Result<UserId, ProblemDetails> + Send + Sync,
{
    async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails> {
        self(request)
    }
}

/// Trusts the [`UserId`] that the host's middleware has put into the request's extensions.
#[derive(Debug, Clone, Copy, Default)]
pub struct FromExtension;

#[async_trait]
impl Identity for FromExtension {
    async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails> {
        let user = request.extensions.get::<UserId>().copied();
        user.ok_or_else(|| ProblemDetails::unauthorized("log in first"))
    }
}

/// The user who asks, to handlers.
pub(crate) struct Caller(pub(crate) UserId);

impl FromRequestParts<ApiState> for Caller {
    type Rejection = ProblemDetails;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ApiState,
    ) -> Result<Self, ProblemDetails> {
        state.identity.identify(parts).await.map(Self)
    }
}

impl fmt::Debug for dyn Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}
