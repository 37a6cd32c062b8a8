//! Keys that verify tokens, each for one algorithm.

use std::fmt;
use std::str::FromStr;

use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};

/// The fewest bytes of a secret: the size of the digest (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;
/// The bytes of an uncompressed point of P-256.
const P256_POINT: usize = 65;

/// An algorithm that signs tokens.
///
/// ```
/// use contest_http::jwt::JwtAlgorithm;
///
/// assert_eq!("EdDSA".parse(), Ok(JwtAlgorithm::EdDsa));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256: every verifier can also sign.
    Hs256,
    /// Ed25519.
    EdDsa,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSA (PKCS #1 v1.5) with SHA-256 and 2,048 to 8,192 bits.
    Rs256,
}

impl JwtAlgorithm {
    const ALL: [Self; 4] = [Self::Hs256, Self::EdDsa, Self::Es256, Self::Rs256];

    /// The name in a token's header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<JwtAlgorithm> for Algorithm {
    fn from(algorithm: JwtAlgorithm) -> Self {
        match algorithm {
            JwtAlgorithm::Hs256 => Self::HS256,
            JwtAlgorithm::EdDsa => Self::EdDSA,
            JwtAlgorithm::Es256 => Self::ES256,
            JwtAlgorithm::Rs256 => Self::RS256,
        }
    }
}

/// A text that names no algorithm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected HS256, EdDSA, ES256 or RS256")]
pub struct UnknownAlgorithm;

impl FromStr for JwtAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.as_str() == text)
            .ok_or(UnknownAlgorithm)
    }
}

/// An error of the cryptographic library.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A key that cannot be used, or a failure to sign. The text never contains the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A secret so short that it can be guessed.
    #[error("the secret has {bytes} bytes: give at least 32 random ones")]
    ShortSecret {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A key in PEM where a secret is expected. A public key is no secret: anyone could sign tokens.
    #[error("the secret is a key in PEM: give at least 32 random bytes")]
    PemSecret,
    /// A private key where a public one is expected.
    #[error("the key is a private one: give its public half")]
    PrivateKey,
    /// Not a public key of the algorithm in PEM.
    #[error("the key is not a public {algorithm} key in PEM")]
    NotAKey {
        /// The expected algorithm.
        algorithm: JwtAlgorithm,
        /// The error of the cryptographic library, if it gave one.
        source: Option<Source>,
    },
    /// Two keys of one identity are for different algorithms.
    #[error("the keys are for different algorithms")]
    OtherAlgorithm,
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Signing(#[source] Source),
}

/// A key that verifies tokens signed with one algorithm.
#[derive(Debug, Clone)]
pub struct JwtKey {
    algorithm: JwtAlgorithm,
    id: Option<String>,
    key: DecodingKey,
}

impl JwtKey {
    /// The secret of HS256, or a public key in PEM (`BEGIN PUBLIC KEY`) of the other algorithms.
    ///
    /// # Errors
    /// [`KeyError`] if the bytes are no such key, or the secret is too short.
    pub fn new(algorithm: JwtAlgorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let key = match algorithm {
            JwtAlgorithm::Hs256 => Ok(DecodingKey::from_secret(secret(bytes)?)),
            JwtAlgorithm::EdDsa => DecodingKey::from_ed_pem(public(bytes)?),
            JwtAlgorithm::Es256 => DecodingKey::from_ec_pem(public(bytes)?),
            JwtAlgorithm::Rs256 => DecodingKey::from_rsa_pem(public(bytes)?),
        };
        let key = key.map_err(|error| KeyError::NotAKey {
            algorithm,
            source: Some(error.into()),
        })?;
        let length = key.try_get_as_bytes().map_or(0, <[u8]>::len);
        if algorithm == JwtAlgorithm::Es256 && length != P256_POINT {
            return Err(KeyError::NotAKey {
                algorithm,
                source: None,
            });
        }
        Ok(Self {
            algorithm,
            id: None,
            key,
        })
    }

    /// With the `kid` of the tokens it verifies. Without one, the key is tried on every token.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm
    }

    pub(super) fn may_have_signed(&self, id: Option<&str>) -> bool {
        match (self.id.as_deref(), id) {
            (Some(own), Some(id)) => own == id,
            _ => true,
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        // Names the provider: the library's default is a global, which panics if the host has enabled
        // a second one.
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.into(), &self.key)
            .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

/// `bytes`, if they can be a secret.
pub(super) fn secret(bytes: &[u8]) -> Result<&[u8], KeyError> {
    if bytes.len() < SHORTEST_SECRET {
        return Err(KeyError::ShortSecret { bytes: bytes.len() });
    }
    if has(bytes, b"-----BEGIN ") {
        return Err(KeyError::PemSecret);
    }
    Ok(bytes)
}

fn public(pem: &[u8]) -> Result<&[u8], KeyError> {
    if has(pem, b"PRIVATE KEY-----") {
        return Err(KeyError::PrivateKey);
    }
    Ok(pem)
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
