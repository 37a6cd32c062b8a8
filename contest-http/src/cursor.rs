//! Opaque cursors: where the next page of a list begins.
//!
//! A cursor is the base64url of a few bytes. Their format may change at any time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contest_core::id::{ContestId, ProblemId};
use contest_core::model::Slug;
use contest_core::time::Timestamp;
use contest_core::user::SolveKey;
use contest_core::uuid::Uuid;

use crate::details::ProblemDetails;
use crate::extract::wrong_parameter;

/// The position in a list where the next page begins. Clients send it back unchanged.
pub trait Cursor: Sized {
    /// Distinguishes the cursors of different lists.
    const LIST: u8;

    /// The bytes that [`encode`](Self::encode) makes text of.
    fn to_bytes(&self) -> Vec<u8>;

    /// Reads the result of [`to_bytes`](Self::to_bytes). `None` if the bytes are no cursor.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;

    /// The text for clients, sent as `next_cursor`.
    fn encode(&self) -> String {
        let mut bytes = vec![Self::LIST];
        bytes.extend(self.to_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the text that a client sent as `cursor`.
    ///
    /// # Errors
    /// 400, naming the parameter.
    fn decode(text: &str) -> Result<Self, ProblemDetails> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        match bytes.split_first() {
            Some((list, rest)) if *list == Self::LIST => Self::from_bytes(rest),
            _ => None,
        }
        .ok_or_else(|| wrong_parameter("cursor", &"the cursor does not belong to this list"))
    }
}

/// A list of contests, by id.
impl Cursor for ContestId {
    const LIST: u8 = 1;

    fn to_bytes(&self) -> Vec<u8> {
        self.as_uuid().into_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

/// A log of solves, by their keys. The contest comes last and may be left out.
impl Cursor for SolveKey {
    const LIST: u8 = 2;

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.at.as_micros().to_be_bytes().to_vec();
        bytes.extend(self.problem.as_uuid().as_bytes());
        if let Some(contest) = self.contest {
            bytes.extend(contest.as_uuid().as_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, rest) = bytes.split_first_chunk()?;
        let (problem, contest) = rest.split_first_chunk()?;
        let contest = match contest {
            [] => None,
            contest => Some(ContestId::from_uuid(Uuid::from_slice(contest).ok()?)),
        };
        Some(Self {
            at: Timestamp::from_micros(i64::from_be_bytes(*micros)),
            problem: ProblemId::from_uuid(Uuid::from_bytes(*problem)),
            contest,
        })
    }
}

/// A list of problems, by position and slug.
impl Cursor for (u32, Slug) {
    const LIST: u8 = 3;

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.to_be_bytes().to_vec();
        bytes.extend(self.1.as_str().as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (position, slug) = bytes.split_first_chunk()?;
        let slug = Slug::new(std::str::from_utf8(slug).ok()?).ok()?;
        Some((u32::from_be_bytes(*position), slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_only_by_its_own_list() {
        let contest = ContestId::from_uuid(Uuid::from_u128(7));
        assert_eq!(ContestId::decode(&contest.encode()), Ok(contest));
        for contest in [None, Some(contest)] {
            let solve = SolveKey {
                at: Timestamp::from_micros(-5),
                problem: ProblemId::from_uuid(Uuid::from_u128(9)),
                contest,
            };
            assert_eq!(SolveKey::decode(&solve.encode()), Ok(solve));
            assert!(ContestId::decode(&solve.encode()).is_err());
        }
        for text in ["", "!", "AQ", &contest.encode()[1..]] {
            assert!(ContestId::decode(text).is_err(), "{text:?}");
        }
    }
}
