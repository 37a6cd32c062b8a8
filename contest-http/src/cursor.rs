//! Opaque cursors: where the next page of a list begins.
//!
//! A cursor is the base64url of a few bytes. Their format may change at any time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contest_core::catalogue::Revision;
use contest_core::engine::BoardPosition;
use contest_core::id::{ContestId, ProblemId, RoundId, UserId};
use contest_core::model::SubmissionId;
use contest_core::scoring::RankKey;
use contest_core::time::Timestamp;
use contest_core::user::AttemptKey;
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

/// A log of attempts, by their keys. A byte tells whether the contest follows; the id of the submission comes
/// last and may be left out.
impl Cursor for AttemptKey {
    const LIST: u8 = 2;

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.at.as_micros().to_be_bytes().to_vec();
        bytes.extend(self.problem.as_uuid().as_bytes());
        bytes.push(self.contest.is_some().into());
        if let Some(contest) = self.contest {
            bytes.extend(contest.as_uuid().as_bytes());
        }
        let submission = self.submission.as_ref();
        bytes.extend(submission.map_or("", SubmissionId::as_str).as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, rest) = bytes.split_first_chunk()?;
        let (problem, rest) = rest.split_first_chunk()?;
        let (contest, submission) = match rest.split_first()? {
            (0, rest) => (None, rest),
            (1, rest) => {
                let (contest, rest) = rest.split_first_chunk()?;
                (Some(ContestId::from_uuid(Uuid::from_bytes(*contest))), rest)
            }
            _ => return None,
        };
        let submission = match submission {
            [] => None,
            text => Some(SubmissionId::new(std::str::from_utf8(text).ok()?).ok()?),
        };
        Some(Self {
            at: Timestamp::from_micros(i64::from_be_bytes(*micros)),
            problem: ProblemId::from_uuid(Uuid::from_bytes(*problem)),
            contest,
            submission,
        })
    }
}

/// A list of problems, by the place in a revision of the catalogue: another one may have another order.
impl Cursor for (Revision, u32) {
    const LIST: u8 = 3;

    fn to_bytes(&self) -> Vec<u8> {
        let (Revision { number, tag }, place) = self;
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.extend(tag.to_be_bytes());
        bytes.extend(place.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (tag, place) = rest.split_first_chunk()?;
        let (number, tag) = (u64::from_be_bytes(*number), u64::from_be_bytes(*tag));
        let place = u32::from_be_bytes(place.try_into().ok()?);
        Some((Revision { number, tag }, place))
    }
}

/// A list of rounds, by id.
impl Cursor for RoundId {
    const LIST: u8 = 4;

    fn to_bytes(&self) -> Vec<u8> {
        self.as_uuid().into_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

/// A list of users, by id.
impl Cursor for UserId {
    const LIST: u8 = 5;

    fn to_bytes(&self) -> Vec<u8> {
        self.as_uuid().into_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

/// A board, by the number of rows before the page and the last of them.
impl Cursor for BoardPosition {
    const LIST: u8 = 6;

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.rows.to_be_bytes().to_vec();
        if let Some((rank, key, user)) = self.last {
            bytes.extend(rank.to_be_bytes());
            bytes.extend(key.to_bytes());
            bytes.extend(user.as_uuid().as_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (rows, rest) = bytes.split_first_chunk()?;
        // A client can make up any number: the ranks after it must not overflow.
        let rows = u32::try_from(u64::from_be_bytes(*rows)).ok()?.into();
        let last = match rest {
            [] => None,
            rest => {
                let (rank, rest) = rest.split_first_chunk()?;
                let (key, user) = rest.split_first_chunk::<24>()?;
                let rank = u64::from_be_bytes(*rank);
                let user = UserId::from_uuid(Uuid::from_slice(user).ok()?);
                Some((rank, RankKey::from(*key), user))
            }
        };
        Some(Self { rows, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_only_by_its_own_list() {
        let contest = ContestId::from_uuid(Uuid::from_u128(7));
        assert_eq!(ContestId::decode(&contest.encode()), Ok(contest));
        let submission = SubmissionId::new("s").unwrap();
        for contest in [None, Some(contest)] {
            for submission in [None, Some(submission.clone())] {
                let attempt = AttemptKey {
                    at: Timestamp::from_micros(-5),
                    problem: ProblemId::from_uuid(Uuid::from_u128(9)),
                    contest,
                    submission,
                };
                assert!(ContestId::decode(&attempt.encode()).is_err());
                assert_eq!(AttemptKey::decode(&attempt.encode()), Ok(attempt));
            }
        }
        let (round, user) = (RoundId::from(Uuid::max()), UserId::from(Uuid::nil()));
        assert_eq!(RoundId::decode(&round.encode()), Ok(round));
        assert!(UserId::decode(&round.encode()).is_err());
        assert_eq!(UserId::decode(&user.encode()), Ok(user));
        for last in [None, Some((7, RankKey::from([3; 24]), user))] {
            let position = BoardPosition { rows: 9, last };
            assert_eq!(BoardPosition::decode(&position.encode()), Ok(position));
        }
        let far = BoardPosition {
            rows: u64::MAX,
            last: None,
        };
        assert!(BoardPosition::decode(&far.encode()).is_err());
        let problem = (Revision { number: 7, tag: 9 }, 40);
        assert_eq!(<(Revision, u32)>::decode(&problem.encode()), Ok(problem));
        for text in ["", "!", "AQ", &contest.encode()[1..]] {
            assert!(ContestId::decode(text).is_err(), "{text:?}");
        }
    }
}
