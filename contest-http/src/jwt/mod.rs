//! Bearer JSON Web Tokens as identity: [`JwtIdentity`] (feature `jwt`).
//!
//! ```
//! use std::time::Duration;
//! use contest_core::UserId;
//! use contest_http::Identity as _;
//! use contest_http::jwt::{JwtAlgorithm, JwtIdentity, JwtKey, TokenIssuer};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = b"32 bytes or more, from a file ..";
//! let key = JwtKey::new(JwtAlgorithm::Hs256, secret)?;
//! let identity = JwtIdentity::new(key, "https://login.example", "contest");
//!
//! // Your login service issues tokens such as this one.
//! let user: UserId = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//! let issuer = TokenIssuer::new(secret, "https://login.example", "contest")?;
//! let token = issuer.issue(user, Duration::from_secs(900))?;
//!
//! let request = http::Request::get("/").header("Authorization", format!("Bearer {token}"));
//! let (parts, ()) = request.body(())?.into_parts();
//! assert_eq!(identity.identify(&parts).await, Ok(user));
//! # Ok(()) }
//! ```

mod claims;
mod issuer;
mod key;

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contest_core::UserId;
use contest_core::time::{Clock, SystemClock};
use headers::authorization::Bearer;
use headers::{Authorization, HeaderMapExt as _};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::details::ProblemDetails;
use crate::identity::Identity;
use claims::Expected;

pub use issuer::TokenIssuer;
pub use key::{JwtAlgorithm, JwtKey, KeyError, UnknownAlgorithm};

/// Identifies users by a JSON Web Token in `Authorization: Bearer …`.
///
/// A token is accepted if
/// - its header names the algorithm of the configured key, and no critical extensions (`crit`);
/// - one of the keys verifies its signature; if key and token both have a `kid`, the two must be equal;
/// - `iss` and `aud` are the configured ones (`aud` may be a list that contains it);
/// - `type`, if given, is `access`: some issuers sign refresh tokens with the same key;
/// - `exp` is not past and `nbf`, if given, is not in the future, with 5 s for clocks that differ;
/// - `sub` is a UUID: it is the user's id.
///
/// Anything else is a 401, which gives the reason only if the signature is valid. Nothing is fetched or
/// cached: a token is valid until it expires.
#[derive(Debug, Clone)]
pub struct JwtIdentity {
    current: JwtKey,
    previous: Option<JwtKey>,
    expected: Expected,
    clock: Arc<dyn Clock>,
}

impl JwtIdentity {
    /// Accepts tokens that `key` verifies, from `issuer` and for `audience`.
    pub fn new(key: JwtKey, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            current: key,
            previous: None,
            expected: Expected {
                issuer: issuer.into(),
                audience: Some(audience.into()),
            },
            clock: Arc::new(SystemClock),
        }
    }

    /// Also accepts tokens that `key` verifies: the previous key while its tokens have not expired, or
    /// the next key.
    ///
    /// # Errors
    /// [`KeyError::OtherAlgorithm`] if it is not for the algorithm of the current key.
    pub fn with_previous(mut self, key: JwtKey) -> Result<Self, KeyError> {
        if key.algorithm() != self.current.algorithm() {
            return Err(KeyError::OtherAlgorithm);
        }
        self.previous = Some(key);
        Ok(self)
    }

    /// Accepts tokens for any audience, and tokens without one. Use it only if the issuer's tokens are all
    /// meant for this application: tokens for another one would give access, too.
    #[must_use]
    pub fn without_audience(mut self) -> Self {
        self.expected.audience = None;
        self
    }

    /// With another clock than the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The claims of a token, if one of the keys verifies it.
    fn verified(&self, token: &str) -> Option<Vec<u8>> {
        let (message, signature) = token.rsplit_once('.')?;
        let (_, claims) = message.split_once('.')?;
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.alg != self.current.algorithm().into() || header.crit.is_some() {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mut keys = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .filter(|key| key.may_have_signed(header.kid.as_deref()));
        keys.any(|key| key.verifies(message.as_bytes(), &signature))
            .then(|| URL_SAFE_NO_PAD.decode(claims).ok())?
    }
}

#[async_trait]
impl Identity for JwtIdentity {
    async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails> {
        let token = bearer(&request.headers)?;
        let claims = self
            .verified(token.token())
            .ok_or_else(|| ProblemDetails::unauthorized("the bearer token is not valid"))?;
        self.expected
            .user(&claims, self.clock.now())
            .map_err(|refusal| ProblemDetails::unauthorized(refusal.to_string()))
    }
}

fn bearer(headers: &HeaderMap) -> Result<Bearer, ProblemDetails> {
    // Of two tokens, another layer may have checked the other one.
    let single = headers.get_all(AUTHORIZATION).iter().count() == 1;
    match headers.typed_get::<Authorization<Bearer>>() {
        Some(authorization) if single => Ok(authorization.0),
        _ => Err(ProblemDetails::unauthorized(
            "send exactly one Authorization header, with a bearer token",
        )),
    }
}
