//! What is said of contests everywhere: their states, their ends, their policy.

use std::time::Duration;

use crate::time::Timestamp;

/// The stored end of a contest. Serialised, it is part of what stores keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ending {
    /// How it ended.
    pub kind: EndingKind,
    /// When. For an expired contest this is its deadline.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub at: Timestamp,
}

/// How a contest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum EndingKind {
    /// The user finished it.
    Completed,
    /// The user gave it up.
    Abandoned,
    /// The deadline passed, and a later contest settled it.
    Expired,
}

/// The state of a contest at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ContestStatus {
    /// Running.
    Active,
    /// Finished by the user.
    Completed,
    /// Given up by the user.
    Abandoned,
    /// The deadline passed first.
    Expired,
}

impl ContestStatus {
    /// `active`, `completed`, `abandoned` or `expired`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
        }
    }
}

/// A text that is no state of a contest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a state of a contest: expected active, completed, abandoned or expired")]
#[non_exhaustive]
pub struct ParseContestStatusError {
    /// What was given, at most the first 64 characters of it.
    pub text: String,
}

/// Reads what [`as_str`](ContestStatus::as_str) gives.
impl std::str::FromStr for ContestStatus {
    type Err = ParseContestStatusError;

    fn from_str(text: &str) -> Result<Self, ParseContestStatusError> {
        let all = [
            Self::Active,
            Self::Completed,
            Self::Abandoned,
            Self::Expired,
        ];
        let found = all.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| ParseContestStatusError {
            text: text.chars().take(64).collect(),
        })
    }
}

impl std::fmt::Display for ContestStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<EndingKind> for ContestStatus {
    fn from(kind: EndingKind) -> Self {
        match kind {
            EndingKind::Completed => Self::Completed,
            EndingKind::Abandoned => Self::Abandoned,
            EndingKind::Expired => Self::Expired,
        }
    }
}

/// What becomes of a mark that arrives after the deadline. A contest keeps the policy it was created
/// with, so that what is accepted follows from what is stored and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LatePolicy {
    /// It is refused.
    #[default]
    Reject,
    /// It is accepted for this long after the deadline, and is late. The contest is expired all the
    /// same: nothing else is accepted.
    AcceptFor(#[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))] Duration),
}

impl LatePolicy {
    /// The longest grace an engine gives: seven days.
    pub const MAX_GRACE: Duration = Duration::from_hours(7 * 24);

    /// The first instant at which a mark is too late, for a contest with this deadline.
    pub fn marks_until(self, deadline: Timestamp) -> Timestamp {
        match self {
            Self::Reject => deadline,
            Self::AcceptFor(grace) => deadline + grace,
        }
    }
}
