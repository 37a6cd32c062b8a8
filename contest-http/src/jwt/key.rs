//! Keys that verify tokens, each for one algorithm.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};

/// The fewest bytes of a secret: the size of the digest (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;
/// The fewest different bytes of a secret. Random ones, also as decimal digits, have more.
const FEWEST_DIFFERENT: usize = 6;
/// The sizes of RSA keys that the cryptographic library verifies with, in bits.
const RSA_BITS: RangeInclusive<usize> = 2_048..=8_192;
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
    /// A secret of few different characters, such as spaces, so that it can be guessed.
    #[error("the secret repeats a few characters: give at least 32 random bytes")]
    RepetitiveSecret,
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
    /// An RSA key of a size that verifies no token: too small to be safe, or too large.
    #[error("the RSA key has {bits} bits: use one of 2,048 to 8,192")]
    RsaSize {
        /// The size of its modulus.
        bits: usize,
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
    /// [`KeyError`] if the bytes are no such key, the secret can be guessed, or the RSA key has the wrong size.
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
        let bytes = key.try_get_as_bytes().unwrap_or_default();
        let not_a_key = KeyError::NotAKey {
            algorithm,
            source: None,
        };
        match algorithm {
            JwtAlgorithm::Es256 if bytes.len() != P256_POINT => return Err(not_a_key),
            JwtAlgorithm::Rs256 => {
                let bits = modulus_bits(bytes).ok_or(not_a_key)?;
                if !RSA_BITS.contains(&bits) {
                    return Err(KeyError::RsaSize { bits });
                }
            }
            _ => {}
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
    if bytes.iter().collect::<BTreeSet<_>>().len() < FEWEST_DIFFERENT {
        return Err(KeyError::RepetitiveSecret);
    }
    Ok(bytes)
}

/// The size of the modulus: the first number of an `RSAPublicKey` in DER (RFC 8017, appendix A.1.1).
fn modulus_bits(der: &[u8]) -> Option<usize> {
    const INTEGER: u8 = 0x02;
    const SEQUENCE: u8 = 0x30;
    let modulus = content(INTEGER, content(SEQUENCE, der)?)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let (first, rest) = modulus.get(zeros..)?.split_first()?;
    let leading = usize::try_from(first.leading_zeros()).ok()?;
    Some(8 * (rest.len() + 1) - leading)
}

/// The content of the element at the beginning, if it has this tag.
fn content(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let (&[found, length], rest) = der.split_first_chunk()?;
    if found != tag {
        return None;
    }
    if length < 0x80 {
        return rest.get(..length.into());
    }
    let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    let number = |sum: usize, byte: &u8| sum.checked_mul(256)?.checked_add(usize::from(*byte));
    rest.get(..length.iter().try_fold(0, number)?)
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
