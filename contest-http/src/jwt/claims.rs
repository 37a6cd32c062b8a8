//! The claims of a verified token, and their check.

use std::time::Duration;

use contest_core::UserId;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::extract::plain;

/// The allowance for clocks that differ.
const LEEWAY: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<Audience>,
    pub(super) sub: String,
    pub(super) exp: NumericDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<NumericDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) iat: Option<NumericDate>,
    /// `access` or another purpose: some issuers sign refresh tokens with the same key.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn holds(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// Seconds since 1970, with or without a fraction.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct NumericDate(serde_json::Number);

impl NumericDate {
    /// `at`, rounded down to a second.
    pub(super) fn from_timestamp(at: Timestamp) -> Self {
        Self(at.as_micros().div_euclid(1_000_000).into())
    }

    /// Saturates. A date before 1970 becomes 1970, when no token was signed.
    fn timestamp(&self) -> Timestamp {
        let seconds = self.0.as_f64().unwrap_or_default().max(0.0);
        let after = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Timestamp::from_micros(0) + after
    }
}

/// Why a token with a valid signature is not accepted. The client sees it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the claims of the token are not valid: {}", plain(&.0.to_string()))]
    Claims(#[from] serde_json::Error),
    #[error("the token is from another issuer")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token is not an access token")]
    Kind,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the subject of the token is not a UUID")]
    Subject,
}

/// The claims that tokens must have.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) issuer: String,
    /// `None` accepts any audience.
    pub(super) audience: Option<String>,
}

impl Expected {
    /// The user of a token that is valid at `now`.
    pub(super) fn user(&self, claims: &[u8], now: Timestamp) -> Result<UserId, Refusal> {
        let claims: Claims = serde_json::from_slice(claims)?;
        if claims.iss != self.issuer {
            return Err(Refusal::Issuer);
        }
        if let Some(audience) = &self.audience
            && !claims.aud.is_some_and(|aud| aud.holds(audience))
        {
            return Err(Refusal::Audience);
        }
        if claims.kind.is_some_and(|kind| kind != "access") {
            return Err(Refusal::Kind);
        }
        if now >= claims.exp.timestamp() + LEEWAY {
            return Err(Refusal::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf.timestamp() > now + LEEWAY) {
            return Err(Refusal::NotYet);
        }
        claims.sub.parse().map_err(|_| Refusal::Subject)
    }
}
