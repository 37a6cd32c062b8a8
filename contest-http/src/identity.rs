//! The host identifies the caller, and decides who acts for it.
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
use contest_core::engine::Viewer;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

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

/// Decides which users act for the host: they define rounds, list participants, record attempts and see all of
/// a board. A function such as `|user: UserId| staff.contains(&user)` is one.
///
/// # Contract
/// - Dropping the future leaves nothing behind. A client that disconnects drops it.
#[async_trait]
pub trait HostPolicy: Send + Sync {
    /// Whether this user, whom the [`Identity`] has identified, acts for the host.
    ///
    /// # Errors
    /// The response to the client, such as [`ProblemDetails::unavailable`].
    async fn is_host(&self, user: UserId) -> Result<bool, ProblemDetails>;
}

#[async_trait]
impl<F> HostPolicy for F
where
    F: Fn(UserId) -> bool + Send + Sync,
{
    async fn is_host(&self, user: UserId) -> Result<bool, ProblemDetails> {
        Ok(self(user))
    }
}

/// Extracts that the user who makes the request acts for the host; otherwise a 403.
pub(crate) struct Host;

impl FromRequestParts<ApiState> for Host {
    type Rejection = ProblemDetails;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ApiState,
    ) -> Result<Self, ProblemDetails> {
        let user = state.identity.identify(parts).await?;
        state.check_host(user).await.map(|()| Self)
    }
}

/// 403: the user does not act for the host.
pub(crate) fn not_a_host() -> ProblemDetails {
    ProblemDetails::new(StatusCode::FORBIDDEN, "not_a_host", "Not a host")
        .with_detail("only the host may do this")
}

/// Whose view is requested: everyone's, `public`, or the `host`'s, which shows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = View))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ViewName {
    /// Everyone's: outcomes are hidden while the board is frozen.
    #[default]
    Public,
    /// The host's: everything. Only for the host.
    Host,
}

impl ApiState {
    async fn check_host(&self, user: UserId) -> Result<(), ProblemDetails> {
        let policy = self.host.as_ref().ok_or_else(not_a_host)?;
        let is_host = policy.is_host(user).await?;
        is_host.then_some(()).ok_or_else(not_a_host)
    }

    /// Who looks, if `user` requests this view.
    ///
    /// # Errors
    /// 403 for the host's view, if the user does not act for the host.
    pub(crate) async fn viewer(
        &self,
        user: UserId,
        view: ViewName,
    ) -> Result<Viewer, ProblemDetails> {
        match view {
            ViewName::Public => Ok(Viewer::User(user)),
            ViewName::Host => self.check_host(user).await.map(|()| Viewer::Host),
        }
    }
}

impl fmt::Debug for dyn HostPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostPolicy")
    }
}

impl fmt::Debug for dyn Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}
