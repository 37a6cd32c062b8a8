//! A digest of the parts of a catalogue that selection depends on.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::model::Problem;

/// A digest (SHA-256) of everything in a catalogue that can change a selection: the ids, difficulties,
/// topics and ratings of all problems that are not retired.
///
/// Titles, links, slugs and positions are not part of it, so after a correction of a title an old
/// contest can still be replayed. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Fingerprint([u8; 32]);

/// Set in the byte of the difficulty if a rating follows, so that ratings do not change the digest of a
/// catalogue without any.
const RATED: u8 = 0x80;

impl Fingerprint {
    pub(super) fn of(problems: &[Arc<Problem>]) -> Self {
        let mut live: Vec<_> = problems.iter().filter(|problem| !problem.retired).collect();
        live.sort_unstable_by_key(|problem| problem.id);
        let mut hash = Sha256::new();
        for problem in live {
            hash.update(problem.id.as_uuid().as_bytes());
            match problem.rating {
                None => hash.update([problem.difficulty.rank()]),
                Some(rating) => {
                    hash.update([problem.difficulty.rank() | RATED]);
                    hash.update(rating.get().to_le_bytes());
                }
            }
            hash.update((problem.topics.len() as u64).to_le_bytes());
            let mut topics: Vec<_> = problem.topics.iter().collect();
            topics.sort_unstable();
            for topic in topics {
                hash.update((topic.as_str().len() as u64).to_le_bytes());
                hash.update(topic.as_str());
            }
        }
        Self(hash.finalize().into())
    }

    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        for (digits, byte) in text.chunks_exact_mut(2).zip(self.0) {
            digits.copy_from_slice(&[byte >> 4, byte & 0xf].map(hexadecimal));
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The digit of a value below sixteen. Every answer about a contest has a fingerprint, and the
/// formatter takes ten times as long.
const fn hexadecimal(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'a' + (value - 10)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A text is not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint: expected 64 hexadecimal digits")]
#[non_exhaustive]
pub struct ParseFingerprintError {}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(ParseFingerprintError {});
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = str::from_utf8(digits).map_err(|_| ParseFingerprintError {})?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ParseFingerprintError {})?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = ParseFingerprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}
