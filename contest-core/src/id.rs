//! Identifiers: one newtype per kind, so that they cannot be mistaken for each other.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use uuid::{Builder, Uuid};

use crate::model::Slug;
use crate::time::Timestamp;

/// The namespace of ids derived from slugs. Never change it: every problem of every catalogue would get
/// a new id.
const PROBLEM_NAMESPACE: Uuid = Uuid::from_u128(0x7d1b_6c0e_53a9_5f6e_9a34_c0f7_2b81_d4e5);

/// A text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id: expected a UUID")]
#[non_exhaustive]
pub struct ParseIdError {
    /// The text given, cut to its first 64 characters.
    pub text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id as a UUID.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| ParseIdError { text: text.chars().take(64).collect() })
            }
        }
    };
}

id! {
    /// A user. The host supplies the id; this crate keeps no profile.
    UserId
}
id! {
    /// A problem. Derived from the slug unless the catalogue gives an id, so that all stores and
    /// processes agree on it.
    ProblemId
}
id! {
    /// A contest. Version 7, so that ids sort by the time of creation.
    ContestId
}
id! {
    /// A round. The host supplies the id; with version 7, rounds are listed latest first.
    RoundId
}
id! {
    /// A participant of a round: a user, or a team of users whose attempts count together. The host
    /// supplies the id.
    ParticipantId
}

id! {
    /// The state of a user's data: the id of the commit that made it. Random and never a counter, so
    /// that no rollback, fail-over or restore makes two states share one.
    Version
}

impl From<UserId> for ParticipantId {
    fn from(user: UserId) -> Self {
        Self(user.0)
    }
}

impl Version {
    /// A version from 128 random bits.
    pub const fn from_random(high: u64, low: u64) -> Self {
        Self(Builder::from_random_bytes(Uuid::from_u64_pair(high, low).into_bytes()).into_uuid())
    }
}

impl ProblemId {
    /// The id (version 5) of the problem with this slug.
    ///
    /// ```
    /// use contest_core::{ProblemId, model::Slug};
    ///
    /// let slug = Slug::new("two-sum")?;
    /// assert_eq!(ProblemId::from_slug(&slug), ProblemId::from_slug(&slug));
    /// # Ok::<(), contest_core::model::SlugError>(())
    /// ```
    pub fn from_slug(slug: &Slug) -> Self {
        Self(Uuid::new_v5(&PROBLEM_NAMESPACE, slug.as_str().as_bytes()))
    }
}

impl ContestId {
    /// An id (version 7) for a contest created at `at`.
    ///
    /// The sub-millisecond part of the time goes into the twelve bits after the version, as RFC
    /// 9562 section 6.2 (method 3) describes, so that ids sort by the microsecond; 62 bits are
    /// taken from `random`. Times before 1970 count as 1970.
    pub fn new(at: Timestamp, random: u64) -> Self {
        let micros = u64::try_from(at.as_micros()).unwrap_or(0);
        let (millis, rest) = (micros / 1_000, micros % 1_000);
        // 0..1000 spread over the 4096 values of twelve bits.
        let fraction = (rest * 4_096 / 1_000).to_be_bytes();
        let mut tail = [0; 10];
        if let Some((head, random_part)) = tail.split_first_chunk_mut::<2>() {
            head.copy_from_slice(&[fraction[6], fraction[7]]);
            random_part.copy_from_slice(&random.to_be_bytes());
        }
        Self(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
    }

    /// The id of the next contest of a user whose last one is `last`: for `at`, or a microsecond after
    /// the last one if that is later, so that ids of a user ascend strictly whatever clocks say.
    pub fn following(last: Option<Self>, at: Timestamp, random: u64) -> Self {
        let after_last = last.map(|last| last.time() + Duration::from_micros(1));
        Self::new(after_last.map_or(at, |least| least.max(at)), random)
    }

    /// The time the id was made for.
    fn time(self) -> Timestamp {
        let bits = self.0.as_u128();
        let millis = u64::try_from(bits >> 80).unwrap_or(0);
        let fraction = u64::try_from((bits >> 64) & 0xfff).unwrap_or(0);
        let micros = millis * 1_000 + (fraction * 1_000).div_ceil(4_096);
        Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contest_ids_sort_by_the_microsecond_whatever_the_random_part() {
        let at = |micros: i64| Timestamp::from_micros(1_700_000_000_000_000 + micros);
        let ids: Vec<_> = [0, 1, 2, 999, 1_000, 1_001, 1_000_000]
            .into_iter()
            .enumerate()
            .map(|(i, micros)| ContestId::new(at(micros), u64::MAX >> (i * 9)))
            .collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.as_uuid().get_version_num() == 7));
    }

    #[test]
    fn contest_ids_of_a_user_ascend_when_the_clock_does_not() {
        let at = Timestamp::from_micros(1_700_000_000_000_123);
        let mut last = None;
        for clock in (0..3_000).map(|n| at + Duration::from_micros(n % 2)) {
            let next = ContestId::following(last, clock, 0);
            assert!(last.is_none_or(|last| last < next), "{last:?} {next:?}");
            last = Some(next);
        }
        for micros in 0..1_000 {
            let at = at + Duration::from_micros(micros);
            assert_eq!(ContestId::new(at, 7).time(), at);
        }
    }

    #[test]
    fn an_id_that_is_not_one_says_what_was_given() {
        let error = "nonsense".parse::<UserId>().unwrap_err();
        assert!(error.to_string().contains("\"nonsense\""));
    }
}
