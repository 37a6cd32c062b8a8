//! What a verified token claims, and whether that is enough.

use std::time::Duration;

use contest_core::UserId;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::extract::plain;

/// How far clocks may differ.
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
    /// What the token is for, where an issuer signs refresh tokens with the same key.
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

/// Seconds since 1970, whole or not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct NumericDate(serde_json::Number);

impl NumericDate {
    /// The second that `at` is in.
    pub(super) fn from_timestamp(at: Timestamp) -> Self {
        Self(at.as_micros().div_euclid(1_000_000).into())
    }

    /// Saturates at the ends of time; before 1970 is 1970, when no token was signed.
    fn timestamp(&self) -> Timestamp {
        let seconds = self.0.as_f64().unwrap_or_default().max(0.0);
        let after = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Timestamp::from_micros(0) + after
    }
}

/// Why a token of ours is not enough. The holder gets to see it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the token's claims are not what is expected here: {}", plain(&.0.to_string()))]
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

/// What tokens must claim.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) issuer: String,
    /// Any, if there is none.
    pub(super) audience: Option<String>,
}

impl Expected {
    /// Whose token it is at `now`.
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
