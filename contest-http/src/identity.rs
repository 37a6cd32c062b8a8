//! The host identifies the caller.
//!
//! - A function of the request, such as `|request: &Parts| …`, is an [`Identity`].
//! - [`FromExtension`] trusts a [`UserId`] that the host's own middleware has put into the request.
//! - Anything else, such as a look-up of a session, implements [`Identity`]:
//!
//! ```
//! use contest_core::UserId;
//! use contest_http::ProblemDetails;
//! use contest_http::axum::http::request::Parts;
//! use contest_http::identity::{Identity, async_trait};
//!
//! struct Sessions;
//!
//! impl Sessions {
//!     /// Asks the host's session store.
//!     async fn user(&self, _cookie: &str) -> Option<UserId> {
//!         None
//!     }
//! }
//!
//! #[async_trait]
//! impl Identity for Sessions {
//!     async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails> {
//!         let cookie = request.headers.get("cookie").and_then(|value| value.to_str().ok());
//!         let user = match cookie {
//!             Some(cookie) => self.user(cookie).await,
//!             None => None,
//!         };
//!         user.ok_or_else(|| ProblemDetails::unauthorized("log in first"))
//!     }
//! }
//! ```

use std::fmt;

/// The attribute that implementations of [`Identity`] need.
pub use async_trait::async_trait;
use axum::extract::FromRequestParts;
use contest_core::UserId;
use http::request::Parts;

use crate::details::ProblemDetails;
use crate::router::ApiState;

/// Identifies the user who makes a request.
///
/// # Contract
/// - A person always gets the same id: contests, progress and history are stored under it.
/// - Dropping the future leaves nothing behind. A client that disconnects drops it.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The user who makes this request.
    ///
    /// # Errors
    /// The response to the client, such as [`ProblemDetails::unauthorized`].
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

/// Trusts the [`UserId`] that the host's middleware has put into the request's extensions. A request
/// without one gets a 401, so a route that the middleware does not cover stays closed.
#[derive(Debug, Clone, Copy, Default)]
pub struct FromExtension;

#[async_trait]
impl Identity for FromExtension {
    async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails> {
        let user = request.extensions.get::<UserId>().copied();
        user.ok_or_else(|| ProblemDetails::unauthorized("log in first"))
    }
}

/// Extracts the user who makes the request.
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
