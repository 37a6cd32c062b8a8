//! Signing tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contest_core::UserId;
use contest_core::time::{Clock, SystemClock};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::claims::{Audience, Claims, NumericDate};
use super::key::{KeyError, secret};

/// Signs tokens that a [`JwtIdentity`](super::JwtIdentity) with the same HS256 secret accepts: for
/// development, for tests, and for hosts that log users in themselves.
#[derive(Clone)]
pub struct TokenIssuer {
    key: EncodingKey,
    header: Header,
    issuer: String,
    audience: String,
    clock: Arc<dyn Clock>,
}

impl TokenIssuer {
    /// Signs with `secret` as `issuer`, for `audience`.
    ///
    /// # Errors
    /// [`KeyError`] if the secret can be guessed or is a key in PEM.
    pub fn new(
        secret_bytes: &[u8],
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            key: EncodingKey::from_secret(secret(secret_bytes)?),
            header: Header::new(Algorithm::HS256),
            issuer: issuer.into(),
            audience: audience.into(),
            clock: Arc::new(SystemClock),
        })
    }

    /// With the `kid` of the tokens.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.header.kid = Some(id.into());
        self
    }

    /// With another clock than the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// A token of `user` that is valid from now for `lifetime`, in whole seconds.
    ///
    /// # Errors
    /// [`KeyError::Signing`]; according to the cryptographic library it never happens with HS256.
    pub fn issue(&self, user: UserId, lifetime: Duration) -> Result<String, KeyError> {
        let now = self.clock.now();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: Some(Audience::One(self.audience.clone())),
            sub: user.to_string(),
            exp: NumericDate::from_timestamp(now + lifetime),
            nbf: Some(NumericDate::from_timestamp(now)),
            iat: Some(NumericDate::from_timestamp(now)),
            kind: None,
        };
        let message = format!("{}.{}", part(&self.header)?, part(&claims)?);
        let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::HS256, &self.key)
            .map_err(|error| KeyError::Signing(error.into()))?;
        let signature = signer
            .try_sign(message.as_bytes())
            .map_err(|error| KeyError::Signing(error.into()))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn part(value: &impl Serialize) -> Result<String, KeyError> {
    let json = serde_json::to_vec(value).map_err(|error| KeyError::Signing(error.into()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
