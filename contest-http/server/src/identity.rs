//! The key that verifies tokens and, with HS256, also signs them.

use std::time::Duration;

use contest_core::UserId;
use contest_core::select::{SeedSource as _, SystemSeeds};
use contest_core::uuid::{Builder, Uuid};
use contest_http::jwt::{JwtAlgorithm, JwtIdentity, JwtKey, KeyError, TokenIssuer};

use crate::cli::{IdentityOptions, Secret};
use crate::exit::Failure;

/// The environment variable that holds the key itself.
const KEY: &str = "CONTEST_JWT_KEY";

/// The user of `--dev` tokens: the same at every start, so that progress in a file is kept.
pub(crate) const DEV_USER: UserId =
    UserId::from_uuid(Uuid::from_u128(0x0190_d3f4_7a00_7000_8000_0000_0000_0001));

/// The key of this process, and the issuer and audience of its tokens.
#[derive(Debug)]
pub(crate) struct Keys<'o> {
    key: Secret,
    options: &'o IdentityOptions,
}

impl<'o> Keys<'o> {
    /// Reads the key from its file or the environment.
    pub(crate) fn load(options: &'o IdentityOptions) -> Result<Self, Failure> {
        let given = std::env::var_os(KEY).filter(|key| !key.is_empty());
        let given = given.map(|key| Secret::new(key.into_encoded_bytes()));
        let key = Secret::of(options.key_file.as_ref(), given.as_ref())?;
        let key = key.ok_or_else(|| {
            Failure::usage(format!(
                "there is no key for tokens: set --jwt-key-file or {KEY}, or try it out with --dev"
            ))
        })?;
        Ok(Self { key, options })
    }

    /// Makes a random key that only this process knows.
    pub(crate) fn random(options: &'o IdentityOptions) -> Result<Self, Failure> {
        if options.algorithm != JwtAlgorithm::Hs256 {
            return Err(Failure::usage("--dev works with HS256 only"));
        }
        let words = std::iter::repeat_with(|| format!("{:016x}", SystemSeeds.next_seed()));
        let key = Secret::new(words.take(4).collect::<String>());
        Ok(Self { key, options })
    }

    /// The identity that verifies tokens with this key.
    pub(crate) fn identity(&self) -> Result<JwtIdentity, Failure> {
        let (issuer, audience) = (&self.options.issuer, &self.options.audience);
        let mut identity =
            JwtIdentity::new(self.usable(&self.key)?, issuer.as_str(), audience.as_str());
        if self.options.any_audience {
            identity = identity.without_audience();
        }
        let Some(file) = &self.options.previous_key_file else {
            return Ok(identity);
        };
        let previous = self.usable(&Secret::from_file(file)?)?;
        identity.with_previous(previous).map_err(unusable)
    }

    fn usable(&self, key: &Secret) -> Result<JwtKey, Failure> {
        JwtKey::new(self.options.algorithm, key.reveal()).map_err(unusable)
    }

    /// Issues a token for `user`.
    pub(crate) fn issue(&self, user: UserId, lifetime: Duration) -> Result<String, Failure> {
        if self.options.algorithm != JwtAlgorithm::Hs256 {
            return Err(Failure::usage(
                "tokens are issued with HS256 only: a public key cannot sign",
            ));
        }
        let (issuer, audience) = (&self.options.issuer, &self.options.audience);
        TokenIssuer::new(self.key.reveal(), issuer.as_str(), audience.as_str())
            .and_then(|issuer| issuer.issue(user, lifetime))
            .map_err(unusable)
    }
}

fn unusable(error: KeyError) -> Failure {
    Failure::usage("the key for tokens cannot be used").because(error)
}

/// The id of a new user: a random UUID, version 4.
pub(crate) fn new_user() -> UserId {
    let (high, low) = (SystemSeeds.next_seed(), SystemSeeds.next_seed());
    let random = (u128::from(high) << 64) | u128::from(low);
    UserId::from_uuid(Builder::from_random_bytes(random.to_be_bytes()).into_uuid())
}
