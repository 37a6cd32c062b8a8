//! The states of contests, their endings and their late policy.

use std::time::Duration;

use crate::time::Timestamp;

/// The stored ending of a contest. Serialised, it has the format of stored data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ending {
    /// How it ended.
    pub kind: EndingKind,
    /// When it ended; the deadline of an expired contest.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub at: Timestamp,
}

/// How a contest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum EndingKind {
    /// The user completed it.
    Completed,
    /// The user abandoned it.
    Abandoned,
    /// The deadline passed, and a later commit settled it.
    Expired,
}

/// The state of a contest at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ContestStatus {
    /// Accepting work.
    Active,
    /// Completed by the user.
    Completed,
    /// Abandoned by the user.
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

/// A text is not a state of a contest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a state of a contest: expected active, completed, abandoned or expired")]
#[non_exhaustive]
pub struct ParseContestStatusError {
    /// The text given, cut to its first 64 characters.
    pub text: String,
}

/// Parses the result of [`as_str`](ContestStatus::as_str).
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

/// The policy for marks after the deadline. A contest keeps the policy it was created with, so that a
/// decision depends only on stored data and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LatePolicy {
    /// They are refused.
    #[default]
    Reject,
    /// They are accepted for this long after the deadline, and are late. The contest is expired all the
    /// same: nothing else is accepted.
    AcceptFor(#[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))] Duration),
}

impl LatePolicy {
    /// The longest grace period an engine allows: seven days.
    pub const MAX_GRACE: Duration = Duration::from_hours(7 * 24);

    /// The first instant at which a mark is refused, for a contest with this deadline.
    pub fn marks_until(self, deadline: Timestamp) -> Timestamp {
        match self {
            Self::Reject => deadline,
            Self::AcceptFor(grace) => deadline + grace,
        }
    }
}
